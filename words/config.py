"""What config.toml may say, as frozen structs. Every default stands in the top-level config.toml.

That file is the lowest layer; over it go the administrator's file, the environment
(WORDS_SECTION__KEY) and flags. How values are read is in `words.typed_toml`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from words.errors import ConfigError
from words.typed_toml import Layer, Line, Mode, Network, Raw, Reader, Seconds, Size, Word

Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[Seconds, Meta(gt=0)]
Visibility = Literal["all", "since-joined"]
PREFIX = "WORDS_"

HOST_MAX = 63
"""Characters of the server's name on the wire (RFC 2812 section 1.1)."""

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


class Log(Struct, frozen=True):
    """[hub.log]"""

    level: Literal["debug", "info", "warning", "error"]
    format: Literal["console", "json"]
    file: Path | None


class Hub(Struct, frozen=True):
    """[hub]"""

    name: Word
    network: Word
    description: Line
    icon: Line
    contact: Line
    data: Path
    user: str
    group: str
    pid_file: Path | None
    loop: Literal["auto", "uvloop", "asyncio"]
    motd: str
    """The text itself, even where it came from ``motd_file``."""
    motd_file: Path | None
    admin_socket: str
    gateways: tuple[Word, ...]
    drain: Seconds
    log: Log

    @property
    def admin_path(self) -> Path:
        """Where the admin socket is."""
        return self.data / self.admin_socket


class Storage(Struct, frozen=True):
    """[storage]"""

    durability: Literal["disk", "process"]
    reserve: Size


class History(Struct, frozen=True):
    """[history]; 0 keeps for ever."""

    retention: Seconds
    membership_retention: Seconds


class Role(Struct, frozen=True):
    """[chat.roles.NAME]"""

    rank: Annotated[int, Meta(ge=0, le=1000)]
    rights: tuple[str, ...]


class Chat(Struct, frozen=True):
    """[chat]"""

    guests: bool
    max_groups_per_participant: Count
    max_name_length: Annotated[int, Meta(ge=1, le=64)]
    max_group_name_length: Annotated[int, Meta(ge=1, le=200)]
    max_topic_length: Count
    max_body: Annotated[Size, Meta(ge=512)]
    max_list_entries: Count
    reserved_names: tuple[Word, ...]
    creator_role: str
    open_history: Visibility
    closed_history: Visibility
    roles: dict[str, Role]


class Passport(Struct, frozen=True):
    """[passport]"""

    iterations: Annotated[int, Meta(ge=4096, le=10_000_000)]
    registration: Literal["off", "on", "before-connect"]
    custom_names: bool
    classes: dict[str, tuple[str, ...]]
    mail_command: tuple[str, ...]
    mail_from: str


class Flood(Struct, frozen=True):
    """[limits.flood]; ``rate`` is units a second."""

    burst: Count
    rate: Annotated[float, Meta(gt=0)]


class Limits(Struct, frozen=True):
    """[limits]"""

    connections: Count
    connections_per_address: Count
    exempt: tuple[Network, ...]
    unregistered_timeout: Positive
    input_buffer: Annotated[Size, Meta(ge=16384)]
    outbox: Annotated[Size, Meta(ge=65536)]
    unspoken: Annotated[Size, Meta(ge=1048576)]
    flood: Flood


class Tls(Struct, frozen=True):
    """Files in PEM: the chain, the server's own certificate first, and its key."""

    cert: Path
    key: Path
    clients: Path | None = None
    """Who must have signed the certificates by which clients prove who they are; else none do."""


class Listen(Struct, frozen=True):
    """One listener: ``address`` and ``port``, or ``unix``, or ``systemd``.

    Port 0 takes any that is free; ``systemd`` is the name of sockets that are handed over.
    """

    address: str = ""
    port: Annotated[int, Meta(ge=0, le=65535)] | None = None
    unix: Path | None = None
    systemd: str = ""
    mode: Mode = Mode(0o660)
    tls: Tls | None = None
    client_certificates: bool = False
    """With ``tls``: clients may show any certificate; whose it is, the hub knows."""
    proxy: tuple[Network, ...] = ()
    """Whose connections begin with a header of the PROXY protocol, which is believed."""
    websocket: bool = False
    """For IRC: lines come as messages of WebSocket."""


