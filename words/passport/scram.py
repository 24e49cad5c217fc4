"""SCRAM-SHA-256 at the server (RFC 5802, RFC 7677), without channel binding and without I/O.

A `Verifier` is all that is stored of a password. It checks a plain password, which blocks for
as long as the client would have had to compute, and it answers a SCRAM exchange in no time:

    client                                   server
    n,[a=authzid],n=login,r=nonce         ->
                                          <- r=nonce+ours,s=salt,i=iterations   `first`
    c=header,r=nonce+ours,p=proof         ->
                                          <- v=signature, and the identity      `final`

The exchange is ours because that of scramp refuses an authzid and imports an X.509 parser;
its SASLprep (RFC 4013) is used, its client is the peer in the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import struct
from base64 import b64decode, b64encode
from typing import NamedTuple, Protocol

from words.errors import AuthenticationFailed, BadInput, TooLong
from words.names import participant_key
from words.passport.identity import Identity

LEAST_ITERATIONS = 4096
"""Clients refuse fewer: RFC 7677 section 4."""

MAX_PASSWORD = 800
"""Bytes of UTF-8: two full lines of SASL on IRC less a name; SASLprep of that takes 1 ms."""

MAX_MESSAGE = 2048
"""Characters of a message from the client; real ones have 100, a long nonce and names fit."""

SALT = 16
"""Bytes of a salt, false ones included."""

_NONCE = 18
_LAYOUT = struct.Struct(f">BI{SALT}s32s32s")
_KIND = 1  # SCRAM-SHA-256
_FIRST = re.compile(r"([ny],(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)", re.S)
_FINAL = re.compile(r"(c=([^,]+),r=([^,]+)(?:,.*)?),p=([^,]+)", re.S)
_ESCAPE = re.compile("=(2C|3D)?")


class Verifier(NamedTuple):
    """What is stored of a password: it can check one, but doesn't let anybody in as one."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    def pack(self) -> bytes:
        """Return the stored form: a byte for the kind, then iterations, salt and the two keys."""
        return _LAYOUT.pack(_KIND, *self)

    @classmethod
    def unpack(cls, data: bytes) -> Verifier:
        """Return what `pack` stored; raises ValueError for anything else."""
        if len(data) != _LAYOUT.size or data[0] != _KIND:
            raise ValueError("not a verifier")
        return cls(*_LAYOUT.unpack(data)[1:])


def prepare(password: str) -> bytes:
    """Return the one form of a password that is hashed, in whatever spelling it came.

    Raises `TooLong` and `BadInput` where SASLprep has no such form, of characters younger than
    Unicode 3.2 for example: clients couldn't agree on their bytes.
    """
    try:
        raw = password.encode()
    except UnicodeEncodeError:
        raise BadInput("password", "has half of a surrogate pair") from None
    if len(raw) > MAX_PASSWORD:
        raise TooLong("password", MAX_PASSWORD)
    if not raw:
        raise BadInput("password", "is empty")
    if password.isascii() and password.isprintable():
        return raw
    from scramp.utils import ScramException, saslprep  # 50 ms, and few passwords need it

    try:
        prepared: str = saslprep(password)
    except ScramException as error:
        raise BadInput("password", f"isn't allowed by SASLprep: {error.args[0]}") from None
    if not prepared:
        raise BadInput("password", "has only characters that SASLprep ignores")
    return prepared.encode()


def make_verifier(password: str, iterations: int, salt: bytes = b"") -> Verifier:
    """Return a verifier with a fresh salt. Blocks: 0.06 s for 100,000 iterations.

    Raises `BadInput` and `TooLong` for what can't be a password.
    """
    if iterations < LEAST_ITERATIONS:
        raise BadInput("iterations", f"must be at least {LEAST_ITERATIONS}")
    salt = salt or secrets.token_bytes(SALT)
    salted = hashlib.pbkdf2_hmac("sha256", prepare(password), salt, iterations)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return Verifier(iterations, salt, stored_key, hmac.digest(salted, b"Server Key", "sha256"))


def check(verifier: Verifier, password: str) -> bool:
    """Return whether this is the password. Blocks as `make_verifier` does; raises nothing."""
    try:
        made = make_verifier(password, verifier.iterations, verifier.salt)
    except BadInput:
        return False
    return hmac.compare_digest(made.stored_key, verifier.stored_key)


