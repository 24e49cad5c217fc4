"""MODE: settings and roles of channels, and one's own modes.

Source: Modern IRC, MODE message.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.entries import entry_of, entry_shown, rule_of, rule_shown
from gateways.irc.handlers.channels import group_named
from gateways.irc.handlers.user_modes import own_modes
from gateways.irc.modes import Change, ModeError, ModeTable, parse_modes
from gateways.irc.names import (
    CHANMODES,
    ROLES_BY_LETTER,
    SETTING_LETTERS,
    SETTINGS_BY_LETTER,
    group_of,
    is_channel,
    shown,
)
from gateways.irc.refusals import refuse
from gateways.irc.session import Session
from gateways.irc.table import command
from gateways.irc.wrap import prefix
from words.chat import policy
from words.chat.group import FLAGS, Group
from words.chat.participant import Participant
from words.errors import BadInput, NeedsRight, NotMember, TooMany, WordsError
from words.events import SettingChange

TABLE = ModeTable.of(CHANMODES, "".join(ROLES_BY_LETTER))
MODES_TAKEN = 50
"""Changes with an argument that are taken of one line, though ISUPPORT MODES promises fewer:
Ergo takes them all, and what is dropped in silence helps nobody."""
LISTS = {
    "b": ("ban", n.RPL_BANLIST, n.RPL_ENDOFBANLIST),
    "e": ("except", n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST),
    "I": ("invite", n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST),
    "g": ("filter", n.RPL_SPAMFILTER, n.RPL_ENDOFSPAMFILTER),
}


@command("MODE", least=1, active=True)
def handle_mode(session: Session, message: Message) -> None:
    """Show or change the modes of a channel, or one's own."""
    target, *rest = message.params
    if not is_channel(target):
        own_modes(session, target, rest)
        return
    group = group_named(session, target)
    if not rest:
        _show(session, group)
        return
    changes, errors = parse_modes(rest, TABLE, MODES_TAKEN)
    for error in errors:
        say_error(session, group, error)
    apply_modes(session, group, changes)


def say_error(session: Session, group: Group, error: ModeError) -> None:
    """Say what was left out of a MODE."""
    if error.reason == "unknown":
        session.reply(n.ERR_UNKNOWNMODE, error.letter if error.letter not in ": " else "*")
    elif error.reason in ("missing", "bad"):
        text = "You must specify a parameter" if error.reason == "missing" else "Invalid parameter"
        given = safe(error.argument)
        session.reply(n.ERR_INVALIDMODEPARAM, shown(group.name), error.letter, given, text=text)


