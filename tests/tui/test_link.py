"""The link to a hub that runs, that dies, and to those that are none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tui_client.changes import Told
from tui_client.conversation import Conversation
from tui_client.link import Link
from tui_client.records import Message
from tui_client.store import Store
from tui_client.trouble import SignOnFailed
from words.client import Client, Guest, Login


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds; the test's own time limit ends it."""
    while not holds():  # noqa: ASYNC110 - what is waited for is not ours to signal
        await asyncio.sleep(0.005)


@asynccontextmanager
async def signed_on(hub: HubProcess, name: str) -> AsyncIterator[Link]:
    link = Link(Store(name), hub.pb_url, Login(name, PASSWORD) if name else Guest())
    await link.sign_on()
    try:
        yield link
    finally:
        await link.close()


async def inside(link: Link, group: str) -> Conversation:
    conversation = await link.join(group)
    assert conversation is not None
    await link.open(conversation)
    return conversation


def texts(conversation: Conversation) -> list[str]:
    return [each.text for each in conversation.timeline.items if isinstance(each, Message)]


def send(link: Link, conversation: Conversation, text: str) -> Message:
    message = link.store.compose(conversation, text)
    link.send(conversation, message)
    return message


async def test_what_was_said_before_is_counted_and_read_when_opened(town: HubProcess) -> None:
    async with signed_on(town, "alice") as link:
        await inside(link, "counted")
    async with Client(town.pb_url, Login("bob", PASSWORD)) as bob:
        await bob.chat.join("counted")
        for text in ("one", "alice: two", "three"):
            await bob.chat.say("counted", text)
        await bob.chat.say_to("alice", "psst")
        async with signed_on(town, "alice") as link:
            group = link.store.find("counted", True)
            assert group is not None
            await until(lambda: group.unread == 3)
            assert group.mentions == 1
            assert group.last is not None
            await until(lambda: [each.name for each in link.store if each.unread == 1] == ["bob"])
            await link.open(group)
            assert texts(group) == ["one", "alice: two", "three"]
            assert {each.name for each in group.members} == {"alice", "bob"}
            async with signed_on(town, "alice") as other:
                there = other.store.find("counted", True)
                assert there is not None
                await until(lambda: there.unread == 3)
                link.mark_read(group)
                await until(lambda: there.unread == 0)  # told by the hub
    async with signed_on(town, "alice") as link:
        again = link.store.find("counted", True)
        assert again is not None
        await until(lambda: link.store.find("bob", False))
        assert again.unread == 0


async def test_history_is_read_in_pages_in_both_directions(town: HubProcess) -> None:
    async with Client(town.pb_url, Login("bob", PASSWORD)) as bob:
        await bob.chat.join("long")
        for number in range(450):
            await bob.chat.say("long", str(number))
        async with signed_on(town, "alice") as link:
            group = await inside(link, "long")
            timeline = group.timeline
            assert texts(group)[-1] == "449"
            for _ in range(3):
                await link.history.older(group)
            assert timeline.at_start
            assert texts(group) == [str(number) for number in range(450)]
            timeline.unload()
            await link.history.around(group, 100)
            assert timeline.high < group.newest
            assert "98" in texts(group)
            await bob.chat.say("long", "450")  # not shown: there is something before it
            for _ in range(3):
                await link.history.newer(group)
            assert timeline.at_end
            shown = texts(group)
            assert shown == [str(number) for number in range(int(shown[0]), 451)]
            await bob.chat.say("long", "451")
            await until(lambda: texts(group)[-1] == "451")


async def test_edits_and_reactions_are_seen_live_and_read_back(town: HubProcess) -> None:
    async with Client(town.pb_url, Login("bob", PASSWORD)) as bob:
        await bob.chat.join("changed")
        async with signed_on(town, "alice") as link:
            group = await inside(link, "changed")
            said = await bob.chat.say("changed", "helo")
            await bob.chat.edit(said.id, "hello", group="changed")
            await link.chat.react(said.id, "+1", group="changed")
            await until(lambda: _reactions(group, said.id))
            live = group.timeline.items[-1]
            group.timeline.unload()
            await link.history.newest(group)
            back = group.timeline.items[-1]
            assert isinstance(live, Message)
            assert isinstance(back, Message)
            assert (back.text, back.reactions) == (live.text, live.reactions)
            assert back.edited


def _reactions(group: Conversation, number: int) -> object:
    index = group.timeline.find(number)
    item = group.timeline.items[index] if index is not None else None
    return isinstance(item, Message) and item.reactions


