"""The state alone, fed with events as the hub tells them."""

from __future__ import annotations

import pytest

from tests.tui.shown import NOON
from tui_client.changes import Alerted, Change, Inserted, Removed, Told, Updated
from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.store import Store
from tui_client.timeline import MOST
from words.client import Heard
from words.events import (
    Actor,
    Edited,
    Event,
    GroupRenamed,
    Joined,
    Kicked,
    Presence,
    PresenceChanged,
    Quit,
    Reacted,
    Reaction,
    ReadMarked,
    Redacted,
    Renamed,
    RoleChange,
    RoleChanged,
    Said,
    Span,
    Typing,
)
from words.remote.values import (
    ContactInfo,
    MemberInfo,
    Position,
    Posted,
    StandingInfo,
    State,
)

ME = Actor(1, "alice", "a", "h", "alice")
BOB = Actor(2, "bob", "b", "h", "bob")
LOBBY = 70


class Fed:
    """A store that is online, and what its observers were told."""

    def __init__(self, read: int = 0, sequence: int = 0) -> None:
        self.store = Store("alice@here")
        self.told: list[Change] = []
        position = Position("lobby", True, LOBBY, sequence, read)
        self.store.signed_on(State("hub", "net", 1, "alice", True, NOON, [position]))
        self.store.observe(self.told.append)
        found = self.store.find("lobby", True)
        assert found is not None
        self.lobby: Conversation = found
        self.lobby.timeline.reset([], 1, sequence)
        self.lobby.timeline.at_end = True
        self.lobby.counted, self.lobby.uncounted = sequence, False
        self.sequence = sequence

    def hear(self, event: Event, where: str = "lobby") -> None:
        self.store.hear(Heard(where, event))

    def stamp(self, conversation: int = LOBBY) -> tuple[int, int, int, int]:
        self.sequence += 1
        return conversation, self.sequence, 1000 + self.sequence, NOON + self.sequence

    def said(self, text: str, actor: Actor = BOB, **more: object) -> Said:
        event = Said(*self.stamp(), actor, text, **more)  # type: ignore[arg-type]
        self.hear(event)
        return event

    def texts(self) -> list[str]:
        return [each.text for each in self.lobby.timeline.items if isinstance(each, Message)]

    def saw(self, kind: type[Change]) -> list[Change]:
        return [each for each in self.told if isinstance(each, kind)]


@pytest.fixture
def fed() -> Fed:
    return Fed()


def test_what_is_said_is_counted_and_shown_once(fed: Fed) -> None:
    first = fed.said("hello")
    fed.said("alice: are you there?")
    fed.hear(first)  # told again, as after a page of history
    assert fed.texts() == ["hello", "alice: are you there?"]
    assert (fed.lobby.unread, fed.lobby.mentions) == (2, 1)
    assert [each.message.text for each in fed.saw(Alerted)] == ["alice: are you there?"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "spans", "is_one"),
    [
        ("Alice, look", (), True),
        ("malice and alices", (), False),
        ("alice-bot said so", (), False),
        ("look at the deploy", (), True),
        ("you there", (Span(0, 3, "mention", "ALICE"),), True),
    ],
)
def test_mentions(fed: Fed, text: str, spans: tuple[Span, ...], is_one: bool) -> None:
    fed.store.keywords = ["deploy"]
    fed.said(text, spans=spans)
    assert fed.lobby.mentions == int(is_one)


def test_rules_decide_what_alerts_and_muted_counts_mentions_only(fed: Fed) -> None:
    fed.lobby.rule = "all"
    fed.said("one")
    fed.lobby.rule = "none"
    fed.said("two")
    fed.said("alice, three")
    assert [each.message.text for each in fed.saw(Alerted)] == ["one"]  # type: ignore[union-attr]
    assert (fed.lobby.unread, fed.lobby.mentions) == (2, 1)


def test_reading_elsewhere_is_known_here(fed: Fed) -> None:
    for text in ("one", "two", "three"):
        fed.said(text)
    fed.hear(ReadMarked(0, 0, 1, NOON, ME, "lobby", "", 2, NOON), "")
    assert fed.lobby.unread == 1
    fed.hear(ReadMarked(0, 0, 1, NOON, ME, "lobby", "", 3, NOON), "")
    assert fed.lobby.unread == 0
    fed.hear(ReadMarked(0, 0, 1, NOON, ME, "lobby", "", 1, NOON), "")
    assert fed.lobby.read == 3


