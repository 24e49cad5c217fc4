"""The asyncio shell, ours on both sides, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.spread.certificates import make_certificate
from tests.spread.users import ALL, Avatar, Users
from words.spread import credentials, errors, pb
from words.spread.blocking import BlockingConnection


class Mind(pb.Referenceable):
    """A client's side."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def remote_said(self, who: str, text: str) -> None:
        self.said.put_nowait((who, text))

    async def remote_answer(self, question: str) -> str:
        return f"{question} 42"


class Slow(pb.Root):
    """Methods whose order and end can be told apart."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.gate = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.crowd = asyncio.Event()
        self.now = self.most = 0

    def remote_plain(self, name: str) -> None:
        self.log.append(name)

    async def remote_task(self, name: str) -> str:
        self.log.append(name)
        return name

    async def remote_wait(self) -> str:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == 5:
            self.crowd.set()
        try:
            await self.gate.wait()
            self.now -= 1
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "done"

    def remote_echo(self, value: Any) -> Any:
        return value

    async def remote_later(self, value: Any) -> Any:
        return value

    def remote_big(self, method: str) -> Any:
        return self.remote_later(b"x" * 600_000) if method == "later" else b"x" * 600_000

    def remote_log(self) -> list[str]:
        return self.log

    async def remote_pages(self, collector: Any, size: int) -> None:
        await pb.send_pages(collector, b"x" * size)

    async def remote_raises(self) -> None:
        raise KeyError("secret name")


@contextlib.asynccontextmanager
async def users_at(url: str, **options: Any) -> AsyncIterator[tuple[Users, str]]:
    users = Users()
    async with pb.serve(url, pb.LoginRoot(users, ALL), **options) as server:
        scheme = url.partition(":")[0]
        yield users, url if scheme == "unix" else f"{scheme}://127.0.0.1:{server.port}"


async def until(users: Users, condition: Callable[[], bool]) -> None:
    """Waits until somebody came or went and the condition holds."""
    event = asyncio.Event()
    users.listeners.append(event.set)
    while not condition():
        event.clear()
        await event.wait()
    users.listeners.remove(event.set)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a self-signed certificate for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server and a client, each with the certificate."""
    key, cert = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    server.load_verify_locations(cert)
    server.verify_mode = ssl.CERT_OPTIONAL
    client = ssl.create_default_context(cafile=str(cert))
    client.load_cert_chain(cert, key)
    return server, client


async def test_password_login_talk_and_logout() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        mine, theirs = Mind(), Mind()
        async with (
            pb.connect(url, credentials=pb.Password("alice", "secret"), client=mine) as alice,
            pb.connect(url, credentials=pb.Anonymous(), client=theirs) as guest,
        ):
            assert await alice.whoami() == ["alice", ""]
            assert await alice.call("echo", {"a": [1, "é"]}) == {"a": [1, "é"]}
            assert await guest.push("hello") == []
            assert await mine.said.get() == await theirs.said.get() == ("anonymous", "hello")
            assert await alice.ask("why?") == "why? 42"
            assert len(users.inside) == 2
        del alice, guest
        await until(users, lambda: not users.inside)


async def test_wrong_passwords_and_unknown_names() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        for who in (
            pb.Password("alice", "wrong"),
            pb.Password("nobody", "wrong"),
            pb.AppPassword("alice/app", "wrong"),
            pb.AppPassword("nobody", "wrong"),
            pb.Certificate(),
        ):
            with pytest.raises(pb.RemoteError) as caught:
                async with pb.connect(url, credentials=who):
                    pass
            assert caught.value.is_a("twisted.cred.error.UnauthorizedLogin")
            assert caught.value.text == ""
        assert users.failures == [
            ("scram", "alice"), ("scram", "nobody"), ("md5", "alice/app"), ("md5", "nobody"),
        ]  # fmt: skip
        async with pb.connect(url, credentials=pb.AppPassword("alice/app", "app-secret")) as me:
            assert (await me.whoami())[0] == "alice/app"


