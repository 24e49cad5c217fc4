"""Coming in: by password, SCRAM, app password, certificate; and who is kept out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from scramp import ScramClient

from tests.passport.conftest import Clock
from words.errors import AuthenticationFailed, BadInput, Refused, TooMany
from words.journal.journal import Journal
from words.passport import app_passwords
from words.passport.attempts import FOR_NAME, FOR_SOURCE
from words.passport.authorizer import Authorizer
from words.passport.identity import Identity, PassportSettings, Suspended
from words.passport.scram import LEAST_ITERATIONS, Verifier, check, make_verifier

HERE = "192.0.2.1"
PRINT = "0a" * 32
FAILED = (AuthenticationFailed, "authentication-failed")


class Threads:
    """Runs in real threads, and notes with how many iterations each check went."""

    def __init__(self) -> None:
        self.checks: list[int] = []
        self.gate: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def __call__(self, fn: Callable[..., Any], *args: Any) -> Any:
        if fn is check:
            self.checks.append(args[0].iterations)
            self.begun.set()
            if self.gate:
                await self.gate.wait()
        return await asyncio.to_thread(fn, *args)


@pytest.fixture
def threads() -> Threads:
    return Threads()


@pytest.fixture
def authorizer(journal: Journal, clock: Clock, threads: Threads) -> Authorizer:
    async def in_turn(fn: Callable[[], None]) -> None:
        fn()
        journal.store.commit()

    settings = PassportSettings(iterations=LEAST_ITERATIONS)
    return Authorizer(journal, threads, in_turn, settings, clock)


@pytest.fixture
def alice(authorizer: Authorizer) -> Identity:
    return authorizer.add("alice", make_verifier("pencil", LEAST_ITERATIONS), ["admin"])


async def refusal(attempt: Awaitable[Identity]) -> tuple[type[Refused], str]:
    """Return how an attempt was refused."""
    with pytest.raises(Refused) as caught:
        await attempt
    return type(caught.value), str(caught.value)


def scram(authorizer: Authorizer, name: str, password: str, address: str = HERE) -> Identity:
    client = ScramClient(["SCRAM-SHA-256"], name, password)
    server = authorizer.scram(address)
    client.set_server_first(server.first(client.get_client_first()))
    proof, identity = server.final(client.get_client_final())
    client.set_server_final(proof)
    return identity


async def test_right_and_wrong(authorizer: Authorizer, alice: Identity) -> None:
    assert await authorizer.check_password("ALICE", "pencil", address=HERE) == alice
    for password in ("pen", "", "x" * 2000, "\ud800", "\U0001fae0"):
        assert await refusal(authorizer.check_password("alice", password, address=HERE)) == FAILED
    assert scram(authorizer, "Alice", "pencil") == alice
    with pytest.raises(AuthenticationFailed):
        scram(authorizer, "alice", "pen")


async def test_unknown_names_are_answered_and_cost_the_same(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    names = ["alice", "mallory", "", "a\ud800", "x" * 5000, "two words", "mallory\0"]
    answers = {
        await refusal(authorizer.check_password(name, "guess", address=HERE)) for name in names
    }
    assert answers == {FAILED}
    assert threads.checks == [LEAST_ITERATIONS] * len(names)


async def test_false_salts_are_stable(authorizer: Authorizer, journal: Journal) -> None:
    false = authorizer.verifier("Mallory", address=HERE)
    assert false == authorizer.verifier("mallory", address=HERE)
    assert false != authorizer.verifier("mallory/phone", address=HERE)
    assert false.salt != authorizer.verifier("bob", address=HERE).salt
    again = Authorizer(journal, Threads(), _never, PassportSettings(LEAST_ITERATIONS))
    assert false == again.verifier("mallory", address=HERE)
    assert len(false.salt) == len(make_verifier("x", LEAST_ITERATIONS).salt)


async def _never(fn: Callable[[], None]) -> None:
    raise AssertionError


def test_false_iterations_are_somebodys(authorizer: Authorizer) -> None:
    """While the setting rises, old and new numbers are those of unknown names too."""
    for letter in "abcdefghijklmnopqrstuvwxyz":
        iterations = 5000 if letter < "n" else 6000
        authorizer.add(letter, make_verifier("pencil", iterations))
    authorizer.settings = PassportSettings(iterations=6000)
    seen = [
        authorizer.verifier(f"mallory{number}", address=HERE).iterations for number in range(200)
    ]
    assert 50 < seen.count(5000) < 150
    assert seen.count(5000) + seen.count(6000) == 200
    assert authorizer.verifier("mallory/phone", address=HERE).iterations == LEAST_ITERATIONS


async def test_success_is_remembered(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    for _ in range(3):
        assert await authorizer.check_password("Alice", "pencil", address=HERE) == alice
    assert len(threads.checks) == 1
    authorizer.set_verifier("alice", make_verifier("pen", LEAST_ITERATIONS))
    with pytest.raises(AuthenticationFailed):
        await authorizer.check_password("alice", "pencil", address=HERE)
    assert (await authorizer.check_password("alice", "pen", address=HERE)).id == alice.id
    authorizer.suspend("alice", True)
    with pytest.raises(Suspended):
        await authorizer.check_password("alice", "pen", address=HERE)
    authorizer.remove("alice")
    assert await refusal(authorizer.check_password("alice", "pen", address=HERE)) == FAILED


async def test_guessers_lock_nobody_out(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    """Fifty addresses guess alice's password all at once; she comes in from elsewhere."""
    guesses = [
        asyncio.ensure_future(
            refusal(authorizer.check_password("alice", f"{n}", address=f"198.51.100.{host}"))
        )
        for host in range(50)
        for n in range(FOR_NAME.most + 10)
    ]
    await threads.begun.wait()
    assert await authorizer.check_password("alice", "pencil", address=HERE) == alice
    assert len(threads.checks) <= 60, "one of each address, and those that ran"
    answers = await asyncio.gather(*guesses)
    right_before_it = [kind for kind, _ in answers]
    assert right_before_it.count(AuthenticationFailed) <= 50 * (FOR_NAME.most + 1)
    assert right_before_it.count(TooMany) >= 50 * 9
    for address in (HERE, "203.0.113.1"):
        assert await authorizer.check_password("alice", "pencil", address=address) == alice
        assert scram(authorizer, "alice", "pencil", address) == alice
    with pytest.raises(TooMany):
        await authorizer.check_password("alice", "pencil", address="198.51.100.7")


