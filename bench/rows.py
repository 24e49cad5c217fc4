"""The rows of the benchmark: which loads, what is read from them, and what is aimed at.

Why these: the hub must be cheaper than C where messages can share work, and not much dearer where
they cannot. The rows that ask the hub alone are in bench/inside/.
"""

import msgspec

from bench.inside import rows as inside
from bench.irc.spec import Fanout, Joining, LoadResult, LoadSpec, Registration
from bench.row import Metric, Results, Row


def _fanout(results: Results, load: int = 0) -> Fanout:
    result = results[load]
    assert isinstance(result, LoadResult)
    assert result.fanout is not None
    return result.fanout


def _joining(results: Results, load: int = 0) -> Joining:
    result = results[load]
    assert isinstance(result, LoadResult)
    assert result.joining is not None
    return result.joining


def _registration(results: Results) -> Registration:
    result = results[0]
    assert isinstance(result, LoadResult)
    return result.registration


def _cpu(ratio: float | None = None) -> Metric:
    return Metric("CPU us/delivery", lambda results: _fanout(results).cpu_us, ratio=ratio)


def _p50(most: float | None = None) -> Metric:
    return Metric("p50 ms", lambda results: _fanout(results).p50_ms, most=most)


def _p99(most: float | None = None) -> Metric:
    return Metric("p99 ms", lambda results: _fanout(results).p99_ms, most=most)


def _growth(results: Results) -> float:
    return _fanout(results, 1).cpu_us / _fanout(results, 0).cpu_us


def _join_per_member(results: Results, load: int) -> float:
    """Give what a JOIN costs for each who is there: he is told, and named to the newcomer."""
    there = _fanout(results, load).members / 2  # on average
    return 1000 * _joining(results, load).cpu_us / there


def _join_growth(results: Results) -> float:
    return _join_per_member(results, 1) / _join_per_member(results, 0)


_RATE = Metric("deliveries/s", lambda results: _fanout(results).deliveries_per_s)
_MESSAGES = Metric("messages/s", lambda results: _fanout(results).messages_per_s)
_DURABLE = Metric("messages/s", lambda results: _fanout(results).messages_per_s, least=10_000)
_REGISTER = Metric("CPU us/client", lambda results: _registration(results).cpu_us, ratio=2.0)
_JOIN = Metric("CPU us/join", lambda results: _joining(results).cpu_us, ratio=2.0)
_MEMORY = Metric("KiB/client", lambda results: _registration(results).kib_per_client, most=12.0)

# Linear: a delivery costs the same however many there are. A quadratic step would show as 10; what
# lies between 1 and 1.5 is the processor's caches, and shows in every server.
_GROWTH = Metric("5000 / 500", _growth, most=1.5)

_JOIN_GROWTH = Metric("JOIN, 5000 / 500", _join_growth, most=1.5)

_CROWD = LoadSpec(clients=10_000, senders=10, window=20, limit=240.0)

ROWS = (
    Row(
        "group",
        "200 members, 10 senders, 100 in flight",
        (LoadSpec(messages=10_000),),
        (_cpu(0.5), _p50(), _p99(25.0), _RATE),
    ),
    Row(
        "single",
        "200 members, 10 senders, 1 in flight",
        (LoadSpec(messages=400, window=1),),
        (_cpu(1.3), _p50(2.0), _p99(), _RATE),
    ),
    Row(
        "groups",
        "100 groups of ten, 100 senders, 100 in flight",
        (LoadSpec(clients=1000, groups=100, senders=100, messages=30_000),),
        (_cpu(1.5), _p50(), _p99(), _RATE),
    ),
    Row(
        "senders",
        "400 members, 100 senders, 100 in flight",
        (LoadSpec(clients=400, senders=100, messages=5000),),
        (_cpu(), _p99(), _MESSAGES),
    ),
    Row(
        "labels",
        "200 members, labels, echo and a PING after each message",
        (LoadSpec(messages=10_000, labels=True),),
        (_cpu(0.6), _p50(), _p99(), _RATE),
    ),
    Row(
        "tls",
        "200 members, 100 in flight, all over TLS",
        (LoadSpec(messages=5000, tls=True),),
        (_cpu(), _p50(), _p99(), _RATE),
    ),
    Row(
        "durable",
        "a group of 100, everybody sends, 100 in flight",
        (LoadSpec(clients=100, senders=100, messages=20_000),),
        (_DURABLE, _cpu(), _p99()),
    ),
    Row(
        "register",
        "3000 clients register, then join 300 groups of ten",
        (LoadSpec(clients=3000, groups=300),),
        (_REGISTER, _JOIN),
    ),
    Row(
        "memory",
        "10,000 registered clients, idle",
        (LoadSpec(clients=10_000, groups=0),),
        (_MEMORY,),
    ),
    Row(
        "scale",
        "10,000 clients, a group of 500 or 5000 talks, 20 in flight",
        (
            msgspec.structs.replace(_CROWD, members=500, messages=4000),
            msgspec.structs.replace(_CROWD, members=5000, messages=400),
        ),
        (
            Metric("CPU us/delivery, 500", lambda results: _fanout(results, 0).cpu_us),
            Metric("CPU us/delivery, 5000", lambda results: _fanout(results, 1).cpu_us),
            _GROWTH,
            Metric("JOIN ns/member, 500", lambda results: _join_per_member(results, 0)),
            Metric("JOIN ns/member, 5000", lambda results: _join_per_member(results, 1)),
            _JOIN_GROWTH,
        ),
    ),
    *inside.ROWS,
)
