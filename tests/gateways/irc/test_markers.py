"""MARKREAD. Source: IRCv3 draft/read-marker."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, codes, words

CAPS = "draft/read-marker server-time echo-message message-tags"


def _time(client: Client, target: str) -> str:
    return f"timestamp={client.ask(f'PRIVMSG {target} :x')[-1].tags['time']}"


def test_joining(crowd: Crowd) -> None:
    """After the JOIN and before RPL_ENDOFNAMES: "*" where nothing was read."""
    ann = crowd.client("ann", CAPS)
    lines = ann.join(crowd.channel)
    order = [code for code in codes(lines) if code in ("JOIN", "MARKREAD", "366")]
    assert order == ["JOIN", "MARKREAD", "366"]
    assert words(lines, "MARKREAD") == [("MARKREAD", crowd.channel, "*")]
    assert "MARKREAD" not in codes(crowd.client("ben").join(crowd.channel))


def test_set_and_get(crowd: Crowd) -> None:
    """A set is answered with what is stored now; it never goes back."""
    ann, ben = crowd.inside("ann", "ben", caps=CAPS)
    for target in (crowd.channel, ben.nick):
        early = _time(ann, target)
        late = _time(ann, target)
        assert ann.one(f"MARKREAD {target} {late}").words == ("MARKREAD", target, late)
        assert ann.one(f"MARKREAD {target}").words == ("MARKREAD", target, late)
        assert ann.one(f"MARKREAD {target} {early}").words == ("MARKREAD", target, late)
        assert ann.one(f"MARKREAD {target}").words == ("MARKREAD", target, late)
    assert ben.sync()[-1].command == "PRIVMSG"  # "MUST NOT be disclosed to other users"
    assert ben.one(f"MARKREAD {crowd.channel}").params[1] == "*"


def test_any_time_that_has_come(crowd: Crowd) -> None:
    """To "clamp it between the last read timestamp and the current time": also between messages."""
    (ann,) = crowd.inside("ann", caps=CAPS)
    past, later = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2999-01-01T00:00:00.000Z"
    for target in crowd.channel, crowd.client("ben").nick:
        assert ann.one(f"MARKREAD {target} {past}").params[1] == past
        assert ann.one(f"MARKREAD {target}").params[1] == past
    now = ann.one(f"MARKREAD {crowd.channel} {later}").params[1]
    assert _time(ann, crowd.channel) >= now > past
    assert ann.one(f"MARKREAD {crowd.channel} {past}").params[1] == now


def test_nothing_read(crowd: Crowd) -> None:
    ann = crowd.client("ann", CAPS)
    for target in (crowd.client("ben").nick, "nobody"):
        assert ann.one(f"MARKREAD {target}").words == ("MARKREAD", target, "*")


def test_synced_to_ones_other_clients(crowd: Crowd) -> None:
    """All clients of the user are told, if they asked; and those who come later."""
    account = crowd.account("ann")
    one, two, plain = (crowd.login(account, caps) for caps in (CAPS, CAPS, "server-time"))
    one.join(crowd.channel)
    when = _time(one, crowd.channel)
    two.sync(), plain.sync()
    told = one.one(f"MARKREAD {crowd.channel} {when}")
    (heard,) = two.sync()
    assert (heard.words, heard.source) == (told.words, told.source)
    assert plain.sync() == []
    three = crowd.raw()
    three.capabilities("draft/read-marker sasl")
    three.sasl_plain(account, "sesame street")
    three.send(f"NICK {account}", "USER x 0 * :x", "CAP END")
    assert three.expect("MARKREAD", crowd.channel).words == told.words
    three.expect("366")
    when = _time(one, crowd.channel)
    one.ask(f"MARKREAD {crowd.channel} {when}")
    assert two.sync()[-1].words == ("MARKREAD", crowd.channel, when)
    assert two.sync() == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS"),
        ("MARKREAD {0} *", "INVALID_PARAMS"),
        ("MARKREAD {0} 2026-01-01T00:00:00.000Z", "INVALID_PARAMS"),
        ("MARKREAD {0} timestamp=yesterday", "INVALID_PARAMS"),
        ("MARKREAD {0} timestamp=2026-13-01T00:00:00.000Z", "INVALID_PARAMS"),
        ("MARKREAD nobody timestamp=2026-01-01T00:00:00.000Z", "INVALID_PARAMS"),
        ("MARKREAD #nowhere timestamp=2026-01-01T00:00:00.000Z", "INTERNAL_ERROR"),
        ("MARKREAD #nowhere", "INTERNAL_ERROR"),
    ],
)
def test_errors(crowd: Crowd, line: str, code: str) -> None:
    (ann,) = crowd.inside("ann", caps=CAPS)
    assert ann.one(line.format(crowd.channel)).words[:3] == ("FAIL", "MARKREAD", code)
