"""About a person, a group, a message: what the hub tells, and what one may do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui_client.attention import RULES, Rule
from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.refusals import sentence
from tui_client.screens.ask import Line
from tui_client.screens.panel import Act, Fact, Panel
from words.errors import WordsError
from words.names import participant_key
from words.remote.values import PersonInfo
from words.spread.errors import SpreadError

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen

NEXT_RULE: dict[Rule | None, Rule | None] = {
    None: "all",
    "all": "mentions",
    "mentions": "none",
    "none": None,
}
RULE_NAMES: dict[Rule | None, str] = {
    None: "as the settings say",
    "all": "everything",
    "mentions": "mentions only",
    "none": "nothing (muted)",
}


def show(screen: MainScreen, panel: Panel) -> None:
    """Show a panel, and do what is chosen there; a refusal is told."""

    def chosen(act: Act | None) -> None:
        if act is not None:
            done = act.do()
            if done is not None:
                screen.run_worker(screen.session.link.attempt(done), group="acts")

    screen.app.push_screen(panel, chosen)


# A person


def open_person(screen: MainScreen, name: str) -> None:
    """Ask for a person and show him."""
    screen.run_worker(_person(screen, name), group="info", exclusive=True)


async def _person(screen: MainScreen, name: str) -> None:
    link = screen.session.link
    facts: list[Fact] = []
    info: PersonInfo | None = None
    try:
        info = await link.chat.whois(name)
        facts = _facts_of(info)
        said = await link.chat.profile(name)
        if said:
            facts.append(Fact("Says", said))
    except (WordsError, SpreadError) as error:
        if info is None:
            facts = [Fact("Name", name), Fact("Now", sentence(error))]
    mine = await _my_rights(screen)
    show(screen, Panel(name, facts, _acts_on(screen, name, mine)))


def _facts_of(info: PersonInfo) -> list[Fact]:
    found = [("Name", info.real_name), ("Account", info.account), ("Network", info.origin)]
    facts = [Fact(label, text) for label, text in found if text]
    if info.signed_on:
        state = "here" if info.away is None else f"away: {info.away}" if info.away else "away"
        if info.idle >= 60:
            state += f", idle for {span(info.idle)}"
        facts.append(Fact("Now", state))
        facts.append(Fact("Signed on", f"{span(int(time.time()) - info.signed_on)} ago"))
    else:
        facts.append(Fact("Now", "offline"))
    facts.append(Fact("From", f"{info.user}@{info.host}"))
    if info.groups:
        groups = [
            f"#{name} ({', '.join(roles)})" if roles else f"#{name}"
            for name, roles in info.groups.items()
        ]
        facts.append(Fact("Groups", ", ".join(groups)))
    return facts


def _acts_on(screen: MainScreen, name: str, rights: list[str]) -> list[Act]:
    store, link, here = screen.session.store, screen.session.link, screen.current
    if participant_key(name) == participant_key(store.name):
        return [Act("Close", lambda: None)]
    acts = [Act(f"Write to {name}", lambda: screen.show(store.conversation(name, False)))]
    if store.identity:
        contact = store.contacts.named(name)
        if contact is None:
            circle = next(iter(store.contacts.circles), "Friends")
            acts.append(Act("Add to contacts", lambda: link.chat.put_contact(circle, name)))
        else:
            acts.append(Act("Remove from contacts", lambda: link.chat.remove_contact(name)))
        acts += _barriers(screen, name)
    if here is not None and here.group and here.inside:
        acts += _orders(here, name, rights, screen)
    return acts


def _barriers(screen: MainScreen, name: str) -> list[Act]:
    link, privacy = screen.session.link, screen.session.store.privacy
    key = participant_key(name)
    ignored = any(participant_key(each) == key for each in privacy.ignore)
    denied = any(participant_key(each) == key for each in privacy.deny)

    async def block() -> None:
        await link.chat.deny(name)
        if privacy.mode == "all":
            await link.chat.set_privacy("deny-list")

    return [
        Act("Stop ignoring", lambda: link.chat.ignore(name, False))
        if ignored
        else Act("Ignore what is said in groups too", lambda: link.chat.ignore(name)),
        Act("Unblock", lambda: link.chat.deny(name, False)) if denied else Act("Block", block),
    ]


def _orders(group: Conversation, name: str, rights: list[str], screen: MainScreen) -> list[Act]:
    link, member = screen.session.link, group.members.named(name)
    where = group.name
    if member is None:
        return [Act(f"Ask into #{where}", lambda: link.chat.invite(where, name))]
    acts: list[Act] = []
    if "roles" in rights:
        for role in ("voice", "operator"):
            if role in member.roles:
                acts.append(
                    Act(f"Take {role} in #{where}", _call(link.chat.revoke, where, name, role))
                )
            else:
                acts.append(
                    Act(f"Make {role} in #{where}", _call(link.chat.grant, where, name, role))
                )
    if "kick" in rights:

        def kick() -> None:
            def because(reason: str | None) -> None:
                if reason is not None:
                    doing = link.attempt(link.chat.kick(where, name, reason))
                    screen.run_worker(doing, group="acts")

            screen.app.push_screen(Line(f"Why remove {name}?"), because)

        acts.append(Act(f"Remove from #{where}", kick))
    return acts


def _call(verb: Callable[..., Awaitable[None]], *args: str) -> Callable[[], Awaitable[None]]:
    return lambda: verb(*args)


async def _my_rights(screen: MainScreen) -> list[str]:
    here, session = screen.current, screen.session
    if here is None or not here.group or not here.inside:
        return []
    try:
        me = await session.link.chat.member(here.name, session.store.name)
    except (WordsError, SpreadError):
        return []
    return list(me.rights)


# A group


def open_group(screen: MainScreen, name: str) -> None:
    """Show what is known about a group."""
    screen.run_worker(_group(screen, name), group="info", exclusive=True)


async def _group(screen: MainScreen, name: str) -> None:
    session = screen.session
    group = session.store.conversation(name, True)
    await session.link.attempt(session.link.members(group))
    rights = await _my_rights(screen)
    show(screen, Panel(group.title, _facts_of_group(group), _acts_in(screen, group, rights)))


def _facts_of_group(group: Conversation) -> list[Fact]:
    facts = []
    if group.topic:
        facts.append(Fact("Topic", f"{group.topic}\n(by {group.topic_by})"))
    facts.append(Fact("Members", f"{len(group.members):,}"))
    if group.me is not None and group.me.roles:
        facts.append(Fact("You are", ", ".join(group.me.roles)))
    on = [name if value is True else f"{name} {value}" for name, value in group.settings.items()]
    if on:
        facts.append(Fact("Settings", ", ".join(on)))
    facts.append(Fact("Alerts", RULE_NAMES[group.rule]))
    return facts


def _acts_in(screen: MainScreen, group: Conversation, rights: list[str]) -> list[Act]:
    link = screen.session.link
    if not group.inside:
        return [
            Act(f"Join {group.title}", lambda: _joined(screen, group)),
            Act("Take off the list", lambda: link.leave(group)),
        ]

    def ask(question: str, verb: Callable[[str], Awaitable[None]], text: str = "") -> Act:
        def asking() -> None:
            def answered(answer: str | None) -> None:
                if answer is not None:
                    screen.run_worker(link.attempt(verb(answer)), group="acts")

            screen.app.push_screen(Line(question, text), answered)

        return Act(f"{question}…", asking)

    acts = [
        Act("Mark as read", lambda: link.mark_read(group)),
        Act(f"Alerts: {RULE_NAMES[NEXT_RULE[group.rule]]}", lambda: _rule(screen, group)),
    ]
    if "topic" in rights or not group.settings.get("topic_locked"):
        acts.append(
            ask("Change the topic", lambda text: link.chat.set_topic(group.name, text), group.topic)
        )
    acts.append(ask("Ask somebody in", lambda who: link.chat.invite(group.name, who.strip())))
    if "settings" in rights:
        acts.append(
            Act("Register: keep it when it is empty", lambda: link.chat.register(group.name))
        )
    acts.append(Act("Leave", lambda: link.leave(group)))
    return acts


async def _joined(screen: MainScreen, group: Conversation) -> None:
    joined = await screen.session.link.join(group.name)
    if joined is not None:
        await screen.session.link.open(joined)


def _rule(screen: MainScreen, group: Conversation) -> None:
    group.rule = NEXT_RULE[group.rule]
    assert group.rule is None or group.rule in RULES
    group.changed()
    screen.notify(f"{group.title} alerts: {RULE_NAMES[group.rule]}", markup=False)


# A message


def open_message(screen: MainScreen, message: Message) -> None:
    """Show what is known about a message."""
    written = time.strftime("%A %d %B %Y, %H:%M:%S", time.localtime(message.time / 1000))
    facts = [Fact("From", message.author), Fact("When", written)]
    if message.origin:
        facts.append(Fact("Network", message.origin))
    if message.edited:
        edited = time.strftime("%d %B, %H:%M:%S", time.localtime(message.edited / 1000))
        facts.append(Fact("Edited", edited))
    facts += [Fact(each.text, ", ".join(name for _, name in each.by)) for each in message.reactions]
    if message.error:
        facts.append(Fact("Not sent", message.error))
    facts.append(Fact("Text", message.text or "(deleted)"))
    view = screen.view

    def ask(what: str) -> Callable[[], None]:
        def asking() -> None:
            view.post_message(view.Asked(view, what, message))

        return asking

    acts = [
        Act("Reply", ask("reply")),
        Act("React", ask("react")),
        Act("Copy", lambda: screen.app.copy_text(message.text)),
        Act(f"About {message.author}", lambda: open_person(screen, message.author)),
    ]
    if message.mine and not message.redacted:
        acts.insert(2, Act("Edit", ask("edit")))
    if message.delivery == "failed":
        acts.insert(0, Act("Send again", ask("retry")))
    acts.append(Act("Delete", ask("redact")))
    show(screen, Panel("Message", facts, acts))


def span(seconds: int) -> str:
    """Return a time in a word or two."""
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        number = seconds // size
        if number:
            return f"{number} {name}{'s' if number > 1 else ''}"
    return "less than a minute"