def _show(session: Session, group: Group) -> None:
    settings = group.settings
    inside = session.me.participant.id in group.members
    letters = sorted(SETTING_LETTERS[name] for name in FLAGS if getattr(settings, name))
    arguments = []
    if settings.key:
        letters.append("k")
        arguments.append(settings.key if inside else "*")
    if settings.limit:
        letters.append("l")
        arguments.append(str(settings.limit))
    if settings.forward:
        letters.append("f")
        arguments.append(shown(settings.forward))
    if settings.slow:
        letters.append("W")
        arguments.append(str(settings.slow))
    channel = shown(group.name)
    session.reply(n.RPL_CHANNELMODEIS, channel, "+" + "".join(letters), *arguments)
    session.reply(n.RPL_CREATIONTIME, channel, str(group.facts.created // 1000))


def apply_modes(
    session: Session, group: Group, changes: list[Change], *, force: bool = False
) -> None:
    """Apply changes in order, neighbours of one kind together: each is all or nothing.

    ``force``: by who looks after the hub, and needs no right in the channel.
    """
    roles: list[tuple[Participant, str, bool]] = []
    settings: list[SettingChange] = []
    listed: set[str] = set()  # each once: a line has room for four hundred letters

    def flush() -> None:
        _each(session, group, roles, partial(session.me.change_roles, force=force))
        _each(session, group, settings, partial(session.me.change_settings, force=force))
        roles.clear()
        settings.clear()

    for change in changes:
        added = change.sign == "+"
        if change.letter in TABLE.prefixes:
            if settings:
                flush()
            _add_role(session, group, change, roles, force)
        elif change.letter in LISTS and change.argument is None:
            flush()
            if change.letter not in listed:
                show_list(session, group, change.letter)
            listed.add(change.letter)
        else:
            if roles:
                flush()
            setting = _setting(session, group, change, added)
            if setting is not None:
                settings.append(setting)
    flush()


T = TypeVar("T")


def _each(
    session: Session, group: Group, wanted: list[T], change: Callable[[Group, list[T]], object]
) -> None:
    """Change all at once where that may be, so that it is one event; else what may be."""
    if not wanted:
        return
    try:
        change(group, wanted)
    except WordsError as error:
        if len(wanted) == 1 or (isinstance(error, NotMember) and session.member_error(error)):
            _refuse(session, group, error, _given(wanted[0]))
            return
        refused: dict[str, tuple[WordsError, str]] = {}
        for one in wanted:
            try:
                change(group, [one])
            except WordsError as error:
                refused.setdefault(repr(error), (error, _given(one)))
        for each, given in refused.values():
            _refuse(session, group, each, given)


def _given(one: object) -> str:
    return one.value if isinstance(one, SettingChange) else ""


def _add_role(
    session: Session,
    group: Group,
    change: Change,
    wanted: list[tuple[Participant, str, bool]],
    force: bool,
) -> None:
    name = ROLES_BY_LETTER[change.letter]
    roles = session.ircd.service.settings.roles
    if name not in roles.by_name:
        session.reply(n.ERR_UNKNOWNMODE, change.letter)
        return
    try:
        nick = change.argument or ""
        found = session.ircd.service.registry.participant(nick) if force else None
        other = found or session.me.somebody(nick)
    except WordsError as error:
        mine = group.members.get(session.me.participant.id)
        held = mine.roles if mine else ()
        may = force or group.roles(roles).may_grant(held, roles.by_name[name])
        refuse(session, "MODE", error if may else NeedsRight("roles", group.name))
        return
    wanted.append((other, name, change.sign == "+"))


def _setting(session: Session, group: Group, change: Change, added: bool) -> SettingChange | None:
    name = SETTINGS_BY_LETTER[change.letter]
    value = change.argument or ""
    try:
        if name in FLAGS:
            value = ""
        elif change.letter == "g":
            value = rule_of(value)
        elif change.letter in LISTS:
            value = entry_of(value)
            if added and len(entry_shown(value).encode()) > limits.MASK_BYTES:
                raise ValueError(value)
        elif change.letter == "f" and added:
            if not is_channel(value):
                raise ValueError(value)
            value = group_of(value)
    except ValueError:
        say_error(session, group, ModeError("bad", change.letter, change.argument or ""))
        return None
    return SettingChange(name, value, added)


def _refuse(session: Session, group: Group, error: WordsError, given: str = "") -> None:
    channel = shown(group.name)
    if isinstance(error, NotMember) and session.member_error(error) and error.args[1] == group.name:
        session.reply(n.ERR_CHANOPRIVSNEEDED, channel)  # Modern IRC: of outsiders, too
    elif isinstance(error, TooMany):
        letter = SETTING_LETTERS.get(str(error.args[0]), "b")
        session.reply(n.ERR_BANLISTFULL, channel, letter)
    elif isinstance(error, BadInput) and error.args[0] == "key":
        session.reply(n.ERR_INVALIDKEY, channel)
    elif isinstance(error, BadInput) and error.args[0] in SETTING_LETTERS:
        letter, given = SETTING_LETTERS[str(error.args[0])], safe(given)
        session.reply(n.ERR_INVALIDMODEPARAM, channel, letter, given, text="Invalid parameter")
    elif isinstance(error, BadInput) and error.args[0] == "rule":
        session.reply(
            n.ERR_INVALIDMODEPARAM, channel, "g", "*", text=prefix(str(error.args[1]), 200)
        )
    else:
        refuse(session, "MODE", error)


def show_list(session: Session, group: Group, letter: str) -> None:
    """Say what is on a list."""
    name, row, end = LISTS[letter]
    channel = shown(group.name)
    if letter == "g":  # who reads the filter gets past it
        me = session.me.participant
        roles = session.ircd.service.settings.roles
        try:
            policy.with_right(group, me, "lists", roles)
        except WordsError as error:
            _refuse(session, group, error)
            return
    elif letter != "b" and session.me.participant.id not in group.members:
        session.reply(n.ERR_NOTONCHANNEL, channel)  # whom it lets in is the members' affair
        return
    write = rule_shown if letter == "g" else entry_shown
    for value, entry in group.facts.lists[name].items():
        session.reply(row, channel, write(value), entry.by, str(entry.time // 1000))
    session.reply(end, channel)
