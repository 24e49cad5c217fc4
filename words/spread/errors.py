"""What can go wrong, as a tree. `code` is stable and safe to compare, log and translate.

SpreadError                 spread          base of everything below
├── ProtocolError           protocol        the connection cannot go on; it is closed
│   ├── BananaError         banana          bytes that are no banana, or an element over its limit
│   ├── NegotiationError    negotiation     no common dialect, or another protocol version
│   ├── TooManyOffences     offences        the peer's allowance of harmless nonsense is used up
│   └── SlowReader          slow-reader     the peer leaves more unread than the send limit allows
├── JellyError              jelly           one value cannot be sent or read; its call fails
│   ├── InsecureJelly       insecure        a type that nobody registered on this connection
│   ├── TooLarge            too-large       a value over the peer's (or our own) size limits
│   ├── TooDeep             too-deep        a value nested deeper than the limit
│   └── TooManyReferences   references      more live references than the limit, either direction
├── ConnectionLost          lost            the connection ended before the answer came
│   └── DeadReference       dead-reference  a reference of a connection that has ended
├── CallTimeout             timeout         no answer in time (also a TimeoutError)
├── RemoteError             remote          the peer's method failed; says how, as far as it told
└── Error                   error           an expected failure: its type and text cross the wire
    ├── NoSuchMethod        no-such-method  not published under that name
    ├── InvalidObject       invalid-object  no object has that number
    ├── BadArguments        bad-arguments   the method does not take these arguments
    ├── InternalError       internal        what the peer is told about a bug: nothing
    └── Unauthorized        unauthorized    a login was refused

Anything else that a published method raises is a bug: it is reported to the caller as
InternalError, without class name, path or traceback.
"""

from __future__ import annotations

from typing import ClassVar


class SpreadError(Exception):
    """Base class of every exception of this package."""

    code: ClassVar[str] = "spread"


class ProtocolError(SpreadError):
    """The connection cannot go on; whoever drives the broker closes it."""

    code = "protocol"


class BananaError(ProtocolError):
    """Bytes that are no banana, or an element over its limit: framing is lost."""

    code = "banana"


class NegotiationError(ProtocolError):
    """No common dialect, or a protocol version other than 6."""

    code = "negotiation"


class TooManyOffences(ProtocolError):
    """The peer sent more harmless nonsense than `Limits.offences` allows."""

    code = "offences"


class SlowReader(ProtocolError):
    """More than `Limits.send_buffer` bytes wait for a peer that does not read them."""

    code = "slow-reader"


class JellyError(SpreadError):
    """One value cannot be sent or read; only the call that carries it fails."""

    code = "jelly"


class InsecureJelly(JellyError):
    """A type tag or a class that is not registered on this connection."""

    code = "insecure"


class TooLarge(JellyError):
    """A value over a size limit."""

    code = "too-large"


class TooDeep(JellyError):
    """A value nested deeper than `Limits.depth`."""

    code = "too-deep"


class TooManyReferences(JellyError):
    """More live references or caches than the limit, in either direction."""

    code = "references"


class ConnectionLost(SpreadError):
    """The connection ended before the answer came, or before the call was sent."""

    code = "lost"


class DeadReference(ConnectionLost):
    """The reference belongs to a connection that has ended, or was released."""

    code = "dead-reference"


class CallTimeout(SpreadError, TimeoutError):
    """No answer came in the time that the caller gave."""

    code = "timeout"


class RemoteError(SpreadError):
    """The peer's method failed.

    `type` is the peer's dotted class name, `text` its message, `traceback` whatever it chose to
    tell (stock peers: "Traceback unavailable\\n"), `parents` the dotted names from the class up.
    """

    code = "remote"

    def __init__(
        self, type: str, text: str, traceback: str = "", parents: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{type}: {text}" if text else type)
        self.type = type
        self.text = text
        self.traceback = traceback
        self.parents = parents

    def is_a(self, name: str) -> bool:
        """Whether the failure is of class `name` ("module.Class"), or of one derived from it."""
        return name == self.type or name in self.parents


class Error(SpreadError):
    """An expected failure: raised by a published method, told to the caller as it is.

    `wire_type` is the dotted name that the caller sees. Subclasses name their own; the names of
    their ancestors go along, so that a caller may catch the family. `wire_parents`, where set,
    says instead what goes along.
    """

    code = "error"
    wire_type: ClassVar[str] = "twisted.spread.pb.Error"
    wire_parents: ClassVar[tuple[str, ...] | None] = None

    @classmethod
    def wire_family(cls) -> list[str]:
        """The dotted names that a caller may catch this by, the closest first."""
        names = [cls.wire_type]
        if cls.wire_parents is not None:
            return names + list(cls.wire_parents)
        for base in cls.__mro__[1:]:
            if issubclass(base, Error) and base.wire_type not in names:
                names.append(base.wire_type)
        return names


class NoSuchMethod(Error):
    """Nothing is published under that name."""

    code = "no-such-method"
    wire_type = "twisted.spread.flavors.NoSuchMethod"
    wire_parents = ("builtins.AttributeError",)


class InvalidObject(Error):
    """No object has that number on this connection."""

    code = "invalid-object"


class BadArguments(Error):
    """The method does not take these arguments."""

    code = "bad-arguments"
    wire_type = "builtins.TypeError"
    wire_parents = ()


class InternalError(Error):
    """What the peer is told about a bug of ours: that there is one."""

    code = "internal"

    def __init__(self, text: str = "internal error") -> None:
        super().__init__(text)


class Unauthorized(Error):
    """A login was refused. The text says nothing about why, as stock peers do."""

    code = "unauthorized"
    wire_type = "twisted.cred.error.UnauthorizedLogin"
    wire_parents = ("twisted.cred.error.LoginFailed", "twisted.cred.error.Unauthorized")
