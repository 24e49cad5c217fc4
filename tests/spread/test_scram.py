"""SCRAM-SHA-256 against the example of RFC 7677 and against scramp, and what is refused."""

from __future__ import annotations

import base64

import pytest
import scramp
from hypothesis import given
from hypothesis import strategies as st

from tests.spread.vectors import QUICK
from words.spread import scram
from words.spread.errors import Unauthorized

KEYS = scram.keys_of("pencil", 4096, base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))


def test_the_example_of_the_rfc() -> None:
    """RFC 7677 section 3."""
    client = scram.Client("user", "pencil")
    client._nonce = "rOprNGfwEbeRWgbNEkqO"
    client._bare = "n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert client.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    final = client.final(
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert final.endswith(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize("name", ["user", "a=b,c", "Zoë"])
def test_our_client_and_our_server(name: str) -> None:
    client = scram.Client(name, "pencil")
    server = scram.Server(client.first())
    assert server.name == name
    client.check(server.verify(client.final(server.challenge(KEYS))))
    again = scram.Client(name, "", client.cached)
    server = scram.Server(again.first())
    again.check(server.verify(again.final(server.challenge(KEYS))))


def test_our_client_and_scramp() -> None:
    mechanism = scramp.ScramMechanism("SCRAM-SHA-256")
    salt, stored, key, count = mechanism.make_auth_info("pencil", 4096)
    theirs = mechanism.make_server(lambda name: (salt, stored, key, count))
    ours = scram.Client("user", "pencil")
    theirs.set_client_first(ours.first().decode())
    theirs.set_client_final(ours.final(theirs.get_server_first().encode()).decode())
    ours.check(theirs.get_server_final().encode())
    assert scram.keys_of("pencil", 4096, salt) == (salt, 4096, stored, key)


def test_scramp_and_our_server() -> None:
    theirs = scramp.ScramClient(["SCRAM-SHA-256"], "user", "pencil")
    ours = scram.Server(theirs.get_client_first().encode())
    theirs.set_server_first(ours.challenge(KEYS).decode())
    theirs.set_server_final(ours.verify(theirs.get_client_final().encode()).decode())


@pytest.mark.parametrize("password", ["pencil", "I\xadX", "ª", "Ⅸ", "パスワード", "a\xa0b", "שלום"])
def test_passwords_are_prepared_as_scramp_does(password: str) -> None:
    mechanism = scramp.ScramMechanism("SCRAM-SHA-256")
    salt, stored, key, _ = mechanism.make_auth_info(password, 4096)
    assert scram.keys_of(password, 4096, salt)[2:] == (stored, key)


@pytest.mark.parametrize("password", ["\x07", "\u0627\u0031", "a\u0627", "\ue000"])
def test_forbidden_characters(password: str) -> None:
    with pytest.raises(ValueError):
        scram.prepare(password)


def test_a_wrong_password_and_a_false_server() -> None:
    client = scram.Client("user", "wrong")
    server = scram.Server(client.first())
    final = client.final(server.challenge(KEYS))
    with pytest.raises(Unauthorized):
        server.verify(final)
    for proof in (b"v=", b"v=AAAA", b"", b"e=other-error", b"\xff", b"v=%" * 1000):
        with pytest.raises(Unauthorized):
            client.check(proof)


def test_a_proof_works_once() -> None:
    client = scram.Client("user", "pencil")
    server = scram.Server(client.first())
    final = client.final(server.challenge(KEYS))
    server.verify(final)
    with pytest.raises(Unauthorized):
        server.verify(final)


@pytest.mark.parametrize(
    "challenge",
    [
        b"", b"r=x,s=AAAA,i=4096", b"r={n},s=AAAA,i=4096", b"r={n}x,s=AAAA,i=1",
        b"r={n}x,s=AAAA,i=99999999999", b"r={n}x,s=,i=4096", b"r={n}x,s=AAAA,i=-4096",
        b"r={n}x,s=AAAA,i=\xc2\xb2", b"\xff", b"x" * 5000,
    ],
)  # fmt: skip
def test_challenges_that_no_honest_server_sends(challenge: bytes) -> None:
    client = scram.Client("user", "pencil")
    nonce = client.first().rpartition(b"r=")[2]
    with pytest.raises(Unauthorized):
        client.final(challenge.replace(b"{n}", nonce))


@QUICK
@given(st.binary(max_size=100), st.binary(max_size=100))
def test_garbage_is_unauthorized(first: bytes, final: bytes) -> None:
    with pytest.raises(Unauthorized):
        scram.Server(first)
    server = scram.Server(b"n,,n=user,r=abc")
    server.challenge(KEYS)
    with pytest.raises(Unauthorized):
        server.verify(final)
