"""The hub under strace, and the log read back: what reached the disk and the wire, in order."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

CALLS = "fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg,sendmmsg"
SENDS = frozenset({"write", "writev", "sendto", "sendmsg", "sendmmsg"})
SECONDS = 10.0
BEGUN = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)$")
ENDED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
RESULT = re.compile(r"= (-?\d+)[^=\"]*$")


class Call(NamedTuple):
    """The begin or the end of a system call; both at once have a result and a text."""

    name: str
    descriptor: str
    text: str
    result: int | None


def traced(log: Path, *inject: str) -> Sequence[str]:
    """Return the command of a hub that is traced into ``log``; its process is the hub's own."""
    options = [option for each in inject for option in ("-e", f"inject={each}")]
    return (
        *("strace", "-D", "-f", "-q", "-s", "1000000", "-o", str(log), "-e", f"trace={CALLS}"),
        *options,
        *(sys.executable, "-m", "words"),
    )


def wait_for_end(log: Path, pid: int) -> None:
    """Return when strace has written down that the process ended."""
    deadline = time.monotonic() + SECONDS
    while not re.search(rf"^{pid} .*\+\+\+ exited", log.read_text(errors="replace"), re.MULTILINE):
        assert time.monotonic() < deadline, "strace doesn't end"
        threading.Event().wait(0.01)


def attach(pid: int, inject: str) -> subprocess.Popen[str]:
    """Let a running process have a fault from now on; return strace, which ends with it."""
    command = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"]
    process = subprocess.Popen(
        [*command, "-e", f"inject={inject}", "-p", str(pid)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "attached" in first, first
    return process


def calls(log: Path) -> Iterator[Call]:
    """Yield the calls of all threads in the order in which strace saw them."""
    descriptors: dict[str, str] = {}
    for line in log.read_text(errors="replace").splitlines():
        if begun := BEGUN.match(line):
            descriptor = re.match(r"\d*", begun["rest"])
            assert descriptor is not None
            descriptors[begun["pid"]] = descriptor[0]
            whole = not line.endswith("<unfinished ...>")
            result = RESULT.search(line) if whole else None
            number = int(result[1]) if result else None
            yield Call(begun["call"], descriptor[0], begun["rest"], number)
        elif ended := ENDED.match(line):
            result = RESULT.search(line)
            number = int(result[1]) if result else None
            yield Call(ended["call"], descriptors[ended["pid"]], "", number)


class Order(NamedTuple):
    """Where in the log a marker was written, made durable, and first sent; None if never."""

    written: int | None
    synced: int | None
    sent: int | None


def orders(log: Path, marker: str) -> dict[str, Order]:
    """Return the order for everything that matches the expression ``marker``."""
    found = re.compile(marker)
    written: dict[str, int] = {}
    synced: dict[str, int] = {}
    sent: dict[str, int] = {}
    unsynced: dict[str, set[str]] = {}
    for place, call in enumerate(calls(log)):
        if call.name == "pwrite64":
            for text in set(found.findall(call.text)) - written.keys():
                written[text] = place
                unsynced.setdefault(call.descriptor, set()).add(text)
        elif call.name in SENDS:
            for text in found.findall(call.text):
                sent.setdefault(text, place)
        elif call.result == 0:
            for text in unsynced.pop(call.descriptor, ()):
                synced[text] = place
    return {
        text: Order(written.get(text), synced.get(text), sent.get(text))
        for text in written.keys() | sent.keys()
    }
