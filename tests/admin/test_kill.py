"""SIGKILL at random moments of administration: what was said to be done is done after a restart."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.support.hub import HubProcess
from tests.support.killing import kill_amid
from words.admin.client import NoHub, RefusedThere, ask

ROUNDS = 3
LONGEST = 0.4
"""Seconds of administration before the hub is killed: dozens of acts."""


class Administrator:
    """Does one thing after the other, and remembers what it was told is done."""

    def __init__(self, hub: HubProcess, name: str) -> None:
        self._path = hub.data / "admin.sock"
        self._name = name
        self._count = 0
        self.users: dict[str, dict[str, Any]] = {}
        self.bans: set[str] = set()
        self.acts = 0

    def work(self) -> None:
        """Go on until the hub is gone."""
        with suppress(NoHub, RefusedThere):
            while True:
                self._one_round()

    def _do(self, verb: str, **arguments: Any) -> Any:
        done = ask(self._path, verb, arguments)
        self.acts += 1
        return done

    def _one_round(self) -> None:
        self._count += 1
        name = f"{self._name}{self._count}"
        self._do("user-add", name=name, password="x")
        self.users[name] = kept = {"suspended": False, "rights": [], "labels": []}
        self._do("user-suspend", name=name)
        kept["suspended"] = True
        self._do("user-rights", name=name, add=["bans"])
        kept["rights"] = ["bans"]
        self._do("app-password-add", name=name, label="phone")
        kept["labels"] = ["phone"]
        self._do("ban-add", target=name)
        self.bans.add(f"{name}!*@*")
        if self._count % 3 == 0:
            self._do("user-remove", name=name)
            del self.users[name]
            self._do("ban-remove", target=name)
            self.bans.discard(f"{name}!*@*")

    def check(self) -> None:
        """Look whether all is as it was said to be; what was under way may be further."""
        for name, kept in self.users.items():
            try:
                shown = ask(self._path, "user-show", {"name": name})
            except RefusedThere:
                assert name == f"{self._name}{self._count}"  # its removal came to pass, unheard
                continue
            assert shown["suspended"] >= kept["suspended"]
            assert set(shown["rights"]) >= set(kept["rights"])
            assert {one["label"] for one in shown["app_passwords"]} >= set(kept["labels"])
        listed = {one["target"] for one in ask(self._path, "ban-list", {})}
        assert len(self.bans - listed) <= 1  # one may be gone, unheard
        assert all(f"{self._name}{self._count}!" in target for target in self.bans - listed)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_said_to_be_done_is_done(new_hub: Callable[..., HubProcess], seed: int) -> None:
    chance = random.Random(seed)
    hub = new_hub().start()
    acts = 0
    for round_ in range(ROUNDS):
        administrators = [Administrator(hub, f"r{round_}n{number}x") for number in range(3)]
        kill_amid(hub, [one.work for one in administrators], chance.uniform(0.05, LONGEST))
        for one in administrators:
            one.check()
            acts += one.acts
        noted = ask(hub.data / "admin.sock", "acts", {"limit": 1000})
        assert len(noted) >= min(acts, 1000)
    assert acts > ROUNDS
