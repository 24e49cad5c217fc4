"""Strangers over TOC: waves of broken input, by chance, and those inside don't notice."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.toc.sflap import FLAPON, Kind
from gateways.toc.table import COMMANDS
from tests.gateways.toc.conftest import PASSWORD, People
from tests.support.toc import TocClient

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
words = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"1", b"0", b"4", b"me", b"{", b'"', b"\\", b":", b"a:b", b"=3A", b"\xff" * 9]
    ),
)


def test_every_command_with_anything(people: People) -> None:
    """No arguments of any command do more than an answer to whoever sent them."""
    from gateways.toc import gateway  # loads the table

    assert gateway.TocGateway.name == "toc"
    victim = people.toc("victim", "toc2_login")
    watcher = people.toc("watcher")

    @QUICK
    @given(st.sampled_from(sorted(COMMANDS)), st.lists(words, max_size=8), st.booleans())
    def one(name: str, arguments: list[bytes], quoted: bool) -> None:
        if quoted:
            victim.send(name, *(each.replace(b"\0", b"") for each in arguments))
        else:
            victim.command(b" ".join([name.encode(), *arguments])[:2048])
        for answer in victim.sync_bytes():
            assert answer[:1].isalpha()

    one()
    assert watcher.ask("toc_noop") == []


def test_any_bytes_cost_their_own_connection_at_most(people: People) -> None:
    inside = people.toc("inside")

    @QUICK
    @given(st.binary(min_size=1, max_size=300), st.booleans())
    def one(data: bytes, led: bool) -> None:
        with TocClient(people.hub.toc_port) as client:
            client.send_bytes(FLAPON + data if led else data)
        assert inside.ask("toc_noop") == []

    one()


def test_frames_out_of_the_order_of_a_sign_on(people: People) -> None:
    account = people.account("alice")
    for kinds in ([Kind.DATA], [Kind.SIGNON, Kind.SIGNON], [Kind.KEEP_ALIVE], [Kind.SIGNOFF]):
        client = people.raw()
        client.send_bytes(FLAPON)
        assert client.frame() == (1, b"\0\0\0\1")
        for kind in kinds:
            client.send_bytes(client.pack(b"\0\0\0\1\0\1\0\1a", kind))
        assert client.rest() == []
    assert people.raw().sign_on(account, PASSWORD).ask("toc_noop") == []


def test_a_second_sign_on_on_one_connection_is_nothing(people: People) -> None:
    alice = people.toc("alice")
    alice.command(f"toc_signon h 1 {people.name('alice')} 0x00 english x")
    assert alice.sync() == []
