"""Export, search and redaction through the shell, on a running hub and a stopped one."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from tests.support.shell import shell


def talk(hub: HubProcess) -> None:
    """Let two people say things, in a group and to each other."""
    hub.add_user("ann", "x")
    hub.add_user("ben", "x")
    clients = {}
    for name in ("ann", "ben"):
        client = clients[name] = RawClient(hub.irc_port)
        client.send(f"PASS {name}:x", f"NICK {name}", f"USER {name} 0 * :{name}", "JOIN #Garden")
        client.until(" 366 ")
    clients["ann"].send("PRIVMSG #garden :Roses are red", "PRIVMSG ben :roses for you", "PING x")
    clients["ben"].send("PRIVMSG #garden :violets too", "PRIVMSG ann :thank you", "PING x")
    for client in clients.values():
        client.until("PONG")
    for client in clients.values():
        client.close()


def texts(lines: str) -> list[str]:
    events = [json.loads(line) for line in lines.splitlines()]
    return [event["text"] for event in events if event["event"] == "Said"]


def found(hub: HubProcess, *arguments: str) -> list[tuple[str, str]]:
    done = shell(hub, "history", "search", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["complete"]
    return [(one["where"], one["text"]) for one in answer["found"]]


def test_export_and_search(some_hub: HubProcess) -> None:
    running = some_hub.running
    hub = some_hub if running else some_hub.start()
    talk(hub)
    if not running:
        hub.kill()
    words = partial(shell, hub)
    assert sorted(texts(words("history", "export", "GARDEN").stdout)) == [
        "Roses are red",
        "violets too",
    ]
    between = words("history", "export", "--between", "Ann", "ben").stdout
    assert sorted(texts(between)) == ["roses for you", "thank you"]
    assert texts(words("history", "export", "garden", "--since", "0s").stdout) == []
    assert texts(words("history", "export", "garden", "--until", "1d").stdout) == []
    lines = words("history", "export", "garden", "--text").stdout.splitlines()
    assert sorted(line.split("  ", 1)[1] for line in lines) == [
        "ann  Roses are red",
        "ben  violets too",
    ]
    assert sorted(found(hub, "ROSES")) == [
        ("#Garden", "Roses are red"),
        ("to ben", "roses for you"),
    ]
    assert found(hub, "roses", "--group", "garden") == [("#Garden", "Roses are red")]
    assert found(hub, "roses", "--person", "ben") == [("to ben", "roses for you")]
    assert found(hub, '"are red"', "--author", "ANN") == [("#Garden", "Roses are red")]
    assert found(hub, "roses", "--since", "0s") == []
    assert found(hub, "roses", "--limit", "1") != []
    assert "Roses are red" in words("history", "search", "red").stdout


def test_redaction(some_hub: HubProcess) -> None:
    running = some_hub.running
    hub = some_hub if running else some_hub.start()
    talk(hub)
    if not running:
        hub.stop()
    done = json.loads(shell(hub, "history", "search", "roses", "--json").stdout)
    for one in done["found"]:
        gone = shell(hub, "history", "redact", one["msgid"], "--why", "thorns")
        assert (gone.returncode, gone.stdout) == (0, f"redacted {one['msgid']}\n"), gone.stderr
    again = shell(hub, "history", "redact", done["found"][0]["msgid"])
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert found(hub, "roses") == []
    for arguments in (("garden",), ("--between", "ann", "ben")):
        export = shell(hub, "history", "export", *arguments).stdout
        assert "oses" not in export
        assert '"Redacted"' in export
    hub.restart() if hub.running else hub.start()
    assert found(hub, "roses") == []
    assert found(hub, "violets") == [("#Garden", "violets too")]
    with RawClient(hub.irc_port) as ann:
        ann.send("CAP REQ :batch draft/chathistory", "PASS ann:x", "NICK ann", "USER ann 0 * :a")
        ann.send("CAP END", "JOIN #garden", "CHATHISTORY LATEST #garden * 10", "PING x")
        ann.until("PONG")
        assert not any("Roses" in line for line in ann.seen)
        assert any("violets" in line for line in ann.seen)


def test_all_that_is_kept_of_a_person(some_hub: HubProcess) -> None:
    running = some_hub.running
    hub = some_hub if running else some_hub.start()
    talk(hub)
    if not running:
        hub.stop()
    done = shell(hub, "user", "export", "ANN")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert (records[0]["record"], records[0]["name"]) == ("identity", "ann")
    assert "Roses are red" in done.stdout
    assert "thank you" in done.stdout
    assert "violets too" not in done.stdout
    assert shell(hub, "user", "export", "nobody").returncode == 1
    assert shell(hub, "user", "remove", "ann").stdout == "removed ann\n"
    if not running:
        hub.start()
    while "Roses" in shell(hub, "history", "export", "garden").stdout:
        pass
    assert found(hub, "roses") == []
    assert shell(hub, "user", "list").stdout == "ben\n"


NOS: list[tuple[tuple[str, ...], int]] = [
    (("export",), 2),
    (("export", "weeds"), 1),
    (("export", "--between", "ann", "nobody"), 1),
    (("export", "garden", "--since", "yesterday-ish"), 2),
    (("export", "\udcff"), 1),
    (("search",), 2),
    (("search", ""), 1),
    (("search", "!?"), 1),
    (("search", "a*"), 1),
    (("search", "\udcff"), 1),
    (("search", "x" * 501), 1),
    (("search", "x " * 17), 1),
    (("search", "x", "--limit", "0"), 1),
    (("search", "x", "--limit", "501"), 1),
    (("search", "x", "--group", "weeds"), 1),
    (("search", "x", "--person", "nobody"), 1),
    (("acts", "--limit", "0"), 1),
    (("redact", "nothing"), 1),
    (("redact", "0" * 14), 1),
    (("redact", "\udcff"), 1),
]


def test_a_no_is_one_line(some_hub: HubProcess) -> None:
    some_hub.add_user("ann", "x")
    for arguments, status in NOS:
        done = shell(some_hub, "history", *arguments)
        assert (done.returncode, done.stdout) == (status, ""), arguments
        assert "Traceback" not in done.stderr
        assert status == 2 or done.stderr.count("\n") == 1, done.stderr
