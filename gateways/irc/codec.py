"""From bytes to messages: what a client sends.

`LineReader` cuts the stream into lines, `parse` makes a `Message` of one. They know no commands,
no sockets and no connection. What can't be taken is a `LineError`; the connection lives on:

* LineError
  * TooLong: answer ERR_INPUTTOOLONG (417)
  * NotUtf8: answer `FAIL <command> INVALID_UTF8` (IRCv3 utf8-only)
  * Malformed: answer ERR_UNKNOWNERROR (400)
"""

import re

import msgspec

from gateways.irc import tags
from gateways.irc.tags import CLIENT_TAGS_MAX

# RFC 1459 section 2.3, Modern IRC "Messages": 512 bytes with CR LF, tags not counted.
LINE_MAX = 512
BODY_MAX = LINE_MAX - 2
# The most that may come before a newline.
RAW_MAX = CLIENT_TAGS_MAX + LINE_MAX

_EMPTY_LINES = re.compile(rb"(?:\r?\n)*+")


class LineError(Exception):
    """A line that can't be taken. `command`: upper-case, or "*" where it can't be told."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(reason)
        self.command = command


class TooLong(LineError):
    """More than 510 bytes, or tags of more than 4096. `command` is "*", since the end of the line
    may not have come yet when it is told."""


class NotUtf8(LineError):
    """Bytes that aren't UTF-8 (IRCv3 utf8-only)."""


class Malformed(LineError):
    """NUL or CR inside the line (RFC 1459 section 2.3.1 forbids both), or no command."""


class Message(msgspec.Struct, gc=False):
    """One line of a client. `command` is upper-case; a source that the client gave is dropped.

    `tag_data` is the raw text between `@` and the blank, "" without tags.
    """

    command: str
    params: list[str]
    tag_data: str = ""

    def tags(self) -> dict[str, str]:
        """Tags by key, values unescaped; parsed at each call."""
        return tags.parse(self.tag_data) if self.tag_data else {}


class LineReader:
    """Cuts a stream into lines, lazily: `feed` only keeps the bytes, `pop` takes one line.

    A line ends with LF or CR LF; empty ones are skipped. Of a line without end no more than
    RAW_MAX bytes are kept after a `pop`, and nothing of what follows until its newline. With
    another `raw_max` that is the only limit: what servers send may be longer.
    """

    __slots__ = ("_data", "_pos", "_raw_max", "_skipping")

    def __init__(self, raw_max: int = RAW_MAX) -> None:
        self._raw_max = raw_max
        self._data = b""
        self._pos = 0
        self._skipping = False

    @property
    def buffered(self) -> int:
        """Bytes fed and not yet popped."""
        return len(self._data) - self._pos

    def feed(self, data: bytes) -> None:
        """Takes what the socket gave. Pop until None soon: pausing the socket is the caller's."""
        if self._skipping:
            newline = data.find(b"\n")
            if newline < 0:
                return
            data = data[newline + 1 :]
            self._skipping = False
        rest = self._data
        self._data = rest[self._pos :] + data if rest else data
        self._pos = 0

    def pop(self) -> bytes | None:
        """The next line without its end, or None when no whole line is here. Raises TooLong once
        for each line that is; the next call goes on behind it."""
        data = self._data
        start = self._pos
        while (end := data.find(b"\n", start)) >= 0:
            if data[end - 1 : end] == b"\r":
                line = data[start : end - 1]
            else:
                line = data[start:end]
            if line:
                self._pos = end + 1
                if len(line) > BODY_MAX and self._raw_max == RAW_MAX:
                    _check_length(line, end + 1 - start)
                return line
            # One jump over a whole run: a flood of newlines must not cost a loop each.
            empty = _EMPTY_LINES.match(data, start)
            start = empty.end() if empty else end + 1
        self._keep(data[start:])
        return None

    def _keep(self, rest: bytes) -> None:
        self._pos = 0
        # With its newline it would be longer than the limit.
        if len(rest) >= self._raw_max:
            self._data = b""
            self._skipping = True
            raise TooLong("*", "line without an end")
        self._data = rest


def _check_length(line: bytes, raw: int) -> None:
    blank = line.find(b" ") if line[:1] == b"@" else -1
    # Without a blank it is all tags, or has none; both are judged by the smaller limit.
    section = blank + 1
    if raw > RAW_MAX or section > CLIENT_TAGS_MAX or len(line) - section > BODY_MAX:
        raise TooLong("*", "line too long")


def _command_of(line: bytes) -> str:
    """The command of a line that may not be UTF-8, for the answer; "*" if it isn't ASCII letters
    or digits."""
    if line[:1] == b"@":
        line = line.partition(b" ")[2]
    words = line.split(None, 2)
    if words and words[0][:1] == b":":
        del words[0]
    word = words[0] if words else b""
    # Longer than any command of ours would only make the answer outgrow its line.
    return word.decode().upper() if word.isalnum() and word.isascii() and len(word) <= 32 else "*"


def parse(line: bytes) -> Message:
    """A message from one line without its end, as `LineReader.pop` gives it.

    Raises NotUtf8 and Malformed. Blanks: any number between parts (Modern IRC, Message Format:
    "one or more"); only U+0020 is one.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise NotUtf8(_command_of(line), "not UTF-8") from None
    if "\0" in text or "\r" in text or "\n" in text:
        raise Malformed(_command_of(line), "NUL, CR or LF inside a line")
    tag_data = ""
    if text[:1] == "@":
        tag_data, _, text = text[1:].partition(" ")
    if text[:1] == " ":
        text = text.lstrip(" ")
    head, colon, trailing = text.partition(" :")
    params = head.split(" ")
    if "" in params:
        params = [param for param in params if param]
    if head[:1] == ":":
        del params[0]
    if not params:
        raise Malformed("*", "no command")
    command = params.pop(0)
    if colon:
        params.append(trailing)
    # str.upper turns some letters outside ASCII into ASCII ones: "PAß" must not become PASS.
    return Message(command.upper() if command.isascii() else command, params, tag_data)
