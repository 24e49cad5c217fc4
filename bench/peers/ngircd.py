"""ngIRCd (Debian's): no penalties, no limits, no look-ups."""

import getpass
from pathlib import Path

from bench.peers.base import Server, first_line, make_certificate, program

_CONFIG = """\
[Global]
Name = bench.local
Info = bench
Listen = 127.0.0.1
Ports = {port}
ServerUID = {user}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 100
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = {certificate}
KeyFile = {key}
Ports = {tls_port}
"""


class NgIRCd(Server):
    """A small C server, without IRCv3 labels."""

    name = "ngircd"
    has_labels = False
    bears_crowds = False  # what a newcomer costs grows with the number of those who are there
    burst = 8  # its backlog is 10

    def missing(self) -> str | None:
        """Say why it cannot be started here, or None."""
        return None if program(self.name) else "not installed (apt-get install ngircd)"

    def version(self) -> str:
        """Name the version."""
        return first_line([program(self.name) or self.name, "--version"]).partition("-")[0]

    def configure(self, home: Path, port: int, tls_port: int) -> list[str]:
        """Write the configuration; give the command."""
        certificate, key = make_certificate(home)
        config = home / "ngircd.conf"
        config.write_text(
            _CONFIG.format(
                port=port,
                tls_port=tls_port,
                certificate=certificate,
                key=key,
                user=getpass.getuser(),
            )
        )
        return [program(self.name) or self.name, "--nodaemon", "--config", str(config)]
