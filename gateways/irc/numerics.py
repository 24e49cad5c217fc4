"""The numeric replies, one row each: number, parameters after the client, text, source.

A `{field}` of the text is filled like a parameter, or from the parameter of that name.
Documentation is generated from `NUMERICS`; `encode.reply` makes the line. Texts are those of the
sources, where these give one.
"""

import string
from collections.abc import Sequence

import msgspec

MODERN = "Modern IRC, Numerics"
RFC2812 = "RFC 2812 section 5"
IRCD = "irc-defs numerics"
SASL = "IRCv3 sasl-3.1"
MONITOR = "IRCv3 monitor"
WHOX = "IRCv3 whox"
METADATA = "IRCv3 draft/metadata-2"
BOT = "IRCv3 bot-mode"
TAGS = "IRCv3 message-tags"


class Numeric(msgspec.Struct, frozen=True):
    """A row. `number` has three digits; `text` is None where the reply has none.

    `params`: lower-case names are filled, anything else ("*") is sent as it stands; the last may
    end with "...": any number of values, also none. `names` are those of the values, in order:
    the filled parameters, then the text's fields that are no parameters (`extra` of them).
    """

    number: str
    params: tuple[str, ...]
    text: str | None
    source: str
    names: tuple[str, ...]
    extra: int

    def fill(
        self, values: Sequence[str], text: str | None = None
    ) -> tuple[Sequence[str], str | None]:
        """The middle parameters and the text for `values`.

        With `text`, which takes the place of the row's, values are those of parameters only.
        Raises ValueError when their number isn't the row's.
        """
        extra = self.extra if text is None else 0
        given = len(values) - extra
        wanted = len(self.names) - self.extra
        if given != wanted and not (self._open_ended and given >= wanted - 1):
            raise ValueError(f"{self.number}: {len(values)} values for {self.names}")
        middles = values[:given] if extra else values
        if wanted != len(self.params):
            rest = iter(middles)
            middles = [next(rest) if name.islower() else name for name in self.params]
        if text is None and self.text is not None:
            if "{" not in self.text:
                return middles, self.text
            # From the end, where an open-ended row has its fields.
            pairs = zip(reversed(self.names), reversed(values), strict=False)
            return middles, self.text.format_map(dict(pairs))
        return middles, text

    @property
    def _open_ended(self) -> bool:
        return bool(self.params) and self.params[-1].endswith("...")


def _row(number: int, params: str, text: str | None, source: str) -> Numeric:
    parts = tuple(params.split())
    names = [part for part in parts if part.islower()]
    filled = len(names)
    for _, field, _, _ in string.Formatter().parse(text or ""):
        if field and field not in names:
            names.append(field)
    return Numeric(f"{number:03}", parts, text, source, tuple(names), len(names) - filled)


# Registration
RPL_WELCOME = _row(1, "", "Welcome to the {network} Network, {nick}", MODERN)
RPL_YOURHOST = _row(2, "", "Your host is {server}, running version {version}", MODERN)
RPL_CREATED = _row(3, "", "This server was created {datetime}", MODERN)
RPL_MYINFO = _row(
    4, "server version user_modes channel_modes modes_with_parameter...", None, MODERN
)
RPL_ISUPPORT = _row(5, "tokens...", "are supported by this server", MODERN)

# Server queries
RPL_ENDOFSTATS = _row(219, "letter", "End of /STATS report", MODERN)
RPL_UMODEIS = _row(221, "modes", None, MODERN)
RPL_STATSUPTIME = _row(242, "", "Server Up {days} days {time}", MODERN)
RPL_LUSERCLIENT = _row(
    251, "", "There are {users} users and {invisible} invisible on {servers} servers", MODERN
)
RPL_LUSEROP = _row(252, "operators", "operator(s) online", MODERN)
RPL_LUSERUNKNOWN = _row(253, "connections", "unknown connection(s)", MODERN)
RPL_LUSERCHANNELS = _row(254, "channels", "channels formed", MODERN)
RPL_LUSERME = _row(255, "", "I have {clients} clients and {servers} servers", MODERN)
RPL_ADMINME = _row(256, "server", "Administrative info", MODERN)
RPL_ADMINLOC1 = _row(257, "", "{info}", MODERN)
RPL_ADMINLOC2 = _row(258, "", "{info}", MODERN)
RPL_ADMINEMAIL = _row(259, "", "{info}", MODERN)
RPL_TRYAGAIN = _row(263, "command", "Please wait a while and try again.", MODERN)
RPL_LOCALUSERS = _row(265, "users most", "Current local users {users}, max {most}", MODERN)
RPL_GLOBALUSERS = _row(266, "users most", "Current global users {users}, max {most}", MODERN)
RPL_SILELIST = _row(271, "mask", None, IRCD)
RPL_ENDOFSILELIST = _row(272, "", "End of Silence List", IRCD)
RPL_WHOISCERTFP = _row(276, "nick", "has client certificate fingerprint {fingerprint}", MODERN)

