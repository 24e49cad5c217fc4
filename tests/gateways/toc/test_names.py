"""Names: what TOC can't carry is written so that it comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateways.toc.names import group, meant, normal, room, shown, squashed


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_name_comes_back(name: str) -> None:
    field = shown(name)
    assert not set(field) & set(": \0\r\n")
    if not any(char.isspace() and char > "\x7f" for char in name):
        assert meant(field.encode()) == name


def test_our_own_names_are_as_they_are() -> None:
    for name in ("alice", "Foo_Bar[x]", "`a^{|}-", "Jürgen", "日本"):
        assert shown(name) == name
        assert meant(name.encode()) == name


def test_names_of_clients() -> None:
    assert meant(b"Toc  Bot ") == "TocBot"
    assert meant(b"@sean=3Amatrix.org") == "@sean:matrix.org"
    assert meant(b"\xe4") == "ä"
    assert normal("Toc Bot") == "tocbot"
    assert squashed("Foo_Bar[1]") == "foobar1"


def test_rooms() -> None:
    assert group(b"My   Room") == group(b" My Room ") == "My_Room"
    assert group(b"#lobby") == "lobby"
    assert group(room("a=b").encode()) == "a=b"
    assert len(group(b"x" * 1000)) == 100
