"""The client library against a hub: talk, refusals, coming back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.client.following import happens, said, texts, until
from tests.support.hub import HubProcess
from words.client import Client, Guest, Heard, Login, Offline, Online, Removed
from words.errors import AuthenticationFailed, NoSuchGroup
from words.events import (
    Joined,
    Left,
    PresenceChanged,
    Quit,
    Said,
    SettingChange,
    Signalled,
    Span,
    Typing,
)

Make = Callable[..., Client]


async def test_two_talk_in_a_group_and_directly(client: Make) -> None:
    async with client("alice") as alice, client("bob") as bob:
        info = await alice.chat.join("lobby")
        assert [member.roles for member in info.members] == [["operator"]]
        await bob.chat.join("lobby")
        posted = await alice.chat.say("lobby", "hello", spans=[Span(0, 5, "bold")])
        heard = (await until(bob, said("hello")))[-1]
        assert isinstance(heard, Heard)
        assert heard.where == "lobby"
        assert isinstance(heard.event, Said)
        assert (heard.event.actor.name, heard.event.sequence) == ("alice", posted.sequence)
        assert heard.event.spans == (Span(0, 5, "bold"),)
        await bob.chat.say_to("alice", "psst")
        direct = (await until(alice, said("psst")))[-1]
        assert isinstance(direct, Heard)
        assert (direct.where, direct.event.actor.name) == ("", "bob")
        assert texts(await until(bob, said("psst"))) == ["psst"]  # one's own, in its place


async def test_a_wrong_password_is_no_reason_to_try_again(people: HubProcess) -> None:
    with pytest.raises(AuthenticationFailed):
        async with Client(people.pb_url, Login("alice", "wrong")):
            pass


async def test_nobody_there(people: HubProcess) -> None:
    people.stop()
    with pytest.raises(OSError):
        async with Client(people.pb_url, Guest()):
            pass


async def test_refusals_are_the_exceptions_of_the_hub(client: Make) -> None:
    async with client("alice") as alice:
        with pytest.raises(NoSuchGroup):
            await alice.chat.say("nowhere", "hello")


async def test_a_guest_is_told_who_he_is(people: HubProcess) -> None:
    async with Client(people.pb_url, Guest()) as guest:
        assert guest.state is not None
        assert not guest.state.identity
        await guest.chat.rename("visitor")
        assert (await guest.chat.state()).name == "visitor"


async def test_what_is_published_can_be_called(client: Make) -> None:
    async with client("alice") as alice, client("bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        await alice.chat.set_topic("lobby", "news")
        await alice.chat.grant("lobby", "bob", "voice")
        info = await bob.chat.group("lobby")
        assert info.topic == "news"
        assert {member.name: member.roles for member in info.members}["bob"] == ["voice"]
        await alice.chat.revoke("lobby", "bob", "voice")
        assert [line.name for line in await alice.chat.groups()] == ["lobby"]
        await alice.chat.typing("lobby")
        await until(bob, happens(Typing, "alice"))
        await alice.chat.signal({"+mood": "merry"}, "lobby")
        heard = (await until(bob, happens(Signalled)))[-1]
        assert isinstance(heard, Heard)
        assert isinstance(heard.event, Signalled)
        assert heard.event.tags == {"+mood": "merry"}
        await alice.chat.set_away("lunch")
        await until(bob, happens(PresenceChanged))
        assert (await bob.chat.whois("alice")).away == "lunch"
        await alice.chat.say("lobby", "one")
        assert texts([*await bob.chat.history("lobby", happenings=False)]) == ["one"]
        assert [talked.name for talked in await bob.chat.conversations()] == ["lobby"]
        await alice.chat.kick("lobby", "bob", "bye")
        with pytest.raises(NoSuchGroup):
            await alice.chat.leave("elsewhere")
        await alice.chat.leave("lobby")


async def test_it_is_back_by_itself_with_all_that_was_said(
    client: Make, people: HubProcess
) -> None:
    async with client("alice") as alice, client("bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        await alice.chat.say("lobby", "before")
        before = await until(bob, said("before"))
        await asyncio.to_thread(people.restart)
        await alice.chat.say("lobby", "after")
        after = await until(bob, said("after"))
        assert texts(before + after) == ["before", "after"]
        assert [type(item) for item in after if not isinstance(item, Heard)] == [Offline, Online]


async def test_what_it_missed_comes_before_what_is_new(client: Make) -> None:
    """One who wasn't there when it was said reads it, in order, and then hears on."""
    async with client("alice") as alice:
        await alice.chat.join("lobby", durable=True)
        async with client("bob") as bob:
            await bob.chat.join("lobby", durable=True)
            await alice.chat.say("lobby", "0")
            items = await until(bob, said("0"))
            seen = bob.seen
        for number in range(1, 500):
            await alice.chat.say("lobby", str(number))
        async with client("bob", seen=seen) as bob:
            await alice.chat.say("lobby", "500")
            items += await until(bob, said("500"))
        assert texts(items) == [str(number) for number in range(501)]


