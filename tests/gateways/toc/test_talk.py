"""Talking over TOC: messages, rooms, whispers, invitations."""

from __future__ import annotations

import pytest

from tests.gateways.toc.conftest import People
from tests.support.toc import Sign

NASTY = 'colons: $5 {a} [b] (c) "q" end\\ <b>x</b> & \n\x1b é ñ \t "'


@pytest.mark.parametrize("text", [NASTY.encode(), bytes(range(1, 256)), b"x", b'with "quotes" in'])
def test_toc_to_toc_is_byte_identical(people: People, text: bytes) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    alice.send("toc_send_im", people.name("bob"), text)
    assert alice.sync() == []
    assert bob.sync_bytes() == [b"IM_IN:%s:F:%s" % (people.name("alice").encode(), text)]
    number = alice.join(people.room)
    bob.join(people.room)
    alice.sync()
    alice.send("toc_chat_send", number, text)
    expected = b"CHAT_IN:%s:%s:F:%s" % (number.encode(), people.name("alice").encode(), text)
    assert alice.sync_bytes() == [expected]
    assert bob.sync_bytes() == [expected]


@pytest.mark.parametrize(
    ("how", "form"),
    [
        ("toc_signon", "IM_IN:{}:F:hi"),
        ("toc2_signon", "IM_IN2:{}:F:F:hi"),
        ("toc2_login", "IM_IN_ENC2:{}:F:F:T: O :F:A:en:hi"),
    ],
)
def test_messages_have_the_form_of_the_sign_on(people: People, how: Sign, form: str) -> None:
    alice, bob = people.toc("alice"), people.toc("bob", how)
    alice.send_im(people.name("bob"), "hi")
    assert bob.sync() == [form.format(people.name("alice"))]


