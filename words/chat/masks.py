"""`nick!user@host` masks with `*` (any run of characters, also none) and `?` (any one).

Source: Modern IRC, "Wildcard Expressions". There is no escape: `\\` is a letter of nicks. Matching
costs at most mask times subject, whatever the mask: nothing here backtracks.
"""

import re
from collections.abc import Callable

_STARS = re.compile(r"\*\*+")
_UPPER_TO_LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}

Matcher = Callable[[str], bool]
Fold = Callable[[str], str]


def fold_ascii(text: str) -> str:
    """CASEMAPPING=ascii: A to Z only (Modern IRC, CASEMAPPING parameter)."""
    return text.lower() if text.isascii() else text.translate(_UPPER_TO_LOWER)


def normalise(mask: str) -> str:
    """The full `nick!user@host` form: `nick`, `nick!user`, `user@host`, or a host, which is told
    from a nick by a dot or colon. Empty parts become `*`; runs of `*` become one.

    Raises ValueError for an empty mask and for one with a blank or control character.
    """
    if not mask or not mask.isprintable() or " " in mask:
        raise ValueError(f"no mask: {mask!r}")
    nick = user = host = ""
    if "!" in mask:
        nick, _, rest = mask.partition("!")
        user, _, host = rest.partition("@")
    elif "@" in mask:
        user, _, host = mask.partition("@")
    elif "." in mask or ":" in mask:
        host = mask
    else:
        nick = mask
    return _STARS.sub("*", f"{nick or '*'}!{user or '*'}@{host or '*'}")


def _piece(piece: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in piece)


def matcher(mask: str, fold: Fold = fold_ascii) -> Matcher:
    """A function that tells whether a subject matches `mask`, both folded first by `fold`.

    Between two stars the first place where a piece fits is as good as any other, so each piece is
    an atomic group that never tries a second one.
    """
    first, *rest = fold(mask).split("*")
    pattern = _piece(first)
    if rest:
        *middle, last = rest
        pattern += "".join(f"(?>.*?{_piece(piece)})" for piece in middle if piece)
        pattern += f".*{_piece(last)}"
    found = re.compile(pattern, re.DOTALL).fullmatch

    def matches(subject: str) -> bool:
        return found(fold(subject)) is not None

    return matches
