"""An XMPP server as bridges meet it, and people on it: Prosody, where Debian has put it.

with Prosody(tmp_path) as server:
    bob = await server.person("bob")
    await bob.join("there@rooms.localhost")
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from slixmpp import JID, ClientXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.support.ports import free_port
from tests.support.programs import need, which
from tests.support.servers import ServerProcess

SECONDS = 20.0
PASSWORD = "pw"
SECRET = "s3cret"
ROOMS = "rooms.localhost"
COMPONENT = "words.localhost"

MOODS = """\
local st = require "util.stanza";
local busy = {};
module:hook("muc-occupant-groupchat", function (event)
    local body = event.stanza:get_child_text("body") or "";
    busy[body] = (busy[body] or 0) + 1;
    if body:find("busy") and busy[body] < 3 then
        event.origin.send(st.error_reply(event.stanza, "wait", "resource-constraint"));
        return true;
    end
end, 100);
module:hook("muc-occupant-pre-join", function (event)
    return event.occupant.nick:find("/slow") and true or nil;
end, 100);
"""
"""A module: rooms send what has "busy" in it back twice, and never answer who enters as slow…"""


class Prosody(ServerProcess):
    """A server for ``localhost``; its rooms keep what is said; it has a component."""

    start_seconds = 20.0

    def __init__(self, folder: Path) -> None:
        need("prosody", "prosodyctl")
        super().__init__(folder / "prosody", free_port())
        self.component_port = free_port()
        self.folder.mkdir()
        self._config = self.folder / "prosody.cfg.lua"
        self._config.write_text(f"""\
daemonize = false
run_as_root = true
pidfile = "{self.folder}/pid"
data_path = "{self.folder}/data"
plugin_paths = {{ "{self.folder}" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.port} }}; c2s_direct_tls_ports = {{}}
s2s_ports = {{}}; s2s_direct_tls_ports = {{}}; http_ports = {{}}; https_ports = {{}}
component_ports = {{ {self.component_port} }}; component_interfaces = {{ "127.0.0.1" }}
modules_enabled = {{ "roster"; "saslauth"; "disco"; "ping"; "register"; "mam"; "smacks" }}
modules_disabled = {{ "s2s"; "tls" }}
authentication = "internal_hashed"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
storage = "internal"
log = {{ info = "{self.folder}/log" }}
VirtualHost "localhost"
Component "{ROOMS}" "muc"
  modules_enabled = {{ "muc_mam"; "moods" }}
  muc_log_by_default = true; muc_room_default_persistent = true
  muc_room_default_change_subject = true; muc_room_locking = false
  restrict_room_creation = false
Component "{COMPONENT}"
  component_secret = "{SECRET}"
""")
        (self.folder / "mod_moods.lua").write_text(MOODS)

    def command(self) -> list[str]:
        """Return what starts it in the foreground."""
        path = which("prosody")
        assert path is not None
        return [path, "-F", "--config", str(self._config)]

    def ready(self) -> None:
        """Return if it listens for clients and components."""
        for port in (self.port, self.component_port):
            socket.create_connection(("127.0.0.1", port)).close()

    def register(self, name: str) -> None:
        """Make an account."""
        command = ["prosodyctl", "--config", str(self._config), "register"]
        subprocess.run([*command, name, "localhost", PASSWORD], check=True, capture_output=True)

    async def person(self, name: str) -> Person:
        """Return somebody who is logged in at his account."""
        person = Person(f"{name}@localhost/test", PASSWORD)
        person.connect("127.0.0.1", self.port)
        async with asyncio.timeout(SECONDS):
            await person.wait_until("session_start")
        person.send_presence()
        return person


class Person(ClientXMPP):
    """Somebody with a client; messages that he gets wait in ``seen``."""

    def __init__(self, address: str, password: str) -> None:
        super().__init__(address, password)
        self.enable_starttls = self.enable_direct_tls = False
        self.enable_plaintext = True
        mechanisms: Any = self.plugin["feature_mechanisms"]
        mechanisms.unencrypted_plain = True
        self.register_plugin("xep_0045")
        self.nick = ""
        self.seen: asyncio.Queue[ET.Element] = asyncio.Queue()
        matcher = MatchXPath("{jabber:client}message")
        self.register_handler(Callback("seen", matcher, lambda stanza: self._take(stanza.xml)))

    def _take(self, message: ET.Element) -> None:
        if JID(message.get("from", "")).resource != self.nick:
            self.seen.put_nowait(message)

    async def join(self, room: str, nick: str) -> None:
        """Enter a room."""
        self.nick = nick
        rooms: Any = self.plugin["xep_0045"]
        await rooms.join_muc_wait(room, nick, maxstanzas=0, timeout=SECONDS)

    async def expect(self, part: str = "body") -> ET.Element:
        """Return the next message that has such an element and isn't one's own."""
        async with asyncio.timeout(SECONDS):
            while True:
                message = await self.seen.get()
                if any(each.tag.rpartition("}")[2] == part for each in message):
                    return message

    async def next_said(self) -> str:
        """Return the next message as ``nick: text``."""
        message = await self.expect()
        body = next(each for each in message if each.tag.endswith("}body"))
        return f"{message.get('from', '').partition('/')[2]}: {body.text}"

    def say(self, room: str, text: str, *more: ET.Element, **attributes: str) -> None:
        """Say something in a room."""
        message = ET.Element("{jabber:client}message", {"to": room, "type": "groupchat"})
        message.attrib.update(attributes)
        if text:
            ET.SubElement(message, "{jabber:client}body").text = text
        message.extend(more)
        self.send_xml(message)
