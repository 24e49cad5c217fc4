"""What IRC clients can use here, as a page made of the tables that the code runs on.

`python -m gateways.irc.reference > docs/irc.md`; a test holds that the page is current.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import NamedTuple

from gateways.irc import entries, handlers, names, numerics
from gateways.irc.capabilities import CAPABILITIES
from gateways.irc.isupport import TOKENS
from gateways.irc.services import SERVICES, Service
from gateways.irc.table import COMMANDS, Command

SPECS = "https://ircv3.net/specs/extensions/"

SOURCES = {
    "cap-notify": f"{SPECS}capability-negotiation",
    "draft/event-playback": f"{SPECS}chathistory",
    "draft/message-edit": "ircv3-specifications #425, as proposed",
    "draft/metadata-2": f"{SPECS}metadata",
    "draft/no-implicit-names": f"{SPECS}no-implicit-names",
    "draft/persistence": "ircv3-specifications #503, as proposed",
    "draft/relaymsg": "ircv3-specifications #417, as proposed",
    "draft/whoami": "ircv3-specifications, as proposed",
    "sasl": f"{SPECS}sasl-3.2, {SPECS}sasl-3.1",
    "standard-replies": f"{SPECS}standard-replies",
    "soju.im/account-required": "soju, doc/ext/account-required.md",
    "soju.im/no-implicit-names": "soju, doc/ext/no-implicit-names.md",
    "soju.im/search": "soju, doc/ext/search.md",
    "znc.in/playback": "https://wiki.znc.in/Playback",
    "znc.in/self-message": "https://wiki.znc.in/Query_buffers",
}
"""Where the specification isn't that of the same name."""

SETTINGS = {
    "ban": "who may neither enter nor speak",
    "except": "whom no ban concerns",
    "invite": "who needs no invitation",
    "filter": "what may not be said: action, kind and pattern",
    "key": "what newcomers have to know",
    "limit": "the most members",
    "forward": "the channel for whoever can't enter",
    "slow": "seconds from one message of a member without a role to the next",
    "invite_only": "newcomers need an invitation",
    "moderated": "to speak takes a role",
    "no_outside": "no messages from outside",
    "registered_only": "to enter takes an account",
    "secret": "others don't see the channel",
    "topic_locked": "to change the topic takes the right to",
    "auditorium": "members without a role are seen by those who may kick only",
    "op_moderated": "what members without a role say is told to those who may kick only",
    "registered_speak": "to speak takes an account or a role",
    "no_queries": "no CTCP but ACTION",
    "no_styles": "no colours and the like",
    "strip_styles": "colours and the like are taken away",
    "roleplay": "NPC, NPCA and SCENE are allowed",
}

USER_MODES = {
    "B": "a program (IRCv3 bot-mode)",
    "R": "only who has an account may write to one",
    "T": "no CTCP but ACTION",
    "Z": "only over TLS may one be written to",
    "i": "invisible: found by the whole nick only by who shares no channel",
    "o": "operator; OPER gives it",
    "w": "hears WALLOPS",
}

EXTBANS = {
    "R": "`R:name`, `account:name`: who is in this account",
    "U": "`U:mask`: who is in none",
    "j": "`j:#channel`: who is in this channel",
    "m": "`m:mask`: who may not speak, but enter; before any other",
    "r": "`r:mask`: by real name",
}

KINDS = ("list", "value always", "value when set", "flag")

HEAD = """\
# IRC

What clients can use. This page is made by `python -m gateways.irc.reference` of the tables that
the code runs on: change those. "Modern IRC" is https://modern.ircdocs.horse/, "irc-defs" is
https://defs.ircdocs.horse/; the specifications of IRCv3 are at https://ircv3.net/irc/.

## A hub for tests

Cheap passwords, no flood control, no waiting for the disk. `words serve --config test.toml`:

```toml
[hub]
name = "irc.test"
data = "data"

[passport]
iterations = 4096            # the least there is: 3 ms a password

[limits.flood]
burst = 1000000              # commands at once
rate = 1000000.0             # and a second after that

[storage]
durability = "process"       # no fsync: quicker, and a power cut may take the last moments

[pb]
enabled = false

[toc]
enabled = false

[[irc.listen]]
address = "127.0.0.1"
port = 6667
```

Loopback addresses have no limit of connections (`limits.exempt`). The hub has said that it is
ready when it listens: the line that begins with "Ready:". Accounts: `words user add NAME
--password-stdin --config test.toml`, also while it runs; `passport.registration = "before-connect"`
lets clients make them by REGISTER. SIGHUP reads the file again.
"""


