"""A clock that goes back a year costs nothing but the truth of the times.

libfaketime's own file says what time it is, so it can be changed while the hub runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
Join = Callable[..., RawClient]
CAPS = "echo-message message-tags server-time batch draft/chathistory"
LIBRARIES = "*/faketime/libfaketime.so.1"
FAST = {"limits": {"flood": {"burst": 1000000, "rate": 1000000}}}


def library() -> Path:
    """Return Debian's libfaketime, or skip (fail, with CI=true)."""
    found = sorted(Path("/usr/lib").glob(LIBRARIES))
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "not installed: libfaketime"
        )
    return found[0]


class Clock:
    """A hub's wall clock; the time that only goes on stays the machine's."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.env = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set("+0")

    def set(self, offset: str) -> None:
        """Move the clock: "-1y"."""
        self._file.write_text(offset)


def say(client: RawClient, *texts: str) -> list[str]:
    """Say things and return the echoes."""
    before = len(client.seen)
    client.send(*(f"PRIVMSG #g :{text}" for text in texts), "PING said")
    client.until("PONG .*:said$")
    return [line for line in client.seen[before:] if " PRIVMSG #g " in line]


def ids_and_times(lines: list[str]) -> list[tuple[str, str]]:
    found = [(re.search("msgid=(\\w+)", line), re.search("time=([^; ]+)", line)) for line in lines]
    return [(number[1], time[1]) for number, time in found if number and time]


def check_rising(lines: list[str], count: int) -> None:
    told = ids_and_times(lines)
    numbers = [number for number, _ in told]
    times = [time for _, time in told]
    assert len(numbers) == count
    assert numbers == sorted(set(numbers))
    assert times == sorted(times)


@pytest.mark.parametrize("end", [HubProcess.kill, HubProcess.stop])
def test_a_year_back(
    new_hub: New, join: Join, tmp_path: Path, end: Callable[[HubProcess], object]
) -> None:
    clock = Clock(tmp_path)
    hub = new_hub(FAST, env=clock.env).start()
    ann = join(hub.irc_port, "ann", CAPS)
    live = say(ann, "1", "2")
    this_year = ids_and_times(live)[0][1][:4]
    clock.set("-1y")
    live += say(ann, "3", "4")
    ann.send("JOIN #new", "PRIVMSG #new :now", "PING new")
    ann.until("PONG .*:new$")
    (elsewhere,) = (line for line in ann.seen if " PRIVMSG #new " in line)
    assert ids_and_times([elsewhere])[0][1][:4] < this_year, "the clock isn't set back"
    end(hub)
    hub.start()
    ben = join(hub.irc_port, "ben", CAPS)
    live += say(ben, "5")
    clock.set("+0")
    live += say(ben, "6")
    check_rising(live, 6)
    before = len(ben.seen)
    ben.send("CHATHISTORY LATEST #g * 50", "PING read")
    ben.until("PONG .*:read$")
    stored = [line for line in ben.seen[before:] if " PRIVMSG #g " in line]
    check_rising(stored, 6)
    assert ids_and_times(stored) == ids_and_times(live)
    middle = ids_and_times(stored)[2][0]
    ben.send(f"CHATHISTORY AFTER #g msgid={middle} 50", "PING more")
    ben.until("PONG .*:more$")
    assert [line.rpartition(":")[2] for line in ben.seen if " PRIVMSG #g " in line][-3:] == list(
        "456"
    )
