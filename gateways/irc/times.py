"""Times as text, to and from milliseconds since 1970 UTC.

Source: IRCv3 server-time.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache

_TIMESTAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")


@lru_cache(64)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def server_time(milliseconds: int) -> str:
    """Return a time as the server-time specification writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03}Z"


def milliseconds(text: str) -> int | None:
    """Return what `server_time` made this of; None for what is no such time."""
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        return None
    try:
        parts = [int(part) for part in found.groups()[:6]]
        time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
        seconds = calendar.timegm((*parts, 0, 0, 0))
    except (ValueError, OverflowError):
        return None
    return seconds * 1000 + int((found[7] or "0").ljust(3, "0")[:3])
