"""Cutting text that is too long for a line: between words, else between what a reader sees as one
character, never inside a UTF-8 sequence.

Sizes are bytes of UTF-8. Boundaries follow Unicode UAX 29 as far as the standard library's
tables allow: marks, joiners, emoji modifiers, flags and Hangul jamo stay with what they follow.
"""

import unicodedata

# Longest UTF-8 sequence (RFC 3629 section 3): with less room nothing might fit.
ROOM_MIN = 4
# How far back to look for the start of a cluster; Unicode's Stream-Safe Text Format (UAX 15
# section 13) allows 30 marks on one letter.
CLUSTER_MAX = 32

_ZWJ = "\u200d"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    """Whether it is drawn with the character before it."""
    if character < "\u0300":
        return False
    return (
        character == _ZWJ
        or unicodedata.category(character)[0] == "M"
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags, as in the flag of Scotland
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after position `at` belong together."""
    after = text[at]
    if _extends(after) or text[at - 1] == _ZWJ:
        return True
    if _is_flag_letter(after) and _is_flag_letter(text[at - 1]):
        start = at
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return False


def _fitting(data: bytes, start: int, room: int) -> int:
    """The end of the longest run of whole characters from `start` in `room` bytes."""
    end = start + room
    if end >= len(data):
        return len(data)
    while end > start and data[end] & 0xC0 == 0x80:
        end -= 1
    return end


def _cluster_end(data: bytes, start: int, end: int) -> int:
    """`end`, moved back to a boundary between clusters; unmoved when there is none near."""
    if end >= len(data):
        return end
    text = data[start : _fitting(data, end, ROOM_MIN)].decode()
    at = len(data[start:end].decode())
    for cut in range(at, max(at - CLUSTER_MAX, 0), -1):
        if not _joined(text, cut):
            return end - len(text[cut:at].encode())
    return end


def prefix(text: str, room: int) -> str:
    """As much of the start of `text` as fits into `room` bytes, cut between clusters."""
    data = text.encode()
    if len(data) <= room:
        return text
    end = _fitting(data, 0, max(room, 0))
    return data[: _cluster_end(data, 0, end)].decode() if end else ""


def split_text(text: str, room: int) -> list[str]:
    """`text` in pieces of at most `room` bytes each, which joined give it back.

    A cut goes behind the last blank that fits, else between clusters, else between characters.
    "" is no piece at all. Raises ValueError for a room under ROOM_MIN.
    """
    if room < ROOM_MIN:
        raise ValueError(f"no text fits into {room} bytes")
    data = text.encode()
    if len(data) <= room:
        return [text] if text else []
    pieces = []
    start = 0
    while start < len(data):
        end = _fitting(data, start, room)
        if end < len(data):
            blank = data.rfind(b" ", start, end)
            end = blank + 1 if blank >= 0 else _cluster_end(data, start, end)
        pieces.append(data[start:end].decode())
        start = end
    return pieces
