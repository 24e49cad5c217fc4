"""Coming in: passwords, order, time, several clients; and what a client says of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateways.toc.sflap import FLAPON, Kind, pack, signon_payload
from tests.gateways.toc.conftest import PASSWORD, People
from tests.support.hub import HubProcess
from tests.support.ports import free_port
from tests.support.toc import Sign, TocClient
from words.admin.client import ask


@pytest.mark.parametrize("how", ["toc_signon", "toc2_signon", "toc2_login"])
def test_the_order_of_a_sign_on(people: People, how: Sign) -> None:
    alice = people.toc("alice", how, done=False)
    a = people.name("alice")
    if how == "toc_signon":
        assert alice.log == ["SIGN_ON:TOC1.0", "CONFIG:", f"NICK:{a}"]
    else:
        assert alice.log == ["SIGN_ON:TOC2.0", f"NICK:{a}", "CONFIG2:m:4\ndone:\n"]


def test_nothing_is_told_before_init_done(people: People) -> None:
    bob = people.toc("bob")
    alice = people.toc("alice", done=False)
    bob.send_im(people.name("alice"), "early")
    alice.command(f"toc_add_buddy {people.name('bob')}")
    alice.command("toc_send_im nobody x")
    alice.command("toc_chat_join 4 x")
    alice.command("toc_init_done")
    alice.sync()
    heads = [each.split(":")[0] for each in alice.log[3:]]
    assert heads == ["UPDATE_BUDDY", "IM_IN", "ERROR"]


def test_a_second_init_done_is_nothing(people: People) -> None:
    alice, bob = people.toc("alice"), people.toc("bob")
    bob.ask("toc_add_buddy", people.name("alice"))
    assert alice.ask("toc_init_done") == []
    assert bob.sync() == []


@pytest.mark.parametrize(
    ("name", "roasted"),
    [
        ("alice", "0x00"),
        ("alice", "0x"),
        ("alice", "0"),
        ("alice", "hello"),
        ("alice", "0x123"),
        ("nobody", "0x00"),
        ("", "0x00"),
        ("alice/label", "0x00"),
    ],
)
def test_whatever_is_wrong_has_one_answer(people: People, name: str, roasted: str) -> None:
    people.account("alice")
    client = people.raw()
    client.greet("x")
    client.command(f'toc_signon h 1 "{people.name(name)}" {roasted} english "x"')
    assert client.rest() == ["ERROR:980"]


def test_an_app_password_works(people: People) -> None:
    alice = people.account("alice")
    made = ask(people.hub.data / "admin.sock", "app-password-add", {"name": alice, "label": "old"})
    secret = made["password"]
    client = people.raw().sign_on(f"{alice}/old", secret)
    assert f"NICK:{alice}" in client.log
    client = people.raw().sign_on(alice, f"old/{secret}", "toc2_login")
    assert f"NICK:{alice}" in client.log


def test_too_many_tries_end_in_983(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub({"irc": {"enabled": False}}).start()
    answers = []
    for _ in range(40):
        with TocClient(hub.toc_port) as client:
            client.log_in("nobody", "wrong")
            answers += client.rest()
    assert set(answers) == {"ERROR:980", "ERROR:983"}
    assert answers == sorted(answers)


def test_who_does_not_sign_on_is_ended(new_hub: Callable[..., HubProcess]) -> None:
    config = {"irc": {"enabled": False}, "limits": {"unregistered_timeout": "200ms"}}
    hub = new_hub(config).start()
    hub.add_user("alice", PASSWORD)
    silent = TocClient(hub.toc_port)
    assert silent.rest() == []
    half = TocClient(hub.toc_port).sign_on("alice", PASSWORD, done=False)
    assert half.rest() == []
    silent.close()
    half.close()


def test_commands_before_the_sign_on_are_nothing(people: People) -> None:
    alice = people.account("alice")
    client = people.raw()
    client.greet(alice)
    client.command("toc_init_done")
    client.command("toc_send_im x y")
    client.command("toc_nonsense")
    client.command("")
    client.send_bytes(client.pack(b"", Kind.KEEP_ALIVE))
    client.command(f"toc_signon h 1 {alice} 0x{'00' * 3} english x")
    assert client.rest() == ["ERROR:980"]


def test_everything_in_one_segment(people: People) -> None:
    alice = people.account("alice")
    client = people.raw()
    from gateways.toc.roast import roast

    signon = f"toc_signon h 1 {alice} {roast(PASSWORD.encode()).decode()} english x".encode()
    client.send_bytes(
        FLAPON
        + pack(1, 5, signon_payload(alice.encode()))
        + pack(2, 6, signon)
        + pack(2, 7, b"toc_init_done\0")
        + pack(2, 8, b"toc_get_status no-one\0")
    )
    assert client.frame() == (1, b"\0\0\0\1")
    client.expect("ERROR:901:no-one")


def test_a_name_is_shown_as_its_owner_writes_it(people: People) -> None:
    """By TOC, wherever somebody else sees it; it is understood in any form."""
    alice = people.toc("alice")
    bob = people.toc("bob", "toc2_login")
    a, b = people.name("alice"), people.name("bob")
    formatted = f"A l{a[2:].upper()}"
    alice.command(f"toc_format_nickname {{{formatted}}}")
    assert alice.sync() == ["ADMIN_NICK_STATUS:0", f"NICK:{formatted}"]
    for wrong in ("bob", "", formatted + "x", formatted.replace("A", "Ä"), "A " * 40):
        assert alice.ask("toc_format_nickname", wrong) == ["ERROR:911"]
    here, _ = bob.ask("toc_add_buddy", a)
    assert here.startswith(f"UPDATE_BUDDY2:{formatted}:T:0:")
    assert bob.send_im(formatted, "hi") == []
    assert alice.sync() == [f"IM_IN:{b}:F:hi"]
    number = alice.join(people.room)
    bob.send("toc_chat_join", "4", people.room)
    assert bob.sync()[1] == f"CHAT_UPDATE_BUDDY:{number}:T:{formatted}:{b}"
    alice.ask("toc_chat_send", number, "all")
    assert bob.sync() == [f"CHAT_IN_ENC:{number}:{formatted}:F:A:en:all"]
    alice.ask("toc_chat_whisper", number, b, "psst")
    alice.ask("toc_send_im", b, "hi")
    assert [each.split(":")[:3] for each in bob.sync()] == [
        ["CHAT_IN_ENC", number, formatted],
        ["IM_IN_ENC2", formatted, "F"],
    ]
    alice.close()
    assert bob.expect("CHAT_UPDATE") == f"CHAT_UPDATE_BUDDY:{number}:F:{formatted}"
    assert bob.expect("UPDATE_BUDDY2").startswith(f"UPDATE_BUDDY2:{formatted}:F:")
    assert f"NICK:{formatted}" in people.again(a).log


def test_formats_outlive_the_hub(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub({"irc": {"enabled": False}}).start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    with TocClient(hub.toc_port).sign_on("alice", PASSWORD) as alice:
        alice.ask("toc_format_nickname", "A Lice")
        alice.send_im("bob", "later")
    hub.restart()
    with TocClient(hub.toc_port).sign_on("bob", PASSWORD) as bob:
        (told,) = [each for each in bob.log if each.startswith("IM_IN")]
        assert told.startswith("IM_IN:A Lice:F:[")


def test_answers_wait_for_init_done(people: People) -> None:
    """naim hangs up at anything but CONFIG2 and NICK between SIGN_ON and its toc_init_done."""
    people.toc("bob")
    watcher = people.toc("alice", "toc2_login")
    alice = people.again(people.name("alice"), "toc2_login", done=False)
    b = people.name("bob")
    alice.send("toc2_new_buddies", f"{{g:Pals\nb:{b}\nb:\x01\n}}")
    alice.send("toc_set_dir", "a:b")
    alice.send("toc_set_idle", "x")
    alice.send("toc2_add_deny", "somebody")
    assert watcher.expect("INSERTED2:d:") == "INSERTED2:d:somebody"  # all was done
    assert watcher.ask("toc_noop") == []
    assert alice.nothing_came()
    alice.command("toc_init_done")
    told = [each.split(":")[0] for each in alice.sync()]
    assert told == [
        *("NEW_BUDDY_REPLY2", "ERROR", "DIR_STATUS", "ERROR"),
        *("UPDATE_BUDDY2", "BUDDY_CAPS2"),
    ]
    assert alice.log[3] == f"NEW_BUDDY_REPLY2:{b}:added"
    assert alice.log[4] == "ERROR:931:=01"


def test_answers_do_not_wait_without_end(new_hub: Callable[..., HubProcess]) -> None:
    limits = {"outbox": "64KiB", "flood": {"burst": 1000000}}
    hub = new_hub({"irc": {"enabled": False}, "limits": limits}).start()
    hub.add_user("alice", PASSWORD)
    with TocClient(hub.toc_port).sign_on("alice", PASSWORD, done=False) as alice:
        alice.send_bytes(b"".join(alice.pack(b"toc_set_dir\0") for _ in range(8000)))
        assert alice.rest() == []


def test_a_suspended_identity_is_told_so_only_with_its_password(people: People) -> None:
    alice = people.toc("alice")
    a = people.name("alice")
    ask(people.hub.data / "admin.sock", "user-suspend", {"name": a})
    assert alice.rest() == []
    for password, answer in ((PASSWORD, "ERROR:989:17"), ("wrong", "ERROR:980")):
        client = people.raw()
        client.log_in(a, password)
        assert client.rest() == [answer]
    assert people.toc("bob").send_im(a, "hi") == []  # stored, as for anybody who isn't here
    ask(people.hub.data / "admin.sock", "user-resume", {"name": a})
    assert any("hi" in each for each in people.again(a).log)


@pytest.mark.parametrize("anywhere", [False, True])
def test_a_password_that_others_could_read(
    new_hub: Callable[..., HubProcess], anywhere: bool
) -> None:
    """It isn't taken, right or wrong, unless the hub's owner wants it."""
    listen = [{"address": "127.0.0.1", "port": free_port(), "proxy": ["127.0.0.1/32"]}]
    toc = {"listen": listen, "passwords_anywhere": anywhere}
    hub = new_hub({"irc": {"enabled": False}, "toc": toc}).start()
    hub.add_user("alice", PASSWORD)
    with TocClient(hub.toc_port) as client:
        client.send_bytes(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 9898\r\n")
        client.log_in("alice", PASSWORD)
        answer = client.read()
        assert answer == (b"SIGN_ON:TOC1.0" if anywhere else b"ERROR:980")
        if anywhere:
            client.command("toc_init_done")
            assert client.ask("toc_change_passwd", PASSWORD, "x")[-1] == "ADMIN_PASSWD_STATUS:0"
    assert ("no password is taken by TOC" in hub.log) is not anywhere


def test_who_is_not_let_in_is_told_983(new_hub: Callable[..., HubProcess]) -> None:
    limits = {"connections_per_address": 1, "exempt": []}
    hub = new_hub({"irc": {"enabled": False}, "limits": limits}).start()
    with TocClient(hub.toc_port) as first, TocClient(hub.toc_port) as second:
        assert second.frame() == (Kind.SIGNON, b"\0\0\0\1")
        assert second.rest() == ["ERROR:983"]
        first.greet("alice")


def test_another_password(people: People) -> None:
    alice = people.toc("alice")
    a = people.name("alice")
    assert alice.ask("toc_change_passwd", "wrong", "new secret") == ["ERROR:911"]
    assert alice.ask("toc_change_passwd", PASSWORD, "") == ["ERROR:911"]
    assert alice.ask("toc_change_passwd", PASSWORD, 'new "$ecret"') == ["ADMIN_PASSWD_STATUS:0"]
    people.raw().sign_on(a, 'new "$ecret"')
    old = people.raw()
    old.log_in(a, PASSWORD)
    assert old.rest() == ["ERROR:980"]


def test_several_clients_of_one_identity(people: People) -> None:
    first = people.toc("alice")
    a = people.name("alice")
    second = people.again(a, "toc2_login")
    bob = people.toc("bob")
    bob.send_im(a, "hi")
    assert first.sync() == [f"IM_IN:{people.name('bob')}:F:hi"]
    assert second.sync() == [f"IM_IN_ENC2:{people.name('bob')}:F:F:T: O :F:A:en:hi"]
    number = first.join(people.room)
    assert second.sync() == [
        f"CHAT_JOIN:{number}:{people.group}",
        f"CHAT_UPDATE_BUDDY:{number}:T:{a}",
    ]
    first.close()
    bob.send_im(a, "still there?")
    assert second.expect("IM_IN_ENC2").endswith("still there?")


def test_what_is_not_there(people: People) -> None:
    alice = people.toc("alice")
    for command in ("toc_rvous_accept", "toc_rvous_cancel"):
        assert alice.ask(command, "x", "y", "z") == ["ERROR:914"]
    assert alice.ask("toc_chat_evil", "1", "bob", "norm") == ["ERROR:902:bob"]
    assert alice.ask("toc_noop") == []
    assert alice.ask("toc_nonsense", "x") == []
    assert alice.ask("toc_set_idle", "x") == ["ERROR:911"]
    assert alice.ask("toc_send_im", "x") == ["ERROR:911"]
