"""IRC servers of other people as bridges meet them: ngIRCd and InspIRCd, where Debian has put them.

with Ngircd(tmp_path) as server:
    zoe = Client(server.port).register("zoe")
    server.kill(); server.start()     # the same port
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.servers import ServerProcess


class Server(ServerProcess):
    """An IRC server; ``options`` go into its configuration."""

    program = ""

    def __init__(self, folder: Path, **options: str) -> None:
        path = shutil.which(self.program, path="/usr/sbin:/usr/bin:/usr/local/bin")
        if path is None:
            pytest.skip(f"{self.program} isn't installed")
        super().__init__(folder / self.program, free_port())
        self.path = path
        self.folder.mkdir(exist_ok=True)
        self.config = self.folder / "server.conf"
        self.config.write_text(self.text(options))

    def text(self, options: dict[str, str]) -> str:
        """Return the configuration."""
        raise NotImplementedError


class Ngircd(Server):
    """ngIRCd: no IRCv3 to speak of, and it hangs up at a line that is too long."""

    program = "ngircd"

    def text(self, options: dict[str, str]) -> str:
        """Return the configuration; ``penalty`` is the most seconds that a client has to wait."""
        return f"""\
[Global]
Name = irc.example
Info = test
Listen = 127.0.0.1
Ports = {self.port}
MotdPhrase = hello
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 100
MaxPenaltyTime = {options.get("penalty", "0")}
MaxNickLength = 20
[Options]
DNS = no
Ident = no
PAM = no
"""

    def command(self) -> list[str]:
        """Return what starts it in the foreground."""
        return [self.path, "-n", "-f", str(self.config)]


MODULES = ("cap", "ircv3_ctctags", "ircv3_echomessage", "ircv3_msgid", "ircv3_servertime")


class Inspircd(Server):
    """InspIRCd: message tags, echo and message ids; it holds back who is too quick."""

    program = "inspircd"

    def text(self, options: dict[str, str]) -> str:
        """Return the configuration; ``rate``: thousandths of commands a second before it waits."""
        modules = "\n".join(f'<module name="{name}">' for name in (*MODULES, "ircv3"))
        rate = options.get("rate", "100000000")
        return f"""\
<server name="insp.example" description="test" network="test" id="97K">
<admin name="a" nick="a" email="a@example.org">
<bind address="127.0.0.1" port="{self.port}" type="clients">
<connect name="main" allow="*" maxchans="100" timeout="60" pingfreq="600" hardsendq="100M"
 softsendq="90M" recvq="8K" threshold="{options.get("threshold", "1000000")}" commandrate="{rate}"
 fakelag="{options.get("fakelag", "no")}" localmax="1000" globalmax="1000"
 resolvehostnames="no" useident="no" limit="1000" useconnectban="no">
<performance softlimit="1000" somaxconn="1024" netbuffersize="65536">
<log method="file" target="{self.folder}/insp.log" level="default" type="*">
<pid file="{self.folder}/pid">
<files motd="/dev/null">
<class name="x" commands="">
<maxlist chan="*" limit="100">
{modules}
"""

    def command(self) -> list[str]:
        """Return what starts it in the foreground."""
        return [self.path, "--nofork", "--runasroot", "--config", str(self.config)]
