"""Entries of lists and rules of filters, with hypothesis; slow mode and filters in the domain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.irc.entries import entry_of, entry_shown, rule_of, rule_shown
from tests.support.domain import World
from words.chat.attachment import Attachment
from words.chat.entries import fits, normal_entry
from words.chat.group import Group
from words.chat.rules import ACTIONS, LASTING, parse_rule, plain
from words.chat.verbs.reading import Wish
from words.chat.verbs.talk import Body
from words.errors import CannotReach, CannotSpeak, NeedsRight, NoSuchMessage
from words.events import Edited, Filtered, Joined, Left, Quit, Said, SettingChange, Warned

letters = st.text("abcé*?[]|", min_size=1, max_size=8)
masks = st.builds("{}!{}@{}".format, letters, letters, letters)
kinds = st.sampled_from(["account:", "realname:", "guest:", "!account:", "!realname:", "!guest:"])
entries = st.builds(
    lambda mute, kind, mask: mute + kind + mask,
    st.sampled_from(["", "mute:"]),
    kinds | st.just(""),
    masks,
)


@given(entries | st.sampled_from(["group:lobby", "mute:group:lobby", "!group:ab"]))
def test_entries_have_one_form(entry: str) -> None:
    kept = normal_entry(entry)
    assert normal_entry(kept) == kept
    assert entry_of(entry_shown(kept)) == kept
    assert callable(fits(kept))


@given(st.text(max_size=80))
def test_any_text_is_an_entry_or_refused(text: str) -> None:
    try:
        kept = normal_entry(text)
    except ValueError:
        return
    assert " " not in kept
    assert normal_entry(kept) == kept


actions = st.sampled_from(ACTIONS).flatmap(
    lambda action: st.sampled_from([action, f"{action}:90s"] if action in LASTING else [action])
)
subjects = st.sampled_from(["text *a b*", "regex a{1,3} b", "repeat 3/1m", "crosspost 2/10s"])


@given(actions, subjects)
def test_rules_have_one_form(action: str, subject: str) -> None:
    rule = parse_rule(f"{action} {subject}")
    assert parse_rule(rule.text) == rule
    assert rule.text.count(" ") == 2
    assert parse_rule(rule_of(rule_shown(rule.text))) == rule


@given(st.text(max_size=120) | st.text("droptexg *?/m139(|)", max_size=40))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    for given_rule in (text, f"drop regex {text}", f"drop text {text}"):
        try:
            rule = parse_rule(given_rule)
        except ValueError:
            continue
        assert parse_rule(rule.text) == rule


def test_texts_are_compared_as_people_see_them() -> None:
    assert plain("ＦＲＥＥ mo\u200bney") == plain("free money") == "free money"


def _room(world: World, *changes: SettingChange) -> tuple[Attachment, Attachment, Group]:
    ann, ben = world.login("ann"), world.login("ben")
    group = world.do(ann.join, "g")
    world.do(ben.join, "g")
    world.do(ann.change_settings, group, changes)
    world.hush()
    return ann, ben, group


def test_slow_mode_counts_accounts_not_connections(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ann, ben, group = _room(world, SettingChange("slow", "30", True))
    phone = world.guest("phone", account="ben")
    world.do(phone.join, "g")
    said = world.do(ben.say, group, Body("one"))
    for one in (ben, phone):
        with pytest.raises(CannotSpeak, match="slow mode: wait 30"):
            world.do(one.say, group, Body("two"))
    world.do(ben.edit, group, said.id, Body("one, mended"))  # that is no message more
    world.do(ben.leave, group)
    world.do(ben.join, "g")
    now = world.turns.now
    monkeypatch.setattr(world.turns, "now", lambda: now() + 31)
    world.do(phone.say, group, Body("three"))


def test_what_is_refused_leaves_no_trace_but_in_the_log(world: World) -> None:
    rule = SettingChange("filter", "warn text spam", True)
    ann, ben, group = _room(world, rule)
    with pytest.raises(CannotSpeak):
        world.do(ben.say, group, Body("Spam, spam"))
    (told,) = world.told_of(ann, Filtered)
    assert (told.action, told.rule, told.text) == ("warn", "warn text spam", "Spam, spam")
    (warned,) = world.told(ben)
    assert isinstance(warned, Warned)
    assert warned.level > 0
    assert world.do(ben.read_group, group, Wish(9)) == []
    said = world.do(ben.say, group, Body("eggs"))
    with pytest.raises(CannotSpeak):
        world.do(ben.edit, group, said.id, Body("spam"))
    assert [entry["text"] for entry in world.do(ann.filter_log, group, 2**62, 9)] == [
        "spam",
        "Spam, spam",
    ]
    with pytest.raises(NeedsRight):
        world.do(ben.filter_log, group, 2**62, 9)


def test_the_log_of_a_filter_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("words.chat.guard.MOST_LOGGED", 3)
    ann, ben, group = _room(world, SettingChange("filter", "report text x", True))
    for number in range(6):
        world.do(ben.say, group, Body(f"x{number}"))
    texts = [entry["text"] for entry in world.do(ann.filter_log, group, 2**62, 9)]
    assert texts == ["x5", "x4", "x3"]


def test_filters_live_on(world: World) -> None:
    """The hub's rules, a group's, and what has still to end: after a crash too."""
    ann, _, group = _room(
        world,
        SettingChange("filter", "drop text spam", True),
        SettingChange("ban", "mute:account:ben", True, 1),
        SettingChange("ban", "cat", True, 3600),
    )
    world.do(ann.register, group)
    world.do(world.service.guard.kept.add_rule, "drop text eggs", "test")
    other = world.again()
    ann, ben = other.login("ann"), other.login("ben")
    group = other.do(ann.join, "g")
    other.do(ben.join, "g")
    other.do(lambda: other.service.registry.expiring.update({group.key: 1}))
    other.do(other.service.errand)
    expected = {"mute:account:ben", "cat!*@*"}
    assert set(group.facts.lists["ban"]) in ({*expected}, {"cat!*@*"})
    while "mute:account:ben" in group.facts.lists["ban"]:
        other.do(other.service.errand)
        other.do(lambda: other.service.registry.note_expiry(group))
    for text in ("spam", "eggs"):
        with pytest.raises(CannotSpeak, match="filtered"):
            other.do(ben.say, group, Body(text))
    with pytest.raises(CannotReach, match="filtered"):
        other.do(ben.say_to, ann.participant, Body("eggs"))
    other.close()


def test_what_is_said_to_a_role(world: World) -> None:
    """Told to its rank and above and to the author; so are edits; others can't react."""
    ann, ben, group = _room(world)
    cat = world.login("cat")
    world.do(cat.join, "g")
    world.hush()
    said = world.do(cat.say, group, Body("for operators", role="operator"))
    assert (said.to, said.role) == ("operator", "operator")
    assert [event.text for event in world.told_of(ann, Said)] == ["for operators"]
    assert world.told(ben) == []
    world.do(cat.edit, group, said.id, Body("for operators alone"))
    assert len(world.told_of(ann, Edited)) == 1
    assert world.told(ben) == []
    for reader, texts in ((ann, 1), (ben, 0), (cat, 1)):
        found = world.do(reader.read_group, group, Wish(9, happenings=True))
        assert len([event for event in found if isinstance(event, Said)]) == texts
        assert len([event for event in found if isinstance(event, Edited)]) == texts
    with pytest.raises(NoSuchMessage):
        world.do(ben.react, group, said.id, "+1")


