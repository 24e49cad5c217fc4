"""What runs a bot: it has handlers called for what happens, in the lane where it belongs.

A conversation is a lane, and so is each timer: what happens in a conversation is handled in its
order, and a slow handler stops nobody elsewhere. Everything that is handled is one `Run`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from words.bot.errors import Again, CommandError, NoAnswer, Overtaken
from words.bot.handlers import Handler
from words.bot.lanes import Lanes
from words.bot.progress import Progress
from words.bot.reports import Reports
from words.bot.run import Home, Run, current, enter
from words.bot.things import Message, Participant
from words.client.notices import Gap, Item, Offline, Online
from words.errors import Busy, StorageFull, TooMany
from words.events import Event, Joined, Kicked, Left, Said
from words.remote.happenings import Heard
from words.remote.values import State

if TYPE_CHECKING:
    from words.bot.behaviour import Behaviour

log = logging.getLogger(__name__)

HANDLER_SECONDS = 60.0
"""How long a handler may take, without the times in which it waits for an answer."""

DIALOGUES = 1000
"""Questions that may wait for an answer."""

TAKEN_AT_ONCE = 64
"""Items after which others may go on, too."""

RETRY = 1.0
"""Seconds before what couldn't be committed is tried again: the disk is full."""

Work = tuple[Handler, Callable[[], Awaitable[None]]]
"""A handler, and the call of it that something has led to."""


class Dialogue(NamedTuple):
    """A run that waits for what somebody says."""

    run: Run
    answer: asyncio.Future[Message]
    until: int
    """Milliseconds, by the clock of the home."""


