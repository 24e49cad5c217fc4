"""How a story's client speaks Perspective Broker: with the chat client library, on a loop beside.

It sends a verb with its arguments, and is told events; README.md has the form.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.scenarios.story import Newcomer
from tests.support.hub import HubProcess
from words.client import Client, Heard, Login
from words.errors import WordsError
from words.remote.chat import Chat
from words.remote.happenings import to_plain

T = TypeVar("T")

SECONDS = 10.0
"""The longest wait for one verb."""


class PbSpeaker:
    """PB over TCP, always somebody with an account."""

    def __init__(self, hub: HubProcess, newcomer: Newcomer, password: str) -> None:
        account = newcomer.options.get("account", newcomer.name)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._came: list[str] = []
        self._open = True
        self._client = self._run(_enter(Client(hub.pb_url, Login(account, password))))
        self._collect()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def send(self, text: str) -> None:
        """Call a verb; what comes of it waits for `lines`."""
        name, *arguments = shlex.split(text)
        self._run(self._call(name, arguments))
        self._collect()

    async def _call(self, name: str, words: list[str]) -> None:
        assert name in Chat.verbs, f"there is no verb {name}"
        known = Chat.verbs[name].signature.parameters
        arguments, named = [], {}
        for word in words:
            key, sign, value = word.partition("=")
            if sign and key in known:
                named[key] = _value(value)
            else:
                arguments.append(_value(word))
        try:
            await getattr(self._client.chat, name)(*arguments, **named)
        except WordsError as error:
            self._came.append(f"refused {error.code}")

    def _collect(self) -> None:
        if self._open:
            self._run(self._take())

    async def _take(self) -> None:
        """Take all that the hub has said: it comes before the answer to what is asked now."""
        stream = self._client.stream
        await self._client.chat.ping()
        while stream.behind:
            await self._client.chat.ping()
        while stream.waiting:
            item = await stream.next()
            if isinstance(item, Heard):
                plain = to_plain(item.event, item.where)
                self._came.append(f"{plain.pop('event')} {json.dumps(plain)}")

    def lines(self) -> list[str]:
        """Return what came."""
        self._collect()
        came, self._came = self._came, []
        return came

    def fits(self, line: str, expected: str) -> bool:
        """Return whether an event is the expected one, as far as that says."""
        event, _, told = line.partition(" ")
        wanted, *pairs = shlex.split(expected)
        if event == "refused":
            return expected == line
        values = json.loads(told)
        return event == wanted and all(_has(values, pair) for pair in pairs)

    def close(self) -> None:
        """Sign off."""
        if self._open:
            self._open = False
            self._run(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


async def _enter(client: Client) -> Client:
    return await client.__aenter__()


def _value(word: str) -> Any:
    return {"true": True, "false": False}.get(word, int(word) if word.isdigit() else word)


def _has(values: Any, pair: str) -> bool:
    key, _, wanted = pair.partition("=")
    found = values
    for part in key.split("."):
        found = found.get(part, "") if isinstance(found, dict) else ""
    if isinstance(found, dict):
        found = found.get("name", "")
    if found is None:
        return wanted in ("*", "")
    told = json.dumps(found) if isinstance(found, bool) else str(found)
    return wanted in ("*", told)