def test_an_auditorium_hides_who_came_from_history_too(world: World) -> None:
    ann, ben, group = _room(world, SettingChange("auditorium", "", True))
    cat = world.login("cat")
    world.do(cat.join, "g")
    world.leave(cat)
    assert [type(event) for event in world.told(ann)] == [Joined, Quit]
    assert world.told(ben) == []
    mine = world.do(ann.read_group, group, Wish(9, happenings=True))
    theirs = world.do(ben.read_group, group, Wish(9, happenings=True))
    names = [event.actor.name for event in mine if isinstance(event, Joined | Left)]
    assert names == ["ann", "ben", "cat", "cat"]
    seen = [event.actor.name for event in theirs if isinstance(event, Joined | Left)]
    assert seen == ["ben"]


def test_queries_and_parting_words_are_looked_at_too(world: World) -> None:
    ann, ben, group = _room(world, SettingChange("filter", "drop text spam", True))
    with pytest.raises(CannotSpeak):
        world.do(ben.signal, group, None, "SPAM here")
    world.do(ben.leave, group, "more spam: example.org")
    (left,) = world.told_of(ann, Left)
    assert left.reason == ""
    world.do(ben.join, "g")
    world.do(ben.leave, group, "bye")
    assert [each.reason for each in world.told_of(ann, Left)] == ["bye"]
    world.do(world.service.guard.kept.add_rule, "drop text eggs", "test")
    with pytest.raises(CannotReach):
        world.do(ben.signal, ann.participant, None, "eggs")
