"""SFLAP, the framing of TOC: bytes in, frames out, and back. No sockets, no loop, no TOC.

A frame is ``*``, a type, a sequence number, a length (big-endian) and the payload. Each side
counts its frames of *all* types, modulo 65,536, from the number in its SIGNON frame on: TiK and
naim hang up when a number isn't the one before plus one. What a server sends has no NUL at its
end; what a client sends has one, but some send none and some several.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cache
from struct import Struct
from typing import NamedTuple

FLAPON = b"FLAPON\r\n\r\n"
"""What a client says before its first frame."""

MARK = 0x2A
HEADER = Struct(">BBHH")
MODULUS = 65536

COMMAND_MAX = 2048
"""Bytes of one command without its NULs (AOL's description of 1999, Open OSCAR Server)."""

PAYLOAD_MAX = 8186
"""Bytes of what a server sends: 8 KiB with the header; naim hangs up above that."""

VERSION = b"\0\0\0\1"
"""The payload of the server's SIGNON frame; naim wants exactly this."""

NAME_TAG = 1
"""The TLV of the client's SIGNON frame that has the name."""


class Kind(IntEnum):
    """Types of frames; nobody ever sent ERROR, and clients that send SIGNOFF hang up."""

    SIGNON = 1
    DATA = 2
    ERROR = 3
    SIGNOFF = 4
    KEEP_ALIVE = 5


class SflapError(ValueError):
    """What came is no SFLAP; there is no way to go on after it."""


class Frame(NamedTuple):
    """One frame of the client, a command without the NULs at its end."""

    kind: int
    sequence: int
    payload: bytes


class FrameReader:
    """Makes frames of the bytes that a client sends after `FLAPON`.

    With ``lead`` it awaits that first. A frame is refused by its header alone where it can be.
    """

    def __init__(self, *, lead: bool = True) -> None:
        self._buffer = bytearray()
        self._at = 0
        self._lead = lead
        self._sequence = -1

    @property
    def led(self) -> bool:
        """Whether `FLAPON` has come."""
        return not self._lead

    @property
    def buffered(self) -> int:
        """Bytes that were fed and make no part of a frame yet."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        if self._at > COMMAND_MAX:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def pop(self) -> Frame | None:
        """Return the next frame, None until all of it is here; raises `SflapError`."""
        buffer = self._buffer
        if self._lead and not self._led():
            return None
        at = self._at
        if len(buffer) - at < HEADER.size:
            if len(buffer) > at and buffer[at] != MARK:
                raise SflapError("a frame begins with *")
            return None
        mark, kind, sequence, length = HEADER.unpack_from(buffer, at)
        self._check(mark, kind, sequence, length)
        start = at + HEADER.size
        if len(buffer) - start < length:
            return None
        payload = bytes(buffer[start : start + length])
        self._at = start + length
        if self._at == len(buffer):
            buffer.clear()
            self._at = 0
        self._sequence = sequence
        if kind == Kind.DATA:
            payload = payload.rstrip(b"\0")
            if len(payload) > COMMAND_MAX:
                raise SflapError(f"a command has more than {COMMAND_MAX} bytes")
        return Frame(kind, sequence, payload)

    def _led(self) -> bool:
        buffer = self._buffer
        if not FLAPON.startswith(buffer[: len(FLAPON)]):
            raise SflapError("a connection begins with FLAPON")
        if len(buffer) < len(FLAPON):
            return False
        del buffer[: len(FLAPON)]
        self._lead = False
        return True

    def _check(self, mark: int, kind: int, sequence: int, length: int) -> None:
        if mark != MARK:
            raise SflapError("a frame begins with *")
        if not Kind.SIGNON <= kind <= Kind.KEEP_ALIVE:
            raise SflapError(f"there is no frame of type {kind}")
        if length > COMMAND_MAX + 1:
            raise SflapError(f"a command has more than {COMMAND_MAX} bytes")
        if self._sequence < 0:
            if kind != Kind.SIGNON:
                raise SflapError("the first frame is SIGNON")
        elif sequence != (self._sequence + 1) % MODULUS:
            raise SflapError(f"frame {sequence} came after frame {self._sequence}")


def signon_name(payload: bytes) -> bytes:
    """Return the name in a client's SIGNON payload; raises `SflapError`.

    Net::AIM sends it as typed, others normalised: it is not what decides who somebody is.
    """
    if len(payload) < 8 or payload[:4] != VERSION:
        raise SflapError("the version of SFLAP is 1")
    tag = int.from_bytes(payload[4:6], "big")
    size = int.from_bytes(payload[6:8], "big")
    name = payload[8 : 8 + size]
    if tag != NAME_TAG or len(name) != size:
        raise SflapError("SIGNON has the name")
    return name


def signon_payload(name: bytes) -> bytes:
    """Return what a client's SIGNON frame holds."""
    return VERSION + NAME_TAG.to_bytes(2, "big") + len(name).to_bytes(2, "big") + name


def pack(kind: int, sequence: int, payload: bytes) -> bytes:
    """Return one frame."""
    return HEADER.pack(MARK, kind, sequence % MODULUS, len(payload)) + payload


@cache
def _numbers() -> tuple[bytes, ...]:
    return tuple(number.to_bytes(2, "big") for number in range(MODULUS))


class Frames:
    """Frames for many clients at once: all but the numbers, which differ for each of them."""

    __slots__ = ("_parts", "_size")

    def __init__(self, parts: list[bytes], size: int) -> None:
        self._parts = parts
        self._size = size

    def __len__(self) -> int:
        return self._size

    @property
    def count(self) -> int:
        """How many frames there are."""
        return len(self._parts) // 2

    def numbered(self, sequence: int) -> bytes:
        """Return the bytes for a client whose next frame has this number."""
        parts = self._parts
        stop = sequence + len(parts) // 2
        numbers = _numbers()
        if stop <= MODULUS:
            parts[1::2] = numbers[sequence:stop]
        else:
            count = len(parts) // 2
            parts[1::2] = [numbers[(sequence + each) % MODULUS] for each in range(count)]
        return b"".join(parts)

    def payloads(self) -> list[bytes]:
        """Return what the frames hold, for tests and logs."""
        data, at, found = self.numbered(0), 0, []
        while at < len(data):
            size = HEADER.unpack_from(data, at)[3]
            found.append(data[at + HEADER.size : at + HEADER.size + size])
            at += HEADER.size + size
        return found

    @staticmethod
    def join(pieces: Sequence[Frames]) -> Frames:
        """Return the frames of all of these, in order."""
        if len(pieces) == 1:
            return pieces[0]
        parts: list[bytes] = [b""]
        for piece in pieces:
            parts[-1] += piece._parts[0]
            parts += piece._parts[1:]
        return Frames(parts, sum(piece._size for piece in pieces))


def frames(payloads: Iterable[bytes], kind: int = Kind.DATA) -> Frames:
    """Return frames with these payloads; raises `ValueError` for one that is too long."""
    parts: list[bytes] = [b""]
    size = 0
    for payload in payloads:
        if len(payload) > PAYLOAD_MAX:
            raise ValueError(f"a frame of {len(payload)} bytes")
        parts[-1] += bytes((MARK, kind))
        parts += [b"\0\0", len(payload).to_bytes(2, "big") + payload]
        size += HEADER.size + len(payload)
    return Frames(parts, size)