class Engine:
    """Handles what happens, for one bot that may be replaced by another version of it."""

    def __init__(self, bot: Behaviour, home: Home) -> None:
        self.bot = bot
        self.home = home
        self.progress = Progress(home.ledger)
        self.reports = Reports(bot.name)
        self.state: State | None = None
        """Who the bot is, as of the last sign-on."""
        self._runs: set[Run] = set()
        self.lanes = Lanes(home.room, home.settle)
        self._dialogues: dict[tuple[int, int], Dialogue] = {}
        bot.engine = self

    def replace(self, bot: Behaviour) -> None:
        """Have another version of the bot handle what comes next."""
        bot.settings, bot.engine = self.bot.settings, self
        self.bot = bot

    # What happens

    async def take(self, item: Item) -> None:
        """Take an item of the stream. Returns when there is room for another one."""
        number = self.progress.take()
        if isinstance(item, Heard):
            await self._hear(item, number)
        else:
            if isinstance(item, Online):
                self.state = item.state
                await self.write(self.progress.begin(item.state))
                await self.home.arrive(item.state)
            elif isinstance(item, Gap):
                log.error("what was said in %s is lost: the hub doesn't keep it", item.name)
            elif isinstance(item, Offline):
                log.info("offline: %s", item.reason)
            self.progress.handled(number)
        if number % TAKEN_AT_ONCE == 0:
            await asyncio.sleep(0)
        await self.lanes.space.wait()

    async def _hear(self, heard: Heard, number: int) -> None:
        event = heard.event
        works = self._works(heard)
        lane: Hashable = event.conversation if event.sequence else "passing"
        answered = isinstance(event, Said) and (event.conversation, event.actor.id) in (
            self._dialogues
        )
        if works or answered or lane in self.lanes:
            done = partial(self.progress.handled, number, event)
            self.lanes.put(lane, partial(self._handle, heard, works), done)
            return
        changes = self._cursor(heard)
        self.progress.handled(number, event)
        if isinstance(event, Joined) and self._mine(event):
            await self.write(changes)  # from here on nothing may be missed
        else:
            self.progress.by_and_by(changes)

    def _works(self, heard: Heard) -> list[Work]:
        event = heard.event
        if self._mine(event) or (not heard.where and event.time < self.progress.born):
            return []
        works = self.bot.works(heard, self)
        if event.time < self.progress.started:
            return [work for work in works if work[0].missed == "handle"]
        return works

    def _mine(self, event: Event) -> bool:
        return self.state is not None and event.actor.id == self.state.id

    def _cursor(self, heard: Heard) -> dict[str, str]:
        event = heard.event
        gone = event.actor if isinstance(event, Left) else None
        gone = event.target if isinstance(event, Kicked) else gone
        if gone is not None and self.state is not None and gone.id == self.state.id:
            return self.progress.left(event.conversation)
        name = heard.where or event.actor.name
        if not heard.where and self._mine(event):
            name = getattr(event, "to", name)
        return self.progress.cursor(event, name, bool(heard.where))

    async def _handle(self, heard: Heard, works: list[Work]) -> None:
        event = heard.event
        cause = f"{self.bot.name}/{event.id:x}"
        changes = self._cursor(heard)
        message = Message(heard, self) if isinstance(event, Said) else None
        dialogue = None
        if message is not None and not self.bot.calls(message.text):
            dialogue = self._dialogues.pop((event.conversation, event.actor.id), None)
        if dialogue is not None:
            await self._resume(dialogue, cause, changes, message)
        elif works:
            await self.perform(cause, changes, works, message)
        else:
            self.progress.by_and_by(changes)

    # Runs

    async def perform(
        self, cause: str, changes: Mapping[str, str], works: list[Work], message: Message | None
    ) -> None:
        """Call handlers as one transaction, and commit it; within a lane."""
        while True:
            run = Run(self.home, self._runs, cause, changes)
            run.worker = asyncio.current_task()
            if await self._live(run, works, message):
                return

    async def write(self, changes: Mapping[str, str]) -> None:
        """Write something that no handler had to do with."""
        if changes:
            run = Run(self.home, self._runs, "", changes)
            await self._commit(run)
            run.pause()
            self.home.settle()

    async def _live(self, run: Run, works: list[Work], message: Message | None) -> bool:
        """Return False where all of it is to be done again."""
        enter(run)
        try:
            for handler, call in works:
                await self._try(run, handler, call, message)
            if not await self._commit(run):
                self._overtaken(run)
                run.back(run.mark()._replace(part=-1))
                run.forget()
                if message is not None:
                    await message.reply(str(_overtaken()))
                await self._commit(run)
        except Again:
            return False
        finally:
            run.ended = True
            run.pause()
        return True

    async def _try(
        self,
        run: Run,
        handler: Handler,
        call: Callable[[], Awaitable[None]],
        message: Message | None,
    ) -> None:
        """Call a handler; of one that fails nothing counts but that it was called."""
        mark = run.mark()
        try:
            async with asyncio.timeout(HANDLER_SECONDS) as run.clock:
                await call()
        except CommandError as error:
            run.back(mark)
            if message is not None:
                await message.reply(str(error))
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError):
                if self.lanes.stopping or (task := asyncio.current_task()) is None:
                    raise
                task.uncancel()  # the handler has cancelled itself
            run.back(mark)
            await self._report(handler, error, message)

    async def _report(
        self, handler: Handler, error: BaseException, message: Message | None
    ) -> None:
        log.error("%s of %s failed", handler.name, handler.place, exc_info=error)
        if message is not None and handler.kind == "command":
            await message.reply("Something went wrong; my owner can find out what.")
        for owner in self.reports.due(handler, error, self.bot.settings.owners):
            await Participant(owner).say(self.reports.text(handler, error, message))

    async def _commit(self, run: Run) -> bool:
        while True:
            try:
                return await self.home.commit(run)
            except (StorageFull, Busy) as error:
                log.warning("can't commit: %s", error)
                await asyncio.sleep(RETRY)

    def _overtaken(self, run: Run) -> None:
        """Have a run done again where it can be: before its first question."""
        if run.part == 0:
            raise Again

    # Dialogues

    async def ask(self, message: Message, timeout: float) -> Message:
        """Commit what a run has collected, let it wait, and return what is said."""
        run = current()
        if len(self._dialogues) >= DIALOGUES:
            raise TooMany("dialogues", DIALOGUES)
        if not await self._commit(run):
            self._overtaken(run)
            raise _overtaken()
        key = message.raw.conversation, message.who.id
        if key in self._dialogues:
            self._silence(key)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        until = self.home.now() + int(timeout * 1000)
        self._dialogues[key] = Dialogue(run, answer, until)
        if run.clock is not None:
            run.clock.reschedule(None)
        run.pause()
        if run.worker is not None:
            self.lanes.leave(run.worker)
        return await answer

    @property
    def silences(self) -> list[int]:
        """When those who were asked must have answered, in milliseconds."""
        return [dialogue.until for dialogue in self._dialogues.values()]

    def give_up(self, now: int) -> None:
        """Let go on who has waited too long for an answer."""
        for key, dialogue in list(self._dialogues.items()):
            if dialogue.until <= now:
                self._silence(key)

    def _silence(self, key: tuple[int, int]) -> None:
        dialogue = self._dialogues.pop(key)
        cause = f"{dialogue.run.cause}/silence"
        self.lanes.put(key[0], lambda: self._resume(dialogue, cause, {}, None))

    async def _resume(
        self, dialogue: Dialogue, cause: str, changes: Mapping[str, str], message: Message | None
    ) -> None:
        run = dialogue.run
        if run.ended:
            return
        run.rest.clear()
        run.begin(cause, changes)
        if run.clock is not None:
            run.clock.reschedule(asyncio.get_running_loop().time() + HANDLER_SECONDS)
        if message is None:
            dialogue.answer.set_exception(NoAnswer("Nobody answered, so I leave it."))
        else:
            dialogue.answer.set_result(message)
        await run.rest.wait()


def _overtaken() -> Overtaken:
    return Overtaken("That has changed meanwhile; please try again.")
