"""What is done to messages later. Source: IRCv3 draft/message-redaction, client tags react, reply,
typing; draft/event-playback."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes, words

CAPS = "message-tags echo-message batch labeled-response draft/message-redaction draft/chathistory"
REPLIES = ("+draft/reply", "+reply")


def _said(client: Client, target: str, text: str = "hello") -> str:
    """Say something; return its id."""
    return client.one(f"PRIVMSG {target} :{text}").tags["msgid"]


def test_redact_ones_own(crowd: Crowd) -> None:
    """The REDACT is forwarded "in the same way as PRIVMSG", with its reason."""
    ann, ben, cat = crowd.inside("ann", "ben", "cat", caps=CAPS)
    identity = _said(ben, crowd.channel)
    (told,) = ben.ask(f"REDACT {crowd.channel} {identity} :oops, sorry")
    assert told.words == ("REDACT", crowd.channel, identity, "oops, sorry")
    assert told.nick == ben.nick
    assert told.tags["msgid"] != identity
    for other in (ann, cat):
        assert other.sync()[-1].raw == told.raw


def test_redact_is_not_for_those_who_did_not_ask(crowd: Crowd) -> None:
    """It "MUST not" be forwarded to who hasn't the capability."""
    ann, ben = crowd.client("ann", CAPS), crowd.client("ben", "message-tags")
    for client in (ann, ben):
        client.join(crowd.channel)
    ann.sync()
    identity = _said(ann, crowd.channel)
    ann.ask(f"REDACT {crowd.channel} {identity}")
    assert codes(ben.sync()) == ["PRIVMSG"]
    assert ben.one(f"REDACT {crowd.channel} {identity}").words[:3] == ("421", ben.nick, "REDACT")


def test_redacted_messages_are_not_in_the_history(crowd: Crowd) -> None:
    """Chat history: excluded entirely, with event-playback the REDACT is there."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    one, two = _said(ann, crowd.channel, "one"), _said(ann, crowd.channel, "two")
    ann.ask(f"REDACT {crowd.channel} {one}")
    ben.sync()
    lines = ben.ask(f"CHATHISTORY LATEST {crowd.channel} * 10")[1:-1]
    assert [line.tags.get("msgid") for line in lines if line.command == "PRIVMSG"] == [two]
    ben.capabilities("draft/event-playback")
    lines = ben.ask(f"CHATHISTORY LATEST {crowd.channel} * 20")
    assert words(lines, "PRIVMSG", "REDACT") == [
        ("PRIVMSG", crowd.channel, "two"),
        ("REDACT", crowd.channel, one),
    ]
    assert "one" not in "".join(line.text for line in lines)


def test_redact_what_others_said(crowd: Crowd) -> None:
    """REDACT_FORBIDDEN for members; operators may."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    identity = _said(ann, crowd.channel)
    assert ben.ask(f"REDACT {crowd.channel} {identity}")[-1].words[:5] == (
        "FAIL", "REDACT", "REDACT_FORBIDDEN", crowd.channel, identity,
    )  # fmt: skip
    identity = _said(ben, crowd.channel)
    lines = ann.ask(f"REDACT {crowd.channel} {identity} spam")
    assert lines[-1].words == ("REDACT", crowd.channel, identity, "spam")
    assert ben.sync()[-1].nick == ann.nick


