"""docs/irc.md is what the tables say, and its hub for tests is one."""

from __future__ import annotations

import re
from pathlib import Path

from gateways.irc import entries, names, reference
from gateways.irc.capabilities import CAPABILITIES
from gateways.irc.numerics import NUMERICS
from tests.gateways.irc.conftest import Connect
from tests.support.hub import ROOT, HubProcess
from tests.support.ports import free_port

PAGE = ROOT / "docs" / "irc.md"


def test_the_page_is_current() -> None:
    """`python -m gateways.irc.reference > docs/irc.md` makes it."""
    assert PAGE.read_text() == reference.page()


def test_everything_is_explained_and_nothing_else() -> None:
    assert reference.SETTINGS.keys() == names.SETTING_LETTERS.keys()
    assert set(reference.USER_MODES) == set(names.USER_MODES)
    assert set(reference.EXTBANS) == set(entries.EXTBAN[1:])
    assert reference.SOURCES.keys() <= CAPABILITIES.keys()
    for topic in reference.topics():
        assert "ource" in topic.about, topic.title
        assert all(row.help for row in topic.commands)


def test_every_numeric_is_sent_by_something() -> None:
    files = list((ROOT / "gateways" / "irc").rglob("*.py"))
    source = "".join(path.read_text() for path in files if path.name != "numerics.py")
    assert [name for name in NUMERICS if not re.search(rf"\b{name}\b", source)] == []


def test_the_hub_for_tests(tmp_path: Path, connect: Connect) -> None:
    """Cheap passwords, no flood control."""
    (config,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    hub = HubProcess(tmp_path, config.replace("6667", str(free_port()))).start()
    try:
        hub.add_user("ann", "secret")
        ann = connect(hub.irc_port).register("ann", password="secret")
        assert len(ann.ask(*["TIME"] * 500)) == 500
    finally:
        hub.kill()
