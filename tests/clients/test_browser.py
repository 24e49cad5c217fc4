"""A page in a real browser joins by WebSocket, with both subprotocols; pages of elsewhere can't.

Source: IRCv3 websocket; RFC 6455 section 10.2 (who serves the page is for the server to look at).
"""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.support.hub import HubProcess
from tests.support.irc import Client
from tests.support.ports import free_port
from tests.support.programs import which

New = Callable[..., HubProcess]

OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
"""No window, and no word to anybody but these servers."""

PAGE = """<!doctype html><title>chat</title><script>
const bytes = new TextEncoder(), text = new TextDecoder();
function talk(protocol, nick) {
  return new Promise((done) => {
    const socket = new WebSocket("ws://127.0.0.1:PORT", protocol);
    const lines = [], binary = protocol === "binary.ircv3.net";
    socket.binaryType = "arraybuffer";
    const say = (line) => socket.send(binary ? bytes.encode(line) : line);
    socket.onopen = () => { say("NICK " + nick); say("USER u 0 * :r"); };
    socket.onclose = (event) =>
      done({ protocol: socket.protocol, lines, code: event.code, clean: event.wasClean });
    socket.onmessage = ({ data }) => {
      const line = typeof data === "string" ? data : text.decode(data);
      lines.push((typeof data === "string") + " " + line);
      if (line.includes(" 376 ") || line.includes(" 422 ")) say("JOIN #garden");
      if (line.includes(" 366 ")) {
        say("PRIVMSG #garden :gr\\u00fc\\u00dfe \\ud83c\\udf33");
        say("QUIT");
      }
    };
  });
}
(async () => {
  const told = [await talk("text.ircv3.net", "tess"), await talk("binary.ircv3.net", "bin")];
  await fetch("/", { method: "POST", body: JSON.stringify(told) });
})();
</script>"""


class _Web(http.server.ThreadingHTTPServer):
    """Serves the page, and keeps what it tells."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.told: Queue[list[dict[str, Any]]] = Queue()
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def origin(self) -> str:
        """What a browser says that the page is of."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Web

    def do_GET(self) -> None:
        self._answer(self.server.page.encode() if self.path == "/" else b"")

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.put(json.loads(data))
        self._answer(b"")

    def _answer(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[Callable[[str], _Web]]:
    """Return what makes web servers; they end with the test."""
    made: list[_Web] = []

    def make(page: str) -> _Web:
        made.append(_Web(page))
        return made[-1]

    yield make
    for each in made:
        each.shutdown()
        each.server_close()


def test_a_page_talks(new_hub: New, web: Callable[[str], _Web], tmp_path: Path) -> None:
    if which("chromium") is None:  # also under CI: too large to be installed for one test
        pytest.skip("not installed: chromium")
    port, plain = free_port(), free_port()
    page = PAGE.replace("PORT", str(port))
    theirs = web(page)
    ours = web(f"{page}<iframe src={theirs.origin}></iframe>")
    listen = [
        {"address": "127.0.0.1", "port": port, "websocket": True},
        {"address": "127.0.0.1", "port": plain},
    ]
    new_hub({"irc": {"listen": listen, "websocket": {"origins": [ours.origin]}}}).start()
    with Client(plain).register("ann") as ann:
        ann.join("#garden")
        command = ["chromium", *OPTIONS, f"--user-data-dir={tmp_path}/browser", ours.origin]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            text, binary = ours.told.get(timeout=60)
            refused = theirs.told.get(timeout=60)
        finally:
            process.terminate()
            process.wait()
        said = [line for line in ann.sync() if line.command == "PRIVMSG"]
    assert [(line.nick, line.text) for line in said] == [
        ("tess", "grüße 🌳"), ("bin", "grüße 🌳"),
    ]  # fmt: skip
    for told, protocol, kind in ((text, "text", "true"), (binary, "binary", "false")):
        assert (told["protocol"], told["code"], told["clean"]) == (
            f"{protocol}.ircv3.net", 1000, True,
        )  # fmt: skip
        assert all(line.startswith(f"{kind} ") for line in told["lines"])
        assert told["lines"][-1].startswith(f"{kind} ERROR :Closing link")
    assert [(told["lines"], told["clean"]) for told in refused] == [([], False)] * 2