# People
RPL_AWAY = _row(301, "nick", "{message}", MODERN)
RPL_USERHOST = _row(302, "", "{replies}", MODERN)
RPL_ISON = _row(303, "", "{nicks}", RFC2812)
RPL_UNAWAY = _row(305, "", "You are no longer marked as being away", MODERN)
RPL_NOWAWAY = _row(306, "", "You have been marked as being away", MODERN)
RPL_WHOISUSER = _row(311, "nick user host *", "{realname}", MODERN)
RPL_WHOISSERVER = _row(312, "nick server", "{info}", MODERN)
RPL_WHOISOPERATOR = _row(313, "nick", "is an IRC operator", MODERN)
RPL_WHOWASUSER = _row(314, "nick user host *", "{realname}", MODERN)
RPL_ENDOFWHO = _row(315, "mask", "End of WHO list", MODERN)
RPL_WHOISIDLE = _row(317, "nick seconds signon", "seconds idle, signon time", MODERN)
RPL_ENDOFWHOIS = _row(318, "nick", "End of /WHOIS list", MODERN)
RPL_WHOISCHANNELS = _row(319, "nick", "{channels}", MODERN)
RPL_WHOISSPECIAL = _row(320, "nick", "{info}", MODERN)
RPL_WHOISACCOUNT = _row(330, "nick account", "is logged in as", MODERN)
RPL_WHOISBOT = _row(335, "nick", "is a bot", BOT)
RPL_WHOISACTUALLY = _row(338, "nick host", "Is actually using host", MODERN)
RPL_USERIP = _row(340, "", "{replies}", IRCD)
RPL_WHOREPLY = _row(352, "channel user host server nick flags", "{hops} {realname}", MODERN)
# The real name, where asked for, is given as text=.
RPL_WHOSPCRPL = _row(354, "fields...", None, WHOX)
RPL_ENDOFWHOWAS = _row(369, "nick", "End of WHOWAS", MODERN)
RPL_WHOISHOST = _row(378, "nick", "is connecting from {user}@{host} {address}", MODERN)
RPL_WHOISMODES = _row(379, "nick", "is using modes {modes}", MODERN)

# Channels
RPL_LISTSTART = _row(321, "Channel", "Users  Name", MODERN)
RPL_LIST = _row(322, "channel clients", "{topic}", MODERN)
RPL_LISTEND = _row(323, "", "End of /LIST", MODERN)
RPL_CHANNELMODEIS = _row(324, "channel modes arguments...", None, MODERN)
RPL_CREATIONTIME = _row(329, "channel time", None, MODERN)
RPL_NOTOPIC = _row(331, "channel", "No topic is set", MODERN)
RPL_TOPIC = _row(332, "channel", "{topic}", MODERN)
RPL_TOPICWHOTIME = _row(333, "channel nick time", None, MODERN)
RPL_INVITELIST = _row(336, "channel", None, MODERN)
RPL_ENDOFINVITELIST = _row(337, "", "End of /INVITE list", MODERN)
RPL_INVITING = _row(341, "nick channel", None, MODERN)
RPL_INVEXLIST = _row(346, "channel mask who_and_time...", None, MODERN)
RPL_ENDOFINVEXLIST = _row(347, "channel", "End of channel invite exception list", MODERN)
RPL_EXCEPTLIST = _row(348, "channel mask who_and_time...", None, MODERN)
RPL_ENDOFEXCEPTLIST = _row(349, "channel", "End of channel exception list", MODERN)
RPL_NAMREPLY = _row(353, "symbol channel", "{names}", MODERN)
RPL_ENDOFNAMES = _row(366, "channel", "End of /NAMES list", MODERN)
RPL_BANLIST = _row(367, "channel mask who_and_time...", None, MODERN)
RPL_ENDOFBANLIST = _row(368, "channel", "End of channel ban list", MODERN)

