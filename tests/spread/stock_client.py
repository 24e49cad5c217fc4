"""A stock Twisted PB client, run as a program against our server; prints what it saw as JSON.

python -m tests.spread.stock_client PORT SCENARIO [CERTIFICATE]
"""

# mypy: ignore-errors
# ruff: noqa: T201

import gc
import json
import sys

from twisted.cred.credentials import Anonymous, UsernamePassword
from twisted.internet import defer, reactor, ssl
from twisted.spread import pb, util


class Mind(pb.Referenceable):
    def __init__(self):
        self.said = []
        self.waiting = None

    def remote_said(self, *args):
        self.said.append(list(args))
        if self.waiting is not None and len(self.said) >= self.waiting[0]:
            self.waiting[1].callback(None)

    def until(self, count):
        if len(self.said) >= count:
            return defer.succeed(None)
        self.waiting = count, defer.Deferred()
        return self.waiting[1]

    def remote_answer(self, question):
        return question + " 42"

    def remote_fail(self):
        raise pb.Error("mind says no")


class Board(pb.RemoteCache):
    def observe_set(self, key, value):
        self.data[key] = value


class Person(pb.RemoteCopy):
    pass


class Point(pb.Copyable):
    def __init__(self, x):
        self.x = x

    def getTypeToCopyFor(self, perspective):
        return b"geo.Point"


pb.setUnjellyableForClass(b"interop.Board", Board)
pb.setUnjellyableForClass(b"interop.Person", Person)


@defer.inlineCallbacks
def failure(call):
    try:
        result = yield call
    except pb.RemoteError as exc:
        return [exc.remoteType.decode(), str(exc)]
    except Exception as exc:
        return [type(exc).__name__, str(exc)]
    return ["no failure", repr(result)]


@defer.inlineCallbacks
def everything(factory, seen):
    mind = Mind()
    me = yield factory.login(UsernamePassword(b"alice", b"secret"), mind)
    seen["whoami"] = yield me.callRemote("whoami")
    value = [None, True, 1, -5, 2**40, 1.5, "é", ["a"], {"k": ["v"]}]
    seen["echo"] = (yield me.callRemote("echo", value)) == value
    seen["keywords"] = yield me.callRemote("keywords", 1, key="v")
    seen["later"] = yield me.callRemote("later", "x")
    seen["point"] = yield me.callRemote("point", Point(5))
    person = yield me.callRemote("getPerson")
    seen["person"] = [type(person).__name__, person.name]
    door = yield me.callRemote("getDoor")
    seen["door"] = yield door.callRemote("knock", "loud")

    counter = yield me.callRemote("getCounter")
    again = yield me.callRemote("getCounter")
    seen["inc"] = yield counter.callRemote("inc", 5)
    seen["is"] = yield me.callRemote("isCounter", again)
    seen["mine"] = (yield me.callRemote("echo", mind)) is mind
    del counter, again
    gc.collect()
    seen["gone"] = yield me.callRemote("counterGone")

    board = yield me.callRemote("getBoard")
    yield me.callRemote("setBoard", "topic", "news")
    seen["board"] = board.data
    seen["watchers"] = [(yield me.callRemote("watchers"))]
    del board
    gc.collect()
    seen["watchers"].append((yield me.callRemote("watchers")))

    done = defer.Deferred()
    util.CallbackPageCollector(done.callback)
    util.getAllPages(me, "page", 100000).addCallback(done.callback)
    pages = yield done
    seen["pages"] = len(b"".join(pages))

    seen["ask"] = yield me.callRemote("ask", "why?")
    seen["mind fails"] = yield failure(me.callRemote("failMind"))
    yield me.callRemote("push", "hi")
    yield mind.until(1)
    seen["said"] = mind.said
    for name in ("known", "bug", "nosuch", "arguments", "big"):
        seen[name] = yield failure(me.callRemote(name))
    seen["unknown argument"] = yield failure(me.callRemote("echo", Person2()))
    me.broker.sendCall(b"frobnicate", 1)
    me.broker.sendCall(b"decref", 999)
    me.broker.sendCall(b"answer", 999, 1)
    seen["still there"] = yield me.callRemote("echo", 1)
    del me
    gc.collect()
    other = yield factory.login(Anonymous(), None)
    seen["inside"] = yield other.callRemote("inside")


class Person2(pb.Copyable):
    pass


@defer.inlineCallbacks
def watch(factory, seen):
    """Watches the board until it says "over"."""
    mind = Mind()
    me = yield factory.login(UsernamePassword(b"alice", b"secret"), mind)
    board = yield me.callRemote("getBoard")
    yield me.callRemote("watching")
    yield mind.until(1)
    seen["board"], seen["said"] = board.data, mind.said
    del board
    gc.collect()
    yield me.callRemote("echo", 1)


@defer.inlineCallbacks
def wrong(factory, seen):
    for who in (UsernamePassword(b"alice", b"wrong"), UsernamePassword(b"nobody", b"x")):
        try:
            yield factory.login(who, None)
        except Exception as exc:
            seen.setdefault("refused", []).append(getattr(exc, "remoteType", b"").decode())
    me = yield factory.login(Anonymous(), Mind())
    seen["whoami"] = yield me.callRemote("whoami")


def main():
    port, scenario = int(sys.argv[1]), sys.argv[2]
    factory, seen = pb.PBClientFactory(), {}
    if sys.argv[3:]:
        with open(sys.argv[3], "rb") as file:
            anchor = ssl.Certificate.loadPEM(file.read())
        options = ssl.optionsForClientTLS("127.0.0.1", trustRoot=anchor)
        reactor.connectSSL("127.0.0.1", port, factory, options)
    else:
        reactor.connectTCP("127.0.0.1", port, factory)

    def failed(reason):
        seen["failed"] = reason.getTraceback()

    def finish(_):
        print(json.dumps(seen, default=repr))
        reactor.stop()

    run = {"everything": everything, "wrong": wrong, "watch": watch}[scenario]
    reactor.callWhenRunning(
        lambda: run(factory, seen).addErrback(failed).addTimeout(20, reactor).addBoth(finish)
    )
    reactor.run()


if __name__ == "__main__":
    main()
