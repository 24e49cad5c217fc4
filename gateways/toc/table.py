"""The table of commands: what each needs before its handler is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from gateways import connection
from gateways.toc.arguments import Command
from gateways.toc.session import Session

Later: TypeAlias = connection.Later[Session]
Handler: TypeAlias = Callable[[Session, Command], Later | None]

Stage: TypeAlias = Literal["new", "signed-on", "online"]
"""``new``: before SIGN_ON; ``signed-on``: from then on; ``online``: after toc_init_done."""


class Row(msgspec.Struct, frozen=True):
    """A row. ``least``: arguments it can't do without; ``active``: whether it shows somebody is
    there; ``cost``: units of flood control."""

    name: str
    handler: Handler
    stage: Stage
    least: int
    cost: float
    active: bool


COMMANDS: dict[str, Row] = {}


def command(
    *names: str,
    stage: Stage = "signed-on",
    least: int = 0,
    cost: float = 1.0,
    active: bool = False,
) -> Callable[[Handler], Handler]:
    """Put a handler into the table under these names."""

    def put(handler: Handler) -> Handler:
        for name in names:
            COMMANDS[name] = Row(name, handler, stage, least, cost, active)
        return handler

    return put
