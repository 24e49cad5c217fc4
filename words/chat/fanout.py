"""Telling events to listeners, at a cost per batch and wire form, not per message and member.

A group's events of a turn wait in its `Audience`. *Sealing* encodes them once for each form
that listens and appends that one chunk to every listener's chunks. Sealing happens at the end
of the turn, when a listener's form changes, and when a speaker with unsealed events speaks
elsewhere; so everybody sees one order per conversation and per speaker. Who joins or leaves in
between hears a part of the batch.

A *note* is for one listener (a reply, an echo with a label, a direct message). It keeps its
place in the turn, and only that listener's pieces are put in order of their places.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any, TypeAlias

from msgspec.structs import replace

from words.events import Edited, Event, Quit, Said
from words.interfaces import Form, Outlet

log = logging.getLogger(__name__)

Part: TypeAlias = tuple[int, Any]
"""A piece and its place in the turn."""

UNTELLABLE = "(The hub can't show this message; its log says why.)"
"""What stands in the place of a text whose encoding failed."""

PUSHES_A_LOOK = 32
"""How many pushes go between two looks at the clock: each takes some microseconds."""

_place_of = itemgetter(0)


class Listener:
    """One attachment's ear: the forms it reads, and what this turn has to tell it.

    ``form`` is for what happens in conversations; ``aside``, joined by the same rule, for what
    is told to each listener alone, so it may be of a larger set of forms.
    """

    __slots__ = ("aside", "chunks", "form", "outlet", "parts")

    def __init__(self, form: Form, aside: Form, outlet: Outlet) -> None:
        self.form = form
        self.aside = aside
        self.outlet = outlet
        self.chunks: list[Any] = []
        self.parts: list[Part] | None = None


class Audience:
    """Who listens to one conversation, by form, and what they were not told yet."""

    __slots__ = ("_fanout", "forms", "name", "parting", "pending", "ranges")

    def __init__(self, fanout: Fanout, name: str) -> None:
        self._fanout = fanout
        self.name = name
        self.forms: dict[Form, dict[Listener, None]] = {}
        self.pending: list[tuple[int, Event, Collection[Listener]]] = []
        self.ranges: dict[Listener, int] = {}  # joined since: hears from this index on
        self.parting: dict[Listener, tuple[Form, int, int]] = {}  # left since: hears from, to

    def add(self, listener: Listener) -> None:
        """Let ``listener`` hear what is published from now on."""
        if listener in self.parting:
            self._fanout.seal(self)
        self.forms.setdefault(listener.form, {})[listener] = None
        if self.pending:
            self.ranges[listener] = len(self.pending)

    def remove(self, listener: Listener) -> None:
        """Let ``listener`` hear nothing that is published from now on."""
        listeners = self.forms[listener.form]
        del listeners[listener]
        if not listeners:
            del self.forms[listener.form]
        if self.pending:
            start = self.ranges.pop(listener, 0)
            self.parting[listener] = (listener.form, start, len(self.pending))

    def __contains__(self, listener: Listener) -> bool:
        return listener in self.forms.get(listener.form, ())

    def __iter__(self) -> Iterator[Listener]:
        for listeners in self.forms.values():
            yield from listeners

    def __len__(self) -> int:
        return sum(map(len, self.forms.values()))


class Fanout:
    """What the running turn says, to anyone."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._place = 0
        self._unsealed: dict[Audience, None] = {}
        self._noted: list[Listener] = []
        self._speaking: deque[Listener] = deque()
        self.unspoken = 0
        """Bytes (or events, in process) that were sealed and not pushed yet."""

    def publish(self, audience: Audience, event: Event, skip: Collection[Listener] = ()) -> None:
        """Tell ``event`` to everybody who listens now, except ``skip``."""
        self._place += 1
        if not audience.pending:
            self._unsealed[audience] = None
        audience.pending.append((self._place, event, skip))

    def note(self, listener: Listener, piece: Any) -> None:
        """Tell one listener a piece of its own form, in its place."""
        self._place += 1
        self._part(listener).append((self._place, piece))

    def tell(self, listener: Listener, event: Event, where: str = "") -> None:
        """Tell one listener an event, in its place."""
        piece = encoded(listener.form, event, where)
        if piece is not None:
            self.note(listener, piece)

    def tell_all(self, listeners: Iterable[Listener], event: Event) -> None:
        """Tell each of ``listeners`` an event of no conversation, encoded once a form."""
        self._place += 1
        made: dict[Form, Part | None] = {}  # one for all of a form: see `close_turn`
        for listener in listeners:
            form = listener.aside
            if form not in made:
                piece = encoded(form, event, "")
                made[form] = None if piece is None else (self._place, piece)
            if (part := made[form]) is not None:
                if listener.parts is None:
                    listener.parts = [part]
                    self._noted.append(listener)
                else:
                    listener.parts.append(part)

    def _part(self, listener: Listener) -> list[Part]:
        parts = listener.parts
        if parts is None:
            listener.parts = parts = []
            self._noted.append(listener)
        return parts

    def seal(self, audience: Audience) -> None:
        """Encode what is pending and hand it to those who were there when it happened."""
        entries = audience.pending
        if not entries:
            return
        audience.pending = []
        del self._unsealed[audience]
        skips: dict[Listener, set[int]] = {}
        for index, (_, _, skip) in enumerate(entries):
            for listener in skip:
                skips.setdefault(listener, set()).add(index)
        ranges, parting = audience.ranges, audience.parting
        made: dict[Form, list[Part]] = {}
        odd = skips.keys() | ranges.keys()
        for form, listeners in audience.forms.items():
            parts = made[form] = self._encode(form, entries, audience.name)
            pieces = [piece for _, piece in parts if piece is not None]
            chunk = form.join(pieces) if pieces else None
            told = 0
            for listener in listeners:
                if listener.parts is not None or listener in odd:
                    start, skip_set = ranges.get(listener, 0), skips.get(listener, ())
                    self._hand_parts(listener, parts, start, len(parts), skip_set)
                elif chunk is not None:
                    if not listener.chunks:
                        self._speaking.append(listener)
                    listener.chunks.append(chunk)
                    told += 1
            if chunk is not None:
                self.unspoken += len(chunk) * told
        for listener, (form, start, stop) in parting.items():
            if form not in made:
                made[form] = self._encode(form, entries, audience.name)
            self._hand_parts(listener, made[form], start, stop, skips.get(listener, ()))
        audience.ranges = {}
        audience.parting = {}

    def _encode(
        self, form: Form, entries: list[tuple[int, Event, Collection[Listener]]], where: str
    ) -> list[Part]:
        return [
            (place, encoded(form, event, "" if type(event) is Quit else where))
            for place, event, _ in entries
        ]

    def _hand_parts(
        self, listener: Listener, parts: list[Part], start: int, stop: int, skip: Collection[int]
    ) -> None:
        chosen = [
            parts[index]
            for index in range(start, stop)
            if index not in skip and parts[index][1] is not None
        ]
        if listener.parts is not None:
            listener.parts += chosen
        elif chosen:
            self._queue(listener, listener.form.join([piece for _, piece in chosen]))

    def _queue(self, listener: Listener, chunk: Any) -> None:
        if not listener.chunks:
            self._speaking.append(listener)
        listener.chunks.append(chunk)
        self.unspoken += len(chunk)

    def close_turn(self) -> None:
        """Seal everything and put notes in their places. Neighbours of one form that are told the
        same, as of a QUIT, share the bytes."""
        while self._unsealed:
            self.seal(next(iter(self._unsealed)))
        form: Form | None = None
        before: list[Part] = []
        chunk: Any = None
        for listener in self._noted:
            parts = listener.parts or []
            listener.parts = None
            if listener.form is not form or parts != before:
                form, before = listener.form, parts
                chunk = form.join([piece for _, piece in sorted(parts, key=_place_of)])
            if parts:
                self._queue(listener, chunk)
        self._noted.clear()
        self._place = 0

    def speak(self, deadline: float) -> bool:
        """Push each listener's chunks as one, until ``deadline``; return whether all is said."""
        speaking = self._speaking
        count = 0
        while speaking:
            listener = speaking.popleft()
            chunks = listener.chunks
            listener.chunks = []
            chunk = chunks[0] if len(chunks) == 1 else listener.form.join(chunks)
            self.unspoken -= len(chunk)
            listener.outlet.push(chunk)
            count += 1
            if count % PUSHES_A_LOOK == 0 and self._now() > deadline:
                break
        return not speaking


def encoded(form: Form, event: Event, where: str) -> Any:
    """Return the event's piece, None if the form has none.

    If it fails, a defect, what was said is told as `UNTELLABLE`, so that nothing is missed unseen.
    """
    try:
        return form.encode(event, where)
    except Exception:
        log.exception("%s can't encode %s %d", form, type(event).__name__, event.id)
    if not isinstance(event, Said | Edited):
        return None
    try:
        plain = replace(event, text=UNTELLABLE, spans=(), form="", wire="")
        return form.encode(plain, where)
    except Exception:  # then it isn't the text
        return None
