"""METADATA: what people and channels say of themselves in keys and values.

Source: IRCv3 draft/metadata-2. Who subscribed to a key is told of it (`words.chat.verbs.metadata`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gateways.irc import numerics as n
from gateways.irc import paced
from gateways.irc.batches import in_parts, send_batch
from gateways.irc.capabilities import Cap, valued
from gateways.irc.codec import Message
from gateways.irc.encode import line, reply, room, safe
from gateways.irc.handlers.operators import may
from gateways.irc.metadata import Owner, name_of, of_all, of_group, told
from gateways.irc.names import group_of, is_channel
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.chat.group import Group
from words.chat.metadata import MAX_KEYS, MAX_VALUE, check_key, check_value
from words.errors import BadInput, NotFound, TooMany, WordsError

SUBSCRIPTIONS = 100
"""Keys of which one client is told; clients use about ten."""


@valued("draft/metadata-2")
def _offer(session: Session) -> str:
    return (
        f"before-connect,max-subs={SUBSCRIPTIONS},max-keys={MAX_KEYS},max-value-bytes={MAX_VALUE}"
    )


@command("METADATA", least=1, early=True, cost=2.0)
def handle_metadata(session: Session, message: Message) -> Later | None:
    """Read, set and follow keys: target, then GET, LIST, SET, CLEAR, SUB, UNSUB, SUBS or SYNC."""
    target, *rest = message.params
    subcommand, params = rest[0].upper() if rest else "", rest[1:]
    if session.attachment is None and not session.has(Cap.METADATA):
        session.reply(n.ERR_NOTREGISTERED)
        return None
    own = _OWN.get(subcommand)
    row = _SUBCOMMANDS.get(subcommand)
    if own is None and row is None:
        given = safe(rest[0]) if rest else "*"
        _fail(session, "SUBCOMMAND_INVALID", given, text="Unknown subcommand")
        return None
    if len(params) < (own or row or (0,))[0]:
        session.reply(n.ERR_NEEDMOREPARAMS, "METADATA")
        return None
    me = target == "*" or target.lower() == session.name.lower()
    if own is not None:
        if me:
            own[1](session, params)
        else:
            _fail(session, "INVALID_TARGET", safe(target), text="Subscriptions are one's own")
    elif session.attachment is None:
        _early(session, me, subcommand, params)
    elif (owner := _owner(session, target, me)) is None:
        _fail(session, "INVALID_TARGET", safe(target), text="Invalid metadata target")
    elif row is not None:
        return row[1](session, owner, params)
    return None


def _fail(session: Session, code: str, *context: str, text: str) -> None:
    session.fail("METADATA", code, *context, text=text)


def _owner(session: Session, target: str, me: bool) -> Owner | None:
    if me:
        return session.me.participant
    try:
        if is_channel(target):
            return session.me.group(group_of(target))
        return session.me.addressee(target)
    except WordsError:
        return None


# Answers


def _value(session: Session, target: str, key: str, value: str) -> bytes:
    return reply(
        n.RPL_KEYVALUE, session.ircd.name_shown, session.name, target, key, "*", text=value
    )


def _unset(session: Session, target: str, key: str) -> bytes:
    return reply(n.RPL_KEYNOTSET, session.ircd.name_shown, session.name, target, key)


def _invalid(session: Session, key: str) -> bytes:
    server = session.ircd.name_shown
    return line("FAIL", "METADATA", "KEY_INVALID", safe(key), text="Invalid key", source=server)


def _is_key(key: str) -> bool:
    try:
        check_key(key)
    except BadInput:
        return False
    return True


def _get(session: Session, owner: Owner, keys: list[str]) -> None:
    values, name = session.me.metadata(owner), name_of(owner)

    def lines() -> Iterator[bytes]:
        for key in keys:
            if not _is_key(key):
                yield _invalid(session, key)
            elif (value := values.get(key)) is not None:
                yield _value(session, name, key, value)
            else:
                yield _unset(session, name, key)

    send_batch(session, "metadata", name, list(lines()))


def _list(session: Session, owner: Owner, _: list[str]) -> None:
    values, name = session.me.metadata(owner), name_of(owner)
    lines = [_value(session, name, key, value) for key, value in values.items()]
    send_batch(session, "metadata", name, lines)


def _set(session: Session, owner: Owner, params: list[str]) -> None:
    key, name = params[0], name_of(owner)
    value = params[1] if len(params) > 1 else None
    try:
        session.me.set_metadata(owner, key, value, privileged=may(session, "users"))
    except NotFound:
        _fail(session, "KEY_NOT_SET", name, key, text="Key not set")
    except TooMany:
        _fail(session, "LIMIT_REACHED", name, text="Metadata limit reached")
    except BadInput:
        _refuse_input(session, key)
    except WordsError:
        _denied(session, name, key)
    else:
        told = _unset(session, name, key) if value is None else _value(session, name, key, value)
        session.send(told)


def _refuse_input(session: Session, key: str) -> None:
    if _is_key(key):
        _fail(session, "VALUE_INVALID", key, text=f"A value has at most {MAX_VALUE} bytes")
    else:
        session.send(_invalid(session, key))


def _denied(session: Session, name: str, key: str) -> None:
    _fail(session, "KEY_NO_PERMISSION", name, key, text="You may not set this")


def _clear(session: Session, owner: Owner, _: list[str]) -> None:
    name = name_of(owner)
    try:
        keys = session.me.clear_metadata(owner, privileged=may(session, "users"))
    except WordsError:
        _denied(session, name, "*")
        return
    send_batch(session, "metadata", name, [_unset(session, name, key) for key in keys])


# Subscriptions


def _subscribe(session: Session, keys: list[str]) -> None:
    held = session.subscriptions
    new: list[str] = []
    taken: list[str] = []
    for key in keys:
        if not _is_key(key):
            session.send(_invalid(session, key))
        elif len(held) >= SUBSCRIPTIONS:
            _fail(session, "TOO_MANY_SUBS", key, text="Too many subscriptions")
            break
        else:
            if key not in held:
                held[key] = None
                new.append(key)
            taken.append(key)
    _keys(session, n.RPL_METADATASUBOK, taken)
    if new and session.attachment is not None:
        lines = list(of_all(session, new))
        if lines:
            send_batch(session, "metadata", session.name, lines)


def _unsubscribe(session: Session, keys: list[str]) -> None:
    gone = []
    for key in keys:
        if _is_key(key):
            session.subscriptions.pop(key, None)
            gone.append(key)
        else:
            session.send(_invalid(session, key))
    _keys(session, n.RPL_METADATAUNSUBOK, gone)


def _subscriptions(session: Session, _: list[str]) -> None:
    lines = [
        reply(n.RPL_METADATASUBS, session.ircd.name_shown, session.name, *row)
        for row in _rows(session, n.RPL_METADATASUBS, session.subscriptions)
    ]
    send_batch(session, "metadata-subs", "", lines)


def _keys(session: Session, numeric: n.Numeric, keys: Iterable[str]) -> None:
    for row in _rows(session, numeric, keys):
        session.reply(numeric, *row)


def _rows(session: Session, numeric: n.Numeric, keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield keys in rows that fit a line, of at most twelve parameters."""
    limit = room(numeric.number, session.name, source=session.ircd.name_shown)
    row: list[str] = []
    size = 0
    for key in dict.fromkeys(keys):
        if row and (size + len(key) + 1 > limit or len(row) == 12):
            yield row
            row, size = [], 0
        row.append(key)
        size += len(key) + 1
    if row:
        yield row


