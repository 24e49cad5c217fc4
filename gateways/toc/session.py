"""What the gateway knows of one TOC client; no sockets here.

From SIGN_ON to toc_init_done a client may be told nothing but CONFIG and NICK (naim hangs up
otherwise) and isn't there yet for anybody; what it says of its lists counts already. So until
then it has verbs but no attachment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateways.toc.arguments import message
from gateways.toc.forms import (
    Choice,
    Choices,
    Flavour,
    TocForm,
    contact,
    room_name,
)
from gateways.toc.names import squashed
from gateways.toc.sflap import Frames, frames
from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.fanout import Listener
from words.chat.group import Group
from words.chat.verbs.contacts import Standing
from words.errors import AuthenticationFailed
from words.events import Actor, ContactChanged, Invited, Joined
from words.interfaces import Outlet
from words.names import ParticipantKey, participant_key
from words.passport.identity import Identity

if TYPE_CHECKING:
    from gateways.connection import Connection
    from gateways.toc.gateway import TocGateway


class Session:
    """One TOC client."""

    def __init__(self, toc: TocGateway, peer: Connection, outlet: Outlet) -> None:
        self.toc = toc
        self.peer = peer
        self.outlet = outlet
        self.flavour = Flavour.TOC1
        self.identity = 0
        self.app_password = ""
        self.name = ""
        self.attachment: Attachment | None = None
        self.listener: Listener = Listener(self.form, self.form, outlet)
        self.away: str | None = None
        self.idle = 0.0
        self.info = ""
        self.caps: tuple[str, ...] = ()
        self.buddies: dict[ParticipantKey, str] = {}
        self.rooms: set[int] = set()
        self._held: list[Frames] = []
        self._holding = 0
        self.leaving = ""
        self.heard = False
        """Whether it was told something directly that isn't noted as told yet."""

    @property
    def form(self) -> TocForm:
        """How this client is told things."""
        return self.toc.forms[self.flavour]

    @property
    def me(self) -> Attachment:
        """The attachment; before toc_init_done one that isn't there for anybody."""
        if self.attachment is not None:
            return self.attachment
        participant = self.toc.service.registry.identity(self.name)
        if participant is None or participant.id != self.identity:
            raise AuthenticationFailed
        return Attachment(self.toc.service, participant, (self.form, self.form), self.outlet)

    def signed_on(self, identity: Identity, flavour: Flavour) -> None:
        """The client has proved who it is."""
        self.identity, self.name, self.flavour = identity.id, identity.name, flavour
        self.app_password = identity.label
        self.listener.form = self.listener.aside = self.form

    def attached(self, attachment: Attachment) -> None:
        """The client is there from now on."""
        self.attachment = self.listener = attachment
        attachment.app_password = self.app_password
        attachment.echo = True  # rooms reflect what one says
        for told in self._held:
            self.tell(told)
        self._held.clear()

    # Saying things to this client

    def send(self, told: Frames) -> None:
        """Say frames to this client, in their place; between SIGN_ON and toc_init_done later."""
        if not self.identity or self.attachment is not None:
            self.tell(told)
            return
        self._held.append(told)
        self._holding += len(told)
        if self._holding > self.toc.outbox:
            self.leaving = "SendQ exceeded"

    def tell(self, told: Frames) -> None:
        """Say frames to this client now."""
        if told.count:
            self.toc.fanout.note(self.listener, told)

    def say(self, command: str, *fields: str, last: str | bytes | None = None) -> None:
        """Say one message to this client."""
        self.send(frames([message(command, *fields, last=last)]))

    def error(self, code: int, argument: str = "") -> None:
        """Say an error; its argument is what the client asked for."""
        if argument:
            self.say("ERROR", str(code), last=argument)
        else:
            self.say("ERROR", str(code))

    def fail(self, code: int, *details: int) -> None:
        """Say why the client can't sign on, and end."""
        self.tell(frames([message("ERROR", *map(str, (code, *details)))]))
        self.leaving = f"sign-on failed: {code}"

    def standing(self, name: str, *, asked: bool = False) -> bool:
        """Tell how somebody is there; return whether he is, as far as this client may know."""
        found = self.me.standing(name)
        if found is None:
            return False
        self.send(self._presence(found))
        return True

    def watch(self, name: str) -> None:
        """Tell how a new buddy is there; before toc_init_done that comes with the others."""
        if self.attachment is not None:
            self.standing(name)

    def _presence(self, found: Standing) -> Frames:
        now = self.toc.milliseconds()
        payload = self.form.presence(found.name, found.away, found.presence, now)
        return frames([payload, *self._caps(self.me.somebody(found.name).actor)])

    def _caps(self, actor: Actor) -> list[bytes]:
        """Return what tells somebody's capabilities: with each UPDATE_BUDDY2."""
        if self.flavour == Flavour.TOC1:
            return []
        caps = ",".join(self.toc.caps(actor.id))
        return [message("BUDDY_CAPS2", self.form.shown(actor.name), caps)]

    # Rooms

    def enter_room(self, group: Group) -> Frames:
        """Note that the client is in a room; return what tells it so, and who else is in."""
        number = self.toc.rooms.number(group.id, group.name)
        if number in self.rooms:
            return frames([])
        self.rooms.add(number)
        self.toc.rooms.entered(number)
        roles = self.toc.service.settings.roles
        seen = policy.seen_members(group, self.me.participant, roles)
        names = [member.participant.name for member in seen]
        inside = [
            self.form.update(number, True, *names[at : at + 100])
            for at in range(0, len(names), 100)
        ]
        return frames([message("CHAT_JOIN", str(number), last=room_name(group.name)), *inside])

    def leave_room(self, number: int) -> bool:
        """Note that the client is no more in a room; return whether it was."""
        if number not in self.rooms:
            return False
        self.rooms.discard(number)
        self.toc.rooms.left(number)
        return True

    # What of a chunk is for this client

    def chosen(self, chunk: Choices) -> Frames:
        """Return what of a chunk this client is told."""
        told: list[Frames] = []
        for part in chunk.parts:
            if isinstance(part, Frames):
                told.append(part)
            elif (found := self._choose(part)) is not None:
                told.append(found)
        return Frames.join(told) if told else frames([])

    def _choose(self, choice: Choice) -> Frames | None:
        test, value = choice.test, choice.value
        self.heard = self.heard or test in ("other", "no-room")
        if test == "other":
            return choice.told if value != self.identity else None
        if test == "room":
            return choice.told if value in self.rooms else None
        if test == "no-room":
            return choice.told if value not in self.rooms else None
        if test == "buddy":
            return self._buddy(choice)
        if test == "gone":
            mine = value[0] == self.identity and self.leave_room(value[1])
            return choice.told if mine else None
        if test == "contact":
            return self._contact(choice)
        if value != self.identity:
            return None
        return self._own(choice)

    def _own(self, choice: Choice) -> Frames | None:
        event = choice.event
        if isinstance(event, Joined) and self.attachment is not None:
            group = self.attachment.participant.groups.get(event.conversation)
            return self.enter_room(group) if group is not None else None
        if isinstance(event, Invited):
            group_here = self.toc.service.registry.group(event.group)
            if group_here is None:
                return None
            number = self.toc.rooms.number(group_here.id, group_here.name)
            text = self.toc.invitation(event)
            sender = self.form.shown(event.actor.name)
            fields = (room_name(event.group), str(number), sender)
            return frames([message("CHAT_INVITE", *fields, last=text)])
        return choice.told

    def _buddy(self, choice: Choice) -> Frames | None:
        actor: Actor = choice.value
        if participant_key(actor.name) not in self.buddies:
            return None
        if choice.event is None or self.flavour == Flavour.TOC1:
            return choice.told
        return Frames.join([choice.told, frames(self._caps(actor))])

    def _contact(self, choice: Choice) -> Frames | None:
        event = choice.event
        assert isinstance(event, ContactChanged)
        if not event.name:
            return choice.told
        key = participant_key(event.name)
        known = key in self.buddies
        if event.place >= 0:
            self.buddies[key] = event.name
        elif not self.me.service.persons.of(self.me.participant).has_contact(key):
            self.buddies.pop(key, None)
        told = contact(self.form, event, known)
        found = None if known or event.place < 0 else self.me.standing(event.name)
        if found is None:
            return told
        return Frames.join([told, self._presence(found)])

    # Names

    def whom(self, name: str) -> str:
        """Return the name that a client means: as given, or one that it knows in short.

        TiK and Net::AIM drop all that isn't a letter or digit from the names they were told.
        """
        registry = self.toc.service.registry
        if registry.participant(name) or registry.identity_number(name) is not None:
            return name
        wanted = squashed(name)
        if wanted != name.lower() or self.attachment is None:
            return name
        known = list(self.buddies.values())
        for group in self.attachment.participant.groups.values():
            known += [member.participant.name for member in group.members.values()]
        for number in self.attachment.participant.heard:
            if (other := registry.by_id.get(number)) is not None:
                known.append(other.name)
        return next((each for each in known if squashed(each) == wanted), name)
