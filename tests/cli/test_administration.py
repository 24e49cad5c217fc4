"""Identities, credentials, bans, groups through the shell: the same on a running hub and not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.hub import HubProcess
from tests.support.raw import RawClient
from tests.support.shell import shell


def ok(hub: HubProcess, *arguments: str, stdin: str = "") -> str:
    done = shell(hub, *arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def said(hub: HubProcess, *arguments: str) -> Any:
    return json.loads(ok(hub, *arguments, "--json"))


def ensure_running(hub: HubProcess) -> None:
    if not hub.running:
        hub.start()


def login(hub: HubProcess, account: str, password: str, nick: str) -> RawClient:
    client = RawClient(hub.irc_port)
    client.send(f"PASS {account}:{password}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    return client


def test_rights_and_suspension(some_hub: HubProcess) -> None:
    hub = some_hub
    ok(hub, "user", "add", "ann", "--admin", "--password-stdin", stdin="a\n")
    assert ok(hub, "user", "rights", "ANN", "--add", "bans", "--remove", "admin") == "ann: bans\n"
    assert shell(hub, "user", "rights", "ann", "--add", "fly").returncode == 1
    assert ok(hub, "user", "suspend", "ann", "--why", "spam") == "suspended ann\n"
    again = shell(hub, "user", "suspend", "ann")
    assert (again.returncode, again.stderr) == (1, "words: ann is suspended already\n")
    shown = said(hub, "user", "show", "ann")
    assert (shown["rights"], shown["suspended"], shown["groups"]) == (["bans"], True, [])
    acts = said(hub, "history", "acts")
    assert [(act["verb"], act["what"], act["why"]) for act in acts] == [
        ("user-suspend", "ann", "spam"),
        ("user-rights", "ann", ""),
        ("user-add", "ann", ""),
    ]
    assert all(act["who"].startswith("local:") for act in acts)
    ensure_running(hub)
    with login(hub, "ann", "a", "ann") as client:
        assert any(" 464 " in line for line in client.rest())
    assert ok(hub, "user", "resume", "ann") == "resumed ann\n"
    with login(hub, "ann", "a", "ann") as client:
        client.until(" 001 ")
        assert ok(hub, "user", "suspend", "ann", "--why", "again") == "suspended ann\n"
        assert "Suspended: again" in client.rest()[-1]


def test_a_reset_code_is_for_once(some_hub: HubProcess) -> None:
    hub = some_hub
    hub.add_user("ann", "old")
    code = said(hub, "user", "reset-link", "ann", "--for", "2h")["code"]
    assert said(hub, "user", "show", "ann")["reset_until"]
    reset = ("user", "passwd", "--password-stdin", "--reset-code")
    wrong = shell(hub, *reset, "x" * 26, stdin="new\n")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr == "words: no such code, or it is used or expired\n"
    assert ok(hub, *reset, code.upper(), stdin="new\n") == "changed the password of ann\n"
    assert shell(hub, *reset, code, stdin="newer\n").stderr == wrong.stderr
    late = said(hub, "user", "reset-link", "ann", "--for", "1ms")["code"]
    assert shell(hub, *reset, late, stdin="newer\n").stderr == wrong.stderr
    ensure_running(hub)
    with login(hub, "ann", "new", "ann") as client:
        client.until(" 001 ")


def test_app_passwords(some_hub: HubProcess) -> None:
    hub = some_hub
    hub.add_user("ann", "x")
    made = said(hub, "user", "app-password", "add", "ann", "phone", "--scope", "bans")
    assert (made["login"], len(made["password"])) == ("ann/phone", 26)
    assert shell(hub, "user", "app-password", "add", "ann", "PHONE").returncode == 1
    (kept,) = said(hub, "user", "app-password", "list", "ann")
    assert (kept["label"], kept["scopes"]) == ("phone", ["bans"])
    ensure_running(hub)
    with login(hub, "ann/phone", made["password"], "ann") as client:
        client.until(" 001 ")
        assert ok(hub, "user", "app-password", "remove", "ann", "phone") == "removed ann/phone\n"
        assert "revoked" in client.rest()[-1]
    assert said(hub, "user", "app-password", "list", "ann") == []


def test_bans(some_hub: HubProcess) -> None:
    hub = some_hub
    assert ok(hub, "ban", "add", "ev*", "--why", "spam") == "banned ev*!*@*\n"
    assert ok(hub, "ban", "add", "10.1.2.3/8", "--for", "2h").startswith("banned 10.0.0.0/8")
    assert ok(hub, "ban", "add", "old", "--for", "1ms").startswith("banned old!*@*")
    assert {one["target"] for one in said(hub, "ban", "list")} == {"ev*!*@*", "10.0.0.0/8"}
    ok(hub, "ban", "add", "account:Loud", "--guests")
    assert "guests" in ok(hub, "ban", "list")
    assert ok(hub, "ban", "remove", "account:loud") == "removed the ban of account:loud\n"
    for target in ("*", "0.0.0.0/0", "", "a b", "x" * 300, "\udcff"):
        assert shell(hub, "ban", "add", target).returncode == 1
    assert shell(hub, "ban", "remove", "nobody").returncode == 1
    ensure_running(hub)
    with RawClient(hub.irc_port) as evil:
        evil.send("NICK Evil", "USER e 0 * :e")
        assert "You are banned: spam" in evil.until(" 465 ")
        assert "Banned: spam" in evil.rest()[-1]
    assert ok(hub, "ban", "remove", "EV*") == "removed the ban of ev*!*@*\n"
    with RawClient(hub.irc_port, "evil") as evil:
        done = ok(hub, "ban", "add", "127.0.0.1", "--why", "too much")
        assert done == "banned 127.0.0.1/32, 1 connections ended\n"
        assert "Banned: too much" in evil.rest()[-1]
    with RawClient(hub.irc_port) as again:
        assert "You are banned: too much" in again.rest()[-1]
    hub.restart()
    with RawClient(hub.irc_port) as again:
        assert "You are banned: too much" in again.rest()[-1]
    ok(hub, "ban", "remove", "127.0.0.1")
    RawClient(hub.irc_port, "evil").close()


def test_sessions(hub: HubProcess) -> None:
    hub.add_user("ann", "x")
    with login(hub, "ann", "x", "ann") as one, login(hub, "ann", "x", "other") as two:
        for client in (one, two):
            client.until(" 001 ")
        found = said(hub, "user", "sessions", "list", "ann")
        assert [(s["name"], s["account"], s["address"], s["gateway"]) for s in found] == [
            ("ann", "ann", "127.0.0.1", "irc"),
            ("other", "ann", "127.0.0.1", "irc"),
        ]
        assert said(hub, "user", "sessions", "list", "nobody") == []
        assert said(hub, "user", "show", "ann")["sessions"] == 2
        end = ("user", "sessions", "end", "ann")
        assert ok(hub, *end, found[1]["session"], "--why", "lost") == "ended 1 of ann\n"
        assert "administrator: lost" in two.rest()[-1]
        one.send("PING x")
        one.until("PONG")
        assert ok(hub, *end) == "ended 1 of ann\n"
        one.rest()
        assert shell(hub, *end).returncode == 1
    hub.stop()
    assert said(hub, "user", "sessions", "list") == []


def test_registered_groups(some_hub: HubProcess) -> None:
    hub, running = some_hub, some_hub.running
    for name in ("ann", "ben"):
        hub.add_user(name, "x")
    ensure_running(hub)
    cat = RawClient(hub.irc_port, "cat")
    cat.send("JOIN #garden")
    cat.until(" 366 ")
    assert shell(hub, "group", "access", "garden", "ben", "operator").returncode == 1
    assert "registration" in ok(hub, "group", "set", "garden", "founder=Ann")
    cat.close()
    if not running:
        hub.stop()
    assert ok(hub, "group", "access", "garden", "BEN", "operator") == "ben is operator in garden\n"
    ok(hub, "group", "set", "garden", "successor=ben")
    for wrong in (("ben", "king"), ("nobody", "voice"), ("nobody", "--remove")):
        assert shell(hub, "group", "access", "garden", *wrong).returncode == 1
    assert shell(hub, "group", "access", "garden", "ben", "helper").returncode == 1
    assert "role" in ok(hub, "group", "set", "garden", "role=helper 20 speak,kick")
    assert shell(hub, "group", "set", "garden", "role=helper").returncode == 1
    assert ok(hub, "group", "access", "garden", "ben", "helper") == "ben is helper in garden\n"
    ok(hub, "group", "set", "garden", "--unset", "role=helper 20 kick,speak")
    assert said(hub, "group", "access", "garden") == []
    ok(hub, "group", "access", "garden", "ben", "operator")
    shown = said(hub, "group", "show", "garden")
    assert (shown["registered"], shown["founder_name"], shown["successor"]) == (True, "ann", "ben")
    assert said(hub, "group", "access", "garden") == [["ben", "operator"]]
    ensure_running(hub)
    for name, sign in (("ann", "~"), ("ben", "@")):
        with login(hub, name, "x", name) as client:
            client.send("JOIN #garden")
            assert f"{sign}{name}" in client.until(" 353 ")
    if not running:
        hub.stop()
    assert ok(hub, "group", "access", "garden", "ben", "--remove") == "ben is nothing in garden\n"
    assert ok(hub, "group", "remove", "garden") == "removed garden and its 0 members\n"
    assert shell(hub, "group", "show", "garden").returncode == 1


@pytest.mark.parametrize("running", [True, False])
def test_groups(hub: HubProcess, running: bool) -> None:
    hub.configure({"irc": {"durable_membership": True}})
    hub.restart()
    hub.add_user("ann", "x")
    ann = login(hub, "ann", "x", "ann")
    ann.send("JOIN #Garden")
    ann.until(" 366 ")
    if not running:
        hub.stop()
    assert ok(hub, "group", "list").split() == ["Garden", "1", "-"]
    change = ("group", "set", "garden", "--why", "calm")
    done = ok(hub, *change, "moderated", "limit=9", "topic=Roses", "ban=bad", "--unset=no_outside")
    assert "retention" in ok(hub, *change, "retention=30d")
    assert done == "changed topic, moderated, limit, ban, no_outside of Garden\n"
    assert ok(hub, *change, "moderated") == "changed nothing of Garden\n"
    for wrong in ("fly", "limit=x", "key=a b", "ban=", "topic=" + "x" * 400, "retention=x"):
        refused = shell(hub, *change, wrong)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    rules = ("filter=mute:10m text weeds", "ban=mute:account:loud")
    for stays in ("topic=Tulips", "slow=30", "founder=ann"):
        refused = shell(hub, *change, *rules, stays, "--for", "1h")
        assert "time: is for entries of ban, except, invite, filter; " in refused.stderr
    assert ok(hub, *change, *rules, "--for", "1h").startswith("changed filter, ban of")
    ok(hub, *change, "slow=30")
    assert shell(hub, *change, "filter=sing text x").returncode == 1
    assert shell(hub, *change, "forward=nowhere").returncode == 1
    listed = said(hub, "group", "show", "garden")["lists"]
    by, since, until = listed["ban"]["mute:account:loud"]
    assert (by, until - since) == ("administration", 3_600_000)
    assert list(listed["filter"]) == ["mute:600s text weeds"]
    assert said(hub, "filter", "log", "garden") == []
    ok(hub, *change, "--unset", "slow", "--unset", "ban=mute:account:LOUD")
    shown = said(hub, "group", "show", "GARDEN")
    assert (shown["topic"], shown["settings"]["limit"]) == ("Roses", 9)
    assert shown["retention"] == 30 * 86400
    assert (shown["settings"]["moderated"], shown["settings"]["no_outside"]) == (True, False)
    assert list(shown["lists"]["ban"]) == ["bad!*@*"]
    assert shown["members"] == [{"name": "ann", "roles": ["operator"], "durable": True}]
    none = shell(hub, "group", "show", "weeds")
    assert (none.returncode, none.stderr) == (1, "words: there is no group weeds\n")
    if running:
        ann.until("MODE #Garden .*l.* 9")
    else:
        hub.start()
        ann.close()
        ann = login(hub, "ann", "x", "ann")
        assert "Roses" in ann.until(" 332 ")
        hub.stop()
    assert ok(hub, "group", "remove", "garden") == "removed Garden and its 1 members\n"
    if running:
        ann.until("KICK #Garden ann")
    ann.close()
    hub.restart()
    assert shell(hub, "group", "show", "garden").returncode == 1


def test_filter_of_the_hub(some_hub: HubProcess) -> None:
    hub = some_hub
    assert ok(hub, "filter", "add", "drop", "text", "*casino*", "--why", "spam") == (
        "added drop text *casino*\n"
    )
    for wrong in (("sing", "text", "x"), ("mute", "text", "x"), ("drop", "regex", "(")):
        refused = shell(hub, "filter", "add", *wrong)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert [one["rule"] for one in said(hub, "filter", "list")] == ["drop text *casino*"]
    ensure_running(hub)
    with RawClient(hub.irc_port, "eve") as eve:
        eve.send("JOIN #den", "PRIVMSG #den :the Casino")
        assert " 404 " not in eve.until(" 366 ")
        eve.send("MODE #den -o eve", "PRIVMSG #den :the Casino")
        assert "filtered" in eve.until(" 404 ")
        (entry,) = said(hub, "filter", "log", "den")
        assert (entry["action"], entry["text"]) == ("drop", "the Casino")
    assert ok(hub, "filter", "remove", "drop text *casino*") == "removed drop text *casino*\n"
    assert said(hub, "filter", "list") == []


def test_a_setting_that_can_not_be_says_what_can(hub: HubProcess) -> None:
    with RawClient(hub.irc_port, "ann") as ann:
        ann.send("JOIN #garden")
        ann.until(" 366 ")
        before = hub.words("group", "show", "garden", "--json").stdout
        for change, text in (
            ("limit=abc", "limit: is a number from 1 to 2147483647, not 'abc'"),
            ("slow=21601", "slow: is a number from 1 to 21600, not '21601'"),
            ("visibility=x", "visibility: is all or since-joined, not 'x'"),
            ("moderated=maybe", "moderated: takes no value: it is set, or unset"),
            (
                "ban=300.1.1.1",
                "ban: *!*@300.1.1.1 would mean nobody: its host is no address as hosts are shown"
                " (parts of one are *; networks are for the hub's bans)",
            ),
            ("key=a b", "key: is up to 64 bytes without blanks and commas, not 'a b'"),
            ("nosuch", "setting: 'nosuch' isn't one of: topic, founder, successor, retention, "),
        ):
            done = hub.words("group", "set", "garden", change)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
            assert done.stderr.startswith(f"words: {text}")
        assert hub.words("group", "show", "garden", "--json").stdout == before
