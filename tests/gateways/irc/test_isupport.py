"""RPL_ISUPPORT lines (Modern IRC, RPL_ISUPPORT)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.codec import parse
from gateways.irc.isupport import TOKENS, Value, lines, token


def sent(tokens: dict[str, Value], client: str = "me") -> list[list[str]]:
    """Tokens of each line, after checking what stands around them."""
    found = []
    for data in lines(tokens, "irc.test", client):
        message = parse(data[:-2])
        assert message.command == "005"
        assert message.params[0] == client
        assert message.params[-1] == "are supported by this server"
        assert len(message.params) <= 15
        assert len(data) <= 512
        found.append(message.params[1:-1])
    return found


def test_tokens() -> None:
    assert sent(
        {"NETWORK": "My Net", "WHOX": None, "MODES": 20, "EXCEPTS": None, "INVEX": "I"}
    ) == [["NETWORK=My\\x20Net", "WHOX", "MODES=20", "EXCEPTS", "INVEX=I"]]
    assert token("NETWORK", "a\\b=c é") == "NETWORK=a\\x5Cb\\x3Dc\\x20é"
    assert token("STATUSMSG", "") == "STATUSMSG="


def test_13_tokens_a_line() -> None:
    samples: dict[str, Value] = {"text": "x", "number": 1, "flag": None, "letter": None}
    tokens = {name: samples[row.kind] for name, row in TOKENS.items()}
    found = sent(tokens)
    assert [len(line) for line in found[:-1]] == [13] * (len(found) - 1)
    assert [text.partition("=")[0] for line in found for text in line] == list(TOKENS)


@given(
    st.lists(st.text("x é\\=", max_size=120), max_size=20), st.text("n", min_size=1, max_size=60)
)
def test_long_values_make_more_lines(values: list[str], client: str) -> None:
    names = [name for name, row in TOKENS.items() if row.kind == "text"]
    tokens: dict[str, Value] = dict(zip(names, values, strict=False))
    found = [text for line in sent(tokens, client) for text in line]
    assert found == [token(name, value) for name, value in tokens.items()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOSUCH", None),
        ("WHOX", "x"),
        ("MODES", None),
        ("MODES", -1),
        ("MODES", "4"),
        ("NETWORK", 4),
        ("NETWORK", "a\nb"),
        ("NETWORK", "\0"),
    ],
)
def test_values_of_another_kind(name: str, value: Value) -> None:
    with pytest.raises(ValueError):
        token(name, value)


def test_nothing_to_say() -> None:
    assert sent({}) == []
