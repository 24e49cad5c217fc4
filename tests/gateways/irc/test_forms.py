"""How events are written that IRC clients can't make themselves.

Source: IRCv3 client tags reply; docs/decisions/0012-edits-on-irc.md."""

from __future__ import annotations

import pytest

from gateways.irc.capabilities import Cap
from gateways.irc.codec import BODY_MAX
from gateways.irc.forms import forms
from words.events import Actor, Edited, Event, Redacted, Said, Span, message_id

ANN = Actor(1, "ann", "~ann", "host", "ann")
PLAIN = forms(Cap.NONE, "irc.test")[0]
TAGGED = forms(Cap.MESSAGE_TAGS | Cap.REDACTION, "irc.test")[0]
ANSWERS = f"+draft/reply={message_id(6)};+reply={message_id(6)}".encode()


def _lines(event: Event, where: str = "room") -> list[bytes]:
    return (PLAIN.encode(event, where) or b"").splitlines()


def test_an_edit_is_the_new_text_with_a_star() -> None:
    """For every client; those with message-tags see which message it was."""
    edited = Edited(9, 2, 7, 1000, ANN, 6, "hello", (Span(0, 5, "bold"),))
    assert PLAIN.encode(edited, "room") == b":ann!~ann@host PRIVMSG #room :* \x02hello\x02\r\n"
    tagged = TAGGED.encode(edited, "room")
    assert tagged is not None
    assert tagged.startswith(b"@msgid=" + message_id(7).encode() + b";" + ANSWERS + b" :ann!")


def test_an_edit_between_two_goes_to_the_other() -> None:
    (line,) = _lines(Edited(9, 2, 7, 1000, ANN, 6, "hello", to="ben"), "")
    assert line == b":ann!~ann@host PRIVMSG ben :* hello"


def test_long_edits_are_split() -> None:
    lines = _lines(Edited(9, 2, 7, 1000, ANN, 6, "\u00e4" * 1000 + "\nsecond"))
    assert len(lines) > 4
    assert all(len(line) <= BODY_MAX and line.decode() for line in lines)
    assert lines[-1].endswith(b" :second")


def test_what_was_redacted_is_not_told() -> None:
    assert _lines(Edited(9, 2, 7, 1000, ANN, 6, "")) == []
    assert _lines(Redacted(9, 2, 7, 1000, ANN, 6)) == []


@pytest.mark.parametrize("tags", [None, {"+draft/reply": message_id(6)}])
def test_answers_of_other_gateways(tags: dict[str, str] | None) -> None:
    """They have both tags; those of IRC clients are as they were sent."""
    said = Said(9, 2, 7, 1000, ANN, "to you", tags=tags, reply_to=6)
    told = TAGGED.encode(said, "room") or b""
    assert (ANSWERS in told) == (tags is None)
    assert b"+draft/reply=" + message_id(6).encode() in told
