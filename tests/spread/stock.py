"""Stock Twisted's own codecs, as the oracle for ours."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from twisted.spread import banana, jelly


class _Transport:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def loseConnection(self) -> None:
        raise AssertionError("stock banana gave up")


class _Banana(banana.Banana):
    got: Any = None

    def expressionReceived(self, lst: Any) -> None:
        self.got = lst


def _made(dialect: bytes) -> tuple[_Banana, _Transport]:
    made, transport = _Banana(isClient=0), _Transport()
    made.makeConnection(transport)
    made._selectDialect(dialect)
    transport.sent.clear()
    return made, transport


def encode(value: object, dialect: bytes = b"pb") -> bytes:
    """Jelly, then banana."""
    made, transport = _made(dialect)
    made.sendEncoded(jelly.jelly(value))
    return b"".join(transport.sent)


def decode(data: bytes, dialect: bytes = b"pb") -> Any:
    """Banana, then unjelly."""
    made, _ = _made(dialect)
    made.dataReceived(data)
    return jelly.unjelly(made.got)
