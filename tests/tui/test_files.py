"""What is kept in files: accounts, settings, keys, drafts; and what the terminal is sent."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_client import files, keymap, terminal
from tui_client.accounts import Account, Accounts, full_address, host_of
from tui_client.link import Link
from tui_client.memory import Memory
from tui_client.records import Message
from tui_client.schema import BY_KEY, SETTINGS, BadValue, Settings, parse
from tui_client.store import Store, Typed
from words.client import Guest

TEXTS = st.text(st.characters(blacklist_categories=["Cs"]))


@given(TEXTS, st.booleans(), st.integers(-(2**60), 2**60))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, text: str, flag: bool, number: int
) -> None:
    values = {"text": text, "flag": flag, "number": number, "list": [text, "b"]}
    path = tmp_path_factory.getbasetemp() / "any.toml"
    files.write(path, files.toml(values))
    assert files.read_toml(path) == values


def test_accounts_are_kept_and_found(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "new" / "accounts.toml")
    alice = Account("alice", "pbs://chat.example.org", auto=True, last=5)
    guest = Account("", "pb://localhost:9999", last=7)
    accounts.put(alice)
    accounts.put(guest)
    again = Accounts(accounts.path)
    assert again.all == [guest, alice]
    assert again.named("alice") == again.named("alice@chat.example.org") == alice
    assert again.named("guest@localhost:9999") == guest
    assert accounts.path.stat().st_mode & 0o077 == 0
    again.remove(alice)
    assert Accounts(accounts.path).all == [guest]


def test_a_broken_file_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.toml"
    for text in ("[[account", '[[account]]\nname = 5\nserver = "x"\n'):
        path.write_text(text)
        accounts = Accounts(path)
        assert str(path) in accounts.problem
        with pytest.raises(OSError, match="accounts"):
            accounts.put(Account("alice", "pb://localhost"))
        assert path.read_text() == text


@pytest.mark.parametrize(
    ("typed", "meant", "short"),
    [
        ("chat.example.org", "pbs://chat.example.org", "chat.example.org"),
        ("chat.example.org:99", "pbs://chat.example.org:99", "chat.example.org:99"),
        ("localhost", "pb://localhost", "localhost"),
        ("127.0.0.1:8787", "pb://127.0.0.1:8787", "127.0.0.1"),
        ("/run/words/pb", "unix:///run/words/pb", "pb"),
        ("pb://far.example", "pb://far.example", "far.example"),
    ],
)
def test_less_may_be_typed_of_an_address(typed: str, meant: str, short: str) -> None:
    assert full_address(typed) == meant
    assert host_of(meant) == short


def test_settings_are_kept_where_they_differ(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    changed: list[str] = []
    settings.on_change = changed.append
    settings.set("theme", "light")
    settings.set("bell", True)  # as it is
    settings.set("paste", 9)
    assert changed == ["theme", "paste"]
    assert settings.path.read_text() == 'theme = "light"\npaste = 9\n'
    again = Settings(settings.path)
    assert (again.text("theme"), again.number("paste"), again.flag("bell")) == ("light", 9, True)
    again.set("theme", "dark")
    assert settings.path.read_text() == "paste = 9\n"


def test_what_settings_cant_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('theme = "pink"\nbell = 3\npaste = 0\nmood = "merry"\nnotify = "none"\n')
    settings = Settings(path)
    assert len(settings.problems) == 4
    assert settings.text("notify") == "none"
    assert settings.text("theme") == "dark"
    for key, text in (("theme", "pink"), ("bell", "perhaps"), ("paste", "many"), ("paste", "0")):
        with pytest.raises(BadValue):
            parse(BY_KEY[key], text)
    assert all(parse(each, _typed(each.default)) == each.default for each in SETTINGS)


def _typed(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def test_keys_are_the_users_unless_they_clash(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(
        '[keys]\nhelp = "f1, alt+h"\nsearch = "ctrl+k"\nswitch = "ctrl+i"\nnothing = "f3"\n'
        'browse = "alt+j"\nmentions = "alt+j"\nsettings = 5\n'
        'back = "Alt+PgUp"\nside = "ctl+x"\nother = "alt+full_stop"\nquit = "alt+quickly"\n'
    )
    found = keymap.load(path)
    assert found.keys == {
        "help": "f1,alt+h",
        "mentions": "alt+j",
        "back": "alt+pageup",
        "other": "alt+full_stop",
    }
    text = "\n".join(found.problems)
    for part in ("search: ctrl+k is switch", "it is Tab", "no action nothing", "browse: alt+j is"):
        assert part in text
    for part in ("side: there is no key ctl+x", "quit: there is no key alt+quickly"):
        assert part in text


def test_our_own_keys_dont_clash() -> None:
    keys = [key for action in keymap.ACTIONS for key in keymap.split(action.keys)]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(keymap.NEVER)
    listed = ", ".join(f"`{action.id}`" for action in keymap.ACTIONS)
    assert listed in " ".join((Path(__file__).parents[2] / "docs/chat.md").read_text().split())


async def test_drafts_lines_and_what_wasnt_sent_outlive_the_program(tmp_path: Path) -> None:
    store = Store("alice@here")
    lobby = store.conversation("lobby", True)
    lobby.draft, lobby.rule = "half a thou", "none"
    store.typed.append(Typed("#lobby", "hello"))
    message = store.compose(store.conversation("bob", False), "are you there?")
    memory = Memory(tmp_path, "alice@here")
    memory.current = lobby
    memory.save(store)

    later = Store("alice@here")
    link = Link(later, "pb://localhost", Guest())
    later.conversation("lobby", True)
    assert Memory(tmp_path, "alice@here").restore(later, link) == ("lobby", True)
    again, bob = later.find("lobby", True), later.find("bob", False)
    assert again is not None
    assert bob is not None
    assert (again.draft, again.rule) == ("half a thou", "none")
    assert list(later.typed) == [Typed("#lobby", "hello")]
    waiting = bob.timeline.waiting[0]
    assert isinstance(waiting, Message)
    assert (waiting.text, waiting.token) == (message.text, message.token)


@pytest.mark.parametrize("text", [b"", b"{", b'{"talks": 5}', b'{"typed": [{"title": "\xff"}]}'])
def test_a_broken_memory_is_no_trouble_and_put_aside(tmp_path: Path, text: bytes) -> None:
    memory = Memory(tmp_path, "alice@here")
    memory.path.write_bytes(text)
    store = Store("alice@here")
    assert memory.restore(store, Link(store, "pb://localhost", Guest())) is None
    memory.save(store)
    assert memory.path.exists()
    assert memory.path.with_suffix(".damaged").read_bytes() == text


@given(TEXTS, TEXTS)
def test_nobody_commands_the_terminal_by_a_notification(heading: str, text: str) -> None:
    for kind in ("osc9", "osc777", "osc99"):
        sent = terminal.notification(kind, heading, text)
        assert _harmless(sent.replace("\x1b\\", "").replace("\x1b]", "").removesuffix("\x07"))
    assert _harmless(terminal.title(text).removeprefix("\x1b]").removesuffix("\x07"))


def _harmless(text: str) -> bool:
    return not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text)


def test_the_clipboard_is_reached_through_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    plain = terminal.copy("héllo")
    assert base64.b64decode(plain[7:-1]).decode() == "héllo"
    monkeypatch.setenv("TMUX", "/tmp/tmux")
    assert terminal.copy("x") == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    assert terminal.copy("x" * 100_000) == ""