def test_own_message_is_one_whichever_is_told_first(fed: Fed) -> None:
    for early in (True, False):
        message = fed.store.compose(fed.lobby, "mine")
        assert message.delivery == "pending"
        stamp = fed.stamp()
        posted = Posted(*stamp)
        if early:
            fed.store.posted(fed.lobby, message, posted)
            assert fed.lobby.timeline.waiting[0].delivery == "durable"  # type: ignore[union-attr]
        fed.hear(Said(*stamp, ME, "mine"))
        if not early:
            fed.store.posted(fed.lobby, message, posted)
    items = [each for each in fed.lobby.timeline.items if isinstance(each, Message)]
    assert [(each.delivery, each.mine, each.id > 0) for each in items] == [
        ("durable", True, True)
    ] * 2
    assert not fed.lobby.timeline.waiting
    assert fed.lobby.unread == 0


def test_what_others_say_meanwhile_stands_before_what_waits(fed: Fed) -> None:
    first = fed.store.compose(fed.lobby, "refused")
    fed.store.failed(fed.lobby, first, ValueError("no"))
    second = fed.store.compose(fed.lobby, "mine")
    fed.said("theirs")
    assert fed.texts() == ["theirs", "refused", "mine"]
    stamp = fed.stamp()
    fed.hear(Said(*stamp, ME, "mine"))
    fed.store.posted(fed.lobby, second, Posted(*stamp))
    assert fed.texts() == ["theirs", "mine", "refused"]
    waiting = fed.lobby.timeline.waiting[0]
    assert isinstance(waiting, Message)
    assert (waiting.delivery, waiting.error) == ("failed", "no")
    assert fed.store.retry(fed.lobby, waiting).delivery == "pending"
    fed.store.withdraw(fed.lobby, waiting)
    assert fed.texts() == ["theirs", "mine"]


def test_messages_change_in_their_place(fed: Fed) -> None:
    said = fed.said("helo")
    key = fed.lobby.timeline.items[0].key
    fed.hear(Edited(*fed.stamp(), BOB, said.id, "hello"))
    for added in (True, True):
        fed.hear(Reacted(*fed.stamp(), ME, said.id, "+1", added))
    item = fed.lobby.timeline.items[0]
    assert isinstance(item, Message)
    assert (item.key, item.text, item.reactions) == (
        key,
        "hello",
        (Reaction("+1", ((1, "alice"),)),),
    )
    fed.hear(Reacted(*fed.stamp(), ME, said.id, "+1", False))
    fed.hear(Redacted(*fed.stamp(), BOB, said.id))
    item = fed.lobby.timeline.items[0]
    assert isinstance(item, Message)
    assert (item.text, item.reactions, item.redacted > 0) == ("", (), True)
    assert len(fed.lobby.timeline) == 1
    assert fed.saw(Updated)


def test_members_are_followed(fed: Fed) -> None:
    members = fed.lobby.members
    members.fill(
        [MemberInfo("alice", 1), MemberInfo("bob", 2, roles=["voice"]), MemberInfo("x", 9)]
    )
    fed.hear(
        Joined(*fed.stamp(), Actor(3, "carol", "c", "h", origin="libera"), roles=("operator",))
    )
    fed.hear(RoleChanged(*fed.stamp(), ME, (RoleChange(BOB, "voice", False),)))
    fed.hear(PresenceChanged(0, 0, 5, NOON, BOB, "lunch", Presence()), "")
    fed.hear(Renamed(0, 0, 5, NOON, BOB, "robert"), "")
    fed.hear(Quit(0, 0, 6, NOON, Actor(9, "x", "x", "h"), "bye"), "")
    found = [(each.name, each.role, each.away, each.origin) for each in members.sorted()]
    assert found == [
        ("carol", "operator", None, "libera"),
        ("alice", "", None, ""),
        ("robert", "", "lunch", ""),
    ]
    fed.hear(Kicked(*fed.stamp(), BOB, ME, "enough"))
    assert not fed.lobby.inside
    assert [each.text for each in fed.saw(Told)] == ["bob removed you from #lobby: enough"]  # type: ignore[union-attr]


