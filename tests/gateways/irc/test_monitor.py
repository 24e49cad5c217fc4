"""MONITOR and extended-monitor. Source: IRCv3 monitor, extended-monitor."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import PASSWORD, Crowd
from tests.support.irc import Client, codes, words
from tests.support.toc import TocClient


def test_isupport_says_how_many(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    assert " MONITOR=100 " in " ".join(line.raw for line in ann.ask("VERSION")) + " "


def test_adding_says_who_is_here(crowd: Crowd) -> None:
    """'Adds the given list of targets'; RPL_MONONLINE (730) with hosts, RPL_MONOFFLINE (731)."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    gone, mask = crowd.name("gone"), f"*!{ben.nick}@*"
    lines = ann.ask(f"MONITOR + {ben.nick.upper()},{gone},{mask},{gone}")
    host = ben.ask(f"PRIVMSG {ben.nick} :x")[-1].source
    assert words(lines) == [("730", ann.nick, host), ("731", ann.nick, gone)]
    assert ann.ask(f"MONITOR - {gone},never-there") == []
    assert words(ann.ask("MONITOR L")) == [
        ("732", ann.nick, ben.nick.upper()),
        ("733", ann.nick, "End of MONITOR list"),
    ]
    assert words(ann.ask("monitor s")) == [("730", ann.nick, host)]
    assert ann.ask("MONITOR C") == []
    assert codes(ann.ask("MONITOR L", "MONITOR S")) == ["733"]


def test_coming_going_and_renaming(crowd: Crowd) -> None:
    ann, ben = crowd.client("ann"), crowd.client("ben")
    cat, dan = crowd.name("cat"), crowd.name("dan")
    ann.ask(f"MONITOR + {cat},{dan}")
    ben.ask(f"NICK {cat}")
    host = ben.ask(f"PRIVMSG {cat} :x")[-1].source
    assert words(ann.sync()) == [("730", ann.nick, host)]
    ben.ask(f"NICK {cat.upper()}")
    assert ann.sync() == []
    ben.ask(f"NICK {dan}")
    lines = ann.sync()
    assert codes(lines) == ["731", "730"]
    assert [line.text.partition("!")[0] for line in lines] == [cat.upper(), dan]
    ann.ask(f"MONITOR - {cat}")
    ben.quit()
    crowd.client("cat")
    assert words(ann.sync()) == [("731", ann.nick, dan)]


def test_it_ends_with_the_connection(crowd: Crowd) -> None:
    ann, ben = crowd.client("ann"), crowd.client("ben")
    ann.ask(f"MONITOR + {ben.nick}")
    ann.quit()
    ben.quit()
    again = crowd.client("ann")
    assert codes(again.ask("MONITOR L")) == ["733"]


def test_a_full_list(crowd: Crowd) -> None:
    """ERR_MONLISTFULL (734) names those that couldn't be added."""
    ann = crowd.client("ann")
    for start in range(0, 100, 20):
        ann.ask("MONITOR + " + ",".join(f"n{number}" for number in range(start, start + 20)))
    assert words(ann.ask("MONITOR + n5,one,two")) == [
        ("731", ann.nick, "n5"),
        ("734", ann.nick, "100", "one,two", "Monitor list is full."),
    ]
    names = [line.text for line in ann.ask("MONITOR L")[:-1]]
    assert len(",".join(names).split(",")) == 100
    assert all(len(line.raw) <= 510 for line in ann.ask("MONITOR S"))


def test_people_of_other_networks_can_be_watched(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    assert words(ann.ask("MONITOR + zoe/libera,/x,zoe/,a/b/c")) == [
        ("731", ann.nick, "zoe/libera"),
    ]


@pytest.mark.parametrize(("line", "code"), [
    ("MONITOR", "461"), ("MONITOR +", "461"), ("MONITOR + ,", "461"), ("MONITOR x a", "400"),
])  # fmt: skip
def test_bad_input(crowd: Crowd, line: str, code: str) -> None:
    assert crowd.client("ann").one(line).command == code


def test_an_identity_with_two_clients_comes_and_goes_once(crowd: Crowd) -> None:
    ann, account = crowd.client("ann"), crowd.account("mia")
    ann.ask(f"MONITOR + {account}")
    first, second = crowd.login(account), crowd.login(account)
    assert codes(ann.sync()) == ["730"]
    first.quit()
    assert ann.sync() == []
    second.quit()
    assert codes(ann.sync()) == ["731"]


def test_whoever_comes_by_another_protocol(crowd: Crowd) -> None:
    ann, account = crowd.client("ann", "extended-monitor away-notify"), crowd.account("mia")
    ann.ask(f"MONITOR + {account}")
    toc = TocClient(crowd.hub.toc_port).sign_on(account, PASSWORD)
    assert [line.text.partition("!")[0] for line in ann.sync()] == [account]
    toc.ask("toc_set_away", "gone fishing")
    assert words(ann.sync()) == [("AWAY", "gone fishing")]
    toc.close()
    assert words([ann.expect("731")]) == [("731", ann.nick, account)]


CHANGES = "extended-monitor away-notify account-notify setname chghost sasl"


def changed(watcher: Client, other: Client, account: str) -> list[str]:
    """Return what a watcher is told of another's changes."""
    other.ask("AWAY :out", "AWAY", "SETNAME :New Name")
    other.sasl_plain(account, PASSWORD)
    other.sync()
    return codes(watcher.sync())


def test_extended_monitor(crowd: Crowd) -> None:
    """AWAY, ACCOUNT, SETNAME for monitored nicks; each only with its own capability."""
    account = crowd.account("mia")
    ann, bob, cat = (crowd.client(n, c) for n, c in (
        ("ann", CHANGES), ("bob", "away-notify setname"), ("cat", "extended-monitor setname"),
    ))  # fmt: skip
    ben = crowd.client("ben", "sasl")
    for each in (ann, bob, cat):
        each.ask(f"MONITOR + {ben.nick}")
    assert changed(ann, ben, account) == ["AWAY", "AWAY", "SETNAME", "ACCOUNT"]
    assert bob.sync() == []
    assert codes(cat.sync()) == ["SETNAME"]
    ann.ask("CAP REQ -extended-monitor")
    ben.ask("AWAY :again")
    assert ann.sync() == []


def test_who_shares_a_channel_is_told_once(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben", caps="extended-monitor away-notify")
    ann.ask(f"MONITOR + {ben.nick}")
    ben.ask("AWAY :out")
    assert codes(ann.sync()) == ["AWAY"]