class Cloak(Struct, frozen=True):
    """[irc.cloak]"""

    enabled: bool
    key_file: str
    suffix: Word


class Webirc(Struct, frozen=True):
    """An entry of irc.webirc: a web gateway that says whom it stands for."""

    allow: tuple[Network, ...]
    password: str = ""
    fingerprint: str = ""
    """SHA-256 of its client certificate, in hexadecimal digits."""


class WebSocket(Struct, frozen=True):
    """[irc.websocket]"""

    origins: tuple[str, ...]
    forwarded: tuple[Network, ...]


class Sts(Struct, frozen=True):
    """[irc.sts]; without a port there is no policy."""

    port: Annotated[int, Meta(ge=0, le=65535)]
    duration: Seconds
    preload: bool


class Irc(Struct, frozen=True):
    """[irc]"""

    enabled: bool
    replay_on_join: Annotated[int, Meta(ge=0, le=1000)]
    ping_interval: Positive
    ping_timeout: Positive
    max_targets: Count
    client_tags_denied: tuple[Word, ...]
    monitor_limit: Annotated[int, Meta(ge=1, le=100_000)]
    history_limit: Annotated[int, Meta(ge=1, le=10_000)]
    multiline_lines: Annotated[int, Meta(ge=1, le=1000)]
    relay_separator: Literal["", "/"]
    durable_membership: bool
    always_on_limit: Annotated[int, Meta(ge=0)]
    replay_missed: Annotated[int, Meta(ge=0, le=1000)]
    services: bool
    webirc: tuple[Webirc, ...]
    websocket: WebSocket
    sts: Sts
    cloak: Cloak
    listen: tuple[Listen, ...]


class Pb(Struct, frozen=True):
    """[pb]"""

    enabled: bool
    ping_interval: Positive
    ping_timeout: Positive
    history_limit: Annotated[int, Meta(ge=1, le=10_000)]
    listen: tuple[Listen, ...]


class Toc(Struct, frozen=True):
    """[toc]"""

    enabled: bool
    passwords_anywhere: bool
    keep_alive: Positive
    listen: tuple[Listen, ...]


class Http(Struct, frozen=True):
    """[http]"""

    enabled: bool
    allow: tuple[Network, ...]
    listen: tuple[Listen, ...]


class BridgeLink(Struct, frozen=True):
    """A room of another network and the group that it is one conversation with."""

    room: Line
    group: Line


class IrcBridge(Struct, frozen=True):
    """An account on an IRC network."""

    servers: tuple[Line, ...]
    """``host:port`` each; the next one is tried when one can't be had."""
    nick: Word
    user: Word = Word("words")
    real_name: Line = Line("A bridge to a Words hub")
    tls: bool = True
    ca: Path | None = None
    """Certificates (PEM) that may have signed the servers'; else those that the system trusts."""
    account: Line = Line("")
    """Log in as this one by SASL, with the bridge's password."""
    certificate: Path | None = None
    """Certificate and key (PEM) to show to the server: SASL EXTERNAL, without a password."""
    unacknowledged: Literal["again", "drop"] = "again"
    """Lines of which nobody knows whether they arrived: are they sent again, marked?"""


class MatrixBridge(Struct, frozen=True):
    """An account on a Matrix homeserver, or an application service there."""

    server: Line
    """Where its API is: ``https://matrix.example.org``."""
    user: Line
    """``@name:example.org``; for an application service one of its namespace, not its sender."""
    ghosts: Line = Line("")
    """The user namespace of an application service: who speaks here has an account of his own
    there, ``@`` + this + his name. The bridge's password is its ``as_token`` then."""
    ca: Path | None = None
    """Certificates (PEM) that may have signed the server's; else those that the system trusts."""


