"""Calls of a Matrix homeserver: HTTP, JSON, waiting where it asks for patience. No rooms here.

Source: Matrix 1.11, Client-Server API: standard error response, rate limiting, client
authentication; Application Service API: identity assertion.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp
from yarl import URL

from gateways.bridges.network import Lost

Json: TypeAlias = dict[str, Any]
Query: TypeAlias = dict[str, str]

ANSWER = 16 * 1024 * 1024
"""Bytes of an answer, the members of a room of 100,000; what takes a second or more to decode."""

REQUEST = 60.0
"""Seconds for an answer; those that the server holds back on purpose come on top."""

WAIT, LONG_WAIT, PATIENCE = 0.1, 10.0, 300.0
"""Seconds that we wait at least where a server asks for it; from which on the log says so; that it
may ask for, each time."""

log = logging.getLogger(__name__)


class MatrixError(Exception):
    """The homeserver refused: ``MatrixError(status, code, text)``; ``code`` is its ``errcode``."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.status = status
        self.code = code


class Api:
    """A homeserver as one account of ours sees it; raises `MatrixError` and `Lost`."""

    def __init__(self, http: aiohttp.ClientSession, server: str) -> None:
        self._http = http
        self._server = server.rstrip("/")
        self.token = ""
        self.user = ""
        """As whom an application service acts where a call doesn't say (``user_id``)."""

    async def get(
        self, *path: str, query: Query | None = None, held: float = 0.0, version: str = "v3"
    ) -> Json:
        """Ask; the server may hold the answer back for ``held`` seconds."""
        return await self._call("GET", version, path, None, query, held)

    async def post(self, *path: str, body: Json | None = None, query: Query | None = None) -> Json:
        """Have something done, perhaps twice when the connection breaks."""
        return await self._call("POST", "v3", path, body or {}, query)

    async def put(self, *path: str, body: Json, query: Query | None = None) -> Json:
        """Have something done once: the path has a transaction id, or says what is to be."""
        return await self._call("PUT", "v3", path, body, query)

    async def _call(
        self,
        method: str,
        version: str,
        path: tuple[str, ...],
        body: Json | None,
        query: Query | None,
        held: float = 0.0,
    ) -> Json:
        parts = "/".join(quote(part, "") for part in path)
        if self.user:
            query = {"user_id": self.user, **(query or {})}
        url = URL(f"{self._server}/_matrix/client/{version}/{parts}", encoded=True)
        while True:
            try:
                async with asyncio.timeout(REQUEST + held):
                    status, answer = await self._once(method, url, body, query)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                text = str(error) or "the homeserver doesn't answer"
                raise Lost(text, doubtful=True) from error
            if status == 429:
                wait = patience(answer.get("retry_after_ms"))
                if wait >= LONG_WAIT:
                    log.warning("%s asks for patience: we wait %.0f s", self._server, wait)
                await asyncio.sleep(wait)
                continue
            if 200 <= status < 300:
                return answer
            code, text = str(answer.get("errcode", "")), str(answer.get("error", ""))
            if status >= 500 or code in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
                raise Lost(f"{status} {code} {text}".strip(), doubtful=True)
            raise MatrixError(status, code or str(status), text[:200])

    async def _once(
        self, method: str, url: URL, body: Json | None, query: Query | None
    ) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._http.request(
            method, url, json=body, params=query, headers=headers, allow_redirects=False
        ) as response:
            data = bytearray()
            async for chunk in response.content.iter_any():
                data += chunk
                if len(data) > ANSWER:
                    raise Lost("an answer of the homeserver is too large")
            try:
                answer = _decoded(bytes(data))
            except (ValueError, RecursionError):
                answer = None
            if not isinstance(answer, dict):
                if 200 <= response.status < 300:
                    raise Lost("the homeserver's answer isn't JSON")
                answer = {}
            return response.status, answer


def patience(milliseconds: Any) -> float:
    """Return the seconds that we wait where a server asks for this, whatever it is."""
    wanted = milliseconds if isinstance(milliseconds, int) else 1000
    return max(WAIT, min(wanted, int(1000 * PATIENCE)) / 1000)


def _decoded(data: bytes) -> Any:
    """Return what JSON says; halves of surrogate pairs, which are no text, are replaced."""
    answer = json.loads(data)
    if _HALVES.search(data) is None:
        return answer
    units = json.dumps(answer, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(units.decode("utf-16-le", "replace"))


_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