async def test_limits_hold_for_scram_and_decay(
    authorizer: Authorizer, alice: Identity, clock: Clock
) -> None:
    client = ScramClient(["SCRAM-SHA-256"], "alice", "pencil")
    begun_before = authorizer.scram(HERE)
    client.set_server_first(begun_before.first(client.get_client_first()))
    for _ in range(FOR_NAME.most):
        with pytest.raises(AuthenticationFailed):
            scram(authorizer, "alice", "pen")
    with pytest.raises(TooMany):
        scram(authorizer, "alice", "pencil")
    with pytest.raises(TooMany):
        begun_before.final(client.get_client_final())
    clock.now += FOR_NAME.forgets
    assert scram(authorizer, "alice", "pencil") == alice


def test_many_names_from_one_address(authorizer: Authorizer, alice: Identity) -> None:
    for number in range(FOR_SOURCE.most):
        authorizer.failed(f"name{number}", address="2001:db8::1")
    with pytest.raises(TooMany):
        authorizer.admit("alice", address="2001:db8::2")
    authorizer.admit("alice", address="2001:db8:0:1::1")


async def test_a_cancelled_attempt_leaves_no_trace(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    threads.gate = asyncio.Event()
    tasks = [
        asyncio.ensure_future(authorizer.check_password("alice", f"{n}", address=HERE))
        for n in range(5)
    ]
    await threads.begun.wait()
    for task in tasks[2:]:
        task.cancel()
    await asyncio.wait(tasks[2:])
    threads.gate.set()
    await asyncio.wait(tasks)
    assert len(threads.checks) == 2
    assert all(task.cancelled() for task in tasks[2:])


async def test_what_waits_for_the_same_is_checked_once(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    attempts = (authorizer.check_password("alice", "pencil", address=HERE) for _ in range(50))
    assert set(await asyncio.gather(*attempts)) == {alice}
    assert len(threads.checks) == 2


async def test_changes_while_it_is_checked_count(
    authorizer: Authorizer, alice: Identity, threads: Threads
) -> None:
    threads.gate = asyncio.Event()
    task = asyncio.ensure_future(authorizer.check_password("alice", "pencil", address=HERE))
    await threads.begun.wait()
    authorizer.set_verifier("alice", make_verifier("pen", LEAST_ITERATIONS))
    threads.gate.set()
    assert (await refusal(task))[0] is AuthenticationFailed


async def test_iterations_rise_at_the_next_login(
    authorizer: Authorizer, alice: Identity, journal: Journal, threads: Threads
) -> None:
    authorizer.settings = PassportSettings(iterations=5000)
    for _ in range(2):
        assert await authorizer.check_password("alice", "pencil", address=HERE) == alice
    ((packed,),) = journal.store.read("SELECT verifier FROM identities")
    assert Verifier.unpack(packed).iterations == 5000
    assert not journal.store.dirty
    assert threads.checks == [LEAST_ITERATIONS], "the new one is remembered"
    assert scram(authorizer, "alice", "pencil") == alice


async def test_several_clients_log_in_while_iterations_rise(
    authorizer: Authorizer, alice: Identity
) -> None:
    authorizer.settings = PassportSettings(iterations=5000)
    attempts = (
        authorizer.check_password("alice", "pencil", address=f"192.0.2.{host}")
        for host in range(10)
    )
    assert await asyncio.gather(*attempts) == [alice] * 10
    assert authorizer.verifier("alice", address=HERE).iterations == 5000


async def test_app_password(authorizer: Authorizer, alice: Identity) -> None:
    secret, verifier = app_passwords.make_secret()
    authorizer.settings = PassportSettings(iterations=5000)
    authorizer.app_passwords.add(alice, "phone", verifier)
    seen = await authorizer.check_password("Alice/Phone", secret, address=HERE)
    assert (seen.id, seen.name, seen.label, seen.rights) == (
        alice.id,
        "alice",
        "phone",
        frozenset(),
    )
    assert scram(authorizer, "alice/phone", secret) == seen
    for name, password in (("alice", secret), ("alice/phone", "pencil"), ("alice/", "pencil")):
        with pytest.raises(AuthenticationFailed):
            await authorizer.check_password(name, password, address=HERE)
    authorizer.suspend("alice", True)
    with pytest.raises(Suspended):
        scram(authorizer, "alice/phone", secret)
    authorizer.suspend("alice", False)
    authorizer.app_passwords.remove(alice, "phone")
    with pytest.raises(AuthenticationFailed):
        await authorizer.check_password("alice/phone", secret, address=HERE)


def test_certificate(authorizer: Authorizer, alice: Identity) -> None:
    authorizer.certificates.add(alice, PRINT)
    found = authorizer.by_certificate(PRINT.upper())
    assert found.id == alice.id
    assert authorizer.rights_now(found) == alice.rights
    for wrong in ("0b" * 32, "", "\ud800"):
        with pytest.raises(AuthenticationFailed):
            authorizer.by_certificate(wrong)
    authorizer.certificates.remove(alice, PRINT)
    assert authorizer.rights_now(found) == frozenset()
    authorizer.certificates.add(alice, PRINT)
    authorizer.suspend("alice", True)
    with pytest.raises(Suspended):
        authorizer.by_certificate(PRINT)


async def test_suspended_is_told_only_to_who_has_the_password(
    authorizer: Authorizer, alice: Identity
) -> None:
    authorizer.suspend("alice", True)
    assert (await refusal(authorizer.check_password("alice", "pen", address=HERE)))[1] == (
        "authentication-failed"
    )
    assert (await refusal(authorizer.check_password("alice", "pencil", address=HERE))) == (
        Suspended,
        "suspended",
    )


async def test_new_passwords_are_checked(authorizer: Authorizer) -> None:
    assert (await authorizer.make_verifier("pencil")).iterations == LEAST_ITERATIONS
    with pytest.raises(BadInput, match="surrogate"):
        await authorizer.make_verifier("\ud800")
