"""What people may do, as values that can be generated, and who plays them on a `Domain`.

The player keeps, beside the hub, its own simple account of who is in which group. With it, it
says for every message who must hear it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.promise.domain import FORMS, Domain, Piece, content, place
from words.chat.attachment import Attachment
from words.chat.group import Group
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import NameTaken, Refused
from words.events import SettingChange

GROUPS = ("g", "h", "i")
NAMES = ("kit", "dot", "eve", "cat", "dan")
PEOPLE = ("ann", "ann", "ann", "ben", "ben", "cat", "dan")
"""Whose client each seat is: ann and ben are identities, with several clients each."""

IDENTITIES = {"ann": 11, "ben": 12}
OWN = ("Reply", "Refused", "Labelled")


class Command(NamedTuple):
    """Something that the client on a seat does; arguments that a verb doesn't need are ignored."""

    seat: int
    verb: str
    group: str = "g"
    other: int = 0
    number: int = 0
    labelled: bool = False


class Player:
    """Plays commands on a domain, within the turn that is running."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.service = domain.service
        self.seats: list[Attachment | None] = [None] * len(PEOPLE)
        self.everybody: list[tuple[int, Attachment]] = []
        self.members: dict[str, set[str]] = {name: set() for name in GROUPS}
        self.durable: set[tuple[str, str]] = set()
        self.due: dict[Attachment, list[str]] = {}
        self.count = 0

    def do_all(self, commands: Iterable[Command]) -> None:
        """Do several."""
        for command in commands:
            self.do(command)

    def do(self, command: Command) -> None:
        """Do one command; one for which nobody is there does nothing."""
        self.count += 1
        me = self.seats[command.seat]
        if command.verb == "attach":
            if me is None:
                self._attach(command)
        elif me is not None:
            self._answered(command, me)

    def _attach(self, command: Command) -> None:
        person = PEOPLE[command.seat]
        form = command.number % len(FORMS)
        try:
            made = self.domain.arrive(person, IDENTITIES.get(person, 0), form)
        except NameTaken:
            return
        made.echo = bool(command.number % 2)
        self.seats[command.seat] = made
        self.everybody.append((command.seat, made))
        self.due[made] = []

    def _answered(self, command: Command, me: Attachment) -> None:
        if command.labelled:
            me.capture = []
        try:
            VERBS[command.verb](self, command, me)
        except Refused as error:
            self.domain.reply(me, Piece("", "Refused", "", "", (error.code, command.verb)))
        if command.labelled and me.capture is not None:
            pieces = [piece for several in me.capture for piece in several]
            me.capture = None
            self.domain.reply(me, Piece("", "Labelled", "", "", (command.verb,)), *pieces)

    def _person(self, seat: int) -> str:
        return PEOPLE[seat]

    def _group(self, command: Command, me: Attachment) -> Group:
        return me.group(command.group)

    def _other(self, command: Command, me: Attachment) -> Attachment:
        """Return a client of whom the command is about: of oneself if nobody sits there."""
        return self.seats[command.other] or me

    def say(self, command: Command, me: Attachment) -> None:
        text = f"{self.count}"
        me.say(self._group(command, me), Body(text))
        for seat, each in enumerate(self.seats):
            inside = PEOPLE[seat] in self.members[command.group]
            if each is not None and (me.echo if each is me else inside):
                self.due[each].append(text)

    def say_to(self, command: Command, me: Attachment) -> None:
        other = self._other(command, me)
        text = f"{self.count}"
        me.say_to(other.participant, Body(text))
        both = {me.participant, other.participant}
        for each in self.seats:
            if each is not None and each is not me and each.participant in both:
                self.due[each].append(text)
        self.due[me] += [text] * (me.echo + (other.participant is me.participant))

    def signal(self, command: Command, me: Attachment) -> None:
        me.signal(self._group(command, me), {"+n": str(self.count)})

    def signal_to(self, command: Command, me: Attachment) -> None:
        me.signal(self._other(command, me).participant, {"+n": str(self.count)})

    def join(self, command: Command, me: Attachment) -> None:
        person = PEOPLE[command.seat]
        durable = command.number % 3 == 0
        me.join(command.group, durable=durable)
        self.members[command.group].add(person)
        if durable and person in IDENTITIES:
            self.durable.add((command.group, person))

    def leave(self, command: Command, me: Attachment) -> None:
        me.leave(self._group(command, me), f"{self.count}")
        self._gone(command.group, PEOPLE[command.seat])

    def _gone(self, group: str, person: str) -> None:
        self.members[group].discard(person)
        self.durable.discard((group, person))

    def kick(self, command: Command, me: Attachment) -> None:
        other = self._other(command, me)
        me.kick(self._group(command, me), other.participant)
        seat = self.seats.index(other)
        self._gone(command.group, PEOPLE[seat])

    def rename(self, command: Command, me: Attachment) -> None:
        me.rename(NAMES[command.number % len(NAMES)])

    def detach(self, command: Command, me: Attachment) -> None:
        me.capture = None
        self.seats[command.seat] = None
        self.service.detach(me, f"{self.count}")
        person = PEOPLE[command.seat]
        if not any(each and PEOPLE[seat] == person for seat, each in enumerate(self.seats)):
            for group in GROUPS:
                if (group, person) not in self.durable:
                    self.members[group].discard(person)

    def forms(self, command: Command, me: Attachment) -> None:
        self.service.change_forms(me, FORMS[command.number % len(FORMS)])

    def echo(self, command: Command, me: Attachment) -> None:
        me.echo = bool(command.number % 2)

    def away(self, command: Command, me: Attachment) -> None:
        me.set_away(f"{self.count}" if command.number % 2 else None)

    def real_name(self, command: Command, me: Attachment) -> None:
        me.set_real_name(f"{self.count}")

    def topic(self, command: Command, me: Attachment) -> None:
        me.set_topic(self._group(command, me), f"{self.count}")

    def role(self, command: Command, me: Attachment) -> None:
        other = self._other(command, me).participant
        role = ("operator", "voice")[command.number % 2]
        me.change_roles(self._group(command, me), [(other, role, command.number % 3 > 0)])

    def setting(self, command: Command, me: Attachment) -> None:
        names = ("moderated", "invite_only", "no_outside", "secret")
        change = SettingChange(names[command.number % 4], "", command.number % 3 == 0)
        me.change_settings(self._group(command, me), [change])

    def invite(self, command: Command, me: Attachment) -> None:
        me.invite(self._group(command, me), self._other(command, me).participant)

    def query(self, command: Command, me: Attachment) -> None:
        group = self._group(command, me)
        names = sorted(f"{one.participant.name}:{one.roles}" for one in group.members.values())
        past = me.read_group(group, Wish(20, newest=True, happenings=True))
        told = [f"{event.sequence} {place(event, group.name)} {content(event)}" for event in past]
        what = (group.facts.topic, *names, *told)
        self.domain.reply(me, Piece("", "Reply", group.name, "", what))

    def query_direct(self, command: Command, me: Attachment) -> None:
        past = me.read_direct(self._other(command, me).participant.name, Wish(20, newest=True))
        told = tuple(f"{event.sequence} {content(event)}" for event in past)
        self.domain.reply(me, Piece("", "Reply", "", "", told))


VERBS: dict[str, Callable[[Player, Command, Any], None]] = {
    name: getattr(Player, name)
    for name in (
        *("say", "say_to", "signal", "signal_to", "join", "leave", "kick", "rename", "detach"),
        *("forms", "echo", "away", "real_name", "topic", "role", "setting", "invite"),
        *("query", "query_direct"),
    )
}
