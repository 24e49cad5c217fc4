"""Our own hub, as anybody would start it: journal on, fsync on; only flood control is off."""

import importlib.util
import sys
from pathlib import Path

from bench.peers.base import Server, first_line, make_certificate

_CONFIG = """\
[hub]
data = "{home}/data"

[limits]
connections = 50000
outbox = "100MiB"    # as much as InspIRCd is given

[limits.flood]
burst = 1000000000
rate = 1000000000.0

[pb]
enabled = false

[toc]
enabled = false

[irc]
ping_interval = "1h"

[[irc.listen]]
address = "127.0.0.1"
port = {port}

[[irc.listen]]
address = "127.0.0.1"
port = {tls_port}
tls = {{ cert = "{certificate}", key = "{key}" }}
"""


class Hub(Server):
    """`python -m words serve`."""

    name = "words"

    def missing(self) -> str | None:
        """Say why it cannot be started here, or None."""
        return None if importlib.util.find_spec("words.__main__") else "no `python -m words` here"

    def version(self) -> str:
        """Name the version."""
        return first_line([sys.executable, "-m", "words", "--version"])

    def configure(self, home: Path, port: int, tls_port: int) -> list[str]:
        """Write the configuration; give the command."""
        certificate, key = make_certificate(home)
        config = home / "config.toml"
        config.write_text(
            _CONFIG.format(
                home=home, port=port, tls_port=tls_port, certificate=certificate, key=key
            )
        )
        return [sys.executable, "-m", "words", "serve", "--config", str(config)]
