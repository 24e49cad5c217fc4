"""What happened in a conversation beside talk, said in words; names are cleaned here."""

from __future__ import annotations

from collections.abc import Sequence

from tui_client.text.safe import clean_line, clean_name
from words.events import (
    AccessChanged,
    Event,
    GroupRenamed,
    Invited,
    Joined,
    Kicked,
    Left,
    MembersLost,
    RegistrationChanged,
    RoleChanged,
    SettingsChanged,
    TopicChanged,
)

NOISE = (Joined, Left, MembersLost)
"""What is condensed to one line where several come together."""

NAMED = 3
"""Names in such a line, at most."""


def described(event: Event) -> str:
    """Say what happened in one line, after a sign that says what kind of thing it is."""
    who = clean_name(event.actor.name)
    match event:
        case Joined():
            return f"→ {who} joined"
        case Left(quit=quit, reason=reason):
            return f"← {who} {'quit' if quit else 'left'}{_because(reason)}"
        case Kicked(target=target, reason=reason):
            return f"← {clean_name(target.name)} was removed by {who}{_because(reason)}"
        case MembersLost(count=count):
            return f"← {count} left when the hub stopped"
        case TopicChanged(topic=""):
            return f"✎ {who} took the topic away"
        case TopicChanged(topic=topic):
            return f"✎ {who} set the topic: {clean_line(topic)}"
        case GroupRenamed(before=before, name=name, reason=reason):
            return f"✎ {who} renamed {clean_name(before)} to {clean_name(name)}{_because(reason)}"
        case RoleChanged(changes=changes):
            said = [
                f"{clean_name(each.target.name)} is {'now' if each.added else 'no longer'} "
                f"{clean_line(each.role)}"
                for each in changes
            ]
            return f"± {', '.join(said)} (by {who})"
        case SettingsChanged(changes=changes):
            said = [
                f"{'+' if each.added else '-'}{clean_line(each.setting)}"
                + (f" {clean_line(each.value)}" if each.value else "")
                for each in changes
            ]
            return f"± {who} set {', '.join(said)}"
        case RegistrationChanged(founder=""):
            return "± the group isn't registered any more"
        case RegistrationChanged(founder=founder):
            return f"± the group is registered by {clean_name(founder)}"
        case AccessChanged(account=account, role=role):
            return (
                f"± {clean_name(account)} has {clean_line(role) or 'no role'} here from joining on"
            )
        case Invited(target=target, group=group):
            return f"→ {who} asked {clean_name(target.name)} into {clean_name(group)}"
    return f"· {who}: {type(event).__name__}"


def condensed(events: Sequence[Event]) -> str:
    """Say in one line who came and went; who did both only passed by."""
    joined: dict[str, None] = {}
    left: dict[str, None] = {}
    lost = passed = 0
    for event in events:
        name = clean_name(event.actor.name)
        came = isinstance(event, Joined)
        here, gone = (joined, left) if came else (left, joined)
        if isinstance(event, MembersLost):
            lost += event.count
        elif name in gone:
            del gone[name]
            passed += 1
        else:
            here[name] = None
    parts = [_counted(joined, "joined"), _counted(left, "left")]
    parts += [f"{passed} came and went"] if passed else []
    parts += [f"{lost} lost by a restart"] if lost else []
    return "· " + ", ".join(part for part in parts if part)


def _counted(names: dict[str, None], what: str) -> str:
    if not names:
        return ""
    if len(names) <= NAMED:
        return f"{', '.join(names)} {what}"
    return f"{len(names)} {what}"


def _because(reason: str) -> str:
    reason = clean_line(reason)
    return f" ({reason})" if reason else ""
