"""Backups under load, and putting them back: histories are equal, nothing newer is lost."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

from tests.support.hub import HubProcess
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
FREE = {"limits": {"flood": {"burst": 100000, "rate": 100000.0}}}


def export(hub: HubProcess, group: str = "garden") -> list[str]:
    done = hub.words("history", "export", group)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_copy_under_load_is_of_one_moment(new_hub: New) -> None:
    hub = new_hub(FREE).start()
    hub.add_user("ann", "x")
    target = hub.folder / "copy.db"
    enough, stop = threading.Event(), threading.Event()
    with RawClient(hub.irc_port, "talker") as talker:
        talker.send("JOIN #garden")
        talker.until(" 366 ")

        def talk() -> None:
            number = 0
            while not stop.is_set():
                talker.send(
                    *(f"PRIVMSG #garden :apple {number + at}" for at in range(50)), "PING x"
                )
                talker.until("PONG")
                number += 50
                if number >= 500:
                    enough.set()

        talking = threading.Thread(target=talk)
        talking.start()
        assert enough.wait(20)
        done = hub.words("backup", str(target))
        stop.set()
        talking.join()
    assert done.returncode == 0, done.stderr
    assert target.stat().st_mode & 0o777 == 0o600
    assert hub.words("backup", str(target)).returncode == 1
    hub.stop()
    after = export(hub)
    (hub.folder / "other").mkdir()
    other = new_hub(FREE, folder=hub.folder / "other")
    assert other.words("restore", str(target)).returncode == 0
    copied = export(other)
    assert len(copied) > 500
    assert after[: len(copied)] == copied
    other.start()
    assert other.status()["identities"] == 1
    found = other.words("history", "search", '"apple 7"')
    assert found.stdout.count("apple 7") == 1
    assert export(other)[: len(copied)] == copied


def test_what_is_newer_is_not_lost(hub: HubProcess) -> None:
    hub.add_user("ann", "x")
    copy = str(hub.folder / "copy.db")
    assert hub.words("backup", copy).returncode == 0
    running = hub.words("restore", copy)
    assert (running.returncode, running.stderr.count("\n")) == (1, 1)
    assert f"in use by process {hub.pid}" in running.stderr
    hub.add_user("ben", "x")
    hub.stop()
    newer = hub.words("restore", copy)
    assert (newer.returncode, newer.stderr.count("\n")) == (1, 1)
    assert "was written later" in newer.stderr
    assert hub.words("user", "list").stdout == "ann\nben\n"
    assert hub.words("restore", copy, "--replace").returncode == 0
    assert hub.words("user", "list").stdout == "ann\n"
    (kept,) = hub.data.glob("words.db.before-*")
    assert hub.words("restore", str(kept)).returncode == 0
    assert hub.words("user", "list").stdout == "ann\nben\n"


def test_what_is_no_copy_is_refused(hub: HubProcess) -> None:
    hub.add_user("ann", "x")
    copy = hub.folder / "copy.db"
    assert hub.words("backup", str(copy)).returncode == 0
    hub.stop()
    torn, newer, other = (hub.folder / name for name in ("torn", "newer", "other"))
    torn.write_bytes(copy.read_bytes()[:20_000])
    newer.write_bytes(copy.read_bytes())
    with closing(sqlite3.connect(newer)) as db:
        db.execute("PRAGMA user_version = 99")
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE t (x)")
    for path in (torn, newer, other, hub.folder / "missing", hub.config_path):
        done = hub.words("restore", str(path), "--replace")
        assert (done.returncode, done.stdout) == (1, ""), path
        assert done.stderr.startswith("words: ")
        assert done.stderr.count("\n") == 1
    assert hub.words("backup", "/nowhere/at/all").returncode == 1
    assert hub.words("user", "list").stdout == "ann\n"
    assert sorted(path.name for path in hub.data.glob("words.db*")) == ["words.db", "words.db.lock"]


def test_one_at_a_time_makes_a_copy(hub: HubProcess) -> None:
    copy = hub.folder / "copy.db"
    part = hub.folder / "copy.db.part"
    part.write_bytes(b"what a killed process left")
    with part.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = hub.words("backup", str(copy))
        assert (done.returncode, copy.exists()) == (1, False)
        assert done.stderr == f"words: {part} is being written by another process: let it end\n"
        assert part.read_bytes() == b"what a killed process left"
    assert hub.words("backup", str(copy)).returncode == 0
    assert not part.exists()
