"""Taking a message back for everybody, wherever it was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.admin.base import Act, Domain, Result, Verb
from words.admin.verbs.groups import ADMINISTRATION
from words.admin.verbs.history import FILLING, said
from words.errors import NoSuchMessage
from words.events import Redacted, Said, message_id, message_number
from words.journal.history import History
from words.journal.index import Place
from words.journal.redaction import redact

if TYPE_CHECKING:
    from words.chat.group import Group
    from words.chat.participant import Direct, Participant
    from words.chat.service import ChatService


def _find(domain: Domain, arguments: Act) -> Place:
    """Prepare: the index knows where the message with an id stands."""
    number = message_number(arguments.name)
    domain.index.fill(FILLING)
    place = domain.index.place(number) if number is not None else None
    if place is None:
        raise NoSuchMessage(arguments.name)
    return place


def _redact(domain: Domain, arguments: Act, place: Place) -> Result:
    events = said(History(domain.journal), [place])
    if not events or not events[0].text:
        raise NoSuchMessage(arguments.name)
    message = events[0]
    service = domain.service
    people = domain.store.read("SELECT low, high FROM directs WHERE id = ?", place.conversation)
    if people:
        time = _tell_direct(service, message, arguments.why, people[0])
    else:
        time = _tell_group(service, message, arguments.why)
    redact(domain.journal, message, time)
    return {"name": message_id(message.id)}


def _tell_group(service: ChatService, message: Said, why: str) -> int:
    number = message.conversation
    rows = service.journal.store.read("SELECT name FROM groups WHERE id = ?", number)
    group: Group | None = service.registry.group(rows[0][0]) if rows else None
    if group is None:
        return _note(service, message, why)
    stamp = service.registry.stamp(group)
    service.happen(group, Redacted(*stamp, ADMINISTRATION, message.id, why))
    return stamp[3]


def _tell_direct(service: ChatService, message: Said, why: str, people: tuple[int, int]) -> int:
    """Tell both, where they are here."""
    here: list[Participant] = [
        one for number in dict.fromkeys(people) if (one := service.registry.by_id.get(number))
    ]
    direct: Direct | None = here[0].directs.get(sum(people) - here[0].id) if here else None
    if direct is None:
        return _note(service, message, why)
    stamp = service.registry.stamp(direct)
    event = Redacted(*stamp, ADMINISTRATION, message.id, why, message.to)
    service.journal.append(event)
    direct.sequence, direct.time = event.sequence, event.time
    for participant in here:
        for attachment in participant.attachments:
            service.fanout.tell(attachment, event)
    return event.time


def _note(service: ChatService, message: Said, why: str) -> int:
    """Keep the event in a log that nobody has in memory."""
    end = service.journal.end(message.conversation)
    number, now = service.journal.ids.stamp()
    time = max(now, end.time)
    stamp = message.conversation, end.sequence + 1, number, time
    service.journal.append(Redacted(*stamp, ADMINISTRATION, message.id, why, message.to))
    return time


VERBS = {"history-redact": Verb(Act, _redact, "history", prepare=_find)}
