"""Echo: a bot in stock Twisted, as one could write it in 2002; it needs nothing of ours.

    python echo_2002.py HOST PORT LOGIN PASSWORD GROUP

LOGIN is NAME/LABEL of an app password that was made with --md5: Twisted answers no other challenge.
It says again what begins with "echo ". What is said while it isn't there it never hears.
"""

# mypy: ignore-errors

import sys

from twisted.cred.credentials import UsernamePassword
from twisted.internet import reactor
from twisted.spread import pb
from twisted.words.service import PBMind


class Echo(PBMind):
    """What the hub tells of what happens."""

    def remote_receive(self, sender, recipient, message):
        """Answer in the group, or who spoke directly."""
        if message["text"].startswith("echo "):
            where = recipient if getattr(recipient, "name", None) else sender
            where.send({"text": message["text"][len("echo ") :]})

    def remote_userJoined(self, group, user):
        """Be polite."""
        group.send({"text": f"hello {user.name}"})

    def remote_userLeft(self, group, user, reason=None):
        """Say nothing."""

    def remote_groupMetaUpdate(self, group, meta):
        """Say nothing."""


def main(host, port, login, password, group):
    """Log in, join, and stay."""
    here = []
    factory = pb.PBClientFactory()
    reactor.connectTCP(host, int(port), factory)
    logged_in = factory.login(UsernamePassword(login.encode(), password.encode()), Echo())
    logged_in.addCallback(here.append)  # without a reference to it one is logged out
    logged_in.addCallback(lambda _: here[0].join(group))
    logged_in.addErrback(lambda failure: (failure.printTraceback(), reactor.stop()))
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
