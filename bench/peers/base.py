"""Start a server for a benchmark: ports, a directory of its own, and a certain end.

A `Server` says how it is configured and started; `started` runs it, waits until it accepts, and
kills it afterwards. SIGKILL, because what a server does about ten thousand clients that leave at
once is nobody's business here.
"""

import contextlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_START_LIMIT = 30.0


class ServerError(Exception):
    """A server did not start."""


class Running(NamedTuple):
    """A server that accepts connections on 127.0.0.1."""

    pid: int
    port: int
    tls_port: int


class Server(ABC):
    """One kind of server: how to configure it for a benchmark and what it can do."""

    name: str
    has_labels = True
    """Offers labeled-response and echo-message."""
    has_tls = True
    bears_crowds = True
    """Takes ten thousand clients, half of them in one group, in bearable time."""
    burst = 90
    """Clients that may connect at once: fewer than its listen backlog, or SYNs get lost."""

    @abstractmethod
    def missing(self) -> str | None:
        """Say why it cannot be started here, or None."""

    @abstractmethod
    def version(self) -> str:
        """Name the version."""

    @abstractmethod
    def configure(self, home: Path, port: int, tls_port: int) -> list[str]:
        """Write the configuration into `home`; give the command that stays in the foreground."""


@contextlib.contextmanager
def started(server: Server) -> Iterator[Running]:
    """Run a server while the block lasts."""
    with tempfile.TemporaryDirectory(prefix=f"bench-{server.name}-") as directory:
        home = Path(directory)
        port, tls_port = free_ports(2)
        command = server.configure(home, port, tls_port)
        with (home / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_raise_file_limit,
            )
        try:
            _wait_for(process, port, home / "output")
            yield Running(process.pid, port, tls_port)
        finally:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def make_certificate(home: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate and its key (ECDSA P-256, for every server the same kind)."""
    certificate, key = home / "cert.pem", home / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    files = ["-subj", "/CN=bench.local", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command.split() + files, check=True, capture_output=True, timeout=30)
    return certificate, key


def program(name: str) -> str | None:
    """Find a Debian program; daemons live in sbin, which is not in everybody's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def first_line(command: list[str]) -> str:
    """Run a command and give the first line it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _wait_for(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + _START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"it ended at once: {output.read_text(errors='replace')[-400:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            time.sleep(0.2)  # let it see the probe leave before anything is measured
            return
        time.sleep(0.02)
    raise ServerError("it does not listen")
