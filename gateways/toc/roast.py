"""Roasting: how TOC hides a password from who looks over a shoulder, and from nobody else."""

from __future__ import annotations

import binascii
import re
from itertools import cycle

KEY = b"Tic/Toc"
PASSWORD_BYTES = 512  # more than any password of ours has
CODE_FACTOR = 7696
_ROASTED = re.compile(rb"0[xX]((?:[0-9A-Fa-f]{2})*)")


class BadRoast(ValueError):
    """No roasted password: ``0x`` and an even number of hexadecimal digits."""


def roast(password: bytes) -> bytes:
    """Return a password as clients send it."""
    return b"0x" + binascii.hexlify(_mixed(password))


def unroast(roasted: bytes) -> bytes:
    """Return the password; raises `BadRoast`. Digits may be of either case (naim's are upper)."""
    found = _ROASTED.fullmatch(roasted)
    if found is None or len(found[1]) > 2 * PASSWORD_BYTES:
        raise BadRoast
    return _mixed(binascii.unhexlify(found[1]))


def _mixed(data: bytes) -> bytes:
    return bytes(byte ^ key for byte, key in zip(data, cycle(KEY), strict=False))


def auth_code(name: bytes, password: bytes) -> int:
    """Return the last argument of a TOC2 sign-on: clients compute it, servers don't look at it."""
    return CODE_FACTOR * name[0] * password[0]
