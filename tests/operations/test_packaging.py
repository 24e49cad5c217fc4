"""The files of packages that can't be built everywhere say what the program does."""

from __future__ import annotations

import configparser
import re
import stat
import subprocess
from pathlib import Path

from tests.support.hub import ROOT
from words.config import load
from words.sockets import listens

PACKAGING = ROOT / "packaging"


class _Unit(configparser.RawConfigParser):
    """A unit file: keys have cases, and may come again."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, comment_prefixes="#")
        self.read(path)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def test_the_unit() -> None:
    service = _Unit(PACKAGING / "systemd" / "words.service")["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"] == "/usr/bin/words serve --config /etc/words/config.toml"
    assert int(service["WatchdogSec"]) >= 10
    config = load(PACKAGING / "debian" / "config.toml", environ={})
    assert config.hub.user == service["User"] == "words"
    assert str(config.hub.data) == f"/var/lib/{service['StateDirectory']}"
    assert int(service["LimitNOFILE"]) > config.limits.connections
    assert int(service["TimeoutStopSec"]) > config.hub.drain


def test_the_socket_unit() -> None:
    """Its names are those that the configuration uses."""
    unit = _Unit(PACKAGING / "systemd" / "words.socket")
    text = (PACKAGING / "systemd" / "words.socket").read_text()
    assert f'systemd = "{unit["Socket"]["FileDescriptorName"]}"' in text


def test_the_package_listens_for_this_machine_only() -> None:
    config = load(PACKAGING / "debian" / "config.toml", environ={})
    found = list(listens(config))
    assert {"irc", "http"} <= {kind for kind, _ in found}
    assert {listen.address for _, listen in found} == {"127.0.0.1"}


def test_scripts() -> None:
    for path in (PACKAGING / "debian").iterdir():
        text = path.read_text()
        if text.startswith("#!/bin/sh"):
            subprocess.run(["sh", "-n", str(path)], check=True)
            assert re.search("^set -eu?$", text, re.MULTILINE), path
        if text.startswith("#!"):
            assert path.stat().st_mode & stat.S_IXUSR, path


INSTRUCTIONS = "FROM COPY RUN USER WORKDIR VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD"


def test_the_dockerfile() -> None:
    """Each instruction once, the volume is where the data is, and nobody is root."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = dict(line.split(" ", 1) for line in lines)
    assert [line.split(" ", 1)[0] for line in lines] == INSTRUCTIONS.split(" ")
    assert found["VOLUME"] == found["WORKDIR"] == "/data"
    assert found["USER"] != "root"
    assert found["CMD"] == '["serve", "--config", "/data/config.toml"]'
    kept = (ROOT / ".dockerignore").read_text().split()
    assert kept[0] == "*"
    for name in (line.removeprefix("!") for line in kept[1:]):
        assert (ROOT / name).exists() or name == "tui_client", name
