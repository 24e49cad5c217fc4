"""The rows that ask our hub alone, and what is aimed at."""

from bench.inside.probe import Figures, Probe
from bench.row import Metric, Results, Row


def _figures(results: Results) -> Figures:
    result = results[0]
    assert isinstance(result, dict)
    return result


def _of(name: str, *, most: float | None = None, least: float | None = None) -> Metric:
    return Metric(name, lambda results: _figures(results)[name], most=most, least=least)


ROWS = (
    Row(
        "journal",
        "the journal alone, synced: conversations x batch, messages/s, and CPU us a message",
        (Probe("journal"),),
        (
            _of("1 x 1, /s"),
            _of("1 x 10, /s"),
            _of("1 x 100, /s", least=50_000),
            _of("100 x 100, /s", least=50_000),
            _of("10,000 x 100, /s", least=50_000),
            _of("1 x 1, us"),
            _of("1 x 10, us"),
            _of("1 x 100, us"),
            _of("100 x 100, us"),
            _of("10,000 x 100, us"),
            _of("log file MiB", most=64),
            _of("longest stall ms"),
            _of("fdatasync ms"),
        ),
    ),
    Row(
        "history",
        "10,000 groups, 5 million events on disk: what it takes to read of them",
        (Probe("history"),),
        (
            _of("last 100, p50 ms", most=1.0),
            _of("last 100, p99 ms"),
            _of("by id, p50 ms"),
            _of("by id, p99 ms"),
            _of("100 by time, p50 ms"),
            _of("100 by time, p99 ms"),
            _of("by CHATHISTORY, p50 ms", most=1.0),
            _of("by CHATHISTORY, p99 ms"),
        ),
    ),
    Row(
        "search",
        "the same: what an answer of 50 messages takes, looked up in the journal",
        (Probe("search"),),
        (
            *(
                metric
                for question in (
                    "rare",
                    "everywhere",
                    "phrase",
                    "rare, 1 group",
                    "everywhere, 1 group",
                    "rare, 100 groups",
                    "everywhere, 100 groups",
                    "two words, 100 groups",
                )
                for metric in (_of(f"{question}, p50 ms", most=50.0), _of(f"{question}, p99 ms"))
            ),
            _of("MiB"),
        ),
    ),
    Row(
        "start",
        "the same, 100,000 identities; killed under 10,000 members: until it listens",
        (Probe("start"),),
        (
            _of("CPU s", most=0.5),
            _of("CPU s, killed", most=0.5),
            _of("wall s, killed"),
            _of("MiB", most=95.4),
            _of("log MiB, killed"),
        ),
    ),
    Row(
        "logins",
        "2000 accounts come back at once after a restart, 100,000 iterations",
        (Probe("logins"),),
        (
            _of("PLAIN, s", most=150),
            _of("PLAIN, lost", most=0),
            _of("PLAIN, CPU ms"),
            _of("PLAIN, delivery p99 ms", most=100),
            _of("SCRAM, s", most=15),
            _of("SCRAM, lost", most=0),
            _of("SCRAM, CPU ms", most=1),
            _of("SCRAM, delivery p99 ms"),
        ),
    ),
    Row(
        "toc",
        "200 TOC1 members, 10 senders, 100 in flight, beside as many of IRC on the same hub",
        (Probe("toc"),),
        (
            _of("TOC, CPU us/delivery"),
            _of("IRC, CPU us/delivery"),
            _of("TOC / IRC", most=1.5),
            _of("TOC, deliveries/s"),
        ),
    ),
    Row(
        "pb",
        "a message to 100 PB minds, 10 in flight, beside stock Twisted; the hub writes it to disk",
        (Probe("pb"),),
        (
            _of("stock, CPU us/delivery"),
            _of("library, CPU us/delivery"),
            _of("hub, CPU us/delivery"),
            _of("stock / library", least=10),
            _of("stock / hub", least=5),
            _of("stock / library, 1 in flight"),
            _of("stock / hub, 1 in flight"),
            _of("echo, stock / library", least=5),
        ),
    ),
    Row(
        "bots",
        "a command that a bot counts and answers, 100 in flight; the bot beside the hub, and in it",
        (Probe("bots"),),
        (
            _of("beside, answers/s", least=1000),
            _of("beside, hub CPU us"),
            _of("beside, bot CPU us"),
            _of("inside, answers/s", least=1000),
            _of("inside, hub CPU us"),
            _of("empty bot, CPU s", most=0.4),
        ),
    ),
    Row(
        "bridge",
        "a message across a bridge to ngIRCd and from it: alone, and 100 in flight",
        (Probe("bridges"),),
        (
            _of("out, p50 ms"),
            _of("in, p50 ms"),
            _of("out, messages/s", least=1000),
            _of("out, CPU us"),
            _of("in, messages/s", least=1000),
            _of("in, CPU us"),
        ),
    ),
    *(
        Row(
            f"bridge-{network}",
            f"a message across a bridge to a room of {server} and from it, 50 in flight",
            (Probe(f"rooms_{network}"),),
            tuple(
                _of(f"{way}, {figure}")
                for way in ("out", "in")
                for figure in ("messages/s", "CPU us", "far server CPU us")
            ),
        )
        for network, server in (("xmpp", "Prosody"), ("matrix", "Synapse"))
    ),
    Row(
        "frozen",
        "a message here, to ngIRCd and from it, while another linked network is alive, or frozen",
        (Probe("frozen"),),
        tuple(
            _of(f"{way}{state}, {percent} ms")
            for way in ("here", "out", "in")
            for percent in ("p50", "p99")
            for state in ("", ", frozen")
        ),
    ),
    Row(
        "crowd",
        "one client asks in a group of 10,000 whose tenth then quits; growth from a tenth of it",
        (Probe("crowd"),),
        (
            *(
                metric
                for asked in ("JOIN", "NAMES", "WHO", "WHOX", "MONITOR", "QUIT")
                for metric in (_of(f"{asked}, CPU ms"), _of(f"{asked}, growth", most=1.5))
            ),
            _of("loop busy, ms", most=50.0),
        ),
    ),
    Row(
        "terminal",
        "the terminal client in a pty, 500 messages/s in the group that it shows; and WeeChat",
        (Probe("terminal"),),
        (
            _of("sign-on CPU ms", most=450),
            _of("main screen CPU ms", most=700),
            _of("open 100,000, ms", most=150),
            _of("open 100,000, CPU ms"),
            _of("MiB more", most=60),
            _of("storm, key p50 ms"),
            _of("storm, key p95 ms", most=60),
            _of("storm, keys lost", most=0),
            _of("storm, % of a core", most=45),
            _of("idle, % of a core", most=2),
            _of("MiB"),
            _of("WeeChat: start CPU ms"),
            _of("WeeChat: storm, key p50 ms"),
            _of("WeeChat: storm, key p95 ms"),
            _of("WeeChat: storm, keys lost"),
            _of("WeeChat: storm, % of a core"),
            _of("WeeChat: idle, % of a core"),
            _of("WeeChat: MiB"),
        ),
    ),
)
