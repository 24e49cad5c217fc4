"""Messages and happenings as rows of a terminal, in one width and palette; nothing here is kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_client.records import Happening, Message
from tui_client.text.happenings import condensed, described
from tui_client.text.safe import clean, clean_line, clean_name, clip
from tui_client.text.style import Mark, Run, runs
from tui_client.text.wrap import wrap
from tui_client.widgets.palette import Palette, linked, marked

WIDEST = 110
"""Cells of text in a line, at most: longer lines are hard to read."""

COLUMNS = 76
"""Cells from which on names have a column of their own."""

HANG = 7
"""Cells that stand before the text where they don't: a space, the time, a sign."""


class Row(NamedTuple):
    """One row. ``start`` to ``end``: which characters of the text it has, from cell ``x`` on."""

    strip: Strip
    x: int = 0
    start: int = 0
    end: int = 0


class Drawn(NamedTuple):
    """The rows of something. ``text``: what can be copied of it, which at ``body`` becomes what
    was said; ``head``: what stands before the latter in a copy of several.
    """

    rows: Sequence[Row]
    text: str = ""
    body: int = 0
    head: str = ""


class Place(NamedTuple):
    """Where something stands: ``follows`` a message of the same person, ``dated`` begins a day,
    ``new`` is the first that wasn't read.
    """

    follows: bool = False
    dated: bool = False
    new: bool = False


