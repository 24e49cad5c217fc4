"""What a client tells its program beside events, in their places in the stream."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from words.client.own import Own
from words.errors import WordsError
from words.remote.happenings import Heard
from words.remote.values import State


class Online(NamedTuple):
    """The connection is there (again), and everything is as it was; what was missed follows."""

    state: State


class Offline(NamedTuple):
    """The connection is gone; it is being made again."""

    reason: str


class Removed(NamedTuple):
    """The group couldn't be joined again after the connection was lost."""

    group: str
    error: WordsError


class Gap(NamedTuple):
    """Of a conversation there is something that can't be read back: nothing from ``after`` to
    ``before`` (sequence numbers, both excluded) was or will be in the stream.
    """

    name: str
    after: int
    before: int


Item: TypeAlias = Heard | Online | Offline | Removed | Gap | Own


class Disconnected(WordsError):
    """The connection was lost while something was done that can't just be done again.

    Whether it came to pass is not known.
    """

    code = "disconnected"
