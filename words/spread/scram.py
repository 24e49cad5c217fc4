"""SCRAM-SHA-256 (RFC 5802, RFC 7677), both sides, without channel binding. Sans-IO.

client                             server
first()                         ->
                                <- challenge(first, keys)
final(challenge)                ->
                                <- verify(final): the server's proof, or Unauthorized
check(server_final)                Unauthorized if the server does not know the password's keys
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from typing import Final, NamedTuple

from words.spread.errors import Unauthorized

NONCE_BYTES: Final = 18
"""Ours; RFC 5802 wants it unpredictable, 144 bits are."""
LEAST_ITERATIONS: Final = 4096
"""A client refuses fewer. Source: RFC 7677 section 4."""
MOST_ITERATIONS: Final = 5_000_000
"""A client refuses more: some seconds of CPU, which a hostile server could ask for."""
LONGEST: Final = 1024
"""Bytes of any SCRAM message. Ours; real ones have about 100."""


class Keys(NamedTuple):
    """What a server stores of a password: it proves knowledge of it, but cannot be used as it."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


def salted_password(password: str, salt: bytes, iterations: int) -> bytes:
    """The slow step (PBKDF2, about 0.06 s of CPU for 100,000 iterations)."""
    return hashlib.pbkdf2_hmac("sha256", prepare(password).encode(), salt, iterations)


def keys_of(password: str, iterations: int = 100_000, salt: bytes = b"") -> Keys:
    """The keys that a server stores. Raises ValueError for a password with forbidden characters."""
    salt = salt or secrets.token_bytes(16)
    salted = salted_password(password, salt, iterations)
    client_key = _hmac(salted, b"Client Key")
    return Keys(salt, iterations, _hash(client_key), _hmac(salted, b"Server Key"))


def prepare(text: str) -> str:
    """SASLprep (RFC 4013) of a name or password. Raises ValueError for forbidden characters."""
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c)
    )
    text = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    forbidden = (
        stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3,
        stringprep.in_table_c4, stringprep.in_table_c5, stringprep.in_table_c6,
        stringprep.in_table_c7, stringprep.in_table_c8, stringprep.in_table_c9,
        stringprep.in_table_a1,
    )  # fmt: skip
    if any(table(c) for c in text for table in forbidden):
        raise ValueError("a character that SASLprep forbids")
    if any(map(stringprep.in_table_d1, text)) and (
        any(map(stringprep.in_table_d2, text))
        or not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1]))
    ):
        raise ValueError("a mixture of directions that SASLprep forbids")
    return text


class Client:
    """One login of `name`; `salted` (from an earlier login, with its salt and iterations) or a
    password. After `final`, `salted` and `salt` and `iterations` may be kept for the next time.
    """

    def __init__(self, name: str, password: str = "", cached: Cached | None = None) -> None:
        self._password = password
        self.cached = cached
        self._nonce = base64.b64encode(secrets.token_bytes(NONCE_BYTES)).decode()
        escaped = prepare(name).replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={escaped},r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """The first message."""
        return b"n,," + self._bare.encode()

    def final(self, challenge: bytes) -> bytes:
        """The second message. Raises Unauthorized for a challenge that no honest server sends."""
        fields = _fields(challenge)
        nonce, salt = fields.get("r", ""), _decode(fields.get("s", ""))
        iterations = int(fields["i"]) if fields.get("i", "").isdecimal() else 0
        if not nonce.startswith(self._nonce) or len(nonce) <= len(self._nonce) or not salt:
            raise Unauthorized("a challenge that is not for us")
        if not LEAST_ITERATIONS <= iterations <= MOST_ITERATIONS:
            raise Unauthorized(f"a challenge of {iterations} iterations")
        if self.cached is None or self.cached[:2] != (salt, iterations):
            salted = salted_password(self._password, salt, iterations)
            self.cached = Cached(salt, iterations, salted)
        bare = f"c=biws,r={nonce}"
        signed = f"{self._bare},{challenge.decode()},{bare}".encode()
        client_key = _hmac(self.cached.salted, b"Client Key")
        proof = _xor(client_key, _hmac(_hash(client_key), signed))
        self._signature = _hmac(_hmac(self.cached.salted, b"Server Key"), signed)
        return f"{bare},p={base64.b64encode(proof).decode()}".encode()

    def check(self, server_final: bytes) -> None:
        """Raises Unauthorized unless the server proved that it knows our keys."""
        proof = _decode(_fields(server_final).get("v", ""))
        if not self._signature or not hmac.compare_digest(proof, self._signature):
            raise Unauthorized("the server could not prove that it knows us")


class Cached(NamedTuple):
    """What a client may keep instead of the password: as good as it for this server only."""

    salt: bytes
    iterations: int
    salted: bytes


class Server:
    """One login at the server. `name` is the user's, not normalised beyond SASLprep."""

    def __init__(self, client_first: bytes) -> None:
        """Raises Unauthorized for a malformed first message."""
        if not client_first.startswith((b"n,,", b"y,,")):
            raise Unauthorized
        self._header = base64.b64encode(client_first[:3]).decode()
        self._first = client_first[3:]
        fields = _fields(self._first)
        try:
            self.name = prepare(fields.get("n", "").replace("=2C", ",").replace("=3D", "="))
        except ValueError:
            raise Unauthorized from None
        if not self.name or not fields.get("r") or "m" in fields:
            raise Unauthorized
        self._nonce = fields["r"] + base64.b64encode(secrets.token_bytes(NONCE_BYTES)).decode()
        self._keys: Keys | None = None
        self._challenge = b""

    def challenge(self, keys: Keys) -> bytes:
        """The answer to the first message. For an unknown name give keys of a stable false salt."""
        self._keys = keys
        salt = base64.b64encode(keys.salt).decode()
        self._challenge = f"r={self._nonce},s={salt},i={keys.iterations}".encode()
        return self._challenge

    def verify(self, client_final: bytes) -> bytes:
        """The server's proof. Raises Unauthorized, without saying why; works once."""
        keys, self._keys = self._keys, None
        if not isinstance(client_final, bytes):
            raise Unauthorized
        bare, _, _ = client_final.rpartition(b",p=")
        fields = _fields(client_final)
        if keys is None or fields.get("c") != self._header or fields.get("r") != self._nonce:
            raise Unauthorized
        signed = b",".join((self._first, self._challenge, bare))
        client_key = _xor(_decode(fields.get("p", "")), _hmac(keys.stored_key, signed))
        if not hmac.compare_digest(_hash(client_key), keys.stored_key):
            raise Unauthorized
        return b"v=" + base64.b64encode(_hmac(keys.server_key, signed))


def _fields(message: bytes) -> dict[str, str]:
    if not isinstance(message, bytes) or len(message) > LONGEST:
        raise Unauthorized
    try:
        text = message.decode()
    except UnicodeDecodeError:
        raise Unauthorized from None
    return {part[0]: part[2:] for part in text.split(",") if part[1:2] == "="}


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=False)) if len(a) == len(b) else b""
