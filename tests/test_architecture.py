"""The shape of the code: budgets of size, imports that go one way, a docstring for each file."""

from __future__ import annotations

import ast
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.support.hub import HubProcess

ROOT = Path(__file__).parent.parent
MAX_FILE = 700
MAX_FUNCTION = 60
MAX_MEDIAN = 150
TINY = 5  # files up to this many lines (package markers) don't count in the median

NOT_TO_LISTEN = {
    *("aiohttp", "wsproto", "h11", "cryptography", "re2", "textual", "rich", "slixmpp", "yaml"),
    *("smtplib", "email", "multiprocessing", "tomli_w"),
    *("words.bot", "words.client", "words.cli.chat", "tui_client"),
    *("gateways.bots", "gateways.bridges", "gateways.irc.websocket", "gateways.irc.reference"),
}
"""What a hub that has listeners for chat alone, no bots and no bridges, listens without."""


@cache
def _sources() -> dict[str, str]:
    """Return path -> text of every Python file that git knows."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "*.py"], cwd=ROOT, capture_output=True, check=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).exists()]
    return {path: (ROOT / path).read_text("utf-8") for path in paths}


def _functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_too_long() -> None:
    lengths = {path: text.count("\n") for path, text in _sources().items()}
    assert {path: n for path, n in lengths.items() if n > MAX_FILE} == {}
    assert statistics.median(n for n in lengths.values() if n > TINY) < MAX_MEDIAN


def test_no_function_is_too_long() -> None:
    long = [
        f"{path}: {name}: {length}"
        for path, text in _sources().items()
        for name, length in _functions(ast.parse(text))
        if length > MAX_FUNCTION
    ]
    assert long == []


def test_every_file_says_what_it_is() -> None:
    silent = [
        path for path, text in _sources().items() if text and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_no_import_cycles() -> None:
    """Of modules that run; an import for types alone (a participant's groups) isn't one."""
    packages = [name for name in ("words", "gateways", "tui_client") if (ROOT / name).exists()]
    graph = grimp.build_graph(*packages, cache_dir=None, exclude_type_checking_imports=True)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' <- '.join(error.args[1])}")


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    env = {**os.environ, "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_hub_listens_before_it_loads_what_few_need(new_hub: Callable[..., HubProcess]) -> None:
    """A start may cost half a second of CPU: what listening doesn't need comes later."""
    hub = new_hub(env={"PYTHONPROFILEIMPORTTIME": "1"}).start()
    # What importlib.import_module names isn't in the list; what that imports is.
    loaded = set(re.findall(r"^import time:.*\|\s+([\w.]+)$", hub.log, re.MULTILINE))
    assert {"words.hub", "gateways.irc.connection", "gateways.pb.connection"} <= loaded
    found = {name for name in loaded for part in NOT_TO_LISTEN if f"{name}.".startswith(f"{part}.")}
    assert found == set()
