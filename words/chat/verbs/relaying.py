"""Saying what somebody of another network said."""

from __future__ import annotations

import msgspec

from words.chat import policy
from words.chat.group import Group
from words.chat.verbs.talk import Body, Talk
from words.errors import BadName
from words.events import Said

FORBIDDEN = frozenset(" !@,*?:#&%~+")
"""What a wire would take for something else than a part of a name."""


class Relaying(Talk):
    """The verb of relays."""

    __slots__ = ()

    def relay(
        self, group: Group, name: str, sign: str, body: Body, *, privileged: bool = False
    ) -> Said:
        """Say something in a group as ``name``, which has ``sign`` in it; needs the right
        "settings" there, or (``privileged``) to be a relay for the whole hub.

        The relay answers for it: it is as if it had said it itself. Raises `NotMember`,
        `NeedsRight`, `BadName`, and as `say`.
        """
        roles = self.service.settings.roles
        if not privileged:
            policy.with_right(group, self.participant, "settings", roles)
        user, _, network = name.partition(sign)
        if not user or not network or len(name) > 2 * self.service.settings.limits.name:
            raise BadName(name, "isn't name and network")
        if not name.isprintable() or any(char in name for char in FORBIDDEN):
            raise BadName(name, "has a character that it can't have")
        author = msgspec.structs.replace(self.participant.actor, name=name, account="")
        return self.say(group, body._replace(author=author))
