"""Message tags (IRCv3 message-tags): escaping, duplicates, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.tags import BadTag, escape, parse, section, unescape

values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
keys = st.from_regex(r"\A\+?([a-z]+\.[a-z]+/)?[a-z0-9-]+\Z")


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        (r"a\:b", "a;b"),
        (r"\s\\\r\n", " \\\r\n"),
        (r"\a\b\1", "ab1"),
        ("end\\", "end"),
        ("\\", ""),
        (r"\\s", r"\s"),
        (r"\\\s", "\\ "),
        ("\\\N{SNOWMAN}", "\N{SNOWMAN}"),
    ],
)
def test_unescape(wire: str, value: str) -> None:
    assert unescape(wire) == value


def test_keys_are_opaque() -> None:
    assert parse("a=1;+a=2;x.org/a=3;+x.org/a=4;b;c=;d=e=f") == {
        "a": "1",
        "+a": "2",
        "x.org/a": "3",
        "+x.org/a": "4",
        "b": "",
        "c": "",
        "d": "e=f",
    }


def test_the_last_of_equal_keys_wins() -> None:
    assert parse("a=1;b=2;a=3;;=4") == {"a": "3", "b": "2"}


@given(values)
def test_escaped_values_come_back(value: str) -> None:
    wire = escape(value)
    assert not set(wire) & set(" ;\r\n\0")
    assert unescape(wire) == value


@given(st.dictionaries(keys, values, max_size=5))
def test_sections_come_back(tags: dict[str, str]) -> None:
    data = section(tags).decode()
    assert parse(data[1:-1]) == tags if tags else data == ""


@given(st.text())
def test_parse_takes_anything(data: str) -> None:
    assert all(parse(data).keys())


@pytest.mark.parametrize("key", ["", "a b", "a;b", "a=b", "é", "+", "a/", "a\n", "a\r\nQUIT", "\0"])
def test_bad_keys(key: str) -> None:
    with pytest.raises(BadTag):
        section({key: "x"})


def test_limits_and_surrogates() -> None:
    assert len(section({"a": "x" * 8187})) == 8191
    with pytest.raises(BadTag):
        section({"a": "x" * 8188})
    with pytest.raises(BadTag):
        section({"a": "\ud800"})
    assert section({"a": "x\0y", "b": ""}) == b"@a=xy;b "
