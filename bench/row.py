"""What a row of the benchmark is made of: loads, figures read from them, targets.

A target is a ratio to InspIRCd, or a bound that holds for the hub alone.
"""

from collections.abc import Callable

import msgspec

from bench.inside.probe import Figures, Probe
from bench.irc.spec import LoadResult, LoadSpec

Load = LoadSpec | Probe
Result = LoadResult | Figures
Results = list[Result]


class Metric(msgspec.Struct, frozen=True):
    """One figure of a row and its target."""

    name: str
    value: Callable[[Results], float]
    ratio: float | None = None
    """At most so many times InspIRCd's figure."""
    most: float | None = None
    least: float | None = None

    def target(self) -> str:
        """Write the target for the table."""
        if self.ratio is not None:
            return f"<= {self.ratio:g}x"
        if self.most is not None:
            return f"<= {self.most:g}"
        return f">= {self.least:,.0f}" if self.least is not None else ""

    def reached(self, value: float, peer: float | None) -> bool | None:
        """Say whether the target is reached; None where there is none, or nothing to compare."""
        if self.ratio is not None:
            return value <= self.ratio * peer if peer else None
        if self.most is not None:
            return value <= self.most
        return value >= self.least if self.least is not None else None


class Row(msgspec.Struct, frozen=True):
    """One row: loads, each against a fresh server, and the figures read from them."""

    name: str
    title: str
    loads: tuple[Load, ...]
    metrics: tuple[Metric, ...]

    @property
    def needs_hub(self) -> bool:
        """Whether only our own hub can be asked for this."""
        return any(isinstance(load, Probe) for load in self.loads)

    @property
    def needs_labels(self) -> bool:
        """Whether the server must know labels."""
        return any(load.labels for load in self._specs())

    @property
    def needs_crowds(self) -> bool:
        """Whether the server must bear a very large group."""
        return any(load.groups and load.group_size > 1000 for load in self._specs())

    @property
    def needs_tls(self) -> bool:
        """Whether the server must speak TLS."""
        return any(load.tls for load in self._specs())

    def _specs(self) -> list[LoadSpec]:
        return [load for load in self.loads if isinstance(load, LoadSpec)]


def quick(load: LoadSpec) -> LoadSpec:
    """Make a load small enough for a look: figures are rough, and the great crowds smaller."""
    part = 10 if load.clients > 1000 else 1
    return msgspec.structs.replace(
        load,
        clients=load.clients // part,
        groups=load.groups // part if load.groups > part else load.groups,
        members=load.members // part,
        messages=load.messages // 5,
    )