async def test_a_server_that_does_not_know_the_password_is_found_out() -> None:
    class Liar(pb.Root):
        def remote_loginScram(self, first: bytes) -> Any:
            nonce = first.rpartition(b"r=")[2] + b"more"
            return b"r=" + nonce + b",s=AAAA,i=4096", Referee()

    class Referee(pb.Referenceable):
        def remote_prove(self, final: bytes, mind: Any) -> Any:
            return b"v=AAAA", Referee()

    async with pb.serve("pb://127.0.0.1:0", Liar()) as server:
        url = f"pb://127.0.0.1:{server.port}"
        with pytest.raises(pb.Unauthorized, match="prove"):
            async with pb.connect(url, credentials=pb.Password("alice", "secret")):
                pass


async def test_several_logins_and_services_on_one_connection() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        who = pb.Password("alice", "secret")
        async with pb.connect(url, credentials=who, service="chat") as chat:
            connection = chat.broker.caller
            admin = await pb.log_in(connection, who, service="admin")
            app = await pb.log_in(connection, pb.AppPassword("alice", "secret"), service="admin")
            assert await app.whoami() == ["alice", "admin"]
            del app
            bob = await pb.log_in(connection, pb.Password("bob", "hunter2"))
            assert await admin.whoami() == ["alice", "admin"]
            assert await chat.whoami() == ["alice", "chat"]
            assert await bob.whoami() == ["bob", ""]
            with pytest.raises(pb.RemoteError):
                await pb.log_in(connection, pb.Password("bob", "hunter2"), service="admin")
            del bob
            await until(users, lambda: len(users.inside) == 2)
            assert [a.proven.service for a in users.inside] == ["chat", "admin"]


async def test_mechanisms_that_are_not_offered_do_not_exist() -> None:
    async with pb.serve("pb://127.0.0.1:0", pb.LoginRoot(Users(), ["scram"])) as server:
        for who in (pb.Anonymous(), pb.AppPassword("alice", "secret"), pb.Certificate()):
            with pytest.raises(pb.RemoteError, match="No such method"):
                async with pb.connect(f"pb://127.0.0.1:{server.port}", credentials=who):
                    pass