class Topic(NamedTuple):
    """The commands of one file of handlers."""

    title: str
    about: str
    commands: list[Command]


def page() -> str:
    """Return the whole page."""
    handlers.load()
    return "\n".join([HEAD, *_capabilities(), *_isupport(), *_commands(), *_modes(), *_numerics()])


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |"
    yield ""


def source_of(capability: str) -> str:
    """Return where a capability is specified."""
    return SOURCES.get(capability) or SPECS + capability.removeprefix("draft/")


def _capabilities() -> Iterator[str]:
    yield "## Capabilities\n"
    yield "Some are offered where the configuration allows them only, SASL's mechanisms by the"
    yield "connection; `CAP LS 302` says which, with their values.\n"
    yield from _table(("capability", "source"), ((f"`{x}`", source_of(x)) for x in CAPABILITIES))


def _isupport() -> Iterator[str]:
    yield "## ISUPPORT\n"
    rows = ((f"`{name}`", token.kind, token.source) for name, token in TOKENS.items())
    yield from _table(("token", "value", "source"), rows)


def topics() -> list[Topic]:
    """Return the commands by the file of their handlers, which says their sources."""
    found: dict[str, list[Command]] = {}
    order = {f"{handlers.__name__}.{name}": place for place, name in enumerate(handlers.MODULES)}
    for row in sorted(COMMANDS.values(), key=lambda row: order[row.handler.__module__]):
        found.setdefault(row.handler.__module__, []).append(row)
    made = []
    for module, commands in found.items():
        text = " ".join((import_module(module).__doc__ or "").split())
        title, _, about = text.partition(". ")
        made.append(Topic(title.rstrip("."), about, commands))
    return made


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    yield "HELP tells the same. A command without a label may be answered by nothing.\n"
    for topic in topics():
        yield f"### {topic.title}\n"
        if topic.about:
            yield f"{topic.about}\n"
        rows = ((f"`{row.name}`", " ".join(row.help.split())) for row in topic.commands)
        yield from _table(("command", "what it does"), rows)
    services = (each for each in SERVICES.values() if isinstance(each, Service))
    for service in sorted(services, key=lambda service: service.name):
        yield f"### {service.name}: {service.purpose}\n"
        yield "Written to as to anybody, where `irc.services` allows it.\n"
        told = (
            (f"`{row.name} {row.usage}`".replace(" `", "`"), " ".join(row.help.split()))
            for row in service.rows.values()
        )
        yield from _table(("command", "what it does"), told)


def _modes() -> Iterator[str]:
    yield "## Modes of channels\n"
    yield "Letters are Ergo's, then InspIRCd's (`c`, `S`, `g`, `W`); Modern IRC has most of them.\n"
    kind_of = {
        letter: kind
        for letters, kind in zip(names.CHANMODES.split(","), KINDS, strict=True)
        for letter in letters
    }
    rows = sorted((letter, setting) for setting, letter in names.SETTING_LETTERS.items())
    yield from _table(
        ("mode", "kind", "meaning"),
        ((f"`{letter}`", kind_of[letter], SETTINGS[setting]) for letter, setting in rows),
    )
    yield "Roles (`chat.roles` says what each may do):\n"
    held = names.ROLE_LETTERS.items()
    roles = ((f"`{letter}`", f"`{names.ROLE_SIGNS[role]}`", role) for role, letter in held)
    yield from _table(("mode", "sign", "role"), roles)
    yield "## Extended bans\n"
    yield "For `b`, `e` and `I`; `!` before one turns it round. Sources: irc-defs, EXTBAN; IRCv3"
    yield "account-extban; the InspIRCd manual.\n"
    yield from _table(("ban", "whom"), ((f"`{x}`", EXTBANS[x]) for x in entries.EXTBAN[1:]))
    yield "## Modes of users\n"
    yield "Sources: Modern IRC, RFC 2812 section 3.1.5; Ergo for `R`, `T` and `Z`.\n"
    yield from _table(("mode", "meaning"), ((f"`{x}`", USER_MODES[x]) for x in names.USER_MODES))


def _numerics() -> Iterator[str]:
    yield "## Numerics\n"
    yield "Parameters come after the client's nick. `...`: any number of the last one.\n"
    rows = (
        (row.number, name, " ".join(row.params), row.text or "", row.source)
        for name, row in sorted(numerics.NUMERICS.items(), key=lambda item: item[1].number)
    )
    yield from _table(("number", "name", "parameters", "text", "source"), rows)


if __name__ == "__main__":
    sys.stdout.write(page())
