"""Run the rows against the hub and its peers in turn, and print medians and ratios.

    python -m bench                   all rows, five runs each, some twenty minutes
    python -m bench --quick           one short run of each: does everything work?
    python -m bench --row group --row tls --servers words,inspircd --json figures.json

Servers alternate within a row, a fresh process for each run, so that they share the machine's mood:
only ratios from one invocation mean anything. Every load is a process of its own (bench/load.py).
"""

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench import table
from bench.inside.probe import Figures, Probe
from bench.irc.spec import LoadResult, LoadSpec
from bench.load import options_of
from bench.peers import SERVERS, Server, ServerError, started
from bench.row import Load, Result, Results, Row, quick
from bench.rows import ROWS

_RUNS = 5
_PROBE_LIMIT = 600.0


def run_load(server: Server, load: LoadSpec) -> LoadResult:
    """Start a server, load it from another process, and end both."""
    with started(server) as running:
        port = running.tls_port if load.tls else running.port
        command = [sys.executable, "-m", "bench.load", "--port", str(port)]
        command += ["--pid", str(running.pid), "--burst", str(server.burst), *options_of(load)]
        done = subprocess.run(command, capture_output=True, timeout=load.limit + 60, check=False)
    if done.returncode:
        raise ServerError(done.stderr.decode(errors="replace").strip()[-500:])
    return msgspec.json.decode(done.stdout, type=LoadResult)


def run_probe(probe: Probe, scratch: Path, small: bool) -> Figures:
    """Have something of our own measured, in a process of its own."""
    command = probe.command(scratch, small)
    done = subprocess.run(command, capture_output=True, timeout=_PROBE_LIMIT, check=False)
    if done.returncode:
        raise ServerError(done.stderr.decode(errors="replace").strip()[-500:])
    return msgspec.json.decode(done.stdout, type=Figures)


def run_row(
    row: Row, servers: list[Server], runs: int, scratch: Path, small: bool
) -> table.Measured:
    """Run one row, servers alternating; a server that fails once is left out of the rest."""

    def run(server: Server, load: Load) -> Result:
        if isinstance(load, Probe):
            return run_probe(load, scratch, small)
        return run_load(server, quick(load) if small else load)

    measured = table.Measured(row)
    for turn in range(runs):
        for server in servers:
            if server.name in measured.failures or not _can(server, row):
                continue
            _progress(f"{row.name} {turn + 1}/{runs} {server.name}")
            try:
                results: Results = [run(server, load) for load in row.loads]
            except (ServerError, subprocess.TimeoutExpired) as error:
                measured.failures[server.name] = str(error)
            else:
                measured.runs.setdefault(server.name, []).append(results)
    _progress("")
    return measured


def _can(server: Server, row: Row) -> bool:
    return (
        (server.name == table.HUB or not row.needs_hub)
        and (server.has_labels or not row.needs_labels)
        and (server.has_tls or not row.needs_tls)
        and (server.bears_crowds or not row.needs_crowds)
    )


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:60}\r", end="", file=sys.stderr, flush=True)


def _chosen(names: str | None) -> list[Server]:
    """Give the servers that were asked for, or all that can be started here."""
    wanted = names.split(",") if names else list(SERVERS)
    servers = []
    for name in wanted:
        if name not in SERVERS:
            raise SystemExit(f"no server {name!r}; there are {', '.join(SERVERS)}")
        why = SERVERS[name].missing()
        if why is None:
            servers.append(SERVERS[name])
        else:
            print(f"{name} is left out: {why}", file=sys.stderr)
    return servers


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--row", action="append", choices=names, help="only this; repeatable")
    parser.add_argument("--runs", type=int, help=f"runs of each row (default {_RUNS})")
    parser.add_argument("--quick", action="store_true", help="small loads, one run")
    parser.add_argument("--servers", metavar="A,B", help=f"of {', '.join(SERVERS)}")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="a disk with 3 GB free")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; the status is 1 if a row could not be run."""
    options = _parse(arguments)
    servers = _chosen(options.servers)
    names = [server.name for server in servers]
    versions = {server.name: server.version() for server in servers}
    runs = options.runs or (1 if options.quick else _RUNS)
    print(f"medians of {runs}; ratio: {table.HUB} / {table.PEER}; CPU is the server's own")
    print("\n".join(f"{name}: {version}" for name, version in versions.items()) + "\n")
    print(table.header(versions))
    done = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.scratch) as scratch:
        for row in ROWS:
            if options.row and row.name not in options.row:
                continue
            measured = run_row(row, servers, runs, Path(scratch), options.quick)
            print("\n".join(table.lines(measured, names)), flush=True)
            done.append(measured)
    if options.json:
        _write(options.json, versions, runs, done)
    return _conclude(done)


def _write(file: Path, versions: dict[str, str], runs: int, done: list[table.Measured]) -> None:
    report = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "servers": versions,
        "runs": runs,
        "rows": [measured.as_json(list(versions)) for measured in done],
    }
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))


def _conclude(done: list[table.Measured]) -> int:
    verdicts = [measured.reached(metric) for measured in done for metric in measured.row.metrics]
    judged = [verdict for verdict in verdicts if verdict is not None]
    if judged:
        print(f"\n{sum(judged)} of {len(judged)} targets reached")
    return 1 if any(measured.failures for measured in done) else 0
