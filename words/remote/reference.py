"""The reference of the published surface, as it stands in docs/pb.md, made of the table.

`python -m words.remote.reference docs/pb.md` writes it there, between its two marks.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import get_args

import msgspec

from words.remote import values
from words.remote.chat import LAST, Chat
from words.remote.happenings import EVENTS
from words.remote.table import Surface, Verb

BEGIN = "<!-- made by words.remote.reference: begin -->\n"
END = "<!-- made by words.remote.reference: end -->\n"


def render() -> str:
    """Return the reference as Markdown."""
    return "\n".join([*_verbs(Chat), "", *_values(), "", *_events(), ""])


def replaced(text: str) -> str:
    """Return a document with the reference between its marks; raises ValueError without any."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("a mark is missing")
    return f"{before}{BEGIN}\n{render()}\n{END}{after}"


def _verbs(surface: type[Surface]) -> list[str]:
    lines = ["| verb | gives | right | what it does |", "|---|---|---|---|"]
    for row in surface.verbs.values():
        help_text = _escape(" ".join(row.help.split()).replace("``", "`"))
        lines.append(f"| {_call(row)} | `{_result(row)}` | {row.right} | {help_text} |")
    return lines


def _call(row: Verb) -> str:
    shown = []
    keywords = False
    for each in row.signature.parameters.values():
        if each.kind is each.KEYWORD_ONLY and not keywords:
            keywords = True
            shown.append("*")
        default = "LAST" if each.default == LAST else f"{each.default!r}".replace("'", '"')
        text = f"{each.name}: {each.annotation}"
        shown.append(text if each.default is each.empty else f"{text} = {default}")
    return f"`{row.name}({_escape(', '.join(shown))})`"


def _result(row: Verb) -> str:
    return _escape(str(row.signature.return_annotation))


def _values() -> list[str]:
    found = [each for each in vars(values).values() if isinstance(each, type)]
    structs = [each for each in found if issubclass(each, msgspec.Struct) and _is_ours(each)]
    rows = [f"| `{each.__name__}` | {_fields(each)} |" for each in structs]
    return ["| value | its keys |", "|---|---|", *rows]


def _is_ours(cls: type) -> bool:
    return cls.__module__ == values.__name__


def _events() -> list[str]:
    rows = [f"| `{name}` | {_fields(cls, skip=5)} |" for name, cls in EVENTS.items()]
    return ["| event | its keys, beside those that all have |", "|---|---|", *rows]


def _fields(cls: type[msgspec.Struct], skip: int = 0) -> str:
    fields = list(msgspec.structs.fields(cls))[skip:]
    return ", ".join(f"`{each.name}` {_escape(_type(each.type))}" for each in fields)


def _type(kind: object) -> str:
    name = str(kind) if get_args(kind) else getattr(kind, "__name__", str(kind))
    return re.sub(r"\b(?:words|typing)\.(?:\w+\.)*", "", name).replace("'", '"')


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(replaced(target.read_text("utf-8")), "utf-8")
