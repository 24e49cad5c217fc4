"""The admin service by PB: a second login on the connection of one who may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.hub import HubProcess
from words.admin.client import ask
from words.spread import pb

PASSWORD = "correct horse"


@pytest.fixture
def people(new_hub: Callable[..., HubProcess]) -> HubProcess:
    """Return a hub with an administrator, root, and alice, who is none."""
    hub = new_hub().start()
    for name, rights in (("root", ["users"]), ("alice", [])):
        arguments = {"name": name, "password": PASSWORD, "rights": rights}
        ask(hub.data / "admin.sock", "user-add", arguments)
    return hub


async def test_chat_and_admin_on_one_connection(people: HubProcess) -> None:
    root = pb.Password("root", PASSWORD)
    async with pb.connect(people.pb_url, credentials=root, service="chat") as chat:
        admin = await pb.log_in(chat.broker.caller, root, service="admin")
        assert [one["name"] for one in await admin.user_list()] == ["alice", "root"]
        await admin.user_add(name="bob", password=PASSWORD)
        assert (await chat.state())["name"] == "root"
        with pytest.raises(pb.RemoteError) as refused:
            await admin.status()
        assert refused.value.type == "words.Forbidden"
        with pytest.raises(pb.RemoteError, match=r"words\.NameTaken"):
            await admin.user_add(name="bob", password=PASSWORD)
        withdrawn = {"name": "root", "remove": ["users"]}
        await asyncio.to_thread(ask, people.data / "admin.sock", "user-rights", withdrawn)
        with pytest.raises(pb.RemoteError, match=r"words\.Forbidden"):
            await admin.user_list()


async def test_nobody_gets_rights_by_looking_after_users(people: HubProcess) -> None:
    """Not by making who has them, and not by choosing such a one's password."""
    await asyncio.to_thread(
        ask,
        people.data / "admin.sock",
        "user-add",
        {"name": "boss", "password": PASSWORD, "rights": ["admin"]},
    )
    root = pb.Password("root", PASSWORD)
    async with pb.connect(people.pb_url, credentials=root, service="admin") as admin:
        for attempt in (
            admin.user_add(name="eve", password=PASSWORD, rights=["admin"]),
            admin.user_passwd(name="BOSS", password="mine now"),
            admin.user_reset_link(name="boss"),
            admin.app_password_add(name="boss", label="x", scopes=["admin"]),
            admin.certificate_add(name="boss", fingerprint="0" * 64),
        ):
            with pytest.raises(pb.RemoteError, match=r"words\.Forbidden"):
                await attempt
        await admin.user_add(name="help", password=PASSWORD, rights=["users"])
        await admin.user_passwd(name="alice", password="new one")


@pytest.mark.parametrize("who", ["alice", "guest"])
async def test_others_have_nothing_to_administer(people: HubProcess, who: str) -> None:
    credentials = pb.Anonymous() if who == "guest" else pb.Password(who, PASSWORD)
    with pytest.raises(pb.RemoteError, match=r"words\.Forbidden"):
        async with pb.connect(people.pb_url, credentials=credentials, service="admin"):
            pass


async def test_there_is_no_other_service(people: HubProcess) -> None:
    root = pb.Password("root", PASSWORD)
    with pytest.raises(pb.RemoteError, match=r"words\.BadInput"):
        async with pb.connect(people.pb_url, credentials=root, service="cooking"):
            pass
