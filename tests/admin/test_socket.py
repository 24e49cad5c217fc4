"""The admin socket: for its owner only, bounded, and nothing that comes over it ends it."""

from __future__ import annotations

import asyncio
import json
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
from words.admin.socket import MAX_REQUEST, AdminSocket
from words.errors import ConfigError, NotFound
from words.reactor import Reactor


async def perform(verb: str, arguments: Mapping[str, Any], _: Caller) -> Any:
    if verb == "break":
        raise ValueError("a bug")
    if verb == "refuse":
        raise NotFound("ann")
    return [verb, arguments]


@pytest.fixture
async def listener(tmp_path: Path) -> AsyncIterator[AdminSocket]:
    listener = AdminSocket(tmp_path / "admin.sock", perform)
    await listener.start()
    yield listener
    await listener.stop()


async def _answers(listener: AdminSocket, data: bytes) -> list[Any]:
    """Send bytes and hang up; return all answers."""
    reader, writer = await asyncio.open_unix_connection(str(listener.path))
    writer.write(data)
    writer.write_eof()
    answers = await reader.read()
    writer.close()
    return [json.loads(line) for line in answers.splitlines()]


async def test_it_answers_in_order(listener: AdminSocket, reactor: Reactor) -> None:
    assert await reactor.in_thread(ask, listener.path, "x", {"n": 1}) == ["x", {"n": 1}]
    assert await _answers(listener, b'{"verb": "a"}\n{"verb": "b", "args": {}}\n') == [
        {"result": ["a", {}]},
        {"result": ["b", {}]},
    ]


async def test_refusals_and_defects_are_told(
    listener: AdminSocket, reactor: Reactor, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RefusedThere, match="there is no ann") as refused:
        await reactor.in_thread(ask, listener.path, "refuse", {})
    assert refused.value.there == "not-found"
    with pytest.raises(RefusedThere, match="its log says why"):
        await reactor.in_thread(ask, listener.path, "break", {})
    assert "ValueError: a bug" in caplog.text


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"{}", b'{"verb": 1}', b'{"verb": "x", "args": []}', b"\xff", b"\0"],
)
async def test_what_is_no_request_is_refused(listener: AdminSocket, line: bytes) -> None:
    refused, answered = await _answers(listener, line + b'\n{"verb": "x"}\n')
    assert refused["error"] == "bad-input"
    assert answered == {"result": ["x", {}]}


async def test_a_line_without_an_end_is_refused(listener: AdminSocket) -> None:
    (refused,) = await _answers(listener, b"x" * (2 * MAX_REQUEST))
    assert refused["error"] == "too-long"
    assert await _answers(listener, b'{"verb": "x"}\n')


async def test_only_its_owner_may_open_it(listener: AdminSocket) -> None:
    assert stat.S_IMODE(listener.path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_another_user_is_not_heard(reactor: Reactor) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        listener = AdminSocket(Path(folder, "admin.sock"), perform)
        await listener.start()
        os.chmod(listener.path, 0o666)
        program = (
            "import os, socket, sys; os.setuid(65534); s = socket.socket(socket.AF_UNIX);"
            's.connect(sys.argv[1]); s.sendall(b\'{"verb": "x"}\\n\'); print(s.recv(99))'
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
    listener = AdminSocket(path, perform)
    await listener.start()
    assert await reactor.in_thread(ask, path, "x", {}) == ["x", {}]
    await listener.stop()
    assert not path.exists()


async def test_one_that_is_in_use_is_not(listener: AdminSocket, reactor: Reactor) -> None:
    with pytest.raises(ConfigError, match=r"hub\.admin_socket: .*another hub listens there"):
        await AdminSocket(listener.path, perform).start()
    assert await reactor.in_thread(ask, listener.path, "x", {}) == ["x", {}]


async def test_a_file_in_its_place_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="in use"):
        await AdminSocket(path, perform).start()
    assert path.read_text() == "precious"


async def test_a_path_that_is_too_long_is_named(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120)
    with pytest.raises(ConfigError, match=r"hub\.admin_socket: .*too long"):
        await AdminSocket(path, perform).start()
