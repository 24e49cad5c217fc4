"""Garbage is collected less often: a key waits for a whole collection, and the start for dozens.

As in the hub (docs/decisions/0006): what is made while it runs is records, which aren't in cycles,
and widgets, which are few.
"""

from __future__ import annotations

import gc

COLLECT_AFTER = (20_000, 10, 20)


def begin() -> None:
    """Before anything is imported: what imports make isn't garbage."""
    gc.set_threshold(*COLLECT_AFTER)


def settle() -> None:
    """When everything is imported: it isn't looked at any more."""
    gc.freeze()
