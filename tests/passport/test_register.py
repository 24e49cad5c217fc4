"""The set of identities, their app passwords and certificates, as the storage keeps them."""

from __future__ import annotations

import pytest

from words.errors import BadInput, BadName, Busy, NameTaken, NotFound, TooLong, TooMany
from words.journal.journal import Journal
from words.passport import app_passwords, certificates
from words.passport.authorizer import Authorizer
from words.passport.identity import Identity
from words.passport.scram import LEAST_ITERATIONS, check, make_verifier
from words.storage.store import Store, Unsettled

VERIFIER = make_verifier("pencil", LEAST_ITERATIONS)
PRINT = ":".join(["0A"] * 32)


def test_identities_are_kept(authorizer: Authorizer, store: Store) -> None:
    made = authorizer.add("Alice", VERIFIER, ["admin", "audit"])
    store.commit()
    assert made == Identity(made.id, "Alice", frozenset({"admin", "audit"}))
    assert authorizer.get("aLICE") == authorizer.by_id(made.id) == made
    assert authorizer.get("bob") is None
    authorizer.set_rights("alice", ["audit"])
    authorizer.suspend("alice", True)
    assert authorizer.get("alice") == Identity(made.id, "Alice", frozenset({"audit"}), True)
    assert authorizer.remove("ALICE").id == made.id
    assert authorizer.get("alice") is None
    assert authorizer.by_id(made.id) is None


def test_ids_are_never_used_again(authorizer: Authorizer, journal: Journal) -> None:
    first = authorizer.add("alice", VERIFIER).id
    authorizer.remove("alice")
    journal.store.commit()
    assert authorizer.add("alice", VERIFIER).id > first
    assert Journal(journal.store).ids.next() > first


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", BadName),
        ("1st", BadName),
        ("a b", BadName),
        ("alice/phone", BadName),
        ("a\ud800", BadName),
        ("x" * 33, TooLong),
    ],
)
def test_bad_names(authorizer: Authorizer, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        authorizer.add(name, VERIFIER)
    assert authorizer.list() == ()


def test_names_are_taken_in_any_spelling(authorizer: Authorizer) -> None:
    authorizer.add("Straße", VERIFIER)
    for name in ("strasse", "STRASSE", "Straße"):
        with pytest.raises(NameTaken):
            authorizer.add(name, VERIFIER)


@pytest.mark.parametrize("right", ["", "two words", "Admin", "a\n", "x" * 65])
def test_bad_rights(authorizer: Authorizer, right: str) -> None:
    with pytest.raises(BadInput):
        authorizer.add("alice", VERIFIER, [right])


def test_unknown_names_are_not_found(authorizer: Authorizer) -> None:
    for name in ("alice", "", "a\ud800"):
        with pytest.raises(NotFound):
            authorizer.set_verifier(name, VERIFIER)
        with pytest.raises(NotFound):
            authorizer.remove(name)


def test_list_goes_page_by_page(authorizer: Authorizer) -> None:
    for name in ("carol", "Alice", "bob"):
        authorizer.add(name, VERIFIER)
    assert [identity.name for identity in authorizer.list(limit=2)] == ["Alice", "bob"]
    assert [identity.name for identity in authorizer.list("BOB", 2)] == ["carol"]


def test_what_was_dropped_is_not_there(authorizer: Authorizer, journal: Journal) -> None:
    mark = journal.mark()
    authorizer.add("alice", VERIFIER)
    assert authorizer.get("alice")
    journal.forget(mark)
    assert authorizer.get("alice") is None


def test_a_full_disk_is_busy(
    authorizer: Authorizer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(sql: str, *values: object) -> None:
        raise Unsettled("SQLITE_FULL")

    monkeypatch.setattr(store, "read", full)
    with pytest.raises(Busy):
        authorizer.get("alice")


def test_app_passwords(authorizer: Authorizer) -> None:
    alice = authorizer.add("alice", VERIFIER, ["admin", "audit"])
    secret, verifier = app_passwords.make_secret()
    assert len(secret) == 26
    assert check(verifier, secret)
    kept = authorizer.app_passwords
    kept.add(alice, "Phone", verifier, ["audit", "other"])
    assert [(one.label, one.scopes) for one in kept.list(alice)] == [
        ("Phone", frozenset({"audit", "other"}))
    ]
    assert kept.verifier(alice.id, "phone") == verifier.pack()
    seen = kept.limited(alice, "phone")
    assert (seen.id, seen.rights, seen.label) == (alice.id, frozenset({"audit"}), "Phone")
    with pytest.raises(NameTaken):
        kept.add(alice, "phone", verifier)
    kept.remove(alice, "phone")
    assert kept.list(alice) == ()
    with pytest.raises(NotFound):
        kept.remove(alice, "phone")


@pytest.mark.parametrize("label", ["", "a/b", "a b", "x" * 33, "a\ud800", "a\n"])
def test_bad_labels(authorizer: Authorizer, label: str) -> None:
    alice = authorizer.add("alice", VERIFIER)
    with pytest.raises(BadInput):
        authorizer.app_passwords.add(alice, label, VERIFIER)
    assert authorizer.app_passwords.verifier(alice.id, label) is None


def test_app_passwords_and_certificates_are_bounded(authorizer: Authorizer) -> None:
    alice = authorizer.add("alice", VERIFIER)
    for number in range(app_passwords.MOST):
        authorizer.app_passwords.add(alice, str(number), VERIFIER)
    with pytest.raises(TooMany):
        authorizer.app_passwords.add(alice, "more", VERIFIER)
    for number in range(certificates.MOST):
        authorizer.certificates.add(alice, f"{number:064x}")
    with pytest.raises(TooMany):
        authorizer.certificates.add(alice, PRINT)


def test_certificates(authorizer: Authorizer) -> None:
    alice = authorizer.add("alice", VERIFIER)
    bob = authorizer.add("bob", VERIFIER)
    kept = authorizer.certificates
    kept.add(alice, PRINT)
    assert kept.list(alice) == ("0a" * 32,)
    assert kept.owner("0a" * 32) == alice.id
    with pytest.raises(NameTaken):
        kept.add(bob, PRINT)
    with pytest.raises(NotFound):
        kept.remove(bob, PRINT)
    kept.remove(alice, PRINT)
    assert kept.list(alice) == ()
    for text in ("", "0a", "0a" * 33, "xx" * 32, "٠" * 64):
        with pytest.raises(BadInput):
            kept.add(alice, text)


def test_removing_takes_all_credentials(authorizer: Authorizer, store: Store) -> None:
    alice = authorizer.add("alice", VERIFIER)
    authorizer.app_passwords.add(alice, "phone", VERIFIER)
    authorizer.certificates.add(alice, PRINT)
    authorizer.remove("alice")
    assert authorizer.certificates.owner(PRINT) is None
    assert store.read("SELECT count(*) FROM app_passwords") == [(0,)]
