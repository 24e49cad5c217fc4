"""Which networks there are bridges to: where each adapter is, loaded when a bridge needs it."""

from __future__ import annotations

import importlib

from gateways.bridges.network import Make

NETWORKS = {
    "irc": "gateways.bridges.irc.adapter:IrcNetwork",
    "matrix": "gateways.bridges.matrix.adapter:MatrixNetwork",
}
"""By the name of the table in `words.config.Bridge`."""


def load(name: str) -> Make:
    """Return what makes a network's adapter."""
    module, _, factory = NETWORKS[name].partition(":")
    made: Make = getattr(importlib.import_module(module), factory)
    return made
