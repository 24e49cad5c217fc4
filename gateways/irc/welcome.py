"""What a client is told when it has registered: made once, filled in for each."""

from __future__ import annotations

import time

from gateways.cloak import longest_host
from gateways.irc import entries, isupport, limits, names
from gateways.irc import numerics as n
from gateways.irc.codec import LINE_MAX
from gateways.irc.encode import reply
from gateways.irc.forms import MODES_A_LINE
from words import __version__
from words.chat.roles import Roles
from words.chat.verbs.moderation import MAX_KEY
from words.chat.verbs.people import MAX_AWAY, MAX_REAL_NAME, MAX_SILENCES
from words.config import Config

REPLY_ROOM = 64  # the longest nick

COUNTED = ("seen", "hidden", "operators", "unknown", "groups", "clients", "people", "most")
"""What LUSERS counts, by the names that `Welcome.counts` takes."""


class Welcome:
    """The greeting of one configuration."""

    def __init__(self, config: Config, started: float, roles: Roles) -> None:
        self.config = config
        self.server = config.hub.name
        self.version = f"words-{__version__}"
        self.roles = roles
        created = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(started))
        place = "x" * REPLY_ROOM
        head = [
            reply(n.RPL_WELCOME, self.server, place, config.hub.network, place),
            reply(n.RPL_YOURHOST, self.server, place, self.server, self.version),
            reply(n.RPL_CREATED, self.server, place, created),
            reply(
                n.RPL_MYINFO,
                self.server,
                place,
                self.server,
                self.version,
                names.USER_MODES,
                "".join(sorted(names.CHANMODES.replace(",", ""))),
                "".join(sorted(f"{names.LISTS}k{names.WITH_VALUE}" + names.prefix_letters(roles))),
            ),
        ]
        self._place = place.encode()
        self._head = b"".join(head)
        self._isupport = b"".join(isupport.lines(self.tokens(), self.server, place))
        self._counts = self._count_lines()
        self._motd = b"".join(self._motd_lines(place))

    def tokens(self) -> dict[str, isupport.Value]:
        """Return what ISUPPORT says, in its order."""
        chat, irc = self.config.chat, self.config.irc
        lists = chat.max_list_entries
        denied = ",".join(irc.client_tags_denied)
        icon = {"draft/ICON": self.config.hub.icon} if self.config.hub.icon else {}
        return {
            **icon,
            "ACCOUNTEXTBAN": entries.ACCOUNT_EXTBAN,
            "AWAYLEN": MAX_AWAY,
            "BOT": names.BOT_MODE,
            "CASEMAPPING": "ascii",
            "CHANLIMIT": f"{names.CHANNEL_SIGN}:{chat.max_groups_per_participant}",
            "CHANMODES": names.CHANMODES,
            "CHANNELLEN": min(chat.max_group_name_length + 1, limits.CHANNEL_BYTES),
            "CHANTYPES": names.CHANNEL_SIGN,
            "CHATHISTORY": irc.history_limit,
            **({"CLIENTTAGDENY": denied} if denied else {}),
            "ELIST": "CMNTU",
            "EXCEPTS": None,
            "EXTBAN": entries.EXTBAN,
            "FORWARD": names.SETTING_LETTERS["forward"],
            "HOSTLEN": longest_host(irc.cloak),
            "INVEX": None,
            "KEYLEN": MAX_KEY,
            "KICKLEN": limits.REASON,
            "KNOCK": None,
            "LINELEN": LINE_MAX,
            "MAXLIST": ",".join(f"{letter}:{lists}" for letter in names.LISTS),
            "MAXTARGETS": irc.max_targets,
            "MODES": MODES_A_LINE,
            "MONITOR": irc.monitor_limit,
            "MSGREFTYPES": "msgid,timestamp",
            "NAMELEN": MAX_REAL_NAME,
            "NETWORK": self.config.hub.network,
            "NICKLEN": chat.max_name_length,
            "PREFIX": names.prefix_token(self.roles),
            "SAFELIST": None,
            "SAFERATE": None,
            "SILENCE": MAX_SILENCES,
            "STATUSMSG": names.prefix_token(self.roles).partition(")")[2],
            "TARGMAX": ",".join(f"{name}:{most}" for name, most in self._targets().items()),
            "TOPICLEN": chat.max_topic_length,
            "USERIP": None,
            "USERLEN": limits.USER + len("~"),
            "USERMODES": f",,,{names.USER_MODES}",
            "UTF8ONLY": None,
            **({} if chat.guests else {"draft/ACCOUNTREQUIRED": None}),
            "WHOX": None,
        }

    def _targets(self) -> dict[str, int]:
        """Return how many targets a command may have."""
        names = ("KICK", "NOTICE", "PRIVMSG", "TAGMSG", "WHOWAS")
        few = dict.fromkeys(names, self.config.irc.max_targets)
        several = dict.fromkeys(("JOIN", "NAMES", "PART"), limits.CHANNELS)
        return dict(sorted({**few, **several, "WHOIS": 1}.items()))

    def _motd_lines(self, nick: str) -> list[bytes]:
        text = self.config.hub.motd
        if not text.strip():
            return [reply(n.ERR_NOMOTD, self.server, nick)]
        return [
            reply(n.RPL_MOTDSTART, self.server, nick, self.server),
            *(reply(n.RPL_MOTD, self.server, nick, f"- {row}") for row in text.splitlines()),
            reply(n.RPL_ENDOFMOTD, self.server, nick),
        ]

    def greeting(self, nick: str) -> bytes:
        """Return 001 to 004."""
        return self.addressed(self._head, nick)

    def counts(self, nick: str, **numbers: int) -> bytes:
        """Return the lines of LUSERS; the names of the numbers are `COUNTED`."""
        return (self._counts % {"nick": nick, **numbers}).encode()

    def _count_lines(self) -> str:
        """Return LUSERS as a text for `%`; until then 0 and a name stand for what changes."""
        rows = [
            (n.RPL_LUSERCLIENT, ("0seen", "0hidden", "1")),
            (n.RPL_LUSEROP, ("0operators",)),
            (n.RPL_LUSERUNKNOWN, ("0unknown",)),
            (n.RPL_LUSERCHANNELS, ("0groups",)),
            (n.RPL_LUSERME, ("0clients", "0")),
            (n.RPL_LOCALUSERS, ("0people", "0most")),
            (n.RPL_GLOBALUSERS, ("0people", "0most")),
        ]
        lines = b"".join(reply(numeric, self.server, "0nick", *values) for numeric, values in rows)
        text = lines.decode().replace("%", "%%")
        for name in ("nick", *COUNTED):
            text = text.replace(f"0{name}", f"%({name})s")
        return text

    def motd(self, nick: str) -> bytes:
        """Return the message of the day."""
        return self.addressed(self._motd, nick)

    def isupport(self, nick: str) -> bytes:
        """Return the 005 lines."""
        return self.addressed(self._isupport, nick)

    def changes(self, before: Welcome) -> bytes:
        """Return the 005 lines of what has changed since another configuration, for `addressed`."""
        place = self._place.decode()
        return b"".join(isupport.changes(before.tokens(), self.tokens(), self.server, place))

    def addressed(self, lines: bytes, nick: str) -> bytes:
        """Return such lines as one client is told them."""
        return lines.replace(self._place, nick.encode())