def test_redact_of_nothing(crowd: Crowd) -> None:
    """INVALID_TARGET, UNKNOWN_MSGID; what was redacted is unknown."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    out = crowd.client("out", CAPS)
    identity = _said(ann, crowd.channel)
    for target in ("#nowhere", "nobody", crowd.channel):
        fail = out.one(f"REDACT {target} {identity}")
        assert fail.words[:4] == ("FAIL", "REDACT", "INVALID_TARGET", target)
    for number in ("nothing", "0" * 14, identity.upper() + "x", ":"):
        fail = ann.one(f"REDACT {crowd.channel} {number}")
        assert fail.words[:4] == ("FAIL", "REDACT", "UNKNOWN_MSGID", crowd.channel)
    assert ann.one(f"REDACT {ben.nick} {identity}").words[2] == "UNKNOWN_MSGID"
    ann.ask(f"REDACT {crowd.channel} {identity}")
    assert ann.one(f"REDACT {crowd.channel} {identity}").words[2] == "UNKNOWN_MSGID"
    assert ann.one("REDACT x").command == "461"


def test_redact_between_two(crowd: Crowd) -> None:
    ann, ben = crowd.client("ann", CAPS), crowd.client("ben", CAPS)
    identity = _said(ann, ben.nick)
    (told,) = ann.ask(f"REDACT {ben.nick} {identity}")
    assert ben.sync()[-1].raw == told.raw
    assert told.words == ("REDACT", ben.nick, identity)
    identity = _said(ann, ben.nick)
    assert ben.ask(f"REDACT {ann.nick} {identity}")[-1].words[2] == "REDACT_FORBIDDEN"


@pytest.mark.parametrize("reply", REPLIES)
def test_react(crowd: Crowd, reply: str) -> None:
    """react: told as the TAGMSG that it is, once; taken back with +draft/unreact."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    identity = _said(ann, crowd.channel)
    ben.sync()
    reaction = f"@{reply}={identity};+draft/react=\N{WAVING HAND SIGN} TAGMSG {crowd.channel}"
    (echo,) = ben.ask(reaction)
    (told,) = ann.sync()
    assert told.raw == echo.raw
    assert told.words == ("TAGMSG", crowd.channel)
    assert told.nick == ben.nick
    assert told.tags["+draft/react"] == "\N{WAVING HAND SIGN}"
    assert told.tags[reply] == identity
    assert ben.ask(reaction) == []
    ben.ask(reaction.replace("react=", "unreact="))
    (told,) = ann.sync()
    assert told.tags["+draft/unreact"] == "\N{WAVING HAND SIGN}"


def test_a_reaction_is_redacted(crowd: Crowd) -> None:
    """message-redaction: by the msgid of its TAGMSG; others are told that it is taken back. One's
    own only, and once."""
    ann, ben = crowd.inside("ann", "ben", caps=f"{CAPS} draft/message-redaction")
    identity = _said(ann, crowd.channel)
    ben.sync()
    (echo,) = ben.ask(f"@+draft/reply={identity};+draft/react=lol TAGMSG {crowd.channel}")
    ann.sync()
    redact = f"REDACT {crowd.channel} {echo.tags['msgid']}"
    assert ann.one(redact).words[:3] == ("FAIL", "REDACT", "UNKNOWN_MSGID")
    (told,) = ben.ask(redact)
    assert ann.sync()[0].raw == told.raw
    assert told.tags["+draft/unreact"] == "lol"
    assert told.tags["+draft/reply"] == identity
    assert ben.one(redact).words[:3] == ("FAIL", "REDACT", "UNKNOWN_MSGID")
    assert ben.ask(f"@+draft/reply={identity};+draft/react=lol TAGMSG {crowd.channel}")


