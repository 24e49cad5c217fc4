"""What is searched for, as an expression of SQLite's full-text search (FTS5).

Words are joined by AND, a phrase stands in double quotes, ``word*`` is a beginning. Nothing else
means anything: what people type can't become an operator or another column.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from words.errors import BadInput, TooLong, TooMany
from words.names import participant_key

MAX_TEXT = 500  # characters: more than anybody types
MAX_TERMS = 16  # words and phrases: each is a walk through the index
LEAST_BEGINNING = 3  # letters before a star: fewer begin most of all words
LATEST = 2**62

TOKENS = "tokenize = 'unicode61 remove_diacritics 2'"
"""How text becomes words: letters and digits of any script, without case and accents."""

_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')
_SURROGATES = re.compile("[\ud800-\udfff]")


class Wanted(NamedTuple):
    """A question; without ``text``, for all that was said there.

    ``scopes``: whose or which conversations (`of_group`, `of_person`), None for all; ``author``
    a name, "" for any; ids ``after`` and ``before`` are excluded themselves.
    """

    text: str
    limit: int
    scopes: tuple[str, ...] | None = None
    author: str = ""
    after: int = 0
    before: int = LATEST


def of_group(number: int) -> str:
    """Return the scope of a group's messages."""
    return f"g{number}"


def of_person(number: int) -> str:
    """Return the scope of the direct messages from and to a participant."""
    return f"p{number}"


def of_author(name: str) -> str:
    """Return a name as one word of the index, whatever is in it."""
    return "n" + participant_key(name).encode("utf-8", "replace").hex()


def expression(wanted: Wanted) -> str:
    """Return the FTS5 expression; raises `BadInput`, `TooLong`, `TooMany`."""
    if not wanted.text and wanted.scopes is None:
        raise BadInput("search", "has no word")
    parts = [f"text : ({_terms(wanted.text)})"] if wanted.text else []
    if wanted.scopes is not None:
        parts.append(f"scope : ({' OR '.join(wanted.scopes)})")
    if wanted.author:
        parts.append(f"author : {of_author(wanted.author)}")
    return " AND ".join(f"({part})" for part in parts)


def _terms(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise TooLong("search", MAX_TEXT)
    if _SURROGATES.search(text) or "\0" in text:
        raise BadInput("search", "isn't text")
    found = []
    for phrase, word in _TERM.findall(text):
        term = phrase or word.rstrip("*")
        if not any(char.isalnum() for char in term):
            continue
        star = word.endswith("*")
        if star and len(term) < LEAST_BEGINNING:
            raise BadInput("search", f"needs {LEAST_BEGINNING} letters before a star")
        found.append(f'"{term}"{"*" if star else ""}')
    if not found:
        raise BadInput("search", "has no word")
    if len(found) > MAX_TERMS:
        raise TooMany("words in a search", MAX_TERMS)
    return " AND ".join(found)


def fitting(text: str, bodies: Sequence[str]) -> list[bool]:
    """Return for each of these texts whether it is one that is searched for.

    The index may be older than what a message says now.
    """
    rows = [(number, body) for number, body in enumerate(bodies)]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(f"CREATE VIRTUAL TABLE said USING fts5(text, {TOKENS})")
        db.executemany("INSERT INTO said(rowid, text) VALUES (?, ?)", rows)
        chosen = {
            number
            for (number,) in db.execute(
                "SELECT rowid FROM said WHERE said MATCH ?", (f"text : ({_terms(text)})",)
            )
        }
    return [number in chosen for number, _ in rows]
