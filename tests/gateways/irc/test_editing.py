"""EDIT, and what operators of the hub may redact. Source: message-edit as proposed
(ircv3-specifications #425), IRCv3 draft/message-redaction."""

from __future__ import annotations

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import codes, words
from words.admin.client import ask

CAPS = "message-tags echo-message draft/message-edit"


def test_editing(crowd: Crowd) -> None:
    """ "the server MUST forward this EDIT to the target recipients with an appropriate source";
    others read the new text."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    old = crowd.client("old")
    old.join(crowd.channel)
    said = ann.ask(f"PRIVMSG {crowd.channel} :anex ample")[-1]
    for client in (ann, ben, old):
        client.sync()
    which = f"@draft/target-msgid={said.tags['msgid']}"
    (echo,) = ann.ask(rf"{which};draft/edit-text=an\sexample EDIT {crowd.channel}")
    (told,) = ben.sync()
    for line in (echo, told):
        assert (line.command, line.params, line.nick) == ("EDIT", (crowd.channel,), ann.nick)
        assert line.tags["draft/target-msgid"] == said.tags["msgid"]
        assert line.tags["draft/edit-text"] == "an example"
        assert line.tags["msgid"] != said.tags["msgid"]
    assert words(old.sync()) == [("PRIVMSG", crowd.channel, "* an example")]


def test_refusals(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    msgid = ann.ask(f"PRIVMSG {crowd.channel} :mine")[-1].tags["msgid"]
    edit = f"@draft/target-msgid={msgid};draft/edit-text=x EDIT {crowd.channel}"
    forbidden = ("FAIL", "EDIT", "EDIT_FORBIDDEN", crowd.channel, msgid)
    ben.sync()
    assert ben.one(edit).words[:5] == forbidden
    assert ann.one(edit.replace(msgid, "0" * 14)).words[2] == "EDIT_FORBIDDEN"
    empty = f"@draft/target-msgid={msgid} EDIT {crowd.channel}"
    assert ann.one(empty).words[:5] == ("FAIL", "EDIT", "INVALID_EDIT", crowd.channel, msgid)
    assert ann.one(f"EDIT {crowd.channel}").words[:4] == (
        "FAIL", "EDIT", "INVALID_EDIT", crowd.channel,
    )  # fmt: skip
    plain = crowd.client("plain", "message-tags")
    assert codes(plain.ask(edit)) == ["421"]


def test_who_looks_after_the_history_may_redact_anywhere(crowd: Crowd) -> None:
    """Server considerations: "Allowing channel moderators or server admins"."""
    (ann,) = crowd.inside("ann", caps="message-tags echo-message draft/message-redaction")
    msgid = ann.ask(f"PRIVMSG {crowd.channel} :spam")[-1].tags["msgid"]
    name = crowd.account("oper")
    values = {"name": name, "add": ["history"]}
    ask(crowd.hub.data / "admin.sock", "user-rights", values)
    oper = crowd.client("other", "message-tags draft/message-redaction")
    request = f"REDACT {crowd.channel} {msgid} :spam"
    assert oper.one(request).params[1] == "INVALID_TARGET"
    oper.ask(f"OPER {name} :{PASSWORD}")
    oper.ask(request)
    assert words(ann.sync()) == [("REDACT", crowd.channel, msgid, "spam")]
