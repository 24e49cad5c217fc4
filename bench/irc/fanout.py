"""Say messages and count their deliveries.

Counting must cost far less than serving. So nothing is parsed: each message holds one byte that
occurs nowhere else (`|`; `^` in the token of a PING), and a read is counted with one `count`. A
mark of one byte cannot be cut in two by a read. Each message carries the moment at which it was
sent; of randomly chosen reads (one in 60) every delivery is timed, so each delivery is as likely
to be a sample as any other. What the load generator itself is late counts as latency.
"""

import random
import re
import time
from collections.abc import Iterator

from bench.irc.spec import Fanout
from bench.irc.swarm import LoadError, Swarm
from bench.meter import Cpu, cpu_of, rss_kib

_STAMP = re.compile(rb"\|([0-9]+) ")
_EVERY = 60
_SILENCE = 20.0


class Crowd:
    """The senders of a load taking turns, and the count of what came of it."""

    def __init__(self, swarm: Swarm) -> None:
        spec = swarm.spec
        self.swarm = swarm
        self.latencies: list[int] = []
        self.delivered = 0
        self.answered = 0
        self._per_message = spec.group_size - (0 if spec.labels else 1)
        """The echo counts as a delivery where there is one."""
        self._sent = 0
        self._until_sample = 0
        self._turns = self._senders()
        self._labelled = {swarm.sockets[index].fileno() for index in spec.sender_indexes()}
        if not spec.labels:
            self._labelled.clear()

    @property
    def expected(self) -> int:
        """Deliveries when all is said."""
        return self.swarm.spec.messages * self._per_message

    def run(self) -> None:
        """Say everything, window by window, until the last delivery is there."""
        spec = self.swarm.spec
        pings = spec.messages if spec.labels else 0
        heard_at = time.monotonic()
        while self.delivered < self.expected or self.answered < pings:
            self._say()
            if self._hear():
                heard_at = time.monotonic()
            elif time.monotonic() > min(heard_at + _SILENCE, self.swarm.deadline):
                raise LoadError(f"{self.delivered} of {self.expected} deliveries came")

    def check(self) -> None:
        """Wait a moment and see that nothing was delivered twice."""
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            self._hear(0.05)
        if self.delivered != self.expected:
            raise LoadError(f"{self.delivered} deliveries came, not {self.expected}")

    def _senders(self) -> Iterator[tuple[int, bytes]]:
        """Give senders in turn, each with the beginning of its message."""
        crowd = [
            (index, b"PRIVMSG %b :|" % self.swarm.group_of(index))
            for index in self.swarm.spec.sender_indexes()
        ]
        while True:
            yield from crowd

    def _say(self) -> None:
        """Send as many messages as the window has room for."""
        spec, turns = self.swarm.spec, self._turns
        room = spec.window - (self._sent - self.delivered // self._per_message)
        filler = b"x" * spec.payload
        for _ in range(min(room, spec.messages - self._sent)):
            self._sent += 1
            index, start = next(turns)
            line = b"%b%d %b\r\n" % (start, time.monotonic_ns(), filler)
            if spec.labels:
                line = b"@label=%d %bPING ^%d\r\n" % (self._sent, line, self._sent)
            self.swarm.send(index, line)

    def _hear(self, timeout: float = 1.0) -> bool:
        """Read once from every client that has something, and count."""
        buffer, receivers = self.swarm.buffer, self.swarm.receivers
        count, labelled, delivered = buffer.count, self._labelled, 0
        events = self.swarm.poller.poll(timeout)
        for fd, _ in events:
            size = receivers[fd](buffer)
            found = count(b"|", 0, size)
            delivered += found
            if labelled and fd in labelled:
                self.answered += count(b"^", 0, size)
            if not self._until_sample:
                self._until_sample = random.randrange(2 * _EVERY)
                self._sample(size)
            else:
                self._until_sample -= 1
        self.delivered += delivered
        return bool(events)

    def _sample(self, size: int) -> None:
        """Time every delivery of this read whose stamp is whole."""
        now = time.monotonic_ns()
        stamps = _STAMP.findall(self.swarm.buffer, 0, size)
        self.latencies.extend(now - int(stamp) for stamp in stamps)


def fan_out(swarm: Swarm, pid: int) -> Fanout:
    """Say the messages of the load and account for them."""
    crowd = Crowd(swarm)
    cpu, own, start = cpu_of(pid), time.process_time(), time.monotonic()
    crowd.run()
    wall, own, used = time.monotonic() - start, time.process_time() - own, cpu_of(pid).since(cpu)
    crowd.check()
    return _account(crowd, wall, own, used, rss_kib(pid))


def _account(crowd: Crowd, wall: float, own: float, used: Cpu, rss: int) -> Fanout:
    spec, deliveries = crowd.swarm.spec, crowd.expected
    latencies = sorted(crowd.latencies)
    return Fanout(
        members=spec.group_size,
        messages=spec.messages,
        deliveries=deliveries,
        wall=wall,
        deliveries_per_s=deliveries / wall,
        messages_per_s=spec.messages / wall,
        cpu_us=1e6 * used.total / deliveries,
        user_us=1e6 * used.user / deliveries,
        system_us=1e6 * used.system / deliveries,
        server_share=used.total / wall,
        load_share=own / wall,
        p50_ms=_quantile(latencies, 0.50),
        p99_ms=_quantile(latencies, 0.99),
        max_ms=_quantile(latencies, 1.0),
        samples=len(latencies),
        rss_kib=rss,
    )


def _quantile(ordered: list[int], part: float) -> float:
    """Give a quantile of sorted nanoseconds in milliseconds."""
    if not ordered:
        return float("nan")
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)] / 1e6
