"""Bytes to messages: limits, hostile bytes, and that the cuts of the network make no difference.

Sources: RFC 1459 2.3, Modern IRC "Messages", IRCv3 message-tags and utf8-only.
"""

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.codec import LineError, LineReader, Malformed, Message, NotUtf8, TooLong, parse
from gateways.irc.encode import line

SOAK = os.environ.get("WORDS_SOAK") == "1"
INPUTS = 10_000_000 if SOAK else 100_000

Outcome = Message | tuple[str, str]


def drain(reader: LineReader) -> list[Outcome]:
    """All that can be read now: messages, and refusals as (class, command)."""
    outcomes: list[Outcome] = []
    while True:
        try:
            raw = reader.pop()
            if raw is None:
                return outcomes
            outcomes.append(parse(raw))
        except LineError as error:
            outcomes.append((type(error).__name__, error.command))


def read(data: bytes) -> list[Outcome]:
    reader = LineReader()
    reader.feed(data)
    return drain(reader)


def read_in_pieces(data: bytes, cuts: list[int]) -> list[Outcome]:
    reader = LineReader()
    outcomes: list[Outcome] = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        reader.feed(data[start:end])
        outcomes += drain(reader)
    return outcomes


@pytest.mark.parametrize(
    ("raw", "command", "params"),
    [
        (b"PING x", "PING", ["x"]),
        (b"ping :x y", "PING", ["x y"]),
        (b"PRIVMSG #a ::-)", "PRIVMSG", ["#a", ":-)"]),
        (b"PRIVMSG #a :", "PRIVMSG", ["#a", ""]),
        (b"PRIVMSG #a : x ", "PRIVMSG", ["#a", " x "]),
        (b"  MODE   #a  +b  ", "MODE", ["#a", "+b"]),
        (b":someone!else@x QUIT :bye :now", "QUIT", ["bye :now"]),
        (b"JOIN #a:b,#c", "JOIN", ["#a:b,#c"]),
        (b"USER a 0 * :\xc3\x89milie", "USER", ["a", "0", "*", "Émilie"]),
        (b"A\tB c", "A\tB", ["c"]),
        (b"QUIT", "QUIT", []),
    ],
)
def test_parse(raw: bytes, command: str, params: list[str]) -> None:
    message = parse(raw)
    assert (message.command, message.params, message.tags()) == (command, params, {})


def test_parse_keeps_tags_before_a_source() -> None:
    message = parse(b"@label=7;+typing=active  :me TAGMSG #a")
    assert (message.command, message.params) == ("TAGMSG", ["#a"])
    assert message.tags() == {"label": "7", "+typing": "active"}


def test_a_letter_outside_ascii_makes_no_other_command() -> None:
    assert parse("paß x".encode()).command == "paß"


@pytest.mark.parametrize(
    "raw", [b" ", b":src", b":src ", b"@a=b", b"@a=b ", b":a :b", b" :x", b"@"]
)
def test_no_command(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse(raw)


@pytest.mark.parametrize("bad", [b"\0", b"\r"])
@pytest.mark.parametrize("raw", [b"PRIVMSG #a%s b :c", b"PRIVMSG #a :%s", b"@a=%s PRIVMSG #a :b"])
def test_nul_and_cr_are_refused(raw: bytes, bad: bytes) -> None:
    assert read(raw % bad + b"\r\nPING 1\n") == [("Malformed", "PRIVMSG"), Message("PING", ["1"])]


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80"]
)
def test_bytes_that_are_not_utf8_name_their_command(bad: bytes) -> None:
    for raw, command in [
        (b"privmsg #a :" + bad, "PRIVMSG"),
        (b"@x=" + bad + b" :me topic #a :y", "TOPIC"),
        (bad + b" #a", "*"),
        (b"A" * 33 + b" " + bad, "*"),
    ]:
        with pytest.raises(NotUtf8) as caught:
            parse(raw)
        assert caught.value.command == command


