"""MODE arguments to changes and back; what the letters mean is the caller's.

Source: Modern IRC, "MODE message" (types A to D) and the CHANMODES, PREFIX and MODES parameters.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Sign = Literal["+", "-"]


class ModeTable(msgspec.Struct, frozen=True):
    """Letters by type. A, lists: an argument, without one a query. B, and the prefix modes of
    members: always an argument. C: an argument when set. D: none."""

    lists: str = ""
    always: str = ""
    when_set: str = ""
    never: str = ""
    prefixes: str = ""

    @classmethod
    def of(cls, chanmodes: str, prefixes: str = "") -> "ModeTable":
        """From the value of CHANMODES (`Ibe,k,fl,imnst`) and the letters of PREFIX (`qaohv`).
        Raises ValueError unless there are four types."""
        lists, always, when_set, never = chanmodes.split(",")
        return cls(lists, always, when_set, never, prefixes)


class Change(msgspec.Struct, frozen=True):
    """One letter. A list mode without an argument asks for the list. The key's `-k` may come
    without one, as clients send it."""

    sign: Sign
    letter: str
    argument: str | None = None


class ModeError(msgspec.Struct, frozen=True):
    """What was left out. `unknown`: ERR_UNKNOWNMODE; `missing`: the argument isn't there, and
    `bad`: it can't be sent on (empty, blank, leading colon): ERR_INVALIDMODEPARAM; `many`: more
    changes with an argument than MODES allows, dropped from there on."""

    reason: Literal["unknown", "missing", "bad", "many"]
    letter: str
    argument: str = ""


def _wants(table: ModeTable, sign: Sign, letter: str) -> Literal["no", "maybe", "yes"] | None:
    """Whether the letter takes an argument; None for an unknown one."""
    if letter in table.lists or (letter in table.always and sign == "-"):
        return "maybe"
    if letter in table.prefixes or letter in table.always:
        return "yes"
    if letter in table.when_set:
        return "yes" if sign == "+" else "no"
    return "no" if letter in table.never else None


def parse_modes(
    params: Sequence[str], table: ModeTable, limit: int
) -> tuple[list[Change], list[ModeError]]:
    """Changes of `params` (what follows the target of a MODE), and what was wrong, in order.

    At most `limit` changes take an argument. A parameter left over when the letters are through
    is another row of letters if it starts with a sign (RFC 1459 section 4.2.3.1), else ignored.
    """
    changes: list[Change] = []
    errors: list[ModeError] = []
    rest = list(reversed(params))
    taken = 0
    first = True
    while rest:
        letters = rest.pop()
        if not first and letters[:1] not in ("+", "-"):
            continue
        first = False
        sign: Sign = "+"
        for letter in letters:
            if letter == "+" or letter == "-":
                sign = "+" if letter == "+" else "-"
                continue
            wants = _wants(table, sign, letter)
            argument = rest.pop() if wants in ("yes", "maybe") and rest else None
            taken += argument is not None
            if wants is None:
                errors.append(ModeError("unknown", letter))
            elif wants == "yes" and argument is None:
                errors.append(ModeError("missing", letter))
            elif argument is not None and _unsendable(argument):
                errors.append(ModeError("bad", letter, argument))
            elif argument is not None and taken > limit:
                errors.append(ModeError("many", letter))
                return changes, errors
            else:
                changes.append(Change(sign, letter, argument))
    return changes, errors


def _unsendable(argument: str) -> bool:
    return not argument or argument[0] == ":" or " " in argument


def format_modes(changes: Iterable[Change], room: int, limit: int) -> list[list[str]]:
    """`changes` as parameters of as few MODE lines as need be, each `["+ov-l", "ann", "bob"]`.

    `room`: bytes for them with the blanks between (`encode.room("MODE", target, source=...) + 1`:
    no colon is needed). `limit`: changes with an argument in one line. A change that alone is too
    long has a line of its own, and `encode.line` refuses it.
    """
    made: list[list[str]] = []
    letters = ""
    arguments: list[str] = []
    sign = ""
    size = 0
    for change in changes:
        needed = 2 + (len(change.argument.encode()) + 1 if change.argument is not None else 0)
        if letters and (
            size + needed > room or (len(arguments) >= limit and change.argument is not None)
        ):
            made.append([letters, *arguments])
            letters, arguments, sign, size = "", [], "", 0
        letters += change.letter if change.sign == sign else change.sign + change.letter
        size += needed - (change.sign == sign)
        sign = change.sign
        if change.argument is not None:
            arguments.append(change.argument)
    if letters:
        made.append([letters, *arguments])
    return made
