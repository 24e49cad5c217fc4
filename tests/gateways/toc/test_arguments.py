"""The argument reader against what real clients wrote, and against everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.arguments import Unsendable, message, parse, quote


@pytest.mark.parametrize(
    ("data", "values"),
    [
        # TiK: two blanks before the name; a blank at the end
        (b"toc_signon h 5190  tik 0x24", [b"h", b"5190", b"tik", b"0x24"]),
        (b'toc_send_im bot "hi" ', [b"bot", b"hi"]),
        (b'toc_send_im bot "hi" auto', [b"bot", b"hi", b"auto"]),
        # escapes in quotes; a quote that is escaped, and a blank after it
        (rb'toc_send_im bot "with \"quotes\" inside"', [b"bot", b'with "quotes" inside']),
        (rb'x "\$5 \{a\} \[b\] \(c\) \"q\" back\\slash"', [rb'$5 {a} [b] (c) "q" back\slash']),
        (rb"x a\ b c\\d", [b"a b", rb"c\d"]),
        (rb"x \\\$", [rb"\$"]),
        # braces, nested and escaped
        (b"toc_format_nickname {TIK USER}", [b"TIK USER"]),
        (b"toc_set_config {m 1\ng Buddies\nb x\n}\n", [b"m 1\ng Buddies\nb x\n"]),
        (b"x {a {b c} d} e", [b"a {b c} d", b"e"]),
        (rb"x {a \} b}", [b"a } b"]),
        (b'x "" {}', [b"", b""]),
        (b'x a"b" c{d', [b'a"b"', b"c{d"]),
        (b'x "line\nbreak"', [b"line\nbreak"]),
        # what isn't closed ends with the command
        (b'x "never closed', [b"never closed"]),
        (b"x {never {closed}", [b"never {closed}"]),
        (b'x "ends with \\', [b"ends with "]),
        (b"x y\\", [b"y\\"]),
        (b"", []),
        (b"  \n", []),
        (b"x", []),
        (b"x \xff\xfe", [b"\xff\xfe"]),
    ],
)
def test_arguments(data: bytes, values: list[bytes]) -> None:
    assert parse(data).values() == values


def test_the_name_is_in_lower_case_and_ascii() -> None:
    assert parse(b"TOC_Send_IM a b").name == "toc_send_im"
    assert parse(b"\xc3\xa4 a").name == "\ufffd\ufffd"
    assert parse(b"").name == ""


@pytest.mark.parametrize(
    ("data", "place", "value"),
    [
        (b"toc_chat_join 4 My Room", 1, b"My Room"),
        (b'toc_chat_join 4 "My Room"', 1, b"My Room"),
        (b"toc2_new_buddies g:Buddies\nb:x:x\n", 0, b"g:Buddies\nb:x:x\n"),
        (b"toc2_new_buddies {g:G\nb:x\n}", 0, b"g:G\nb:x\n"),
        (b'toc2_new_buddies "g:..\nb:..\n"', 0, b"g:..\nb:..\n"),
        (b"toc_chat_join 4", 1, b""),
    ],
)
def test_what_clients_forget_to_quote(data: bytes, place: int, value: bytes) -> None:
    assert parse(data).from_word(place) == value


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_what_is_quoted_comes_back(values: list[bytes]) -> None:
    data = b" ".join([b"toc_x", *map(quote, values)])
    command = parse(data)
    assert command.name == "toc_x"
    assert command.values() == values


@given(st.binary(max_size=200))
def test_nothing_makes_it_fail(data: bytes) -> None:
    command = parse(data)
    for place in range(len(command.words) + 1):
        command.from_word(place)


@given(st.text(alphabet='"{}\\ a\n', max_size=60))
def test_no_special_character_makes_it_fail(text: str) -> None:
    parse(text.encode())


def test_an_endless_quote_takes_no_endless_time() -> None:
    parse(b'x "' + b"\\" * 2048)
    parse(b"x " + b"{" * 2048)
    parse(b"x " + b'\\"' * 1024)


def test_messages_are_split_as_they_were_made() -> None:
    made = message("IM_IN", "Alice", "F", last="a:b::c")
    assert made.split(b":", 3) == [b"IM_IN", b"Alice", b"F", b"a:b::c"]
    assert message("PAUSE") == b"PAUSE"
    assert message("CONFIG", last="") == b"CONFIG:"
    assert message("X", last=b"a\0b\xff") == b"X:ab\xff"


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_no_field_becomes_two(fields: list[str], last: str) -> None:
    try:
        made = message("X", *(field.encode("utf-8", "replace") for field in fields), last="l")
    except Unsendable:
        assert any(":" in field for field in fields)
    else:
        assert made.count(b":") == len(fields) + 1
        assert b"\0" not in made