# The server about itself
RPL_VERSION = _row(351, "version server", "{comments}", MODERN)
RPL_LINKS = _row(364, "* server", "{hops} {info}", MODERN)
RPL_ENDOFLINKS = _row(365, "*", "End of /LINKS list", MODERN)
RPL_INFO = _row(371, "", "{line}", MODERN)
RPL_MOTD = _row(372, "", "{line}", MODERN)
RPL_ENDOFINFO = _row(374, "", "End of INFO list", MODERN)
RPL_MOTDSTART = _row(375, "", "- {server} Message of the day - ", MODERN)
RPL_ENDOFMOTD = _row(376, "", "End of /MOTD command.", MODERN)
RPL_YOUREOPER = _row(381, "", "You are now an IRC operator", MODERN)
RPL_REHASHING = _row(382, "file", "Rehashing", MODERN)
RPL_TIME = _row(391, "server", "{time}", MODERN)

# Errors
ERR_UNKNOWNERROR = _row(400, "commands...", "{info}", MODERN)
ERR_NOSUCHNICK = _row(401, "nick", "No such nick/channel", MODERN)
ERR_NOSUCHSERVER = _row(402, "server", "No such server", MODERN)
ERR_NOSUCHCHANNEL = _row(403, "channel", "No such channel", MODERN)
ERR_CANNOTSENDTOCHAN = _row(404, "channel", "Cannot send to channel", MODERN)
ERR_TOOMANYCHANNELS = _row(405, "channel", "You have joined too many channels", MODERN)
ERR_WASNOSUCHNICK = _row(406, "nick", "There was no such nickname", RFC2812)
ERR_TOOMANYTARGETS = _row(407, "target", "Too many targets", RFC2812)
ERR_NOORIGIN = _row(409, "", "No origin specified", MODERN)
ERR_INVALIDCAPCMD = _row(410, "subcommand", "Invalid CAP command", "IRCv3 capability-negotiation")
ERR_NORECIPIENT = _row(411, "", "No recipient given ({command})", MODERN)
ERR_NOTEXTTOSEND = _row(412, "", "No text to send", MODERN)
ERR_INPUTTOOLONG = _row(417, "", "Input line was too long", TAGS)
ERR_UNKNOWNCOMMAND = _row(421, "command", "Unknown command", MODERN)
ERR_NOMOTD = _row(422, "", "MOTD File is missing", MODERN)
ERR_NONICKNAMEGIVEN = _row(431, "", "No nickname given", MODERN)
ERR_ERRONEUSNICKNAME = _row(432, "nick", "Erroneus nickname", MODERN)
ERR_NICKNAMEINUSE = _row(433, "nick", "Nickname is already in use", MODERN)
ERR_BANNICKCHANGE = _row(
    435, "nick channel", "Cannot change nickname while banned on channel", IRCD
)
ERR_USERNOTINCHANNEL = _row(441, "nick channel", "They aren't on that channel", MODERN)
ERR_NOTONCHANNEL = _row(442, "channel", "You're not on that channel", MODERN)
ERR_USERONCHANNEL = _row(443, "nick channel", "is already on channel", MODERN)
ERR_SUMMONDISABLED = _row(445, "", "SUMMON has been disabled", RFC2812)
ERR_USERSDISABLED = _row(446, "", "USERS has been disabled", RFC2812)
ERR_NOTREGISTERED = _row(451, "", "You have not registered", MODERN)
ERR_NEEDMOREPARAMS = _row(461, "command", "Not enough parameters", MODERN)
ERR_ALREADYREGISTERED = _row(462, "", "You may not reregister", MODERN)
ERR_PASSWDMISMATCH = _row(464, "", "Password incorrect", MODERN)
ERR_YOUREBANNEDCREEP = _row(465, "", "You are banned from this server.", MODERN)
ERR_LINKCHANNEL = _row(470, "channel other", "Forwarding to another channel", IRCD)
ERR_CHANNELISFULL = _row(471, "channel", "Cannot join channel (+l)", MODERN)
ERR_UNKNOWNMODE = _row(472, "letter", "is unknown mode char to me", MODERN)
ERR_INVITEONLYCHAN = _row(473, "channel", "Cannot join channel (+i)", MODERN)
ERR_BANNEDFROMCHAN = _row(474, "channel", "Cannot join channel (+b)", MODERN)
ERR_BADCHANNELKEY = _row(475, "channel", "Cannot join channel (+k)", MODERN)
ERR_BADCHANMASK = _row(476, "channel", "Bad Channel Mask", MODERN)
ERR_NEEDREGGEDNICK = _row(477, "channel", "Cannot join channel (+R)", IRCD)
ERR_BANLISTFULL = _row(478, "channel letter", "Channel list is full", RFC2812)
ERR_NOPRIVILEGES = _row(481, "", "Permission Denied- You're not an IRC operator", MODERN)
ERR_CHANOPRIVSNEEDED = _row(482, "channel", "You're not channel operator", MODERN)
ERR_CANTKILLSERVER = _row(483, "", "You cant kill a server!", MODERN)
ERR_NOOPERHOST = _row(491, "", "No O-lines for your host", MODERN)
ERR_UMODEUNKNOWNFLAG = _row(501, "", "Unknown MODE flag", MODERN)
ERR_USERSDONTMATCH = _row(502, "", "Cant change mode for other users", MODERN)
ERR_SILELISTFULL = _row(511, "mask", "Your silence list is full", IRCD)
ERR_CANTSENDTOUSER = _row(531, "nick", "{reason}", IRCD)
ERR_HELPNOTFOUND = _row(524, "subject", "No help available on this topic", MODERN)
ERR_INVALIDKEY = _row(525, "channel", "Key is not well-formed", MODERN)

