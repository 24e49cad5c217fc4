"""Started as root, the hub binds, becomes an ordinary user, and refuses what would not work."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import make_certificate
from tests.support.hub import ROOT, HubFailed, HubProcess
from tests.support.irc import Client

New = Callable[..., HubProcess]
USER = "nobody"
IRC = 194
"""The port that IRC has had since RFC 1459 was new; below 1024, so root's."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def new_hub(new_hub: New) -> New:
    """Run hubs with an interpreter that everybody may read: this one may be in root's home."""
    if _readable(Path(sys.executable).resolve()):
        return new_hub
    other = Path(f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
    if not other.exists():
        pytest.skip("needs an interpreter outside of root's home")
    env = {"PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}"}
    return partial(new_hub, command=[str(other), "-m", "words"], env=env)


def _readable(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder of root's that others may enter (pytest's own may not be entered)."""
    made = Path(tempfile.mkdtemp(prefix="words-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def _config(**hub: Any) -> dict[str, Any]:
    listen = [{"address": "127.0.0.1", "port": IRC}]
    return {"hub": {"user": USER, **hub}, "irc": {"listen": listen}}


def _free() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", IRC))
        except OSError:
            pytest.skip(f"port {IRC} is in use")


def _ids(pid: int) -> dict[str, set[str]]:
    """Return what the kernel says: real, effective, saved and file-system ids, and the rest."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return {key: set(found[key].split()) for key in ("Uid", "Gid", "Groups", "CapEff", "CapPrm")}


def test_port_194_then_an_ordinary_user(new_hub: New, folder: Path) -> None:
    _free()
    log, pid = folder / "words.log", folder / "words.pid"
    unix = folder / "irc.sock"
    config = _config(log={"file": str(log)}, pid_file=str(pid))
    config["irc"]["listen"] += [{"unix": str(unix)}]
    hub = new_hub(config, folder=folder).start()
    user = pwd.getpwnam(USER)
    ids = _ids(hub.pid)
    assert ids["Uid"] == {str(user.pw_uid)}
    assert ids["Gid"] == {str(user.pw_gid)}
    assert "0" not in ids["Groups"]
    assert ids["CapEff"] == ids["CapPrm"] == {"0" * 16}
    assert {path.stat().st_uid for path in [log, hub.data, *hub.data.iterdir()]} == {user.pw_uid}
    with Client(IRC).register("ann") as ann, Client(unix).register("ben") as ben:
        ben.ask("PRIVMSG ann :hello")
        assert any(line.text == "hello" for line in ann.sync())
    hub.signal(signal.SIGHUP)
    log_text = "the configuration was read again"
    hub.log_path = log
    hub.wait_for_log(log_text)
    Client(IRC).register("cat").close()


def test_a_new_low_port_is_refused_later(new_hub: New, folder: Path) -> None:
    _free()
    hub = new_hub({"hub": {"user": USER}}, folder=folder).start()
    config = _config()
    config["irc"]["listen"] += [{"address": "127.0.0.1", "port": hub.irc_port}]
    hub.configure(config)
    hub.signal(signal.SIGHUP)
    hub.wait_for_log(f"irc.listen 127.0.0.1:{IRC}: Permission denied: ports below 1024 need")
    Client(hub.irc_port).register("ann").close()


def test_a_data_folder_of_others_is_refused(new_hub: New, folder: Path) -> None:
    """One sentence with the command that helps, and nothing is touched."""
    root = new_hub(folder=folder).start()
    root.stop()
    hub = new_hub({"hub": {"user": USER}}, folder=folder)
    assert "chown -R nobody: " in hub.words("check-config").stderr
    with pytest.raises(HubFailed, match=r"hub\.data: .*nobody.*chown -R nobody: "):
        hub.start()
    assert hub.data.stat().st_uid == 0
    shutil.chown(hub.data, USER)
    with pytest.raises(HubFailed, match=r"hub\.data: \S+/data/\S+ isn't nobody's.*chown -R"):
        hub.start()


def test_a_key_that_only_root_reads(new_hub: New, folder: Path) -> None:
    """Root checks as the hub's user will read it."""
    made = make_certificate(folder)
    tls = {"cert": made.cert, "key": made.key}
    listen = [{"address": "127.0.0.1", "port": 0, "tls": tls}]
    hub = new_hub({"hub": {"user": USER}, "irc": {"listen": listen}}, folder=folder)
    assert "key.pem can't be used: [Errno 13]" in hub.words("check-config").stderr
    shutil.chown(made.key, USER)
    done = hub.words("check-config")
    assert (done.stdout, done.stderr) == ("ok\n", "")
    assert not hub.data.exists()


def test_commands_leave_no_files_of_root(new_hub: New, folder: Path) -> None:
    """``words user add``, ``backup``, ``restore`` by root while the hub is stopped."""
    hub = new_hub({"hub": {"user": USER}}, folder=folder)
    hub.add_user("ann", "secret")
    hub.start()
    hub.stop()
    copy = str(folder / "copy.db")
    for command in (["backup", copy], ["restore", copy, "--replace"]):
        done = hub.words(*command)
        assert done.returncode == 0, done.stderr
        hub.start()
        assert "ann" in hub.words("user", "list").stdout
        hub.stop()


@pytest.mark.parametrize("running", [True, False])
def test_others_may_not_administer(new_hub: New, folder: Path, running: bool) -> None:
    """Each command says in one line whose files these are, and nothing is touched."""
    hub = new_hub(folder=folder).start()
    hub.add_user("ann", "secret")
    if not running:
        hub.stop()
    user = pwd.getpwnam(USER)
    target = folder / "copy.db"
    for arguments in (
        ["status"],
        ["user", "list"],
        ["user", "remove", "ann"],
        ["history", "acts"],
        ["reload"],
        ["backup", str(target)],
    ):
        done = subprocess.run(
            [*hub.command, *arguments, "--config", str(hub.config_path)],
            env=hub.env,
            cwd=folder,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
            text=True,
        )
        assert (done.returncode, done.stdout) == (1, ""), arguments
        assert done.stderr.startswith(f"words: {hub.data}/")
        assert "Permission denied" in done.stderr
        assert done.stderr.count("\n") == 1
    assert not target.exists()
    assert hub.words("user", "list").stdout == "ann\n"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"user": "no-such-user"}, r"hub\.user: there is no user no-such-user"),
        ({"user": USER, "group": "no-such-group"}, r"hub\.group: there is no group"),
        ({"group": USER}, r"hub\.group: needs hub\.user"),
    ],
)
def test_users_that_are_not_there(new_hub: New, config: dict[str, Any], problem: str) -> None:
    with pytest.raises(HubFailed, match=problem):
        new_hub({"hub": config}).start()


def test_root_is_warned(hub: HubProcess) -> None:
    hub.wait_for_log("the hub runs as root: name an ordinary user in hub.user")
