"""What is asked of the terminal beyond drawing: its title, notifications, its clipboard.

All of it is escape sequences; what others wrote goes into them cleaned. Inside tmux a sequence that
tmux doesn't know is handed through (its option allow-passthrough decides whether it arrives).
"""

from __future__ import annotations

import base64
import os

from tui_client.text.safe import clean_line, clip

BEL = "\x07"
ST = "\x1b\\"
SAVE_TITLE = "\x1b[22;2t"
RESTORE_TITLE = "\x1b[23;2t"

MOST_TITLE = 80
MOST_TEXT = 200
MOST_COPIED = 74_994
"""Bytes: xterm takes 100,000 of base64, the least of the known terminals."""


def through(sequence: str) -> str:
    """Return a sequence as tmux hands it through, where there is tmux."""
    if not os.environ.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + ST


def title(text: str) -> str:
    """Return what sets the window's title."""
    return f"\x1b]2;{clip(clean_line(text), MOST_TITLE)}{BEL}"


def notification(kind: str, heading: str, text: str) -> str:
    """Return what shows a notification: "osc9" (iTerm2), "osc777" (rxvt), "osc99" (kitty).

    "" for "none".
    """
    heading = clip(clean_line(heading), MOST_TITLE)
    text = clip(clean_line(text), MOST_TEXT)
    if kind == "osc9":
        return through(f"\x1b]9;{heading}: {text}{BEL}")
    if kind == "osc777":
        return through(f"\x1b]777;notify;{heading.replace(';', ',')};{text.replace(';', ',')}{BEL}")
    if kind == "osc99":
        begin = f"\x1b]99;i=words:d=0:p=title;{heading}{ST}"
        return through(begin) + through(f"\x1b]99;i=words:p=body;{text}{ST}")
    return ""


def copy(text: str) -> str:
    """Return what puts a text into the clipboard (OSC 52), "" for one that is too long."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > MOST_COPIED:
        return ""
    return through(f"\x1b]52;c;{base64.b64encode(raw).decode('ascii')}{BEL}")
