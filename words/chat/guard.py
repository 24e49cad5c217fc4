"""What keeps talk bearable: slow mode, and the filter of a group and of the hub.

A message is looked at before it is said. One that fits a rule of the filter is refused (unless the
rule only reports), and what the rule says is done to its author: that stays though the message is
refused. Who has a role with the right to speak is neither slowed nor filtered in his group.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from words.chat.entries import MUTE
from words.chat.group import Group
from words.chat.kept_rules import Kept
from words.chat.participant import Participant
from words.chat.person import warned
from words.chat.registry import HUB, now_ms
from words.chat.rules import ACTIONS, Rule, filter_of, plain
from words.errors import BadInput, CannotReach, CannotSpeak, TooFast, TooMany
from words.events import Filtered, Kicked, SettingChange, SettingsChanged, Warned
from words.names import participant_key

if TYPE_CHECKING:
    from words.chat.service import ChatService

REMEMBERED = 32
"""Texts of one person that are compared with what he says next."""

SPEAKERS = 1000
"""People of one group whose last message is remembered, until those who may speak are forgotten."""

MOST_LOGGED = 1000
"""Entries of a group's log of the filter; then the oldest go."""

REASON = "Filtered"


class Spoken(NamedTuple):
    """A text that somebody said: when (`Reactor.now`), where, and what it hashes to."""

    time: float
    place: int
    text: int


