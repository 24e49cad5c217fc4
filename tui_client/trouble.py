"""What goes wrong on the way to a hub, in words that say what to do, and where it belongs."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Literal, TypeAlias

from words.errors import AuthenticationFailed, Busy, TooMany, WordsError
from words.remote.table import BadAnswer
from words.spread.address import parse
from words.spread.errors import SpreadError, Unauthorized

if TYPE_CHECKING:
    from words.client import Step

Field: TypeAlias = Literal["identity", "password", "server"]


class SignOnFailed(Exception):
    """Signing on failed; ``field`` is what the reason belongs to.

    ``fingerprint`` is that of a certificate that nobody trusted has signed: one may trust it.
    """

    def __init__(self, field: Field, text: str, fingerprint: str = "") -> None:
        super().__init__(text)
        self.field = field
        self.fingerprint = fingerprint


class NotTrusted(OSError):
    """The hub has another certificate than the one that was trusted."""

    def __init__(self, fingerprint: str) -> None:
        super().__init__(f"another certificate: {fingerprint}")
        self.fingerprint = fingerprint


def explain(error: Exception, url: str, step: Step, *, saved: bool) -> SignOnFailed:
    """Return what to show for an error. ``saved``: saved keys were used, no password."""
    try:
        kind, host, port = parse(url)
    except ValueError:
        return SignOnFailed("server", "An address is like pbs://chat.example.org or pb://host:8787")
    there = host if kind == "unix" else f"{host}:{port}"
    if isinstance(error, AuthenticationFailed):
        return _refused(error, saved)
    if isinstance(error, BadAnswer):
        return SignOnFailed("server", f"{there} answers what no hub of ours would")
    if isinstance(error, TooMany | Busy):
        return SignOnFailed("server", f"{there} takes nobody more at the moment: {error}")
    if isinstance(error, WordsError):
        return SignOnFailed("server", f"{there} refuses: {error}")
    if isinstance(error, ssl.SSLError | NotTrusted):
        return SignOnFailed("server", _about_tls(error, there))
    return SignOnFailed("server", _about_connection(error, there, step, url.startswith("pb://")))


def _refused(error: AuthenticationFailed, saved: bool) -> SignOnFailed:
    if isinstance(error.__cause__, Unauthorized):  # it is we who found that out
        return SignOnFailed("server", "This isn't the hub that knows your password. Don't go on.")
    if saved:
        return SignOnFailed("password", "What was saved isn't accepted any more: type the password")
    return SignOnFailed("password", "Wrong name or password")


def _about_tls(error: ssl.SSLError | NotTrusted, there: str) -> str:
    if isinstance(error, NotTrusted):
        return f"{there} has another certificate than before. Somebody may be listening in."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {there} can't be trusted: {error.verify_message}"
    return f"{there} doesn't speak TLS here; pb:// is without"


def _about_connection(error: Exception, there: str, step: Step, plain: bool) -> str:
    if isinstance(error, socket.gaierror):
        return f"There is no host like that: {there}"
    if isinstance(error, ConnectionRefusedError):
        return f"Nobody listens at {there}"
    if isinstance(error, TimeoutError):
        return f"{there} {STALLED[step]}"
    if isinstance(error, SpreadError):
        hint = "; over TLS it is pbs://" if plain and step == "connected" else ""
        return f"{there} {ENDED[step]}{hint}"
    if isinstance(error, OSError):
        return f"{there} can't be reached: {error.strerror or error}"
    return f"{there} answers what no hub of ours would"


STALLED: dict[Step, str] = {
    "connecting": "doesn't answer",
    "connected": "took the connection and then said nothing: is it a hub of ours?",
    "greeted": "stopped answering while it looked at your password",
    "let in": "let you in and then said nothing more",
}

ENDED: dict[Step, str] = {
    "connecting": "ended the connection",
    "connected": "doesn't speak our protocol",
    "greeted": "ended the connection while it looked at your password",
    "let in": "let you in and then ended the connection",
}
