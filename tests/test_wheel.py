"""The wheel: a bare install has all it needs to run, the default configuration included."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.raw import RawClient

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from this tree, without a network."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_it_holds_the_program_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {"words", "gateways"} <= tops
    assert tops - {"words", "gateways", "tui_client"} == {
        name.split("/")[0] for name in names if ".dist-info/" in name
    }
    assert "words/config.toml" in names


def test_it_runs_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    program = (
        "import words.config; print(words.config.__file__); print(words.config.load().hub.network)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(target)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [str(target / "words/config.py"), "Words"]


@pytest.mark.timeout(180)
def test_it_runs_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    hub = HubProcess(tmp_path, command=[str(venv / "bin/words")], env={"PYTHONPATH": ""})
    assert hub.words("check-config").stdout == "ok\n"
    hub.add_user("ann", "secret")
    try:
        hub.start()
        with RawClient(hub.irc_port) as ann:
            ann.send("PASS ann:secret", "NICK ann", "USER ann 0 * :ann", "JOIN #g")
            ann.until(" 366 ")
        assert hub.status()["running"]
        assert hub.stop() == 0
    finally:
        hub.kill()