class Guard:
    """Slow mode and filters of one hub."""

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self._store = service.journal.store
        self._spoke: dict[int, dict[str, float]] = {}
        self.kept = Kept(service.journal)

    @property
    def watching(self) -> bool:
        """Whether the hub has a filter of its own."""
        return bool(self.kept.texts)

    # Messages

    def check(self, group: Group, author: Participant, text: str, *, edit: bool = False) -> None:
        """Let a message pass, or raise `CannotSpeak` when what its rule says is done."""
        slow = 0 if edit else group.settings.slow
        if slow:
            self._require_patience(group, author, slow)
        rules = tuple(group.facts.lists["filter"])
        if rules or self.kept.texts:
            self._filter(group, author, text, rules)
        if slow:
            self._note_spoken(group, author, slow)

    def passes(self, group: Group, text: str) -> bool:
        """Return whether no rule fits a text, without doing anything about it."""
        rules = (*group.facts.lists["filter"], *self.kept.texts)
        return not rules or not filter_of(rules).of_text(plain(text))

    def check_direct(self, author: Participant, other: Participant, text: str) -> None:
        """Do the same for what is said to one participant: the hub's filter alone.

        Raises `CannotReach`.
        """
        fitting = self._fitting(self.kept.texts, author, -other.id, plain(text), None)
        if fitting is not None:
            self._log(0, author, fitting, "")  # what people say to each other isn't for a log
            self._act_for_hub(author, fitting)
            if fitting.action != "report":
                raise CannotReach(other.name, "filtered")

    def _filter(self, group: Group, author: Participant, text: str, rules: tuple[str, ...]) -> None:
        seen = plain(text)
        ours = self._fitting(self.kept.texts, author, group.id, seen, group)
        theirs = self._fitting(rules, author, group.id, seen, group, known=bool(self.kept.texts))
        rule = max((each for each in (theirs, ours) if each), key=_hardness, default=None)
        if rule is None:
            return
        self._log(group.id, author, rule, text)
        self._tell(group, author, rule, text)
        if rule is ours:
            self._act_for_hub(author, rule)
        else:
            self._act(group, author, rule)
        if rule.action != "report":
            raise CannotSpeak(group.name, "filtered")

    def _fitting(
        self,
        rules: tuple[str, ...],
        author: Participant,
        place: int,
        text: str,
        group: Group | None,
        *,
        known: bool = False,
    ) -> Rule | None:
        """Return the hardest rule that a text fits. ``known``: it is remembered already."""
        if not rules:
            return None
        tried = filter_of(rules)
        found = tried.of_text(text)
        if tried.mentions and group is not None:
            count = _mentioned(group, self._service, text)
            found += [rule for rule in tried.mentions if count >= rule.times]
        if tried.repeats or tried.crossposts:
            found += self._repeated(tried.repeats, tried.crossposts, author, place, text, known)
        return max(found, key=_hardness, default=None)

    def _repeated(
        self,
        repeats: list[Rule],
        crossposts: list[Rule],
        author: Participant,
        place: int,
        text: str,
        known: bool,
    ) -> list[Rule]:
        now, hashed = self._service.turn.now(), hash(text)
        if author.said is None:
            author.said = deque(maxlen=REMEMBERED)
        if not known or not author.said or author.said[-1] != Spoken(now, place, hashed):
            author.said.append(Spoken(now, place, hashed))
        same = [each for each in author.said if each.text == hashed]
        found = []
        for rule in repeats:
            since = now - rule.window
            if sum(each.time >= since and each.place == place for each in same) >= rule.times:
                found.append(rule)
        for rule in crossposts:
            since = now - rule.window
            if len({each.place for each in same if each.time >= since}) >= rule.times:
                found.append(rule)
        return found

    # Slow mode

    def _require_patience(self, group: Group, author: Participant, slow: int) -> None:
        last = self._spoke.get(group.id, {}).get(_who(author))
        if last is not None:
            wait = last + slow - self._service.turn.now()
            if wait > 0:
                raise TooFast(group.name, f"slow mode: wait {int(wait) + 1} seconds")

    def _note_spoken(self, group: Group, author: Participant, slow: int) -> None:
        now = self._service.turn.now()
        spoke = self._spoke.setdefault(group.id, {})
        spoke[_who(author)] = now
        if len(spoke) > SPEAKERS:
            self._spoke[group.id] = {who: at for who, at in spoke.items() if at + slow > now}

    def forget(self, group: Group) -> None:
        """Forget who spoke in a group that is empty."""
        self._spoke.pop(group.id, None)

    # What rules do

    def _act(self, group: Group, author: Participant, rule: Rule) -> None:
        if rule.action == "warn":
            self._warn(author)
        if rule.action in ("mute", "ban"):
            self._list(group, author, rule)
        if rule.action in ("kick", "ban") and author.id in group.members:
            stamp = self._service.registry.stamp(group)
            actor = self._service.itself
            self._service.happen(group, Kicked(*stamp, actor, author.actor, REASON))

    def _list(self, group: Group, author: Participant, rule: Rule) -> None:
        """Put somebody on the list of those who may not speak, or not come in."""
        account, host = author.actor.account, author.actor.host
        entry = f"account:{account}" if account else f"*!*@{host}"
        value = MUTE + entry if rule.action == "mute" else entry
        entries = group.facts.lists["ban"]
        if value in entries or len(entries) >= self._service.settings.limits.list_entries:
            return
        change = SettingChange("ban", value, True, rule.seconds)
        stamp = self._service.registry.stamp(group)
        self._service.happen(group, SettingsChanged(*stamp, self._service.itself, (change,)))

    def _act_for_hub(self, author: Participant, rule: Rule) -> None:
        if rule.action == "warn":
            self._warn(author)
        elif rule.action == "ban":
            self._ban(author, rule)
        if rule.action in ("kick", "ban"):
            for attachment in list(author.attachments):
                attachment.outlet.close(REASON)

    def _ban(self, author: Participant, rule: Rule) -> None:
        account, host = author.actor.account, author.actor.host
        target = f"account:{account}" if account else f"*!*@{host}"
        try:
            self._service.bans.add(target, REASON, "filter", rule.seconds)
        except (BadInput, TooMany):
            return  # nobody is let off: he is put out all the same

    def _warn(self, author: Participant) -> None:
        service = self._service
        level = warned(service.persons.of(author).level(now_ms()), True)
        event = Warned(*service.registry.own_stamp(author), HUB, author.actor, level)
        service.persons.happen(author, event)

    def _tell(self, group: Group, author: Participant, rule: Rule, text: str) -> None:
        """Tell the members who may kick."""
        roles = group.roles(self._service.settings.roles)
        event = Filtered(
            group.id, 0, *self._service.registry.passing()[2:], author.actor,
            rule.action, rule.text, text,
        )  # fmt: skip
        for member in group.members.values():
            if roles.have(member.roles, "kick"):
                for attachment in member.participant.attachments:
                    self._service.fanout.tell(attachment, event, group.name)

    def _log(self, conversation: int, author: Participant, rule: Rule, text: str) -> None:
        journal = self._service.journal
        self._store.write(
            "INSERT INTO filtered VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            journal.ids.next(),
            conversation,
            author.id,
            author.shown,
            author.actor.account,
            rule.action,
            rule.text,
            text,
        )
        self._store.write(
            "DELETE FROM filtered WHERE conversation = ?1 AND id <= (SELECT id FROM filtered"
            " WHERE conversation = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            conversation,
            MOST_LOGGED,
        )


def _hardness(rule: Rule) -> int:
    return ACTIONS.index(rule.action)


def _who(author: Participant) -> str:
    return participant_key(author.actor.account) or f"/{author.id}"


def _mentioned(group: Group, service: ChatService, text: str) -> int:
    """Return how many members are named in a text."""
    words = {participant_key(word.strip("@,:;.!?()<>\"'")) for word in text.split()}
    found = (service.registry.participants.get(word) for word in words)
    return sum(one is not None and one.id in group.members for one in found)
