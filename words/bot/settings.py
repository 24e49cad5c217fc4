"""How a bot runs: which hub, as whom, in which groups.

The operator's word goes before the author's: the environment (``WORDS_BOT_HUB``) before a file
(``karma.toml``), and that before what the program says.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from words.errors import ConfigError

PREFIX = "WORDS_BOT_"
LISTS = ("groups", "owners")


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Of one bot. ``login`` is NAME or NAME/LABEL of an app password, "" for the bot's own name.

    ``data`` is the file of what it keeps, "" for NAME.db here. ``owners`` are told of errors.
    """

    hub: str = "pb://127.0.0.1:8787"
    login: str = ""
    password: str = ""
    groups: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    prefix: str = "!"
    data: str = ""


def settings(
    given: Mapping[str, Any],
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return what all three say together; raises `ConfigError`."""
    found = {name: value for name, value in given.items() if value}
    if file is not None:
        found |= _read(file)
    for name in Settings.__struct_fields__:
        value = (os.environ if environ is None else environ).get(PREFIX + name.upper())
        if value is not None:
            found[name] = value.replace(",", " ").split() if name in LISTS else value
    try:
        return msgspec.convert(found, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file or 'settings'}: {error}") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
