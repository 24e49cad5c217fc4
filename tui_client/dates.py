"""Days as people write them, and where in a conversation a day begins."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_client.conversation import Conversation
    from tui_client.link import Link

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}


class BadDate(ValueError):
    """This isn't a day; the text says what is."""


def moment_of(text: str, today: date | None = None) -> int:
    """Return when a day begins, in milliseconds; raises `BadDate`."""
    today = today or date.today()
    try:
        found = _day(text.strip().casefold(), today)
        if found is None:
            raise ValueError
        return int(datetime(found.year, found.month, found.day).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise BadDate("A day: 2026-11-22, 22 Nov, monday, yesterday, 3 days ago") from None


def said(moment: int) -> str:
    """Return a day in words."""
    return datetime.fromtimestamp(moment / 1000).strftime("%A, %d %B %Y")


def _day(text: str, today: date) -> date | None:
    if text in ("today", ""):
        return today
    if text == "yesterday":
        return today - timedelta(1)
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return date(*map(int, found.groups()))
    if found := re.fullmatch(r"(an?|\d+) (day|week|month|year)s?( ago)?", text):
        number = 1 if found[1].startswith("a") else int(found[1])
        return today - timedelta(number * _UNITS[found[2]])
    if (
        text[:3] in DAYS
        and "monday tuesday wednesday thursday friday saturday sunday".find(text) >= 0
    ):
        return today - timedelta((today.weekday() - DAYS.index(text[:3])) % 7 or 7)
    if found := re.fullmatch(r"(\d{1,2})\.? ([a-z]{3})[a-z]*\.?(?: (\d{4}))?", text):
        month = MONTHS.index(found[2]) + 1
        day = date(int(found[3] or today.year), month, int(found[1]))
        return day if found[3] or day <= today else day.replace(year=today.year - 1)
    return None


async def sequence_at(link: Link, conversation: Conversation, moment: int) -> int:
    """Return the sequence number of the first event not before a moment, or of the last one.

    The hub's history is ordered by number and by time, so halving finds it.
    """
    low, high = 0, conversation.newest + 1  # before `moment`, and not
    verb = link.chat.history if conversation.group else link.chat.history_with
    while high - low > 1:
        middle = (low + high) // 2
        page = await verb(conversation.name, after=middle - 1, limit=1, newest=False)
        if not page or page[0].event.time >= moment:
            high = middle
        else:
            low = max(middle, page[0].event.sequence)
    return min(high, conversation.newest)
