"""Commands in the test's own process: what they do is the same, and costs a tenth."""

from __future__ import annotations

import subprocess

from click.testing import CliRunner

from tests.support.hub import HubProcess
from words.cli import cli


def shell(hub: HubProcess, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command with a hub's configuration, as `HubProcess.words` does in a process."""
    command = [*arguments, "--config", str(hub.config_path)]
    done = CliRunner().invoke(cli, command, input=stdin, prog_name="words")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(command, done.exit_code, done.stdout, done.stderr)
