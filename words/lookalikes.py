"""How a name looks: two names that may be mistaken for one another have one skeleton.

Unicode Technical Standard 39, section 4, with the data of the package confusable-homoglyphs,
and two differences: letters are folded, since names are; and "m" doesn't look like "rn", or
"modem" and "modern" couldn't both be names. ASCII names need none of the data: to load it takes
some 70 ms, once. A skeleton is for comparing only; nobody is shown one.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from words.names import fold, safe

_ASCII = {"0": "o", "O": "o", "1": "l", "I": "l", "|": "l"}
_FROM_ASCII = str.maketrans(_ASCII)


def skeleton(name: str) -> str:
    """Return what is the same for all names that look like this one (any string is taken)."""
    if name.isascii():
        return name.translate(_FROM_ASCII).lower()
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", safe(name)))
    return fold("".join(_prototype(char) for char in plain))


@cache  # bounded by the characters that Unicode has
def _prototype(char: str) -> str:
    """Return what stands for all characters that look like this one."""
    if char.isascii():
        return _ASCII.get(char, char)
    from confusable_homoglyphs.confusables import confusables_data

    alike, waiting, texts = {char}, [char], []
    while waiting:
        for found in confusables_data.get(waiting.pop(), ()):
            other = found["c"]
            if len(other) > 1:
                texts.append(other)
            elif other not in alike:
                alike.add(other)
                waiting.append(other)
    first = min(alike)  # ASCII comes before everything else
    if not first.isascii() and (plain := [text for text in texts if text.isascii()]):
        text = min(plain)
        return "m" if text == "rn" else text.translate(_FROM_ASCII)
    return _ASCII.get(first, first)