class Judge(Protocol):
    """Who knows the verifiers."""

    def verifier(self, login: str, *, address: str) -> Verifier:
        """Return that of a login name, a false one if it is unknown; raises `TooMany`."""
        ...

    def admit(self, login: str, *, address: str) -> None:
        """Raise `TooMany` where too many proofs were wrong."""
        ...

    def proven(self, login: str, verifier: Verifier, *, address: str) -> Identity:
        """Take a good proof; raises `AuthenticationFailed` where that isn't enough."""
        ...

    def failed(self, login: str, *, address: str) -> None:
        """Count a wrong proof."""
        ...


class ScramServer:
    """One login at the server: `first`, then `final`, once each.

    Both raise `AuthenticationFailed` for everything that is wrong, without saying what, and
    `TooMany` where too many have failed. After that the exchange is over. ``nonce`` is ours,
    for test vectors only.
    """

    def __init__(self, judge: Judge, address: str, nonce: str = "") -> None:
        self._judge = judge
        self._address = address
        self._nonce = nonce or b64encode(secrets.token_bytes(_NONCE)).decode()
        self._login = ""
        self._authzid = ""
        self._header = ""
        self._signed = ""
        self._verifier: Verifier | None = None

    def first(self, message: str) -> str:
        """Take the client's first message, return the challenge."""
        found = _FIRST.fullmatch(_clean(message))
        if found is None or self._signed:
            raise AuthenticationFailed
        self._header, authzid, bare, login, nonce = found.groups()
        self._login = _unescape(login)
        self._authzid = _unescape(authzid or "")
        self._nonce = nonce + self._nonce
        verifier = self._judge.verifier(self._login, address=self._address)
        challenge = f"r={self._nonce},s={_base64(verifier.salt)},i={verifier.iterations}"
        self._signed = f"{bare},{challenge}"
        self._verifier = verifier
        return challenge

    def final(self, message: str) -> tuple[str, Identity]:
        """Take the client's proof; return ours, which is for the client, and who it is."""
        verifier, self._verifier = self._verifier, None
        found = _FINAL.fullmatch(_clean(message))
        if found is None or verifier is None:
            raise AuthenticationFailed
        bare, header, nonce, proof = found.groups()
        if nonce != self._nonce or _unbase64(header) != self._header.encode():
            raise AuthenticationFailed
        self._judge.admit(self._login, address=self._address)  # many may have begun before
        signed = f"{self._signed},{bare}".encode()
        if not _proves(_unbase64(proof), verifier.stored_key, signed):
            self._judge.failed(self._login, address=self._address)
            raise AuthenticationFailed
        identity = self._judge.proven(self._login, verifier, address=self._address)
        if self._authzid and participant_key(self._authzid) != participant_key(identity.name):
            raise AuthenticationFailed  # nobody may act for another
        return f"v={_base64(hmac.digest(verifier.server_key, signed, 'sha256'))}", identity


def _proves(proof: bytes, stored_key: bytes, signed: bytes) -> bool:
    """RFC 5802 section 3: the proof is ClientKey XOR HMAC(StoredKey, AuthMessage)."""
    if len(proof) != 32:
        return False
    signature = hmac.digest(stored_key, signed, "sha256")
    client_key = int.from_bytes(proof, "big") ^ int.from_bytes(signature, "big")
    made = hashlib.sha256(client_key.to_bytes(32, "big")).digest()
    return hmac.compare_digest(made, stored_key)


def _clean(message: str) -> str:
    """Return the message if it can be one: of bounded length, valid Unicode, without NUL."""
    if len(message) > MAX_MESSAGE or "\0" in message:
        raise AuthenticationFailed
    try:
        message.encode()
    except UnicodeEncodeError:
        raise AuthenticationFailed from None
    return message


def _unescape(name: str) -> str:
    """Undo the escapes of a saslname; any other ``=`` is refused (RFC 5802 section 5.1)."""
    return _ESCAPE.sub(_unescaped, name)


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        raise AuthenticationFailed
    return "," if found[1] == "2C" else "="


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:  # what isn't ASCII, too
        raise AuthenticationFailed from None
