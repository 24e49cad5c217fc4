"""``pipx install``: the command works, with libraries of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hub import ROOT, HubProcess
from tests.support.irc import Client

pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]


def test_pipx_install(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    subprocess.run([sys.executable, "-m", "venv", str(tools)], check=True)
    pip = [str(tools / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    found = subprocess.run([*pip, "pipx"], check=False, capture_output=True, text=True)
    if found.returncode:
        pytest.skip(f"pipx can't be installed here: {found.stderr[-200:]}")
    home, commands = tmp_path / "pipx", tmp_path / "bin"
    env = {**os.environ, "PIPX_HOME": str(home), "PIPX_BIN_DIR": str(commands)}
    env.pop("PYTHONPATH", None)
    options = f"--constraint {ROOT / 'constraints.txt'}"
    command = [str(tools / "bin" / "pipx"), "install", "--pip-args", options, str(ROOT)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    hub = HubProcess(tmp_path, command=[str(commands / "words")], env={"PYTHONPATH": ""})
    hub.start()
    try:
        Client(hub.irc_port).register("ann").close()
        assert hub.status()["running"]
        assert hub.stop() == 0
    finally:
        hub.kill()
