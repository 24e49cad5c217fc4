"""The fifteen faults of the living peer, Open OSCAR Server: each shown right here.

Numbers are those of the list of what was seen on its wire; some have their test elsewhere, named.
"""

from __future__ import annotations

import pytest

from gateways.toc.sflap import FLAPON, Kind
from tests.gateways.toc.conftest import People


def test_1_an_escaped_quote_before_a_blank_cuts_nothing(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    alice.command(rf'toc_send_im {people.name("bob")} "with \"quotes\" inside"')
    alice.sync()
    assert bob.sync() == [f'IM_IN:{people.name("alice")}:F:with "quotes" inside']


@pytest.mark.parametrize("early", [True, False])
def test_2_deny_and_permit_of_toc1_hold(people: People, early: bool) -> None:
    alice, bob = people.toc("alice"), people.toc("bob", done=not early)
    a, b = people.name("alice"), people.name("bob")
    bob.command(f"toc_add_deny {a}")
    if early:
        bob.command("toc_init_done")
    bob.sync()
    assert alice.ask("toc_add_buddy", b) == []
    assert alice.send_im(b, "hi") == [f"ERROR:901:{b}"]
    carol = people.toc("carol", done=False)
    carol.command("toc_add_permit")
    carol.command("toc_init_done")
    carol.sync()
    assert alice.ask("toc_add_buddy", people.name("carol")) == []
    assert bob.sync() == []


def test_3_a_whisper_says_that_it_is_one(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob", "toc2_login")
    number = alice.join(people.room)
    bob.join(people.room)
    alice.sync()
    alice.ask("toc_chat_whisper", number, people.name("bob"), "psst")
    assert bob.sync() == [f"CHAT_IN_ENC:{number}:{people.name('alice')}:T:A:en:psst"]


def test_4_names_of_rooms_have_no_case_and_single_blanks(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    number = alice.join(f"My  Room {people.number}")
    assert bob.join(f"my room   {people.number}") == number


def test_5_and_6_chat_join_comes_first_and_rooms_count_from_1(people: People) -> None:
    alice = people.toc("alice")
    for at in range(3):
        alice.send("toc_chat_join", "4", f"{people.room} {at}")
    heads = [each.split(":")[:2] for each in alice.sync()]
    assert [head for head, _ in heads] == ["CHAT_JOIN", "CHAT_UPDATE_BUDDY"] * 3
    assert all(int(number) > 0 for _, number in heads)
    assert len({number for _, number in heads}) == 3


def test_7_and_8_errors_say_whom_they_are_about(people: People) -> None:
    alice = people.toc("alice")
    bob = people.toc("bob")
    assert alice.send_im("nobody-at-all", "hi") == ["ERROR:901:nobody-at-all"]
    b = people.name("bob")
    assert alice.ask("toc_evil", b, "norm") == [f"ERROR:902:{b}"]
    assert bob.sync() == []


def test_9_a_directory_is_answered(people: People) -> None:
    assert people.toc("alice").ask("toc_set_dir", "a:b:c") == ["DIR_STATUS:0"]


def test_10_a_second_sign_on_does_not_end_the_first(people: People) -> None:
    first = people.toc("alice")
    people.again(people.name("alice"))
    assert first.ask("toc_noop") == []


def test_11_one_update_at_init(people: People) -> None:
    bob = people.toc("bob")
    alice = people.toc("alice", done=False)
    alice.command(f"toc_add_buddy {people.name('bob')}")
    alice.command("toc_init_done")
    assert [each.split(":")[0] for each in alice.sync()] == ["UPDATE_BUDDY"]
    assert bob.sync() == []


def test_12_braces_quote_everywhere(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    alice.command(f"toc_send_im {people.name('bob')} {{brace {{group}} here}}")
    alice.command(f"toc_chat_join 4 {{{people.room}}}")
    assert alice.expect("CHAT_JOIN").endswith(f":{people.group}")
    assert bob.sync() == [f"IM_IN:{people.name('alice')}:F:brace {{group}} here"]


def test_13_a_frame_is_one_segment(people: People) -> None:
    """Net::AIM reads a frame with one recv and loses what comes in pieces."""
    alice, bob = people.toc("alice"), people.toc("bob")
    for text in ("x", "y" * 1000):
        bob.send_im(people.name("alice"), text)
        alice.socket.settimeout(10)
        data = alice.socket.recv(65536)
        assert data[:2] == b"*\x02"
        assert len(data) == 6 + int.from_bytes(data[4:6], "big")


def test_14_init_done_counts_once(people: People) -> None:
    """That it has to come in time is in test_signon.py."""
    alice, bob = people.toc("alice"), people.toc("bob")
    alice.ask("toc_add_buddy", people.name("bob"))
    assert alice.ask("toc_init_done") == []
    assert bob.sync() == []


def test_15_the_commands_that_it_lacks(people: People) -> None:
    """UPDATED2 is in test_contacts.py; icons (BART2) nobody here can give."""
    alice = people.toc("alice", "toc2_login")
    a = people.name("alice")
    number = alice.join(people.room)
    for arguments in (("U", "café"), ("U", "en", "café")):
        assert alice.ask("toc_chat_send_enc", number, *arguments) == [
            f"CHAT_IN_ENC:{number}:{a}:F:U:en:café"
        ]
    alice.ask("toc_set_info", "<b>hello</b> : you")
    alice.ask("toc_set_away", "out: back soon")
    alice.command(f'toc_locate_user "{a}"')
    (told,) = alice.sync_bytes()
    assert told.startswith(f"USER_INFO:{a}:T:0:".encode())
    assert told.endswith(b": OU::`out: back soon`\xfe`hello : you`\xfe")
    assert alice.ask("toc_noop") == []
    assert alice.ask("toc_chat_evil", number, "bob", "norm") == ["ERROR:902:bob"]


def test_typing_is_told_to_toc2_only(people: People) -> None:
    alice, bob, carol = people.toc("alice"), people.toc("bob", "toc2_signon"), people.toc("carol")
    alice.ask("toc2_client_event", people.name("bob"), "2")
    alice.ask("toc2_client_event", people.name("carol"), "2")
    alice.ask("toc2_client_event", "nobody", "2")
    assert bob.sync() == [f"CLIENT_EVENT2:{people.name('alice')}:2"]
    assert carol.sync() == []


@pytest.mark.parametrize(
    "make",
    [
        lambda client: client.pack(b"x" * 2049 + b"\0"),
        lambda client: client.pack(b"x", Kind.SIGNON),
        lambda client: client.pack(b"x", 0),
        lambda client: client.pack(b"x", 9),
        lambda client: client.pack(b"", Kind.SIGNOFF),
        lambda client: (client.pack(b"skipped"), client.pack(b"toc_noop\0"))[1],
        lambda client: b"garbage",
        lambda client: b"GET / HTTP/1.0\r\n\r\n",
    ],
)
def test_what_breaks_the_framing_ends_that_connection_only(people: People, make: object) -> None:
    assert callable(make)
    alice, bob = people.toc("alice"), people.toc("bob")
    bob.ask("toc_add_buddy", people.name("alice"))
    alice.send_bytes(make(alice))
    assert alice.rest() == []
    assert bob.expect("UPDATE_BUDDY").split(":")[2] == "F"
    assert bob.ask("toc_noop") == []


@pytest.mark.parametrize("data", [b"", b"F", FLAPON[:5], b"hello\r\n", b"\x16\x03\x01", FLAPON])
def test_who_hangs_up_early_does_no_harm(people: People, data: bytes) -> None:
    client = people.raw()
    client.send_bytes(data)
    client.hang_up()
    while client.socket.recv(100):
        pass
    assert people.toc("alice").ask("toc_noop") == []


def test_a_command_of_2048_bytes_is_taken(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    head = f"toc_send_im {people.name('bob')} ".encode()
    text = b"y" * (2048 - len(head))
    alice.command(head + text)
    assert alice.sync() == []
    assert bob.sync_bytes() == [b"IM_IN:%s:F:%s" % (people.name("alice").encode(), text)]


def test_a_client_that_never_reads_is_dropped(people: People) -> None:
    """In a room where much is said; the others hear all of it."""
    alice, deaf = people.toc("alice"), people.toc("deaf")
    number = alice.join(people.room)
    deaf.join(people.room)
    alice.sync()
    text = "z" * 1900
    for at in range(4000):
        alice.send("toc_chat_send", number, text)
        if at % 50 == 49:
            told = alice.sync()
            if any(each == f"CHAT_UPDATE_BUDDY:{number}:F:{people.name('deaf')}" for each in told):
                break
    else:
        pytest.fail("the deaf one is still there")
