"""The servers that a benchmark can run, by name; to add one, write a `Server` and list it here."""

from bench.peers.base import Running, Server, ServerError, started
from bench.peers.hub import Hub
from bench.peers.inspircd import InspIRCd
from bench.peers.ngircd import NgIRCd

SERVERS: dict[str, Server] = {server.name: server for server in (Hub(), InspIRCd(), NgIRCd())}

__all__ = ["SERVERS", "Running", "Server", "ServerError", "started"]
