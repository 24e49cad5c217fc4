"""The HTML of Matrix and XMPP messages to and from a text with spans; no I/O.

Source: Matrix 1.11, Client-Server API, m.room.message and its subset of HTML; XEP-0071 (XHTML-IM).
What has no meaning for us is left out and its text stays; nothing of a text becomes a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from itertools import pairwise

from words.events import Span, Style

_STYLES: dict[str, Style] = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "s": "strike",
    "del": "strike",
    "strike": "strike",
    "code": "mono",
    "pre": "mono",
}
_TAGS: dict[Style, str] = {
    "bold": "strong",
    "italic": "em",
    "underline": "u",
    "strike": "del",
    "mono": "code",
}
_CSS: dict[Style, str] = {
    "underline": "text-decoration: underline",
    "strike": "text-decoration: line-through",
    "color": "color: {}",
    "bgcolor": "background-color: {}",
}
"""XHTML-IM has no elements for these."""

_DECLARED: dict[tuple[str, str], Style] = {
    ("font-weight", "bold"): "bold",
    ("font-style", "italic"): "italic",
    ("text-decoration", "underline"): "underline",
    ("text-decoration", "line-through"): "strike",
    ("font-family", "monospace"): "mono",
}
_COLORS: dict[Style, str] = {"color": "data-mx-color", "bgcolor": "data-mx-bg-color"}
_LINES = "p div li ul ol blockquote pre h1 h2 h3 h4 h5 h6 table tr hr"
_BLOCKS = frozenset(_LINES.split())
_UNSEEN = frozenset(("mx-reply", "script", "style", "title"))
_VOID = frozenset(("br", "hr", "img"))
_LINK = re.compile(
    r"(?:https?|ftp|ircs?|mailto|xmpp|matrix):"
    r"[^\s<>\"\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+",  # nor what XML can't have
    re.IGNORECASE,
)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")

DEPTH = 100
"""Elements within each other, the specification's limit: of what is deeper the text counts."""

MOST_SPANS = 256
"""Styled parts of one text; what is behind them has no style. Each is compared with each."""

