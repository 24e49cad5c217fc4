"""Every command, on a running hub and on a stopped one: the same answers, one line for a no."""

from __future__ import annotations

import json
import os
import pty
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench.meter import cpu_of
from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from words.admin.base import PAGE
from words.journal.journal import Journal
from words.passport.identity import PassportSettings
from words.passport.register import Register
from words.passport.scram import make_verifier
from words.storage.store import Store

New = Callable[..., HubProcess]
CPU_SECONDS = 0.25
HASHING = 0.3
"""Seconds of CPU after which a hub hashes the password that it was given, for some more."""


def test_identities_come_and_go(some_hub: HubProcess) -> None:
    words = some_hub.words
    assert words("user", "list").stdout == ""
    assert words("user", "add", "Ann", "--password-stdin", stdin="a\n").stdout == "added Ann\n"
    assert words("user", "add", "ben", "--password-stdin", stdin="b\n").returncode == 0
    assert words("user", "list").stdout == "Ann\nben\n"
    listed = json.loads(words("user", "list", "--json").stdout)
    assert listed[0] == {"name": "Ann", "rights": [], "suspended": False}
    done = words("user", "passwd", "ann", "--password-stdin", stdin="c\n")
    assert done.stdout == "changed the password of Ann\n"
    assert words("user", "remove", "ANN").stdout == "removed Ann\n"
    assert words("user", "list").stdout == "ben\n"


NOS: list[tuple[list[str], str | None, str]] = [
    (["user", "add", "ben"], "x\n", "the name ben is taken"),
    (["user", "add", "BEN"], "x\n", "the name BEN is taken"),
    (["user", "add", "a b"], "x\n", '"a b" can\'t be a name: it has a character'),
    (["user", "add", "a\x1b[2J\n"], "x\n", '"a\\x1b[2J\\n" can\'t be a name'),
    (["user", "add", "a\udcff"], "x\n", "what was given: isn't UTF-8"),
    (["user", "add", ""], "x\n", '"" can\'t be a name: it is empty'),
    (["user", "add", "n" * 33], "x\n", "name is too long: at most 32"),
    (["user", "add", "cat"], "\n", "password: is empty"),
    (["user", "add", "cat"], "", "password: is empty"),
    (["user", "add", "cat"], "p" * 801, "password is too long: at most 800"),
    (["user", "passwd", "cat"], "x\n", "there is no cat"),
    (["user", "remove", "cat"], None, "there is no cat"),
    (["user", "add", "NickServ"], "x\n", '"NickServ" can\'t be a name: it looks like one of'),
    (["user", "rights", "ben", "--remove", "fly"], None, "right: there is no 'fly'"),
    (["ban", "add", "300.1.1.1"], None, "ban: 300.1.1.1 is no address and no network"),
    (["ban", "add", "10.0.0.0/99"], None, "ban: 10.0.0.0/99 is no address and no network"),
    (["ban", "add", "fe80::1::/10"], None, "ban: fe80::1::/10 is no address and no network"),
]


def test_a_no_is_one_line(some_hub: HubProcess) -> None:
    some_hub.add_user("ben", "b")
    for arguments, stdin, text in NOS:
        stdin_option = [] if stdin is None else ["--password-stdin"]
        done = some_hub.words(*arguments, *stdin_option, stdin=stdin or "")
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith(f"words: {text}")
        assert done.stderr.count("\n") == 1
    assert some_hub.words("user", "list").stdout == "ben\n"


def test_more_identities_than_one_answer_holds(some_hub: HubProcess) -> None:
    running = some_hub.running
    some_hub.kill()
    names = [f"user{number:04}" for number in range(2 * PAGE + 30)]
    store = Store(some_hub.data / "words.db")
    register = Register(Journal(store), PassportSettings())
    verifier = make_verifier("x", 4096)
    for name in names:
        register.add(name, verifier)
    store.close()
    if running:
        some_hub.start()
    assert some_hub.words("user", "list").stdout.split() == names


def test_status(some_hub: HubProcess) -> None:
    some_hub.add_user("ann", "x")
    found = some_hub.status()
    assert found["identities"] == 1
    assert found["data"] == str(some_hub.data)
    assert found["running"] == some_hub.running
    done = some_hub.words("status")
    assert done.returncode == (0 if some_hub.running else 3)
    shown = done.stdout
    if not some_hub.running:
        assert "doesn't run" in shown
        return
    assert found["pid"] == some_hub.pid
    assert found["listeners"] == some_hub.lines[1:-1]
    assert f"process {some_hub.pid}" in shown
    with RawClient(some_hub.irc_port, "ben") as ben:
        ben.send("JOIN #g")
        ben.until(" 366 ")
        found = some_hub.status()
    assert (found["participants"], found["connections"], found["groups"]) == (1, 1, 1)


