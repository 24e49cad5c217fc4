"""All members of a group, in pages, whatever happens while they are read."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from tests.client.following import happens, until
from words.client import Client, Heard
from words.client.members import Gathering, changed
from words.events import (
    AccountChanged,
    Actor,
    Event,
    Joined,
    Kicked,
    Left,
    PresenceChanged,
    Quit,
    Renamed,
    RoleChange,
    RoleChanged,
)
from words.remote.values import MemberInfo, MemberPage

Make = Callable[..., Client]


class Group:
    """A group as a hub has it, whose members are asked for while things happen."""

    def __init__(self) -> None:
        self.members: dict[int, MemberInfo] = {}
        self.clock = 0
        self.told: list[Event] = []

    def page(self, after: int, size: int) -> MemberPage:
        rest = sorted(number for number in self.members if number > after)
        more = rest[size - 1] if len(rest) > size else 0
        self.clock += 1
        return MemberPage(self.clock, more, [self.members[number] for number in rest[:size]])

    def happen(self, what: str, number: int) -> None:
        self.clock += 1
        member = self.members.get(number, MemberInfo(f"n{number}", number))
        actor = Actor(number, member.name, "u", "h", member.account)
        stamp = (1, self.clock, self.clock, 0, actor)
        event: Event
        if number not in self.members:
            event = Joined(*stamp, "real", None, False, ("voice",) if what == "role" else ())
        elif what == "role":
            change = RoleChange(actor, "voice", "voice" not in member.roles)
            event = RoleChanged(*stamp, (change, RoleChange(actor, "operator", True)))
        else:
            event = {
                "left": Left(*stamp),
                "quit": Quit(*stamp, ""),
                "kicked": Kicked(*stamp, actor),
                "named": Renamed(*stamp, f"m{self.clock}"),
                "away": PresenceChanged(*stamp, f"since {self.clock}"),
                "account": AccountChanged(*stamp, f"a{self.clock}"),
            }[what]
        self.told.append(event)
        for one, after in changed(event, self.members).items():
            if after is None:
                del self.members[one]
            else:
                self.members[one] = after


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["role", "left", "quit", "kicked", "named", "away", "account"]),
        st.integers(1, 9),
    ),
    max_size=8,
)


@given(HAPPENINGS, st.lists(HAPPENINGS, min_size=1, max_size=12), st.integers(1, 4), st.booleans())
def test_pages_and_what_happens_between_are_the_group(
    before: list[tuple[str, int]], between: list[list[tuple[str, int]]], size: int, early: bool
) -> None:
    """Whether an event is heard before the page that was made before it, or after."""
    group, gathering = Group(), Gathering("Lobby")
    for what, number in before:
        group.happen(what, number)
    group.told.clear()
    more = 0
    for happenings in [*between, *[[] for _ in range(10)]]:
        if more or not gathering.pages:
            page = group.page(more, size)
            more = page.more
        for what, number in happenings:
            group.happen(what, number)
        heard, group.told = group.told, []
        if early:
            gathering.pages.append(page)
        for event in heard:
            gathering.hear(Heard("lobby", event))
        if not early:
            gathering.pages.append(page)
        if not more:
            break
    assert gathering.members() == [group.members[number] for number in sorted(group.members)]


async def test_a_hub_gives_pages(client: Make) -> None:
    async with client("alice") as alice, client("bob") as bob:
        info = await alice.chat.join("lobby")
        assert (len(info.members), info.more) == (1, 0)
        first = await alice.chat.members("lobby", limit=1)
        assert (first.members[0].name, first.more) == ("alice", 0)
        await bob.chat.join("lobby")
        joined = (await until(alice, happens(Joined, "bob")))[-1]
        assert isinstance(joined, Heard)
        assert info.at < first.at < joined.event.id
        page = await alice.chat.members("lobby", limit=1)
        assert page.at > joined.event.id
        assert page.more == page.members[0].id
        rest = await alice.chat.members("lobby", page.more, 1)
        assert (rest.more, rest.members[0].name) == (0, "bob")
        assert (await alice.chat.members("lobby", 2**70, -5)).members == []
        assert await alice.members("lobby") == [*page.members, *rest.members]
        await bob.chat.set_away("tea")
        assert [each.away for each in await bob.members("lobby")] == [None, "tea"]
