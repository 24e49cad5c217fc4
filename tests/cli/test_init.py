"""``words init``: from nothing to a hub that runs, with an administrator and TLS."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

from tests.support.hub import ROOT
from tests.support.ports import free_port
from tests.support.programs import need


def words(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "words", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_everything_is_made(tmp_path: Path) -> None:
    need("openssl")
    flags = ("--name", "hub.example", "--network", 'The"Hub"', "--admin", "Root")
    done = words(tmp_path, "init", *flags, "--password-stdin", stdin="secret\n")
    assert done.returncode == 0, done.stderr
    assert words(tmp_path, "check-config").stdout == "ok\n"
    assert words(tmp_path, "user", "list").stdout == "Root  admin\n"
    assert "words init" in words(tmp_path, "history", "acts").stdout
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("data/*")}
    assert modes["key.pem"] == 0o600
    context = ssl.create_default_context(cafile=str(tmp_path / "data/cert.pem"))
    context.load_cert_chain(tmp_path / "data/cert.pem", tmp_path / "data/key.pem")
    (certificate,) = context.get_ca_certs()
    assert certificate["subjectAltName"] == (("DNS", "hub.example"),)
    again = words(tmp_path, "init", *flags, "--password-stdin", stdin="secret\n")
    assert (again.returncode, again.stdout) == (1, "")
    assert "there already" in again.stderr


def test_what_is_wrong_leaves_nothing(tmp_path: Path) -> None:
    wrong = [
        (("--admin", "a b"), "x\n"),
        (("--admin", "root"), "\n"),
        (("--name", "no host name"), "x\n"),
        (("--name", "\udcff"), "x\n"),
        (("--network", "\n"), "x\n"),
        (("--no-tls", "--name", "two words"), "x\n"),
        (("--config", "gone/config.toml"), "x\n"),
    ]
    for flags, stdin in wrong:
        done = words(tmp_path, "init", *flags, "--password-stdin", stdin=stdin)
        assert (done.returncode, done.stdout) == (1, ""), flags
        assert done.stderr.startswith("words: ")
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "config.toml").exists()
        assert ".part" not in done.stderr
        assert not list(tmp_path.glob("data/*.pem"))
        assert not (tmp_path / "gone").exists()
    done = words(tmp_path, "init", "--no-tls", "--password-stdin", stdin="x\n")
    assert done.returncode == 0, done.stderr
    assert "6697" not in (tmp_path / "config.toml").read_text()


def test_the_hub_it_made_runs(tmp_path: Path) -> None:
    flags = ("--no-tls", "--admin", "root", "--password-stdin")
    assert words(tmp_path, "init", *flags, stdin="secret\n").returncode == 0
    path = tmp_path / "config.toml"
    text = path.read_text().replace("6667", str(free_port()))
    path.write_text(f"{text}\n[pb]\nenabled = false\n\n[toc]\nenabled = false\n")
    hub = subprocess.Popen(
        [sys.executable, "-m", "words", "serve"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert hub.stdout is not None
        assert any(line.startswith("Ready:") for line in hub.stdout)
        assert "process" in words(tmp_path, "status").stdout
    finally:
        hub.kill()
        hub.wait()
        if hub.stdout:
            hub.stdout.close()
