"""``words check-config``: is the configuration right, and is what it names there?"""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import config_option


@click.command("check-config")
@config_option
def check_config(file: Path | None) -> None:
    """Say "ok", or what is wrong with the configuration, a line each.

    What it names is looked at as the hub would at its start, by root as the hub's user: files,
    folders, certificates, programs, packages. Nothing is made, no port is bound, no bot is run.
    """
    from words.chat.settings import chat_settings
    from words.cli.surroundings import problems
    from words.config import load
    from words.errors import ConfigError
    from words.passport.identity import passport_settings

    config = load(file)
    chat_settings(config.chat)
    passport_settings(config.passport, config.chat.max_name_length)
    if found := list(problems(config)):
        raise ConfigError(*found)
    click.echo("ok")
