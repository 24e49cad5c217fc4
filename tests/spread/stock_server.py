"""A stock Twisted PB server, run as a program: prints its port, serves until its input ends.

python -m tests.spread.stock_server [KEY CERTIFICATE]
"""

# mypy: ignore-errors
# ruff: noqa: T201

import sys

from twisted.cred import checkers, portal
from twisted.internet import defer, reactor, ssl, stdio, task
from twisted.internet.protocol import Protocol
from twisted.spread import jelly, pb, util
from zope.interface import implementer


class Person(pb.Copyable):
    def __init__(self, name, age):
        self.name, self.age = name, age

    def getTypeToCopyFor(self, perspective):
        return b"interop.Person"


class Board(pb.Cacheable):
    def __init__(self):
        self.data, self.observers = {"topic": "hello"}, []

    def getTypeToCopyFor(self, perspective):
        return b"interop.Board"

    def getStateToCacheAndObserveFor(self, perspective, observer):
        self.observers.append(observer)
        return {"data": dict(self.data)}

    def stoppedObserving(self, perspective, observer):
        self.observers = [o for o in self.observers if o.broker is not observer.broker]

    def set(self, key, value):
        self.data[key] = value
        return defer.gatherResults([o.callRemote("set", key, value) for o in self.observers])


class Counter(pb.Referenceable):
    value = 0

    def remote_inc(self, by=1):
        self.value += by
        return self.value


class Door(pb.Viewable):
    def view_knock(self, perspective, how):
        return [perspective.name, how]


class Known(pb.Error):
    pass


class Unknown(pb.Copyable):
    pass


class Avatar(pb.Avatar):
    def __init__(self, name, mind, realm):
        self.name, self.mind, self.realm = name, mind, realm

    def perspective_echo(self, *args, **kw):
        return args[0] if args else kw

    def perspective_whoami(self):
        return self.name

    def perspective_getPerson(self):
        return Person("Bob", 42)

    def perspective_getBoard(self):
        return self.realm.board

    def perspective_setBoard(self, key, value):
        return self.realm.board.set(key, value)

    def perspective_isBoard(self, board):
        return board is self.realm.board

    def perspective_watchers(self):
        return len(self.realm.board.observers)

    def perspective_getCounter(self):
        return self.realm.counter

    def perspective_isCounter(self, counter):
        return counter is self.realm.counter

    def perspective_exported(self):
        broker = self.mind.broker if self.mind else None
        return len(broker.localObjects) if broker else 0

    def perspective_getDoor(self):
        return Door()

    def perspective_later(self, value):
        return task.deferLater(reactor, 0.01, lambda: value)

    def perspective_fail(self, kind):
        if kind == "known":
            raise Known("known problem")
        if kind == "async":
            return task.deferLater(reactor, 0, self.perspective_fail, "known")
        raise ValueError("unexpected")

    def perspective_unknown(self):
        return Unknown()

    def perspective_page(self, collector, size):
        util.StringPager(collector, b"p" * size, 8192)

    def perspective_hold(self, obj):
        self.held = obj

    def perspective_callHeld(self, method, *args):
        return self.held.callRemote(method, *args)

    def perspective_drop(self):
        self.held = None

    def perspective_mind(self, method, *args):
        return self.mind.callRemote(method, *args)

    def perspective_lose(self):
        self.mind.broker.transport.loseConnection()

    def perspective_inside(self):
        return sorted(self.realm.inside)

    def logout(self):
        self.realm.inside.remove(self.name)


@implementer(portal.IRealm)
class Realm:
    def __init__(self):
        self.board, self.counter, self.inside = Board(), Counter(), []

    def requestAvatar(self, avatar_id, mind, *interfaces):
        name = avatar_id.decode() if avatar_id else "anonymous"
        avatar = Avatar(name, mind, self)
        self.inside.append(name)
        return pb.IPerspective, avatar, avatar.logout


class RemotePoint(pb.RemoteCopy):
    pass


pb.setUnjellyableForClass("geo.Point", RemotePoint)
jelly.globalSecurity.allowInstancesOf(RemotePoint)


class UntilEnd(Protocol):
    def connectionLost(self, reason):
        reactor.stop()


def main():
    users = checkers.InMemoryUsernamePasswordDatabaseDontUse()
    users.addUser(b"alice", b"secret")
    made = portal.Portal(Realm(), [users, checkers.AllowAnonymousAccess()])
    factory = pb.PBServerFactory(made)
    if sys.argv[1:]:
        context = ssl.DefaultOpenSSLContextFactory(*sys.argv[1:3])
        port = reactor.listenSSL(0, factory, context, interface="127.0.0.1")
    else:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    stdio.StandardIO(UntilEnd())
    reactor.run()


if __name__ == "__main__":
    main()
