"""The hub: the only module that knows every part. It puts them together, and takes them apart.

The order of the end matters: gateways say goodbye through turns, so the turn works until they
are done, and the storage is closed last. A hub that halts says nothing: what was said is on
disk, and what wasn't said may not be.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from gateways.admission import Admission
from gateways.base import Gateway, Parts
from words import __version__
from words.admin.base import LOCAL, Call, Caller, Domain
from words.admin.socket import AdminSocket
from words.admin.verbs import VERBS
from words.chat.fanout import Fanout
from words.chat.links import Links
from words.chat.search import Searcher
from words.chat.service import ChatService
from words.chat.settings import ChatSettings, chat_settings
from words.chat.turn import Turn
from words.chores import Chores
from words.config import Config
from words.errors import Busy, ConfigError, WordsError
from words.httpd import HttpServer
from words.journal.index import SearchIndex
from words.journal.journal import Journal
from words.notify import Manager
from words.passport.authorizer import Authorizer
from words.passport.identity import PassportSettings, passport_settings
from words.process import Terminal, start_log
from words.reactor import Reactor
from words.sockets import Sockets
from words.storage.store import Store

if TYPE_CHECKING:
    from gateways.bots.gateway import Bots
    from gateways.bridges.gateway import Bridges

log = logging.getLogger(__name__)

GATEWAYS = {
    "irc": "gateways.irc.gateway:IrcGateway",
    "pb": "gateways.pb.gateway:PbGateway",
    "toc": "gateways.toc.gateway:TocGateway",
}
"""Our gateways, loaded when they are enabled."""

ENTRY_POINTS = "words.gateways"
"""Where the gateways of other packages are found, by the names in ``hub.gateways``."""

FIXED = (
    *("hub.data", "hub.loop", "hub.admin_socket", "storage.durability"),
    *("hub.user", "hub.group", "hub.pid_file"),
)
"""Keys that are read at the start only."""

HALTED = 70
"""Exit status when a turn failed or the storage broke (EX_SOFTWARE)."""

LAST_TURN = 1.0
"""Seconds for the last turn; only a full disk needs more."""


async def serve(
    reactor: Reactor,
    config: Config,
    reread: Callable[[], Config],
    say: Callable[[str], None],
    sockets: Sockets,
) -> int:
    """Run a hub until ``reactor.stopping``; return the exit status.

    ``reread`` reads the configuration again, for a reload; ``say`` tells a person what listens
    where; ``sockets`` may have some that are bound. Raises `ConfigError`, `StorageRefused`.
    """
    settings = chat_settings(config.chat)
    store = Store(
        config.hub.data / "words.db",
        durability=config.storage.durability,
        reserve=config.storage.reserve,
    )
    try:
        hub = Hub(reactor, config, settings, store, sockets)
        return await hub.run(reread, say)
    finally:
        store.abandon()


class Hub:
    """All parts of one running hub."""

    def __init__(
        self,
        reactor: Reactor,
        config: Config,
        settings: ChatSettings,
        store: Store,
        sockets: Sockets,
    ) -> None:
        self.reactor = reactor
        self.config = config
        self.store = store
        self.started = time.time()
        self.sockets = sockets
        self.journal = journal = Journal(store)
        self.fanout = fanout = Fanout(reactor.now)
        self.turn = Turn(reactor, journal, fanout)
        self.turn.unspoken = config.limits.unspoken
        self.service = ChatService(settings, self.turn, fanout, journal)
        self.authorizer = Authorizer(
            journal, reactor.in_thread, self.turn.call, _passport_settings(config)
        )
        self.admin = AdminSocket(config.hub.admin_path, self.perform)
        self.index = SearchIndex(store.path)
        self.service.searcher = Searcher(self.service, self.index, reactor.in_thread)
        self.chores = Chores(
            reactor, self.turn, journal, lambda: self.config, self.index, self.service
        )
        self.domain = Domain(
            self.authorizer,
            journal,
            lambda: self.service,
            running=True,
            facts=self._facts,
            index=self.index,
            config=lambda: self.config,
            bridges=lambda: self.bridges.status() if self.bridges else [],
        )
        self.manager = Manager(self.turn)
        self.admission = Admission(config.limits, reactor.now)
        self.http = HttpServer(self, lambda: self.config, reactor, sockets, self.admission)
        self.gateways: dict[str, Gateway] = {}
        self.bridges: Bridges | None = None
        self.bots: Bots | None = None
        self.lines: list[str] = []
        self._reloading = asyncio.Lock()
        self._reread: Callable[[], Config] | None = None

    async def run(self, reread: Callable[[], Config], say: Callable[[str], None]) -> int:
        """Start everything, wait for the end, stop everything."""
        self._reread = reread
        self._on_signals(reread)
        try:
            async with self._reloading:  # who asks for a reload meanwhile waits
                await self._start(say)
            self.reactor.settle()
            await self.reactor.stopping.wait()
        finally:
            status = await self._stop()
        log.info("stopped")
        return status

    async def _start(self, say: Callable[[str], None]) -> None:
        hub = self.config.hub
        await self.admin.start()
        for name in _wanted(self.config):
            self.lines += await self._add(name)
        self.lines += await self.http.start()
        self.lines += await self._follow_bridges()
        self.lines += await self._follow_bots()
        self.sockets.forget()
        self.chores.start()
        loop = type(self.reactor.loop).__module__.partition(".")[0]
        say(f'Words {__version__} serves "{hub.network}" from {hub.data} ({loop})')
        for line in self.lines or ["Nothing listens: no gateway is enabled."]:
            say(line)
        say("Ready: join with a client, stop with Ctrl-C.")
        log.info("ready")
        if os.geteuid() == 0:
            log.warning("the hub runs as root: name an ordinary user in hub.user")
        self.manager.ready("serving")
        self.reactor.spawn(self.manager.watch(), name="watchdog")

    async def _add(self, name: str) -> list[str]:
        """Start a gateway; return its lines. Raises `ConfigError`."""
        self.gateways[name] = gateway = load_gateway(name)(self._parts())
        return await gateway.start()

    @property
    def served(self) -> Sequence[Gateway]:
        """All that listens, chat or not."""
        others = (self.http, self.bridges, self.bots)
        return [*self.gateways.values(), *(each for each in others if each is not None)]

    async def _follow_bridges(self) -> list[str]:
        """Have the bridges that there are to be; loads them when there is one."""
        links = Links(self.store)
        if self.bridges is None:
            if not self.config.bridges and not links.bridges():
                return []
            from gateways.bridges.gateway import Bridges

            self.bridges = Bridges(self._parts(), links)
            return await self.bridges.start()
        await self.bridges.reload()
        return []

    async def _follow_bots(self) -> list[str]:
        """Have the bots that there are to be; loads them when there is one."""
        if self.bots is None:
            if not self.config.bots:
                return []
            from gateways.bots.gateway import Bots

            self.bots = Bots(self._parts())
            return await self.bots.start()
        await self.bots.reload()
        return []

    def _parts(self) -> Parts:
        return Parts(
            config=lambda: self.config,
            reactor=self.reactor,
            turn=self.turn,
            service=self.service,
            authorizer=self.authorizer,
            sockets=self.sockets,
            admission=self.admission,
            administer=self.perform,
            networks=lambda: self.bridges.networks() if self.bridges else (),
            started=self.started,
        )

    # The end

    def _on_signals(self, reread: Callable[[], Config]) -> None:
        def interrupt() -> None:
            if self.reactor.stopping.is_set():
                _end_at_once()
            self.reactor.stop("interrupted")

        def hang_up() -> None:
            if terminal.gone():
                self.reactor.stop("its terminal was closed")
            else:
                self.reactor.spawn(self.reload(reread), name="reload")

        terminal = Terminal()
        on_signal = self.reactor.on_signal
        on_signal(signal.SIGINT, interrupt)
        on_signal(signal.SIGTERM, lambda: self.reactor.stop("asked to end"))
        on_signal(signal.SIGHUP, hang_up)

    async def _stop(self) -> int:
        """Let everybody go and close the storage; return the status."""
        self.manager.stopping()
        await self.admin.stop()
        if not self.turn.halted:
            await self._say_goodbye()
        if self.turn.halted:
            return HALTED
        try:
            self.store.close()
        except WordsError as error:
            log.error("what wasn't said is lost: the storage can't be closed: %s", error)
            return 1
        return 0

    async def _say_goodbye(self) -> None:
        spawn = self.reactor.spawn
        goodbyes = [
            spawn(gateway.stop("The hub is stopping"), name=f"stop {gateway.name}")
            for gateway in self.served
        ]
        late = await self.reactor.drain(goodbyes, self.config.hub.drain)
        if late:
            log.warning("%d gateways didn't finish their goodbyes in time", late)
        await self.chores.stop()
        self.index.close()
        await self.reactor.drain([spawn(self.turn.call(_nothing), name="last turn")], LAST_TURN)

    # A new configuration

    async def reload(self, reread: Callable[[], Config]) -> None:
        """Follow a changed configuration; one that is wrong changes nothing and is logged."""
        async with self._reloading:
            await self._reload(reread)

    async def _reload(self, reread: Callable[[], Config]) -> None:
        self.manager.reloading()
        old = self.config, self.service.settings
        try:
            new = reread()
            passport = _passport_settings(new)
            self.config, self.service.settings = new, chat_settings(new.chat)
            start_log(new)
            await self._reload_gateways(old)
        except WordsError as error:
            self.config, self.service.settings = old
            with suppress(ConfigError):
                start_log(self.config)  # it may have been moved away all the same
            for problem in str(error).splitlines():
                log.error("the configuration stays as it was: %s", problem)
            self.manager.ready("serving; the configuration has changed, but can't be used")
            return
        await self._follow_bridges()
        await self._follow_bots()
        self.authorizer.settings = passport
        self.store.reserve = self.config.storage.reserve
        self.turn.unspoken = self.config.limits.unspoken
        self.admission.configure(self.config.limits)
        for key in FIXED:
            if _at(old[0], key) != _at(self.config, key):
                log.warning("%s has changed: it counts from the next start on", key)
        log.info("the configuration was read again")
        self.manager.ready("serving")

    async def _reload_gateways(self, old: tuple[Config, ChatSettings]) -> None:
        """Let each follow; raises `ConfigError` when all are again as they were.

        Sockets that one gives back are kept until all have followed: another may want them.
        """
        wanted = _wanted(self.config)
        done: list[Gateway] = []
        added: list[str] = []
        try:
            for name in wanted:
                if name not in self.gateways:
                    added.append(name)
                    await self._add(name)
            for gateway in self.served:
                if gateway.name in wanted or gateway is self.http:
                    await gateway.reload()
                    done.append(gateway)
        except WordsError:
            self.config, self.service.settings = old
            for gateway in done:
                await gateway.reload()
            for name in added:
                if half_way := self.gateways.pop(name, None):  # what can't be loaded isn't there
                    await half_way.stop("")
            raise
        finally:
            self.sockets.forget()
        for name in self.gateways.keys() - set(wanted):
            gateway = self.gateways.pop(name)
            self.reactor.spawn(gateway.stop("This server is gone"), name=f"stop {name}")

    # Administration

    async def perform(self, verb: str, arguments: Mapping[str, Any], caller: Caller = LOCAL) -> Any:
        """Do a verb of the admin service; raises what it refuses.

        While the storage can't be written an administrator wants to know, not to wait.
        """
        call = Call(VERBS, verb, arguments, caller)
        if verb == "reload":
            return await self._reload_and_tell()
        if self.turn.held and call.verb.writes:
            raise Busy("the storage can't be written, see the log")
        if call.verb.prepare is not None:
            await self.reactor.in_thread(call.prepare, self.domain)
        if self.turn.held and not call.verb.writes:
            return call.act(self.domain)
        result = await self.turn.call(lambda: call.act(self.domain))
        if verb.startswith("bridge-") and call.verb.writes:
            await self._follow_bridges()
        return result

    async def _reload_and_tell(self) -> dict[str, Any]:
        """Follow a changed configuration; raises `ConfigError` with what is wrong with it."""
        assert self._reread is not None
        before = self.config
        wanted = self._reread()
        chat_settings(wanted.chat)
        _passport_settings(wanted)
        await self.reload(self._reread)
        if self.config is before:
            raise ConfigError("the configuration stays as it was: the hub's log says why")
        keys = [key for key in FIXED if _at(before, key) != _at(self.config, key)]
        return {"notes": [f"{key} has changed: it counts from the next start on" for key in keys]}

    def _facts(self) -> dict[str, Any]:
        registry = self.service.registry
        present = [one for one in registry.participants.values() if one.attachments]
        return {
            "started": int(self.started),
            "gateways": list(self.gateways),
            "listeners": self.lines,
            "participants": len(present),
            "connections": sum(len(one.attachments) for one in present),
            "groups": len(registry.groups),
            "accepting": self.turn.accepting,
            "held": self.turn.held,
            "turns": self.turn.turns,
            "commit_seconds": round(self.turn.commit_seconds, 6),
        }


def _wanted(config: Config) -> list[str]:
    ours = [name for name in GATEWAYS if getattr(config, name).enabled]
    return [*ours, *config.hub.gateways]


def load_gateway(name: str) -> Callable[[Parts], Gateway]:
    """Return the factory of a gateway; raises `ConfigError` where there is none of this name."""
    place = f"hub.gateways: {name}"
    target = GATEWAYS.get(name)
    if target is None:
        from importlib.metadata import entry_points  # 0.05 s: only for gateways of others

        found = entry_points(group=ENTRY_POINTS, name=name)
        if not found:
            raise ConfigError(f"{place}: no installed package has a gateway of this name")
        target = next(iter(found)).value
    module, _, factory = target.partition(":")
    try:
        made: Callable[[Parts], Gateway] = getattr(importlib.import_module(module), factory)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{place}: {error}") from error
    return made


def _passport_settings(config: Config) -> PassportSettings:
    return passport_settings(config.passport, config.chat.max_name_length)


def _at(config: Config, key: str) -> object:
    value: object = config
    for part in key.split("."):
        value = getattr(value, part)
    return value


def _end_at_once() -> NoReturn:
    """End here: all that was said is on disk, and nobody wants to wait for a goodbye."""
    os._exit(130)


def _nothing() -> None:
    pass
