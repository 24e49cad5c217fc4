"""Who believes what he is told knows who is where, with which roles, and what the modes are.

Each client keeps a picture of its channels by JOIN, PART, KICK, QUIT, NICK, MODE, TOPIC and RENAME
alone, as clients do; NAMES, MODE and TOPIC must say the same. Source: Modern IRC, JOIN message.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from gateways.irc.names import CHANMODES, ROLE_LETTERS, ROLE_SIGNS
from tests.gateways.irc.conftest import Crowd
from tests.support.irc import Client, Line

LISTS, ALWAYS, WHEN_SET, _ = CHANMODES.split(",")
LETTER_OF = {ROLE_SIGNS[role]: letter for role, letter in ROLE_LETTERS.items()}
CAPS = ("extended-join", "draft/channel-rename", "chghost", "server-time", "echo-message")


class Channel(NamedTuple):
    """A channel as a client sees it: members with the letters of their roles."""

    members: dict[str, set[str]]
    modes: dict[str, str]
    topic: list[str]


def _member(word: str) -> tuple[str, set[str]]:
    nick = word.lstrip("".join(LETTER_OF))
    return nick, {LETTER_OF[sign] for sign in word[: len(word) - len(nick)]}


def _modes(letters: str, arguments: list[str]) -> dict[str, str]:
    return {x: arguments.pop(0) if x in ALWAYS + WHEN_SET else "" for x in letters if x != "+"}


class Viewer:
    """A client with its picture."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.channels: dict[str, Channel] = {}

    def do(self, *lines: str) -> None:
        """Send lines, and note what comes."""
        for line in self.client.ask(*lines):
            self.note(line)

    def note(self, line: Line) -> None:
        """Change the picture as a line says."""
        how = getattr(self, f"_{line.command.lower()}", None)
        if how is not None and not (line.command == "MODE" and line.params[0][0] != "#"):
            how(line)

    def _join(self, line: Line) -> None:
        name = line.params[0]
        if line.nick == self.client.nick:
            self.channels[name] = Channel({}, {}, [""])
            modes = self.client.ask(f"MODE {name}")
            for each in modes:
                if each.command == "324":
                    self.channels[name].modes.update(_modes(each.params[2], [*each.params[3:]]))
                else:
                    self.note(each)
        assert line.nick not in self.channels[name].members
        self.channels[name].members[line.nick] = set()

    def _353(self, line: Line) -> None:
        if line.params[2] in self.channels:
            self.channels[line.params[2]].members.update(map(_member, line.text.split()))

    def _332(self, line: Line) -> None:
        self.channels[line.params[1]].topic[0] = line.text

    def _topic(self, line: Line) -> None:
        self.channels[line.params[0]].topic[0] = line.text

    def _part(self, line: Line) -> None:
        self._gone(line.params[0], line.nick)

    def _kick(self, line: Line) -> None:
        self._gone(line.params[0], line.params[1])

    def _gone(self, channel: str, nick: str) -> None:
        del self.channels[channel].members[nick]
        if nick == self.client.nick:
            del self.channels[channel]

    def _quit(self, line: Line) -> None:
        there = [each for each in self.channels.values() if line.nick in each.members]
        assert there, line.raw
        for each in there:
            del each.members[line.nick]

    def _nick(self, line: Line) -> None:
        if line.nick == self.client.nick:
            self.client.nick = line.text
        for each in self.channels.values():
            if line.nick in each.members:
                each.members[line.text] = each.members.pop(line.nick)

    def _rename(self, line: Line) -> None:
        self.channels[line.params[1]] = self.channels.pop(line.params[0])

    def _mode(self, line: Line) -> None:
        channel, added = self.channels[line.params[0]], True
        arguments = list(line.params[2:])
        for letter in line.params[1]:
            if letter in "+-":
                added = letter == "+"
            elif letter in ROLE_LETTERS.values():
                held = channel.members[arguments.pop(0)]
                assert (letter in held) != added, line.raw
                (held.add if added else held.remove)(letter)
            elif letter in LISTS:
                arguments.pop(0)
            else:
                wants = letter in ALWAYS or (letter in WHEN_SET and added)
                value = arguments.pop(0) if wants else ""
                channel.modes.pop(letter, None)
                if added:
                    channel.modes[letter] = value
        assert not arguments, line.raw

    def compare(self) -> None:
        """Ask the server for what the picture shows."""
        for line in self.client.sync():
            self.note(line)
        for name, picture in self.channels.items():
            members: dict[str, set[str]] = {}
            topic = ""
            for line in self.client.ask(f"NAMES {name}", f"MODE {name}", f"TOPIC {name}"):
                if line.command == "353":
                    members.update(map(_member, line.text.split()))
                elif line.command == "324":
                    assert picture.modes == _modes(line.params[2], [*line.params[3:]])
                elif line.command == "332":
                    topic = line.text
            assert picture.members == members, (name, self.client.log[-40:])
            assert picture.topic == [topic]


def _anything(chance: random.Random, crowd: Crowd, nicks: list[str], me: str) -> str:
    """Return a command that may do something, or be refused."""
    name, other = (f"{crowd.channel}-{chance.choice('ab')}" for _ in range(2))
    nick = chance.choice(nicks)
    sign = chance.choice("+-")
    return chance.choice(
        [
            *[f"JOIN {name}", f"JOIN {name} key"] * 3,
            f"PART {name}",
            f"KICK {name} {nick}",
            f"TOPIC {name} :{chance.randrange(9)}",
            f"INVITE {nick} {name}",
            f"NICK {crowd.name(chance.choice(['dan', 'eve', 'fay']))}",
            f"NICK {me.upper()}",
            *[f"MODE {name} {sign}{letter} {nick}" for letter in "qaohv"],
            f"MODE {name} +ov-o {nick} {me} {nick}",
            *[f"MODE {name} {sign}{letter}" for letter in "imnst"],
            f"MODE {name} {sign}k key",
            f"MODE {name} {sign}l {chance.randrange(2, 6)}",
            f"MODE {name} {sign}b {nick}!*@*",
            f"RENAME {name} {other}",
            f"CS REGISTER {name}",
            f"CS AMODE {name} {sign}v {nick}",
        ]
    )


SOAKED = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(20, 60)]


@pytest.mark.parametrize("seed", [1, 6, *SOAKED])
def test_pictures(crowd: Crowd, seed: int) -> None:
    chance = random.Random(seed)
    account = crowd.account("acc")

    def enter(name: str) -> Viewer:
        caps = ["multi-prefix", *chance.sample(CAPS, chance.randrange(len(CAPS)))]
        if name == "acc":
            return Viewer(crowd.login(account, " ".join(caps)))
        return Viewer(crowd.client(name, " ".join(caps)))

    names = ["ann", "ben", "cat", "acc"]
    viewers = [enter(name) for name in names]
    for step in range(300):
        place = chance.randrange(len(viewers))
        viewer = viewers[place]
        if step % 50 == 49:
            viewer.client.quit()
            viewers[place] = enter(names[place] if names[place] == "acc" else f"new{step}x")
        nicks = [each.client.nick for each in viewers]
        viewer = viewers[place]
        viewer.do(_anything(chance, crowd, nicks, viewer.client.nick))
        if step % 10 == 9:
            for each in viewers:
                each.compare()
