"""The programs of docs/pb.md run as they are printed."""

from __future__ import annotations

import ast
import dataclasses
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.spread.users import ALL, Users
from words.spread import pb

DOCS = Path(__file__).parents[2] / "docs" / "pb.md"


def test_hello_world_runs_as_printed() -> None:
    server, client = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)[:2]
    assert all(sum(map(bool, program.splitlines())) < 15 for program in (server, client))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    listening = subprocess.Popen([sys.executable, "-c", server.replace("8787", port)])
    try:
        until = time.monotonic() + 20
        while True:  # it prints nothing by which one could tell that it listens
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", int(port))):
                    break
            assert time.monotonic() < until
        done = subprocess.run(
            [sys.executable, "-c", client.replace("8787", port)], capture_output=True, timeout=20
        )
        assert done.stdout == b"hello\n"
        assert not done.stderr
    finally:
        listening.terminate()
        listening.wait()


class Greeter(pb.Root):
    """What the pieces of the guide talk to."""

    def remote_send(self, text: str) -> int:
        return len(text)

    def remote_hint(self, text: str) -> None:
        self.hinted = text

    def remote_person(self) -> Ann:
        return Ann()


class Ann(pb.Copyable):
    def __init__(self) -> None:
        self.name = "ann"

    def get_type_to_copy_for(self, perspective: object) -> str:
        return "chat.Person"


@dataclasses.dataclass
class Said:
    text: str


class Person(pb.RemoteCopy):
    name: str


class Board(pb.RemoteCache):
    pass


async def test_the_pieces_of_the_guide_run_as_printed() -> None:
    """Types, interfaces, logging in to two services, coming back: what they need is above."""
    types, interface, logins, again = re.findall(
        r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL
    )[2:6]
    names: dict[str, Any] = {"pb": pb, "Said": Said, "Person": Person, "Board": Board}
    async with pb.serve("pb://127.0.0.1:0", Greeter()) as server:
        names["url"] = f"pb://127.0.0.1:{server.port}"
        await _run(types, names)
        async with pb.connect(names["url"], registry=names["registry"]) as root:
            person = await root.person()
            assert (type(person), person.name) == (Person, "ann")
            names["reference"] = root
            await _run(interface, names)
            assert names["number"] == 2
    users = Users()
    async with pb.serve("pb://127.0.0.1:0", pb.LoginRoot(users, ALL)) as server:
        names |= {"url": f"pb://127.0.0.1:{server.port}", "pw": "secret", "me": pb.Referenceable()}
        inside = logins + "    services = [await alice.whoami(), await admin.whoami()]\n"
        await _run(inside, names)
        assert names["services"] == [["alice", "chat"], ["alice", "admin"]]
        used = 0

        async def use(alice: Any) -> None:
            nonlocal used
            used += 1
            if used < 3:
                raise pb.ConnectionLost
            raise Exhausted

        names["use"] = use
        with pytest.raises(Exhausted):
            await _run(again.replace("credentials=...", "credentials=pb.Anonymous()"), names)


class Exhausted(Exception):
    pass


async def _run(program: str, names: dict[str, Any]) -> None:
    """Run a piece that may await, as if it stood at the top."""
    code = compile(program, str(DOCS), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)
    if waiting is not None:
        await waiting


def test_the_tests_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCS.read_text()))
    defined: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        defined.update(re.findall(r"def (test_\w+)", path.read_text()))
    assert named - defined == set()