async def test_tls_and_client_certificates(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with users_at("pbs://127.0.0.1:0", ssl=tls[0]) as (_, url):
        async with pb.connect(url, credentials=pb.Certificate(), ssl=tls[1]) as me:
            assert (await me.whoami())[0] == "certificate"
            big = b"x" * 600_000
            assert await me.echo(big) == big
        with pytest.raises(ssl.SSLError):
            async with pb.connect(url, credentials=pb.Anonymous()):
                pass


async def test_unix_sockets(tmp_path: Path) -> None:
    async with (
        users_at(f"unix://{tmp_path}/s") as (_, url),
        pb.connect(url, credentials=pb.Password("alice", "secret")) as me,
    ):
        assert (await me.whoami())[0] == "alice"


async def test_methods_start_in_order() -> None:
    root = Slow()
    async with (
        pb.serve("pb://127.0.0.1:0", root) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        calls = []
        for i in range(40):
            method = there.task if i % 3 else there.plain
            calls.append(method(str(i)))
        await asyncio.gather(*calls)
        assert await there.log() == [str(i) for i in range(40)]


async def test_slow_calls_do_not_hold_up_others_and_end_with_the_connection() -> None:
    root = Slow()
    async with pb.serve("pb://127.0.0.1:0", root) as server:
        url = f"pb://127.0.0.1:{server.port}"
        async with pb.connect(url) as there:
            waiting = asyncio.ensure_future(there.wait())
            assert await there.echo(1) == 1
            assert not waiting.done()
            root.gate.set()
            assert await waiting == "done"
            root.gate.clear()
            waiting = asyncio.ensure_future(there.wait())
            await there.echo(1)
        with pytest.raises(pb.ConnectionLost):
            await waiting
        await root.cancelled.wait()
        with pytest.raises(pb.DeadReference):
            await there.echo(1)


async def test_timeouts_and_cancellation() -> None:
    root = Slow()
    async with (
        pb.serve("pb://127.0.0.1:0", root) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}", call_timeout=0.05) as there,
    ):
        with pytest.raises(pb.CallTimeout):
            await there.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await there.wait()
        task = asyncio.ensure_future(there.wait())
        await there.echo(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        root.gate.set()
        assert await there.echo(2) == 2


async def test_a_bug_in_a_coroutine_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        pb.serve("pb://127.0.0.1:0", Slow()) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        with pytest.raises(pb.RemoteError) as caught:
            await there.raises()
        assert caught.value.text == "internal error"
        assert "KeyError" not in str(vars(caught.value))
    assert "in raises" in caplog.text


async def test_a_failed_call_can_be_awaited_late() -> None:
    """Stock defect: at a stock peer that raises AttributeError, and so does repr of the failure."""
    async with (
        pb.serve("pb://127.0.0.1:0", Slow()) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        call = asyncio.ensure_future(there.nosuch())
        await asyncio.wait([call])
        with pytest.raises(pb.RemoteError) as caught:
            await call
        assert "NoSuchMethod" in repr(caught.value)


async def test_more_calls_at_once_than_the_limit() -> None:
    root = Slow()
    limits = pb.Limits(calls=5)
    async with (
        pb.serve("pb://127.0.0.1:0", root, limits=limits) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        waiting = [asyncio.ensure_future(there.wait()) for _ in range(50)]
        task = asyncio.ensure_future(there.task("late"))
        async with asyncio.timeout(5):
            await root.crowd.wait()
        assert root.most == 5
        assert root.log == []
        root.gate.set()
        assert await asyncio.gather(*waiting) == ["done"] * 50
        assert await task == "late"
        assert root.most == 5


@pytest.mark.parametrize("method", ["echo", "later"])
async def test_more_at_once_than_the_send_buffer(method: str) -> None:
    """Both sides wait for each other's buffers; nobody is cut off."""
    big, limits = b"x" * 600_000, pb.Limits(send_buffer=2_000_000)
    async with (
        pb.serve("pb://127.0.0.1:0", Slow(), limits=limits) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}", limits=limits) as there,
    ):
        answers = await asyncio.gather(*(there.call(method, big) for _ in range(30)))
        assert answers == [big] * 30
        answers = await asyncio.gather(*(there.call("big", method) for _ in range(30)))
        assert answers == [big] * 30


async def test_pages() -> None:
    async with (
        pb.serve("pb://127.0.0.1:0", Slow()) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        pages = await pb.get_all_pages(there, "pages", 3_000_000)
        assert b"".join(pages) == b"x" * 3_000_000
        assert max(map(len, pages)) == 8192
        with pytest.raises(pb.TooLarge):
            await pb.get_all_pages(there, "pages", 100_000, most=50_000)


class Room(pb.Interface):
    """What Slow offers, typed."""

    async def echo(self, value: int) -> int:
        raise NotImplementedError

    def plain(self, name: str) -> None:
        raise NotImplementedError

    async def log(self) -> list[str]:
        raise NotImplementedError


async def test_typed_interfaces() -> None:
    async with (
        pb.serve("pb://127.0.0.1:0", Slow()) as server,
        pb.connect(f"pb://127.0.0.1:{server.port}") as there,
    ):
        room = pb.typed(there, Room)
        room.plain("first")
        number: int = await room.echo(5)
        assert number == 5
        assert await room.log() == ["first"]
        with pytest.raises(TypeError):
            await room.echo(1, 2)  # type: ignore[call-arg]
        with pytest.raises(AttributeError):
            await room.wait()  # type: ignore[attr-defined]


async def test_reconnecting() -> None:
    users = Users()
    seen = []
    port = 0
    root = pb.LoginRoot(users, ALL)
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(pb.serve("pb://127.0.0.1:0", root))
        port = server.port
        async for me in pb.connect(f"pb://127.0.0.1:{port}", credentials=pb.Anonymous()):
            seen.append(await me.whoami())
            if len(seen) == 2:
                break
            await stack.aclose()
            with pytest.raises(pb.ConnectionLost):
                await me.whoami()
            await stack.enter_async_context(pb.serve(f"pb://127.0.0.1:{port}", root))
    assert len(seen) == 2


async def test_keepalive_closes_what_is_silent_and_leaves_what_answers() -> None:
    async with pb.serve("pb://127.0.0.1:0", Slow(), keepalive=0.05) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"\x02\x82pb\x02\x80\x13\x87\x06\x81")
        async with pb.connect(f"pb://127.0.0.1:{server.port}", keepalive=None) as there:
            data = await reader.read()
            assert b"ping" in data
            assert await there.echo(1) == 1
        writer.close()


async def test_a_peer_that_never_logs_in_is_closed() -> None:
    async with (
        users_at("pb://127.0.0.1:0", login_timeout=0.05) as (_, url),
        pb.connect(url, credentials=pb.Anonymous()) as me,
    ):
        async with pb.connect(url) as root:
            await root.broker.caller.closed
        assert await me.echo(1) == 1


async def test_references_that_die_in_other_threads_are_given_back() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url), pb.connect(url) as root:
        connection = root.broker.caller
        held = [await pb.log_in(connection, pb.Anonymous())]
        assert len(users.inside) == 1
        await asyncio.to_thread(held.clear)
        await until(users, lambda: not users.inside)


async def test_broadcast_leaves_out_the_dead_and_passes_references() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        minds = [Mind() for _ in range(3)]
        async with contextlib.AsyncExitStack() as stack:
            for mind in minds:
                await stack.enter_async_context(
                    pb.connect(url, credentials=pb.Anonymous(), client=mind)
                )
            there = [avatar.mind for avatar in users.inside]
            ends = [mind.broker.caller.closed for mind in there]
            assert pb.broadcast(there, "said", "who", minds[0]) == []
            for mind in minds:
                assert isinstance((await mind.said.get())[1], pb.RemoteReference)
        await asyncio.gather(*ends)
        assert pb.broadcast(there, "said", "a", "b") == there


async def test_connections_leave_nothing_behind() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        for _ in range(3):
            async with pb.connect(url, credentials=pb.Anonymous(), client=Mind()):
                pass
        await until(users, lambda: not users.inside)
        gc.collect()
        assert not [obj for obj in gc.get_objects() if isinstance(obj, Avatar)]


async def test_the_blocking_client() -> None:
    async with users_at("pb://127.0.0.1:0") as (users, url):
        port = int(url.rpartition(":")[2])

        class Client(pb.Referenceable):
            def remote_answer(self, question: str) -> str:
                return "yes"

        def program() -> list[Any]:
            sock = socket.create_connection(("127.0.0.1", port))
            with BlockingConnection(sock) as connection:
                me = connection.log_in(credentials.Password("alice", "secret"), Client())
                results = [me.whoami(), me.call("echo", [1]), me.ask("really?")]
                with pytest.raises(errors.RemoteError):
                    me.nosuch()
                return results

        assert await asyncio.to_thread(program) == [["alice", ""], [1], "yes"]
        await until(users, lambda: not users.inside)


def test_the_blocking_client_is_light() -> None:
    program = (
        "import sys, words.spread.blocking; "
        "print([m for m in ('asyncio', 'msgspec', 'ssl', 'logging') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


@pytest.mark.parametrize("url", ["http://x", "pb:x", "unix:", "pb://x:port", ""])
async def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError):
        async with pb.connect(url):
            pass