class XmppBridge(Struct, frozen=True):
    """An account on an XMPP server, or a component of one (XEP-0114)."""

    jid: Line
    """``name@example.org``; of a component its domain: who speaks here has an address there."""
    nick: Word = Word("words")
    """What the bridge is called in rooms."""
    component: bool = False
    server: Line = Line("")
    """``host:port``; else DNS says where the server is. A component needs it."""
    tls: bool = True
    """For an account; a component's connection has none: keep it on one machine."""
    ca: Path | None = None
    """Certificates (PEM) that may have signed the server's; else those that the system trusts."""


class Bridge(Struct, frozen=True):
    """One of [[bridges]]; exactly one network's table is given."""

    name: Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,16}$")]
    """What stands behind the names of its people: letters, digits and hyphens."""
    irc: IrcBridge | None = None
    matrix: MatrixBridge | None = None
    xmpp: XmppBridge | None = None
    links: tuple[BridgeLink, ...] = ()
    people: Literal["all", "speakers"] = "all"
    """Who there is a member here: everybody in the room, or only those who say something."""
    tell: tuple[Literal["joins", "topics", "away"], ...] = ()
    """What is told there, and of topics taken from there, besides what is said."""
    expire: Seconds = Seconds(7 * 86400.0)
    """What couldn't be delivered for so long isn't any more."""
    password_file: Path | None = None
    """A file with the password; else bridge-NAME.password in the data folder, if there is one."""

    @property
    def network(self) -> str:
        """The name of the network's table."""
        return next(name for name in BRIDGED if getattr(self, name) is not None)


BRIDGED = ("irc", "matrix", "xmpp")
"""Networks that there are bridges to; each is a table of `Bridge`."""


class Resident(Struct, frozen=True):
    """One of [[bots]], which live in the hub; what is left out is what the program says."""

    file: Path
    name: Word | None = None
    """The identity, made where there is none."""
    groups: tuple[Line, ...] = ()
    owners: tuple[Line, ...] = ()
    """Who is told of its errors."""
    prefix: Line = Line("")


class Config(Struct, frozen=True):
    """Everything that config.toml says. Paths are absolute, durations seconds, sizes bytes."""

    hub: Hub
    storage: Storage
    history: History
    chat: Chat
    passport: Passport
    limits: Limits
    irc: Irc
    pb: Pb
    toc: Toc
    http: Http
    bridges: tuple[Bridge, ...]
    bots: tuple[Resident, ...]


def default_text() -> str:
    """Return the embedded config.toml: from the wheel, or from the top of a checkout."""
    package = Path(__file__).parent
    inside = package / "config.toml"
    return (inside if inside.is_file() else package.parent / "config.toml").read_text("utf-8")


def find(path: Path | None = None) -> Path | None:
    """Return the file that is read: the one given, else ./config.toml if there is one."""
    here = Path("config.toml")
    return path or (here if here.is_file() else None)