def test_before_anything_is_stored(new_hub: New) -> None:
    hub = new_hub()
    for command in (["status"], ["user", "list"]):
        done = hub.words(*command)
        assert (done.returncode, done.stdout) == (1, "")
        assert "no storage in" in done.stderr
        assert not hub.data.exists()
    hub.add_user("ann", "x")
    assert hub.start().status()["identities"] == 1


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("{} status > /dev/full", "No space left on device"),
        ("mkdir gone; cd gone; rmdir ../gone; {} check-config", "this folder isn't there any more"),
    ],
)
def test_a_system_that_says_no_is_one_line(some_hub: HubProcess, command: str, text: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", command.format(f"{sys.executable} -m words")],
        env={**some_hub.env, "WORDS_HUB__DATA": str(some_hub.data)},
        cwd=some_hub.folder,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"words: {text}")
    assert done.stderr.count("\n") == 1


def test_a_hub_without_its_socket(hub: HubProcess) -> None:
    (hub.data / "admin.sock").unlink()
    done = hub.words("user", "list")
    assert done.returncode == 1
    assert f"in use by process {hub.pid}" in done.stderr
    assert "admin socket doesn't answer" in done.stderr
    assert done.stderr.count("\n") == 1


def test_commands_at_once_wait_for_each_other(new_hub: New) -> None:
    """Where no hub runs, each has the storage for a moment."""
    hub = new_hub()
    hub.add_user("ann", "x")
    with ThreadPoolExecutor() as pool:
        done = [
            each.result() for each in [pool.submit(hub.words, "user", "list") for _ in range(3)]
        ]
    assert [(each.stdout, each.stderr) for each in done] == [("ann\n", "")] * 3


def test_a_socket_that_a_killed_hub_left(hub: HubProcess) -> None:
    hub.kill()
    assert (hub.data / "admin.sock").exists()
    hub.add_user("ann", "x")
    assert hub.start().status()["running"]


def test_a_removed_identity_is_gone_at_once(hub: HubProcess) -> None:
    hub.add_user("ann", "secret")
    with RawClient(hub.irc_port) as ann, RawClient(hub.irc_port, "ben") as ben:
        ann.send("PASS ann:secret", "NICK ann", "USER ann 0 * :ann")
        ann.until(" 001 ")
        for client in (ben, ann):
            client.send("JOIN #g")
            client.until(" 366 ")
        assert hub.words("user", "remove", "ann").returncode == 0
        assert "removed" in ann.rest()[-1]
        ben.until("ann!.* (QUIT|PART)")
        ben.send("NAMES #g")
        assert "ann" not in ben.until(" 353 ")
    hub.restart()
    assert hub.words("user", "list").stdout == ""


def test_check_config(new_hub: New) -> None:
    hub = new_hub()
    assert hub.words("check-config").stdout == "ok\n"
    hub.configure('[hub]\nnmae = 1\n[chat]\nguests = "maybe"\n')
    done = hub.words("check-config")
    assert (done.returncode, done.stdout) == (1, "")
    problems = done.stderr.splitlines()
    assert len(problems) == 2
    assert all(line.startswith("words: ") for line in problems)
    hub.configure('[chat.roles.voice]\nrights = ["fly"]')
    assert "there is no right fly" in hub.words("check-config").stderr
    hub.config_path.unlink()
    assert "o such file" in hub.words("check-config").stderr


