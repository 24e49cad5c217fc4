"""Rules of the filter: what to do about a text, who says it often, or to many.

    drop text cheap?pills*now      ACTION KIND ARGUMENT; a blank in it is any character
    mute:10m regex \\bfree\\s+money\\b
    kick repeat 4/30s              the same text four times in thirty seconds
    ban:1d crosspost 3/1m          the same text in three groups in a minute
    report mentions 8              eight members' names in one text

Actions: `report` tells moderators only; `drop` refuses the text; `warn` raises its author's
warning level too; `mute` and `ban` last for ever without a time. Texts are compared without case,
compatible forms and characters that can't be seen. No rule takes more than linear time: `text` is
a mask, `regex` is RE2's (https://github.com/google/re2/wiki/Syntax; needs the package google-re2).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from words.chat.masks import Matcher, matcher
from words.names import fold
from words.typed_toml import parse_seconds

Action: TypeAlias = Literal["report", "drop", "warn", "mute", "kick", "ban"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""From the mildest to the hardest: of several rules that a text fits the hardest counts."""

LASTING = ("mute", "ban")
Kind: TypeAlias = Literal["text", "regex", "repeat", "crosspost", "mentions"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MAX_RULE = 256  # characters
MAX_PROGRAM = 300
"""Instructions of all compiled patterns of a filter. The worst, with 16 KiB of a text that nearly
fits, take 0.08 ms each: the filters of a group and of the hub together less than 50 ms."""

RE2_MEMORY = 1 << 20
"""Bytes for one pattern, its automaton included."""

MAX_COUNT, MAX_WINDOW = 20, 3600.0
LONGEST = 10 * 365 * 86400.0

_RATE = re.compile(r"(\d{1,3})/(\w+)")


class Rule(NamedTuple):
    """A rule. ``seconds``: how long the action lasts, 0 for ever; ``window``: of how many seconds
    ``times`` is the number."""

    action: Action
    seconds: int
    kind: Kind
    argument: str = ""
    times: int = 0
    window: float = 0.0

    @property
    def text(self) -> str:
        """The rule as it is kept."""
        action = f"{self.action}:{self.seconds}s" if self.seconds else self.action
        return f"{action} {self.kind} {self.argument}"


def parse_rule(text: str) -> Rule:
    """Return the rule that a text is; raises ValueError with what is wrong."""
    if len(text) > MAX_RULE or not text.isprintable():
        raise ValueError(f"a rule has at most {MAX_RULE} printable characters")
    action, _, rest = text.strip().partition(" ")
    kind, _, argument = rest.strip().partition(" ")
    action, colon, lasting = action.partition(":")
    argument = argument.strip().replace(" ", r"\s" if kind == "regex" else "?")
    if action not in ACTIONS:
        raise ValueError(f"there is no action {action!a}; actions are: {', '.join(ACTIONS)}")
    if kind not in KINDS or not argument:
        raise ValueError(f"a rule is ACTION KIND ARGUMENT; kinds are: {', '.join(KINDS)}")
    seconds = parse_seconds(lasting) if colon else 0.0
    if seconds and (action not in LASTING or not 1 <= seconds <= LONGEST):
        raise ValueError(f"only {' and '.join(LASTING)} last for a time, of a second and more")
    rule = Rule(action, int(seconds), kind, argument)
    if kind == "text" and not argument.strip("*?"):
        raise ValueError("would fit every text")
    if kind == "regex":
        compiled(argument)
    elif kind == "mentions":
        rule = rule._replace(times=_count(argument))
    elif kind != "text":
        rule = _rate(rule)
    return rule


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 2 <= int(text) <= 1000:
        raise ValueError("mentions wants a number from 2 to 1000")
    return int(text)


def _rate(rule: Rule) -> Rule:
    match = _RATE.fullmatch(rule.argument)
    if not match:
        raise ValueError(f"{rule.kind} wants a number and a time, like 4/30s")
    count, window = int(match[1]), parse_seconds(match[2])
    if not 2 <= count <= MAX_COUNT or not 1 <= window <= MAX_WINDOW:
        raise ValueError(f"{rule.kind} wants 2 to {MAX_COUNT} times, in at most an hour")
    return rule._replace(times=count, window=window)


@lru_cache(256)
def compiled(pattern: str) -> Any:
    """Return RE2's form of a pattern; raises ValueError for one that it doesn't take."""
    try:
        import re2
    except ImportError:
        raise ValueError("regex rules need the package google-re2 (words-chat[filter])") from None
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = RE2_MEMORY
    try:
        made = re2.compile(pattern, options=options)
    except re2.error as error:
        what = error.args[0] if error.args else "wrong"
        shown = what.decode(errors="replace") if isinstance(what, bytes) else str(what)
        raise ValueError(f"no pattern of RE2: {shown}") from None
    if made.programsize > MAX_PROGRAM:
        raise ValueError(f"the pattern is too large: {made.programsize} instructions")
    if made.search(""):
        raise ValueError("would fit every text")
    return made


def plain(text: str) -> str:
    """Return a text as rules look at it: without case, look-alike forms and what can't be seen."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


class Filter:
    """The rules of one list, ready to be tried."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.texts: list[tuple[Rule, Matcher]] = []
        self.regexes: list[tuple[Rule, Any]] = []
        self.repeats: list[Rule] = []
        self.crossposts: list[Rule] = []
        self.mentions: list[Rule] = []
        for rule in rules:
            if rule.kind == "text":
                self.texts.append((rule, matcher(f"*{plain(rule.argument)}*", str)))
            elif rule.kind == "regex":
                self.regexes.append((rule, compiled(rule.argument)))
            elif rule.kind == "repeat":
                self.repeats.append(rule)
            elif rule.kind == "crosspost":
                self.crossposts.append(rule)
            else:
                self.mentions.append(rule)

    def of_text(self, text: str) -> list[Rule]:
        """Return the rules that a text fits by itself; it is as `plain` gives it."""
        found = [rule for rule, fits in self.texts if fits(text)]
        return found + [rule for rule, pattern in self.regexes if pattern.search(text)]


def program_size(rules: Iterable[str]) -> int:
    """Return how many instructions the patterns of these rules have, as they are kept."""
    words = (rule.split(" ", 2) for rule in rules)
    return sum(
        int(compiled(argument).programsize) for _, kind, argument in words if kind == "regex"
    )


@lru_cache(256)
def filter_of(rules: tuple[str, ...]) -> Filter:
    """Return the filter of these rules, as they are kept; those that can't be read now rest."""
    read: list[Rule] = []
    for text in rules:
        try:
            read.append(parse_rule(text))
        except ValueError:  # google-re2 was there when it was made, and is no more
            continue
    return Filter(read)
