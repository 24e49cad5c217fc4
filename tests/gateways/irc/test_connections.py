"""Listeners, limits, and connections that misbehave: each costs itself only."""

from __future__ import annotations

import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateways.irc.conftest import PASSWORD, Connect
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.irc import codes, words
from tests.support.ports import free_port

New = Callable[..., HubProcess]


def _reload(hub: HubProcess, config: dict[str, object]) -> None:
    before = hub.log.count("configuration was read again")
    hub.configure(config)
    hub.signal(signal.SIGHUP)
    deadline = time.monotonic() + 10
    while hub.log.count("configuration was read again") == before:
        assert time.monotonic() < deadline, hub.log
        time.sleep(0.005)


def test_several_listeners_at_once(new_hub: New, connect: Connect, tmp_path: Path) -> None:
    """TCP, TLS and a Unix socket; all come to the same channels."""
    certificate = make_certificate(tmp_path)
    tls = {"cert": certificate.cert, "key": certificate.key}
    path = tmp_path / "irc.sock"
    port, secure_port, late_port = free_port(), free_port(), free_port()
    listen = [
        {"address": "127.0.0.1", "port": port},
        {"address": "127.0.0.1", "port": secure_port, "tls": tls},
        {"unix": path, "mode": "0600"},
    ]
    hub = new_hub({"irc": {"listen": listen}}).start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ann = connect(port).register("ann")
    ben = connect(secure_port, tls=certificate.context).register("ben")
    cat = connect(path).register("cat")
    for client in (ann, ben, cat):
        client.join("#all")
    for client in (ann, ben):
        client.sync()
    cat.ask("PRIVMSG #all :hello")
    for client in (ann, ben):
        (line,) = client.sync()
        assert line.text == "hello"
        assert line.source == "cat!~cat@local.hidden"
    assert "671" in codes(ann.ask("WHOIS ben"))
    assert "671" not in codes(ann.ask("WHOIS ann"))
    _reload(hub, {"irc": {"listen": [listen[1], {"address": "127.0.0.1", "port": late_port}]}})
    dan = connect(late_port).register("dan")
    dan.join("#all")
    assert codes(cat.sync()) == codes(ann.sync()) == ["JOIN"]
    for gone in (port, path):
        with pytest.raises(OSError):
            connect(gone)
    assert hub.stop() == 0
    for client in (ann, ben, cat, dan):
        assert client.rest()[-1].command == "ERROR"