_TOKEN = re.compile(
    r"""<!--|<[!?]|<(/?)([a-z][a-z0-9-]*)((?:[^<>"']|"[^"<]*"|'[^'<]*')*+)>""", re.IGNORECASE
)
"""Comments, declarations, tags. No ``<`` in a tag: so looking for one never goes beyond the next,
and hostile HTML takes no longer than any other (html.parser needs seconds for 64 KiB of it)."""

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_NO_CHARACTER = re.compile("&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)
"""References with more digits than a character's number has."""

Meaning = tuple[Style, str]


def read(html: str) -> tuple[str, tuple[Span, ...]]:
    """Return the text of HTML and its spans."""
    reader = _Reader()
    at = 0
    while found := _TOKEN.search(html, at):
        reader.text(html[at : found.start()])
        if found[2]:
            at = found.end()
            reader.tag(found[2].lower(), found[3], closes=bool(found[1]))
        else:
            sign = "-->" if found[0] == "<!--" else ">"
            end = html.find(sign, found.end())
            at = end + len(sign) if end >= 0 else len(html)
    reader.text(html[at:])
    return reader.finish()


class _Reader:
    """Collects text and spans; a block begins a line and ends it, where anything follows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._open: list[tuple[str, list[Meaning], int]] = []
        self._unseen = 0
        self._break = False

    def _say(self, text: str) -> None:
        if self._break and self._length and not self._parts[-1].endswith("\n"):
            text = f"\n{text}"
        self._break = False
        self._parts.append(text)
        self._length += len(text)

    def text(self, data: str) -> None:
        """Take what is between two tags."""
        if self._unseen:
            return
        data = _unescaped(data)
        if not any(tag == "pre" for tag, _, _ in self._open):
            if "\n" in data and data.isspace() and (self._break or not self._length):
                return
            data = data.replace("\n", " ")
        if data:
            self._say(data)

    def tag(self, tag: str, attributes: str, *, closes: bool) -> None:
        """Take a tag; one that ends with a slash begins and ends an element."""
        if not closes:
            self._begin(tag, attributes)
        if closes or attributes.endswith("/"):
            self._finish(tag)

    def _begin(self, tag: str, attributes: str) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if self._unseen:
            return
        if tag == "br":
            self._say("\n")
            return
        self._break = self._break or tag in _BLOCKS
        if tag == "li":
            self._say("- ")
        elif tag not in _BLOCKS and self._break:
            self._say("")
        if tag not in _VOID and len(self._open) < DEPTH:
            self._open.append((tag, _meanings(tag, _attributes(attributes)), self._length))

    def _finish(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
            return
        if self._unseen or not any(each == tag for each, _, _ in self._open):
            return
        while True:
            name, meanings, start = self._open.pop()
            self._end(meanings, start)
            if name == tag:
                break
        self._break = self._break or tag in _BLOCKS

    def _end(self, meanings: Iterable[Meaning], start: int) -> None:
        if start < self._length:
            self._spans += (Span(start, self._length, style, value) for style, value in meanings)

    def finish(self) -> tuple[str, tuple[Span, ...]]:
        """Return all of it."""
        while self._open:
            _, meanings, start = self._open.pop()
            self._end(meanings, start)
        return "".join(self._parts), joined(self._spans)[:MOST_SPANS]


def _unescaped(text: str) -> str:
    return unescape(_NO_CHARACTER.sub("\ufffd", text)) if "&" in text else text


def _attributes(text: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(text) if "=" in text else ()
    return {name.lower(): _unescaped("".join(values)) for name, *values in found}


def _meanings(tag: str, attributes: dict[str, str]) -> list[Meaning]:
    found: list[Meaning] = []
    if tag in _STYLES:
        found.append((_STYLES[tag], ""))
    if tag == "a" and _LINK.fullmatch(link := attributes.get("href", "")):
        found.append(("link", link))
    for declared in attributes.get("style", "").split(";"):
        name, _, value = (part.strip().lower() for part in declared.partition(":"))
        if (name, value) in _DECLARED:
            found.append((_DECLARED[name, value], ""))
        if name in ("color", "background-color") and _COLOR.fullmatch(value):
            found.append(("color" if name == "color" else "bgcolor", value))
    if tag in ("span", "font"):
        color = attributes.get("data-mx-color") or attributes.get("color", "")
        background = attributes.get("data-mx-bg-color", "")
        if _COLOR.fullmatch(color):
            found.append(("color", color.lower()))
        if _COLOR.fullmatch(background):
            found.append(("bgcolor", background.lower()))
    return found


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those of one meaning that touch as one."""
    by_meaning: dict[Meaning, list[Span]] = {}
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        same = by_meaning.setdefault((span.style, span.value), [])
        if same and span.start <= same[-1].end:
            last = same[-1]
            same[-1] = Span(last.start, max(last.end, span.end), last.style, last.value)
        else:
            same.append(span)
    every = (span for same in by_meaning.values() for span in same)
    return tuple(sorted(every, key=lambda each: (each.start, each.end, each.style, each.value)))


def write(text: str, spans: Sequence[Span], *, xhtml: bool = False) -> str:
    """Return HTML of a text, or (inside of ``body``) XHTML-IM; spans may overlap.

    Mentions and ``reverse`` have no tag.
    """
    most = joined(spans)[:MOST_SPANS]
    tagged = [(span, tag) for span in most if (tag := _tag(span, xhtml)) is not None]
    edges = {0, len(text), *(edge for span, _ in tagged for edge in (span.start, span.end))}
    line = "<br/>" if xhtml else "<br>"
    found: list[str] = []
    for start, end in pairwise(sorted(edges)):
        tags = [tag for span, tag in tagged if span.start <= start and span.end >= end]
        found += (opening for opening, _ in tags)
        found.append(escape(text[start:end], quote=False).replace("\n", line))
        found += (closing for _, closing in reversed(tags))
    return "".join(found)


def _tag(span: Span, xhtml: bool) -> tuple[str, str] | None:
    """Return what opens and closes it, None for what has no tag."""
    if span.style in _COLORS and not _COLOR.fullmatch(span.value):
        return None
    if xhtml and span.style in _CSS:
        return f'<span style="{_CSS[span.style].format(span.value)}">', "</span>"
    if span.style in _TAGS:
        return f"<{_TAGS[span.style]}>", f"</{_TAGS[span.style]}>"
    if span.style == "link" and _LINK.fullmatch(span.value):
        return f'<a href="{escape(span.value)}">', "</a>"
    if span.style in _COLORS:
        return f'<span {_COLORS[span.style]}="{span.value}">', "</span>"
    return None
