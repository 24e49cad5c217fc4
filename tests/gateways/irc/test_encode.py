"""Fields to bytes: one line each, never longer than 512 bytes, never two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.codec import parse
from gateways.irc.encode import Unsendable, line, reply, room
from gateways.irc.numerics import (
    ERR_NEEDMOREPARAMS,
    ERR_UNKNOWNERROR,
    NUMERICS,
    RPL_AWAY,
    RPL_CHANNELMODEIS,
    RPL_GLOBALUSERS,
    RPL_LISTSTART,
    RPL_LOGGEDIN,
    RPL_WELCOME,
    RPL_WHOISUSER,
    RPL_WHOSPCRPL,
    Numeric,
)
from gateways.irc.tags import BadTag

texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_lines() -> None:
    assert line("PING") == b"PING\r\n"
    assert line("JOIN", "#a", source="n!u@h") == b":n!u@h JOIN #a\r\n"
    assert line("PRIVMSG", "#a", text="hi") == b"PRIVMSG #a :hi\r\n"
    assert line("TOPIC", "#a", text="") == b"TOPIC #a :\r\n"
    assert (
        line("QUIT", text="é", source="n", tags={"a": "b c"}) == b"@a=b\\sc :n QUIT :\xc3\xa9\r\n"
    )


@pytest.mark.parametrize("bad", ["", " ", "a b", ":a", "a\r", "a\nQUIT", "a\0", "\ud800"])
def test_bad_middles(bad: str) -> None:
    with pytest.raises(Unsendable):
        line("X", "a", bad, text="b")
    with pytest.raises(Unsendable):
        line("X", bad)


@pytest.mark.parametrize("bad", [" ", "a b", "a\r", "a\nQUIT", "a\0", "\ud800"])
def test_bad_commands_and_sources(bad: str) -> None:
    with pytest.raises(Unsendable):
        line(bad)
    with pytest.raises(Unsendable):
        line("X", source=bad)
    with pytest.raises(BadTag):
        line("X", tags={bad: "y"})
    for command in ("", ":X", "@X"):
        with pytest.raises(Unsendable):
            line(command)


@pytest.mark.parametrize("control", ["\r", "\n", "\0", "\r\nQUIT :"])
def test_text_can_start_no_second_line(control: str) -> None:
    data = line("PRIVMSG", "#a", text=f"x{control}y")
    assert data.count(b"\n") == data.count(b"\r") == 1
    assert b"\0" not in data
    assert parse(data[:-2]).params[1] == "x" + control.translate({13: 32, 10: 32, 0: 32}) + "y"


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(Unsendable):
        line("PRIVMSG", "#a", text="\ud800" * 300)


def test_what_is_too_long_is_cut_or_refused() -> None:
    data = line("PRIVMSG", "#a", text="\N{GRINNING FACE}" * 200, source="n!u@h", tags={"a": "b"})
    rest = data.partition(b" ")[2]
    assert 508 <= len(rest) <= 512
    assert set(parse(rest[:-2]).params[1]) == {"\N{GRINNING FACE}"}
    for middle, text in [("x" * 509, None), ("x" * 509, ""), ("x" * 507, "")]:
        with pytest.raises(Unsendable):
            line("X", middle, text=text)
    assert len(line("X", "x" * 506, text="cut")) == 512


@given(texts, st.sampled_from(["", "nick!user@host"]))
def test_any_text_makes_one_line_in_its_limit(text: str, source: str) -> None:
    data = line("PRIVMSG", "#a", text=text, source=source)
    assert len(data) <= 512
    assert data.endswith(b"\r\n")
    assert not set(data[:-2]) & {0, 10, 13}
    said = parse(data[:-2]).params[1]
    assert text.translate({0: 32, 10: 32, 13: 32}).startswith(said)
    fits = len(text.encode()) <= room("PRIVMSG", "#a", source=source)
    assert fits == (len(said) == len(text))


@given(st.lists(texts, max_size=4))
def test_middles_come_back_or_are_refused(middles: list[str]) -> None:
    try:
        data = line("X", *middles)
    except Unsendable:
        return
    assert parse(data[:-2]).params == middles


@pytest.mark.parametrize(
    ("numeric", "values", "said"),
    [
        (ERR_NEEDMOREPARAMS, ["JOIN"], "461 me JOIN :Not enough parameters"),
        (RPL_WELCOME, ["Net", "me"], "001 me :Welcome to the Net Network, me"),
        (RPL_AWAY, ["bob", "gone {fishing}"], "301 me bob :gone {fishing}"),
        (RPL_WHOISUSER, ["b", "u", "h", "Bob"], "311 me b u h * :Bob"),
        (RPL_LISTSTART, [], "321 me Channel :Users  Name"),
        (RPL_GLOBALUSERS, ["3", "9"], "266 me 3 9 :Current global users 3, max 9"),
        (RPL_LOGGEDIN, ["m!u@h", "acc"], "900 me m!u@h acc :You are now logged in as acc"),
        (RPL_CHANNELMODEIS, ["#a", "+n"], "324 me #a +n"),
        (RPL_CHANNELMODEIS, ["#a", "+kl", "x", "9"], "324 me #a +kl x 9"),
        (ERR_UNKNOWNERROR, ["A", "B", "why"], "400 me A B :why"),
        (ERR_UNKNOWNERROR, ["why"], "400 me :why"),
    ],
)
def test_replies(numeric: Numeric, values: list[str], said: str) -> None:
    assert reply(numeric, "irc.test", "me", *values) == f":irc.test {said}\r\n".encode()


def test_a_reply_with_another_text() -> None:
    data = reply(ERR_NEEDMOREPARAMS, "irc.test", "*", "JOIN", text="Which channel?")
    assert data == b":irc.test 461 * JOIN :Which channel?\r\n"
    assert reply(RPL_AWAY, "s", "me", "bob", text="x") == b":s 301 me bob :x\r\n"
    assert reply(RPL_WHOSPCRPL, "s", "me", "#a", "b", text="Bob B") == b":s 354 me #a b :Bob B\r\n"


@pytest.mark.parametrize("values", [[], ["a", "b"]])
def test_a_wrong_number_of_values(values: list[str]) -> None:
    with pytest.raises(ValueError):
        reply(ERR_NEEDMOREPARAMS, "irc.test", "me", *values)


@pytest.mark.parametrize("name", NUMERICS)
def test_every_row_makes_a_reply(name: str) -> None:
    row = NUMERICS[name]
    values = [f"v{at}" for at in range(len(row.names))]
    message = parse(reply(row, "irc.test", "me", *values)[:-2])
    assert message.command == row.number
    assert name.startswith("ERR_" if 400 <= int(row.number) < 600 else ("RPL_", "ERR_"))
    assert all(any(value in param for param in message.params) for value in values)


def test_numbers_are_unique() -> None:
    assert len({row.number for row in NUMERICS.values()}) == len(NUMERICS)
