"""SCRAM at the server: the RFC's vector, scramp as the client, and messages that are wrong."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient

from words.errors import AuthenticationFailed, BadInput, TooLong
from words.passport.identity import Identity
from words.passport.scram import (
    LEAST_ITERATIONS,
    MAX_PASSWORD,
    ScramServer,
    Verifier,
    check,
    make_verifier,
    prepare,
)

ALICE = Identity(1, "alice")
CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
FIRST = f"n,,n=user,r={CLIENT_NONCE}"
PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
FINAL = f"c=biws,r={CLIENT_NONCE}{SERVER_NONCE},p={PROOF}"
PENCIL = make_verifier("pencil", 4096, b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))


class Keeper:
    """Knows one password, whoever asks."""

    def __init__(self, verifier: Verifier = PENCIL) -> None:
        self.known = verifier
        self.failures: list[tuple[str, str]] = []
        self.login = ""

    def verifier(self, login: str, *, address: str) -> Verifier:
        self.login = login
        return self.known

    def admit(self, login: str, *, address: str) -> None:
        pass

    def proven(self, login: str, verifier: Verifier, *, address: str) -> Identity:
        assert verifier == self.known
        return ALICE

    def failed(self, login: str, *, address: str) -> None:
        self.failures.append((login, address))


def server(keeper: Keeper | None = None) -> ScramServer:
    return ScramServer(keeper or Keeper(), "192.0.2.1", nonce=SERVER_NONCE)


def login(password: str, keeper: Keeper, name: str = "alice", header: str = "n,,") -> Identity:
    """Let scramp's client log in; return who it is."""
    client = ScramClient(["SCRAM-SHA-256"], name, password)
    scram = ScramServer(keeper, "192.0.2.1")
    first = client.get_client_first()
    client.set_server_first(scram.first(first))
    proof, identity = scram.final(client.get_client_final())
    client.set_server_final(proof)
    return identity


def test_vector_of_rfc_7677() -> None:
    scram = server()
    assert scram.first(FIRST) == (
        f"r={CLIENT_NONCE}{SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert scram.final(FINAL) == ("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", ALICE)


@pytest.mark.parametrize(
    "password",
    ["x", "correct horse", "a=b,c", "Straße", "I\u00adX", "\u2168", "\u00aa", "כן", "x" * 800],
)
def test_scramp_logs_in(password: str) -> None:
    keeper = Keeper(make_verifier(password, LEAST_ITERATIONS))
    assert login(password, keeper) == ALICE
    assert check(keeper.known, password)
    assert keeper.failures == []


def test_spellings_of_a_password_are_one() -> None:
    """RFC 4013 section 3: a soft hyphen is nothing, a Roman nine is IX."""
    verifier = make_verifier("IX", LEAST_ITERATIONS)
    assert check(verifier, "I\u00adX")
    assert check(verifier, "\u2168")
    assert not check(verifier, "ix")


def test_wrong_password_is_counted() -> None:
    keeper = Keeper()
    with pytest.raises(AuthenticationFailed):
        login("pen", keeper, name="Alice=,")
    assert keeper.failures == [("Alice=,", "192.0.2.1")]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "n,,",
        "n,,n=user",
        "n,,r=abc",
        "n,,n=,r=abc",
        "n,,n=user,r=",
        "n,,m=x,n=user,r=abc",
        "n,,r=abc,n=user",
        "p=tls-unique,,n=user,r=abc",
        "p=tls-exporter,,n=user,r=abc",
        "x,,n=user,r=abc",
        "n,alice,n=user,r=abc",
        "n,a=,n=user,r=abc",
        "n,a=x=,n=user,r=abc",
        "n,,n=us=er,r=abc",
        "n,,n=us=2cer,r=abc",
        "n,,n=user,r=a\x7fc",
        "n,,n=user,r=é",
        "n,,n=us\0er,r=abc",
        "n,,n=us\ud800er,r=abc",
        "n,,n=user,r=" + "x" * 3000,
    ],
)
def test_bad_first_message(message: str) -> None:
    with pytest.raises(AuthenticationFailed):
        server().first(message)


