"""The admin socket: for its owner only, bounded, and nothing that comes over it ends it."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from words.admin.base import Caller
from words.admin.client import NoHub, RefusedThere, ask
from words.admin.socket import AdminSocket
from words.errors import BadInput, ConfigError, NotFound
from words.reactor import Reactor
from words.spread import pb


async def perform(verb: str, arguments: Mapping[str, Any], caller: Caller) -> Any:
    if verb == "break":
        raise ValueError("a bug")
    if verb == "refuse":
        raise NotFound("ann")
    return [verb, arguments, caller.name]


VERBS = ("x", "a-b", "refuse", "break")


@pytest.fixture
async def listener(tmp_path: Path) -> AsyncIterator[AdminSocket]:
    listener = AdminSocket(tmp_path / "admin.sock", perform, VERBS)
    await listener.start()
    yield listener
    await listener.stop()


async def test_it_answers(listener: AdminSocket, reactor: Reactor) -> None:
    assert await reactor.in_thread(ask, listener.path, "x", {"n": 1}) == ["x", {"n": 1}, "local"]
    assert await reactor.in_thread(ask, listener.path, "a-b", {}, "ann") == ["a-b", {}, "local:ann"]


async def test_refusals_and_defects_are_told(
    listener: AdminSocket, reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RefusedThere, match="there is no ann") as refused:
        await reactor.in_thread(ask, listener.path, "refuse", {})
    assert refused.value.there == "not-found"
    with pytest.raises(RefusedThere, match="its log says why"):
        await reactor.in_thread(ask, listener.path, "break", {})
    assert "ValueError: a bug" in caplog.text


async def test_what_is_not_there_is_refused(listener: AdminSocket, reactor: Reactor) -> None:
    with pytest.raises(RefusedThere, match="No such method"):
        await reactor.in_thread(ask, listener.path, "y", {})
    with pytest.raises(BadInput):
        await reactor.in_thread(ask, listener.path, "x", {"text": "\ud800"})
    with pytest.raises(pb.RemoteError, match="UnauthorizedLogin"):
        async with pb.connect(f"unix://{listener.path}", credentials=pb.Anonymous()):
            pass


async def test_many_verbs_over_one_connection(listener: AdminSocket) -> None:
    url = f"unix://{listener.path}"
    async with pb.connect(url, credentials=pb.Anonymous(), service="admin") as admin:
        assert await admin.x(n=1) == ["x", {"n": 1}, "local"]
        large = "x" * 500_000
        assert (await admin.a_b(text=large))[1] == {"text": large}
        assert await admin.x() == ["x", {}, "local"]


async def test_what_is_no_pb_ends_its_own_connection_only(
    listener: AdminSocket, reactor: Reactor
) -> None:
    reader, writer = await asyncio.open_unix_connection(str(listener.path))
    writer.write(b'{"verb": "x"}\n' + b"\xff" * 100)
    await reader.read()
    writer.close()
    assert await reactor.in_thread(ask, listener.path, "x", {})


async def test_only_its_owner_may_open_it(listener: AdminSocket) -> None:
    assert stat.S_IMODE(listener.path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_is_not_heard(reactor: Reactor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        listener = AdminSocket(Path(folder, "admin.sock"), perform, VERBS)
        await listener.start()
        os.chmod(listener.path, 0o666)
        program = (
            "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
            's.connect(sys.argv[1]); s.sendall(b"\\x02\\x82pb"); s.recv(99); print(s.recv(99))'
        )
        command = [sys.executable, "-c", program, str(listener.path)]
        done = await reactor.in_thread(subprocess.run, command, capture_output=True, text=True)
        await listener.stop()
    assert done.stdout == "b''\n" or "reset" in done.stderr or "roken pipe" in done.stderr


async def test_a_socket_that_was_left_is_taken_over(tmp_path: Path, reactor: Reactor) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(NoHub):
        await reactor.in_thread(ask, path, "x", {})
    listener = AdminSocket(path, perform, VERBS)
    await listener.start()
    assert await reactor.in_thread(ask, path, "x", {}) == ["x", {}, "local"]
    await listener.stop()
    assert not path.exists()


async def test_one_that_is_in_use_is_not(listener: AdminSocket, reactor: Reactor) -> None:
    with pytest.raises(ConfigError, match=r"hub\.admin_socket: .*another hub listens there"):
        await AdminSocket(listener.path, perform, VERBS).start()
    assert await reactor.in_thread(ask, listener.path, "x", {}) == ["x", {}, "local"]


async def test_a_file_in_its_place_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="in use"):
        await AdminSocket(path, perform, VERBS).start()
    assert path.read_text() == "precious"


async def test_a_path_that_is_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120)
    with pytest.raises(ConfigError, match=r"hub\.admin_socket: .*too long"):
        await AdminSocket(path, perform, VERBS).start()
