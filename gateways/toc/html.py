"""The HTML of AIM clients to and from a text with spans.

Nothing that comes out as text is ever a tag, and nothing in a text becomes one. Clients of the
time write HTML without care: what is no element of HTML is text here (``a <3 b``, ``<grin>``),
what is one without a meaning for us is left out, and any order of closing tags is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from itertools import pairwise

from words.events import Span, Style

STYLES: dict[str, Style] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strike",
    "strike": "strike",
    "del": "strike",
    "tt": "mono",
    "code": "mono",
    "pre": "mono",
}
TAGS: dict[Style, str] = {
    "bold": "B",
    "italic": "I",
    "underline": "U",
    "strike": "S",
    "mono": "TT",
}
_LEFT_OUT = """
html body head title font a div span center big small sub sup img table tr td th tbody ul ol li
h1 h2 h3 h4 h5 h6 blockquote address cite dl dt dd base meta link nobr wbr
"""
LEFT_OUT = frozenset(_LEFT_OUT.split())
BREAKS = frozenset(("br", "p", "hr", "/p"))
COLORS = {
    "black": "#000000",
    "silver": "#c0c0c0",
    "gray": "#808080",
    "white": "#ffffff",
    "maroon": "#800000",
    "red": "#ff0000",
    "purple": "#800080",
    "fuchsia": "#ff00ff",
    "green": "#008000",
    "lime": "#00ff00",
    "olive": "#808000",
    "yellow": "#ffff00",
    "navy": "#000080",
    "blue": "#0000ff",
    "teal": "#008080",
    "aqua": "#00ffff",
    "orange": "#ffa500",
}
"""The colours of HTML 4 by name, and one that clients used."""

_TOKEN = re.compile(
    r"<(?P<gone>script|style|title)\b[^>]*>.*?</(?P=gone)\s*>"
    r"|<!--.*?-->"
    r"""|<(?P<tag>/?[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:[\s/](?:[^<>"']|"[^"]*"|'[^']*')*+)?)>"""
    r"|&(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|\r\n?"
    r"|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_HEX = re.compile(r"#?([0-9A-Fa-f]{6})")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_LINK = re.compile(r"(?:https?|ftp|ircs?|mailto|aim):[^\s<>\"\0-\x1f\x7f-\x9f]+", re.IGNORECASE)
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class _Open:
    """The styles that are on while HTML is read; elements of one style may stand in each other."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._stacks: dict[Style, list[str]] = {}
        self._since: dict[Style, int] = {}
        self._fonts: list[list[Style]] = []

    def on(self, style: Style, value: str, at: int) -> None:
        self._end(style, at)
        self._stacks.setdefault(style, []).append(value)
        self._since[style] = at

    def off(self, style: Style, at: int) -> None:
        stack = self._stacks.get(style)
        if stack:
            self._end(style, at)
            stack.pop()
            self._since[style] = at

    def font(self, values: dict[Style, str], at: int) -> None:
        self._fonts.append(list(values))
        for style, value in values.items():
            self.on(style, value, at)

    def font_ends(self, at: int) -> None:
        for style in self._fonts.pop() if self._fonts else ():
            self.off(style, at)

    def end(self, at: int) -> tuple[Span, ...]:
        for style in self._stacks:
            self._end(style, at)
        return joined(self.spans)

    def _end(self, style: Style, at: int) -> None:
        stack = self._stacks.get(style)
        if stack and self._since[style] < at:
            self.spans.append(Span(self._since[style], at, style, stack[-1]))


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans in one order, touching ones of one style and value as one."""
    done: list[Span] = []
    last: dict[tuple[str, str], int] = {}
    for span in sorted(spans, key=lambda span: (span.start, span.end, span.style, span.value)):
        place = last.get((span.style, span.value))
        if place is not None and span.start <= done[place].end:
            before = done[place]
            end = max(before.end, span.end)
            done[place] = Span(before.start, end, span.style, span.value)
        else:
            last[span.style, span.value] = len(done)
            done.append(span)
    return tuple(sorted(done, key=lambda span: (span.start, span.end, span.style, span.value)))


def parse(html: str) -> tuple[str, tuple[Span, ...]]:
    """Return a text without control characters but LF and TAB, and its spans."""
    if "<" not in html and "&" not in html and html.isprintable():
        return html, ()
    state = _Open()
    kept: list[str] = []
    size = last = 0

    def keep(text: str) -> None:
        nonlocal size
        kept.append(text)
        size += len(text)

    for found in _TOKEN.finditer(html):
        keep(html[last : found.start()])
        last = found.end()
        token = found[0]
        if tag := found["tag"]:
            keep(_element(state, tag.lower(), found["rest"], token, size))
        elif token[0] == "&":
            keep(_CONTROL.sub("", unescape(token).replace("\r", "\n")))
        elif token[0] == "\r":
            keep("\n")
    keep(html[last:])
    text = _CONTROL.sub("", "".join(kept))
    return text, state.end(len(text))


def _element(state: _Open, tag: str, rest: str, token: str, at: int) -> str:
    """Follow a tag; return what stands for it in the text."""
    closing = tag[0] == "/"
    name = tag.lstrip("/")
    if style := STYLES.get(name):
        if closing:
            state.off(style, at)
        else:
            state.on(style, "", at)
        return ""
    if tag in BREAKS:
        return "\n" if tag != "/p" else ""
    if name == "font":
        if closing:
            state.font_ends(at)
        else:
            state.font(_font(rest), at)
        return ""
    if name == "a":
        _anchor(state, closing, rest, at)
        return ""
    return "" if name in LEFT_OUT else _CONTROL.sub("", token)


def _anchor(state: _Open, closing: bool, rest: str, at: int) -> None:
    target = "" if closing else _attributes(rest).get("href", "").strip()
    state.off("link", at)
    if _LINK.fullmatch(target):
        state.on("link", target, at)


def _attributes(rest: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(rest)
    }


def _font(rest: str) -> dict[Style, str]:
    given = _attributes(rest)
    values: dict[Style, str] = {}
    for attribute, style in (("color", "color"), ("back", "bgcolor")):
        value = given.get(attribute, "").strip().lower()
        found = _HEX.fullmatch(value)
        color = f"#{found[1]}" if found else COLORS.get(value)
        if color:
            values[style] = color  # type: ignore[index]
    return values


def plain(text: str) -> str:
    """Return a text as HTML."""
    escaped = escape(text, quote=False)
    return escaped.replace("\n", "<BR>") if "\n" in escaped else escaped


def render(text: str, spans: Sequence[Span]) -> str:
    """Return a text with its spans as HTML; `parse` gives both back.

    Styles that HTML of the time has no element for are left out, and what is no colour or link.
    """
    marks = [span for span in spans if _tags(span)[0] and 0 <= span.start < span.end]
    if not marks:
        return plain(text)
    size = len(text)
    edges = {0, size}
    for span in marks:
        edges |= {min(span.start, size), min(span.end, size)}
    parts: list[str] = []
    open_now: list[Span] = []
    order = sorted(edges)
    for at, until in pairwise(order):
        wanted = [span for span in marks if span.start <= at < span.end]
        kept = 0
        while kept < min(len(open_now), len(wanted)) and open_now[kept] is wanted[kept]:
            kept += 1
        parts += [_tags(span)[1] for span in reversed(open_now[kept:])]
        parts += [_tags(span)[0] for span in wanted[kept:]]
        parts.append(plain(text[at:until]))
        open_now = wanted
    parts += [_tags(span)[1] for span in reversed(open_now)]
    return "".join(parts)


def _tags(span: Span) -> tuple[str, str]:
    if tag := TAGS.get(span.style):
        return f"<{tag}>", f"</{tag}>"
    if span.style == "color" and _COLOR.fullmatch(span.value):
        return f'<FONT COLOR="{span.value}">', "</FONT>"
    if span.style == "bgcolor" and _COLOR.fullmatch(span.value):
        return f'<FONT BACK="{span.value}">', "</FONT>"
    if span.style == "link" and _LINK.fullmatch(span.value):
        return f'<A HREF="{escape(span.value)}">', "</A>"
    return "", ""


def pieces(text: str, spans: Sequence[Span], room: int) -> list[str]:
    """Return the text as HTML in pieces of at most ``room`` bytes, cut at blanks if it can be."""
    html = render(text, spans)
    if len(html) * 4 <= room or len(html.encode("utf-8", "replace")) <= room or len(text) < 2:
        return [html]
    half = len(text) // 2
    cut = text.rfind(" ", 1, half) + 1 or half
    after = [
        Span(max(0, span.start - cut), span.end - cut, span.style, span.value)
        for span in spans
        if span.end > cut
    ]
    before = [
        Span(span.start, min(span.end, cut), span.style, span.value)
        for span in spans
        if span.start < cut
    ]
    return pieces(text[:cut], before, room) + pieces(text[cut:], after, room)
