"""Hub-wide bans: what fits whom, and how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.domain import World
from words.chat.bans import MOST, Bans, Barred, normal_target
from words.errors import BadInput, NotFound, TooMany
from words.events import Actor
from words.journal.journal import Journal
from words.storage.store import Store

ANN = Actor(1, "Ann", "~ann", "x1.hidden")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = Store(tmp_path / "words.db", durability="process")
    yield Journal(store)
    store.close()


@pytest.mark.parametrize(
    ("target", "address", "fits"),
    [
        ("ann", "1.2.3.4", True),
        ("ANN!*@*", "", True),
        ("*@x1.hidden", "", True),
        ("ann?", "1.2.3.4", False),
        ("1.2.3.4", "1.2.3.4", True),
        ("1.2.3.0/24", "1.2.3.4", True),
        ("1.2.3.4/24", "1.2.3.99", True),
        ("1.2.4.0/24", "1.2.3.4", False),
        ("2001:db8::/32", "2001:db8::7", True),
        ("2001:db8::/32", "1.2.3.4", False),
        ("2001:db8::/32", "local", False),
    ],
)
def test_who_fits(journal: Journal, target: str, address: str, fits: bool) -> None:
    bans = Bans(journal, lambda: 1000)
    bans.add(target, "why", "ben")
    assert (bans.of(ANN, address) is not None) == fits
    journal.store.commit()
    again = Bans(journal, lambda: 2000)
    assert again.list() == bans.list()
    if fits:
        with pytest.raises(Barred, match="why"):
            again.require(ANN, address)
    else:
        again.require(ANN, address)
    bans.remove(target.upper())
    assert bans.of(ANN, address) is None
    assert Bans(journal, lambda: 3000).list() == []
    with pytest.raises(NotFound):
        bans.remove(target)


def test_they_end_in_time(journal: Journal) -> None:
    now = 1000
    bans = Bans(journal, lambda: now)
    bans.add("1.2.3.4", "", "", 10)
    bans.add("ann", "", "", 20)
    now += 9_999
    assert bans.of(ANN, "1.2.3.4")
    assert len(bans.list()) == 2
    now += 2
    assert bans.of(None, "1.2.3.4") is None
    assert [ban.target for ban in bans.list()] == ["ann!*@*"]
    now += 10_000
    assert bans.of(ANN, "1.2.3.4") is None
    bans.add("ben", "", "")
    assert journal.store.read("SELECT target FROM bans") == [("ben!*@*",)]


@pytest.mark.parametrize("target", ["", "*", "*!*@*", "??*", "a b", "\ud800", "0.0.0.0/0", "::/0"])
def test_what_can_be_no_ban(target: str) -> None:
    with pytest.raises(BadInput):
        normal_target(target)


def test_there_are_not_too_many(journal: Journal) -> None:
    bans = Bans(journal, lambda: 1000)
    for number in range(MOST):
        bans.add(f"user{number}", "", "")
    with pytest.raises(TooMany):
        bans.add("more", "", "")


def test_accounts_are_banned_on_every_way_in(world: World) -> None:
    """By their own name, as another, and when a guest logs in; a ban of guests lets accounts in."""
    world.identity("ann")
    ban = world.do(world.service.bans.add, "account:A*", "loud", "test")
    assert ban.target == "account:a*"
    with pytest.raises(Barred, match="loud"):
        world.login("ann")
    with pytest.raises(Barred):
        world.guest("other", account="ann")
    guest = world.guest("ann2")
    world.do(guest.mark_account, "ben")
    assert world.memories[guest].closed == ""
    world.do(guest.mark_account, "ann")
    assert world.memories[guest].closed == "Banned: loud"
    world.do(world.service.bans.remove, "account:A*")
    world.do(lambda: world.service.bans.add("*@host", "proxies", "test", guests=True))
    world.login("ann")
    with pytest.raises(Barred, match="proxies"):
        world.guest("cat")


@pytest.mark.parametrize("target", ["account:", "account:*", "account:?*"])
def test_nobody_bans_all_accounts(target: str) -> None:
    with pytest.raises(BadInput):
        normal_target(target)
