"""Metrics, the health page, the service manager: what watches the hub."""

from __future__ import annotations

import json
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port

New = Callable[..., HubProcess]
SECONDS = 10.0


def _http(**options: Any) -> dict[str, Any]:
    listen = [{"address": "127.0.0.1", "port": free_port()}]
    return {"http": {"enabled": True, "listen": listen, **options}}


def _get(hub: HubProcess, path: str, method: str = "GET") -> tuple[int, str]:
    """Ask for a page; one connection that waits in the kernel until aiohttp is loaded."""
    line = next(line for line in hub.lines if line.startswith("HTTP"))
    url = f"http://{line.rpartition(' ')[2]}{path}"
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _numbers(hub: HubProcess) -> dict[str, float]:
    status, text = _get(hub, "/metrics")
    assert status == 200
    return {
        "".join([sample.name, *(f" {value}" for value in sample.labels.values())]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_numbers(new_hub: New) -> None:
    hub = new_hub(_http()).start()
    hub.add_user("ann", "sesame")
    before = _numbers(hub)
    with Client(hub.irc_port).register("ann", password="sesame") as ann:
        ann.join("#g")
        ann.ask("PRIVMSG #g :one", "PRIVMSG #g :two")
        now = _numbers(hub)
        assert now["words_connections irc"] == 1
        assert now["words_connections pb"] == 0
        assert now["words_participants"] == now["words_attachments"] == 1
        assert now["words_groups"] == 1
        assert now["words_logins_total"] == 1
        assert now["words_events_total"] >= before["words_events_total"] + 3
        assert now["words_turns_total"] > before["words_turns_total"]
        assert now["words_commit_seconds_total"] > before["words_commit_seconds_total"] > 0
        assert now["words_wal_bytes"] > 0 < now["words_storage_bytes"]
        assert now["words_disk_free_bytes"] > 0 < now["process_resident_memory_bytes"]
        assert (now["words_accepting"], now["words_held"]) == (1, 0)
        assert now["words_unspoken_bytes"] == now["words_password_checks_waiting"] == 0


def test_refusals_and_wrong_passwords_are_counted(new_hub: New) -> None:
    config = {**_http(), "limits": {"connections_per_address": 1, "exempt": []}}
    hub = new_hub(config).start()
    hub.add_user("ann", "sesame")
    with Client(hub.irc_port) as ann:
        ann.send("PASS wrong", "NICK ann", "USER ann 0 * :ann")
        assert any(line.command == "464" for line in ann.rest())
    Client(hub.irc_port).register("ben").close()
    numbers = _numbers(hub)
    assert numbers["words_failed_logins_total"] == 1
    with Client(hub.irc_port).register("cat"), Client(hub.irc_port) as refused:
        assert refused.rest()
        assert _numbers(hub)["words_refused_connections_total irc"] >= 1


def test_health(new_hub: New) -> None:
    hub = new_hub(_http()).start()
    assert _get(hub, "/health") == (200, '{"healthy":true,"reasons":[]}\n')
    assert _get(hub, "/health", "POST")[0] == 405
    assert _get(hub, "/")[0] == 404


def test_a_full_disk_is_no_health(new_hub: New) -> None:
    hub = new_hub({**_http(), "storage": {"reserve": "1000TiB"}}).start()
    status, text = _get(hub, "/health")
    assert status == 503
    assert json.loads(text)["reasons"] == [
        "the disk is below storage.reserve: nothing new is stored"
    ]


def test_strangers_see_nothing(new_hub: New) -> None:
    hub = new_hub(_http(allow=["192.0.2.0/24"])).start()
    for page in ("/metrics", "/health"):
        assert _get(hub, page) == (403, "http.allow says no\n")


def test_what_is_no_http_is_no_failure_of_ours(new_hub: New) -> None:
    hub = new_hub(_http()).start()
    port = next(line for line in hub.lines if line.startswith("HTTP")).rpartition(":")[2]
    with socket.create_connection(("127.0.0.1", int(port)), SECONDS) as opened:
        opened.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert opened.recv(1000).startswith(b"HTTP/1.1 200 ")
        opened.sendall(b"\x16\x03\x01\r\n\r\n")
        assert opened.recv(1000).startswith(b"HTTP/1.0 400 ")
    assert "Traceback" not in hub.log


def test_pages_come_and_go_with_a_reload(new_hub: New) -> None:
    hub = new_hub().start()
    config = _http()
    hub.configure(config)
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration was read again")
    port = config["http"]["listen"][0]["port"]
    hub.lines.append(f"HTTP on 127.0.0.1:{port}")
    assert _get(hub, "/health")[0] == 200


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Return what a service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        yield manager


def _told(manager: socket.socket, start: str) -> str:
    """Return the next message that begins so; those of the watchdog come in between."""
    while not (text := manager.recv(4096).decode()).startswith(start):
        assert text == "WATCHDOG=1"
    return text


def test_the_manager_is_told(new_hub: New, manager: socket.socket, tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    hub = new_hub(env=env).start()
    assert _told(manager, "READY=1") == "READY=1\nSTATUS=serving"
    assert manager.recv(4096) == manager.recv(4096) == b"WATCHDOG=1"
    hub.signal(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in _told(manager, "RELOADING=1")
    _told(manager, "READY=1")
    hub.configure("[hub\n")
    hub.signal(signal.SIGHUP)
    _told(manager, "RELOADING=1")
    assert "can't be used" in _told(manager, "READY=1")
    hub.stop()
    _told(manager, "STOPPING=1")


def test_a_hub_that_hangs_is_not_fed(new_hub: New, manager: socket.socket, tmp_path: Path) -> None:
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "300000"}
    hub = new_hub(env=env).start()
    _told(manager, "READY=1")
    hub.signal(signal.SIGSTOP)
    manager.settimeout(1.0)
    with pytest.raises(TimeoutError):
        _told(manager, "anything but what was fed before")
    hub.signal(signal.SIGCONT)
    manager.settimeout(SECONDS)
    _told(manager, "WATCHDOG=1")


INIT = """
import os, socket, sys
passed = socket.socket(), socket.socket(socket.AF_UNIX)
passed[0].bind(("127.0.0.1", int(os.environ["PORT"])))
passed[1].bind(os.environ["UNIX"])
copies = [os.dup2(one.fileno(), place) for place, one in enumerate(passed, 100)]
for place, copy in enumerate(copies, 3):
    os.dup2(copy, place)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="irc:local")
os.execv(sys.executable, [sys.executable, "-m", "words", *sys.argv[1:]])
"""
"""What an init system does: it binds, and becomes the hub."""


def test_sockets_of_the_init_system(new_hub: New, tmp_path: Path) -> None:
    """Handed over by name, served, given up and taken again by reloads."""
    port, path = free_port(), tmp_path / "irc.sock"
    hub = new_hub(
        {"irc": {"listen": [{"systemd": "irc"}, {"systemd": "local"}]}},
        command=[sys.executable, "-c", INIT],
        env={"PORT": str(port), "UNIX": str(path)},
    ).start()
    assert hub.irc_ports == [port]
    Client(path).register("ann").close()
    for listen, ready in (([{"systemd": "local"}], 1), ([{"systemd": "irc"}], 2)):
        hub.configure({"irc": {"listen": listen}})
        hub.signal(signal.SIGHUP)
        hub.wait_for_log("the configuration was read again", times=ready)
    Client(port).register("ben").close()
    hub.configure({"irc": {"listen": [{"systemd": "other"}]}})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("irc.listen systemd:other: no socket of this name was handed over")
    hub.stop()
    assert path.exists()
