"""``words serve``: run the hub."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from words.cli.options import config_option


@click.command("serve")
@config_option
@click.option("--data", metavar="DIR", help="The folder of everything that is kept (hub.data).")
def serve(file: Path | None, data: str | None) -> None:
    """Run the hub until it is told to stop."""
    from words import hub, process, reactor
    from words.config import Config, load

    _fill_standard_files()
    overrides = {"hub.data": data} if data else {}

    def read() -> Config:
        return load(file, overrides)

    config = read()
    with process.prepared(config) as sockets:
        status = reactor.run(
            lambda running: hub.serve(running, config, read, click.echo, sockets),
            loop=config.hub.loop,
        )
    sys.exit(status)


def _fill_standard_files() -> None:
    """Let no other file get the number of a standard one that the caller had closed."""
    null = os.open(os.devnull, os.O_RDWR)
    while null <= 2:
        null = os.dup(null)
    os.close(null)
