"""SEARCH. Source: soju's extension "search" (soju.im/search)."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, Line, codes

CAPS = "soju.im/search batch server-time message-tags echo-message"


def _found(client: Client, attributes: str) -> list[Line]:
    start, *lines, end = client.ask(f"SEARCH :{attributes}")
    assert start.params[1:] == ("soju.im/search",), start.raw
    assert end.params == (f"-{start.params[0][1:]}",)
    assert all(line.tags["batch"] == start.params[0][1:] for line in lines)
    return lines


def test_attributes(crowd: Crowd) -> None:
    """ "messages matching all the specified attributes", in ascending order."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    channel = crowd.channel
    ann.sync()
    said = ann.ask(f"PRIVMSG {channel} :That was fast", f"NOTICE {channel} :Be what you want")
    ben.sync()
    said += ben.ask(f"PRIVMSG {channel} :fast again")
    ann.sync()
    texts = [line.text for line in said]
    assert [line.text for line in _found(ann, f"text=fast;in={channel}")] == texts[::2]
    assert [line.text for line in _found(ann, f"in={channel}")] == texts
    assert [line.text for line in _found(ann, f"from={ben.nick};in={channel}")] == texts[2:]
    assert [line.text for line in _found(ann, f"in={channel};limit=1")] == texts[2:]
    found = _found(ann, f"text=want;in={channel}")
    assert found[0].words == said[1].words
    assert found[0].tags["msgid"] == said[1].tags["msgid"]
    assert found[0].tags["time"] == said[1].tags["time"]
    assert _found(ann, f"before=2010-01-01T00:00:00.000Z;in={channel}") == []
    assert _found(ann, f"after=2090-01-01T00:00:00.000Z;in={channel}") == []
    since = said[0].tags["time"]
    assert [line.text for line in _found(ann, f"after={since};in={channel}")] == texts
    assert _found(crowd.client("out", CAPS), "text=fast") == []


@pytest.mark.parametrize(
    "wrong",
    [
        "limit=many",
        "before=yesterday",
        "colour=red",
        "in=#nowhere",
        "in=nobody-here;text=x",
        "text=...",
    ],
)
def test_wrong_attributes(crowd: Crowd, wrong: str) -> None:
    (line,) = crowd.client("ann", CAPS).ask(f"SEARCH {wrong}")
    assert line.words[:3] == ("FAIL", "SEARCH", "INVALID_PARAMS")


def test_why_words_are_refused(crowd: Crowd) -> None:
    (line,) = crowd.client("ann", CAPS).ask("SEARCH text=ab*")
    assert line.words[-1] == "search needs 3 letters before a star"


def test_it_must_be_asked_for(crowd: Crowd) -> None:
    assert codes(crowd.client("ann").ask("SEARCH text=x")) == ["421"]
