"""`nick!user@host` masks with `*` (any run of characters, also none) and `?` (any one).

Source: Modern IRC, "Wildcard Expressions". There is no escape: `\\` is a letter of nicks. Matching
costs at most mask times subject, whatever the mask: nothing here backtracks. To make a matcher
costs little too: strangers may own more masks than a cache of them holds.
"""

import re
from collections.abc import Callable

_ADDRESS = re.compile(r"(\d+(\.\d+)+|[\da-f]*(:[\da-f.]*){2,})(/\d*)?", re.IGNORECASE)
_STARS = re.compile(r"\*\*+")
_UPPER_TO_LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}

Matcher = Callable[[str], bool]
Fold = Callable[[str], str]


def fold_ascii(text: str) -> str:
    """CASEMAPPING=ascii: A to Z only (Modern IRC, CASEMAPPING parameter)."""
    return text.lower() if text.isascii() else text.translate(_UPPER_TO_LOWER)


def looks_like_address(text: str) -> bool:
    """Return whether this is an address or a network, or was meant as one: digits and dots, or
    groups of hexadecimal digits, perhaps with a length."""
    return _ADDRESS.fullmatch(text) is not None


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


class _Piece:
    """What stands between two stars: letters, and places where any character may stand.

    Nothing is compiled: who may make lists of masks could make the hub do that all day.
    """

    __slots__ = ("anchor", "at", "length", "literals")

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self.literals: list[tuple[int, str]] = []
        """Letters that belong together and where they begin; the longest, `anchor`, not."""
        self.at, self.anchor = 0, text
        if "?" in text:
            place = 0
            for letters in text.split("?"):
                if letters:
                    self.literals.append((place, letters))
                place += len(letters) + 1
            longest = max(self.literals, key=lambda each: len(each[1]), default=(0, ""))
            self.at, self.anchor = longest
            self.literals = [each for each in self.literals if each is not longest]

    def fits(self, subject: str, start: int) -> bool:
        """Return whether it stands there, in a subject that is long enough."""
        return subject.startswith(self.anchor, start + self.at) and self._rest(subject, start)

    def _rest(self, subject: str, start: int) -> bool:
        return all(subject.startswith(letters, start + place) for place, letters in self.literals)

    def find(self, subject: str, start: int, stop: int) -> int:
        """Return where it stands first between two places, -1 for nowhere."""
        last = stop - self.length
        while start <= last:
            found = subject.find(self.anchor, start + self.at, stop) - self.at
            if found < start or found > last:
                return -1
            if self._rest(subject, found):
                return found
            start = found + 1
        return -1


def matcher(mask: str, fold: Fold = fold_ascii) -> Matcher:
    """A function that tells whether a subject matches `mask`, both folded first by `fold`.

    Between two stars the first place where a piece fits is as good as any other, so none is ever
    tried again.
    """
    texts = fold(mask).split("*")
    first = _Piece(texts[0])
    if len(texts) == 1:
        return lambda subject: _whole(first, fold(subject))
    last = _Piece(texts[-1])
    middle = [text for text in texts[1:-1] if text]
    pieces: list[_Piece] = []  # made when they are needed: most subjects fail at the first

    def matches(subject: str) -> bool:
        subject = fold(subject)
        at, stop = first.length, len(subject) - last.length
        if stop < at or not first.fits(subject, 0) or not last.fits(subject, stop):
            return False
        for number, text in enumerate(middle):
            if number == len(pieces):
                pieces.append(_Piece(text))
            found = pieces[number].find(subject, at, stop)
            if found < 0:
                return False
            at = found + len(text)
        return True

    return matches


def _whole(piece: _Piece, subject: str) -> bool:
    return len(subject) == piece.length and piece.fits(subject, 0)
