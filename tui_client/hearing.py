"""What each event does to the state; a function a kind, found in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from tui_client.changes import (
    Alerted,
    ContactsChanged,
    ConversationsChanged,
    MembersChanged,
    TypingChanged,
)
from tui_client.conversation import Conversation
from tui_client.records import Message, reacted
from words.client import Heard
from words.events import (
    AccountChanged,
    Edited,
    Event,
    GroupRenamed,
    IdleChanged,
    Invited,
    Joined,
    Kicked,
    Left,
    MembersLost,
    PresenceChanged,
    Quit,
    Reacted,
    ReadMarked,
    Redacted,
    Renamed,
    RoleChanged,
    Said,
    SettingsChanged,
    TopicChanged,
    Typing,
    Warned,
)
from words.names import participant_key

if TYPE_CHECKING:
    from tui_client.store import Store

Handler = Callable[["Store", "Conversation | None", Any], None]


def hear(store: Store, heard: Heard) -> None:
    """Change the state as an event says."""
    event = heard.event
    conversation = _where(store, heard)
    if conversation is not None and event.sequence:
        conversation.heard = max(conversation.heard, event.sequence)
        conversation.newest = max(conversation.newest, event.sequence)
    handler = HANDLERS.get(type(event))
    if handler is not None:
        handler(store, conversation, event)
    if conversation is not None and event.sequence and not isinstance(event, Said):
        item = store.record(event)
        if item is not None:
            conversation.timeline.append(item)


def _where(store: Store, heard: Heard) -> Conversation | None:
    """Return the conversation of an event, made where somebody begins one."""
    event = heard.event
    number = event.conversation
    if heard.where:
        if isinstance(event, Typing):
            return store.find(heard.where, True)
        return store.conversation(heard.where, True, number)
    if isinstance(event, Said | Typing | Edited | Redacted | Reacted):
        mine = event.actor.id == store.my_id
        other = event.to if mine else event.actor.name
        if isinstance(event, Said):
            return store.conversation(other, False, number)
        return store.numbered(number) or store.find(other, False)
    return store.numbered(number)


def _said(store: Store, conversation: Conversation | None, event: Said) -> None:
    if conversation is None:
        return
    mine = store.is_me(event)
    if conversation.typed(event.actor.name):
        store.tell(TypingChanged(conversation))
    item = store.record(event)
    assert isinstance(item, Message)
    if not (mine and store.settle(conversation, event)):
        conversation.timeline.append(item)
    fresh = item.sequence > conversation.counted
    conversation.count(item)
    conversation.last, conversation.last_time = item, event.time
    if not conversation.group and not mine:
        conversation.origin = event.actor.origin
    conversation.changed()
    if (
        fresh
        and not mine
        and item.sequence > conversation.read
        and _alerts(store, conversation, item)
    ):
        store.tell(Alerted(conversation, item))


def _alerts(store: Store, conversation: Conversation, message: Message) -> bool:
    rule = conversation.rule or (store.rule if conversation.group else "all")
    if rule == "mentions":
        return message.mention
    return rule == "all"


def _edited(store: Store, conversation: Conversation | None, event: Edited) -> None:
    if conversation is not None and event.text:

        def edit(message: Message) -> Message:
            return msgspec.structs.replace(
                message, text=event.text, spans=event.spans, edited=event.time
            )

        _change(conversation, event.message, edit)


def _change(conversation: Conversation, number: int, change: Callable[[Message], Message]) -> None:
    conversation.timeline.change(number, change)
    if conversation.last is not None and conversation.last.id == number:
        conversation.last = change(conversation.last)
        conversation.changed()


def _redacted(store: Store, conversation: Conversation | None, event: Redacted) -> None:
    if conversation is None:
        return

    def empty(message: Message) -> Message:
        return msgspec.structs.replace(
            message, text="", spans=(), redacted=event.time, reactions=()
        )

    _change(conversation, event.message, empty)


def _reacted(store: Store, conversation: Conversation | None, event: Reacted) -> None:
    if conversation is None:
        return
    who = (event.actor.id, event.actor.name)
    conversation.timeline.change(
        event.message,
        lambda message: msgspec.structs.replace(
            message, reactions=reacted(message.reactions, event.reaction, who, event.added)
        ),
    )


def _joined(store: Store, conversation: Conversation | None, event: Joined) -> None:
    if conversation is None:
        return
    if event.actor.id == store.my_id:
        conversation.inside = True
        conversation.members.complete = False
        if not conversation.read:
            conversation.read = conversation.counted = event.sequence
        store.tell(ConversationsChanged())
    conversation.members.joined(event)
    store.tell(MembersChanged(conversation))


def _left(store: Store, conversation: Conversation | None, event: Left) -> None:
    _gone(store, conversation, event.actor.id)


def _kicked(store: Store, conversation: Conversation | None, event: Kicked) -> None:
    _gone(store, conversation, event.target.id)
    if conversation is not None and event.target.id == store.my_id:
        why = f": {event.reason}" if event.reason else ""
        store.say(f"{event.actor.name} removed you from {conversation.title}{why}", "warning")


def _gone(store: Store, conversation: Conversation | None, number: int) -> None:
    if conversation is None:
        return
    if number == store.my_id:
        conversation.inside = False
        conversation.members.clear()
        store.tell(ConversationsChanged())
    conversation.members.gone(number)
    store.tell(MembersChanged(conversation))


def _quit(store: Store, _: Conversation | None, event: Quit) -> None:
    for conversation in store:
        if conversation.members.gone(event.actor.id):
            store.tell(MembersChanged(conversation))
    if store.contacts.left(event):
        store.tell(ContactsChanged())


def _lost(store: Store, conversation: Conversation | None, _: MembersLost) -> None:
    if conversation is not None:
        conversation.members.complete = False
        store.tell(MembersChanged(conversation))


def _roles(store: Store, conversation: Conversation | None, event: RoleChanged) -> None:
    if conversation is None:
        return
    for change in event.changes:
        member = conversation.members.get(change.target.id)
        if member is not None:
            others = tuple(role for role in member.roles if role != change.role)
            member.roles = (*others, change.role) if change.added else others
    store.tell(MembersChanged(conversation))


def _topic(store: Store, conversation: Conversation | None, event: TopicChanged) -> None:
    if conversation is not None:
        conversation.topic, conversation.topic_by = event.topic, event.actor.name
        conversation.changed()


def _named(store: Store, conversation: Conversation | None, event: GroupRenamed) -> None:
    if conversation is not None:
        store.rename(conversation, event.name)


def _settings(store: Store, conversation: Conversation | None, event: SettingsChanged) -> None:
    if conversation is None:
        return
    for change in event.changes:
        if change.setting in ("ban", "except", "invite"):
            continue
        if change.added:
            conversation.settings[change.setting] = change.value or True
        else:
            conversation.settings.pop(change.setting, None)
    conversation.changed()


def _renamed(store: Store, _: Conversation | None, event: Renamed) -> None:
    if event.actor.id == store.my_id:
        store.name = event.name
    for conversation in list(store):
        member = conversation.members.get(event.actor.id)
        if member is not None:
            member.name = event.name
            store.tell(MembersChanged(conversation))
    direct = store.find(event.actor.name, False)
    if direct is not None and store.find(event.name, False) in (None, direct):
        store.rename(direct, event.name)


def _presence(store: Store, _: Conversation | None, event: PresenceChanged | IdleChanged) -> None:
    if event.actor.id == store.my_id:
        store.away = event.away
    for conversation in store:
        member = conversation.members.get(event.actor.id)
        if member is not None and member.away != event.away:
            member.away = event.away
            store.tell(MembersChanged(conversation))
    if store.contacts.stand(event):
        store.tell(ContactsChanged())


def _account(store: Store, _: Conversation | None, event: AccountChanged) -> None:
    for conversation in store:
        member = conversation.members.get(event.actor.id)
        if member is not None:
            member.account = event.account


def _typing(store: Store, conversation: Conversation | None, event: Typing) -> None:
    if conversation is not None and event.actor.id != store.my_id:
        conversation.types(event)
        store.tell(TypingChanged(conversation))


def _read(store: Store, _: Conversation | None, event: ReadMarked) -> None:
    name, group = (event.where, True) if event.where else (event.to, False)
    conversation = store.find(name, group)
    if conversation is not None:
        conversation.mark_read(event.upto)


def _invited(store: Store, conversation: Conversation | None, event: Invited) -> None:
    if participant_key(event.target.name) == participant_key(store.name):
        store.say(f"{event.actor.name} invites you to #{event.group}: /join {event.group}")


def _warned(store: Store, _: Conversation | None, event: Warned) -> None:
    if event.target.id == store.my_id:
        by = event.actor.name or "Somebody"
        store.say(f"{by} warned you; your level is {event.level} %", "warning")


HANDLERS: dict[type[Event], Handler] = {
    Said: _said,
    Edited: _edited,
    Redacted: _redacted,
    Reacted: _reacted,
    Joined: _joined,
    Left: _left,
    Kicked: _kicked,
    Quit: _quit,
    MembersLost: _lost,
    RoleChanged: _roles,
    TopicChanged: _topic,
    GroupRenamed: _named,
    SettingsChanged: _settings,
    Renamed: _renamed,
    PresenceChanged: _presence,
    IdleChanged: _presence,
    AccountChanged: _account,
    Typing: _typing,
    ReadMarked: _read,
    Invited: _invited,
    Warned: _warned,
}
