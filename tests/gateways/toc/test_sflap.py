"""SFLAP: any split of the bytes gives the same frames, and what is none ends the connection."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.sflap import (
    COMMAND_MAX,
    FLAPON,
    MODULUS,
    PAYLOAD_MAX,
    Frame,
    FrameReader,
    Frames,
    Kind,
    SflapError,
    frames,
    pack,
    signon_name,
    signon_payload,
)

commands = st.binary(max_size=60).map(lambda data: data.rstrip(b"\0"))
numbers = st.integers(0, MODULUS - 1)


def read(*pieces: bytes) -> list[Frame]:
    reader = FrameReader()
    found: list[Frame] = []
    for piece in pieces:
        reader.feed(piece)
        while (frame := reader.pop()) is not None:
            found.append(frame)
    return found


def stream(first: int, payloads: list[bytes]) -> bytes:
    signon = pack(Kind.SIGNON, first, signon_payload(b"alice"))
    rest = (pack(Kind.DATA, first + at, data) for at, data in enumerate(payloads, 1))
    return FLAPON + signon + b"".join(rest)


@given(numbers, st.lists(commands, max_size=8), st.data())
def test_any_split_gives_the_same_frames(
    first: int, payloads: list[bytes], data: st.DataObject
) -> None:
    whole = stream(first, [payload + b"\0" for payload in payloads])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    pieces = [whole[a:b] for a, b in pairwise([0, *cuts, len(whole)])]
    expected = [
        Frame(Kind.DATA, (first + at) % MODULUS, payload) for at, payload in enumerate(payloads, 1)
    ]
    assert read(*pieces)[1:] == expected
    assert read(*(bytes([byte]) for byte in whole))[1:] == expected


@pytest.mark.parametrize("nuls", [0, 1, 3])
def test_a_command_may_end_with_any_number_of_nuls(nuls: int) -> None:
    assert read(stream(7, [b"toc_noop" + b"\0" * nuls]))[1].payload == b"toc_noop"


def test_a_command_of_2048_bytes_fits_and_one_more_does_not() -> None:
    fits = b"x" * COMMAND_MAX
    assert read(stream(1, [fits]))[1].payload == fits
    assert read(stream(1, [fits + b"\0"]))[1].payload == fits
    with pytest.raises(SflapError):
        read(stream(1, [fits + b"x"]))
    with pytest.raises(SflapError):  # refused by its header, before the rest has come
        read(stream(1, [fits + b"x\0"])[:-COMMAND_MAX])


@pytest.mark.parametrize("kind", [Kind.KEEP_ALIVE, Kind.SIGNOFF, Kind.ERROR, Kind.DATA])
def test_every_kind_counts_and_the_numbers_wrap(kind: Kind) -> None:
    data = stream(MODULUS - 1, []) + pack(kind, 0, b"") + pack(Kind.DATA, 1, b"a\0")
    assert [frame.sequence for frame in read(data)] == [MODULUS - 1, 0, 1]


@given(numbers, numbers)
def test_a_wrong_number_is_an_error(first: int, other: int) -> None:
    data = stream(first, []) + pack(Kind.DATA, other, b"toc_noop\0")
    if other == (first + 1) % MODULUS:
        assert len(read(data)) == 2
    else:
        with pytest.raises(SflapError):
            read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"FLAPOFF\r\n\r\n",
        b"FLAPON\n\n",
        b"\0",
        FLAPON + b"#",
        FLAPON + b"#\x01\0\0\0\0",
        FLAPON + b"*\x00\0\0\0\0",
        FLAPON + b"*\x06\0\0\0\0",
        FLAPON + pack(Kind.DATA, 1, b"toc_noop\0"),
        FLAPON + b"*\x01\0\0\xff\xff",
    ],
)
def test_what_is_no_sflap_is_an_error(data: bytes) -> None:
    with pytest.raises(SflapError):
        read(data)
    with pytest.raises(SflapError):
        read(*(bytes([byte]) for byte in data))


@given(st.binary(max_size=200))
def test_garbage_gives_frames_or_an_error_and_nothing_else(data: bytes) -> None:
    for start in (b"", FLAPON, stream(1, [])):
        try:
            read(start + data)
        except SflapError:
            continue


@given(st.binary(max_size=40))
def test_the_name_of_a_signon_comes_back(name: bytes) -> None:
    assert signon_name(signon_payload(name)) == name


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\0\0\0\2\0\1\0\1a",
        b"\0\0\0\1",
        b"\0\0\0\1\0\2\0\1a",
        b"\0\0\0\1\0\1\0\5a",
    ],
)
def test_a_signon_without_version_or_name_is_an_error(payload: bytes) -> None:
    with pytest.raises(SflapError):
        signon_name(payload)


@given(numbers, st.lists(st.binary(max_size=30), max_size=6), st.integers(0, 6))
def test_shared_frames_are_numbered_for_each_client(
    first: int, payloads: list[bytes], cut: int
) -> None:
    shared = Frames.join([frames(payloads[:cut]), frames(payloads[cut:])])
    expected = b"".join(pack(Kind.DATA, first + at, payload) for at, payload in enumerate(payloads))
    other = shared.numbered(first ^ 0x5555)
    assert shared.numbered(first) == expected
    assert len(shared) == len(expected) == len(other)
    assert shared.count == len(payloads)
    assert shared.payloads() == payloads


def test_joining_leaves_the_pieces_as_they_were() -> None:
    one, other = frames([b"a"]), frames([b"b"])
    before = one.numbered(1), other.numbered(1)
    Frames.join([one, other, one]).numbered(9)
    assert (one.numbered(1), other.numbered(1)) == before


def test_no_frame_outgrows_8192_bytes() -> None:
    assert len(frames([b"x" * PAYLOAD_MAX])) == 8192
    with pytest.raises(ValueError, match="8187"):
        frames([b"x" * (PAYLOAD_MAX + 1)])
