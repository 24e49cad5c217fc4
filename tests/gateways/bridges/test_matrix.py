"""A room of Synapse linked with a group, by an account and by an application service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.gateways.bridges.conftest import Stage, next_said
from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.shell import shell
from tests.support.synapse import AS_TOKEN, PASSWORD, Person, Synapse

TAGS = "message-tags echo-message"


class Town(NamedTuple):
    """One hub, one homeserver; two rooms of it linked by two bridges with two groups."""

    hub: HubProcess
    server: Synapse
    bob: Person
    plain: str
    """A room that is linked by an account."""
    ghostly: str
    """A room that is linked by an application service."""


@pytest.fixture(scope="module")
def town(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    stage = Stage(tmp_path_factory.mktemp("town"))
    try:
        server = synapse
        bob = server.person("bob")
        server.person("hub")
        plain, ghostly = bob.make_room("plain"), bob.make_room("ghostly")
        folder = stage.folder
        for name, password in (("mx", PASSWORD), ("as", AS_TOKEN)):
            (folder / f"{name}.password").write_text(password)
        hub = stage.hub(
            _bridge(folder, "mx", server, "#plain:localhost", "here", user="@hub:localhost"),
            _bridge(
                folder,
                "as",
                server,
                "#ghostly:localhost",
                "there",
                user="@words_hub:localhost",
                ghosts="words_",
            ),
        )
        bob.expect("m.room.member", membership="join")
        bob.expect("m.room.member", membership="join")
        yield Town(hub, server, bob, plain, ghostly)
    finally:
        stage.close()


def _bridge(
    folder: Any, name: str, server: Synapse, room: str, group: str, **matrix: str
) -> dict[str, Any]:
    return {
        "name": name,
        "matrix": {"server": server.url, **matrix},
        "links": [{"room": room, "group": group}],
        "password_file": str(folder / f"{name}.password"),
        "tell": ["topics"],
    }


@pytest.fixture
def alice(town: Town, stage: Stage) -> Client:
    client = stage.client(town.hub.irc_port, "alice", "#here,#there", caps=TAGS)
    for channel in ("#here", "#there"):
        while "bob/" not in str(client.ask(f"NAMES {channel}")):
            client.expect("JOIN")
    return client


def test_an_account_speaks_for_everybody(town: Town, alice: Client) -> None:
    alice.send("PRIVMSG #here :hello \x02there\x02")
    event = town.bob.expect()
    assert event["content"]["body"] == "<alice> hello there"
    assert event["content"]["formatted_body"] == "&lt;alice&gt; hello <strong>there</strong>"
    assert event["sender"] == "@hub:localhost"
    town.bob.say(town.plain, "hello yourself")
    assert next_said(alice) == "alice: hello \x02there\x02"
    assert next_said(alice) == "bob/mx: hello yourself"


def test_an_application_service_has_an_account_for_everybody(town: Town, alice: Client) -> None:
    alice.send("PRIVMSG #there :\x01ACTION waves\x01")
    event = town.bob.expect()
    assert event["sender"] == "@words_alice:localhost"
    assert (event["content"]["msgtype"], event["content"]["body"]) == ("m.emote", "waves")
    profile = town.bob.call("GET", "profile", "@words_alice:localhost")
    assert profile["displayname"] == "alice"
    town.bob.send(town.ghostly, {"msgtype": "m.emote", "body": "waves back"})
    alice.expect("PRIVMSG", "#there")
    assert next_said(alice) == "bob/as: \x01ACTION waves back\x01"


@pytest.mark.parametrize("group", ["#here", "#there"])
def test_edits_replies_reactions_redactions(town: Town, alice: Client, group: str) -> None:
    bob = town.bob
    room = town.plain if group == "#here" else town.ghostly
    original = bob.say(room, "helo")
    line = alice.expect("PRIVMSG", group)
    assert line.text == "helo"
    alice.send(f"@+draft/reply={line.tags['msgid']} PRIVMSG {group} :what?")
    event = bob.expect()
    assert event["content"]["m.relates_to"] == {"m.in_reply_to": {"event_id": original}}
    mine = alice.expect("PRIVMSG", group).tags["msgid"]
    bob.send(
        room,
        {
            "msgtype": "m.text",
            "body": "* hello",
            "m.new_content": {"msgtype": "m.text", "body": "hello"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": original},
        },
    )
    assert "hello" in alice.expect("PRIVMSG", group).text
    alice.send(f"@+draft/react=:);+draft/reply={line.tags['msgid']} TAGMSG {group}")
    event = bob.expect("m.reaction")
    relation = {"rel_type": "m.annotation", "event_id": original, "key": ":)"}
    assert event["content"]["m.relates_to"] == relation
    alice.expect("TAGMSG", group)
    answer = {"rel_type": "m.annotation", "event_id": event["event_id"], "key": "x"}
    bob.send(room, {"m.relates_to": {**answer, "event_id": _last_of(bob, room)}}, "m.reaction")
    reacted = alice.expect("TAGMSG", group)
    assert (reacted.nick[:4], reacted.tags["+draft/reply"]) == ("bob/", mine)


def test_a_long_message_is_taken_back_as_a_whole(town: Town, stage: Stage) -> None:
    caps = "message-tags echo-message batch draft/multiline draft/message-redaction"
    alice = stage.client(town.hub.irc_port, "alice", "#there", caps=caps)
    alice.send("BATCH +1 draft/multiline #there")
    for _ in range(40):
        alice.send(f"@batch=1 PRIVMSG #there :{'x' * 400}")
    alice.send("BATCH -1")
    parts = {town.bob.expect()["event_id"] for _ in range(2)}
    while (line := alice.expect("BATCH")).params[0][0] != "+":
        pass
    town.bob.say(town.ghostly, "that is long")  # what came back before that is taken as well
    alice.expect("PRIVMSG", "#there", "that is long")
    alice.send(f"REDACT #there {line.tags['msgid']}")
    assert {town.bob.expect("m.room.redaction")["redacts"] for _ in range(2)} == parts


def _last_of(bob: Person, room: str) -> str:
    page = bob.call("GET", "rooms", room, "messages", dir="b", limit="20")
    said = (each for each in page["chunk"] if each["type"] == "m.room.message")
    return str(next(each["event_id"] for each in said if each["sender"] != bob.user))


def test_any_text_comes_back_as_it_was(town: Town, alice: Client) -> None:
    text = "a  b <i>&amp; \u202e\u0301 \U0001f469\u200d\U0001f467 *c* _d_ > e"
    town.bob.say(town.plain, text)
    assert next_said(alice) == f"bob/mx: {text}"
    alice.send(f"PRIVMSG #there :{text}")
    assert town.bob.next_said() == f"words_alice: {text}"


def test_a_direct_conversation(town: Town, alice: Client) -> None:
    alice.send("PRIVMSG bob/mx :psst")
    while not (rooms := town.bob.invitations()):
        pass
    town.bob.join(rooms[0])
    assert town.bob.next_said() == "hub: <alice> psst"
    town.bob.say(rooms[0], "what is it?")
    line = alice.expect("PRIVMSG", "alice")
    assert (line.nick, line.text) == ("bob/mx", "what is it?")


def test_a_password_that_is_set_later_counts_at_once(town: Town) -> None:
    def state() -> str:
        found = json.loads(shell(town.hub, "bridge", "status", "--json").stdout)
        return str(next(each["state"] for each in found if each["name"] == "late"))

    town.server.person("late")
    settings = (f"server={town.server.url}", "user=@late:localhost")
    assert shell(town.hub, "bridge", "add", "late", "matrix", *settings).returncode == 0
    for password, wanted in (
        ("", "it has no password"),
        ("wrong", "Invalid username or password"),
        (PASSWORD, "connected"),
    ):
        if password:
            stdin = f"{password}\n"
            shell(town.hub, "bridge", "password", "late", "--password-stdin", stdin=stdin)
        while wanted not in state():
            pass
    assert shell(town.hub, "bridge", "remove", "late").returncode == 0


def test_topics(town: Town, alice: Client) -> None:
    town.bob.call("PUT", "rooms", town.plain, "state", "m.room.topic", "", body={"topic": "new"})
    assert alice.expect("TOPIC").words == ("TOPIC", "#here", "new")


def test_what_was_said_while_the_hub_was_dead_is_told(town: Town) -> None:
    hub, bob = town.hub, town.bob
    with Client(hub.irc_port) as watcher:
        watcher.register("watcher", caps=TAGS)
        watcher.join("#here")
        bob.say(town.plain, "before")
        assert next_said(watcher) == "bob/mx: before"
        hub.kill()
    for number in range(130):  # more than one page
        bob.say(town.plain, f"meanwhile {number}")
    hub.start()
    with Client(hub.irc_port) as watcher:
        watcher.register("watcher", caps=f"{TAGS} batch draft/chathistory server-time")
        watcher.join("#here")
        bob.say(town.plain, "after")
        heard: list[str] = []
        while heard[-1:] != ["after"]:
            heard.append(watcher.expect("PRIVMSG", "#here").text)
        lines = watcher.ask("CHATHISTORY LATEST #here * 200")
    told = [line.text for line in lines if line.command == "PRIVMSG"]
    wanted = ["before", *(f"meanwhile {number}" for number in range(130)), "after"]
    assert [text for text in told if text in wanted] == wanted
