"""A disk without room: what can't be kept is refused or waits, and the rest goes on."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ircds import Ngircd
from tests.support.programs import need
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
Join = Callable[..., RawClient]
SIZE = 96 * 1024 * 1024
RESERVE = 32 * 1024 * 1024  # more than is written in the second between two looks at the disk
CAPS = "echo-message batch draft/chathistory"
SECONDS = 20.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small file system of the test's own."""
    need("mount", "umount")
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path, leave: int) -> Path:
    """Take all room but ``leave`` bytes; return the file to be removed."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        while True:
            status = os.statvfs(disk)
            room = status.f_bavail * status.f_frsize - leave
            if room <= 0:
                return filler
            with suppress(OSError):  # the hub may have taken some meanwhile
                os.posix_fallocate(file.fileno(), 0, room)
                return filler


def config(disk: Path, reserve: int) -> dict[str, object]:
    return {
        "hub": {"data": str(disk / "data"), "drain": "1s"},
        "storage": {"reserve": f"{reserve}B"},
        "limits": {"flood": {"burst": 1000000, "rate": 1000000}},
    }


def say_until(client: RawClient, word: str, *, told: bool) -> list[str]:
    """Say numbered things until one is told, or isn't; return those that were told."""
    deadline = time.monotonic() + SECONDS
    number = 0
    while time.monotonic() < deadline:
        number += 1
        before = len(client.seen)
        client.send(f"PRIVMSG #g :{word}-{number}", f"PING {word}-{number}")
        client.until(f"PONG .*:{word}-{number}$")
        heard = [line for line in client.seen[before:] if f"PRIVMSG #g :{word}-" in line]
        if bool(heard) == told:
            return [f"{word}-{n}" for n in range(1, number + told) if not told or n == number]
    raise TimeoutError(word)


def past(client: RawClient) -> list[str]:
    """Return what CHATHISTORY has of the group."""
    before = len(client.seen)
    client.send("CHATHISTORY LATEST #g * 500", "PING past")
    client.until("PONG .*:past$")
    lines = [line for line in client.seen[before:] if line.startswith("@batch=")]
    return [line.rpartition(":")[2] for line in lines if " PRIVMSG " in line]


def test_below_the_reserve_only_what_needs_no_disk_goes_on(
    new_hub: New, join: Join, disk: Path
) -> None:
    hub = new_hub(config(disk, RESERVE)).start()
    ann, ben, cat = (join(hub.irc_port, nick, CAPS) for nick in ("ann", "ben", "cat"))
    filler = fill(disk, RESERVE - 1024 * 1024)
    kept = say_until(ann, "filling", told=False)
    for command in ("JOIN #new", "TOPIC #g :refused", "PRIVMSG ben :refused", "MODE #g +m"):
        before = len(ann.seen)
        ann.send(command, "PING over")
        ann.until("PONG .*:over$")
        assert len(ann.seen) > before + 1, "it isn't answered"
        assert not [line for line in ann.seen[before:] if line.startswith(":ann!")], command
    ann.send("NAMES #g", "WHO #g")
    assert {"ann", "ben", "cat"} <= set(
        ann.until(" 353 ").replace("@", "").replace(":", "").split()
    )
    cat.send("QUIT :I can go")
    ben.until("cat!.* QUIT :.*I can go")
    assert past(ben) == kept[-500:]
    assert not hub.status()["accepting"]
    filler.unlink()
    kept += say_until(ann, "again", told=True)
    ben.until(kept[-1])
    assert past(ben) == kept[-500:]
    assert hub.stop() == 0


def test_what_is_said_elsewhere_waits_for_room(new_hub: New, join: Join, disk: Path) -> None:
    with Ngircd(disk.parent) as far, Client(far.port) as zoe:
        zoe.register("zoe").join("#there")
        bridge = {
            "name": "far",
            "irc": {"servers": [f"127.0.0.1:{far.port}"], "nick": "hub", "tls": False},
            "links": [{"room": "#there", "group": "g"}],
        }
        hub = new_hub({**config(disk, RESERVE), "bridges": [bridge]}).start()
        ann = join(hub.irc_port, "ann", CAPS)
        zoe.expect("JOIN")
        filler = fill(disk, RESERVE - 1024 * 1024)
        say_until(ann, "filling", told=False)
        zoe.ask("PRIVMSG #there :one", "PRIVMSG #there :two")
        assert hub.words("bridge", "status").returncode == 0  # it has heard that meanwhile
        filler.unlink()
        ann.until("PRIVMSG #g :one")
        ann.until("PRIVMSG #g :two")
        assert hub.stop() == 0


def test_on_a_full_disk_everything_waits(new_hub: New, join: Join, disk: Path) -> None:
    hub = new_hub(config(disk, 0)).start()
    ann, ben = (join(hub.irc_port, nick, CAPS) for nick in ("ann", "ben"))
    kept = say_until(ann, "before", told=True)
    ben.until(kept[-1])
    filler = fill(disk, 0)
    ann.send("PRIVMSG #g :held", "TOPIC #g :held", "PING ann")
    hub.wait_for_log("the storage can't be written")
    ben.send("PRIVMSG #g :later", "PING ben")
    assert select.select([ann.socket, ben.socket], [], [], 0.5)[0] == []
    assert hub.words("history", "search", "before", "--json").returncode == 0
    refused = hub.words("ban", "add", "bad")
    assert refused.stderr.startswith("words: the hub is busy (the storage can't be written")
    filler.unlink()
    ann.until("PONG .*:ann$")
    ben.until("PONG .*:ben$")
    ann.until("PRIVMSG #g :later")
    for client in (ann, ben):
        assert past(client) == [*kept, "held", "later"]
        live = [line.rpartition(":")[2] for line in client.seen if re.match(r":\S+ PRIVMSG", line)]
        assert live == [*kept, "held", "later"]
    hub.restart()
    assert past(join(hub.irc_port, "cat", CAPS)) == [*kept, "held", "later"]


def test_a_hub_on_a_full_disk_can_be_stopped(new_hub: New, join: Join, disk: Path) -> None:
    hub = new_hub(config(disk, 0)).start()
    ann = join(hub.irc_port, "ann", CAPS)
    kept = say_until(ann, "before", told=True)
    filler = fill(disk, 0)
    ann.send("PRIVMSG #g :held", "PING ann")
    hub.wait_for_log("the storage can't be written")
    hub.signal(signal.SIGTERM)
    assert hub.wait(timeout=10) == 1
    assert not [line for line in ann.rest() if "held" in line or "PONG" in line]
    filler.unlink()
    hub.start()
    assert past(join(hub.irc_port, "cat", CAPS)) in (kept, [*kept, "held"])


def test_commands_of_a_stopped_hub_say_that_there_is_no_room(new_hub: New, disk: Path) -> None:
    """Nobody is told to throw a file away that is as good as it was."""
    hub = new_hub(config(disk, RESERVE)).start()
    hub.add_user("ann", "x")
    hub.stop()
    filler = fill(disk, 0)
    empty = new_hub(config(disk / "empty", 0), folder=_folder(hub, "empty"))
    for one in (hub, empty):
        done = one.words("user", "add", "ben", "--password-stdin", stdin="x\n")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert "damaged" not in done.stderr
        assert "disk" in done.stderr or "No space left" in done.stderr
    done = hub.words("backup", str(disk / "copy.db"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not list(disk.glob("copy*"))
    filler.unlink()
    assert hub.words("user", "list").stdout == "ann\n"
    empty.add_user("ben", "x")


def _folder(hub: HubProcess, name: str) -> Path:
    made = hub.folder / name
    made.mkdir()
    return made
