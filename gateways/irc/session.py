"""What the gateway knows of one connection; no sockets here.

A handler calls verbs of the attachment and `Session.reply`. What it says takes its place in the
turn and leaves when the turn is committed. While a labelled command runs, its answers are
collected instead, so that they can be sent as one (IRCv3 labeled-response).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateways.irc.capabilities import Cap, Offer
from gateways.irc.codec import Message
from gateways.irc.encode import line, reply
from gateways.irc.forms import IrcForm, forms, source
from gateways.irc.numerics import Numeric
from words.chat.attachment import Attachment
from words.chat.fanout import Listener
from words.errors import NotMember
from words.interfaces import Outlet

if TYPE_CHECKING:
    from gateways.connection import Connection
    from gateways.irc.gateway import IrcGateway
    from gateways.irc.multiline import ClientBatch
    from gateways.irc.sasl import Exchange
    from words.passport.identity import Identity


LABEL_MAX = 64  # bytes; IRCv3 labeled-response


class Session:
    """One connection of an IRC client."""

    __slots__ = (
        "account",
        "app_password",
        "attachment",
        "away",
        "batch",
        "batches",
        "caps",
        "capture",
        "client",
        "gateway",
        "identity",
        "ircd",
        "knocked",
        "label",
        "label_batch",
        "listener",
        "metadata",
        "negotiating",
        "nick",
        "offer",
        "operator",
        "outlet",
        "password",
        "peer",
        "quitting",
        "real_name",
        "sasl",
        "seen",
        "subscriptions",
        "user",
        "version",
        "wallops",
    )

    def __init__(self, ircd: IrcGateway, peer: Connection, outlet: Outlet) -> None:
        self.ircd = ircd
        self.peer = peer
        self.outlet = outlet
        self.caps: int = Cap.NONE
        self.version = 301  # of capability negotiation, as the client said
        self.negotiating = False
        self.offer: Offer = ()  # the capabilities that it was told of last
        self.nick = ""
        self.user = ""
        self.real_name = ""
        self.password = ""
        self.gateway = ""  # the web gateway that it came by, as that calls itself (WEBIRC)
        self.account = ""
        self.identity = 0
        self.app_password = ""  # the label of the one that it is in its account by
        self.client = ""  # which of its account's it is
        self.seen = 0  # until when it has seen what was said (milliseconds), 0 where it can ask
        self.away: str | None = None  # what it said before it came in (IRCv3 draft/pre-away)
        self.operator: Identity | None = None
        self.sasl: Exchange | None = None
        self.attachment: Attachment | None = None
        self.listener: Listener = Listener(*self.forms(), outlet)
        self.batch: ClientBatch | None = None
        self.metadata: dict[str, str] = {}  # what it set before it came in
        self.subscriptions: dict[str, None] = {}  # keys of metadata that it follows
        self.capture: list[bytes] | None = None
        self.label = ""
        self.label_batch = ""  # that of a labelled answer which is under way
        self.batches = 0
        self.quitting = ""
        self.wallops = False
        self.knocked: dict[int, float] = {}

    @property
    def me(self) -> Attachment:
        """The attachment; only for handlers of commands that need one."""
        assert self.attachment is not None
        return self.attachment

    @property
    def name(self) -> str:
        """The client in numerics: its nick, or "*" before it has one."""
        return self.attachment.participant.name if self.attachment else self.nick or "*"

    def send(self, data: bytes) -> None:
        """Say whole lines to this client."""
        if self.capture is not None:
            self.capture.append(data)
        else:
            self.ircd.fanout.note(self.listener, data)

    def reply(self, numeric: Numeric, *values: str, text: str | None = None) -> None:
        """Say a numeric; see `encode.reply`."""
        self.send(reply(numeric, self.ircd.name_shown, self.name, *values, text=text))

    def say(self, command: str, *middles: str, text: str | None = None, **tags: str) -> None:
        """Say a line of the server's own."""
        self.send(
            line(command, *middles, text=text, source=self.ircd.name_shown, tags=tags or None)
        )

    def say_self(self, command: str, *middles: str, text: str | None = None) -> None:
        """Say a line as if the client itself had sent it."""
        self.send(line(command, *middles, text=text, source=self.shown()))

    def shown(self) -> str:
        """Return the client's ``nick!user@host``, with ``*`` for what isn't known yet."""
        if self.attachment is not None:
            return source(self.attachment.participant.actor)
        return f"{self.nick or '*'}!{self.user or '*'}@{self.ircd.cloak.address(self.peer.address)}"

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Say FAIL (IRCv3 standard-replies)."""
        self.say("FAIL", command, code, *context, text=text)

    def has(self, cap: int) -> bool:
        """Return whether the client asked for a capability."""
        return bool(self.caps & cap)

    def forms(self) -> tuple[IrcForm, IrcForm]:
        """Return how this client is told of groups, and of the rest."""
        return forms(self.caps, self.ircd.name_shown)

    def set_caps(self, caps: int) -> None:
        """Change the capabilities, and with them how this client is told things."""
        self.caps = caps
        new = self.forms()
        listener = self.listener
        if (listener.form, listener.aside) == new:
            pass
        elif self.attachment is None:
            listener.form, listener.aside = new
        else:
            self.ircd.service.change_forms(self.attachment, new)
        if self.attachment is not None:
            self._tune(self.attachment)

    def attached(self, attachment: Attachment) -> None:
        """From now on this client is a participant's."""
        self.attachment = attachment
        self.listener = attachment
        self._tune(attachment)
        attachment.app_password = self.app_password
        attachment.capture = self.capture
        attachment.subscriptions = self.subscriptions

    def logged_in(self, identity: Identity) -> None:
        """From now on this client is in an account."""
        self._in_account(identity.name, identity.id, identity.label)
        self.client = self.client or identity.label

    def logged_out(self) -> None:
        """From now on it is in none."""
        self._in_account("", 0, "")

    def _in_account(self, name: str, number: int, app_password: str) -> None:
        self.account, self.identity, self.app_password = name, number, app_password
        if self.attachment is not None:
            self.attachment.app_password = app_password

    def _tune(self, attachment: Attachment) -> None:
        attachment.echo = bool(self.caps & Cap.ECHO_MESSAGE)
        attachment.curious = bool(self.caps & Cap.EXTENDED_MONITOR)

    def label_of(self, message: Message) -> str:
        """Return the label of a message, "" where it has none that counts."""
        if not self.caps & Cap.LABELED_RESPONSE:
            return ""
        label = message.tags().get("label", "")
        return label if len(label.encode()) <= LABEL_MAX else ""

    def begin_capture(self, label: str) -> None:
        """Collect what is said to this client until `end_capture`."""
        self.label = label
        self.capture = []
        if self.attachment is not None:
            self.attachment.capture = self.capture

    def end_capture(self) -> list[bytes]:
        """Return what was collected."""
        collected: list[Any] = self.capture or []
        self.capture = None
        if self.attachment is not None:
            self.attachment.capture = None
        return collected

    def next_batch(self) -> str:
        """Return a reference for a batch, unique on this connection."""
        self.batches += 1
        return f"{self.batches:x}"

    def member_error(self, error: NotMember) -> bool:
        """Return whether it is this client itself that isn't a member."""
        return bool(error.args) and error.args[0] == self.name