def test_contacts_stand_as_they_are_told(fed: Fed) -> None:
    contacts = fed.store.contacts
    contacts.fill(
        {"Friends": [ContactInfo("Bob", "Bobby"), ContactInfo("carol")]},
        [StandingInfo("bob", NOON, 0, "lunch")],
    )
    assert [each.standing for each in contacts] == ["away", "gone"]
    fed.hear(PresenceChanged(0, 0, 5, NOON, BOB, None, Presence()), "")
    assert [each.standing for each in contacts] == ["here", "gone"]
    fed.hear(Quit(0, 0, 6, NOON, BOB, "bye"), "")
    assert [each.standing for each in contacts] == ["gone", "gone"]


def test_direct_talk_opens_a_conversation_and_follows_a_new_name(fed: Fed) -> None:
    fed.hear(Said(71, 1, 5000, NOON, BOB, "psst", to="alice"), "")
    fed.hear(Said(71, 2, 5001, NOON, ME, "what?", to="bob"), "")
    talk = fed.store.find("BOB", False)
    assert talk is not None
    assert (talk.number, talk.unread, talk.last and talk.last.text) == (71, 0, "what?")
    fed.hear(Renamed(0, 0, 7, NOON, BOB, "robert"), "")
    assert fed.store.find("robert", False) is talk
    assert fed.store.find("bob", False) is None


def test_writing_is_seen_until_it_is_sent(fed: Fed) -> None:
    fed.hear(Typing(LOBBY, 0, 5, NOON, BOB, "active"))
    assert fed.lobby.typists == ["bob"]
    fed.said("done")
    assert fed.lobby.typists == []


def test_a_full_timeline_lets_go_at_the_other_end(fed: Fed) -> None:
    timeline = fed.lobby.timeline
    for number in range(MOST + 10):
        fed.said(str(number))
    assert len(timeline) <= MOST
    assert not timeline.at_start
    assert timeline.low == timeline.items[0].sequence
    assert fed.saw(Removed)
    timeline.following = False
    for number in range(MOST):
        fed.said(str(number))
    assert not timeline.at_end  # the rest is at the hub
    assert len(timeline) <= MOST


def test_changes_of_the_list_are_told_as_they_are(fed: Fed) -> None:
    """Whoever applies what is told to a copy has the list."""
    copy: list[object] = list(fed.lobby.timeline.items)

    def follow(change: Change) -> None:
        items = fed.lobby.timeline.items
        if isinstance(change, Inserted):
            copy[change.index : change.index] = items[change.index : change.index + change.count]
        elif isinstance(change, Removed):
            del copy[change.index : change.index + change.count]
        elif isinstance(change, Updated):
            copy[change.index] = items[change.index]
        if isinstance(change, Inserted | Removed | Updated):
            assert copy == items

    fed.store.observe(follow)
    message = fed.store.compose(fed.lobby, "mine")
    said = fed.said("theirs")
    fed.store.compose(fed.lobby, "more")
    fed.hear(Edited(*fed.stamp(), BOB, said.id, "changed"))
    fed.hear(Said(*fed.stamp(), ME, "more"))
    fed.store.failed(fed.lobby, message, ValueError("no"))
    older = [fed.store.record(Said(LOBBY, -n, -n, NOON, BOB, f"old {n}")) for n in (2, 1)]
    fed.lobby.timeline.add_older([each for each in older if each is not None], -2)
    fed.lobby.timeline.unload()
    assert len(copy) == 1


def test_a_group_with_another_name() -> None:
    """It is the same conversation, found by its number and by its new name."""
    fed = Fed()
    fed.said("before")
    fed.hear(GroupRenamed(*fed.stamp(), ME, "lobby", "hall"), "hall")
    fed.hear(Said(*fed.stamp(), BOB, "after"), "hall")
    assert fed.store.find("lobby", True) is None
    assert fed.store.find("hall", True) is fed.lobby
    assert fed.lobby.name == "hall"
