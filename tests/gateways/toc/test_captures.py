"""What five real clients sent, once more, in any cut: the same answers each time.

The recordings (captures/) are of TiK, TNT of 2000 and of today, Net::AIM and naim against a
simple server; the client's side is played as it was, byte for byte.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from gateways.toc.sflap import FLAPON, MODULUS, Kind, pack
from tests.support.hub import HubProcess
from tests.support.toc import TocClient
from words.admin.client import ask

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.jsonl"))
BOT = "tocbot"
PASSWORD = "password"
CONFIG = {"limits": {"flood": {"burst": 1000000}}, "irc": {"enabled": False}}


class Capture(NamedTuple):
    """One recording: the name that signs on, and all that the client sent."""

    name: str
    sent: list[bytes]


def read(path: Path) -> Capture:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    sent = [FLAPON]
    name, last = "", 0
    for line in lines:
        if line["dir"] == "C>S" and "raw" not in line:
            last = line["seq"]
            data = bytes.fromhex(line["hex"])
            sent.append(pack(line["type"], last, data))
            if line["type"] == Kind.SIGNON:
                name = data[8:].decode()
    sent.append(pack(Kind.DATA, (last + 1) % MODULUS, b"toc_get_status the-end\0"))
    return Capture(name, sent)


@pytest.fixture(scope="module")
def replay_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a hub with everybody of the recordings."""
    hub = HubProcess(tmp_path_factory.mktemp("replay"), CONFIG).start()
    for name in (BOT, *(read(path).name for path in CAPTURES)):
        ask(hub.data / "admin.sock", "user-add", {"name": name, "password": PASSWORD})
    yield hub
    hub.kill()
    assert "Traceback" not in hub.log


@pytest.fixture
def bot(replay_hub: HubProcess) -> Iterator[TocClient]:
    """Return the one with whom they all talk."""
    with TocClient(replay_hub.toc_port).sign_on(BOT, PASSWORD) as client:
        yield client


def play(hub: HubProcess, pieces: list[bytes]) -> tuple[list[str], TocClient]:
    client = TocClient(hub.toc_port)
    for piece in pieces:
        client.send_bytes(piece)
    answers: list[str] = []
    while (data := client.read()) is not None and data != b"ERROR:901:the-end":
        answers.append(data.decode("latin-1"))
    assert not client.ended, answers
    return [steady(each) for each in answers], client


def steady(answer: str) -> str:
    """Return an answer without what is another time each time."""
    answer = re.sub(r"(UPDATE_BUDDY2?:[^:]*:T:\d+):\d+:", r"\1:TIME:", answer)
    answer = re.sub(r"(USER_INFO:[^:]*:T:\d+):\d+:", r"\1:TIME:", answer)
    return re.sub(r"cookie=.*", "cookie=TOKEN", answer)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_a_client_of_the_time_is_answered_however_its_bytes_are_cut(
    path: Path, replay_hub: HubProcess, bot: TocClient
) -> None:
    name, sent = read(path)
    whole = b"".join(sent)
    chance = random.Random(path.stem)
    cuts = sorted(chance.sample(range(1, len(whole)), 60))
    ways = [
        sent,
        [whole],
        [bytes([byte]) for byte in whole],
        [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)],
    ]
    results = []
    for pieces in ways:
        clear(replay_hub, name)
        answers, client = play(replay_hub, pieces)
        client.close()
        results.append(answers)
        bot.expect(f"IM_IN:{name}:F:hello")
    assert results[0] == results[1] == results[2] == results[3]
    check(name, results[0], any(b"toc2_" in each for each in sent))


def clear(hub: HubProcess, name: str) -> None:
    """Leave nothing of an earlier play: contacts, modes, the form of the name."""
    with TocClient(hub.toc_port).sign_on(name, PASSWORD) as client:
        client.command("toc_set_config {}")
        client.command("toc2_del_group Buddies")
        client.command("toc2_set_pdmode 4")
        client.command(f"toc_format_nickname {name}")
        client.sync()


def check(name: str, answers: list[str], second: bool) -> None:
    """Check what section 5 of the protocol's notes calls good."""
    assert answers[0] == ("SIGN_ON:TOC2.0" if second else "SIGN_ON:TOC1.0")
    assert {each.split(":")[0] for each in answers[1:3]} == {
        "CONFIG2" if second else "CONFIG",
        "NICK",
    }
    heads = [each.split(":")[0] for each in answers]
    for wanted in ("CHAT_JOIN", "CHAT_UPDATE_BUDDY", "CHAT_LEFT"):
        assert heads.count(wanted) == 1, answers
    assert heads.index("CHAT_JOIN") < heads.index("CHAT_UPDATE_BUDDY")
    said = "CHAT_IN_ENC" if second else "CHAT_IN"
    number = answers[heads.index("CHAT_JOIN")].split(":")[1]
    assert number != "0"
    assert any(each.startswith(f"{said}:{number}:{name}:F:") for each in answers)
    updates = [each for each in answers if each.startswith(("UPDATE_BUDDY", "UPDATE_BUDDY2"))]
    assert any(f":{BOT}:T:0:TIME:0: O " in each for each in updates), answers
    if "toc_get_info" in answers:
        assert "GOTO_URL:TIC:info?user=tocbot&cookie=TOKEN" in answers
