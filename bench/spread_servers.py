"""The servers of the PB benchmark: echo, and a push to every mind. Run as programs.

python -m bench.spread_servers {stock,asyncio,uvloop}     prints its port; ends with its input
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import sys
from typing import Any


def stock() -> None:
    """Stock Twisted, on its epoll reactor."""
    from twisted.cred import checkers, portal
    from twisted.internet import reactor, stdio
    from twisted.internet.protocol import Protocol
    from twisted.spread import pb
    from zope.interface import implementer  # type: ignore[import-untyped]

    minds: list[Any] = []

    class Avatar(pb.Avatar):
        def perspective_echo(self, value: Any) -> Any:
            return value

        def perspective_publish(self, message: Any) -> None:
            for mind in minds:
                mind.callRemote("receive", message, pbanswer=False)

    @implementer(portal.IRealm)
    class Realm:
        def requestAvatar(self, name: Any, mind: Any, *interfaces: Any) -> Any:
            if mind is not None:
                minds.append(mind)
            return pb.IPerspective, Avatar(), lambda: None

    class UntilEnd(Protocol):
        def connectionLost(self, reason: Any = None) -> None:
            loop.stop()

    loop: Any = reactor
    realm: Any = Realm()
    anyone: Any = checkers.AllowAnonymousAccess()
    made = portal.Portal(realm, [anyone])
    port = loop.listenTCP(0, pb.PBServerFactory(made), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    stdio.StandardIO(UntilEnd())
    loop.run()


async def ours() -> None:
    """Ours, on the loop that runs it."""
    from words.spread import pb

    minds: list[Any] = []

    class Avatar(pb.Perspective):
        def perspective_echo(self, value: Any) -> Any:
            return value

        def perspective_publish(self, message: Any) -> None:
            pb.broadcast(minds, "receive", message)

    class Anyone:
        async def log_in(self, proven: Any) -> Avatar:
            if proven.mind is not None:
                minds.append(proven.mind)
            return Avatar()

    users: Any = Anyone()
    async with pb.serve("pb://127.0.0.1:0", pb.LoginRoot(users, ["anonymous"])) as server:
        print(server.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    if sys.argv[1] == "stock":
        stock()
    elif sys.argv[1] == "uvloop":
        import uvloop

        uvloop.run(ours())
    else:
        asyncio.run(ours())
