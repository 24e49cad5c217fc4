"""The chat service as it is published: the table of its verbs.

Names of groups and participants are texts; ids, sequence numbers and times (milliseconds since
1970 UTC) are as in events. A verb that refuses raises what `words.errors` has for it.
"""

from __future__ import annotations

from words.events import MessageKind, SettingChange, Span
from words.remote.happenings import Happenings
from words.remote.table import Surface, verb
from words.remote.values import (
    GroupInfo,
    GroupLine,
    ListEntry,
    PersonInfo,
    Posted,
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
    async def set_topic(self, group: str, topic: str) -> None:
        """Change the topic, "" for none; where it isn't locked no right is needed."""
        raise NotImplementedError

    async def invite(self, group: str, person: str) -> None:
        """Ask somebody in; who has the right to invite opens every door with it."""
        raise NotImplementedError

    @verb(right="kick")
    async def kick(self, group: str, person: str, reason: str = "") -> None:
        """Remove a member of the same or a lower rank."""
        raise NotImplementedError

    @verb(right="roles")
    async def grant(self, group: str, person: str, role: str) -> None:
        """Give a member a role."""
        raise NotImplementedError

    @verb(right="roles")
    async def revoke(self, group: str, person: str, role: str) -> None:
        """Take a role from a member; one's own needs no right."""
        raise NotImplementedError

    @verb(right="settings")
    async def change_settings(self, group: str, changes: list[SettingChange]) -> None:
        """Change settings, or (with the right "lists") bans, exceptions and invitations.

        A change is a list: setting, value, whether it is set (or added) or taken back.
        """
        raise NotImplementedError

    @verb(again=True)
    async def entries(self, group: str, name: str) -> list[ListEntry]:
        """Read a group's list: "ban", "except" or "invite"."""
        raise NotImplementedError

    @verb(again=True)
    async def group(self, name: str) -> GroupInfo:
        """Describe a group; its members are told to who may see them."""
        raise NotImplementedError

    @verb(again=True)
    async def groups(self, after: str = "", limit: int = 100) -> list[GroupLine]:
        """List the groups that one may know of, by name, from after a name on."""
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
        token: str = "",
    ) -> Posted:
        """Say something in a group."""
        raise NotImplementedError

    async def say_to(
        self,
        person: str,
        text: str,
        kind: MessageKind = "text",
        *,
        spans: list[Span] = [],  # noqa: B006
        tags: dict[str, str] | None = None,
        token: str = "",
    ) -> Posted:
        """Say something to one participant."""
        raise NotImplementedError

    async def typing(self, group: str = "", person: str = "", state: str = "active") -> None:
        """Let a group or a participant know that one is typing: "active", "paused", "done"."""
        raise NotImplementedError

    async def signal(self, tags: dict[str, str], group: str = "", person: str = "") -> None:
        """Pass on client tags without a text; nothing is kept."""
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

    # People

    @verb(again=True)
    async def whois(self, person: str) -> PersonInfo:
        """Describe a participant."""
        raise NotImplementedError

    @verb(again=True)
    async def ping(self) -> int:
        """Tell the hub's time."""
        raise NotImplementedError