def test_auto_is_a_flag_only_where_it_stands_alone(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    bobs, me = people.name("bob"), people.name("alice")
    alice.command(f'toc_send_im {bobs} "away" auto')
    alice.command(f'toc_send_im {bobs} "on auto" ')
    alice.command(f"toc_send_im {bobs} unquoted words auto")
    alice.sync()
    assert bob.sync() == [
        f"IM_IN:{me}:T:away",
        f"IM_IN:{me}:F:on auto",
        f"IM_IN:{me}:F:unquoted words auto",
    ]


def test_unknown_gone_and_denied_have_one_answer(people: People) -> None:
    alice = people.toc("alice")
    bob = people.toc("bob")
    bob.ask("toc_add_deny", people.name("alice"))
    guest = people.irc("guest")
    guest.quit()
    for name in ("bob", "guest", "unknown"):
        assert alice.send_im(people.name(name), "hi") == [f"ERROR:901:{people.name(name)}"]
    assert bob.sync() == []


def test_messages_wait_for_who_is_not_there(people: People) -> None:
    alice = people.toc("alice")
    bob = people.account("bob")
    assert alice.send_im(bob, "<b>later</b>") == []
    client = people.again(bob, done=False)
    client.command("toc_init_done")
    (told,) = client.sync()
    start = f"IM_IN:{people.name('alice')}:F:["
    assert told.startswith(start)
    assert told.endswith(" UTC] <b>later</b>")
    client.close()
    alice.sync()
    assert not any("IM_IN" in each for each in people.again(bob).log)


def test_a_room(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob", "toc2_login")
    a, b = people.name("alice"), people.name("bob")
    alice.send("toc_chat_join", "4", people.room)
    joined, inside = alice.sync()
    number = joined.split(":")[1]
    assert int(number) > 0
    assert joined == f"CHAT_JOIN:{number}:{people.group}"
    assert inside == f"CHAT_UPDATE_BUDDY:{number}:T:{a}"
    bob.command(f"toc_chat_join 4 {people.room.lower().replace(' ', '   ')}")
    assert bob.sync() == [
        f"CHAT_JOIN:{number}:{people.group}",
        f"CHAT_UPDATE_BUDDY:{number}:T:{a}:{b}",
    ]
    assert alice.sync() == [f"CHAT_UPDATE_BUDDY:{number}:T:{b}"]
    assert alice.ask("toc_chat_send", number, "hi: all") == [f"CHAT_IN:{number}:{a}:F:hi: all"]
    assert bob.sync() == [f"CHAT_IN_ENC:{number}:{a}:F:A:en:hi: all"]
    assert bob.ask("toc_chat_leave", number) == [f"CHAT_LEFT:{number}"]
    assert alice.sync() == [f"CHAT_UPDATE_BUDDY:{number}:F:{b}"]
    assert bob.ask("toc_chat_send", number, "x") == [f"ERROR:950:{people.group}"]
    bob.join(people.room)
    alice.sync()
    bob.close()
    assert alice.expect("CHAT_UPDATE_BUDDY") == f"CHAT_UPDATE_BUDDY:{number}:F:{b}"


def test_a_whisper_is_for_one(people: People) -> None:
    alice, bob, carol = (people.toc(name) for name in ("alice", "bob", "carol"))
    number = alice.join(people.room)
    bob.join(people.room)
    carol.join(people.room)
    alice.sync(), bob.sync()
    assert alice.ask("toc_chat_whisper", number, people.name("bob"), "psst") == []
    assert bob.sync() == [f"CHAT_IN:{number}:{people.name('alice')}:T:psst"]
    assert carol.sync() == []
    dave = people.name("dave")
    assert alice.ask("toc_chat_whisper", number, dave, "psst") == [f"ERROR:901:{dave}"]


def test_an_invitation(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    number = alice.join(people.room)
    assert alice.ask("toc_chat_invite", number, "come in: now", people.name("bob")) == []
    a = people.name("alice")
    assert bob.sync() == [f"CHAT_INVITE:{people.group}:{number}:{a}:come in: now"]
    assert bob.ask("toc_chat_accept", number) == [
        f"CHAT_JOIN:{number}:{people.group}",
        f"CHAT_UPDATE_BUDDY:{number}:T:{a}:{people.name('bob')}",
    ]


def test_numbers_of_rooms_say_nothing_of_secret_ones(people: People) -> None:
    """They are small: anybody can try them all."""
    alice, bob, irc = people.toc("alice"), people.toc("bob"), people.irc("ann")
    irc.join(f"#{people.group}")
    irc.ask(f"MODE #{people.group} +s", f"INVITE {people.name('alice')} #{people.group}")
    number = alice.join(people.room)
    for command in ("toc_chat_accept", "toc_chat_send"):
        assert bob.ask(command, number, "x") == [f"ERROR:950:{number}"]
    alice.ask("toc_chat_invite", number, "x", people.name("bob"))
    bob.sync()
    assert bob.ask("toc_chat_accept", number)[0] == f"CHAT_JOIN:{number}:{people.group}"


def test_people_are_invited_however_a_client_writes_them(people: People) -> None:
    alice, bob, carol = (people.toc(name) for name in ("alice", "bob", "carol"))
    number = alice.join(people.room)
    b, c = people.name("bob"), people.name("carol")
    for who in (f"{b} {c}", f"{b},{c}", f'"{b}" " {c[:2]} {c[2:].upper()}"'):
        alice.command(f'toc_chat_invite {number} "come, in" {who}')
        assert alice.sync() == []
        for client in (bob, carol):
            (told,) = client.sync()
            assert told.endswith(f":{people.name('alice')}:come, in")


@pytest.mark.parametrize("bad", ["0", "999999", "-1", "x", "99999999999999999999", "1e3", "²"])
def test_a_wrong_room_costs_an_error(people: People, bad: str) -> None:
    alice = people.toc("alice")
    for command in ("toc_chat_send", "toc_chat_leave", "toc_chat_accept", "toc_chat_invite"):
        answers = alice.ask(command, bad, "x", "y")
        assert len(answers) == 1
        assert answers[0].startswith(("ERROR:950", "ERROR:911"))


def test_warnings(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    a, b = people.name("alice"), people.name("bob")
    assert alice.ask("toc_evil", b, "norm") == [f"ERROR:902:{b}"]
    bob.send_im(a, "boo")
    alice.sync()
    assert alice.ask("toc_evil", b, "norm") == []
    assert bob.sync() == [f"EVILED:10:{a}"]
    assert alice.ask("toc_evil", b, "norm") == [f"ERROR:902:{b}"]
    for how, level in (("anon", 13), ("anom", 16)):  # who may not want to be named isn't
        bob.send_im(a, "boo")
        alice.ask("toc_evil", b, how)
        assert bob.sync() == [f"EVILED:{level}:"]


def test_irc_and_toc_in_one_group(people: People) -> None:
    alice, glyph = people.toc("alice"), people.irc("glyph")
    a, g = people.name("alice"), people.name("glyph")
    number = alice.join(people.room)
    glyph.join(f"#{people.group}")
    assert alice.sync() == [f"CHAT_UPDATE_BUDDY:{number}:T:{g}"]
    glyph.send(f"PRIVMSG #{people.group} :\x02bold\x02 <b> & \x0304red")
    glyph.sync()
    red = '<FONT COLOR="#ff0000">red</FONT>'
    assert alice.sync() == [f"CHAT_IN:{number}:{g}:F:<B>bold</B> &lt;b&gt; &amp; {red}"]
    alice.ask("toc_chat_send", number, "<B>bold</B>\r\nQUIT :x &lt;i&gt;")
    lines = [line.raw for line in glyph.sync()]
    assert [line.split(" ", 1)[1] for line in lines] == [
        f"PRIVMSG #{people.group} :\x02bold\x02",
        f"PRIVMSG #{people.group} :QUIT :x <i>",
    ]
    glyph.send(f"PRIVMSG {a} :direct")
    glyph.sync()
    assert alice.sync() == [f"IM_IN:{g}:F:direct"]
    alice.send_im(g, "<I>back</I>")
    assert glyph.sync()[0].text == "\x1dback\x1d"
    glyph.send(f"NICK {g}x")
    glyph.sync()
    assert alice.sync() == [
        f"CHAT_UPDATE_BUDDY:{number}:F:{g}",
        f"CHAT_UPDATE_BUDDY:{number}:T:{g}x",
    ]
    glyph.quit()
    assert alice.sync() == [f"CHAT_UPDATE_BUDDY:{number}:F:{g}x"]


def test_moderation_is_the_hubs(people: People) -> None:
    """Slow mode (903), a filter, a kick by it, an auditorium: set over IRC, felt over TOC."""
    boss = people.irc("boss")
    boss.join(f"#{people.group}")
    alice = people.toc("alice")
    number = alice.join(people.room)
    boss.ask(f"MODE #{people.group} +W 600", f"FILTER #{people.group} ADD kick text casino")
    assert alice.ask("toc_chat_send", number, "one")[-1].startswith("CHAT_IN:")
    assert alice.ask("toc_chat_send", number, "two") == ["ERROR:903"]
    boss.ask(f"MODE #{people.group} -W+u")
    assert f"CHAT_LEFT:{number}" in alice.ask("toc_chat_send", number, "the Casino")
    bob = people.toc("bob")
    number = bob.join(people.room)
    bob.sync()
    alice.join(people.room)
    assert bob.sync() == []  # nobody sees anybody but the operator there
    mine = people.name("alice")
    assert any(line.command == "JOIN" and line.nick == mine for line in boss.sync())
