"""What the chat service must know of the configuration, as plain values."""

from __future__ import annotations

import msgspec

from words.chat.roles import RIGHTS, Role, Roles
from words.config import Chat
from words.errors import ConfigError
from words.lookalikes import skeleton


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths are in characters, ``body`` in bytes of UTF-8."""

    groups_per_participant: int
    name: int
    group_name: int
    topic: int
    body: int
    list_entries: int


class ChatSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``open_history`` and ``closed_history`` are the visibility where a group chose none.

    ``reserved`` are the looks (`words.lookalikes`) of names that nobody may have.
    """

    guests: bool
    reserved: frozenset[str] = frozenset()
    limits: Limits
    roles: Roles
    creator_role: str
    open_history: str
    closed_history: str


def chat_settings(chat: Chat) -> ChatSettings:
    """Return the settings that the configuration gives; raises `ConfigError` for a wrong right."""
    known = ", ".join(sorted(RIGHTS))
    problems = [
        f"chat.roles.{name}.rights: there is no right {right}; rights are: {known}"
        for name, role in chat.roles.items()
        for right in role.rights
        if right not in RIGHTS
    ]
    if problems:
        raise ConfigError(*problems)
    return ChatSettings(
        guests=chat.guests,
        reserved=frozenset(skeleton(name) for name in chat.reserved_names),
        limits=Limits(
            groups_per_participant=chat.max_groups_per_participant,
            name=chat.max_name_length,
            group_name=chat.max_group_name_length,
            topic=chat.max_topic_length,
            body=chat.max_body,
            list_entries=chat.max_list_entries,
        ),
        roles=Roles(
            [Role(name, role.rank, frozenset(role.rights)) for name, role in chat.roles.items()]
        ),
        creator_role=chat.creator_role,
        open_history=chat.open_history,
        closed_history=chat.closed_history,
    )
