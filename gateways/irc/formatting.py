"""Formatting codes of IRC to and from a text with spans, and CTCP.

Source: Modern IRC, IRC Formatting and CTCP. A colour is `#rrggbb` in a span, whatever its code
was: other gateways need no palette. Styles that IRC has no code for are left out.
"""

import re
from collections.abc import Iterable, Sequence

from gateways.irc.palette import COLORS, NUMBERS
from words.events import Span, Style

TOGGLES: dict[str, Style] = {
    "\x02": "bold",
    "\x1d": "italic",
    "\x1f": "underline",
    "\x1e": "strike",
    "\x11": "mono",
    "\x16": "reverse",
}
RESET = "\x0f"
_CODES: dict[Style, str] = {style: code for code, style in TOGGLES.items()}
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
# A colour has one or two digits, of which two are always taken; its background comes only with it.
_CODE = re.compile(
    "\x03(?:(?P<fg>[0-9]{1,2})(?:,(?P<bg>[0-9]{1,2}))?)?"
    "|\x04(?:(?P<fghex>[0-9A-Fa-f]{6})(?:,(?P<bghex>[0-9A-Fa-f]{6}))?)?"
    "|[\0-\x1f\x7f-\x9f]"
)
_HEX = re.compile("#[0-9a-f]{6}")


class _Open:
    """The styles that are on while a text is read, each with its value and where it began."""

    def __init__(self) -> None:
        self.since: dict[Style, tuple[int, str]] = {}
        self.spans: list[Span] = []

    def turn(self, style: Style, value: str | None, at: int) -> None:
        """From `at` on the style has this value; None: it is off."""
        old = self.since.get(style)
        if old is not None:
            if old[1] == value:
                return
            del self.since[style]
            if old[0] < at:
                self.spans.append(Span(old[0], at, style, old[1]))
        if value is not None:
            self.since[style] = (at, value)

    def reset(self, at: int) -> None:
        for style in tuple(self.since):
            self.turn(style, None, at)


def _numbered(digits: str) -> str | None:
    number = int(digits)
    return COLORS[number] if number < len(COLORS) else None


def _color(found: re.Match[str], state: _Open, at: int) -> None:
    # An absent background stays as it is; a code without a colour resets both.
    foreground, background, hexadecimal, hex_background = found.groups()
    if foreground is not None:
        state.turn("color", _numbered(foreground), at)
        if background is not None:
            state.turn("bgcolor", _numbered(background), at)
    elif hexadecimal is not None:
        state.turn("color", f"#{hexadecimal.lower()}", at)
        if hex_background is not None:
            state.turn("bgcolor", f"#{hex_background.lower()}", at)
    else:
        state.turn("color", None, at)
        state.turn("bgcolor", None, at)


def canonical(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The one order of equal sets of spans; touching ones of one style and value become one."""
    joined: dict[tuple[str, str], Span] = {}
    done: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        last = joined.get((span.style, span.value))
        if last is not None:
            if span.start <= last.end:
                span = Span(last.start, max(last.end, span.end), span.style, span.value)
            else:
                done.append(last)
        joined[span.style, span.value] = span
    done += joined.values()
    done.sort(key=lambda span: (span.start, span.end, span.style, span.value))
    return tuple(done)


def parse(text: str) -> tuple[str, tuple[Span, ...]]:
    """A text without control characters but tabs, and its spans in canonical order (positions
    count characters). Codes that mean nothing here are left out."""
    if text.isprintable() or not _CONTROL.search(text):
        return text, ()
    state = _Open()
    kept: list[str] = []
    size = last = 0
    for found in _CODE.finditer(text):
        plain = text[last : found.start()]
        last = found.end()
        kept.append(plain)
        size += len(plain)
        code = found[0][0]
        if style := TOGGLES.get(code):
            state.turn(style, None if style in state.since else "", size)
        elif code == "\x03" or code == "\x04":
            _color(found, state, size)
        elif code == RESET:
            state.reset(size)
        elif code == "\t":
            kept.append(code)
            size += 1
    kept.append(text[last:])
    plain = "".join(kept)
    state.reset(len(plain))
    return plain, canonical(state.spans)


def _color_codes(foreground: str | None, background: str | None) -> str:
    """Codes that set the colours from none; None stays unset."""
    fg = "99" if foreground is None else NUMBERS.get(foreground)
    bg = None if background is None else NUMBERS.get(background)
    if fg is not None and (background is None or bg is not None):
        return f"\x03{fg},{bg}" if bg is not None else f"\x03{fg}"
    if foreground is None:
        # 04 has no "default": any foreground brings the background, then 99 takes it off.
        return f"\x04000000,{str(background)[1:]}\x0399"
    both = f"\x04{foreground[1:]}"
    return f"{both},{background[1:]}" if background is not None else both


def _guarded(code: str, following: str) -> str:
    # "Mistaken Eating of Text": a comma and digit after a colour without background.
    return f"{code}\x02\x02" if following == "," else code


def _transition(old: dict[Style, str], new: dict[Style, str], following: str) -> str:
    """Codes that change what is on from `old` to `new`, before the character `following`."""
    was = (old.get("color"), old.get("bgcolor"))
    now = (new.get("color"), new.get("bgcolor"))
    if was != now and was != (None, None):
        # 03 alone would eat a digit that follows, so colours end with a reset.
        head, old, was = RESET, {}, (None, None)
    else:
        head = ""
    codes = "".join(code for style, code in _CODES.items() if (style in old) != (style in new))
    if was != now:
        codes += _guarded(_color_codes(*now), following)
    return head + codes


def render(text: str, spans: Sequence[Span]) -> str:
    """The text with codes. `parse` gives text and spans back, if these are canonical, don't
    overlap within a style, lie within the text and have a code (colours `#rrggbb`, lower-case).

    `text` must have no control characters but tabs; that is the domain's promise.
    """
    changes: dict[int, list[tuple[Style, str | None]]] = {}
    for span in spans:
        if span.style in ("color", "bgcolor"):
            if not _HEX.fullmatch(span.value):
                continue
        elif span.style not in _CODES:
            continue
        if span.start < span.end:
            # Ends stand before what begins at the same place.
            changes.setdefault(span.end, []).insert(0, (span.style, None))
            changes.setdefault(span.start, []).append((span.style, span.value))
    if not changes:
        return text
    parts: list[str] = []
    on: dict[Style, str] = {}
    last = 0
    for at in sorted(changes):
        new = dict(on)
        for style, value in changes[at]:
            if value is None:
                new.pop(style, None)
            else:
                new[style] = value
        parts.append(text[last:at])
        parts.append(_transition(on, new, text[at : at + 1]))
        on, last = new, at
    parts.append(text[last:])
    return "".join(parts)


def ctcp(text: str) -> tuple[str, str] | None:
    """Command (upper-case) and argument of a CTCP message; None if `text` is none.

    The closing delimiter may be missing (CTCP, Message Syntax).
    """
    if text[:1] != "\x01":
        return None
    command, _, argument = text[1:].removesuffix("\x01").partition(" ")
    return (command.upper() if command.isascii() else command, argument) if command else None
