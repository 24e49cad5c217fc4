"""Programs of the system that tests use: a missing one skips its tests, but never under CI."""

from __future__ import annotations

import os
import shutil

import pytest


def which(program: str) -> str | None:
    """Return the program's path; servers stand in sbin, which not everybody has in PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def need(*programs: str) -> None:
    """Skip the calling test, naming what is missing, unless all these programs are installed.

    With CI=true in the environment a missing program is a failure: `make test` installs them.
    """
    missing = [program for program in programs if which(program) is None]
    if not missing:
        return
    message = f"not installed: {', '.join(missing)}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
