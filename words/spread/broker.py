"""One connection: bytes in, events out; answers and calls in, bytes out. Sans-IO.

    broker.receive_data(data)            any bytes of the peer
    event = broker.next_event()          one at a time, in arrival order; None: feed more
    broker.answer(call, value)           or fail(call, exception)
    broker.call(reference, "say", args)  a request number, or 0 if one-way
    sock.sendall(broker.data_to_send())

A message is read only when it is asked for, after everything said about those before it. A decref
goes after what was said before the reference died (an answer that gives the object back, too), and
before what is said later.
Nothing here waits, logs or knows the time. A ProtocolError from any method means: send what there
is, close, and call `lose`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from words.spread import banana, messages
from words.spread.decoder import Decoder
from words.spread.encoder import NONE_WORDS, PB_WORDS, Encoder, Words
from words.spread.errors import (
    ConnectionLost,
    DeadReference,
    Error,
    InvalidObject,
    JellyError,
    NegotiationError,
    NoSuchMethod,
    RemoteError,
    SlowReader,
    TooLarge,
    TooManyOffences,
)
from words.spread.events import Answer, Call, Dropped, Event, Failure, Ready, Refused
from words.spread.failure import encode_failure, is_expected
from words.spread.flavors import Cacheable, Perspective, Referenceable, RemoteCache, Root, Viewable
from words.spread.limits import DEFAULT_LIMITS, Limits
from words.spread.references import (
    ROOT,
    Caller,
    Export,
    Exports,
    Imports,
    Observer,
    RemoteReference,
    Target,
)
from words.spread.registry import Registry
from words.spread.salvage import mentions
from words.spread.shared import SharedCall
from words.spread.stream import Stream

VERSION = 6
"""Of the protocol. Source: stock broker; it has never been another in our time."""

_PING = SharedCall("ping", answer=True)


class Broker:
    """The protocol of one connection.

    `listening` says which side speaks first. `root` is what the peer finds by that name. `report`
    is told of bugs: (where, exception) of a published method or callback that raised what it did
    not mean to. `tracebacks` lets those cross to the peer; for development.
    """

    def __init__(
        self,
        *,
        listening: bool,
        root: Referenceable | None = None,
        registry: Registry | None = None,
        limits: Limits = DEFAULT_LIMITS,
        report: Callable[[str, BaseException], None] | None = None,
        tracebacks: bool = False,
        peer: Mapping[str, Any] | None = None,
    ) -> None:
        self.limits = limits
        self.peer: Mapping[str, Any] = peer or {}
        """What the driver knows of the peer, for login: "address", "certificate" (DER), "uid"."""
        self.caller: Caller | None = None
        self.active = 0
        """Calls given out and not answered; the driver stops asking at `limits.calls`."""
        self.unsent = 0
        """Bytes that data_to_send would return, roughly."""
        self.on_wake: Callable[[], None] | None = None
        """Called when there is something to send that no call here caused; from any thread."""
        self.released: deque[tuple[bool, int]] = deque()
        """(is a cache, number) to give back to the peer, each once."""
        self._registry = registry or Registry()
        self._report = report or _report
        self._tracebacks = tracebacks
        self._listening = listening
        self._words: Words | None = None
        self._imports = Imports(self, limits)
        self._exports = Exports(limits)
        hooks = _Incoming(self._imports, self._exports)
        self._decoder = Decoder(self._registry, hooks, limits)
        self._encoder: Encoder | None = None
        self._stream = Stream(self._decoder, limits)
        self._out: list[bytes] = []
        self._request = 0
        self._pending: dict[int, list[Export]] = {}
        self._offences = 0
        self._versioned = False
        self._lost = False
        self._root = root.root_for(self) if isinstance(root, Root) else root
        if listening:
            self._out.append(banana.encode(list(banana.DIALECTS), banana.NONE))

    # What comes in

    def receive_data(self, data: bytes) -> None:
        """Takes bytes of the peer; they are looked at by next_event."""
        self._stream.feed(data)

    @property
    def waiting(self) -> int:
        """Bytes received and not yet asked for: pause reading when there are too many."""
        return self._stream.waiting

    def next_event(self) -> Event | None:
        """The next thing that the driver must know of, or None until more is received.

        Raises ProtocolError when the connection cannot go on.
        """
        while not self._lost:
            if self._words is None:
                sexp = self._stream.next_sexp()
                return self._negotiate(sexp) if sexp is not None else None
            if self._imports.received:
                self._imports.received.clear()
            try:
                message = self._stream.next()
            except messages.BadMessage as bad:
                return self._bad(bad)
            if message is None:
                return None
            event = _HANDLERS[message[0]](self, message)
            if event is not None:
                return event
        return None

    def _negotiate(self, sexp: banana.Sexp) -> Event | None:
        if self._listening:
            dialect = sexp
        else:
            offered = sexp if isinstance(sexp, list) else []
            dialect = next((d for d in offered if d in banana.DIALECTS), b"")
        if not isinstance(dialect, bytes) or dialect not in banana.DIALECTS:
            raise NegotiationError("no dialect in common")
        if not self._listening:
            self._push(banana.encode(dialect, banana.NONE))
        pb = dialect == banana.PB
        self._words = PB_WORDS if pb else NONE_WORDS
        self._decoder.words = banana.WORDS if pb else {}
        self._encoder = self._new_encoder()
        self._push(messages.short(self._words, messages.VERSION, VERSION))
        return Ready(dialect)

    def _version(self, message: messages.Message) -> Event | None:
        if message[1] != VERSION:
            raise NegotiationError(f"protocol version {message[1]}")
        if self._versioned:
            return self._offence("a second version")
        self._versioned = True
        return None

    def _message(self, message: messages.Message) -> Event | None:
        _, request, target, method, wants, args, kw = message
        export = self._exports.objects.get(target)
        viewed = False
        obj: Any
        if export is not None:
            obj = export.obj
            perspective = export.perspective
            function = export.methods.get(method)
            viewed = isinstance(obj, Viewable)
            if perspective is not None:
                self._came_through(perspective)
        elif target == b"root" and self._root is not None:
            obj, perspective = self._root, None
            function = self._root._methods.get(method)
        else:
            return self._refuse(request, wants, InvalidObject("Invalid Object ID"))
        if function is None:
            return self._refuse(request, wants, _no_such_method(obj, method))
        if wants:
            self.active += 1
        return Call(request, bool(wants), obj, function, method, args, kw, perspective, viewed)

    def _cachemessage(self, message: messages.Message) -> Event | None:
        _, request, luid, method, wants, args, kw = message
        core = self._imports.core(luid)
        if core is None:
            return self._refuse(request, wants, InvalidObject("no such cache"))
        function = core._methods.get(method)
        if function is None:
            return self._refuse(request, wants, _no_such_method(core, method))
        if wants:
            self.active += 1
        return Call(request, bool(wants), core, function, method, args, kw, None, False)

    def _came_through(self, perspective: object) -> None:
        for is_cache, _, ref in self._imports.received:
            if not is_cache and isinstance(ref, RemoteReference) and ref.perspective is None:
                ref.perspective = perspective

    def _answered(self, message: messages.Message) -> Event:
        command, request, value = message
        pins = self._pending.pop(request, None)
        if pins is None:
            return self._offence("an answer to no call")
        self._exports.unpin(pins)
        if command == messages.ANSWER:
            return Answer(request, value)
        if not isinstance(value, BaseException):
            value = RemoteError("unknown", "the peer sent no failure it could name")
        return Failure(request, value)

    def _decref(self, message: messages.Message) -> Event | None:
        try:
            export = self._exports.decref(message[1])
        except KeyError:
            return self._offence("a decref of an unknown object")
        if export is not None:
            self._unreferenced(export.obj)
        return None

    def _decache(self, message: messages.Message) -> Event | None:
        try:
            entry = self._exports.decache(message[1])
        except KeyError:
            return self._offence("a decache of an unknown cache")
        if entry is not None:
            self._stopped(entry.obj, entry.observer)
            assert self._words is not None
            self._push(messages.short(self._words, messages.UNCACHE, message[1]))
        return None

    def _uncache(self, message: messages.Message) -> Event | None:
        try:
            self._imports.uncache(message[1])
        except KeyError:
            return self._offence("an uncache of an unknown cache")
        return None

    def _bad(self, bad: messages.BadMessage) -> Event | None:
        """A message that cannot be used: its sender, or our caller, is told, and nobody else."""
        _forget_frames(bad)  # they hold references that are to be given back now
        handled = [(cache, luid) for cache, luid, _ in self._imports.received]
        self._imports.received.clear()
        dialect = banana.PB if self._words is PB_WORDS else banana.NONE
        rest = mentions(bad.raw, dialect, self._registry, self.limits)[len(handled) :]
        self.released.extend(rest)
        if not bad.command:
            return self._offence(str(bad))
        if bad.command in (messages.ANSWER, messages.ERROR):
            pins = self._pending.pop(bad.request, None)
            if pins is None:
                return self._offence("an answer to no call")
            self._exports.unpin(pins)
            return Failure(bad.request, bad.reason)
        if bad.request:
            self._send_failure(bad.request, bad.reason)
        return Dropped(str(bad))

    def _offence(self, reason: str) -> Dropped:
        self._offences += 1
        if self._offences > self.limits.offences:
            raise TooManyOffences(f"too many; the last: {reason}")
        return Dropped(reason)

    # What goes out

    def call(
        self,
        target: Target | None,
        method: str,
        args: tuple[Any, ...] = (),
        kw: dict[str, Any] | None = None,
        *,
        answer: bool = True,
    ) -> int:
        """Sends a call: to the peer's root if `target` is None. Its number, or 0 if one-way.

        Raises JellyError when the arguments cannot be sent, ConnectionLost or DeadReference.
        """
        words = self._speak(target)
        perspective = target.perspective if target is not None else None
        parts = [words.string(method.encode()), b"\x01\x81" if answer else b"\x00\x81"]
        tail, exports = self._encode(parts, (args, kw or {}), perspective)
        self._request = request = self._request + 1
        command = messages.CACHEMESSAGE if isinstance(target, Observer) else messages.MESSAGE
        number = target._wire if target is not None else ROOT
        if answer:
            self._exports.pin(exports)
            self._pending[request] = exports
        self._push(messages.call_head(words, command, request, number) + tail)
        return request if answer else 0

    def ping(self) -> int:
        """Sends a call that fails at every peer, and changes nothing there: its number."""
        words = self._speak(None)
        self._request += 1
        self._pending[self._request] = []
        head = messages.call_head(words, messages.MESSAGE, self._request, b"\x00\x81")
        self._push(head + _PING.tail(words))
        return self._request

    def send_shared(self, target: RemoteReference, call: SharedCall) -> None:
        """Sends a one-way call whose bytes are shared between connections."""
        self._push(self.splice(target, call))

    def splice(self, target: RemoteReference, call: SharedCall) -> bytes:
        """The bytes of a shared call for this connection, for a driver with an outbox of its own.

        They must be sent, after what data_to_send has: the number of the call is used up.
        """
        words = self._speak(target)
        self._request = request = self._request + 1
        return words.call + banana.encode_int(request) + target._wire + call.tail(words)

    def answer(self, call: Call, value: object) -> None:
        """Answers a call. What cannot be sent fails the call instead; nothing is raised for it."""
        if not call.wants_answer or self._lost:
            self._undelivered(value)
            return
        assert self._words is not None
        self._give_back()
        parts = [messages.answer_head(self._words, messages.ANSWER, call.request)]
        try:
            data, _ = self._encode(parts, (value,), call.perspective)
        except Exception as exc:
            self._undelivered(value)
            self.fail(call, exc)
        else:
            self._done(call)
            self._push(data)

    def _undelivered(self, value: object) -> None:
        """A perspective that the peer never got is logged out."""
        for obj in value if isinstance(value, tuple) else (value,):
            if isinstance(obj, Perspective) and not self._exports.holds(obj):
                self._unreferenced(obj)

    def fail(self, call: Call, exc: BaseException) -> None:
        """Tells the caller that its call failed, and `report` if that is a bug."""
        if not is_expected(exc):
            self._report(call.name, exc)
        if call.wants_answer and not self._lost:
            self._done(call)
            self._send_failure(call.request, exc)

    def _done(self, call: Call) -> None:
        call.wants_answer = False
        self.active -= 1

    def _refuse(self, request: int, wants: int, exc: Error) -> Event:
        if wants:
            self._send_failure(request, exc)
        return Refused(str(exc))

    def _send_failure(self, request: int, exc: BaseException) -> None:
        assert self._words is not None
        head = messages.answer_head(self._words, messages.ERROR, request)
        self._push(head + encode_failure(self._words, exc, self._tracebacks))

    def _speak(self, target: Target | None) -> Words:
        if self._lost:
            raise DeadReference("the connection has ended")
        if self._words is None:
            raise ConnectionLost("the connection is not ready yet")
        if target is not None and target._owner is not self:
            raise DeadReference("a reference of another connection")
        if self.released:
            self._give_back()
        return self._words

    def _new_encoder(self) -> Encoder:
        assert self._words is not None
        return Encoder(self._registry, _Outgoing(self), self.limits, self._words)

    def _encode(
        self, out: list[bytes], values: tuple[object, ...], perspective: object
    ) -> tuple[bytes, list[Export]]:
        """The bytes of `out` and jellied values, and what they exported.

        On failure nothing has happened.
        """
        encoder, self._encoder = self._encoder or self._new_encoder(), None  # states may call us
        exports = self._exports
        outer, exports.journal = exports.journal, []
        try:
            for value in values:
                encoder.encode(value, out, perspective)
            data = b"".join(out)
            if len(data) > self.limits.message:
                raise TooLarge(f"message of {len(data)} bytes, limit {self.limits.message}")
            if not exports.journal:
                return data, []
            return data, [entry for entry in exports.journal if isinstance(entry, Export)]
        except BaseException:
            for entry in exports.take_back():
                self._stopped(entry.obj, entry.observer)
            raise
        finally:
            exports.journal = outer
            self._encoder = encoder

    def _push(self, data: bytes) -> None:
        self._out.append(data)
        self.unsent += len(data)
        if self.unsent > self.limits.send_buffer:
            raise SlowReader(f"over {self.limits.send_buffer} bytes unsent")

    def data_to_send(self) -> bytes:
        """Everything to be sent, once: what was said, then what was released."""
        self._give_back()
        out, self._out = self._out, []
        self.unsent = 0
        return out[0] if len(out) == 1 else b"".join(out)

    def _give_back(self) -> None:
        """Says what was released. Only before a value is encoded or after it was pushed: a value
        may hold the last reference to what it mentions.
        """
        while self.released and self._words is not None and not self._lost:
            cache, luid = self.released.popleft()
            command = messages.DECACHE if cache else messages.DECREF
            self._out.append(messages.short(self._words, command, luid))

    def exported(self, kind: type[Any]) -> Iterator[Any]:
        """Our objects of that class that the peer holds."""
        for export in list(self._exports.objects.values()):
            if export.count and isinstance(export.obj, kind):
                yield export.obj

    def wake(self) -> None:
        """Something was released; from any thread."""
        if self.on_wake is not None:
            self.on_wake()

    # The end

    def lose(self) -> list[int]:
        """The connection has ended: our objects are told; the calls that never get an answer."""
        if self._lost:
            return []
        self._lost = True
        self.caller = None
        self.on_wake = None
        held, caches = self._exports.clear()
        for export in held:
            self._unreferenced(export.obj)
        for entry in caches:
            self._stopped(entry.obj, entry.observer)
        if self._root is not None:
            self._unreferenced(self._root)
            self._root = None
        self._imports.clear()
        pending = list(self._pending)
        self._pending.clear()
        self.released.clear()
        return pending

    def _unreferenced(self, obj: Any) -> None:
        if isinstance(obj, Referenceable):
            try:
                obj.unreferenced(self)
            except Exception as exc:
                self._report("unreferenced", exc)

    def _stopped(self, obj: Cacheable, observer: Observer) -> None:
        try:
            obj.stopped_observing(observer.perspective, observer)
        except Exception as exc:
            self._report("stopped_observing", exc)


class _Incoming:
    """What the decoder may touch: see decoder.Hooks."""

    __slots__ = ("_exports", "_imports", "cached", "new_cache", "remote")

    def __init__(self, imports: Imports, exports: Exports) -> None:
        self._imports = imports
        self._exports = exports
        self.remote = imports.reference
        self.cached = imports.cached
        self.new_cache = imports.new_cache

    def local(self, luid: int) -> object:
        export = self._exports.objects.get(luid)
        if export is None:
            raise JellyError(f"no object has number {luid}")
        return export.obj

    def lcache(self, luid: int) -> object:
        entry = self._exports.caches.get(luid)
        if entry is None:
            raise JellyError(f"no cache has number {luid}")
        return entry.obj


class _Outgoing:
    """What the encoder may touch: see encoder.Hooks."""

    __slots__ = ("_broker",)

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def export(self, obj: Any, perspective: object) -> tuple[bytes, tuple[object, ...], int] | None:
        broker = self._broker
        if isinstance(obj, (Referenceable, Viewable)):
            luid = broker._exports.add(obj, perspective).luid
            if isinstance(obj, Referenceable) and obj.wire_tag:
                return obj.wire_tag, obj.wire_extra(), luid
            return b"remote", (), luid
        if isinstance(obj, RemoteReference):
            if obj._owner is not broker:
                raise JellyError("a reference of another connection cannot be passed on")
            return b"local", (), obj.luid
        if isinstance(obj, RemoteCache) and (luid := broker._imports.number_of(obj)):
            return b"lcache", (), luid
        return None

    def cache(self, obj: Cacheable, perspective: object) -> tuple[int, bool, object]:
        broker = self._broker
        luid, first = broker._exports.add_cache(obj, broker, perspective)
        if not first:
            return luid, False, None
        observer = broker._exports.caches[luid].observer
        return luid, True, obj.get_state_to_cache_and_observe_for(perspective, observer)


def _no_such_method(obj: Any, method: bytes) -> NoSuchMethod:
    name = method[:100].decode("ascii", "backslashreplace")
    return NoSuchMethod(f"No such method: {obj._prefix}{name}")


def _forget_frames(exc: BaseException | None) -> None:
    while exc is not None:
        exc.__traceback__ = None
        exc = exc.__cause__ or exc.__context__


def _report(where: str, exc: BaseException) -> None:
    import logging  # only when there is something to say

    logging.getLogger("words.spread").error("in %s", where, exc_info=exc)


_HANDLERS: dict[int, Callable[[Broker, messages.Message], Event | None]] = {
    messages.VERSION: Broker._version,
    messages.MESSAGE: Broker._message,
    messages.CACHEMESSAGE: Broker._cachemessage,
    messages.ANSWER: Broker._answered,
    messages.ERROR: Broker._answered,
    messages.DECREF: Broker._decref,
    messages.DECACHE: Broker._decache,
    messages.UNCACHE: Broker._uncache,
}
