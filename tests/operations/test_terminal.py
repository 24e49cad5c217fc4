"""A hub that was started in a terminal: what the end of that means, and SIGHUP before it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client

New = Callable[..., HubProcess]
DONE = "the configuration was read again"

IN_TERMINAL = """
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever runs the tests may have ignored it
os.setsid()
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR), termios.TIOCSCTTY, 0)
os.execvp(sys.argv[2], sys.argv[2:])
"""
"""Runs a command as the leader of a session with a terminal of its own, as a shell would."""


@pytest.mark.parametrize("nohup", [False, True])
def test_a_terminal_that_is_closed(new_hub: New, nohup: bool) -> None:
    """It ends the hub in order, but not with nohup; SIGHUP before that is a reload."""
    master, slave = os.openpty()
    prefix = [sys.executable, "-c", IN_TERMINAL, os.ttyname(slave), *["nohup"] * nohup]
    hub = new_hub(command=[*prefix, sys.executable, "-m", "words"]).start()
    os.close(slave)
    with Client(hub.irc_port).register("ann") as ann:
        hub.signal(signal.SIGHUP)
        hub.wait_for_log(DONE)
        os.close(master)
        if nohup:
            hub.wait_for_log(DONE, times=2)
            assert ann.ask("PRIVMSG ann :still here")
            assert hub.stop() == 0
        else:
            assert hub.wait() == 0
            assert "its terminal was closed" in hub.log
        assert "The hub is stopping" in ann.rest()[-1].text
