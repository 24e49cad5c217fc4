"""A server that can do more: login by SASL over TLS, several lines as one message, RELAYMSG, the
archive. Our own hub is that server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.gateways.bridges.conftest import Stage, bridge_enters, hub_config, irc_bridge, next_said
from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from tests.support.ports import free_port
from tests.support.shell import shell
from words.client import Client as PbClient
from words.client import Heard, Login
from words.events import Said, Span


@pytest.fixture
def network(stage: Stage) -> HubProcess:
    return stage.hub()


def test_relayed_names_and_several_lines(stage: Stage, network: HubProcess) -> None:
    asyncio.run(_relayed_names_and_several_lines(stage, network))


async def _relayed_names_and_several_lines(stage: Stage, network: HubProcess) -> None:
    network.add_user("hub", "secret")
    zoe = stage.client(network.irc_port, "zoe", "#there", caps="message-tags batch draft/multiline")
    hub = stage.hub(irc_bridge("far", network.irc_port, irc={"account": "hub"}))
    password = shell(hub, "bridge", "password", "far", "--password-stdin", stdin="secret\n")
    assert password.returncode == 0, password.stderr
    hub.add_user("alice", "secret")
    assert (hub.data / "bridge-far.password").stat().st_mode & 0o777 == 0o600
    hub.restart()
    bridge_enters(zoe)
    assert next(line for line in zoe.ask("WHOIS hub") if line.command == "330").params[2] == "hub"
    zoe.ask("MODE #there +o hub")
    async with PbClient(hub.pb_url, Login("alice", "secret")) as alice:
        await alice.chat.join("here")
        await alice.chat.say("here", "in my own name")
        assert next_said(zoe) == "alice/hub: in my own name"
        zoe.ask("MODE #there -o hub")
        await alice.chat.say("here", "one\n\nthree " + "and so on " * 60)
        begun = zoe.expect("BATCH")
        assert begun.params[1:] == ("draft/multiline", "#there")
        rows = []
        while (line := zoe.read()) is not None and line.command == "PRIVMSG":
            rows.append(("draft/multiline-concat" in line.tags, line.text.rstrip("\x0f")))
        text = "".join(("" if joined else "\n") + row for joined, row in rows).removeprefix("\n")
        assert text == "<alice> one\n\nthree " + ("and so on " * 60)
        zoe.send("BATCH +1 draft/multiline #there")
        zoe.send("@batch=1 PRIVMSG #there :first \x02bold\x02", "@batch=1 PRIVMSG #there :second")
        zoe.send("BATCH -1")
        event = await heard(alice, "first")
        assert event.text == "first bold\nsecond"
        assert event.spans == (Span(6, 10, "bold"),)


async def heard(client: PbClient, start: str) -> Said:
    async with asyncio.timeout(10):
        async for item in client:
            event = item.event if isinstance(item, Heard) else None
            if isinstance(event, Said) and event.text.startswith(start):
                return event
    raise EOFError


def connected(hub: HubProcess) -> None:
    """Return when the only bridge is connected."""
    state = ""
    while state != "connected":
        (one,) = json.loads(shell(hub, "bridge", "status", "--json").stdout)
        state = one["state"]


def test_tls_and_logins(stage: Stage, tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    tls = {"cert": str(made.cert), "key": str(made.key)}
    port = free_port()
    listen = {"address": "127.0.0.1", "port": port, "tls": tls, "client_certificates": True}
    network = stage.hub(irc={"listen": [listen]})
    network.add_user("hub", "secret")
    irc = {"servers": [f"localhost:{port}"], "tls": True, "account": "hub"}
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    hub = stage.hub(irc_bridge("far", port, irc=irc, password_file=str(secret)))
    hub.wait_for_log("certificate verify failed")

    def reload(**more: str) -> None:
        irc.update(more)
        hub.configure(hub_config(irc_bridge("far", port, irc=irc, password_file=str(secret))))
        assert shell(hub, "reload").returncode == 0

    reload(ca=str(made.cert))
    hub.wait_for_log("the server refuses the login")
    secret.write_text("secret\n")
    reload(user="bridge")  # another setting: the bridge begins anew, with the new password
    connected(hub)
    assert "secret" not in hub.log.replace(str(secret), "")
    both = tmp_path / "both.pem"
    both.write_text(made.cert.read_text() + made.key.read_text())
    done = shell(network, "user", "certificate", "add", "hub", str(made.cert))
    assert done.returncode == 0, done.stderr
    secret.write_text("")
    reload(certificate=str(both))
    connected(hub)