@pytest.mark.parametrize(
    "message",
    [
        "",
        FINAL.replace("biws", "eSws"),  # another header than was sent
        FINAL.replace("biws", "biw"),
        FINAL.replace("biws", "é"),
        FINAL.replace(CLIENT_NONCE, "x"),
        FINAL.replace(PROOF, ""),
        FINAL.replace(PROOF, "AAAA"),
        FINAL.replace(PROOF, "A" * 43 + "="),
        FINAL.replace(",p=", ",x=y,p="),  # not what was signed
        FINAL + ",x=y",
        FINAL.replace("c=biws,", ""),
    ],
)
def test_bad_final_message(message: str) -> None:
    scram = server()
    scram.first(FIRST)
    with pytest.raises(AuthenticationFailed):
        scram.final(message)
    with pytest.raises(AuthenticationFailed):
        scram.final(FINAL)


def test_each_step_works_once() -> None:
    scram = server()
    with pytest.raises(AuthenticationFailed):
        scram.final(FINAL)
    scram.first(FIRST)
    with pytest.raises(AuthenticationFailed):
        scram.first(FIRST)
    scram = server()
    scram.first(FIRST)
    scram.final(FINAL)
    with pytest.raises(AuthenticationFailed):
        scram.final(FINAL)


@pytest.mark.parametrize(
    ("header", "ok"),
    [
        ("n,,", True),
        ("y,,", True),
        ("n,a=alice,", True),
        ("y,a=Alice,", True),
        ("n,a=mallory,", False),
        ("n,a=alice=2C,", False),
    ],
)
def test_gs2_header_and_authzid(header: str, ok: bool) -> None:
    """The header is signed as it was sent; an authzid may be no other than who logs in."""
    client = ScramClient(["SCRAM-SHA-256"], "alice", "pencil")

    class Header:
        def make_cbind_input(self, _: object) -> bytes:
            return header.encode()

    scram = server()
    first = header + client.get_client_first().removeprefix("n,,")
    client.gs2_header = Header()
    client.set_server_first(scram.first(first))
    final = client.get_client_final()
    if ok:
        client.set_server_final(scram.final(final)[0])
    else:
        with pytest.raises(AuthenticationFailed):
            scram.final(final)


def test_names_are_unescaped() -> None:
    keeper = Keeper()
    server(keeper).first("n,,n=a=2Cb=3Dc=3D2C,r=abc")
    assert keeper.login == "a,b=c=2C"


TEXT = st.text(st.characters() | st.sampled_from("nyprcsamie=,/+\x00\ud800"))


@given(TEXT, TEXT)
def test_anything_else_is_refused(first: str, final: str) -> None:
    scram = server()
    for step, message in ((scram.first, first), (scram.final, final)):
        with pytest.raises(AuthenticationFailed):
            step(message)


@given(st.data())
def test_messages_with_a_change_are_refused(data: st.DataObject) -> None:
    """Any change is refused, but for those that mean the same."""

    def changed(message: str) -> str:
        place = data.draw(st.integers(0, len(message)))
        return message[:place] + data.draw(TEXT) + message[data.draw(st.integers(place)) :]

    scram = server()
    first, final = changed(FIRST), changed(FINAL)
    try:
        scram.first(first)
        scram.final(final)
    except AuthenticationFailed:
        return
    assert (first, final) == (FIRST, FINAL)


def test_verifier_is_stored() -> None:
    packed = PENCIL.pack()
    assert len(packed) == 85
    assert Verifier.unpack(packed) == PENCIL
    for broken in (b"", packed[:-1], b"\x02" + packed[1:]):
        with pytest.raises(ValueError, match="verifier"):
            Verifier.unpack(broken)


@pytest.mark.parametrize(
    ("password", "error", "text"),
    [
        ("", BadInput, "empty"),
        ("\u00ad", BadInput, "ignores"),
        ("a\ud800", BadInput, "surrogate"),
        ("bell\x07", BadInput, "control"),
        ("new \U0001fae0", BadInput, "unassigned"),
        ("אa", BadInput, "bidi"),
        ("x" * (MAX_PASSWORD + 1), TooLong, "800"),
    ],
)
def test_what_cannot_be_a_password(password: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make_verifier(password, LEAST_ITERATIONS)
    assert not check(PENCIL, password)


def test_few_iterations_are_refused() -> None:
    with pytest.raises(BadInput, match="4096"):
        make_verifier("pencil", LEAST_ITERATIONS - 1)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_preparing_twice_is_preparing_once(password: str) -> None:
    try:
        once = prepare(password)
    except BadInput:
        return
    assert prepare(once.decode()) == once
