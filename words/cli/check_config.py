"""``words check-config``: is the configuration right?"""

from __future__ import annotations

from pathlib import Path

import click

from words.cli.options import config_option


@click.command("check-config")
@config_option
def check_config(file: Path | None) -> None:
    """Say "ok", or what is wrong with the configuration, a line each."""
    from words.chat.settings import chat_settings
    from words.config import load
    from words.passport.identity import passport_settings

    config = load(file)
    chat_settings(config.chat)
    passport_settings(config.passport, config.chat.max_name_length)
    click.echo("ok")
