"""Buddies are the service's contacts; presence, away, idle; privacy; lists kept as they came."""

from __future__ import annotations

import re

import pytest

from tests.gateways.toc.conftest import People
from tests.support.toc import TocClient


def updates(messages: list[str]) -> list[tuple[str, str, str]]:
    """Return name, presence and user class of the UPDATE_BUDDY messages."""
    found = [each.split(":") for each in messages if each.startswith("UPDATE_BUDDY")]
    return [(parts[1], parts[2], parts[6]) for parts in found]


def test_arrival_away_idle_and_departure(people: People) -> None:
    alice = people.toc("alice")
    bob = people.account("bob")
    assert alice.ask("toc_add_buddy", bob) == []
    client = people.again(bob)
    (told,) = alice.sync()
    assert re.fullmatch(rf"UPDATE_BUDDY:{bob}:T:0:\d{{9,}}:0: O ", told)
    client.ask("toc_set_away", 'gone "fishing"')
    assert updates(alice.sync()) == [(bob, "T", " OU")]
    client.command("toc_set_away")
    client.sync()
    assert updates(alice.sync()) == [(bob, "T", " O ")]
    client.ask("toc_set_idle", "120")
    assert alice.sync()[0].split(":")[5] == "2"
    client.ask("toc_set_idle", "0")
    assert alice.sync()[0].split(":")[5] == "0"
    client.close()
    assert alice.expect("UPDATE_BUDDY") == f"UPDATE_BUDDY:{bob}:F:0:0:0:   "
    assert alice.ask("toc_remove_buddy", bob) == []
    people.again(bob)
    assert alice.sync() == []


