"""InspIRCd 3 (Debian's): everything that slows a client down is off."""

import os
from pathlib import Path

from bench.peers.base import Server, first_line, make_certificate, program

_CONFIG = """\
<server name="bench.local" description="bench" network="bench">
<admin name="bench" nick="bench" email="bench@example.org">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="bench">
<module name="ssl_gnutls">
<sslprofile name="bench" provider="gnutls" certfile="{certificate}" keyfile="{key}" hash="sha256">
<module name="cap">
<module name="ircv3_batch">
<module name="ircv3_ctctags">
<module name="ircv3_echomessage">
<module name="ircv3_labeledresponse">
<connect name="bench" allow="*" timeout="60" pingfreq="3600" maxchans="100" limit="50000"
  localmax="50000" globalmax="50000" useconnectban="no" resolvehostnames="no" useident="no"
  fakelag="no" commandrate="1000000000" threshold="1000000" recvq="1048576"
  softsendq="104857600" hardsendq="209715200">
<performance softlimit="50000" somaxconn="1024" netbuffersize="65536">
<options prefixquit="Quit: ">
<log method="file" target="{home}/log" level="default" type="*">
<pid file="{home}/pid">
<files motd="/dev/null">
"""


class InspIRCd(Server):
    """The peer that ratios are taken against."""

    name = "inspircd"
    burst = 1000  # it welcomes whoever waits once a second

    def missing(self) -> str | None:
        """Say why it cannot be started here, or None."""
        return None if program(self.name) else "not installed (apt-get install inspircd)"

    def version(self) -> str:
        """Name the version."""
        return first_line([program(self.name) or self.name, "--version"])

    def configure(self, home: Path, port: int, tls_port: int) -> list[str]:
        """Write the configuration; give the command."""
        certificate, key = make_certificate(home)
        config = home / "inspircd.conf"
        config.write_text(
            _CONFIG.format(
                home=home, port=port, tls_port=tls_port, certificate=certificate, key=key
            )
        )
        as_root = ["--runasroot"] if os.geteuid() == 0 else []
        return [program(self.name) or self.name, *as_root, "--nofork", f"--config={config}"]
