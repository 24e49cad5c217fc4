"""The hub as a process: it starts, follows its configuration, and ends as it was told to."""

from __future__ import annotations

import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hub import ROOT, HubFailed, HubProcess
from tests.support.ports import free_port
from tests.support.raw import RawClient
from words.storage.opening import APPLICATION_ID, migrations

New = Callable[..., HubProcess]
PLUGIN = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'plugin'}"}


def test_it_says_what_listens_where(hub: HubProcess) -> None:
    first, *listeners, last = hub.lines
    assert str(hub.data) in first
    assert any(f"127.0.0.1:{hub.irc_port}" in line for line in listeners)
    assert "Ctrl-C" in last
    with RawClient(hub.irc_port, "ann") as ann:
        ann.send("VERSION")
        assert ann.until(" 351 ")


def test_port_0_is_any_free_port(new_hub: New) -> None:
    listen = [{"address": "127.0.0.1", "port": 0}, {"address": "127.0.0.1", "port": 0}]
    hub = new_hub({"irc": {"listen": listen}}).start()
    assert len({*hub.irc_ports, 0}) == 3
    for port in hub.irc_ports:
        RawClient(port, "ann").close()


def test_what_was_said_is_there_after_a_kill(new_hub: New) -> None:
    hub = new_hub({"irc": {"replay_on_join": 10}}).start()
    with RawClient(hub.irc_port, "ann") as ann, RawClient(hub.irc_port, "ben") as ben:
        for client in (ann, ben):
            client.send("JOIN #g")
            client.until(" 366 ")
        ann.send("PRIVMSG #g :before the crash")
        ben.until("before the crash")
        hub.restart()
        assert ben.rest() == []
    with RawClient(hub.irc_port, "cat") as cat:
        cat.send("JOIN #g")
        cat.until("before the crash")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains(hub: HubProcess, number: int) -> None:
    with RawClient(hub.irc_port, "ann") as ann:
        ann.send("JOIN #g")
        ann.until(" 366 ")
        hub.signal(number)
        assert ann.rest()[-1].startswith("ERROR :")
    assert hub.wait(timeout=5) == 0
    assert not (hub.data / "admin.sock").exists()
    assert not (hub.data / "words.db-wal").exists()
    assert "Traceback" not in hub.log


def test_a_reader_that_never_reads_cannot_delay_the_end(new_hub: New) -> None:
    hub = new_hub({"hub": {"drain": "1s"}, "limits": {"flood": {"burst": 100000}}}).start()
    with RawClient(hub.irc_port, "ann") as ann, RawClient(hub.irc_port, "ben") as ben:
        for client in (ann, ben):
            client.send("JOIN #g")
            client.until(" 366 ")
        ann.send(*(f"PRIVMSG #g :{number} {'x' * 400}" for number in range(3000)))
        ann.send("PING end")
        ann.until("PONG .*end")
        hub.signal(signal.SIGTERM)
        assert hub.wait(timeout=5) == 0


def test_a_second_interrupt_ends_at_once(new_hub: New) -> None:
    config = {"hub": {"drain": "1h", "gateways": ["stubborn"]}}
    hub = new_hub(config, env=PLUGIN).start()
    hub.signal(signal.SIGINT)
    hub.wait_for_log("stopping: interrupted")
    hub.signal(signal.SIGINT)
    assert hub.wait(timeout=5) == 130


def test_a_gateway_that_does_not_end_is_left_behind(new_hub: New) -> None:
    config = {"hub": {"drain": "100ms", "gateways": ["stubborn"]}}
    hub = new_hub(config, env=PLUGIN).start()
    assert hub.stop() == 0
    assert "didn't finish their goodbyes" in hub.log


def test_a_gateway_from_another_package(new_hub: New) -> None:
    hub = new_hub({"hub": {"gateways": ["lines"]}}, env=PLUGIN).start()
    with RawClient(hub.irc_port, "ann") as ann, RawClient(_port(hub, "Lines on")) as ben:
        ann.send("JOIN #lobby")
        ann.until(" 366 ")
        ben.send("ben")
        ann.until("ben!.* JOIN")
        ann.send("PRIVMSG #lobby :hello ben")
        assert ben.read() == "ann: hello ben"
        ben.send("hello ann")
        ann.until("ben!.*PRIVMSG #lobby :hello ann")


def test_a_turn_that_fails_ends_the_hub_without_a_word(new_hub: New) -> None:
    hub = new_hub({"hub": {"gateways": ["broken"]}}, env=PLUGIN).start()
    with RawClient(hub.irc_port, "ann") as ann, RawClient(_port(hub, "Broken on")) as ben:
        ann.send("JOIN #lobby")
        ann.until(" 366 ")
        ben.send("ben")
        assert ann.rest() == []
        assert ben.rest() == []
    assert hub.wait() == 70
    assert "ValueError: a defect" in hub.log


