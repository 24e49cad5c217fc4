"""The window on a conversation: it shows consecutive rows, and stays on what it shows."""

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.theme import BUILTIN_THEMES

from tests.tui.shown import NOON, came, said
from tui_client.records import Item
from tui_client.widgets.drawing import Pen
from tui_client.widgets.palette import Palette
from tui_client.widgets.scene import Scene, Seen
from tui_client.widgets.selecting import shifted
from words.events import Joined, Left

VARIABLES = BUILTIN_THEMES["textual-dark"].to_color_system().generate()
PALETTE = Palette(VARIABLES, "#121212", False)


def items_of(kinds: str) -> list[Item]:
    """Return items: j somebody joins, l somebody leaves, a digit is a message of so many lines."""
    items: list[Item] = []
    for number, kind in enumerate(kinds, 1):
        if kind in "jl":
            items.append(came(number, f"n{number}", Left if kind == "l" else Joined))
        else:
            items.append(said(number, "\n".join(["line"] * int(kind)), "ab"[number % 2]))
    return items


def scene_of(items: list[Item], height: int = 10, width: int = 60) -> Scene:
    return Scene(items, Pen(PALETTE, width, lambda number: None), height)


def whole(scene: Scene) -> list[tuple[int, int]]:
    """Return every row there is, as unit and number."""
    rows, index = [], 0
    while index < len(scene.items):
        start, stop = scene.unit(index)
        rows += [(start, number) for number in range(len(scene.draw(start, stop).rows))]
        index = stop
    return rows


def places(window: list[Seen]) -> list[tuple[int, int]]:
    return [(seen.first, seen.number) for seen in window]


KINDS = st.text("123jl", min_size=1, max_size=40)


@settings(max_examples=60)
@given(KINDS, st.lists(st.integers(-15, 15), max_size=12), st.integers(1, 12))
def test_the_window_is_a_stretch_of_all_rows(kinds: str, moves: list[int], height: int) -> None:
    scene = scene_of(items_of(kinds), height)
    rows = whole(scene)
    bottom = len(rows)
    for move in [0, *moves]:
        scene.scroll(move)
        bottom = max(min(height, len(rows)), min(len(rows), bottom + move))
        seen = places(scene.window())
        assert seen == rows[max(0, bottom - height) : bottom]
        assert scene.following == (bottom == len(rows))


@settings(max_examples=60)
@given(KINDS, KINDS, st.integers(-60, 0))
def test_older_items_move_nothing(kinds: str, older: str, move: int) -> None:
    items = items_of(older + kinds)
    shown = items[len(older) :]
    scene = scene_of(shown, 6)
    scene.scroll(move)
    before = [(shown[seen.first].key, seen.row.strip.text) for seen in scene.window()]
    keys = {key for key, _ in before if key != shown[0].key}
    bottom = before[-1]
    shown[0:0] = items[: len(older)]
    scene.inserted(0, len(older))
    after = [(shown[seen.first].key, seen.row.strip.text) for seen in scene.window()]
    if bottom[0] in keys:  # the first unit may grow together with what came before it
        assert after[-1] == bottom


@settings(max_examples=40)
@given(KINDS, st.integers(0, 39), st.integers(1, 12))
def test_what_is_shown_is_in_sight(kinds: str, index: int, height: int) -> None:
    scene = scene_of(items_of(kinds), height)
    index %= len(kinds)
    scene.show(index)
    start, _ = scene.unit(index)
    assert start in [first for first, _ in places(scene.window())]
    assert len(scene.window()) == min(height, len(whole(scene)))


def test_the_end_is_followed_until_one_scrolls() -> None:
    items = items_of("1" * 30)
    scene = scene_of(items)
    items.append(said(31, "newest"))
    scene.inserted(30, 1)
    assert "newest" in scene.window()[-1].row.strip.text
    scene.scroll(-5)
    before = places(scene.window())
    items.append(said(32, "below"))
    scene.inserted(31, 1)
    assert places(scene.window()) == before
    scene.scroll(6)
    assert scene.following


def test_comings_and_goings_are_one_line_until_they_are_wanted() -> None:
    items: list[Item] = [said(1, "hello"), *(came(n, f"n{n}") for n in range(2, 7)), said(7, "bye")]
    scene = scene_of(items)
    texts = [seen.row.strip.text for seen in scene.window()]
    assert sum("joined" in text for text in texts) == 1
    assert any("5 joined" in text for text in texts)
    scene.whole = True
    scene.redraw()
    assert sum("joined" in seen.row.strip.text for seen in scene.window()) == 5


def test_days_new_messages_and_people_are_told_apart() -> None:
    day = 24 * 3600 * 1000
    items: list[Item] = [
        said(1, "one"),
        said(2, "two"),
        said(3, "three", time=NOON + day),
        said(4, "four", time=NOON + day),
    ]
    scene = scene_of(items, 20, 100)
    scene.marker = 3
    lines = [seen.row.strip.text for seen in scene.window()]
    assert sum("Mar" in line for line in lines) == 2
    assert [" new " in line for line in lines].index(True) == 5
    assert sum("moshez" in line for line in lines) == 3  # "two" follows "one"


def test_a_hundred_thousand_items_cost_as_much_as_a_few() -> None:
    items = items_of("1" * 100) * 1000
    scene = scene_of(items, 40)
    scene.window()
    scene.show(50_000)
    scene.scroll(-100)
    assert len(scene._drawn) < 400


@settings(max_examples=60)
@given(KINDS, st.integers(-60, -1), st.integers(0, 39), st.integers(1, 20))
def test_what_goes_elsewhere_moves_nothing(kinds: str, move: int, index: int, count: int) -> None:
    items = items_of(kinds + "1" * 8)
    scene = scene_of(items, 6)
    scene.scroll(move)
    bottom = scene.window()[-1]
    key = items[bottom.first].key
    index = min(index, len(items) - 1)
    gone = items[index : index + count]
    del items[index : index + len(gone)]
    scene.removed(index, len(gone))
    window = scene.window()
    assert len(window) == min(6, len(whole(scene)))
    if key not in [item.key for item in gone] and not scene.following and "j" not in kinds:
        assert key in [items[seen.first].key for seen in window]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9))
def test_a_selection_stays_on_its_messages(place: int, index: int, count: int) -> None:
    items = list(range(40))
    more = [*items[:index], *[-1] * count, *items[index:]]
    assert more[shifted(place, index, count) or 0] == items[place]
    fewer = [*items[:index], *items[index + count :]]
    after = shifted(place, index, -count)
    assert (after is None) == (index <= place < index + count)
    assert after is None or fewer[after] == items[place]
