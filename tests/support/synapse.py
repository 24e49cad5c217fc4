"""A Matrix homeserver as bridges meet it, and people on it: Synapse, where `make test` put it.

with Synapse(tmp_path) as server:
    bob = server.person("bob")
    room = bob.make_room("there")
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

import pytest

from tests.support.ports import free_port
from tests.support.servers import ServerProcess

PYTHON = Path(sys.prefix) / "synapse/bin/python"
"""An environment of its own: what it needs isn't what we need."""

SECONDS = 20.0
PASSWORD = "pw"
SECRET = "registration secret"
AS_TOKEN = "as_token"


class Synapse(ServerProcess):
    """A homeserver called ``localhost``, with an application service ``words_``."""

    start_seconds = 60.0

    def __init__(self, folder: Path, **options: Any) -> None:
        if not PYTHON.exists():
            message = f"not installed: Synapse ({PYTHON})"
            if os.environ.get("CI") == "true":
                pytest.fail(message)
            pytest.skip(message)
        super().__init__(folder / "synapse", free_port())
        self.folder.mkdir()
        quick = {"per_second": 10000, "burst_count": 10000}
        config = {
            "server_name": "localhost",
            "pid_file": str(self.folder / "pid"),
            "listeners": [
                {
                    "port": self.port,
                    "tls": False,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "db")}},
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "key"),
            "registration_shared_secret": SECRET,
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "app_service_config_files": [str(self.folder / "service.json")],
            "rc_message": quick,
            "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), quick),
            "rc_joins": {"local": quick, "remote": quick},
            "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), quick),
            **options,
        }
        service = {
            "id": "words",
            "url": None,
            "as_token": AS_TOKEN,
            "hs_token": "hs_token",
            "sender_localpart": "words",
            "rate_limited": False,
            "namespaces": {"users": [{"exclusive": True, "regex": "@words_.*:localhost"}]},
        }
        (self.folder / "service.json").write_text(json.dumps(service))
        self._config = self.folder / "homeserver.json"
        self._config.write_text(json.dumps(config))

    @property
    def url(self) -> str:
        """Where its API is."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """Return what starts it in the foreground."""
        return [str(PYTHON), "-m", "synapse.app.homeserver", "-c", str(self._config)]

    def ready(self) -> None:
        """Return if its API answers."""
        Api(self.port).call("GET", "/_matrix/client/versions")

    def start(self) -> Self:
        """Start it, with keys of its own from the first time on."""
        if not (self.folder / "key").exists():
            made = self._run([*self.command(), "--generate-keys"])
            assert made.wait() == 0, self._out.read_text()
        return super().start()

    def person(self, name: str) -> Person:
        """Register somebody; return him, logged in."""
        api = Api(self.port)
        path = "/_synapse/admin/v1/register"
        nonce = api.call("GET", path)["nonce"]
        signed = "\0".join((nonce, name, PASSWORD, "notadmin")).encode()
        mac = hmac.new(SECRET.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": PASSWORD, "admin": False, "mac": mac}
        api.token = api.call("POST", path, body)["access_token"]
        return Person(api, f"@{name}:localhost")


class Api:
    """One connection to the homeserver."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.token = ""

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Return what it answers; a refusal is an AssertionError."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            data = None if body is None else json.dumps(body)
            connection.request(method, f"{path}?{urlencode(query)}", data, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        assert answer.status == 200, f"{method} {path}: {answer.status} {text}"
        return json.loads(text)


_transactions = itertools.count()


class Person:
    """Somebody with a client there."""

    def __init__(self, api: Api, user: str) -> None:
        self._api = api
        self.user = user
        self._since = ""
        self.seen: list[dict[str, Any]] = []
        """Events of timelines that weren't looked at yet, ``room_id`` put in."""

    def call(self, method: str, *path: str, body: Any = None, **query: str) -> Any:
        """Return what the client API answers."""
        parts = "/".join(quote(part, "") for part in path)
        return self._api.call(method, f"/_matrix/client/v3/{parts}", body, **query)

    def make_room(self, alias: str = "", **options: Any) -> str:
        """Return a new room's id."""
        body = {"preset": "public_chat", **({"room_alias_name": alias} if alias else {}), **options}
        return str(self.call("POST", "createRoom", body=body)["room_id"])

    def join(self, room: str) -> None:
        """Enter a room."""
        self.call("POST", "join", room, body={})

    def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Send an event; return its id."""
        path = ("rooms", room, "send", kind, str(next(_transactions)))
        return str(self.call("PUT", *path, body=content)["event_id"])

    def say(self, room: str, text: str) -> str:
        """Say something; return its id."""
        return self.send(room, {"msgtype": "m.text", "body": text})

    def invitations(self) -> list[str]:
        """Return the rooms that one is invited to."""
        return list(self._sync(0).get("invite", {}))

    def _sync(self, wait: float) -> Any:
        query = {"timeout": str(int(wait * 1000))}
        query |= {"since": self._since} if self._since else {}
        answer = self.call("GET", "sync", **query)
        self._since = answer["next_batch"]
        rooms = answer.get("rooms", {})
        for number, room in rooms.get("join", {}).items():
            events = room["timeline"]["events"]
            self.seen += ({**event, "room_id": number} for event in events)
        return rooms

    def expect(self, kind: str = "m.room.message", **wanted: Any) -> dict[str, Any]:
        """Return the next event of this type, not one's own, whose content has all of this."""
        deadline = time.monotonic() + SECONDS
        while True:
            while self.seen:
                event = self.seen.pop(0)
                if event["type"] == kind and event["sender"] != self.user:
                    content = event["content"]
                    if all(content.get(key) == value for key, value in wanted.items()):
                        return event
            assert time.monotonic() < deadline, f"no {kind} {wanted}"
            self._sync(2)

    def next_said(self) -> str:
        """Return the next message of somebody else as ``name: text``."""
        event = self.expect()
        return f"{event['sender'][1:].partition(':')[0]}: {event['content']['body']}"