ERR_CANNOTSENDRP = _row(573, "target", "{reason}", "Ergo")

# Later additions
RPL_WHOISSECURE = _row(671, "nick", "is using a secure connection", MODERN)
ERR_INVALIDMODEPARAM = _row(696, "target letter parameter", "{description}", MODERN)
RPL_HELPSTART = _row(704, "subject", "{line}", MODERN)
RPL_HELPTXT = _row(705, "subject", "{line}", MODERN)
RPL_ENDOFHELP = _row(706, "subject", "{line}", MODERN)
RPL_KNOCK = _row(710, "channel user", "has asked for an invite.", IRCD)
RPL_KNOCKDLVR = _row(711, "channel", "Your KNOCK has been delivered.", IRCD)
ERR_TOOMANYKNOCK = _row(712, "channel", "Too many KNOCKs", IRCD)
ERR_CHANOPEN = _row(713, "channel", "Channel is open.", IRCD)
ERR_KNOCKONCHAN = _row(714, "channel", "You are already on that channel.", IRCD)
ERR_NOPRIVS = _row(723, "privilege", "Insufficient oper privileges.", MODERN)
RPL_MONONLINE = _row(730, "", "{targets}", MONITOR)
RPL_MONOFFLINE = _row(731, "", "{targets}", MONITOR)
RPL_MONLIST = _row(732, "", "{targets}", MONITOR)
RPL_ENDOFMONLIST = _row(733, "", "End of MONITOR list", MONITOR)
ERR_MONLISTFULL = _row(734, "limit targets", "Monitor list is full.", MONITOR)
RPL_KEYVALUE = _row(761, "target key visibility", "{value}", METADATA)
RPL_KEYNOTSET = _row(766, "target key", "Key not set", METADATA)
RPL_METADATASUBOK = _row(770, "keys...", None, METADATA)
RPL_METADATAUNSUBOK = _row(771, "keys...", None, METADATA)
RPL_METADATASUBS = _row(772, "keys...", None, METADATA)
ERR_METADATASYNCLATER = _row(774, "target seconds", "Synchronize later", METADATA)
RPL_LOGGEDIN = _row(900, "mask account", "You are now logged in as {account}", SASL)
RPL_LOGGEDOUT = _row(901, "mask", "You are now logged out", SASL)
RPL_SASLSUCCESS = _row(903, "", "SASL authentication successful", SASL)
ERR_SASLFAIL = _row(904, "", "SASL authentication failed", SASL)
ERR_SASLTOOLONG = _row(905, "", "SASL message too long", SASL)
ERR_SASLABORTED = _row(906, "", "SASL authentication aborted", SASL)
ERR_SASLALREADY = _row(907, "", "You have already authenticated using SASL", SASL)
RPL_SASLMECHS = _row(908, "mechanisms", "are available SASL mechanisms", SASL)

RPL_ENDOFSPAMFILTER = _row(940, "channel", "End of channel spamfilter list", IRCD)
RPL_SPAMFILTER = _row(941, "channel rule who_and_time...", None, IRCD)

# By name, in the order above.
NUMERICS = {name: row for name, row in list(globals().items()) if isinstance(row, Numeric)}
