"""Commands, arguments, limits, patterns, events, dialogues: with the fake hub."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from enum import Enum
from typing import Literal

import pytest

from words.bot import (
    Bot,
    CommandError,
    Event,
    Group,
    Message,
    NoAnswer,
    Participant,
    Rest,
    cooldown,
    every,
    example,
    needs,
)
from words.errors import ConfigError
from words.events import Joined, Renamed, Said, TopicChanged


class Size(Enum):
    SMALL = 1
    LARGE = 2


async def _answers(bot: Bot, *pairs: tuple[str, str | None]) -> None:
    async with bot.fake() as hub:
        await hub.say("I am here", who="ben")
        for said, answer in pairs:
            assert await hub.say(said) == answer


async def test_arguments_are_read_by_their_annotations() -> None:
    bot = Bot("b")

    @bot.command
    async def all(
        message: Message,
        word: str,
        number: int,
        share: float,
        on: bool,
        choice: Literal["up", "down"],
        size: Size,
        time: timedelta,
        *more: str,
    ) -> None:
        await message.reply(f"{word} {number} {share} {on} {choice} {size.value} {time} {more}")

    @bot.command
    async def who(
        message: Message, one: Participant, there: Group | None = None, text: Rest = "-"
    ) -> None:
        await message.reply(f"{one.id} {one} {there} {text}")

    usage = "Usage: !all <word> <number> <share> <on> <up|down> <small|large> <time> [more...]"
    await _answers(
        bot,
        (
            '!all "two words" -5 0.5 yes UP large 1h30m a "b c"',
            "two words -5 0.5 True up 2 1:30:00 ('a', 'b c')",
        ),
        ("!all x 5 0.5 no down small 90s", "x 5 0.5 False down 1 0:01:30 ()"),
        ("!all x five", f"number must be a whole number. {usage}"),
        ("!all x 5 0.5 no left", f"choice must be one of up, down. {usage}"),
        ("!all x 5 nan", f"share must be a number. {usage}"),
        ("!all x ٣", f"number must be a whole number. {usage}"),
        ("!all x " + "9" * 5000, f"number must be a whole number. {usage}"),
        ("!who BEN", "1001 ben None -"),
        ("!who ben lobby  as  it is ", "1001 ben lobby as  it is"),
        (
            "!who nobody",
            "one must be somebody who is here, and nobody isn't."
            " Usage: !who <one> [there] [text...]",
        ),
        ("!who", "one is missing. Usage: !who <one> [there] [text...]"),
    )


async def test_ways_to_call_and_not_to() -> None:
    bot = Bot("karma")

    @bot.command(aliases=("k",))
    async def karma(message: Message, who: str) -> None:
        """Give karma."""
        await message.reply(who)

    @karma.command
    async def top(message: Message, count: int = 3) -> None:
        """Say who has most."""
        await message.reply(f"top {count}")

    async with bot.fake() as hub:
        for said in (
            "!karma bob",
            "!K bob",
            "karma: bob",
            "KARMA, karma bob",
            "@karma: !karma bob",
        ):
            assert await hub.say(said) == "bob", said
        for said in ("karma bob", "!unknown", "!", "", "karma", "!karmabob", "karmax: bob"):
            assert await hub.say(said) is None, said
        for said in ("karma bob", "!karma bob"):
            assert await hub.say(said, direct=True) == "bob"
        assert await hub.say("!karma top 5") == "top 5"
        assert await hub.say("!karma TOP") == "top 3"
        assert await hub.say("!karma bob", kind="notice") is None
        assert await hub.say("!karma bob", who="other", bot=True) is None
        assert await hub.say("!karma bob", who="karma") is None  # itself
        assert await hub.say("help", direct=True) == 'I know karma. "help COMMAND" says more.'
        assert await hub.say("karma: help karma top") == "!karma top [count] - Say who has most."
        assert await hub.say("karma: help k") == "!karma <who> top - Give karma."
        assert await hub.say("help x", direct=True) == 'I know no command "x".'
        assert "I don't understand" in str(await hub.say("what?", direct=True))


async def test_cooldowns_needs_and_refusals() -> None:
    bot = Bot("b")

    @bot.command
    @cooldown(2, per="10s")
    async def often(message: Message) -> None:
        await message.reply("yes")

    @bot.command
    @needs(right="kick")
    async def kick(message: Message, who: Participant) -> None:
        await message.group.kick(who, "enough")

    @bot.command
    @needs(owner=True, direct=True)
    async def secret(message: Message) -> None:
        await message.reply("42")

    @bot.command
    async def no(message: Message) -> None:
        await bot.store.put("no", 1)
        await message.reply("this is dropped")
        raise CommandError("No.")

    async with bot.fake(owners=("ann",)) as hub:
        assert [await hub.say("!often") for _ in range(3)] == [
            "yes",
            "yes",
            "Not so fast: again in 10 s.",
        ]
        assert await hub.say("!often", who="ben") == "yes"
        await hub.wait("10s")
        assert await hub.say("!often") == "yes"
        assert await hub.say("!kick ben") == 'That needs the right "kick".'
        hub.rights["ann"] = ["kick"]
        await hub.say("!kick ben")
        assert (hub.said[-1].verb, hub.said[-1].arguments["person"]) == ("kick", "ben")
        assert await hub.say("!secret") == "Tell me directly, not in a group."
        assert await hub.say("secret", who="ben", direct=True) == "Only my owners may do that."
        assert await hub.say("secret", direct=True) == "42"
        assert await hub.say("!no") == "No."
        assert hub.ledger.value("store/no") == ""


async def test_patterns_events_and_bots() -> None:
    bot = Bot("b")

    @bot.match(r"(?P<who>\w+)\+\+(?P<by>\d+)?")
    async def plus(message: Message, who: str, by: int = 1) -> None:
        await message.reply(f"{who} +{by}")

    @bot.match(r"^(?P<number>\S+)\?$")
    async def half(message: Message, number: int) -> None:
        await message.reply(f"half of it is {number / 2}")

    @bot.on.topic_changed
    async def topic(event: Event[TopicChanged]) -> None:
        await event.group.say(f"{event.who}: {event.raw.topic}")

    @bot.on.joined(bots=True)
    async def joined(event: Event[Joined]) -> None:
        await event.group.say(f"hi {event.who}")

    @bot.on.renamed
    async def renamed(event: Event[Renamed]) -> None:
        await bot.group("lobby").say(f"{event.who} is {event.raw.name}")

    async with bot.fake() as hub:
        assert await hub.say("give bob++ and ben++7") == "bob +1"
        assert await hub.say("6?") == "half of it is 3.0"
        assert await hub.say("why?") is None
        assert await hub.happen(TopicChanged, topic="news") == "ann: news"
        assert await hub.happen(Joined, "robot", bot=True) == "hi robot"
        assert await hub.happen(TopicChanged, "robot", bot=True, topic="x") is None
        assert await hub.happen(Renamed, group="", name="anna") == "ann is anna"
    with pytest.raises(AttributeError, match='did you mean "joined"'):
        bot.on.joinde  # noqa: B018


async def test_a_question_ends_the_transaction() -> None:
    bot = Bot("b")
    seen: list[str] = []

    @bot.command
    async def order(message: Message) -> None:
        await bot.store.put("asked", True)
        try:
            answer = await message.ask("What?", timeout=30)
        except NoAnswer:
            await bot.store.put("silent", True)
            raise
        seen.append(answer.text)
        more = await answer.ask("Sure?", timeout=30)
        if more.text != "yes":
            raise CommandError("Then not.")
        await bot.store.put("ordered", answer.text)
        await more.reply("Ordered.")

    @bot.command
    async def asked(message: Message) -> None:
        await message.reply(str([key for key, _ in await bot.store.items()]))

    async with bot.fake() as hub:
        assert await hub.say("!order") == "What?"
        assert await hub.say("!asked") == "['asked']"  # a command is no answer
        assert await hub.say("tea", who="ben") is None
        assert await hub.say("tea", direct=True) is not None  # elsewhere
        assert await hub.say("tea") == "Sure?"
        assert await hub.say("no") == "Then not."
        assert await hub.say("!order") == "What?"
        assert await hub.wait("31s") == "Nobody answered, so I leave it."
        assert await hub.say("!asked") == "['asked']"
        assert await hub.say("!order") == "What?"
        await hub.restart()
        assert await hub.say("tea") is None  # forgotten
        assert await hub.say("!order") == "What?"
        assert [await hub.say("tea"), await hub.say("yes")] == ["Sure?", "Ordered."]
        assert await hub.say("!asked") == "['asked', 'ordered']"
    assert seen == ["tea", "tea"]


async def test_what_others_commit_meanwhile_has_it_done_again() -> None:
    bot = Bot("b")
    slow, going = asyncio.Event(), asyncio.Event()
    calls = 0

    @bot.command
    async def add(message: Message, slowly: bool = False) -> None:
        nonlocal calls
        calls += 1
        total = await bot.store.get("total", 0) + 1
        if slowly:
            going.set()
            await slow.wait()
        await bot.store.put("total", total)
        await message.reply(str(total))

    async with bot.fake(groups=("lobby", "other")) as hub:
        first = asyncio.create_task(hub.say("!add yes"))
        await going.wait()
        second = asyncio.create_task(hub.say("!add", group="other"))
        while not hub.said:  # noqa: ASYNC110 - nothing else waits for it
            await asyncio.sleep(0)
        slow.set()
        await asyncio.gather(first, second)
        assert [each.arguments["text"] for each in hub.said] == ["1", "2"]
        assert calls == 3


async def test_after_a_question_it_cannot_be_done_again() -> None:
    bot = Bot("b")
    slow, going = asyncio.Event(), asyncio.Event()

    @bot.command
    async def take(message: Message) -> None:
        await message.ask("Sure?")
        left = await bot.store.get("left", 5)
        going.set()
        await slow.wait()
        await bot.store.put("left", left - 1)
        await message.reply("Taken.")

    @bot.command
    async def put(message: Message, number: int) -> None:
        await bot.store.put("left", number)
        await message.reply("Put.")

    async with bot.fake(groups=("lobby", "other")) as hub:
        assert await hub.say("!take") == "Sure?"
        taking = asyncio.create_task(hub.say("yes"))
        await going.wait()
        putting = asyncio.create_task(hub.say("!put 7", group="other"))
        while len(hub.said) < 2:  # noqa: ASYNC110 - nothing else waits for it
            await asyncio.sleep(0)
        slow.set()
        await asyncio.gather(taking, putting)
        texts = [each.arguments["text"] for each in hub.said]
        assert texts == ["Sure?", "Put.", "That has changed meanwhile; please try again."]
        assert hub.ledger.value("store/left") == "7"


async def test_endless_handlers_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("words.bot.engine.HANDLER_SECONDS", 0.05)
    bot = Bot("b")

    @bot.command
    async def loop(message: Message) -> None:
        while True:
            await bot.store.put("x", await bot.store.get("x"))

    @bot.command
    async def sleep(message: Message) -> None:
        await asyncio.sleep(100)

    @bot.command
    async def ask(message: Message) -> None:
        answer = await message.ask("Well?", timeout=1000)
        await answer.reply("Well.")

    async with bot.fake(owners=("ann",)) as hub:
        for command in ("loop", "sleep"):
            wrong, report = str(await hub.say(f"!{command}")).split("\n")
            assert wrong == "Something went wrong; my owner can find out what."
            assert "TimeoutError" in report
        await hub.say("!ask")
        await asyncio.sleep(0.1)  # longer than a handler may take
        assert await hub.say("well") == "Well."


async def test_ticks_timers_and_what_was_missed() -> None:
    bot = Bot("b")

    @bot.timer
    async def ring(who: str, at: int) -> None:
        await bot.participant(who).say(f"ring {at}")

    @bot.command
    async def later(message: Message, time: timedelta) -> None:
        await message.reply(await ring.after(time, message.who.name, at=7))

    @bot.command
    async def cancel(message: Message, timer: str) -> None:
        await ring.cancel(timer)

    globals()["a_bot"] = bot  # ticks belong to the bot that their file knows

    @every("10m")
    async def tick() -> None:
        await bot.group("lobby").say("tick")

    @every("10m", missed="skip")
    async def tock() -> None:
        await bot.group("lobby").say("tock")

    try:
        async with bot.fake() as hub:
            assert await hub.wait("25m") == "tick\ntock\ntick\ntock"
            timer = await hub.say("!later 1m")
            assert await hub.say("!later 2m") is not None
            await hub.say(f"!cancel {timer}")
            assert await hub.wait("3m") == "ring 7"
            await hub.say("!later 5m")
            assert await hub.restart(away="1h") == "tick\nring 7"
            assert await hub.wait("9m") == "tick\ntock"
    finally:
        del globals()["a_bot"]


async def test_what_a_handler_does_to_itself_stops_nobody_else() -> None:
    bot = Bot("b")

    @bot.command
    async def end(message: Message) -> None:
        await bot.store.put("x", 1)
        raise SystemExit

    @bot.command
    async def cancel(message: Message) -> None:
        await bot.store.put("x", 1)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    @bot.command
    async def ping(message: Message) -> None:
        await message.reply(f"pong {await bot.store.get('x')}")

    async with bot.fake() as hub:
        for command in ("end", "cancel"):
            assert str(await hub.say(f"!{command}")).startswith("Something went wrong")
            assert await hub.say("!ping") == "pong None"


async def test_examples_are_tried() -> None:
    bot = Bot("b")

    @bot.command
    @example("!twice 2", "4")
    @example("!twice 3", "7")
    async def twice(message: Message, number: int) -> None:
        await message.reply(str(2 * number))

    with pytest.raises(AssertionError, match=r"'!twice 3' is answered by '6', not '7'"):
        await bot.try_examples()


async def test_what_is_kept_has_a_version() -> None:
    old, new = Bot("b"), Bot("b", version=2)

    @old.command(name="x")
    async def x_of_old(message: Message) -> None:
        await bot_store_put(old)

    async def bot_store_put(bot: Bot) -> None:
        await bot.store.put("x", 1)

    @new.upgrade
    async def to_two(version: int) -> None:
        assert version == 1
        await new.store.put("x", [await new.store.get("x")])

    async with old.fake() as hub:
        await hub.say("!x")
        hub.bot = new
        await hub.restart()
        assert hub.ledger.value("store/x") == "[1]"
        hub.bot = old
        with pytest.raises(ConfigError, match="newer than the program"):
            await hub.restart()


def test_wrong_handlers_are_named_at_the_start() -> None:
    bot = Bot("b")

    @bot.command
    async def one(message: Message, items: list[int], bare, *, key: int = 1) -> None:  # type: ignore[no-untyped-def]
        """Take what can't be read."""

    @bot.command  # type: ignore[arg-type]
    def two(message: Message) -> None:
        """Not be async."""

    @bot.command
    async def three(who: str) -> None:
        """Have no message."""

    @bot.match(r"(?P<a>x)")
    async def four(message: Message, b: str) -> None:
        """Not fit its pattern."""

    @bot.command
    async def five(message: Message, text: Rest, more: int) -> None:
        """Take more than all."""

    @bot.on.joined
    async def six(message: Event[Joined], who: str) -> None:
        """Want too much."""

    with pytest.raises(ConfigError) as caught:
        bot.check()
    told = "\n".join(caught.value.args)
    for words in (
        'command "one": "items" can\'t be read as list[int]; what can is str, int',
        'command "one": "bare" has no annotation',
        'command "one": "key" can\'t be given by keyword',
        'command "two": must be "async def"',
        'command "three": "who" comes first and is a Message, not str',
        'pattern "four": its arguments must be the named groups of the pattern: a',
        'command "five": "more" comes after what takes the rest of the line',
        'listener "six": takes the event and nothing else',
    ):
        assert words in told
    assert "test_handlers.py:" in told
    with pytest.raises(ValueError, match='two commands called "one"'):
        bot.command(name="one")(three.function)
    with pytest.raises(ValueError, match='"soon" isn\'t a time'):
        every("soon")


async def test_history_and_search() -> None:
    bot = Bot("b")

    @bot.command
    async def last(message: Message) -> None:
        found = await message.group.history(limit=2)
        await message.reply(" / ".join(f"{each.who}: {each.text}" for each in found))

    @bot.command
    async def find(message: Message, text: Rest) -> None:
        found = await message.group.search(text)
        await message.reply(str(len(found)))

    async with bot.fake() as hub:
        await hub.happen(Said, text="tea is ready")
        assert await hub.say("!last", who="ben") == "ann: tea is ready / ben: !last"
        assert await hub.say("!find tea") == "2"