def test_bytes_on_a_tls_port_that_are_no_tls(
    new_hub: New, connect: Connect, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    tls = {"cert": certificate.cert, "key": certificate.key}
    port = free_port()
    listen = [{"address": "127.0.0.1", "port": port, "tls": tls}]
    hub = new_hub({"irc": {"listen": listen}}).start()
    plain = connect(port)
    plain.send("NICK ann", "USER u 0 * :r")
    with pytest.raises((EOFError, UnicodeDecodeError)):
        plain.expect("001")
    connect(port, tls=certificate.context).register("ann")
    assert "Traceback" not in hub.log


def test_a_reload_that_fails_opens_nothing(new_hub: New, connect: Connect) -> None:
    port, other = free_port(), free_port()
    listen = [{"address": "127.0.0.1", "port": port}]
    hub = new_hub({"irc": {"listen": listen}}).start()
    more = [{"address": "127.0.0.1", "port": other}, {"address": "192.0.2.1", "port": 7}]
    hub.configure({"irc": {"listen": listen + more}})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration stays as it was")
    with pytest.raises(OSError):
        connect(other)
    connect(port).register("ann")


def test_flood_control_slows_the_flooder_only(new_hub: New, connect: Connect) -> None:
    """After the burst so many a second, none lost; others are answered meanwhile."""
    hub = new_hub({"limits": {"flood": {"burst": 10, "rate": 40.0}}}).start()
    ann, ben = (connect(hub.irc_port).register(nick) for nick in ("ann", "ben"))
    ann.send(*(f"PRIVMSG ben :{number}" for number in range(60)))
    start = time.monotonic()
    ann.send("PING :end")
    answers = 0
    heard: list[str] = []
    while len(heard) < 60:
        heard += [line.text for line in ben.sync() if line.command == "PRIVMSG"]
        answers += 1
        assert time.monotonic() - start < 10
    assert heard == [str(number) for number in range(60)]
    assert time.monotonic() - start > 0.8
    assert answers > 3
    assert ann.expect("PONG").text == "end"


def test_each_channel_of_a_join_costs(new_hub: New, connect: Connect) -> None:
    """Else one line makes as many groups as a guest otherwise makes in seconds."""
    hub = new_hub({"limits": {"flood": {"burst": 1, "rate": 20.0}}}).start()
    ann = connect(hub.irc_port).register("ann")
    start = time.monotonic()
    lines = ann.ask("JOIN " + ",".join(f"#g{number}" for number in range(20)))
    assert codes(lines).count("JOIN") == 20
    assert time.monotonic() - start > 0.8


def test_connections_per_address_and_all_together(new_hub: New, connect: Connect) -> None:
    """Refused with ERROR; free again when one leaves."""
    limits = {"connections_per_address": 2, "exempt": [], "connections": 3}
    hub = new_hub({"limits": limits}).start()
    port = hub.irc_port
    first, second = connect(port).register("ann"), connect(port).register("ben")
    lines = connect(port).rest()
    assert codes(lines) == ["ERROR"]
    assert "Too many connections from your address" in lines[0].text
    second.quit()
    connect(port).register("cat")
    _reload(hub, {"limits": {**limits, "connections_per_address": 10}})
    connect(port).register("dan")
    assert "Too many connections" in connect(port).rest()[0].text
    assert first.ask("PONG :x") == []


def test_silence_is_asked_about(new_hub: New, connect: Connect) -> None:
    """PING after the interval; without an answer the connection ends. Registration has its time."""
    hub = new_hub(
        {
            "irc": {"ping_interval": "1s", "ping_timeout": "1s"},
            "limits": {"unregistered_timeout": "300ms"},
        }
    ).start()
    mute, ann = connect(hub.irc_port), connect(hub.irc_port).register("ann")
    half = connect(hub.irc_port)
    half.send("NICK half", "CAP LS")
    silent = connect(hub.irc_port).register("silent")
    for client in (ann, silent):
        client.join("#here")
    for client in (mute, half):
        (line,) = [line for line in client.rest() if line.command == "ERROR"]
        assert "Registration timed out" in line.text
    gone = ann.expect("QUIT")  # reading answers the PINGs, which silent doesn't
    assert gone.nick == "silent"
    assert "Ping timeout" in gone.text
    assert any("PING" in line for line in ann.log)
    assert ann.ask("PONG :x") == []


def test_a_reader_that_never_reads_is_dropped(new_hub: New, connect: Connect) -> None:
    """Who stays behind by the outbox's size leaves; others lose nothing."""
    hub = new_hub(
        {"limits": {"outbox": "64KiB", "flood": {"burst": 1000000}}, "irc": {"max_targets": 20}}
    ).start()
    ann, ben, lazy = (connect(hub.irc_port) for _ in range(3))
    lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for client, nick in ((ann, "ann"), (ben, "ben"), (lazy, "lazy")):
        client.register(nick)
        client.join("#g")
    ann.sync()
    ben.sync()
    text = "x" * 400
    sent = 0
    left: list[str] = []
    while not left:
        ann.ask(*(f"PRIVMSG #g :{number} {text}" for number in range(sent, sent + 500)))
        sent += 500
        heard = ben.sync()
        left = [line.text for line in heard if line.command == "QUIT"]
        numbers = [int(line.text.split()[0]) for line in heard if line.command == "PRIVMSG"]
        assert numbers == list(range(sent - 500, sent))
        assert sent < 100000
    assert left == ["SendQ exceeded"]


def test_the_last_messages_on_join(new_hub: New, connect: Connect) -> None:
    """``irc.replay_on_join``: for those without chathistory, dated where there is no time tag."""
    hub = new_hub({"irc": {"replay_on_join": 2, "history_limit": 3}}).start()
    ann = connect(hub.irc_port).register("ann")
    ann.join("#g")
    ann.ask("PRIVMSG #g :one", "PRIVMSG #g :two", "PRIVMSG #g :\x01ACTION waves\x01")
    old = connect(hub.irc_port).register("old")
    lines = [line for line in old.join("#g") if line.command == "PRIVMSG"]
    assert [line.nick for line in lines] == ["ann", "ann"]
    assert lines[0].text.endswith("two")
    assert lines[1].text.endswith("* ann waves")
    assert all(line.text.startswith("[20") for line in lines)
    timed = connect(hub.irc_port).register("timed", caps="server-time")
    lines = [line for line in timed.join("#g") if line.command == "PRIVMSG"]
    assert [line.text for line in lines] == ["two", "\x01ACTION waves\x01"]
    batch = connect(hub.irc_port).register("batch", caps="server-time batch")
    lines = batch.join("#g")
    assert [line.params[1:] for line in lines if line.command == "BATCH"] == [
        ("chathistory", "#g"), (),
    ]  # fmt: skip
    new = connect(hub.irc_port).register("new", caps="draft/chathistory batch")
    assert "PRIVMSG" not in codes(new.join("#g"))
    hub.restart()
    again = connect(hub.irc_port).register("again", caps="draft/chathistory")
    assert codes(again.join("#g")) == ["JOIN", "353", "366"]
    again.ask("PRIVMSG #g :new epoch")
    texts = [line.text for line in again.ask("CHATHISTORY LATEST #g * 100")]
    assert texts == ["two", "\x01ACTION waves\x01", "new epoch"]


def test_where_there_are_no_guests(new_hub: New, connect: Connect) -> None:
    """FAIL * ACCOUNT_REQUIRED, and the end; with an account one comes in."""
    hub = new_hub({"chat": {"guests": False}}).start()
    hub.add_user("ann", PASSWORD)
    guest = connect(hub.irc_port)
    guest.send("NICK guest", "USER u 0 * :r")
    lines = guest.rest()
    assert words(lines)[0][:3] == ("FAIL", "*", "ACCOUNT_REQUIRED")
    assert lines[-1].command == "ERROR"
    assert connect(hub.irc_port).register("ann", password=PASSWORD).nick == "ann"


def test_members_who_stay(new_hub: New, connect: Connect) -> None:
    """``irc.durable_membership``: an account stays in its channels, over a kill too."""
    hub = new_hub({"irc": {"durable_membership": True}}).start()
    hub.add_user("ann", PASSWORD)
    ann = connect(hub.irc_port).register("ann", password=PASSWORD)
    ann.join("#g")
    ben = connect(hub.irc_port).register("ben", caps="away-notify")
    ben.join("#g")
    ann.quit()
    assert [line.command for line in ben.sync()] == ["AWAY"]
    assert set(ben.ask("NAMES #g")[0].text.split()) == {"@ann", "ben"}
    ben.ask("PRIVMSG #g :while you were out")
    hub.restart()
    ann = connect(hub.irc_port)
    ann.capabilities("sasl draft/chathistory")
    assert ann.sasl_plain("ann", PASSWORD).command == "903"
    ann.send("NICK ann", "USER u 0 * :r", "CAP END")
    assert "JOIN" in codes(ann.sync())
    texts = [line.text for line in ann.ask("CHATHISTORY LATEST #g * 9")]
    assert texts == ["while you were out"]
    assert ann.ask("NAMES #g")[0].text == "@ann"


def test_a_reload_changes_what_clients_may(new_hub: New, connect: Connect) -> None:
    """All of it counts for who is here, too; the host that he is shown with stays."""
    hub = new_hub({"hub": {"motd": "Be kind."}}).start()
    port = hub.irc_port
    ann = connect(port).register("ann", caps="message-tags draft/chathistory batch")
    ann.join("#g")
    ann.ask("PRIVMSG #g :one", "PRIVMSG #g :two")
    host = ann.one("USERHOST ann").text.partition("@")[2]
    irc = {
        "replay_on_join": 1, "max_targets": 1, "client_tags_denied": ["typing"], "services": False,
        "monitor_limit": 1, "history_limit": 1, "cloak": {"suffix": "elsewhere"},
    }  # fmt: skip
    _reload(hub, {"irc": irc, "hub": {"motd": "Be kinder."}})
    ben = connect(port).register("ben", caps="message-tags")
    said = [line.text for line in ben.join("#g") if line.command == "PRIVMSG"]
    assert len(said) == 1
    assert said[0].endswith("two")
    ann.sync()
    assert ben.one("USERHOST ben").text.endswith(".elsewhere")
    assert ben.one("USERHOST ann").text.partition("@")[2] == host
    assert "- Be kinder." in [line.text for line in ann.ask("MOTD")]
    assert "407" in codes(ann.ask("PRIVMSG ben,ann :both"))
    ben.sync()
    assert ann.ask("@+typing=active TAGMSG #g") == ben.sync() == []
    assert ann.one("PRIVMSG NickServ :HELP").command == "401"
    assert codes(ann.ask("MONITOR + x,y")) == ["731", "734"]
    texts = [
        line.text for line in ann.ask("CHATHISTORY LATEST #g * 9") if line.command == "PRIVMSG"
    ]
    assert texts == ["two"]
    assert "can't be used" not in hub.log
