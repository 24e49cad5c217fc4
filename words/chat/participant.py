"""A participant: a perspective of the chat service, seen by others as one, however many
connections stand behind it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from words.chat.masks import Matcher
from words.events import Actor
from words.names import ParticipantKey, participant_key

if TYPE_CHECKING:
    from words.chat.attachment import Attachment
    from words.chat.group import Group
    from words.chat.guard import Spoken
    from words.chat.person import Person

OFFLINE = "offline"
"""The away text of somebody who is a member though no connection of his is here."""

UNATTENDED = "*"
"""The away text of a connection that nobody sits at (IRCv3 draft/pre-away): it doesn't count."""


class Direct:
    """The direct conversation of two participants, or the log of one's own.

    ``minute`` is the one (of Unix time) that is stored as that of the last message.
    """

    __slots__ = ("id", "minute", "sequence", "time")

    def __init__(self, number: int, sequence: int, time: int) -> None:
        self.id = number
        self.minute = 0
        self.sequence = sequence
        self.time = time


class Participant:
    """Somebody in the chat service.

    ``identity`` is the number of the identity whose own participant this is, 0 for one that is
    bound to its connection: a guest, or a second name of an identity (then ``actor.account``
    says whose). ``hidden``: who shares no group with him finds him by his full name only.
    """

    __slots__ = (
        "accounts_only",
        "actor",
        "attachments",
        "away",
        "directs",
        "groups",
        "heard",
        "hidden",
        "id",
        "identity",
        "invitations",
        "key",
        "metadata",
        "no_queries",
        "own",
        "person",
        "real_name",
        "said",
        "signed_on",
        "silences",
        "spoke_in",
    )

    def __init__(self, actor: Actor, *, identity: int = 0, real_name: str = "") -> None:
        self.id = actor.id
        self.actor = actor
        self.key: ParticipantKey = participant_key(actor.name)
        self.identity = identity
        self.real_name = real_name
        self.away: str | None = None
        self.hidden = False
        self.accounts_only = False
        """Whether guests may not write to him."""
        self.no_queries = False
        """Whether programs may not ask his something."""
        self.groups: dict[int, Group] = {}
        self.directs: dict[int, Direct] = {}
        self.attachments: list[Attachment] = []
        self.invitations: dict[int, int] = {}
        """Numbers of groups, and the epoch in which he was asked in."""
        self.spoke_in: Group | None = None
        self.signed_on = 0
        self.silences: dict[str, Matcher] = {}
        """Masks of those who aren't to be heard directly, as long as he is connected."""
        self.person: Person | None = None
        """Loaded by `Persons.of` when it is needed."""
        self.own: Direct | None = None
        self.metadata: tuple[int, dict[str, str]] | None = None
        """What `MetadataStore` keeps here."""
        self.said: deque[Spoken] | None = None
        """What he said of late, where a filter looks for what is repeated."""
        self.heard: dict[int, int] = {}
        """Who said something to him directly of late, and when (milliseconds)."""

    @property
    def name(self) -> str:
        """The name that everybody sees."""
        return self.actor.name

    @property
    def shown(self) -> str:
        """How everybody sees him: ``name!user@host``."""
        actor = self.actor
        return f"{actor.name}!{actor.user}@{actor.host}"

    def names(self) -> tuple[ParticipantKey, ...]:
        """Return the names by which others may have him on a list: his own, his account's."""
        account = self.actor.account
        if self.identity or not account or account == self.actor.name:
            return (self.key,)
        return (self.key, participant_key(account))

    def fold_presence(self) -> str | None:
        """Return the away text of the whole: present where one attachment is present."""
        texts = [each.away for each in self.attachments if each.away != UNATTENDED]
        if not texts:
            return UNATTENDED if self.attachments else OFFLINE
        return None if None in texts else texts[-1]

    def idle_since(self) -> float:
        """Return when (`Reactor.now`) one of the attachments last did something."""
        return max((attachment.active for attachment in self.attachments), default=0.0)
