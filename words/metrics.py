"""The hub's numbers for Prometheus, read from plain attributes when they are asked for.

Nothing is counted twice or updated for this: whoever has a number keeps it as an int. Imports
prometheus-client, which takes 0.1 s: only for who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from words import __version__
from words.chat.fanout import Fanout
from words.chat.service import ChatService
from words.chat.turn import Turn
from words.journal.journal import Journal
from words.passport.authorizer import Authorizer
from words.storage.store import Store


class Gateway(Protocol):
    """What is asked of a gateway; the rest it may have or not."""

    name: str


class Sources(Protocol):
    """Who has the numbers: the hub."""

    turn: Turn
    journal: Journal
    fanout: Fanout
    service: ChatService
    authorizer: Authorizer
    store: Store
    started: float

    @property
    def served(self) -> Sequence[Gateway]: ...


class Numbers(Collector):
    """Everything that is shown; see docs/operating.md for what to watch."""

    def __init__(self, hub: Sources) -> None:
        self._hub = hub
        self._process = ProcessCollector(registry=None)

    def text(self) -> bytes:
        """Return the page."""
        return generate_latest(self)

    def collect(self) -> Iterable[Metric]:
        """Yield each family of numbers."""
        yield from self._people()
        yield from self._turns()
        yield from self._logins()
        yield from self._disk()
        yield from self._bridges()
        yield from self._process.collect()

    def _people(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("words_build_info", "The version that runs.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield _gauge("words_start_time_seconds", "When the hub began.", self._hub.started)
        open_now = GaugeMetricFamily("words_connections", "Open connections.", labels=["gateway"])
        refused = CounterMetricFamily(
            "words_refused_connections", "Connections refused by a limit.", labels=["gateway"]
        )
        for gateway in self._hub.served:
            open_now.add_metric([gateway.name], len(getattr(gateway, "connections", ())))
            refused.add_metric([gateway.name], getattr(gateway, "refused", 0))
        yield open_now
        yield refused
        registry = self._hub.service.registry
        people = registry.participants.values()
        here = [len(one.attachments) for one in people if one.attachments]
        yield _gauge("words_participants", "Participants who are here.", len(here))
        yield _gauge("words_attachments", "Their connections.", sum(here))
        yield _gauge("words_groups", "Groups in memory.", len(registry.groups))

    def _turns(self) -> Iterator[Metric]:
        turn = self._hub.turn
        yield _counter("words_turns", "Turns that have spoken.", turn.turns)
        yield _counter("words_commit_seconds", "Time spent in commits.", turn.committing)
        yield _gauge("words_last_commit_seconds", "Time of the last one.", turn.commit_seconds)
        yield _counter("words_events", "Events made durable.", self._hub.journal.appended)
        text = "Bytes that wait to be pushed to clients."
        yield _gauge("words_unspoken_bytes", text, self._hub.fanout.unspoken)
        yield _gauge("words_held", "1 while the storage can't be written.", turn.held)
        yield _gauge("words_accepting", "0 while the disk is below its reserve.", turn.accepting)

    def _logins(self) -> Iterator[Metric]:
        authorizer = self._hub.authorizer
        text = "Password checks that wait for a processor."
        yield _gauge("words_password_checks_waiting", text, authorizer.waiting)
        yield _counter("words_logins", "Passwords and proofs that were right.", authorizer.right)
        yield _counter("words_failed_logins", "Those that were wrong.", authorizer.wrong)

    def _bridges(self) -> Iterator[Metric]:
        counted = {
            "taken": "Messages taken from other networks.",
            "delivered": "Messages that other networks have taken.",
            "refused": "Messages that one of both sides refused.",
            "expired": "Messages that couldn't be delivered in time.",
            "reconnects": "Connections that were lost.",
        }
        families = {
            name: CounterMetricFamily(f"words_bridge_{name}", text, labels=["bridge"])
            for name, text in counted.items()
        }
        up = GaugeMetricFamily("words_bridge_up", "1 while it is connected.", labels=["bridge"])
        text = "Messages that another network hasn't taken yet."
        waiting = GaugeMetricFamily("words_bridge_waiting", text, labels=["bridge", "room"])
        for gateway in self._hub.served:
            for bridge in getattr(gateway, "status", list)():
                for name, family in families.items():
                    family.add_metric([bridge["name"]], bridge[name])
                up.add_metric([bridge["name"]], bridge["state"] == "connected")
                for room in bridge["rooms"]:
                    waiting.add_metric([bridge["name"], room["room"]], room["waiting"])
        yield from (*families.values(), up, waiting)

    def _disk(self) -> Iterator[Metric]:
        store, journal = self._hub.store, self._hub.journal
        yield _gauge("words_storage_bytes", "Size of the file.", store.path.stat().st_size)
        yield _gauge("words_wal_bytes", "Write-ahead log in use.", store.log_size())
        text = "Free bytes of the disk above storage.reserve."
        yield _gauge("words_disk_free_bytes", text, store.free_space())
        yield _gauge("words_journal_tail_rows", "Events not yet in the index.", journal.rows)
        yield _gauge("words_journal_tail_bytes", "Their bytes in memory.", journal.bytes)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)