def test_check_config_looks_at_what_is_named(new_hub: New) -> None:
    """Each thing that the start would miss is a line; nothing is made."""
    hub = new_hub()
    for name, text in (("broken.py", "x = ("), ("ca.pem", "x"), ("bot.py", "import nowhere\n")):
        (hub.folder / name).write_text(text)
    bridge: dict[str, Any] = {"name": "net", "password_file": "gone.pw"}
    bridge |= {"irc": {"servers": ["a:1"], "nick": "b", "ca": "ca.pem", "certificate": "gone.pem"}}
    hub.configure(
        {
            "hub": {
                "log": {"file": "nowhere/log"},
                "pid_file": "nowhere/pid",
                "admin_socket": "x" * 108,
                "gateways": ["gopher"],
            },
            "passport": {"mail_command": ["no-such-program"]},
            "pb": {"listen": [{"unix": "nowhere/pb.sock"}]},
            "bots": [{"file": name} for name in ("gone.py", "broken.py", "bot.py")],
            "bridges": [bridge],
        }
    )
    done = hub.words("check-config")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "hub.log.file",
        "hub.pid_file",
        f"pb.listen {hub.folder}/nowhere/pb.sock",
        "hub.admin_socket",
        "hub.gateways",
        "passport.mail_command",
        "bots[0].file",
        "bots[1].file",
        "bridges[0].irc.ca",
        "bridges[0].irc.certificate",
        "bridges[0].password_file",
    ]
    assert "broken.py: line 1: " in done.stderr
    assert not hub.data.exists()


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["user", "fly"], ["user", "add"], ["status", "--fly"], ["user", "add", "ann"]],
)
def test_wrong_usage_is_status_2(new_hub: New, arguments: list[str]) -> None:
    done = new_hub().words(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_is_asked_for_twice(new_hub: New) -> None:
    hub = new_hub()
    done = _at_a_terminal(hub, ["user", "add", "ann"], ["secret", "sercet", "secret", "secret"])
    assert "added ann" in done
    assert "secret" not in done
    hub.start()
    with RawClient(hub.irc_port) as ann:
        ann.send("PASS ann:secret", "NICK ann", "USER ann 0 * :ann")
        ann.until(" 001 ")


def _at_a_terminal(hub: HubProcess, arguments: list[str], answers: list[str]) -> str:
    """Run a command with a terminal for stdin; answer its prompts; return what was shown."""
    mine, theirs = pty.openpty()
    command = [*hub.command, *arguments, "--config", str(hub.config_path)]
    process = subprocess.Popen(
        command,
        env=hub.env,
        cwd=hub.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = ""
    try:
        while data := os.read(mine, 1024):
            shown += data.decode()
            if shown.rstrip(" ").endswith(":") and answers:
                os.write(mine, f"{answers.pop(0)}\n".encode())
                shown += "\n"
    except OSError:  # the terminal's other end is closed
        pass
    process.wait(10)
    os.close(mine)
    return shown


COMMANDS = [
    ["--help"],
    ["user", "--help"],
    ["check-config"],
    ["status"],
    ["user", "list", "--json"],
    ["user", "show", "ann"],
    ["group", "list"],
    ["ban", "add", "evil"],
    ["history", "search", "hello"],
    ["history", "acts"],
    ["backup", "copy"],
]


def test_a_command_costs_little(some_hub: HubProcess) -> None:
    hub = some_hub
    hub.add_user("ann", "x")
    costs = {}
    for arguments in COMMANDS:
        if "--help" not in arguments:
            arguments = [*arguments, "--config", str(hub.config_path)]
        command = [sys.executable, "-m", "words", *arguments]
        for _ in range(2):  # the first one may have to make the .pyc files
            (hub.folder / "copy").unlink(missing_ok=True)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(command, env=hub.env, cwd=hub.folder, capture_output=True)
            assert done.returncode in (0, 3), done.stderr  # 3: status, where no hub runs
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if used < CPU_SECONDS:
                break
        costs[" ".join(arguments)] = used
    assert {command: used for command, used in costs.items() if used >= CPU_SECONDS} == {}


@pytest.mark.parametrize("running", [True, False])
def test_a_removed_identity_leaves_no_ghost(new_hub: New, running: bool) -> None:
    """A durable member of a group that isn't in memory while he is removed."""
    hub = new_hub({"irc": {"durable_membership": True}}).start()
    hub.add_user("ann", "secret")
    with RawClient(hub.irc_port) as ann:
        ann.send("PASS ann:secret", "NICK ann", "USER ann 0 * :ann")
        ann.until(" 001 ")
        ann.send("JOIN #g")
        ann.until(" 366 ")
    hub.kill()
    if running:
        hub.start()
    assert hub.words("user", "remove", "ann").returncode == 0
    if not running:
        hub.start()
    with RawClient(hub.irc_port, "ben") as ben:
        ben.send("JOIN #g")
        assert ben.until(" 353 ").endswith(" :@ben")


def test_a_hub_that_is_killed_amid_a_command(new_hub: New) -> None:
    """Nobody knows whether it was done, and that is what is said."""
    hub = new_hub({"passport": {"iterations": 10_000_000}}).start()
    began = cpu_of(hub.pid).total
    with ThreadPoolExecutor() as pool:
        adding = pool.submit(hub.words, "user", "add", "ann", "--password-stdin", stdin="x\n")
        while cpu_of(hub.pid).total < began + HASHING and not adding.done():
            time.sleep(0.01)
        hub.kill()
        done = adding.result()
    assert (done.returncode, done.stdout) == (1, "")
    assert "may have been done or not" in done.stderr
    assert done.stderr.count("\n") == 1