def test_reactions_are_kept(crowd: Crowd) -> None:
    """draft/event-playback: TAGMSG is in the history of those who asked for it."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    identity = _said(ann, crowd.channel)
    ben.ask(f"@+draft/reply={identity};+draft/react=lol TAGMSG {crowd.channel}")
    lines = ben.ask(f"CHATHISTORY LATEST {crowd.channel} * 10")
    assert codes(lines) == ["BATCH", "PRIVMSG", "BATCH"]
    ben.capabilities("draft/event-playback")
    lines = ben.ask(f"CHATHISTORY AFTER {crowd.channel} msgid={identity} 10")
    (found,) = [line for line in lines if line.command == "TAGMSG"]
    assert found.tags["+draft/react"] == "lol"


def test_react_between_two(crowd: Crowd) -> None:
    """Whoever said it, the target is the other one."""
    ann, ben = crowd.client("ann", CAPS), crowd.client("ben", CAPS)
    identity = _said(ann, ben.nick)
    ben.sync()
    ben.ask(f"@+draft/reply={identity};+draft/react=lol TAGMSG {ann.nick}")
    (told,) = ann.sync()
    assert told.words == ("TAGMSG", ann.nick)
    ann.ask(f"@+draft/reply={identity};+draft/react=rofl TAGMSG {ben.nick}")
    assert ben.sync()[-1].words == ("TAGMSG", ben.nick)


def test_one_does_not_hear_oneself_unasked(crowd: Crowd) -> None:
    """echo-message is for who asked for it; a label is answered all the same."""
    caps = "message-tags batch labeled-response"
    ann, ben = crowd.inside("ann", "ben", caps=caps)
    ann.ask(f"PRIVMSG {crowd.channel} :x")
    (heard,) = ben.sync()
    tags = f"+draft/reply={heard.tags['msgid']};+draft/react=lol"
    assert ben.ask(f"@{tags} TAGMSG {crowd.channel}") == []
    tags = tags.replace("lol", "rofl")
    assert words(ben.ask(f"@label=a;{tags} TAGMSG {crowd.channel}")) == [("ACK",)]
    assert codes(ann.sync()) == ["TAGMSG", "TAGMSG"]


def test_tags_that_are_no_verb_are_passed_on(crowd: Crowd) -> None:
    """message-tags: client-only tags are relayed, whatever they are."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    for tags in (
        {"+draft/reply": "unknown", "+draft/react": "lol"},
        {"+draft/reply": "0" * 14, "+draft/react": "lol"},
        {"+draft/react": "lol"},
        {"+typing": "strangely"},
        {"+typing": "active", "+other": "x"},
    ):
        sent = ";".join(f"{key}={value}" for key, value in tags.items())
        ann.ask(f"@{sent} TAGMSG {crowd.channel}")
        (told,) = ben.sync()
        assert {key: told.tags.get(key) for key in tags} == tags


def test_typing(crowd: Crowd) -> None:
    """typing: active, paused, done; told to the others, and to who wants to hear himself."""
    ann, ben = crowd.inside("ann", "ben", caps="message-tags")
    plain, echoing = crowd.client("plain"), crowd.client("echo", CAPS)
    for client in (plain, echoing):
        client.join(crowd.channel)
    for state in ("active", "paused", "done"):
        for client in (ann, ben, plain, echoing):
            client.sync()
        assert ann.ask(f"@+typing={state} TAGMSG {crowd.channel}") == []
        (told,) = ben.sync()
        assert (told.words, told.tags["+typing"]) == (("TAGMSG", crowd.channel), state)
        assert plain.sync() == []
        (echo,) = [
            x for x in echoing.ask(f"@+typing={state} TAGMSG {ben.nick}") if x.nick != ann.nick
        ]
        assert (echo.words, echo.tags["+typing"]) == (("TAGMSG", ben.nick), state)
        assert ben.sync()[-1].words == ("TAGMSG", ben.nick)


@pytest.mark.parametrize("reply", REPLIES)
def test_answers(crowd: Crowd, reply: str) -> None:
    """reply: the tag is told as it was sent, live and in the history, also where it is unknown."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    identity = _said(ann, crowd.channel)
    for value in (identity, "unknown", "f" * 14):
        (echo,) = ben.ask(f"@{reply}={value} PRIVMSG {crowd.channel} :to you")[-1:]
        assert echo.tags[reply] == value
        assert ann.sync()[-1].raw == echo.raw
    lines = ann.ask(f"CHATHISTORY LATEST {crowd.channel} * 3")[1:-1]
    assert [line.tags[reply] for line in lines] == [identity, "unknown", "f" * 14]
