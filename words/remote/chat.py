"""The chat service as it is published: the table of its verbs.

Names of groups and participants are texts; ids, sequence numbers and times (milliseconds since
1970 UTC) are as in events. A verb that refuses raises what `words.errors` has for it.
"""

from __future__ import annotations

from words.events import MessageKind, SettingChange, Span, TypingState
from words.remote.happenings import Happenings
from words.remote.table import Surface, verb
from words.remote.values import (
    ContactInfo,
    Filtering,
    GroupInfo,
    GroupLine,
    InvitationInfo,
    ListEntry,
    MemberInfo,
    MemberPage,
    PersonInfo,
    Posted,
    PrivacyInfo,
    SessionInfo,
    StandingInfo,
    State,
    Talked,
)

LAST = 2**62
"""A sequence number or time that no event reaches."""


class Chat(Surface):
    """A participant's perspective of the chat service."""

    # Oneself

    @verb(again=True)
    async def state(self, since: int = 0) -> State:
        """Tell who one is and how far one's conversations have got.

        With ``since``, a time, direct conversations with something said after it are among them.
        """
        raise NotImplementedError

    async def rename(self, name: str) -> None:
        """Take another name; the own participant of an identity keeps its own."""
        raise NotImplementedError

    @verb(again=True)
    async def set_away(self, text: str | None = None) -> None:
        """Be away with this text, or (None) back."""
        raise NotImplementedError

    @verb(again=True)
    async def set_real_name(self, real_name: str) -> None:
        """Change the real name that others see."""
        raise NotImplementedError

    @verb(again=True)
    async def hide(self, hidden: bool = True) -> None:
        """Be found, by those who share no group, under one's full name only."""
        raise NotImplementedError

    @verb(again=True)
    async def set_bot(self, bot: bool = True) -> None:
        """Be marked as a program, or not: other programs don't answer it, and people see it."""
        raise NotImplementedError

    @verb(again=True)
    async def metadata(self, *, group: str = "", person: str = "") -> dict[str, str]:
        """Read the keys and values of a group, of somebody, or (without a name) of oneself."""
        raise NotImplementedError

    @verb(right="settings", again=True)
    async def set_metadata(self, key: str, value: str | None = None, *, group: str = "") -> None:
        """Set a key of one's own or of a group, or (None) remove it.

        Keys have a-z, 0-9 and ``_./-``; clients know "display-name", "avatar" and others.
        """
        raise NotImplementedError

    @verb(again=True)
    async def sessions(self) -> list[SessionInfo]:
        """List the connections of one's account, over every gateway."""
        raise NotImplementedError

    async def end_sessions(self, session: str = "", app_password: str | None = None) -> int:
        """End one of them, those that came by an app password (its label), or all; never this one.

        Tells how many.
        """
        raise NotImplementedError

    # Groups

    @verb(again=True)
    async def join(self, group: str, key: str = "", *, durable: bool = False) -> GroupInfo:
        """Become a member; a group that isn't there is made.

        A durable membership, for identities only, outlives the connection.
        """
        raise NotImplementedError

    @verb(again=True)
    async def leave(self, group: str, reason: str = "") -> None:
        """Stop being a member."""
        raise NotImplementedError

    @verb(right="topic")
    async def set_topic(self, group: str, topic: str, *, token: str = "") -> None:
        """Change the topic, "" for none; where it isn't locked no right is needed."""
        raise NotImplementedError

    async def invite(self, group: str, person: str, *, token: str = "") -> None:
        """Ask somebody in; who has the right to invite opens every door with it."""
        raise NotImplementedError

    @verb(right="kick")
    async def kick(self, group: str, person: str, reason: str = "", *, token: str = "") -> None:
        """Remove a member of the same or a lower rank."""
        raise NotImplementedError

    @verb(right="roles")
    async def grant(self, group: str, person: str, role: str, *, token: str = "") -> None:
        """Give a member a role."""
        raise NotImplementedError

    @verb(right="roles")
    async def revoke(self, group: str, person: str, role: str, *, token: str = "") -> None:
        """Take a role from a member; one's own needs no right."""
        raise NotImplementedError

    @verb(right="settings")
    async def change_settings(self, group: str, changes: list[SettingChange]) -> None:
        """Change settings, or (with the right "lists") bans, exceptions, invitations, the filter,
        or (with the right "roles") the group's own roles.

        A change is a list: setting, value, whether it is set (or added) or taken back, and for how
        many seconds an entry of a list stays (0: for ever).
        """
        raise NotImplementedError

    @verb(again=True)
    async def entries(self, group: str, name: str) -> list[ListEntry]:
        """Read a group's list: "ban", "except", "invite", "filter" or "role"."""
        raise NotImplementedError

    @verb(again=True, right="kick")
    async def filter_log(self, group: str, before: int = LAST, limit: int = 50) -> list[Filtering]:
        """Read what the group's filter did, from before an id on, the newest first."""
        raise NotImplementedError

    @verb(again=True)
    async def group(self, name: str) -> GroupInfo:
        """Describe a group; its members are told to who may see them."""
        raise NotImplementedError

    @verb(again=True)
    async def member(self, group: str, person: str) -> MemberInfo:
        """Describe one member of a group that one is in oneself."""
        raise NotImplementedError

    @verb(again=True)
    async def members(self, group: str, after: int = 0, limit: int = 1000) -> MemberPage:
        """List a group's members by id, those who may be known of, from after an id on.

        Joinings, leavings and the like with a higher id than the page's ``at`` aren't in it yet.
        """
        raise NotImplementedError

    @verb(again=True)
    async def groups(self, after: str = "", limit: int = 100) -> list[GroupLine]:
        """List the groups that one may know of, by name, from after a name on."""
        raise NotImplementedError

    async def revoke_invitation(self, group: str, person: str) -> None:
        """End an invitation into a group."""
        raise NotImplementedError

    @verb(again=True)
    async def invitations(self) -> list[InvitationInfo]:
        """List the invitations that wait for oneself."""
        raise NotImplementedError

    async def decline(self, group: str) -> None:
        """End an invitation of one's own."""
        raise NotImplementedError

    @verb(right="settings")
    async def register(self, group: str) -> None:
        """Register a group, as its founder: it is kept when nobody is in it."""
        raise NotImplementedError

    @verb(right="rename")
    async def rename_group(self, group: str, name: str, reason: str = "") -> None:
        """Give a group another name; where it isn't registered, with the right "settings"."""
        raise NotImplementedError

    async def unregister(self, group: str) -> None:
        """Let a group go: it lives on while there is somebody in it."""
        raise NotImplementedError

    async def transfer(self, group: str, person: str) -> None:
        """Make another identity the founder."""
        raise NotImplementedError

    @verb(again=True)
    async def set_successor(self, group: str, person: str = "") -> None:
        """Name the identity that becomes founder after the founder, "" for none."""
        raise NotImplementedError

    @verb(right="roles", again=True)
    async def set_access(self, group: str, person: str, role: str = "") -> None:
        """Give an identity a role from joining on, "" for none."""
        raise NotImplementedError

    @verb(again=True)
    async def access(self, group: str) -> dict[str, str]:
        """Read which identities have which role from joining on."""
        raise NotImplementedError

    # Talk

    async def say(
        self,
        group: str,
        text: str,
        kind: MessageKind = "text",
        *,
        spans: list[Span] = [],  # noqa: B006 - a default of the wire, never changed
        tags: dict[str, str] | None = None,
        reply_to: int = 0,
        token: str = "",
    ) -> Posted:
        """Say something in a group; ``reply_to`` is the id of the message that is answered."""
        raise NotImplementedError

    async def say_to(
        self,
        person: str,
        text: str,
        kind: MessageKind = "text",
        *,
        spans: list[Span] = [],  # noqa: B006
        tags: dict[str, str] | None = None,
        reply_to: int = 0,
        token: str = "",
    ) -> Posted:
        """Say something to one participant."""
        raise NotImplementedError

    async def typing(
        self, group: str = "", person: str = "", state: TypingState = "active"
    ) -> None:
        """Let a group or a participant know that one is typing: "active", "paused", "done"."""
        raise NotImplementedError

    async def signal(self, tags: dict[str, str], group: str = "", person: str = "") -> None:
        """Pass on client tags without a text; nothing is kept."""
        raise NotImplementedError

    @verb(again=True)
    async def edit(
        self,
        message: int,
        text: str,
        *,
        spans: list[Span] = [],  # noqa: B006
        group: str = "",
        person: str = "",
        said: str = "",
        token: str = "",
    ) -> None:
        """Give a message of one's own another text.

        It is known by its id, or by the token with which it was ``said``; here and below.
        """
        raise NotImplementedError

    async def redact(
        self,
        message: int,
        reason: str = "",
        *,
        group: str = "",
        person: str = "",
        said: str = "",
        token: str = "",
    ) -> None:
        """Take back a message of one's own, or (with the right "redact") somebody else's."""
        raise NotImplementedError

    @verb(again=True)
    async def react(
        self,
        message: int,
        reaction: str,
        added: bool = True,
        *,
        group: str = "",
        person: str = "",
        said: str = "",
        token: str = "",
    ) -> None:
        """Give a reaction to a message, or take it back."""
        raise NotImplementedError

    @verb(again=True)
    async def mark_read(self, upto: int, *, group: str = "", person: str = "") -> int:
        """Note that a conversation was read up to a sequence number; tell how far it is read."""
        raise NotImplementedError

    # History

    @verb(again=True)
    async def history(
        self,
        group: str,
        *,
        after: int = 0,
        before: int = LAST,
        limit: int = 100,
        newest: bool = True,
        happenings: bool = True,
    ) -> Happenings:
        """Read a group's history between two sequence numbers, both excluded.

        Where there is more than ``limit``, the last of it, or without ``newest`` the first.
        """
        raise NotImplementedError

    @verb(again=True)
    async def history_with(
        self,
        person: str,
        *,
        after: int = 0,
        before: int = LAST,
        limit: int = 100,
        newest: bool = True,
        happenings: bool = True,
    ) -> Happenings:
        """Read the history of a direct conversation; as `history`."""
        raise NotImplementedError

    @verb(again=True)
    async def conversations(
        self, after: int = 0, before: int = LAST, limit: int = 100
    ) -> list[Talked]:
        """List one's conversations in which something was last said between two times."""
        raise NotImplementedError

    @verb(again=True)
    async def search(
        self,
        text: str,
        *,
        group: str = "",
        person: str = "",
        author: str = "",
        since: int = 0,
        until: int = LAST,
        before: int = LAST,
        limit: int = 50,
    ) -> Happenings:
        """Find messages with these words, the newest first: in a group, in the direct ones with
        somebody, or in all one's conversations. ``before``, an id, begins the next page.
        """
        raise NotImplementedError

    # Contacts and privacy

    @verb(again=True)
    async def contacts(self) -> dict[str, list[ContactInfo]]:
        """Read one's circles, and who is in them, in order."""
        raise NotImplementedError

    @verb(again=True)
    async def put_contact(
        self, circle: str, person: str, alias: str = "", note: str = "", place: int = -1
    ) -> None:
        """Add a contact to a circle, which is made where there is none, or change it there.

        The place -1 is where it is, or the last.
        """
        raise NotImplementedError

    async def remove_contact(self, person: str, circle: str = "") -> None:
        """Remove a contact from a circle, or from all."""
        raise NotImplementedError

    @verb(again=True)
    async def add_circle(self, circle: str, place: int = 1000) -> None:
        """Make a circle, or move one."""
        raise NotImplementedError

    async def remove_circle(self, circle: str) -> None:
        """Remove a circle and all contacts in it."""
        raise NotImplementedError

    async def rename_circle(self, circle: str, name: str) -> None:
        """Call a circle something else."""
        raise NotImplementedError

    @verb(again=True)
    async def standings(self) -> list[StandingInfo]:
        """Tell how those of one's contacts are there who are."""
        raise NotImplementedError

    @verb(again=True)
    async def privacy(self) -> PrivacyInfo:
        """Read who may reach one."""
        raise NotImplementedError

    @verb(again=True)
    async def set_privacy(self, mode: str) -> None:
        """Choose who may reach one: "all", "none", "permit-list", "deny-list" or "contacts"."""
        raise NotImplementedError

    @verb(again=True)
    async def permit(self, person: str, permitted: bool = True) -> None:
        """Put somebody on the list of those who may, or take him off."""
        raise NotImplementedError

    @verb(again=True)
    async def deny(self, person: str, denied: bool = True) -> None:
        """The same for those who may not."""
        raise NotImplementedError

    @verb(again=True)
    async def ignore(self, person: str, ignored: bool = True) -> None:
        """The same for those whom one doesn't want to hear."""
        raise NotImplementedError

    async def warn(self, person: str, *, anonymous: bool = False) -> int:
        """Warn somebody for what he said directly of late; tell his level in percent."""
        raise NotImplementedError

    @verb(again=True)
    async def set_idle(self, seconds: int) -> None:
        """Say that one has been doing nothing for so long; 0: that one is back."""
        raise NotImplementedError

    @verb(again=True)
    async def set_profile(self, text: str) -> None:
        """Say something of oneself, for those who ask."""
        raise NotImplementedError

    @verb(again=True)
    async def profile(self, person: str) -> str:
        """Read what somebody says of himself."""
        raise NotImplementedError

    # People

    @verb(again=True)
    async def whois(self, person: str) -> PersonInfo:
        """Describe a participant."""
        raise NotImplementedError

    @verb(again=True)
    async def ping(self) -> int:
        """Tell the hub's time."""
        raise NotImplementedError
