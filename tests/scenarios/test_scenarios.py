"""Runs every story of this folder against a hub of its own; README.md has the form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.gateways import GATEWAYS, Speaker
from tests.scenarios.story import BadStory, Step, read
from tests.support.hub import HubProcess

FAST = {"limits": {"flood": {"burst": 1000000}}}
"""Of the hub: what is told is the same for those who ask slowly."""

STORIES = sorted(Path(__file__).parent.glob("*.chat"))


class Stage:
    """The clients of a running story, and what each was told and hasn't accounted for."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub = hub
        self.speakers: dict[str, Speaker] = {}
        self.told: dict[str, list[str]] = {}
        self.skipping: set[str] = set()

    def play(self, step: Step) -> None:
        """Do one step, or fail at its place."""
        name = step.name
        if step.newcomer is not None:
            self.speakers[name] = GATEWAYS[step.newcomer.gateway](self.hub, step.newcomer)
            self.told[name] = []
        elif step.action == "sends":
            self.speakers[name].send(step.text)
        elif step.action == "anything":
            self.skipping.add(name)
        elif step.action == "leaves":
            self.speakers[name].close()
        elif step.action == "nothing":
            self._nothing(step.place, name)
        else:
            self._receive(step)

    def _listen(self, name: str) -> list[str]:
        told = self.told[name]
        told += self.speakers[name].lines()
        return told

    def _receive(self, step: Step) -> None:
        name = step.name
        told = self._listen(name)
        fits = self.speakers[name].fits
        skipped = 0
        if name in self.skipping:
            self.skipping.discard(name)
            while skipped < len(told) and not fits(told[skipped], step.text):
                skipped += 1
        if skipped == len(told) or not fits(told[skipped], step.text):
            rest = "\n    ".join(told) or "(nothing)"
            pytest.fail(f"{step.place}: {name} should receive\n    {step.text}\nhas\n    {rest}")
        del told[: skipped + 1]

    def _nothing(self, place: str, name: str) -> None:
        told = self._listen(name)
        if name in self.skipping:
            self.skipping.discard(name)
            told.clear()
        if told:
            rest = "\n    ".join(told)
            pytest.fail(f"{place}: {name} should have nothing left but has\n    {rest}")

    def end(self, title: str) -> None:
        """Check that everybody's lines were told in the story."""
        for name in self.speakers:
            self._nothing(title, name)

    def close(self) -> None:
        """Hang up all."""
        for speaker in self.speakers.values():
            speaker.close()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path, new_hub: Callable[..., HubProcess]) -> None:
    stage = Stage(new_hub(FAST).start())
    try:
        for step in read(path):
            stage.play(step)
        stage.end(path.name)
    finally:
        stage.close()


@pytest.mark.parametrize(
    "text",
    [
        "ann sends: JOIN #g",
        "[irc] ann\n[irc] ann",
        "[irc] ann\nann says: hello",
        "[irc] ann caps",
        "nonsense",
    ],
)
def test_a_line_that_is_none_is_refused(
    text: str, tmp_path: Path, make_story: Callable[[str], Path]
) -> None:
    with pytest.raises(BadStory):
        read(make_story(text))


def test_a_story_that_did_not_happen_fails(
    hub: HubProcess, make_story: Callable[[str], Path]
) -> None:
    """The runner itself: a wrong line, a missing one, and one too many are seen."""
    start = "[irc] ann\nann sends: JOIN #g\n"
    for end in (
        "ann receives: :ann JOIN #other",
        "ann receives: :ann JOIN #g",
        "ann receives: ...\nann receives: PRIVMSG *",
        "ann receives: ...\nann receives: :bob JOIN #g",
        "ann receives: @-time=x 366 *",
    ):
        stage = Stage(hub)
        with pytest.raises(pytest.fail.Exception):
            _play(stage, read(make_story(start + end)))
        stage.close()


def _play(stage: Stage, steps: list[Step]) -> None:
    for step in steps:
        stage.play(step)
    stage.end("end")


@pytest.fixture
def make_story(tmp_path: Path) -> Callable[[str], Path]:
    """Return what writes a story."""

    def make(text: str) -> Path:
        path = tmp_path / "story.chat"
        path.write_text(text)
        return path

    return make
