"""The hub's own rules, and the log of what filters did, as they are kept.

A stopped hub's commands need no more than this.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from words.chat.rules import MAX_PROGRAM, Rule, parse_rule, program_size
from words.errors import BadInput, Conflict, NotFound, TooMany
from words.journal.journal import Journal

MOST_RULES = 100
"""Rules of the hub's own filter; a group's are as many as its bans may be."""


class Kept:
    """The rules, in their order (``texts``), and the log."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._store = journal.store
        rows = self._store.read("SELECT rule FROM filters ORDER BY created")
        self.texts: tuple[str, ...] = tuple(rule for (rule,) in rows)

    def log(self, conversation: int, before: int, limit: int) -> list[dict[str, Any]]:
        """Return what the filter did, the newest first; ``time`` in milliseconds since 1970 UTC.

        In conversation 0: what it did about direct messages, without their texts.
        """
        rows = self._store.read(
            "SELECT id, who, account, action, rule, text FROM filtered"
            " WHERE conversation = ? AND id < ? ORDER BY id DESC LIMIT ?",
            conversation,
            before,
            limit,
        )
        names = ("id", "who", "account", "action", "rule", "text")
        return [{**dict(zip(names, row, strict=True)), "time": row[0] // 1000} for row in rows]

    # The hub's own rules

    def add_rule(self, text: str, who: str) -> str:
        """Put a rule into the hub's filter; raises `BadInput`, `Conflict`, `TooMany`."""
        rule = checked_rule(text, self.texts)
        if rule.action == "mute":
            raise BadInput("rule", "only a group can mute: ban somebody, or refuse the text")
        if rule.text in self.texts:
            raise Conflict(f"there is such a rule already: {rule.text}")
        if len(self.texts) >= MOST_RULES:
            raise TooMany("rules", MOST_RULES)
        self._store.write(
            "INSERT INTO filters VALUES (?, ?, ?)", rule.text, who, self._journal.ids.stamp()[1]
        )
        self.texts = (*self.texts, rule.text)
        return rule.text

    def remove_rule(self, text: str) -> str:
        """Take a rule from the hub's filter; raises `NotFound`."""
        with suppress(ValueError):  # one that can't be read any more is found as it is kept
            text = parse_rule(text).text
        if text not in self.texts:
            raise NotFound(f"rule {text}")
        self._store.write("DELETE FROM filters WHERE rule = ?", text)
        self.texts = tuple(rule for rule in self.texts if rule != text)
        return text

    def rules(self) -> list[dict[str, Any]]:
        """Return the hub's rules, in their order."""
        rows = self._store.read("SELECT rule, who, created FROM filters ORDER BY created")
        return [{"rule": rule, "who": who, "created": created} for rule, who, created in rows]


def checked_rule(text: str, others: tuple[str, ...]) -> Rule:
    """Return a rule that may be put to the others; raises `BadInput`, `TooMany`."""
    try:
        rule = parse_rule(text)
    except ValueError as error:
        raise BadInput("rule", str(error)) from None
    if rule.kind == "regex" and program_size({*others, rule.text}) > MAX_PROGRAM:
        raise TooMany("instructions of regex rules", MAX_PROGRAM)
    return rule
