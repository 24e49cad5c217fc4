"""Alt with a key, from terminals that send ESC and the key for it: xterm's, GNOME's, tmux.

Textual waits a while for what may follow an ESC and a letter, takes a letter that does follow for
part of it, and loses Alt with Enter and the slash. No longer sequence begins with any of these, so
each is known at once.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple, cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

_BEGINNING = "OPX"
"""After an ESC: SS3, DCS and SOS, which more follows (ECMA-48, 8.3)."""

_KEYS = {letter: f"alt+{letter}" for letter in ascii_lowercase}
_KEYS |= {
    letter: f"alt+shift+{letter.lower()}" for letter in ascii_uppercase if letter not in _BEGINNING
}
_KEYS |= {"\r": "alt+enter", "/": "alt+slash"}


class Held(NamedTuple):
    """A key with Alt; Textual asks for its ``value``."""

    value: str


def know_alt_keys() -> None:
    """Have Textual know them; those that it knows already (Alt+B is a word back) stay."""
    known = cast(dict[str, Any], ANSI_SEQUENCES_KEYS)
    for char, name in _KEYS.items():
        known.setdefault(f"\x1b{char}", (Held(name),))
