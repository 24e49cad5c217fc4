"""The Debian package, really installed: start as the unit would, upgrade, remove, purge."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hub import ROOT
from tests.support.irc import Client
from tests.support.ports import free_port
from tests.support.programs import need

CONFIG = Path("/etc/words/config.toml")
DATA = Path("/var/lib/words")
SECONDS = 20.0

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]


def _run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package() -> Iterator[Path]:
    """Return the package as `make deb` builds it; it isn't installed before or after."""
    for program in ("dpkg-deb", "dpkg", "runuser"):
        need(program)
    if Path("/usr/lib/words").exists():
        pytest.skip("the package is installed here")
    _run(str(ROOT / "packaging" / "debian" / "build"))
    (built,) = (ROOT / "dist").glob("words-chat_*-1_*.deb")
    yield built
    subprocess.run(["dpkg", "--purge", "words-chat"], check=False, capture_output=True)


def _next(package: Path, folder: Path) -> Path:
    """Return the same package as a later revision."""
    tree = folder / "tree"
    _run("dpkg-deb", "--raw-extract", str(package), str(tree))
    control = tree / "DEBIAN" / "control"
    control.write_text(control.read_text().replace("-1\n", "-2\n"))
    later = folder / "later.deb"
    _run("dpkg-deb", "--root-owner-group", "--build", str(tree), str(later))
    return later


class Service:
    """Starts the hub as systemd would, with what the unit says."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "journal"
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(folder / "notify"))
        self._manager.settimeout(SECONDS)
        for path in (folder / "notify", *folder.parents, folder):
            path.chmod(path.stat().st_mode | 0o011 | (0o666 if path.is_socket() else 0))
        self._notify = str(folder / "notify")

    def start(self) -> None:
        """Start and wait for READY=1."""
        unit = Path("/lib/systemd/system/words.service").read_text()
        found = re.search("^ExecStart=(.*)$", unit, re.MULTILINE)
        assert found
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["runuser", "-u", "words", "--", *found[1].split()],
                env={"NOTIFY_SOCKET": self._notify, "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=log,
                cwd="/",
            )
        while not self._manager.recv(4096).startswith(b"READY=1"):
            pass  # what the one before said at its end

    def stop(self) -> None:
        """End it as systemd would."""
        pid = json.loads(_run("words", "status", "--json", "--config", str(CONFIG)))["pid"]
        os.kill(pid, signal.SIGTERM)
        assert self.process.wait(SECONDS) == 0

    def close(self) -> None:
        """Leave nothing behind."""
        self._manager.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(SECONDS)


def test_install_start_log_upgrade_remove_purge(package: Path, tmp_path: Path) -> None:
    _run("dpkg", "--install", str(package))
    assert DATA.stat().st_mode & 0o777 == 0o700
    irc, pb, http = free_port(), free_port(), free_port()
    ours = CONFIG.read_text().replace("6667", str(irc))
    ours += f"""
[[http.listen]]
address = "127.0.0.1"
port = {http}
[[pb.listen]]
address = "127.0.0.1"
port = {pb}
"""
    CONFIG.write_text(ours)
    _run("words", "check-config", "--config", str(CONFIG))
    command = ["words", "user", "add", "ann", "--password-stdin", "--config", str(CONFIG)]
    _run(*command, stdin="sesame\n")  # by root, while nothing runs

    service = Service(tmp_path)
    service.start()
    try:
        with Client(irc).register("ann", password="sesame") as ann:
            ann.join("#g")
            ann.ask("PRIVMSG #g :before the upgrade")
        assert "words.hub: ready" in service.log.read_text()
        service.stop()

        _run("dpkg", "--install", str(_next(package, tmp_path)))
        assert _run("dpkg-query", "-W", "-f", "${Version}", "words-chat").endswith("-2")
        assert CONFIG.read_text() == ours
        service.start()
        with Client(irc).register("ann", caps="draft/chathistory", password="sesame") as ann:
            ann.join("#g")
            lines = ann.ask("CHATHISTORY LATEST #g * 10")
            assert any(line.params[-1:] == ("before the upgrade",) for line in lines)
        service.stop()
    finally:
        service.close()

    _run("dpkg", "--remove", "words-chat")
    assert not Path("/usr/bin/words").exists()
    assert not Path("/usr/lib/words").exists()
    assert (DATA / "words.db").exists()
    assert CONFIG.exists()
    _run("dpkg", "--purge", "words-chat")
    assert not DATA.exists()
    assert not CONFIG.parent.exists()


def test_no_file_of_the_build_names_this_machine(package: Path, tmp_path: Path) -> None:
    """What was built in one place runs in another."""
    tree = tmp_path / "tree"
    _run("dpkg-deb", "--extract", str(package), str(tree))
    for path in tree.rglob("*"):
        if path.is_file() and path.suffix != ".so":
            assert str(ROOT).encode() not in path.read_bytes(), path
    shutil.rmtree(tree)
