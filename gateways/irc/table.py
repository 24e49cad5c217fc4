"""The table of commands: what each needs before its handler is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from gateways import connection
from gateways.irc import limits
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.session import Session

Later: TypeAlias = connection.Later[Session]
Handler: TypeAlias = Callable[[Session, Message], Later | None]


IN_BATCH = 0.2
"""Units of flood control of a line in a client's batch: 100 lines are one message of 22."""


class Command(msgspec.Struct, frozen=True):
    """A row. ``least``: parameters it can't do without. ``early``: also before registration.

    ``cost``: units of flood control, and ``each`` those of every further item of the list that the
    first parameter is. ``active``: whether it shows that somebody is there. ``caps``: to who hasn't
    asked for all of these it is an unknown command.
    """

    name: str
    handler: Handler
    least: int = 0
    early: bool = False
    cost: float = 1.0
    active: bool = False
    help: str = ""
    each: float = 0.0
    caps: int = Cap.NONE

    def price(self, message: Message, in_batch: bool) -> float:
        """Return the units of flood control that a message costs; ``in_batch``: while a client's
        batch is open."""
        if in_batch and "batch=" in message.tag_data:
            return IN_BATCH
        if not self.each or not message.params:
            return self.cost
        return self.cost + self.each * min(message.params[0].count(","), limits.CHANNELS)


COMMANDS: dict[str, Command] = {}


def command(
    name: str,
    *,
    least: int = 0,
    early: bool = False,
    cost: float = 1.0,
    active: bool = False,
    each: float = 0.0,
    caps: int = Cap.NONE,
) -> Callable[[Handler], Handler]:
    """Put a handler into the table; its docstring is the command's help."""

    def put(handler: Handler) -> Handler:
        text = (handler.__doc__ or "").strip()
        COMMANDS[name] = Command(name, handler, least, early, cost, active, text, each, caps)
        return handler

    return put
