"""Every published verb has a handler and can be called; what comes of it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateways.pb import verbs
from gateways.pb.table import HANDLERS
from tests.client.following import happens, said, texts, until
from tests.support.hub import HubProcess
from words.client import Client, Heard, Login
from words.errors import (
    BadInput,
    CannotSpeak,
    NeedsRight,
    NoSuchMessage,
    NotMember,
    Refused,
    TooMany,
)
from words.events import (
    Edited,
    Filtered,
    Flags,
    IdleChanged,
    Reacted,
    Redacted,
    SettingChange,
    Typing,
)
from words.remote.chat import Chat

PASSWORD = "correct horse"


def test_each_verb_has_a_handler() -> None:
    verbs.load()
    assert HANDLERS.keys() == Chat.verbs.keys()


@pytest.fixture
def people(new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub that runs and knows alice and bob; talk isn't slowed."""
    hub = new_hub({"limits": {"flood": {"burst": 100000}}}).start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    return hub


def client(hub: HubProcess, name: str) -> Client:
    """Return a client of an identity."""
    return Client(hub.pb_url, Login(name, PASSWORD))


async def test_filters_and_slow_mode(people: HubProcess) -> None:
    """A rule and its log for who may kick; slow mode; an entry of a list for a time."""
    async with client(people, "alice") as alice, client(people, "bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        changes = [
            SettingChange("filter", "drop regex fr[e3]+ money", True),
            SettingChange("slow", "60", True),
            SettingChange("ban", "mute:guest:*", True, 3600),
        ]
        await alice.chat.change_settings("lobby", changes)
        with pytest.raises(CannotSpeak):
            await bob.chat.say("lobby", "FR33 money")
        heard = (await until(alice, happens(Filtered, "bob")))[-1]
        assert isinstance(heard, Heard)
        assert heard.event.rule == r"drop regex fr[e3]+\smoney"  # type: ignore[attr-defined]
        (entry,) = await alice.chat.filter_log("lobby")
        assert (entry.account, entry.text) == ("bob", "FR33 money")
        with pytest.raises(NeedsRight):
            await bob.chat.filter_log("lobby")
        await bob.chat.say("lobby", "hello")
        with pytest.raises(CannotSpeak):
            await bob.chat.say("lobby", "again")
        (ban,) = await alice.chat.entries("lobby", "ban")
        assert ban.value == "mute:guest:*!*@*"
        assert (await bob.chat.group("lobby")).settings["slow"] == 60
        for wrong in ("drop regex (", "drop regex " + "(a|b)*" * 30):
            with pytest.raises(BadInput):
                await alice.chat.change_settings("lobby", [SettingChange("filter", wrong, True)])


