"""The chat service: comings and goings of participants, and how an event comes to pass.

Everything here runs within a turn. A verb checks, makes an event and hands it to `happen`,
which stores it, applies it and tells it, or leaves no trace.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from itertools import count

from msgspec.structs import replace

from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.bans import Bans
from words.chat.connections import address_of
from words.chat.fanout import Fanout, Listener
from words.chat.group import Group, Member
from words.chat.guard import Guard
from words.chat.invitations import Invitations
from words.chat.leftovers import Leftovers
from words.chat.metadata import MetadataStore
from words.chat.participant import Participant
from words.chat.registry import Registry, now_ms
from words.chat.removal import Removals
from words.chat.search import Searcher
from words.chat.settings import ChatSettings
from words.chat.turn import Turn
from words.chat.watching import Watching
from words.errors import Forbidden, InternalError, NameTaken
from words.events import (
    AccessChanged,
    Actor,
    ConversationEvent,
    HostChanged,
    Joined,
    Kicked,
    Left,
    Presence,
    PresenceChanged,
    Quit,
    RegistrationChanged,
    RoleChange,
    RoleChanged,
    Said,
    SettingChange,
    SettingsChanged,
    TopicChanged,
)
from words.interfaces import Form, Outlet
from words.journal.history import History
from words.journal.journal import Journal
from words.lookalikes import skeleton
from words.names import FOREIGN_SIGN, GroupKey, check_participant_name, participant_key

log = logging.getLogger(__name__)

FACTS = (TopicChanged, SettingsChanged, RegistrationChanged, AccessChanged)
"""Events after which a group's facts are written."""

EXPIRIES = 100
"""Groups of which entries are taken in one turn because their time is over."""

MOST_REHOSTED = 300
"""Members of all the groups of somebody who is shown with another host: old clients are told that
he goes and comes again, some 20 microseconds each; where there are more, none is."""

COMINGS = frozenset({Joined, Left, Kicked})
"""Events that in an auditorium not everybody is told."""


