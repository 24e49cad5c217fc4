"""What a message to 100 minds costs: stock Twisted, our library, and the whole hub, one-way.

The hub says it in a group: through the turn and the journal, synced, to the minds as events. Stock
and library only pass it on. All in turn, in one run; see `bench.spread_net`.
"""

from pathlib import Path
from statistics import median

from bench.inside.probe import Figures, run
from bench.spread_net import HUB, echo, push

MESSAGES, FEW = 300, 40
CALLS, SOME = 10_000, 2000
RUNS = 3


def measure(_: Path, small: bool) -> Figures:
    """Measure all in turn; medians."""
    messages, calls, runs = (FEW, SOME, 1) if small else (MESSAGES, CALLS, RUNS)
    found: dict[str, list[float]] = {}
    for _round in range(runs):
        for name in ("stock", "uvloop"):
            found.setdefault(f"echo {name}", []).append(echo(name, calls, 100))
        for name in ("stock", "uvloop", HUB):
            found.setdefault(name, []).append(push(name, messages, 10))
            found.setdefault(f"{name} alone", []).append(push(name, messages // 2, 1))
    cost = {name: median(values) for name, values in found.items()}
    return {
        "stock, CPU us/delivery": cost["stock"],
        "library, CPU us/delivery": cost["uvloop"],
        "hub, CPU us/delivery": cost[HUB],
        "stock / library": cost["stock"] / cost["uvloop"],
        "stock / hub": cost["stock"] / cost[HUB],
        "stock / library, 1 in flight": cost["stock alone"] / cost["uvloop alone"],
        "stock / hub, 1 in flight": cost["stock alone"] / cost[f"{HUB} alone"],
        "echo, stock / library": cost["echo stock"] / cost["echo uvloop"],
    }


if __name__ == "__main__":
    run(measure)