class Pen:
    """Draws in one width, with one palette. ``quoted`` finds the message that another answers."""

    def __init__(
        self,
        palette: Palette,
        width: int,
        quoted: Callable[[int], Message | None],
        *,
        me: int = 0,
        needle: re.Pattern[str] | None = None,
    ) -> None:
        self.palette = palette
        self.width = width
        self.names = (14 if width >= 96 else 12) if width >= COLUMNS else 0  # guest-0a1b2c: 12
        self.indent = self.names + 9 if self.names else HANG
        self.room = max(8, min(WIDEST, width - self.indent - 1))
        self.quoted = quoted
        self._me = me
        self._needle = needle

    def message(self, message: Message, place: Place) -> Drawn:
        """Draw a message."""
        base = self.palette.mentioned if message.mention else None
        rows = self._separators(message.time, place)
        if message.reply_to:
            rows.append(self._quote(message.reply_to))
        prefix, text, found = self._said(message, place)
        ending = self._delivery(message)
        lines = wrap(text, self.room - (2 if ending else 0))
        code = [_in_code(found, start, end) for start, end in lines]
        widest = max((cell_len(text[start:end]) for start, end in lines), default=0)
        for number, (start, end) in enumerate(lines):
            before = [Segment(" " * self.indent)] if number else self._gutter(message, place)
            segments = [*before, *self._styled(text, found, start, end)]
            if code[number] and sum(code) > 1:  # a block of it
                blank = " " * (widest - cell_len(text[start:end]))
                segments.append(Segment(blank, self.palette.code))
            if ending and number == len(lines) - 1:
                segments.append(ending)
            rows.append(self._row(segments, base, start, end))
        rows += self._reactions(message)
        if message.delivery == "failed":
            rows.append(self._failed(message))
        head = f"[{clock(message.time)}] "
        head += "* " if message.kind == "action" else f"<{clean_name(message.author)}> "
        return Drawn(rows, text, 0 if message.kind == "action" else len(prefix), head)

    def happenings(self, events: Sequence[Happening], place: Place, *, whole: bool) -> Drawn:
        """Draw things that happened one after the other: each, or all in one line."""
        rows = self._separators(events[0].time, place)
        if whole or len(events) == 1:
            said = [(each.time, described(each.event)) for each in events]
        else:
            said = [(events[-1].time, condensed([each.event for each in events]))]
        texts: list[str] = []
        done = 0
        for moment, text in said:
            for number, (start, end) in enumerate(wrap(text, self.room)):
                stamp = "" if number else f" {clock(moment)}"
                line = text[start:end]
                before = Segment(stamp.ljust(self.indent), self.palette.dim)
                segments = [before, Segment(line, self.palette.dim + marked("more", ""))]
                rows.append(self._row(segments, None, done + start, done + end))
            texts.append(text)
            done += len(text) + 1
        return Drawn(rows, "\n".join(texts), 0, f"[{clock(events[0].time)}] ")

    def rule(self, text: str, style: Style) -> Row:
        """Draw a line across, with a text in it."""
        text = f" {text} "
        left = max(2, (min(self.width, self.indent + WIDEST) - cell_len(text)) // 2)
        right = max(0, self.width - 1 - left - cell_len(text))
        line = style if style is not self.palette.dim else self.palette.rule
        return self._row(
            [Segment("─" * left, line), Segment(text, style), Segment("─" * right, line)]
        )

    # Parts of a message

    def _separators(self, moment: int, place: Place) -> list[Row]:
        rows = [self.rule(day(moment), self.palette.dim)] if place.dated else []
        return [*rows, self.rule("new", self.palette.accent)] if place.new else rows

    def _said(self, message: Message, place: Place) -> tuple[str, str, list[Run]]:
        """Return what stands before the words, all of the text, and its styles."""
        name = clean_name(message.author)
        if message.redacted:
            words, found = "message deleted", [Run(0, 15, (Mark("gone"),))]
        else:
            words, spans = clean(message.text, message.spans)
            found = runs(words, spans, self._needle)
            if message.edited:
                found.append(Run(len(words), len(words) + 9, (Mark("aside"),)))
                words += " (edited)"
        if message.kind == "action":
            prefix = f"{'' if self.names else '* '}{self._sign(message)}{name} "
        elif self.names or place.follows:
            return "", words, found
        else:
            prefix = f"-{name}- " if message.kind == "notice" else f"{self._sign(message)}{name} "
            if "\n" in words and found and Mark("mono") in found[0].marks:
                prefix = prefix.rstrip() + "\n"  # a block of code keeps its shape
        size = len(prefix)
        named = Mark("own" if message.mine else "name", message.author)
        moved = [Run(run.start + size, run.end + size, run.marks) for run in found]
        return prefix, prefix + words, [Run(0, size, (named,)), *moved]

    def _gutter(self, message: Message, place: Place) -> list[Segment]:
        """Return what stands left of the first line: when, and who where there is a column."""
        palette = self.palette
        stamp = " " * HANG if place.follows else f" {clock(message.time)}"
        found = [
            Segment(stamp[: HANG - 1], palette.dim),
            Segment("»" if message.mention else " ", palette.accent),
        ]
        if not self.names:
            return found
        if message.kind == "action":
            return [*found, Segment("*".rjust(self.names), palette.dim), Segment("  ")]
        if place.follows:
            return [*found, Segment(" " * (self.names + 2))]
        name = self._sign(message) + clean_name(message.author)
        if message.kind == "notice":
            name = f"-{name}-"
        name = clip(name, self.names)
        gap = Segment(" " * (self.names - cell_len(name)))
        return [*found, gap, Segment(name, self._name(message.author, message.mine)), Segment("  ")]

    def _sign(self, message: Message) -> str:
        """Return what tells that somebody isn't a person of this hub."""
        return "⇄" if message.origin else ""

    def _name(self, name: str, mine: bool) -> Style:
        style = self.palette.own if mine else self.palette.name(name)
        return style + marked("name", name)

    def _delivery(self, message: Message) -> Segment | None:
        if not message.mine or message.redacted:
            return None
        if message.delivery == "pending":
            return Segment(" …", self.palette.dim)
        if message.delivery == "failed":
            return Segment(" ✗", self.palette.error)
        return Segment(" ✓", self.palette.rule)

    def _failed(self, message: Message) -> Row:
        text = f"✗ not sent{': ' if message.error else ''}{clean_line(message.error)}"
        text = clip(text, self.room - 14)
        again = self.palette.link + marked("retry", str(message.key))
        return self._row([
            Segment(" " * self.indent),
            Segment(f"{text} · ", self.palette.error),
            Segment("send again", again),
        ])  # fmt: skip

    def _quote(self, number: int) -> Row:
        quoted = self.quoted(number)
        palette = self.palette
        before = Segment("╭ ".rjust(self.indent), palette.rule)
        there = marked("message", str(number))
        if quoted is None:
            return self._row([before, Segment("an earlier message", palette.dim + there)])
        name = clip(clean_name(quoted.author), 20)
        text = "message deleted" if quoted.redacted else clean_line(quoted.text)
        text = clip(text, self.room - cell_len(name) - 1)
        return self._row([
            before,
            Segment(f"{name} ", self._name(quoted.author, quoted.mine)),
            Segment(text, palette.dim + there),
        ])  # fmt: skip

    def _reactions(self, message: Message) -> Iterable[Row]:
        line: list[Segment] = []
        used = 0
        for reaction in message.reactions:
            mine = any(number == self._me for number, _ in reaction.by)
            text = f" {clip(clean_line(reaction.text, empty='?'), 20)} {len(reaction.by)} "
            if line and used + cell_len(text) > self.room:
                yield self._row([Segment(" " * self.indent), *line])
                line, used = [], 0
            style = self.palette.own_chip if mine else self.palette.chip
            line += [Segment(text, style + marked("react", reaction.text)), Segment(" ")]
            used += cell_len(text) + 1
        if line:
            yield self._row([Segment(" " * self.indent), *line])

    # Rows

    def _styled(self, text: str, found: Iterable[Run], start: int, end: int) -> list[Segment]:
        return [
            Segment(text[max(run.start, start) : min(run.end, end)], self._style(run.marks))
            for run in found
            if run.start < end and start < run.end
        ]

    def _style(self, marks: tuple[Mark, ...]) -> Style | None:
        style: Style | None = None
        color = background = ""
        for mark in marks:
            each: Style | None = None
            if mark.style == "color":
                color = mark.value
            elif mark.style == "bgcolor":
                background = mark.value
            elif mark.style == "link":
                each = self.palette.link + linked(mark.value)
            elif mark.style in ("name", "own"):
                each = self._name(mark.value, mark.style == "own")
            else:
                each = self._plain_style(mark.style)
            style = each if style is None else style + each if each else style
        if color or background:
            colored = self.palette.foreign(color, background)
            style = colored if style is None else colored + style
        return style

    def _plain_style(self, name: str) -> Style | None:
        palette = self.palette
        return {
            "bold": Style(bold=True),
            "italic": Style(italic=True),
            "underline": Style(underline=True),
            "strike": Style(strike=True),
            "reverse": Style(reverse=True),
            "mono": palette.code,
            "mention": palette.mention,
            "hit": palette.hit,
            "aside": palette.dim,
            "gone": palette.dim + Style(italic=True),
        }.get(name)

    def _row(
        self, segments: list[Segment], base: Style | None = None, start: int = 0, end: int = 0
    ) -> Row:
        style = self.palette.text if base is None else self.palette.text + base
        strip = Strip(segments).adjust_cell_length(self.width).apply_style(style)
        return Row(strip, self.indent, start, end)


def _in_code(found: Iterable[Run], start: int, end: int) -> bool:
    """Return whether all of a line is code."""
    mono = Mark("mono")
    return any(run.start <= start and end <= run.end and mono in run.marks for run in found)


def clock(moment: int) -> str:
    """Return the local time of day."""
    return time.strftime("%H:%M", time.localtime(moment / 1000))


def day(moment: int) -> str:
    """Return the local date, with its year where that isn't this one."""
    local, now = time.localtime(moment / 1000), time.localtime()
    return time.strftime("%a %d %b" if local.tm_year == now.tm_year else "%a %d %b %Y", local)
