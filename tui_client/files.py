"""Where the client keeps its things, and writing them so that no crash leaves half of one."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class BadFile(Exception):
    """A file of ours that can't be read; the text says where and why."""


def config_folder() -> Path:
    """Return the folder of what people may edit: ~/.config/words on Linux."""
    import platformdirs

    return Path(os.environ.get("WORDS_CHAT_CONFIG") or platformdirs.user_config_dir("words"))


def state_folder() -> Path:
    """Return the folder of what the program remembers: ~/.local/state/words on Linux."""
    import platformdirs

    return Path(os.environ.get("WORDS_CHAT_STATE") or platformdirs.user_state_dir("words"))


def write(path: Path, text: str) -> None:
    """Replace a file, for its owner's eyes only; raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file says, nothing where there is none; raises `BadFile`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadFile(f"{path}: {error}") from None


def toml(values: Mapping[str, Any]) -> str:
    """Return texts, numbers, truths and lists of them as lines of TOML."""
    return "".join(f"{key} = {_text(value)}\n" for key, value in values.items())


def toml_tables(name: str, tables: Iterable[Mapping[str, Any]]) -> str:
    """Return an array of tables as TOML."""
    return "\n".join(f"[[{name}]]\n{toml(table)}" for table in tables)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
