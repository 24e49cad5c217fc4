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
    no_json = [b"{", b"{}", b'{"version": 2}', b'{"version": 1, "users": []}']
    no_log = [b"", b"hello", b"\xff\xfe", b"*x\r\n", b"*1\r\n$3\r\nfly\r\n"]
    cut = b"*2\r\n$3\r\nset\r\n$1\r\na\r\n"
    for number, data in enumerate([*no_json, *no_log, cut]):
        file = hub.folder / f"file{number}"
        file.write_bytes(data)
        done = shell(hub, "import", "ergo", str(file))
        assert (done.returncode, done.stdout) == (1, ""), data
        assert done.stderr.count("\n") == 1
    assert shell(hub, "import", "ergo", "nothing").returncode == 1
    assert shell(hub, "user", "list").stdout == ""
