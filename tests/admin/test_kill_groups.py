"""SIGKILL amid changes of passwords, groups and messages: what was said to be done is done."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.killing import kill_amid
from words.admin.client import NoHub, RefusedThere, ask

ROUNDS = 3
MOST_ROUNDS = 10
LONGEST = 0.4
"""Seconds of work before the hub is killed, times the round: a loaded machine does less in them."""


class Founder:
    """An identity whose password, group and messages change, one after the other."""

    def __init__(self, hub: HubProcess, name: str) -> None:
        self._hub = hub
        self._path = hub.data / "admin.sock"
        self.name = name
        self.passwords: list[str] = []
        """What was said to be set, the last one last, and after it what may have been."""
        self.told = 0
        self.topic = self.asked_topic = ""
        self.founder = False
        self.bans: set[str] = set()
        self.redacted: set[str] = set()

    def _do(self, verb: str, **arguments: Any) -> Any:
        try:
            return ask(self._path, verb, arguments)
        except RefusedThere as error:
            if error.there == "no-answer":
                raise EOFError from error
            raise

    def work(self) -> None:
        """Go on until the hub is gone."""
        with suppress(NoHub, EOFError, OSError):
            self.passwords = ["first"]
            self._do("user-add", name=self.name, password="first")
            self.told = 1
            with Client(self._hub.irc_port) as client:
                client.register(self.name, caps="echo-message message-tags", password="first")
                client.join(f"#{self.name}")
                while True:
                    self._one_round(client)

    def _one_round(self, client: Client) -> None:
        number = len(self.passwords)
        self.passwords.append(f"password {number}")
        if number % 2:
            self._do("user-passwd", name=self.name, password=self.passwords[-1])
        else:
            code = self._do("user-reset-link", name=self.name)["code"]
            self._do("user-reset", code=code, password=self.passwords[-1])
        self.told = len(self.passwords)
        self._set("founder", self.name)
        self.founder = True
        self.asked_topic = f"topic {number}"
        self._set("topic", self.asked_topic)
        self.topic = self.asked_topic
        self._set("ban", f"bad{number}!*@*")
        self.bans.add(f"bad{number}!*@*")
        client.send(f"PRIVMSG #{self.name} :secret {number}")
        said = client.expect("PRIVMSG").tags["msgid"]
        self._do("history-redact", name=said, why="secret")
        self.redacted.add(said)

    def _set(self, setting: str, value: str) -> None:
        self._do("group-set", name=self.name, changes=[{"setting": setting, "value": value}])

    def check(self) -> None:
        """Look whether all is as it was said to be; what was under way may be done."""
        if not self.told:
            return
        possible = self.passwords[self.told - 1 :]
        assert any(self._logs_in(password) for password in possible)
        assert not any(self._logs_in(password) for password in self.passwords[: self.told - 1])
        if not self.founder:
            return
        shown = self._do("group-show", name=self.name)
        assert shown["founder_name"] == self.name
        assert shown["topic"] in (self.topic, self.asked_topic)
        assert set(shown["lists"]["ban"]) >= self.bans
        for event in self._do("history-page", group=self.name):
            assert event["msgid"] not in self.redacted or "secret" not in str(event)

    def _logs_in(self, password: str) -> bool:
        with Client(self._hub.irc_port) as client:
            client.capabilities("sasl")
            return client.sasl_plain(self.name, password).command == "903"


def test_what_is_said_to_be_done_is_done(new_hub: Callable[..., HubProcess]) -> None:
    chance = random.Random(1)
    hub = new_hub().start()
    done = round_ = 0
    while round_ < ROUNDS or not done:
        assert round_ < MOST_ROUNDS, "nothing was ever done"
        round_ += 1
        founders = [Founder(hub, f"r{round_}n{number}x") for number in range(2)]
        kill_amid(hub, [one.work for one in founders], round_ * chance.uniform(0.1, LONGEST))
        for one in founders:
            one.check()
            done += len(one.redacted)
