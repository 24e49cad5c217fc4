"""What is said to somebody who isn't there is told once, over restarts and kills of the hub."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.hub import HubProcess
from tests.support.toc import TocClient

PASSWORD = "sesame street"


def told(hub: HubProcess, name: str) -> list[str]:
    """Return the messages that somebody is told at sign-on, without their times."""
    with TocClient(hub.toc_port).sign_on(name, PASSWORD) as client:
        found = [each for each in client.log if each.startswith("IM_IN")]
    return [each.partition("] ")[2] or each for each in found]


def test_messages_wait_over_restarts(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub({"irc": {"enabled": False}}).start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    with TocClient(hub.toc_port).sign_on("alice", PASSWORD) as alice:
        assert alice.send_im("bob", "one") == []
    hub.restart()  # by SIGKILL
    with TocClient(hub.toc_port).sign_on("alice", PASSWORD) as alice:
        assert alice.send_im("bob", "two") == []
    assert told(hub, "bob") == ["one", "two"]
    assert told(hub, "bob") == []


def test_what_was_heard_is_not_told_again_after_a_stop(new_hub: Callable[..., HubProcess]) -> None:
    hub = new_hub({"irc": {"enabled": False}}).start()
    for name in ("alice", "bob"):
        hub.add_user(name, PASSWORD)
    alice = TocClient(hub.toc_port).sign_on("alice", PASSWORD)
    bob = TocClient(hub.toc_port).sign_on("bob", PASSWORD)
    alice.send_im("bob", "live")
    assert bob.sync() == ["IM_IN:alice:F:live"]
    assert hub.stop() == 0
    hub.start()
    assert told(hub, "bob") == []
    alice.close()
    bob.close()
