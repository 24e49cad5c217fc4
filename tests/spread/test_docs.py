"""The programs of docs/pb.md run as they are printed."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path

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


def test_the_tests_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCS.read_text()))
    defined: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        defined.update(re.findall(r"def (test_\w+)", path.read_text()))
    assert named - defined == set()
