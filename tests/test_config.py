"""The configuration: every mistake is named with its place, layers go over each other in order."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from words import config
from words.config import load
from words.errors import ConfigError
from words.passport.identity import passport_settings
from words.typed_toml import parse_mode, parse_seconds, parse_size

CERT = '[[irc.listen]]\naddress = "::"\nport = 6697\ntls = { cert = "no.pem", key = "own.toml" }'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _load(text: str, environ: Mapping[str, str] | None = None, **overrides: Any) -> config.Config:
    Path("own.toml").write_text(text)
    dotted = {key.replace("__", "."): value for key, value in overrides.items()}
    return load(Path("own.toml"), dotted, environ or {})


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[irk]", ["irk: unknown key; did you mean irc?"]),
        ("[hub]\nnme = 1", ["hub.nme: unknown key; did you mean name?"]),
        (
            "[history]\nx = 1",
            ["history.x: unknown key; known: retention, membership_retention"],
        ),
        ("hub = 3", ["hub: expected a table, got int"]),
        ("[chat]\nguests = 1", ["chat.guests: expected bool, got int"]),
        ("[chat]\nguests = {}", ["chat.guests: expected bool, got object"]),
        ('[irc]\nmax_targets = "4"', ["irc.max_targets: expected int, got str"]),
        ("[irc]\nmax_targets = 0", ["irc.max_targets: expected int >= 1"]),
        ("[irc]\nlisten = 3", ["irc.listen: expected array, got int"]),
        (
            '[[irc.listen]]\naddress = "::"\nport = "x"',
            ["irc.listen[0].port: expected int, got str"],
        ),
        (
            '[[irc.listen]]\naddress = "::"\nport = 1\n[[irc.listen]]\nprot = 7',
            ["irc.listen[1].prot: unknown key; did you mean port?"],
        ),
        ("[[irc.listen]]", ["irc.listen[0]: needs either address and port, or unix"]),
        (
            '[[irc.listen]]\nunix = "s"\naddress = "::"\nport = 1',
            ["irc.listen[0]: needs either address and port, or unix"],
        ),
        ('[[irc.listen]]\nunix = "s"\nmode = "rw"', ["irc.listen[0].mode: expected an octal mode"]),
        (
            '[[irc.listen]]\naddress = "::"\nport = 1\ntls = { cert = "own.toml" }',
            ["irc.listen[0].tls.key: is missing"],
        ),
        (CERT, ["irc.listen[0].tls.cert: ", "no.pem: no such file or directory"]),
        ('[hub]\nmotd_file = "none.txt"', ["hub.motd_file: ", "none.txt: no such file"]),
        ('[hub]\nmotd_file = "."', ["hub.motd_file: ", "is a directory"]),
        ('[hub]\nname = "a b"', ["hub.name: expected one word, got 'a b'"]),
        ('[hub]\nname = ""', ["hub.name: expected one word"]),
        ('[hub]\nname = "irc_example"', ["hub.name: expected a host name", "irc_example"]),
        (f'[hub]\nname = "{"a" * 64}"', ["hub.name: expected a host name of at most 63"]),
        ('[hub]\ndescription = "a\\rb"', ["hub.description: expected one line", r"'a\rb'"]),
        ("[hub]\ndrain = 5", ['hub.drain: expected a duration such as "30s"', 'got "5"']),
        ('[irc]\nping_interval = "0"', ["irc.ping_interval: expected float > 0.0"]),
        ('[limits]\noutbox = "2MB"', ['limits.outbox: expected a size such as "64KiB"']),
        ('[limits]\nexempt = ["10.0.0.1/8"]', ["limits.exempt[0]: 10.0.0.1/8 has host bits set"]),
        ('[hub.log]\nlevel = "loud"', ["hub.log.level: expected one of debug, info", "got loud"]),
        ('[chat]\ncreator_role = "king"', ["chat.creator_role: no such role; roles are: founder"]),
        ("[chat.roles.x]\nrank = 1", ["chat.roles.x.rights: is missing"]),
        ("[hub]\na = 1\nb = 2\n[irc]\nc = 3", ["hub.a: ", "\nown.toml: hub.b: ", "irc.c: unknown"]),
        ("[hub", ["not TOML: "]),
    ],
)
def test_mistakes_are_named(folder: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(text)
    message = str(caught.value)
    assert message.startswith("own.toml: ")
    assert [problem for problem in problems if problem not in message] == []
    assert all(str(line) in message for line in caught.value.args)


@pytest.mark.parametrize(
    ("environ", "overrides", "problem"),
    [
        ({"WORDS_HUB__NMAE": "x"}, {}, "environment variable WORDS_HUB__NMAE: hub.nmae: unknown"),
        (
            {"WORDS_IRC__MAX_TARGETS": "many"},
            {},
            "environment variable WORDS_IRC__MAX_TARGETS: irc.max_targets: expected int, got str",
        ),
        ({}, {"irc__max_targets": 0}, "command line: irc.max_targets: expected int >= 1"),
    ],
)
def test_the_layer_is_named(
    folder: Path, environ: dict[str, str], overrides: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        _load("", environ, **overrides)
    assert str(caught.value).startswith(problem)


def test_a_file_that_is_not_there(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"^none\.toml: No such file"):
        load(Path("none.toml"))


def test_a_file_that_is_not_text(folder: Path) -> None:
    Path("own.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"^own\.toml: not TOML"):
        load(Path("own.toml"))


def test_the_embedded_default_runs_alone(folder: Path) -> None:
    found = load(environ={})
    assert found.hub.data == folder / "data"
    assert found.hub.admin_path == folder / "data/admin.sock"
    assert [(each.address, each.port) for each in found.irc.listen] == [("127.0.0.1", 6667)]
    assert list(found.chat.roles) == ["founder", "protected", "operator", "half-operator", "voice"]
    assert found.storage.reserve == 64 << 20
    assert found.irc.ping_interval == 90.0


def test_every_key_of_the_default_has_a_reason() -> None:
    """Each section's keys are explained on their own line or on the lines above."""
    lines = config.default_text().splitlines()
    keys = [line for line in lines if " = " in line and not line.startswith("#")]
    bare = [key for key in keys if "#" not in key]
    assert len(bare) < len(keys) / 3
    assert set(tomllib.loads(config.default_text())) == set(config.Config.__struct_fields__)


