"""The verbs of the admin service, each written once, for a running hub and a stopped one."""

from __future__ import annotations

from words.admin.base import Verb
from words.admin.verbs import (
    bans,
    bridges,
    certificates,
    credentials,
    filters,
    groups,
    history,
    importing,
    redaction,
    sessions,
    status,
    users,
)

VERBS: dict[str, Verb] = {
    **users.VERBS,
    **credentials.VERBS,
    **certificates.VERBS,
    **sessions.VERBS,
    **groups.VERBS,
    **history.VERBS,
    **redaction.VERBS,
    **bans.VERBS,
    **filters.VERBS,
    **bridges.VERBS,
    **importing.VERBS,
    **status.VERBS,
}
"""By the name that every transport uses."""
