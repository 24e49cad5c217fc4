"""Medians, ratios and the table that shows them."""

import statistics
from collections.abc import Mapping, Sequence

from bench.irc.spec import LoadResult
from bench.row import Metric, Results, Row

HUB = "words"
PEER = "inspircd"


class Measured:
    """All runs of one row: what each server's runs gave, or why there are none."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.runs: dict[str, list[Results]] = {}
        self.failures: dict[str, str] = {}

    def values(self, server: str, metric: Metric) -> list[float]:
        """Give one figure of each run."""
        return [metric.value(results) for results in self.runs.get(server, [])]

    def median(self, server: str, metric: Metric) -> float | None:
        """Give the median of the runs."""
        values = self.values(server, metric)
        return statistics.median(values) if values else None

    def ratio(self, metric: Metric) -> float | None:
        """Give the hub's median over InspIRCd's."""
        ours, theirs = self.median(HUB, metric), self.median(PEER, metric)
        return ours / theirs if ours is not None and theirs else None

    def reached(self, metric: Metric) -> bool | None:
        """Say whether the hub reached the target."""
        ours = self.median(HUB, metric)
        return None if ours is None else metric.reached(ours, self.median(PEER, metric))

    def load_share(self) -> float:
        """Give the highest share of its core that the load generator used in any run."""
        fanouts = [
            result.fanout
            for runs in self.runs.values()
            for results in runs
            for result in results
            if isinstance(result, LoadResult) and result.fanout is not None
        ]
        return max((fanout.load_share for fanout in fanouts), default=0.0)

    def ciphers(self) -> dict[str, str]:
        """Name what each server encrypted with: ratios of different ciphers say little."""
        first = {server: runs[0][0] for server, runs in self.runs.items()}
        return {
            server: result.cipher
            for server, result in first.items()
            if isinstance(result, LoadResult) and result.cipher
        }

    def as_json(self, servers: Sequence[str]) -> dict[str, object]:
        """Give everything, single runs included."""
        return {
            "row": self.row.name,
            "title": self.row.title,
            "failures": self.failures,
            "metrics": [
                {
                    "name": metric.name,
                    "medians": {server: self.median(server, metric) for server in servers},
                    "values": {server: self.values(server, metric) for server in servers},
                    "ratio": self.ratio(metric),
                    "target": metric.target(),
                    "reached": self.reached(metric),
                }
                for metric in self.row.metrics
            ],
            "runs": self.runs,
        }


def header(versions: Mapping[str, str]) -> str:
    """Write the table's head."""
    titles = [f"{name:>12}" for name in versions]
    line = f"{'':24}{''.join(titles)}{'ratio':>10}  {'target':<12}"
    return f"{line}\n{'-' * len(line)}"


def lines(measured: Measured, servers: Sequence[str]) -> list[str]:
    """Write one row of the benchmark: a title, and a line for each figure."""
    result = [f"{measured.row.name}: {measured.row.title}"]
    for metric in measured.row.metrics:
        cells = [f"{_figure(measured.median(server, metric)):>12}" for server in servers]
        ratio = measured.ratio(metric)
        shown = "" if ratio is None else f"{ratio:.2f}x"
        verdict = {True: "reached", False: "MISSED", None: ""}[measured.reached(metric)]
        line = f"  {metric.name:22}{''.join(cells)}{shown:>10}  {metric.target():<12}{verdict}"
        result.append(line.rstrip())
    result += [f"  {server}: {cipher}" for server, cipher in measured.ciphers().items()]
    result += [f"  {server}: {why}" for server, why in measured.failures.items()]
    if measured.load_share() > 0.9:
        result.append(
            f"  load generator busy {measured.load_share():.0%}: latencies are its own too"
        )
    return result


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