def load(
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """Read the configuration. ``overrides`` has dotted keys: ``{"hub.data": "/srv/words"}``.

    A text among the overrides is read as TOML where its key wants another type. Raises
    ConfigError with all problems, one line each.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise ConfigError("this folder isn't there any more: change to another") from None
    reader = Reader()
    reader.add(Layer("default config.toml", here, tomllib.loads(default_text())))
    if file := find(path):
        reader.add(Layer(str(file), file.absolute().parent, _parse(file)))
    for variable, value in sorted((os.environ if environ is None else environ).items()):
        if variable.startswith(PREFIX) and "__" in variable:
            keys = variable.removeprefix(PREFIX).lower().split("__")
            reader.add(Layer(f"environment variable {variable}", here, _nest(keys, Raw(value))))
    for key, value in (overrides or {}).items():
        given = Raw(value) if isinstance(value, str) else value
        reader.add(Layer("command line", here, _nest(key.split("."), given)))
    config = reader.read(Config)
    if config:
        _check(config, reader)
    if config is None or reader.problems:
        raise ConfigError(*reader.problems)
    return _with_motd(config)


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None


def _nest(keys: list[str], value: object) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def _check(config: Config, reader: Reader) -> None:
    """Note what is wrong though each value for itself is right."""
    if len(config.hub.name) > HOST_MAX or not _HOST.fullmatch(config.hub.name):
        wanted = f"expected a host name of at most {HOST_MAX} characters, such as irc.example.org"
        reader.problem("hub.name", f"{wanted}; got {config.hub.name}")
    if config.chat.creator_role not in config.chat.roles:
        known = ", ".join(config.chat.roles)
        reader.problem("chat.creator_role", f"no such role; roles are: {known}")
    if config.hub.motd_file:
        _check_file("hub.motd_file", config.hub.motd_file, reader)
    _check_bridges(config.bridges, reader, "bridges[{}]")
    for number, entry in enumerate(config.irc.webirc):
        _check_webirc(f"irc.webirc[{number}]", entry, reader)
    seen: dict[tuple[object, ...], str] = {}
    for kind in ("irc", "pb", "toc", "http"):
        table = getattr(config, kind)
        listens: tuple[Listen, ...] = table.listen
        for number, listen in enumerate(listens):
            place = f"{kind}.listen[{number}]"
            _check_listen(place, listen, reader)
            if listen.websocket and kind != "irc":
                reader.problem(f"{place}.websocket", "is for IRC only")
            if listen.proxy and kind == "http":
                reader.problem(f"{place}.proxy", "is for chat only")
            if table.enabled and listen.port != 0:
                at = listen.address, listen.port, listen.unix, listen.systemd
                if seen.setdefault(at, place) != place:
                    reader.problem(place, f"listens where {seen[at]} does")


def read_bridge(values: Mapping[str, Any], folder: Path) -> Bridge:
    """Read a bridge that was added by hand: nested tables of texts. Raises `ConfigError`."""

    def raw(table: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: Raw(each) if isinstance(each, str) else raw(each) for key, each in table.items()
        }

    reader = Reader()
    reader.add(Layer("bridge", folder, raw(values)))
    bridge = reader.read(Bridge)
    if bridge:
        _check_bridges((bridge,), reader, "{0}")
    if bridge is None or reader.problems:
        raise ConfigError(*reader.problems)
    return bridge


def _check_bridges(bridges: tuple[Bridge, ...], reader: Reader, place: str) -> None:
    names = [bridge.name for bridge in bridges]
    for number, bridge in enumerate(bridges):
        at = place.format(number)
        if [getattr(bridge, each) is not None for each in BRIDGED].count(True) != 1:
            reader.problem(at, f"needs one of the tables {', '.join(BRIDGED)}")
        if names.count(bridge.name) > 1:
            reader.problem(f"{at}.name", "another bridge has this name")
        rooms = [link.room for link in bridge.links]
        if len(rooms) != len(set(rooms)):
            reader.problem(f"{at}.links", "a room is linked twice")


def _check_webirc(place: str, entry: Webirc, reader: Reader) -> None:
    if not (entry.password or entry.fingerprint):
        reader.problem(place, "needs a password or a fingerprint")
    if entry.fingerprint and not re.fullmatch("[0-9a-f]{64}", entry.fingerprint):
        reader.problem(f"{place}.fingerprint", "expected 64 hexadecimal digits, lower-case")


def _check_listen(place: str, listen: Listen, reader: Reader) -> None:
    tcp = bool(listen.address) and listen.port is not None
    if [tcp, listen.unix is not None, bool(listen.systemd)].count(True) != 1:
        reader.problem(place, "needs either address and port, or unix, or systemd")
    if listen.client_certificates and not listen.tls:
        reader.problem(f"{place}.client_certificates", "needs tls")
    if listen.tls:
        _check_file(f"{place}.tls.cert", listen.tls.cert, reader)
        _check_file(f"{place}.tls.key", listen.tls.key, reader)
        if listen.tls.clients:
            _check_file(f"{place}.tls.clients", listen.tls.clients, reader)


def _check_file(place: str, file: Path, reader: Reader) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        reader.problem(place, f"{file}: {(error.strerror or 'cannot be read').lower()}")


def _with_motd(config: Config) -> Config:
    if not config.hub.motd_file:
        return config
    text = config.hub.motd_file.read_text("utf-8", errors="replace")
    return replace(config, hub=replace(config.hub, motd=text))
