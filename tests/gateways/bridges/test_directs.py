"""Direct rooms of Matrix: strangers' invitations cost no more than a bounded table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateways.bridges.matrix.directs import AGAIN, INVITED, MOST, Directs


def test_invitations_are_accepted_at_a_bounded_rate() -> None:
    now = 0.0
    directs = Directs(lambda: now)
    assert sum(directs.welcome() for _ in range(1000)) == INVITED
    now += AGAIN * 3
    assert sum(directs.welcome() for _ in range(1000)) == 3
    now += 1_000_000
    assert sum(directs.welcome() for _ in range(1000)) == INVITED


def test_who_was_silent_longest_makes_way() -> None:
    directs = Directs(lambda: 0.0)
    for number in range(MOST):
        assert directs.keep(f"@{number}", f"!{number}") == ""
    directs.heard("!0")
    assert directs.keep("@new", "!new") == "!1"
    assert directs.room("@1") == ""
    assert directs.room("@0") == "!0"
    assert len(directs.rooms()) == MOST


STEPS = st.lists(st.tuples(st.sampled_from(["keep", "forget"]), st.integers(0, 3)), max_size=30)


@given(STEPS)
def test_each_has_the_room_that_was_made_last(steps: list[tuple[str, int]]) -> None:
    directs = Directs(lambda: 0.0)
    model: dict[str, str] = {}
    for made, (step, user) in enumerate(steps):
        if step == "keep":
            assert directs.keep(f"@{user}", f"!{made}") == ""
            model[f"@{user}"] = f"!{made}"
        else:
            directs.forget(model.pop(f"@{user}", "!gone"))
        directs.heard("!gone")
        assert directs.rooms() == model