def _port(hub: HubProcess, start: str) -> int:
    line = next(line for line in hub.lines if line.startswith(start))
    return int(line.rpartition(":")[2])


def test_it_runs_without_standard_files(new_hub: New) -> None:
    hub = new_hub(command=["sh", "-c", 'exec "$0" -m words "$@" <&- 2>&-', sys.executable])
    hub.start()
    RawClient(hub.irc_port, "ann").close()
    assert hub.stop() == 0


def test_reload_follows_the_configuration(hub: HubProcess) -> None:
    port = free_port()
    with RawClient(hub.irc_port, "ann") as ann:
        listen = [{"address": "127.0.0.1", "port": number} for number in (hub.irc_port, port)]
        hub.configure({"irc": {"listen": listen}, "hub": {"data": "elsewhere"}})
        hub.signal(signal.SIGHUP)
        hub.wait_for_log("configuration was read again")
        assert "hub.data has changed" in hub.log
        RawClient(port, "ben").close()
        ann.send("PING here")
        ann.until("PONG .*here")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("[hub]\nnmae = 1\n[irk]\n", "unknown key"),
        ("[hub", "not TOML"),
        ('[chat.roles.voice]\nrights = ["fly"]', "there is no right fly"),
        ('[[irc.listen]]\naddress = "192.0.2.1"\nport = 7', "192.0.2.1"),
    ],
)
def test_a_bad_configuration_changes_nothing(hub: HubProcess, config: str, problem: str) -> None:
    with RawClient(hub.irc_port, "ann") as ann:
        hub.configure(config)
        hub.signal(signal.SIGHUP)
        hub.wait_for_log("the configuration stays as it was")
        assert problem in hub.log
        ann.send("PING here")
        ann.until("PONG .*here")
        RawClient(hub.irc_port, "ben").close()


def test_a_reload_that_fails_half_way_leaves_no_trace(hub: HubProcess) -> None:
    port = free_port()
    good = [{"address": "127.0.0.1", "port": number} for number in (hub.irc_port, port)]
    hub.configure({"irc": {"listen": [*good, {"address": "192.0.2.1", "port": 7}]}})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("the configuration stays as it was")
    RawClient(hub.irc_port, "ann").close()
    with pytest.raises(ConnectionRefusedError):
        RawClient(port)


def test_a_gateway_that_a_reload_cannot_load_changes_nothing(hub: HubProcess) -> None:
    before = hub.config_path.read_text()
    hub.configure({"hub": {"gateways": ["nosuch"]}})
    done = hub.words("reload")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "the configuration stays as it was" in done.stderr
    hub.wait_for_log("nosuch: no installed package has a gateway of this name")
    assert "Traceback" not in hub.log
    hub.config_path.write_text(before)
    assert hub.words("reload").returncode == 0


def test_strangers_on_the_machine_cannot_read_what_is_stored(new_hub: New) -> None:
    hub = new_hub()
    hub.data.mkdir(mode=0o755)
    hub.start()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in hub.data.iterdir()}
    assert {"words.db", "words.db-wal", "admin.sock", "cloak.key"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _foreign(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" * 100)


def _newer(path: Path) -> None:
    data = bytearray(path.read_bytes())
    assert int.from_bytes(data[68:72], "big") == APPLICATION_ID
    data[60:64] = (migrations()[-1][0] + 1).to_bytes(4, "big")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [(_torn, "is torn"), (_foreign, "isn't a storage file"), (_newer, "a newer Words")],
)
def test_a_file_that_cannot_be_used_is_refused(
    hub: HubProcess, spoil: Callable[[Path], None], text: str
) -> None:
    hub.stop()
    path = hub.data / "words.db"
    spoil(path)
    before = path.read_bytes()
    for command in (["serve"], ["user", "list"]):
        done = hub.words(*command)
        assert done.returncode == 1
        assert text in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""
    assert path.read_bytes() == before


def test_one_hub_at_a_time(hub: HubProcess) -> None:
    done = hub.words("serve")
    assert done.returncode == 1
    assert f"in use by process {hub.pid}" in done.stderr
    RawClient(hub.irc_port, "ann").close()
    assert hub.status()["pid"] == hub.pid


def test_an_address_in_use_is_refused(hub: HubProcess, new_hub: New, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    listen = [{"address": "127.0.0.1", "port": hub.irc_port}]
    other = new_hub({"irc": {"listen": listen}}, folder=folder)
    with pytest.raises(HubFailed, match=r"irc\.listen 127.*in use by another .* or choose"):
        other.start()


def test_a_gateway_that_is_not_there_is_refused(new_hub: New) -> None:
    hub = new_hub({"hub": {"gateways": ["gopher"]}})
    with pytest.raises(HubFailed, match=r"hub\.gateways: gopher: no installed package"):
        hub.start()
