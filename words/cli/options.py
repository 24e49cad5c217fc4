"""What several commands have in common: options, the configuration, asking the hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from words.admin.client import NoHub, ask
from words.config import Config, load
from words.errors import StorageRefused

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """Add ``--config FILE``."""
    return click.option(
        "--config",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The configuration; without it ./config.toml, if there is one.",
    )(command)


def json_option(command: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def administer(file: Path | None, verb: str, **arguments: Any) -> Any:
    """Return the result of a verb, from the running hub or, where none runs, the storage."""
    return administer_with(load(file), verb, arguments)


def administer_with(config: Config, verb: str, arguments: Mapping[str, Any]) -> Any:
    """Do the same with a configuration that was read already."""
    try:
        return ask(config.hub.admin_path, verb, arguments)
    except NoHub as unreachable:
        from words.admin.stopped import perform
        from words.process import step_down

        step_down(config)
        try:
            return perform(config, verb, arguments)
        except StorageRefused as error:
            if "in use" not in str(error):
                raise
            raise StorageRefused(
                f"{error} Its admin socket doesn't answer: {unreachable}"
            ) from None


def print_json(value: Any) -> None:
    """Print a value as JSON for programs."""
    click.echo(json.dumps(value, indent=2))