async def test_what_was_said_directly_is_not_missed(client: Make) -> None:
    async with client("alice") as alice:
        async with client("bob") as bob:
            await bob.chat.join("home", durable=True)
            await alice.chat.say_to("bob", "here")
            await until(bob, said("here"))
            seen = bob.seen
        await alice.chat.say_to("bob", "away")
        async with client("bob", seen=seen) as bob:
            await alice.chat.say_to("bob", "back")
            assert texts(await until(bob, said("back"))) == ["away", "back"]


async def test_a_program_that_is_slow_misses_nothing(client: Make) -> None:
    async with client("alice") as alice, client("bob", room=20) as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        for number in range(300):
            await alice.chat.say("lobby", str(number))
        await bob.chat.ping()  # all of it was told before this is answered
        await alice.chat.say("lobby", "end")
        heard = texts(await until(bob, said("end")))
        assert heard == [str(number) for number in range(300)] + ["end"]


async def test_leaving_is_not_missing(client: Make) -> None:
    """What was said while one had left on purpose isn't read back."""
    async with client("alice") as alice, client("bob") as bob:
        await alice.chat.join("lobby")
        await bob.chat.join("lobby")
        await bob.chat.leave("lobby")
        await alice.chat.say("lobby", "without bob")
        await bob.chat.join("lobby")
        await alice.chat.say("lobby", "with bob")
        assert texts(await until(bob, said("with bob"))) == ["with bob"]


async def test_a_group_that_cannot_be_joined_again_is_told(
    client: Make, people: HubProcess
) -> None:
    """An invitation opened the door once; it is gone with the hub that knew of it."""
    async with client("alice") as alice, client("bob") as bob:
        await alice.chat.join("den", durable=True)
        await alice.chat.change_settings("den", [SettingChange("invite_only", "", True)])
        await alice.chat.invite("den", "bob")
        await bob.chat.join("den")
        await asyncio.to_thread(people.restart)
        removed = (await until(bob, lambda item: isinstance(item, Removed)))[-1]
        assert isinstance(removed, Removed)
        assert removed.group == "den"


async def test_a_guest_comes_back_as_another_and_reads_the_open_past(
    client: Make, people: HubProcess
) -> None:
    async with Client(people.pb_url, Guest()) as guest, client("alice") as alice:
        await guest.chat.join("lobby")
        await alice.chat.join("lobby")
        await alice.chat.say("lobby", "old")
        await until(guest, said("old"))
        await asyncio.to_thread(people.restart)
        await alice.chat.say("lobby", "new")
        assert texts(await until(guest, said("new"))) == ["new"]


async def test_others_hear_who_comes_and_goes(client: Make) -> None:
    async with client("alice") as alice:
        await alice.chat.join("lobby")
        async with client("bob") as bob:
            await bob.chat.join("lobby")
            await until(alice, happens(Joined, "bob"))
            await bob.chat.leave("lobby", "enough")
            left = (await until(alice, happens(Left)))[-1]
            assert isinstance(left, Heard)
            assert isinstance(left.event, Left)
            assert left.event.reason == "enough"
            await bob.chat.join("lobby")
        await until(alice, happens(Quit, "bob"))
