"""The admin service over Perspective Broker: a perspective with a method for each verb.

A verb's name has underscores there: ``await admin.user_list(after="")``. Arguments go by name,
results are plain values.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from words.admin.base import Caller
from words.admin.texts import explain
from words.errors import InternalError, WordsError
from words.remote.refusals import told
from words.spread.flavors import Perspective

log = logging.getLogger(__name__)

Perform = Callable[[str, Mapping[str, Any], Caller], Awaitable[Any]]
"""What does a verb for somebody and returns what JSON has, or raises a `WordsError`."""


class AdminPerspective(Perspective):
    """What somebody may administer. ``caller`` is asked each time: rights can be taken away."""

    def __init__(self, perform: Perform, caller: Callable[[], Caller]) -> None:
        self._perform = perform
        self._caller = caller

    async def perform(self, verb: str, arguments: Mapping[str, Any]) -> Any:
        """Do a verb; raises what a client is told of a refusal, with an administrator's text."""
        try:
            return msgspec.to_builtins(await self._perform(verb, arguments, self._caller()))
        except WordsError as error:
            raise told(error, explain(error)) from None
        except Exception:
            log.exception("admin verb %s failed", verb)
            raise told(InternalError(), explain(InternalError())) from None


def wire_name(verb: str) -> str:
    """Return what a verb is called over PB."""
    return verb.replace("-", "_")


@cache
def admin_perspective(
    verbs: Iterable[str], base: type[AdminPerspective] = AdminPerspective
) -> type[AdminPerspective]:
    """Return ``base`` with a ``perspective_...`` for each verb."""
    methods = {f"perspective_{wire_name(verb)}": _method(verb) for verb in verbs}
    return type(base.__name__, (base,), methods)


def _method(verb: str) -> Callable[..., Awaitable[Any]]:
    async def method(perspective: AdminPerspective, /, **arguments: Any) -> Any:
        return await perspective.perform(verb, arguments)

    return method