def test_ends_of_lines() -> None:
    assert read(b"\r\nA\nB\r\n\n\r\n\nC\r\nD") == [Message(name, []) for name in "ABC"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_512_bytes_and_one_more(end: bytes) -> None:
    fits = b"PRIVMSG #a :".ljust(510, b"x")
    assert len(read(fits + end)) == 1
    assert read(fits + b"x" + end + b"PING 1" + end) == [
        ("TooLong", "*"),
        Message("PING", ["1"]),
    ]


def test_limits_of_tags_and_of_the_rest_are_apart() -> None:
    tags = b"@a=".ljust(4095, b"x") + b" "
    rest = b"PRIVMSG #a :".ljust(510, b"y")
    (message,) = read(tags + rest + b"\r\n")
    assert isinstance(message, Message)
    assert len(message.tag_data) == 4094
    assert len(message.params[1]) == 510 - 12
    for tag_part, body in [
        (tags, rest + b"y"),
        (b"@x" + tags[1:], b"PING 1"),
        (b"@" + b"x" * 600, b""),
    ]:
        (refused,) = read(tag_part + body + b"\r\n")
        assert not isinstance(refused, Message)
        assert refused[0] == "TooLong"


@pytest.mark.parametrize("start", [b"", b"@a=", b"PRIVMSG #a :", b"\r", b"\0"])
def test_a_mebibyte_without_newline_costs_bounded_memory(start: bytes) -> None:
    reader = LineReader()
    reader.feed(start)
    outcomes = drain(reader)
    for _ in range(1 << 8):
        reader.feed(b"x" * (1 << 12))
        outcomes += drain(reader)
        assert reader.buffered < 4096 + 512
    assert outcomes == [("TooLong", "*")]
    reader.feed(b"still the same line\r\nPING 1\r\n")
    assert drain(reader) == [Message("PING", ["1"])]
    assert reader.buffered == 0


def test_buffered_counts_what_is_not_popped() -> None:
    reader = LineReader()
    reader.feed(b"PING 1\r\nPING 2\nPI")
    assert reader.buffered == 17
    assert reader.pop() == b"PING 1"
    assert reader.buffered == 9
    reader.feed(b"NG 3\n")
    assert [reader.pop(), reader.pop(), reader.pop()] == [b"PING 2", b"PING 3", None]
    assert reader.buffered == 0


def test_a_flood_of_newlines_is_one_step() -> None:
    reader = LineReader()
    reader.feed(b"\n\r\n" * 30_000 + b"PING 1\n")
    assert reader.pop() == b"PING 1"


SPECIAL = [
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b" ",
    b" :",
    b":",
    b"@",
    b";",
    b"=",
    b"\\",
    b"\x01",
    b"\x7f",
]
SPECIAL += [
    b"\xff",
    b"\xc3",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\t",
    b"\x02",
    b"\xe2\x80\xa8",
]
wire = st.lists(
    st.sampled_from([*SPECIAL, b"PRIVMSG #a", b"x" * 509, b"x" * 4094]) | st.binary(max_size=8)
).map(b"".join)


@given(wire, st.data())
def test_every_split_gives_the_same(data: bytes, draw: st.DataObject) -> None:
    cuts = draw.draw(st.lists(st.integers(0, len(data)), max_size=8).map(sorted))
    assert read_in_pieces(data, cuts) == read(data)


@given(wire)
def test_byte_by_byte_gives_the_same(data: bytes) -> None:
    assert read_in_pieces(data, list(range(1, len(data)))) == read(data) if data else True


CORPUS = [
    b"NICK ann\r\n",
    b"USER ann 0 * :Ann \xc3\x89tudiante\r\n",
    b"@label=12;+typing=active PRIVMSG #room,&other :hello\r\n",
    b"@+draft/reply=abc\\:\\s\\\\;x TAGMSG #room\r\n",
    b":ann!a@b PRIVMSG bob ::-) \xf0\x9f\x98\x80\r\n",
    b"MODE #room +ovb-k ann bob *!*@bad key\n",
    b"CAP REQ :message-tags server-time\r\n",
    b"AUTHENTICATE PLAIN\r\n",
    b"TOPIC #room :\r\n",
    b"@" + b"a=b;" * 1022 + b" PRIVMSG #room :" + b"y" * 480 + b"\r\n",
    b"PRIVMSG #room :" + b"z" * 494 + b"\r\n",
]


def mutated(source: random.Random) -> bytes:
    """A line of the corpus with a stretch replaced by something that is special to a parser."""
    base = source.choice(CORPUS[:9]) if source.random() < 0.97 else source.choice(CORPUS)
    start = int(source.random() * len(base))
    end = start + int(source.random() * 4)
    patch = source.choice(SPECIAL) if source.random() < 0.7 else source.randbytes(3)
    return base[:start] + patch + base[end:]


def check_message(message: Message) -> None:
    """What every handler may rely on, and that the encoder says it again."""
    assert message.command
    for value in (message.command, message.tag_data, *message.params):
        assert "\n" not in value
        assert "\r" not in value
        assert "\0" not in value
    assert " " not in message.command + message.tag_data + "".join(message.params[:-1])
    message.tags()
    if message.params:
        *middles, text = message.params
        again = line("X", *middles, text=text)
        assert len(again) <= 512
        said = parse(again[:-2]).params
        assert said[:-1] == middles
        assert text.startswith(said[-1])


@pytest.mark.timeout(0 if SOAK else 60)
def test_mutated_lines() -> None:
    """10^5 inputs (10^7 with WORDS_SOAK=1), the same ones in each run."""
    source = random.Random(1459)
    batch = 50
    for _ in range(INPUTS // batch):
        data = b"".join([mutated(source) for _ in range(batch)])
        whole = read(data)
        cuts = sorted(int(source.random() * len(data)) for _ in range(4))
        assert read_in_pieces(data, cuts) == whole
        for outcome in whole:
            if isinstance(outcome, Message):
                check_message(outcome)


@pytest.mark.parametrize("size", range(4604, 4612))
def test_the_longest_line_is_judged_alike_in_pieces(size: int) -> None:
    tags = b"@a=".ljust(4095, b"x") + b" "
    data = (tags + b"PING :").ljust(size, b"y") + b"\n"
    for cut in range(4600, len(data)):
        assert read_in_pieces(data, [cut]) == read(data)


def test_too_long_is_told_once_for_each_line() -> None:
    long = b"A" * 5000
    reader = LineReader()
    reader.feed(long + b"\n" + long + b"\n" + long)
    for _ in range(3):
        with pytest.raises(TooLong):
            reader.pop()
    assert reader.pop() is None