def test_flags_go_before_environment_before_file_before_default(folder: Path) -> None:
    text = '[hub]\nname = "file"\nnetwork = "File"\ndescription = "file"'
    environ = {"WORDS_HUB__NETWORK": "Env", "WORDS_HUB__NAME": "env", "WORDS_SOAK": "1"}
    found = _load(text, environ, hub__name="flag").hub
    assert (found.name, found.network, found.description, found.loop) == (
        "flag",
        "Env",
        "file",
        "auto",
    )


def test_environment_has_the_type_of_its_key(folder: Path) -> None:
    environ = {
        "WORDS_HUB__NAME": "1234",
        "WORDS_HUB__DATA": "elsewhere",
        "WORDS_HUB__LOG__LEVEL": "debug",
        "WORDS_CHAT__GUESTS": "false",
        "WORDS_IRC__MAX_TARGETS": "9",
        "WORDS_IRC__PING_INTERVAL": "1m30s",
        "WORDS_IRC__LISTEN": '[{ unix = "irc.sock" }]',
        "WORDS_LIMITS__EXEMPT": "[]",
    }
    found = _load('[limits]\nexempt = ["10.0.0.0/8"]', environ)
    assert (found.hub.name, found.hub.log.level) == ("1234", "debug")
    assert found.hub.data == folder / "elsewhere"
    assert (found.chat.guests, found.irc.max_targets, found.irc.ping_interval) == (False, 9, 90.0)
    assert found.irc.listen == (config.Listen(unix=folder / "irc.sock"),)
    assert found.limits.exempt == ()


def test_config_toml_of_the_current_directory_is_read(folder: Path) -> None:
    Path("config.toml").write_text('[hub]\nname = "here"')
    assert load(environ={}).hub.name == "here"


def test_paths_begin_at_the_file_that_names_them(folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/motd").write_text("Hello\nthere\n")
    file = folder / "etc/words.toml"
    file.write_text('[hub]\ndata = "../var"\nmotd_file = "motd"\nadmin_socket = "/run/w.sock"')
    found = load(file, environ={})
    assert found.hub.data.resolve() == folder / "var"
    assert found.hub.motd == "Hello\nthere\n"
    assert found.hub.admin_path == Path("/run/w.sock")


def test_tables_merge_and_lists_replace(folder: Path) -> None:
    text = '[chat.roles.voice]\nrank = 11\n[limits]\nexempt = ["192.0.2.0/24"]'
    found = _load(text)
    assert found.chat.roles["voice"] == config.Role(rank=11, rights=("speak",))
    assert found.limits.exempt == (ip_network("192.0.2.0/24"),)


def test_units() -> None:
    seconds = [parse_seconds(text) for text in ("0", "500ms", "30s", "5m", "1h30m", "7d", "1.5s")]
    assert seconds == [0, 0.5, 30, 300, 5400, 604800, 1.5]
    assert [parse_size(text) for text in ("0", "1B", "64KiB", "2 GiB")] == [0, 1, 65536, 2 << 30]
    assert [parse_mode(text) for text in ("0660", "600")] == [0o660, 0o600]


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5x", "1h-1m", "٥s", "999999d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_seconds(text)


@pytest.mark.parametrize("text", ["", "5", "KiB", "-1B", "1.5MiB", "1kb"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        parse_size(text)


@pytest.mark.parametrize(
    "classes", ['boss = ["everything"]', 'bans = ["status"]', 'x = ["bans", "kings"]']
)
def test_classes_of_wrong_rights(folder: Path, classes: str) -> None:
    found = _load(f"[passport.classes]\n{classes}")
    with pytest.raises(ConfigError) as caught:
        passport_settings(found.passport, 32)
    assert f"passport.classes.{classes.split()[0]}: " in str(caught.value)