class ChatService:
    """Groups and participants of one hub."""

    itself = Actor(0, "hub.words", "hub", "hub")
    """The actor of what the hub does in groups by itself; nobody's name can have a dot."""

    def __init__(
        self, settings: ChatSettings, turn: Turn, fanout: Fanout, journal: Journal
    ) -> None:
        self.settings = settings
        self.turn = turn
        self.fanout = fanout
        self.journal = journal
        self.history = History(journal)
        self.registry = Registry(journal, fanout, self.identity_actor, lambda: self.settings.roles)
        self.persons = self.registry.persons
        self.watching = Watching(self.persons.admits)
        self.invitations = Invitations(journal.store)
        self.metadata = MetadataStore(journal.store)
        self.removals = Removals(self)
        self.leftovers = Leftovers(self)
        self.bans = Bans(journal, now_ms)
        self.guard = Guard(self)
        self.entered: list[Callable[[Group, Participant], None]] = []
        """Called when somebody has become a member with roles from the start, within the turn: for
        gateways whose clients are told of that apart."""
        self.searcher: Searcher | None = None
        """Where there is a search index: the hub's."""

    @staticmethod
    def identity_actor(number: int, name: str) -> Actor:
        """Return how an identity is shown while none of its connections is here."""
        return Actor(number, name, name, "offline", name)

    # Comings and goings

    def reserved(self, name: str) -> bool:
        """Return whether a name looks like one that nobody may have."""
        return skeleton(name) in self.settings.reserved

    def name_free(self, name: str, *, account: str = "") -> bool:
        """Return whether a new participant may be called this; identities keep their names.

        Names that look like an identity's are kept for it too.
        """
        key = participant_key(name)
        looks = skeleton(name)
        if key in self.registry.participants or FOREIGN_SIGN in looks:
            return False
        if looks in self.settings.reserved:
            return False
        rows = self.journal.store.read(
            "SELECT key FROM identities WHERE key = ? OR skeleton = ?", key, looks
        )
        return all(owner == participant_key(account) for (owner,) in rows)

    def is_identity(self, name: str) -> bool:
        """Return whether an identity is called this."""
        key = participant_key(name)
        return bool(self.journal.store.read("SELECT 1 FROM identities WHERE key = ?", key))

    def enter(
        self,
        actor: Actor,
        real_name: str,
        forms: tuple[Form, Form],
        outlet: Outlet,
        away: str | None = None,
    ) -> Attachment:
        """Let a participant in who is bound to this connection; ``actor.id`` is given here.

        Raises `BadName`, `NameTaken`, `Barred`, and `Forbidden` for guests where there may be none.
        """
        self.bans.require(actor, address_of(outlet))
        if not actor.account and not self.settings.guests:
            raise Forbidden("guests")
        check_participant_name(actor.name, self.settings.limits.name)
        if not self.name_free(actor.name):
            raise NameTaken(actor.name)
        number = self.journal.ids.next()
        participant = Participant(_with_id(actor, number), real_name=real_name)
        return self._attach(participant, forms, outlet, away)

    def attach(
        self,
        identity: int,
        actor: Actor,
        real_name: str,
        forms: tuple[Form, Form],
        outlet: Outlet,
        away: str | None = None,
    ) -> Attachment:
        """Attach a connection to an identity's own participant, who may be here already.

        Who came by its name before it was an identity's has to take another. Raises `Barred`.
        """
        self.bans.require(actor, address_of(outlet))
        participant = self.registry.by_id.get(identity)
        if participant is None:
            holder = self.registry.participant(actor.name)
            if holder is not None:
                self._make_way(holder, actor.account)
            actor = _with_id(actor, identity)
            participant = Participant(actor, identity=identity)
            self._restore_groups(participant)
        elif not participant.attachments:
            self._come_as(participant, _with_id(actor, identity))
        if not participant.attachments:
            participant.real_name = self.persons.of(participant).facts.real_name or real_name
            participant.invitations = self.invitations.opening(identity)
        return self._attach(participant, forms, outlet, away)

    def represent(
        self, actor: Actor, real_name: str, forms: tuple[Form, Form], outlet: Outlet
    ) -> Attachment:
        """Let somebody of another network in, under the number and name that are his.

        Raises `Barred`.
        """
        self.bans.require(actor, "")
        return self._attach(Participant(actor, real_name=real_name), forms, outlet, None)

    def adopt(self, participant: Participant) -> None:
        """From now on a guest is the own participant of the identity that has his number.

        His groups and direct conversations go on; contacts and lists begin anew.
        """
        self.persons.went(participant)
        participant.person = None
        participant.identity = participant.id
        self.persons.came(participant)

    def _make_way(self, holder: Participant, account: str) -> None:
        """Give who is bound to a connection another name: this one is an identity's."""
        same = participant_key(holder.actor.account) == participant_key(account)
        base, limit = account if same else "guest", self.settings.limits.name
        ends = (f"-{number}" for number in count(2))
        names = (base[: max(1, limit - len(end))] + end for end in ends)
        free = next(name for name in names if self.name_free(name))
        holder.attachments[0].rename(free, forced=True)

    def _come_as(self, participant: Participant, actor: Actor) -> None:
        """Show who stayed in groups as he comes now, and tell those who saw him otherwise."""
        before = participant.actor
        if participant_key(before.name) == participant_key(actor.name):
            actor = replace(actor, name=before.name)  # as he wrote it when he was here last
        participant.actor = actor
        if (before.user, before.host) != (actor.user, actor.host):
            event = HostChanged(*self.registry.passing(), before, actor.user, actor.host)
            self.fanout.tell_all(self.interested(participant), event)
            self._rehosted(participant, before)

    def _rehosted(self, participant: Participant, before: Actor) -> None:
        """Tell the gateways of those who share a group with him."""
        groups = participant.groups.values()
        if sum(len(group.members) for group in groups) > MOST_REHOSTED:
            return
        members = [member.participant for group in groups for member in group.members.values()]
        for attachment in dict.fromkeys(each for one in members for each in one.attachments):
            if attachment.rehosted is not None:
                attachment.rehosted(participant, before)

    def _restore_groups(self, participant: Participant) -> None:
        self.registry.add(participant)
        for (name,) in self.journal.store.read(
            "SELECT name FROM members JOIN groups ON groups.id = conversation"
            " WHERE participant = ? AND durable",
            participant.id,
        ):
            self.registry.group(name)  # loading a group finds its durable members

    def _attach(
        self, participant: Participant, forms: tuple[Form, Form], outlet: Outlet, away: str | None
    ) -> Attachment:
        attachment = Attachment(self, participant, forms, outlet)
        attachment.away = away
        attachment.active = self.turn.now()
        arrived = not participant.attachments
        if arrived:
            self.registry.add(participant)
            participant.signed_on = self.registry.passing()[3] // 1000
        participant.attachments.append(attachment)
        for group in participant.groups.values():
            group.audience.add(attachment)
        if arrived:
            self.persons.came(participant)
            self.watching.tell(participant, True)
        if not self.refold(participant, skip=(attachment,)) and arrived:
            self.announce(participant)
        return attachment

    def detach(self, attachment: Attachment, reason: str) -> None:
        """End an attachment; with the last one, what was bound to it ends too."""
        participant = attachment.participant
        if attachment not in participant.attachments:
            return
        participant.attachments.remove(attachment)
        self.watching.end(attachment)
        for group in participant.groups.values():
            group.audience.remove(attachment)
        if participant.attachments:
            self.refold(participant)
            return
        self.watching.tell(participant, False)
        self.persons.went(participant)
        bound = [g for g in participant.groups.values() if not g.members[participant.id].durable]
        if len(bound) < len(participant.groups):
            for group in bound:
                self.seal_elsewhere(participant, group)
                left = Left(*self.registry.stamp(group), participant.actor, reason)
                self._end_membership(group, participant, left)
            self.refold(participant)
            return
        self._quit(participant, bound, reason)

    def _quit(self, participant: Participant, groups: list[Group], reason: str) -> None:
        numbers = tuple(group.id for group in groups)
        quit_event = Quit(*self.registry.passing(), participant.actor, reason, numbers)
        open_groups = [group for group in groups if not group.settings.auditorium]
        largest = max(open_groups, key=lambda group: len(group.members), default=None)
        near = self.registry.near(participant, beside=largest)
        if largest is not None:  # at once, not one by one: a crowd may be going
            self.seal_elsewhere(participant, largest)
            self.fanout.publish(largest.audience, quit_event)
        for group in groups:
            left = Left(*self.registry.stamp(group), participant.actor, reason, True)
            self._end_membership(group, participant, left, untold=True)
        self.registry.remove(participant)
        self.fanout.tell_all(near, quit_event)

    def _end_membership(
        self, group: Group, participant: Participant, left: Left, *, untold: bool = False
    ) -> None:
        """End a membership even where a defect keeps the event from happening: nobody is there."""
        try:
            self.happen(group, left, untold=untold)
        except InternalError:
            group.members.pop(participant.id, None)
            participant.groups.pop(group.id, None)
            self._gone(group, participant.actor)

    def refold(self, participant: Participant, skip: Collection[Listener] = ()) -> bool:
        """Tell the neighbours if the participant's presence, folded from all, has changed.

        Return whether it has.
        """
        away = participant.fold_presence()
        if away == participant.away:
            return False
        participant.away = away
        stamp = self.registry.passing()
        event = PresenceChanged(*stamp, participant.actor, away, self.presence(participant))
        near = self.interested(participant, presence=True)
        for listener in (*participant.attachments, *skip):
            near.pop(listener, None)
        self.fanout.tell_all(near, event)
        return True

    def interested(
        self, participant: Participant, *, presence: bool = False
    ) -> dict[Listener, None]:
        """Return who is told what changes about a participant: `Registry.near`, and those who
        watch his name."""
        near = self.registry.near(participant, presence=presence)
        near.update(dict.fromkeys(self.watching.listeners(participant)))
        return near

    def presence(self, participant: Participant) -> Presence:
        """Return how a participant is there."""
        if not participant.attachments:
            return Presence(False)
        now = now_ms()
        idle = now - int(1000 * (self.turn.now() - participant.idle_since()))
        person = participant.person
        level = person.level(now) if person else 0
        return Presence(True, participant.signed_on * 1000, idle, level)

    def announce(self, participant: Participant) -> None:
        """Tell those who have the participant among their contacts that he is here."""
        for watcher in self.persons.watching(participant):
            self.tell_presence(participant, watcher)

    def tell_presence(self, participant: Participant, watcher: Participant) -> None:
        """Tell somebody how a participant is there, or that he isn't, if he may not know."""
        away, presence = participant.away, Presence(False)
        if self.persons.admits(participant, watcher):
            presence = self.presence(participant)
        else:
            away = None
        event = PresenceChanged(*self.registry.passing(), participant.actor, away, presence)
        self.fanout.tell_all(watcher.attachments, event)

    def change_forms(self, attachment: Attachment, forms: tuple[Form, Form]) -> None:
        """Tell an attachment things in other forms from now on."""
        groups = attachment.participant.groups.values()
        for group in groups:
            self.fanout.seal(group.audience)
            group.audience.remove(attachment)
        attachment.form, attachment.aside = forms
        for group in groups:
            group.audience.add(attachment)

    @property
    def behind(self) -> bool:
        """Whether there is something for `errand`."""
        return self.persons.behind or self.removals.pending or bool(self._expired())

    def errand(self) -> bool:
        """Do some of what may wait, within a turn; return whether there is more of it."""
        self.persons.save_marks()
        for key in self._expired()[:EXPIRIES]:
            self._expire(key)
        return self.removals.slice() or bool(self._expired())

    def sweep(self) -> bool:
        """Look for what nobody can reach any more, within a turn; return whether there is more."""
        return self.leftovers.slice()

    def _expired(self) -> list[GroupKey]:
        """Return the groups with an entry whose time is over."""
        if not self.registry.expiring:
            return []
        now = now_ms()
        return [key for key, expiry in self.registry.expiring.items() if expiry <= now]

    def _expire(self, key: GroupKey) -> None:
        """Take the entries from a group's lists whose time is over."""
        group = self.registry.groups.get(key)
        if group is None:
            self.registry.expiring.pop(key, None)
            return
        now = now_ms()
        over = tuple(
            SettingChange(name, value, False)
            for name, listed in group.facts.lists.items()
            for value, entry in listed.items()
            if entry.until and entry.until <= now
        )
        if over:
            event = SettingsChanged(*self.registry.stamp(group), self.itself, over)
            self.happen(group, event)
        self.registry.note_expiry(group)

    def give_access(self, group: Group, actor: Actor, account: str, role: str, old: str) -> None:
        """Give the members of an account the role that it has now, and take the one it had."""
        key = participant_key(account)
        changes: list[RoleChange] = []
        for member in group.members.values():
            target = member.participant.actor
            if not target.account or participant_key(target.account) != key:
                continue
            if old and old != role and old in member.roles:
                changes.append(RoleChange(target, old, False))
            if role and role not in member.roles:
                changes.append(RoleChange(target, role, True))
        if changes:
            self.change_roles(group, actor, tuple(changes))

    def roles_gone(self, group: Group, actor: Actor, gone: Collection[str]) -> None:
        """Take roles that are no more from the members, and from the access list."""
        changes = [
            RoleChange(member.participant.actor, role, False)
            for member in group.members.values()
            for role in member.roles
            if role in gone
        ]
        if changes:
            self.change_roles(group, actor, tuple(changes))
        for entry in list(group.facts.access.values()):
            if entry.role in gone:
                event = AccessChanged(*self.registry.stamp(group), actor, entry.name, "")
                self.happen(group, event)

    def founder_changed(self, group: Group, actor: Actor, before: str, role: str = "") -> None:
        """Give the founder the highest role; who was it ``before`` has ``role`` now."""
        top = self.settings.roles.ordered[0].name
        if before and participant_key(before) != participant_key(group.facts.founder_name):
            self.give_access(group, actor, before, role, top)
        if group.facts.founder_name:
            self.give_access(group, actor, group.facts.founder_name, top, "")

    def change_roles(self, group: Group, actor: Actor, changes: tuple[RoleChange, ...]) -> None:
        """Give and take roles: what was checked before."""
        self.happen(group, RoleChanged(*self.registry.stamp(group), actor, changes))
        for number in {change.target.id for change in changes}:
            self.registry.save_member(group, number)

    # How an event comes to pass

    def happen(
        self,
        group: Group,
        event: ConversationEvent,
        *,
        joining: Participant | None = None,
        skip: Collection[Listener] = (),
        untold: bool = False,
    ) -> None:
        """Store, apply and tell an event of a group; raises `CannotStore`, `InternalError`."""
        hidden: list[Member] = []
        if group.settings.auditorium:
            if type(event) in COMINGS:
                skip = (*skip, *self._unseeing(group, event, joining))
            elif isinstance(event, RoleChanged):
                hidden = self._shown_and_hidden(group, event)
        mark = self.journal.mark()
        self.journal.append(event)
        try:
            group.apply(event, joining)
        except Exception as error:
            log.exception("applying %s to group %s failed", type(event).__name__, group.name)
            self.journal.forget(mark)
            self.registry.reload(group)
            self.registry.unload(group)
            raise InternalError from error
        if type(event) is Said:  # by far the most, and nothing else comes of it
            self.fanout.publish(group.audience, event, skip)
            return
        if isinstance(event, FACTS):
            self.registry.save(group)
            if isinstance(event, RegistrationChanged):
                self.registry.save_registration(group)
            elif isinstance(event, SettingsChanged):
                self.registry.note_expiry(group)
        elif joining is not None:
            self.registry.save_member(group, joining.id)
            if len(group.members) == 1 and not group.facts.registered:
                self.registry.save(group)  # when it was made
            for attachment in joining.attachments:
                group.audience.add(attachment)
        if not untold:
            self.fanout.publish(group.audience, event, skip)
        for member in hidden:
            self._appear(group, member, here=False)
        if isinstance(event, Left):
            self._gone(group, event.actor)
        elif isinstance(event, Kicked):
            self._gone(group, event.target)

    def _unseeing(
        self, group: Group, event: ConversationEvent, joining: Participant | None
    ) -> Collection[Listener]:
        """Return who in an auditorium isn't told of a coming or going."""
        roles = group.roles(self.settings.roles)
        if joining is not None:
            if isinstance(event, Joined) and event.roles:
                return ()
            others = [each for each in group.members.values() if not roles.have(each.roles, "kick")]
            return [one for each in others for one in each.participant.attachments]
        member = group.members.get(event.target.id if isinstance(event, Kicked) else event.actor.id)
        return set(policy.unseeing(group, member.participant, roles)) if member else ()

    def _shown_and_hidden(self, group: Group, event: RoleChanged) -> list[Member]:
        """Let those appear in an auditorium who get their first role; return who loses the last."""
        hidden: list[Member] = []
        for number in dict.fromkeys(change.target.id for change in event.changes):
            member = group.members[number]
            roles = set(member.roles)
            for change in event.changes:
                if change.target.id == number:
                    (roles.add if change.added else roles.discard)(change.role)
            if roles and not member.roles:
                self._appear(group, member, here=True)
            elif member.roles and not roles:
                hidden.append(member)
        return hidden

    def _appear(self, group: Group, member: Member, *, here: bool) -> None:
        """Tell members of an auditorium who don't see everybody that one is here, or isn't."""
        one = member.participant
        now = self.registry.passing()[3]
        event: Joined | Left
        if here:
            event = Joined(group.id, 0, 0, now, one.actor, one.real_name, one.away, member.durable)
        else:
            event = Left(group.id, 0, 0, now, one.actor)
        roles = group.roles(self.settings.roles)
        for other in group.members.values():
            if other is not member and not roles.have(other.roles, "kick"):
                for attachment in other.participant.attachments:
                    self.fanout.tell(attachment, event, group.name)

    def _gone(self, group: Group, actor: Actor) -> None:
        """Write the end of a membership, and let its attachments hear no more."""
        self.registry.save_member(group, actor.id)
        if not group.members:
            self.guard.forget(group)
            self.registry.save(group)
            self.registry.unload(group)
        participant = self.registry.by_id.get(actor.id)
        if participant is not None:
            for attachment in participant.attachments:
                group.audience.remove(attachment)
        if not group.members:  # what comes next under this name has another audience
            self.fanout.seal(group.audience)

    def seal_elsewhere(self, participant: Participant, group: Group) -> None:
        """Keep one speaker's words in order: seal what he said in another group this turn."""
        before = participant.spoke_in
        if before is not group:
            if before is not None:
                self.fanout.seal(before.audience)
            participant.spoke_in = group


def _with_id(actor: Actor, number: int) -> Actor:
    return Actor(
        number, actor.name, actor.user, actor.host, actor.account, actor.flags, actor.origin
    )
