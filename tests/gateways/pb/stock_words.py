"""A stock client of twisted.words.service, as a program: orders on stdin, what it hears on stdout.

python stock_words.py PORT LOGIN PASSWORD [CERTIFICATE]

Orders are lines: "join GROUP", "send GROUP TEXT", "reply TEXT" (to who spoke last), "leave
GROUP", "quit". What is heard, answered or refused is printed as a JSON list a line.
"""

# mypy: ignore-errors
# ruff: noqa: T201

import json
import sys

from twisted.cred.credentials import UsernamePassword
from twisted.internet import reactor, ssl, stdio
from twisted.protocols.basic import LineReceiver
from twisted.spread import pb
from twisted.words.service import PBMind


def tell(*what):
    print(json.dumps(what), flush=True)


class Mind(PBMind):
    last = None

    def remote_userJoined(self, group, user):
        tell("joined", group.name, getattr(user, "name", None))

    def remote_userLeft(self, group, user, reason=None):
        tell("left", group.name, getattr(user, "name", None), reason)

    def remote_receive(self, sender, recipient, message):
        Mind.last = sender
        where = getattr(recipient, "name", None)
        tell("heard", where, getattr(sender, "name", None), message["text"])

    def remote_groupMetaUpdate(self, group, meta):
        tell("meta", group.name, meta["topic"], meta["topic_author"])


class Orders(LineReceiver):
    delimiter = b"\n"

    def __init__(self, avatar):
        self.avatar = avatar
        self.groups = {}

    def lineReceived(self, line):
        order, _, rest = line.decode().partition(" ")
        getattr(self, "order_" + order)(rest).addErrback(
            lambda reason: (
                tell("refused", reason.type.decode(), reason.getErrorMessage())
                if isinstance(reason.type, bytes)
                else tell("refused", str(reason.type), reason.getErrorMessage())
            )
        )

    def order_join(self, name):
        def joined(group):
            self.groups[group.name] = group
            tell("in", group.name)

        return self.avatar.join(name).addCallback(joined)

    def order_send(self, rest):
        name, _, text = rest.partition(" ")
        return self.groups[name].send({"text": text}).addCallback(lambda _: tell("sent"))

    def order_reply(self, text):
        return Mind.last.callRemote("send", {"text": text}).addCallback(lambda _: tell("sent"))

    def order_leave(self, name):
        return self.groups.pop(name).leave("bye").addCallback(lambda _: tell("out"))

    def order_quit(self, _):
        return self.avatar.quit().addCallback(lambda _: reactor.stop())


def main():
    port, login, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    factory = pb.PBClientFactory()
    if sys.argv[4:]:
        with open(sys.argv[4], "rb") as file:
            anchor = ssl.Certificate.loadPEM(file.read())
        options = ssl.optionsForClientTLS("localhost", trustRoot=anchor)
        reactor.connectSSL("127.0.0.1", port, factory, options)
    else:
        reactor.connectTCP("127.0.0.1", port, factory)

    def ready(avatar):
        tell("ready", type(avatar).__name__)
        stdio.StandardIO(Orders(avatar))

    def failed(reason):
        tell("failed", str(reason.type), reason.getErrorMessage())
        reactor.stop()

    credentials = UsernamePassword(login.encode(), password.encode())
    factory.login(credentials, Mind()).addCallbacks(ready, failed)
    reactor.callLater(60, reactor.stop)
    reactor.run()


if __name__ == "__main__":
    main()
