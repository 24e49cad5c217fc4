"""Which networks there are bridges to: where each adapter is, loaded when a bridge needs it."""

from __future__ import annotations

import importlib

from gateways.bridges.network import Make
from words.errors import Conflict

NETWORKS = {
    "irc": "gateways.bridges.irc.adapter:IrcNetwork",
    "matrix": "gateways.bridges.matrix.adapter:MatrixNetwork",
    "xmpp": "gateways.bridges.xmpp.adapter:XmppNetwork",
}
"""By the name of the table in `words.config.Bridge`."""


def load(name: str) -> Make:
    """Return what makes a network's adapter. Raises `Conflict` where its library is missing."""
    module, _, factory = NETWORKS[name].partition(":")
    try:
        made: Make = getattr(importlib.import_module(module), factory)
    except ModuleNotFoundError as error:
        raise Conflict(f"{error.name} isn't installed: pip install 'words-chat[{name}]'") from None
    return made
