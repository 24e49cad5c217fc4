"""Ergo's accounts and channels: from its database, and from the JSON that it reads itself."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from tests.support.shell import shell
from words.passport.scram import make_verifier


def credentials(password: str) -> dict[str, Any]:
    """Return what Ergo keeps of a password: bcrypt, and SCRAM-SHA-256 as JSON of Go has it."""
    made = make_verifier(password, 4096)
    text = {
        "Salt": made.salt,
        "StoredKey": made.stored_key,
        "ServerKey": made.server_key,
        "PassphraseHash": b"$2a$04$" + b"x" * 53,
    }
    encoded = {key: base64.b64encode(value).decode() for key, value in text.items()}
    return {"Version": 1, "Certfps": ["ab" * 32], "Iters": made.iterations, **encoded}


BCRYPT_ONLY = {"Version": 1, "PassphraseHash": "JDJhJA==", "Certfps": None, "Iters": 0}


def database(values: Mapping[str, str], *, end: bytes = b"") -> bytes:
    """Return the log that buntdb would have written: with something deleted, and an end."""
    commands = [("set", "gone", "1"), *(("set", *item) for item in values.items()), ("del", "gone")]
    commands += [("set", "passing", "1", "ex", "60")]
    data = b""
    for command in commands:
        data += b"*%d\r\n" % len(command)
        for word in command:
            raw = word.encode()
            data += b"$%d\r\n%b\r\n" % (len(raw), raw)
    return data + end


def account(name: str, kept: Mapping[str, Any], **more: str) -> dict[str, str]:
    key = name.lower()
    return {
        f"account.exists {key}": "1",
        f"account.name {key}": name,
        f"account.verified {key}": "1",
        f"account.registered.time {key}": "1600134392000000000",
        f"account.credentials {key}": json.dumps(kept),
        **{f"account.{what} {key}": value for what, value in more.items()},
    }


CHANNEL = {
    "Name": "#Garden",
    "RegisteredAt": "2020-09-15T01:46:32.123456789Z",
    "Founder": "ann",
    "Topic": "Roses",
    "TopicSetBy": "ann",
    "TopicSetTime": "2020-09-15T01:46:33Z",
    "Modes": [ord(mode) for mode in "ntmC"],
    "Key": "",
    "UserLimit": 7,
    "AccountToUMode": {"ben": ord("o")},
    "Bans": {"bad!*@*": {"TimeCreated": "2020-09-15T01:46:33Z"}},
}


def result(hub: HubProcess, *arguments: str) -> Any:
    done = shell(hub, "import", "ergo", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_its_database(some_hub: HubProcess) -> None:
    hub = some_hub
    unverified = account("dan", BCRYPT_ONLY)
    del unverified["account.verified dan"]
    file = hub.folder / "ircd.db"
    values = {
        "db.version": "23",
        **account("Ann", credentials("secret")),
        **account("ben", BCRYPT_ONLY),
        **account("cat", credentials("x"), suspended="{}"),
        **account("a b", BCRYPT_ONLY),
        **unverified,
        "1 c8k3kv4": json.dumps(CHANNEL),
        "2 c8k3kv4": json.dumps({"NameCasefolded": "#purged"}),
    }
    file.write_bytes(database(values, end=b"*3\r\n$3\r\nset\r\n$8\r\nacc"))
    hub.add_user("dora", "x")
    done = result(hub, str(file), "--codes")
    accounts = {one["name"]: one for one in done["accounts"]}
    assert {name: one["result"] for name, one in accounts.items()} == {
        "Ann": "added",
        "ben": "no password",
        "cat": "added",
        "a b": "refused",
    }
    assert done["groups"] == [{"name": "Garden", "result": "added"}]
    again = result(hub, str(file))
    assert {one["result"] for one in again["accounts"]} == {"exists", "refused"}
    assert [one["result"] for one in again["groups"]] == ["exists"]
    assert shell(hub, "user", "list").stdout == "Ann\nben\ncat   (suspended)\ndora\n"
    shown = json.loads(shell(hub, "user", "show", "ann", "--json").stdout)
    assert (shown["certificates"], shown["rights"]) == (["ab" * 32], [])
    reset = ("user", "passwd", "--password-stdin", "--reset-code", accounts["ben"]["code"])
    assert shell(hub, *reset, stdin="new\n").returncode == 0
    if not hub.running:
        hub.start()
    for name, password in (("Ann", "secret"), ("ben", "new")):
        with RawClient(hub.irc_port) as client:
            client.send(f"PASS {name}:{password}", f"NICK {name}", f"USER {name} 0 * :x")
            client.until(" 001 ")
            client.send("JOIN #garden")
            assert "Roses" in client.until(" 332 ")
    group = json.loads(shell(hub, "group", "show", "garden", "--json").stdout)
    assert group["registered"]
    assert (group["settings"]["moderated"], group["settings"]["limit"]) == (True, 7)
    assert list(group["lists"]["ban"]) == ["bad!*@*"]
    assert (group["founder_name"], group["access"]) == ("Ann", {"ben": ["ben", "operator"]})


def test_the_json_that_it_reads(hub: HubProcess) -> None:
    dump = {
        "version": 1,
        "source": "atheme",
        "users": {
            f"user{n}": {"name": f"User{n}", "hash": "$1$x", "email": "a@b"} for n in range(70)
        },
        "channels": {
            "#chat": {"name": "#chat", "founder": "user1", "modes": "nt", "key": "sesame"}
        },
    }
    file = hub.folder / "dump.json"
    file.write_text(json.dumps(dump))
    done = shell(hub, "import", "ergo", str(file))
    assert done.stdout.splitlines()[:2] == ["70 of 70 accounts added", "1 of 1 groups added"]
    assert done.stdout.count("no password") == 70
    group = json.loads(shell(hub, "group", "list", "--json").stdout)
    assert [(one["name"], one["registered"]) for one in group] == [("chat", True)]


def test_what_is_none_of_its_files(hub: HubProcess) -> None:
    users = b'{"version": 1, "users": {"a": {"name": "a"}, "b": %b}}'
    no_user = [b"null", b'{"name": 5}', b'{"registeredAt": 1e999}', b'{"name": "\\ud800"}']
    no_json = [b"{", b"{}", b'{"version": 2}', b'{"version": 1, "users": []}', b"{" + b"[" * 9999]
    no_json += [users % user for user in [*no_user, b'{"credentials": {"Iters": "x"}}']]
    no_log = [b"", b"hello", b"\xff\xfe", b"*x\r\n", b"*1\r\n$3\r\nfly\r\n", b"\0" * 99]
    no_log += [b"*-1\r\n$1\r\nx\r\n", b"*1\r\n$-7\r\nx\r\n", b"*9999999999\r\n$3\r\nset\r\n"]
    no_log += [database({"1 c8k3kv4": json.dumps({**CHANNEL, "Bans": 5})})]
    cut = b"*2\r\n$3\r\nset\r\n$1\r\na\r\n"
    for number, data in enumerate([*no_json, *no_log, cut]):
        file = hub.folder / f"file{number}"
        file.write_bytes(data)
        done = shell(hub, "import", "ergo", str(file))
        assert (done.returncode, done.stdout) == (1, ""), data
        assert done.stderr.count("\n") == 1
    assert shell(hub, "import", "ergo", "nothing").returncode == 1
    assert shell(hub, "user", "list").stdout == ""


def test_what_ergo_would_not_have_written(hub: HubProcess) -> None:
    """Its values are held to what the hub's own verbs take; nothing unspeakable is kept."""
    masks = ["Bad!*@*", "m:*!*@*.example", "x", "a b\r\nQUIT", "", "*!*@10.0.0.0/8", "y" * 5000]
    bans: dict[str, Any] = {each: {} for each in [*masks, *(f"b{n}!*@*" for n in range(200))]}
    records = [
        {**CHANNEL, "Name": "#many", "Bans": bans},
        {**CHANNEL, "Name": "#topic", "Topic": "a\r\nQUIT"},
        {**CHANNEL, "Name": "#key", "Key": "a b"},
        {**CHANNEL, "Name": "#a b"},
    ]
    fingerprints = [f"{number:064x}" for number in range(99)]
    values = account("Ann", {**credentials("secret"), "Certfps": fingerprints})
    values |= {f"{number} c8k3kv4": json.dumps(each) for number, each in enumerate(records)}
    file = hub.folder / "ircd.db"
    file.write_bytes(database(values, end=b"*2\r\n$3"))
    done = shell(hub, "import", "ergo", str(file), "--json")
    assert done.stderr == f"words: {file} is cut off: what came after isn't there\n"
    found = json.loads(done.stdout)
    assert found["accounts"] == [{"name": "Ann", "result": "added"}]
    groups = {one.pop("name"): one for one in found["groups"]}
    assert {name: one["result"] for name, one in groups.items()} == {
        "many": "added", "topic": "refused", "key": "refused", "a b": "refused",
    }  # fmt: skip
    kept = json.loads(shell(hub, "group", "show", "many", "--json").stdout)["lists"]["ban"]
    assert list(kept)[:4] == ["Bad!*@*", "mute:*!*@*.example", "x!*@*", "b0!*@*"]
    lost = len(bans) - len(kept) + 1  # and ben, who isn't here, on the access list
    assert groups["many"]["why"].startswith(f"{lost} entries")
    assert len(kept) == 100
