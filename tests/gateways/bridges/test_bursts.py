"""Much at once, and long texts: all of it arrives, in order, and nobody is kicked."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.rendering import CONTINUED, inside, lines
from gateways.bridges.network import Letter
from gateways.irc.formatting import RESET, canonical, parse
from tests.gateways.bridges.conftest import Stage, bridge_enters, irc_bridge, said
from tests.support.hub import HubProcess
from tests.support.ircds import Inspircd, Ngircd, Server
from words.client import Client as PbClient
from words.client import Login
from words.events import Span

NAME = "alice"
HEAD = f"<{NAME}> "
MORE = f"<{NAME}>{CONTINUED}"
TEXTS = st.text(
    st.one_of(
        st.sampled_from("a \n\tあ👩\u200d🔬e\u0301🇩🇪"),
        st.characters(exclude_categories=("Cc", "Cs")),
    ),
    min_size=1,
    max_size=2000,
)


def joined(found: list[str]) -> str:
    """Return the text that lines were made of, as a reader can tell."""
    text = ""
    for number, each in enumerate(found):
        line = each.removesuffix(RESET)
        if line.startswith(MORE):
            text += line.removeprefix(MORE)
        else:
            assert line.startswith(HEAD)
            text += ("\n" if number else "") + line.removeprefix(HEAD)
    return text


@given(TEXTS, st.integers(90, 500))
def test_lines_fit_and_give_the_text_back(text: str, room: int) -> None:
    made = lines(Letter("k", "#there", NAME, text=text), room)
    assert all(len(line.encode()) <= room for line in made)
    assert not any(line[-1] in " \t" for line in made)  # some servers would strip it
    assert joined(made) == text


@given(st.text("ab é", min_size=1, max_size=600), st.data())
def test_formatted_lines_give_text_and_spans_back(text: str, data: st.DataObject) -> None:
    ends = st.integers(0, len(text))
    pairs = data.draw(st.lists(st.tuples(ends, ends), max_size=3))
    styles = ("bold", "italic", "underline")
    spans = canonical(
        Span(min(pair), max(pair), style)  # type: ignore[arg-type]
        for style, pair in zip(styles, pairs, strict=False)
        if pair[0] != pair[1]
    )
    made = lines(Letter("k", "#there", NAME, text=text, spans=spans), 120)
    assert all(len(line.encode()) <= 120 for line in made)
    at = 0
    for number, line in enumerate(made):
        plain, found = parse(line.removeprefix(MORE if number else HEAD))
        assert found == canonical(inside(spans, at, at + len(plain)))
        assert text[at : at + len(plain)] == plain
        at += len(plain)
    assert at == len(text)


@given(st.lists(st.floats(0, 20), max_size=40))
def test_pacing_never_has_more_out_than_servers_bear(delays: list[float]) -> None:
    pacing, now = Pacing(), 0.0
    for delay in delays:
        while pacing.wait(now) is not None:
            pacing.sent(now)
            assert pacing.unconfirmed <= 10
        token = pacing.ask(now)
        now += delay
        assert pacing.answered(token, now)
        assert pacing.unconfirmed == 0
        assert 1 <= pacing.limit <= 10


LONG = "".join(
    f"{number} " + "zwölf Boxkämpfer 👩‍🔬 あいう\u0301\t " * 3 + ("\n\n" if number % 9 == 0 else "")
    for number in range(460)
).strip()
"""Some 60 KiB of letters, signs of several parts, tabs, blanks and empty lines."""


async def _say(hub: HubProcess, *texts: str) -> None:
    async with PbClient(hub.pb_url, Login(NAME, "secret")) as alice:
        await alice.chat.join("here")
        for text in texts:
            await alice.chat.say("here", text)


@pytest.mark.parametrize("kind", [Ngircd, Inspircd])
def test_a_text_of_60_kib_comes_over_whole(stage: Stage, kind: type[Server]) -> None:
    far = stage.server(kind)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port), chat={"max_body": "64KiB"})
    bridge_enters(zoe)
    hub.add_user(NAME, "secret")
    assert 60_000 < len(LONG.encode()) < 65_536
    asyncio.run(_say(hub, LONG, "the end"))
    heard = said(zoe, until=lambda heard: heard[-1:] == [f"hub: {HEAD}the end"])
    assert joined([each.removeprefix("hub: ") for each in heard[:-1]]) == LONG


@pytest.mark.parametrize(
    ("kind", "options", "count"),
    [
        pytest.param(Ngircd, {"penalty": "1"}, 60, marks=pytest.mark.soak),
        pytest.param(
            Inspircd,
            {"fakelag": "yes", "threshold": "10", "rate": "20000"},
            60,
            marks=pytest.mark.soak,
        ),
        (Inspircd, {"fakelag": "yes", "threshold": "200", "rate": "1000000"}, 1000),
    ],
)
def test_a_burst_arrives_at_a_server_that_holds_back(
    stage: Stage, kind: type[Server], options: dict[str, str], count: int
) -> None:
    far = stage.server(kind, **options)
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.send(*(f"PRIVMSG #here :{number}" for number in range(count)))
    heard = said(zoe, until=lambda heard: len(heard) == count)
    assert heard == [f"hub: <alice> {number}" for number in range(count)]
    assert not any(" QUIT " in line for line in zoe.log)


@pytest.mark.soak
def test_a_server_that_kicks_for_floods_gets_all_the_same(stage: Stage) -> None:
    """InspIRCd without fake lag ends whoever sends more than its threshold in a second."""
    far = stage.server(Inspircd, fakelag="no", threshold="5", rate="1000")
    zoe = stage.client(far.port, "zoe", "#there")
    hub = stage.hub(irc_bridge("far", far.port))
    bridge_enters(zoe)
    alice = stage.client(hub.irc_port, "alice", "#here")
    alice.send(*(f"PRIVMSG #here :{number}" for number in range(12)))
    heard = said(zoe, until=lambda heard: bool(heard) and heard[-1].endswith(" 11"))
    numbers = [int(each.rpartition(" ")[2]) for each in heard]
    assert sorted(set(numbers)) == list(range(12))