async def test_what_is_typed_while_the_hub_is_dead_arrives_once(
    new_hub: Callable[..., HubProcess],
) -> None:
    hub = new_hub().start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    async with signed_on(hub, "alice") as alice, signed_on(hub, "bob") as bob:
        here, there = await inside(alice, "lobby"), await inside(bob, "lobby")
        send(alice, here, "before")
        await until(lambda: texts(there) == ["before"])
        sent = send(alice, here, "in doubt")
        hub.kill()
        late = send(alice, here, "late")
        await until(lambda: alice.store.connection == bob.store.connection == "connecting")
        assert [each.delivery for each in here.timeline.waiting if isinstance(each, Message)]
        hub.start()
        send(bob, there, "and I")
        wanted = {"before", "in doubt", "late", "and I"}
        await until(lambda: set(texts(here)) == set(texts(there)) == wanted)
        await until(lambda: not here.timeline.waiting and not there.timeline.waiting)
        assert texts(here) == texts(there)
        assert len(texts(here)) == 4
        assert texts(here).index(sent.text) < texts(here).index(late.text)
        assert alice.store.connection == "online"


async def test_a_refused_message_says_so_and_can_be_withdrawn(town: HubProcess) -> None:
    async with signed_on(town, "alice") as link:
        group = await inside(link, "refused")
        message = send(link, group, "x" * 20_000)
        await until(lambda: _waiting(group) and _waiting(group)[0].delivery == "failed")
        assert _waiting(group)[0].error
        link.store.withdraw(group, message)
        assert not group.timeline.items or not group.timeline.waiting


def _waiting(group: Conversation) -> list[Message]:
    return [each for each in group.timeline.waiting if isinstance(each, Message)]


async def test_a_refusal_is_told_and_ends_nothing(town: HubProcess) -> None:
    async with signed_on(town, "alice") as link:
        told: list[str] = []
        link.store.observe(
            lambda change: told.append(str(change)) if isinstance(change, Told) else None
        )
        assert await link.join("no such, name") is None
        assert told
        assert await link.join("refusal") is not None


# Signing on


async def failing(url: str, who: str = "alice", password: str = PASSWORD) -> SignOnFailed:
    link = Link(Store(who), url, Login(who, password))
    with pytest.raises(SignOnFailed) as failed:
        await link.sign_on()
    assert link.store.connection == "offline"
    await link.close()
    return failed.value


async def test_a_wrong_password_belongs_to_its_field(town: HubProcess) -> None:
    assert (await failing(town.pb_url, password="wrong")).field == "password"
    assert (await failing(town.pb_url, who="nobody")).field == "password"
    assert (await failing("http://example.org")).field == "server"


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n" + b"no " * 99)
    await reader.read()
    writer.close()


async def test_what_is_no_hub() -> None:
    async with await asyncio.start_server(speak_http, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        failed = await failing(f"pb://127.0.0.1:{port}")
    assert failed.field == "server"
    assert "doesn't speak our protocol" in str(failed)


async def test_nobody_there(unused_tcp_port: int) -> None:
    failed = await failing(f"pb://127.0.0.1:{unused_tcp_port}")
    assert "Nobody listens" in str(failed)
    assert "no host" in str(await failing("pb://no-such-host.invalid"))


async def test_lies_of_a_hub_change_nothing(town: HubProcess) -> None:
    async with signed_on(town, "alice") as link:
        group = await inside(link, "lies")
        client = link._client
        assert client is not None
        client.heard([{"event": "Said", "in": "lies", "conversation": "x"}, 5, None])
        client.heard([{"event": "Left", "in": "lies"}, {"event": "Unheard"}])
        send(link, group, "still here")
        await until(lambda: texts(group) == ["still here"])


async def test_a_hub_with_an_older_storage_is_shown_as_it_is(
    new_hub: Callable[..., HubProcess],
) -> None:
    hub = new_hub().start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    async with signed_on(hub, "alice") as alice, signed_on(hub, "bob") as bob:
        here, there = await inside(alice, "lobby"), await inside(bob, "lobby")
        send(bob, there, "kept")
        await until(lambda: texts(here) == ["kept"])
        copy = str(hub.folder / "copy")
        assert (await asyncio.to_thread(hub.words, "backup", copy)).returncode == 0
        for text in ("lost", "alice: lost too"):
            send(bob, there, text)
        await until(lambda: here.unread == 3)
        hub.kill()
        await until(lambda: alice.store.connection == bob.store.connection == "connecting")
        assert hub.words("restore", "--replace", copy).returncode == 0
        hub.start()
        send(bob, there, "said anew")
        await until(lambda: texts(here) == texts(there) == ["kept", "said anew"])
        await until(lambda: (here.unread, here.mentions) == (2, 0))


async def test_what_cant_be_read_of_one_group_keeps_nothing_from_others(town: HubProcess) -> None:
    async with signed_on(town, "alice") as link:
        left, kept = await inside(link, "closed"), await inside(link, "open")
        send(link, kept, "hello")
        await until(lambda: texts(kept) == ["hello"] and not kept.timeline.waiting)
        await link.chat.leave("closed")
        await until(lambda: not left.inside)
        kept.last = None
        await link.history.peek([left, kept])
        await until(lambda: kept.last is not None)
        left.uncounted = True
        await link.history.count_all()