def test_one_arrival_is_one_update(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    alice.ask("toc_add_buddy", people.name("bob"))
    alice.close()
    again = people.again(people.name("alice"))
    assert len([each for each in again.log if each.startswith("UPDATE_BUDDY")]) == 1
    assert bob.sync() == []


def test_toc2_has_the_last_field_and_capabilities(people: People) -> None:
    alice, bob = people.toc("alice", "toc2_login"), people.toc("bob")
    b = people.name("bob")
    bob.ask("toc_set_caps", "094613434C7F11D18222444553540000,1343", "junk:x", "1345")
    reply, update, caps = alice.ask("toc2_new_buddies", f"g:Pals\nb:{b}:Bobby\n")
    assert reply == f"NEW_BUDDY_REPLY2:{b}:added"
    assert update.startswith(f"UPDATE_BUDDY2:{b}:T:0:")
    assert update.endswith(": O :")
    assert caps == (
        f"BUDDY_CAPS2:{b}:09461343-4C7F-11D1-8222-444553540000,09461345-4C7F-11D1-8222-444553540000"
    )
    alice.close()
    config = people.again(people.name("alice"), "toc2_signon").config
    assert config == f"g:Pals\nb:{b}:Bobby\nm:4\ndone:\n"


def test_lists_are_told_to_ones_other_clients(people: People) -> None:
    alice = people.toc("alice", "toc2_login")
    name = people.name("alice")
    other = people.again(name, "toc2_signon")
    alice.sync()
    alice.ask("toc2_new_group", "Pals")
    alice.ask("toc2_new_buddies", "{g:Pals\nb:sean:S\n}")
    alice.ask("toc2_new_buddies", "{g:Pals\nb:sean:Sean\n}")
    alice.ask("toc2_remove_buddy", "sean", "Pals")
    alice.ask("toc2_del_group", "Pals")
    alice.ask("toc2_add_deny", "spam")
    alice.ask("toc2_remove_deny", "spam")
    alice.ask("toc2_add_permit", "pal")
    assert other.sync() == [
        "INSERTED2:g:Pals",
        "INSERTED2:b:S:sean:Pals",
        "UPDATED2:b:sean:Pals:Sean",
        "DELETED2:b:sean:Pals",
        "DELETED2:g:Pals",
        "INSERTED2:d:spam",
        "DELETED2:d:spam",
        "INSERTED2:p:pal",
    ]


@pytest.mark.parametrize("form", ["{%s}", '"%s"', "%s"])
def test_a_config_of_toc1_comes_back_byte_for_byte(people: People, form: str) -> None:
    config = "m 1\ng Buddies\nb one\nb two\ng  Odd group\nx what is this\np pal\nd foe\n"
    alice = people.toc("alice")
    alice.command("toc_set_config " + form % config)
    alice.sync()
    alice.close()
    again = people.again(people.name("alice"))
    assert again.config == config
    again.close()
    second = people.again(people.name("alice"), "toc2_signon")
    assert second.config == "g:Buddies\nb:one\nb:two\nm:4\ndone:\n"
    second.ask("toc2_new_buddies", "g:Buddies\nb:three\n")
    second.ask("toc2_remove_buddy", "one", "Buddies")
    second.close()
    changed = people.again(people.name("alice")).config
    assert "b one\n" not in changed
    assert changed.endswith("g Buddies\nb three\n")
    assert "x what is this\n" in changed


def test_a_config_without_buddies_removes_nobody(people: People) -> None:
    """Net::AIMTOC's sign-on: a list with a mode only, and itself as a buddy for a moment."""
    alice = people.toc("alice")
    a = people.name("alice")
    alice.ask("toc_add_buddy", "one")
    alice.close()
    bot = people.again(a, done=False)
    bot.command(f"toc_add_buddy {a}")
    bot.command("toc_set_config {m 1}")
    bot.command("toc_init_done")
    bot.command(f"toc_remove_buddy {a}")
    bot.sync()
    bot.close()
    assert people.again(a).config == "m 1\ng Buddies\nb one\n"


def both(people: People) -> tuple[TocClient, TocClient, str, str]:
    """Return somebody who watches another, and that one before toc_init_done."""
    alice, bob = people.toc("alice"), people.toc("bob", done=False)
    a, b = people.name("alice"), people.name("bob")
    alice.ask("toc_add_buddy", b)
    return alice, bob, a, b


def test_deny_before_init_done_leaks_nothing(people: People) -> None:
    alice, bob, a, b = both(people)
    number = alice.join(people.room)
    bob.command(f"toc_add_deny {a}")
    bob.command("toc_init_done")
    bob.sync()
    bob.ask("toc_set_away", "x")
    assert alice.sync() == []
    assert alice.send_im(b, "hi") == [f"ERROR:901:{b}"]
    assert alice.ask("toc_get_status", b) == [f"ERROR:901:{b}"]
    assert alice.ask("toc_get_info", b) == [f"ERROR:901:{b}"]
    assert alice.ask("toc_get_dir", b) == [f"ERROR:901:{b}"]
    assert alice.ask("toc_chat_invite", number, "in", b) == [f"ERROR:901:{b}"]
    assert alice.ask("toc_evil", b, "anon") == [f"ERROR:902:{b}"]
    assert bob.sync() == []
    bob.close()
    assert alice.sync() == []


def test_the_switch_of_toc1(people: People) -> None:
    """The four scenarios of Twisted's test: deny none, deny self, permit none, permit self."""
    alice, bob, a, b = both(people)
    bob.command("toc_init_done")
    bob.sync()
    alice.sync()

    def reached() -> bool:
        bob.sync()
        answer = [each for each in alice.send_im(b, "hi") if each.startswith("ERROR")]
        got = bob.sync()
        assert bool(answer) != bool(got)
        return bool(got)

    bob.command("toc_add_permit")  # nobody
    assert not reached()
    assert updates(alice.log)[-1][1] == "F"
    bob.command("toc_add_deny")  # everybody
    assert reached()
    bob.command(f"toc_add_deny {a}")
    assert not reached()
    bob.command(f"toc_add_permit {a}")
    assert reached()
    bob.command("toc_add_permit")  # as it is already: changes nothing
    assert reached()
    bob.command("toc_add_deny")
    assert reached()


@pytest.mark.parametrize(
    ("mode", "reached"), [("1", True), ("2", False), ("3", False), ("4", True), ("5", False)]
)
def test_the_modes_of_toc2(people: People, mode: str, reached: bool) -> None:
    alice, bob, _, b = both(people)
    bob.command(f"toc2_set_pdmode {mode}")
    bob.command("toc_init_done")
    bob.sync()
    assert bool(updates(alice.sync())) == reached
    assert (alice.send_im(b, "hi") == []) == reached


def test_a_buddy_by_irc_and_one_by_toc(people: People) -> None:
    alice = people.toc("alice")
    glyph = people.irc("glyph", account=True, caps="away-notify")
    g = people.name("glyph")
    (told,) = alice.ask("toc_add_buddy", g)
    assert told.startswith(f"UPDATE_BUDDY:{g}:T:0:")
    glyph.send("AWAY :lunch")
    glyph.sync()
    assert updates(alice.sync()) == [(g, "T", " OU")]
    glyph.quit()
    assert updates(alice.sync()) == [(g, "F", "   ")]


def test_names_as_old_clients_write_them(people: People) -> None:
    alice = people.toc("alice")
    guest = people.irc("foo_[bar]-")
    g = people.name("foo_[bar]-")
    number = alice.join(people.room)
    guest.join(f"#{people.group}")
    alice.sync()
    short = "".join(char for char in g if char.isalnum())
    alice.ask("toc_send_im", short, "hi")
    alice.ask("toc_chat_whisper", number, f"  {g.upper()} ", "psst")
    assert [line.text for line in guest.sync() if line.command == "PRIVMSG"] == ["hi", "psst"]