def _sync(session: Session, owner: Owner, _: list[str]) -> Later | None:
    keys, name = session.subscriptions, name_of(owner)
    if not isinstance(owner, Group):
        send_batch(session, "metadata", name, told(session, owner, keys))
        return None
    if session.me.participant.id not in owner.members:
        _fail(session, "INVALID_TARGET", name, text="You're not on that channel")
        return None
    lines = of_group(session, owner, tuple(keys))
    return paced.say(session, in_parts(session, "metadata", name, lines))


# Before registration


def _early(session: Session, me: bool, subcommand: str, params: list[str]) -> None:
    """SET on oneself, kept until one has come in; nothing else can be asked yet."""
    if not me or subcommand != "SET":
        _fail(session, "INVALID_TARGET", "*", text="You haven't come in yet")
        return
    key, held = params[0], session.metadata
    value = params[1] if len(params) > 1 else None
    try:
        check_key(key)
        check_value(value or "")
    except BadInput:
        _refuse_input(session, key)
        return
    if value is None and key not in held:
        _fail(session, "KEY_NOT_SET", "*", key, text="Key not set")
    elif value is None:
        del held[key]
        session.send(_unset(session, "*", key))
    elif key not in held and len(held) >= MAX_KEYS:
        _fail(session, "LIMIT_REACHED", "*", text="Metadata limit reached")
    else:
        held[key] = value
        session.send(_value(session, "*", key, value))


_SUBCOMMANDS: dict[str, tuple[int, Callable[[Session, Owner, list[str]], Later | None]]] = {
    "GET": (1, _get),
    "LIST": (0, _list),
    "SET": (1, _set),
    "CLEAR": (0, _clear),
    "SYNC": (0, _sync),
}
_OWN: dict[str, tuple[int, Callable[[Session, list[str]], None]]] = {
    "SUB": (1, _subscribe),
    "UNSUB": (1, _unsubscribe),
    "SUBS": (0, _subscriptions),
}
