"""Load one IRC server that already runs, and print what it cost as JSON.

python -m bench.load --port 6667 --pid 4711 --clients 200 --messages 5000
"""

import argparse
import gc
import os
import resource
import signal
import sys
import time

import msgspec

from bench.irc.fanout import fan_out
from bench.irc.spec import Joining, LoadResult, LoadSpec, Registration
from bench.irc.swarm import LoadError, Swarm
from bench.meter import cpu_of, rss_kib


def run_load(spec: LoadSpec, port: int, pid: int, burst: int) -> LoadResult:
    """Carry a load out against the server with that process id."""
    swarm = Swarm(spec, port, burst)
    registration = _register(swarm, pid)
    joining = _join(swarm, pid) if spec.groups else None
    fanout = fan_out(swarm, pid) if spec.messages else None
    return LoadResult(registration, joining, fanout, swarm.cipher)


def _register(swarm: Swarm, pid: int) -> Registration:
    clients = swarm.spec.clients
    cpu, rss, start = cpu_of(pid), rss_kib(pid), time.monotonic()
    swarm.register()
    wall = time.monotonic() - start
    swarm.settle()
    used, rss_now = cpu_of(pid).since(cpu), rss_kib(pid)
    return Registration(
        wall=wall,
        cpu_us=1e6 * used.total / clients,
        user_us=1e6 * used.user / clients,
        system_us=1e6 * used.system / clients,
        rss_kib=rss_now,
        kib_per_client=(rss_now - rss) / clients,
    )


def _join(swarm: Swarm, pid: int) -> Joining:
    cpu, start = cpu_of(pid), time.monotonic()
    swarm.join()
    wall = time.monotonic() - start
    swarm.settle()
    joined = swarm.spec.groups * swarm.spec.group_size
    return Joining(wall, 1e6 * cpu_of(pid).since(cpu).total / joined, rss_kib(pid))


def options_of(spec: LoadSpec) -> list[str]:
    """Write a load as command line options."""
    options = []
    for field in msgspec.structs.fields(LoadSpec):
        name, value = "--" + field.name, getattr(spec, field.name)
        if isinstance(value, bool):
            options += [name] if value else []
        else:
            options += [name, str(value)]
    return options


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True, help="of the server, to measure it")
    parser.add_argument("--burst", type=int, default=90, help="clients that connect at once")
    parser.add_argument("--kill", action="store_true", help="kill the server under its clients")
    for field in msgspec.structs.fields(LoadSpec):
        if field.type is bool:
            parser.add_argument("--" + field.name, action="store_true")
        else:
            kind = float if field.type is float else int
            parser.add_argument("--" + field.name, type=kind, default=field.default)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    options = _parse(arguments)
    spec = msgspec.convert(
        {name: getattr(options, name) for name in LoadSpec.__struct_fields__}, LoadSpec
    )
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.disable()  # nothing here makes cycles, and a collection would show up as latency
    try:
        result = run_load(spec, options.port, options.pid, options.burst)
        if options.kill:
            os.kill(options.pid, signal.SIGKILL)
    except (LoadError, ProcessLookupError, OSError) as error:
        print(f"load failed: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