async def test_messages_are_edited_answered_and_taken_back(people: HubProcess) -> None:
    async with client(people, "alice") as alice, client(people, "bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        first = await alice.chat.say("lobby", "helo")
        await alice.chat.edit(first.id, "hello", group="lobby")
        await bob.chat.react(first.id, "👍", group="lobby")
        await bob.chat.say("lobby", "hi", reply_to=first.id)
        heard = (await until(alice, said("hi")))[-1]
        assert isinstance(heard, Heard)
        assert getattr(heard.event, "reply_to", 0) == first.id
        await alice.chat.redact(first.id, group="lobby")
        await until(bob, happens(Edited))
        await until(bob, happens(Reacted, "bob"))
        await until(bob, happens(Redacted))
        assert texts([*await bob.chat.history("lobby", happenings=False)]) == ["", "hi"]
        direct = await alice.chat.say_to("bob", "psst")
        await bob.chat.react(direct.id, "!", person="alice")
        await alice.chat.typing(person="bob")
        await until(bob, happens(Typing))
        assert await bob.chat.mark_read(2**100, group="lobby") > 0
        with pytest.raises(BadInput):
            await bob.chat.mark_read(1)


async def test_contacts_and_privacy(people: HubProcess) -> None:
    async with client(people, "alice") as alice, client(people, "bob") as bob:
        await alice.chat.put_contact("Friends", "bob", "Bobby")
        await alice.chat.add_circle("Work")
        await alice.chat.rename_circle("Work", "Office")
        circles = await alice.chat.contacts()
        assert {name: [each.alias for each in inside] for name, inside in circles.items()} == {
            "Friends": ["Bobby"],
            "Office": [],
        }
        assert [each.name for each in await alice.chat.standings()] == ["bob"]
        await bob.chat.set_idle(600)
        await until(alice, happens(IdleChanged, "bob"))
        await bob.chat.set_profile("I fish")
        assert await alice.chat.profile("bob") == "I fish"
        await bob.chat.say_to("alice", "spam")
        assert await alice.chat.warn("bob") > 0
        await bob.chat.deny("alice")
        assert (await bob.chat.privacy()).deny == ["alice"]
        await bob.chat.permit("alice")
        await bob.chat.ignore("alice")
        await bob.chat.set_privacy("none")
        assert await alice.chat.standings() == []
        await alice.chat.remove_contact("bob")
        await alice.chat.remove_circle("Office")


async def test_groups_are_registered_and_invited_to(people: HubProcess) -> None:
    async with client(people, "alice") as alice, client(people, "bob") as bob:
        await alice.chat.join("den")
        await alice.chat.register("den")
        await alice.chat.set_access("den", "bob", "voice")
        assert (await alice.chat.access("den"))["bob"] == "voice"
        await alice.chat.set_successor("den", "bob")
        await alice.chat.invite("den", "bob")
        assert [each.group for each in await bob.chat.invitations()] == ["den"]
        await bob.chat.decline("den")
        await alice.chat.invite("den", "bob")
        await alice.chat.revoke_invitation("den", "bob")
        info = await bob.chat.join("den")
        assert {each.name: each.roles for each in info.members}["bob"] == ["voice"]
        await alice.chat.transfer("den", "bob")
        await bob.chat.unregister("den")


async def test_what_is_no_argument_is_refused(people: HubProcess) -> None:
    async with client(people, "alice") as alice:
        await alice.chat.join("lobby")
        refused: list[tuple[str, dict[str, object]]] = [
            ("say", {"group": "lobby", "text": 5}),
            ("say", {"group": "lobby", "text": "x", "mood": "merry"}),
            ("say", {"group": "lobby", "text": ""}),
            ("say", {"group": "lobby", "text": "x", "spans": [[0, 9, "bold"]]}),
            ("say", {"group": "lobby", "text": "x", "tags": {"+a b": "c"}}),
            ("say", {"group": "lobby", "text": "x\x00"}),
            ("join", {}),
            ("history", {"group": "lobby", "limit": "all"}),
            ("entries", {"group": "lobby", "name": "friends"}),
        ]
        for verb, arguments in refused:
            with pytest.raises(BadInput):
                await alice.call(verb, **arguments)
        with pytest.raises(TooMany):
            await alice.chat.say("lobby", "x" * 2000, spans=[(0, 1, "bold")] * 1001)  # type: ignore[list-item]
        assert await alice.chat.history("lobby", after=-(2**200), before=2**200, limit=-1) == []
        with pytest.raises(NotMember):
            await alice.chat.history("lobby2") if await _made(people) else None
        with pytest.raises(Refused):
            await alice.call("whois", person="nobody")


async def _made(hub: HubProcess) -> bool:
    """Have bob keep another group."""
    async with client(hub, "bob") as bob:
        await bob.chat.join("lobby2", durable=True)
    return True


async def test_tokens_do_it_once(people: HubProcess) -> None:
    async with client(people, "alice") as alice, client(people, "bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        posted = await alice.chat.say("lobby", "one", token="said")
        for _ in range(2):
            await alice.chat.edit(0, "two", group="lobby", said="said", token="edited")
            await bob.chat.react(posted.id, "!", group="lobby", token="reacted")
        await bob.chat.react(posted.id, "!", False, group="lobby")
        await bob.chat.react(posted.id, "!", group="lobby", token="reacted")  # done long ago
        with pytest.raises(NoSuchMessage):
            await alice.chat.redact(0, group="lobby", said="never said")
        await alice.chat.kick("lobby", "bob", token="kicked")
        await bob.chat.join("lobby")
        await alice.chat.kick("lobby", "bob", token="kicked")
        info = await alice.chat.member("lobby", "alice")
        assert "kick" in info.rights
        assert info.roles == ["operator"]
        assert (await bob.chat.member("lobby", "bob")).rights == []
        kinds = [type(heard.event).__name__ for heard in await alice.chat.history("lobby")]
        assert {name: kinds.count(name) for name in ("Edited", "Reacted", "Kicked")} == {
            **{"Edited": 1, "Reacted": 2, "Kicked": 1}
        }
        await alice.chat.set_bot()
        assert (await bob.chat.whois("alice")).flags & Flags.BOT
