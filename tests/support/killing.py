"""A hub that is killed while several work, and started again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from tests.support.hub import HubProcess


def kill_amid(hub: HubProcess, work: Iterable[Callable[[], None]], seconds: float) -> None:
    """Do all of it at once, each in a thread, kill the hub meanwhile, wait for all, start it."""
    threads = [threading.Thread(target=one) for one in work]
    killer = threading.Timer(seconds, hub.kill)
    killer.start()
    for thread in threads:
        thread.start()
    for thread in (*threads, killer):
        thread.join()
    hub.start()
