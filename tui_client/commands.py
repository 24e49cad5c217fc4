"""Commands that are typed after a slash: one table, which completion, help and the runner read.

A usage line says what a command takes: PERSON is needed, [KEY] may be left out, TEXT... is the
rest of the line. What a command is done with is the `Desk`; a refusal of the hub goes to whoever
ran it, and `Misused` says what was typed wrongly.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol, TypeAlias

from tui_client.attention import RULES
from tui_client.changes import ConnectionChanged
from tui_client.composing import written
from tui_client.conversation import Conversation
from tui_client.link import Link
from tui_client.schema import BY_KEY, BadValue, Settings, parse
from tui_client.store import Store
from tui_client.text.safe import clean_line
from words.events import SettingChange


class Desk(Protocol):
    """What a command is done with: somebody's account, and the screen in front of him."""

    @property
    def store(self) -> Store:
        """Return what is known."""

    @property
    def link(self) -> Link:
        """Return the way to the hub."""

    @property
    def settings(self) -> Settings:
        """Return the settings."""

    @property
    def conversation(self) -> Conversation | None:
        """Return what is looked at."""

    def show(self, conversation: Conversation | None) -> None:
        """Look at a conversation, None: at what comes next."""

    def open(self, what: str, text: str = "") -> None:
        """Open something: "groups", "search", "mentions", "members", "settings", "help", "date",
        "person".
        """

    def say(self, text: str, kind: str = "text") -> None:
        """Send what was typed to the conversation that is looked at; kinds as in `Said`."""

    def quit(self) -> None:
        """End the program."""


class Misused(ValueError):
    """What was typed isn't a command, or not all of one; the text says what is missing."""


Handler: TypeAlias = Callable[[Desk, list[str]], Awaitable[None]]


class Command(NamedTuple):
    """A row. ``groups``: it is about the group that is looked at."""

    name: str
    usage: str
    help: str
    handler: Handler
    groups: bool

    @property
    def line(self) -> str:
        """Return how it is typed."""
        return f"/{self.name} {self.usage}".rstrip()

    @property
    def takes(self) -> list[str]:
        """Return the words of its usage line."""
        return self.usage.split()


COMMANDS: dict[str, Command] = {}
ALIASES = {
    "j": "join",
    "part": "leave",
    "close": "leave",
    "q": "query",
    "names": "members",
    "list": "groups",
    "unaway": "back",
    "exit": "quit",
    "mark": "read",
}


def command(name: str, usage: str = "", *, groups: bool = False) -> Callable[[Handler], Handler]:
    """Enter a handler into the table; its docstring is the help."""

    def enter(handler: Handler) -> Handler:
        help = (handler.__doc__ or "").strip().removesuffix(".")
        COMMANDS[name] = Command(name, usage, help, handler, groups)
        return handler

    return enter


def find(name: str) -> Command | None:
    """Return the command with this name, other name, or the only one that begins so."""
    name = name.casefold()
    if found := COMMANDS.get(ALIASES.get(name, name)):
        return found
    begin = [each for each in COMMANDS.values() if each.name.startswith(name)]
    return begin[0] if name and len(begin) == 1 else None


def is_command(typed: str) -> bool:
    """Return whether this is one and not a text; a text may begin with two slashes."""
    return typed.startswith("/") and not typed.startswith("//") and typed[1:2].strip() != ""


async def run(desk: Desk, typed: str) -> None:
    """Do what was typed; raises `Misused`, and what the hub refuses with."""
    name, _, rest = typed[1:].partition(" ")
    found = _found(name)
    arguments = _split(found, rest.strip())
    if found.groups and (desk.conversation is None or not desk.conversation.group):
        raise Misused(f"/{found.name} is for groups: go to one first")
    await found.handler(desk, arguments)


def _found(name: str) -> Command:
    found = find(name)
    if found is None:
        raise Misused(f"There is no command /{clean_line(name)}; /help lists them")
    return found


def _split(command: Command, rest: str) -> list[str]:
    """Return what a command takes, of the rest of the line; "" for what was left out."""
    found: list[str] = []
    for token in command.takes:
        if token.rstrip("]").endswith("..."):
            word, rest = rest, ""
        else:
            word, _, rest = rest.partition(" ")
            rest = rest.lstrip()
        if not word and not token.startswith("["):
            raise Misused(f"How to use it: {command.line}")
        found.append(word)
    if rest:
        raise Misused(f"That is too much. How to use it: {command.line}")
    return found


def _here(desk: Desk) -> Conversation:
    if desk.conversation is None:
        raise Misused("There is no conversation open")
    return desk.conversation


def _group(name: str) -> str:
    return name.lstrip("#") or name


# Conversations


@command("join", "GROUP [KEY]")
async def join(desk: Desk, words: list[str]) -> None:
    """Go into a group, which is made where there is none."""
    conversation = await desk.link.join(_group(words[0]), words[1])
    if conversation is not None:
        desk.show(conversation)


@command("leave", "[REASON...]")
async def leave(desk: Desk, words: list[str]) -> None:
    """Leave this group, or close this conversation."""
    conversation = _here(desk)
    await desk.link.leave(conversation, words[0])
    desk.show(None)


@command("query", "PERSON")
async def query(desk: Desk, words: list[str]) -> None:
    """Talk to somebody alone."""
    desk.show(desk.store.conversation(words[0], False))


@command("msg", "PERSON TEXT...")
async def msg(desk: Desk, words: list[str]) -> None:
    """Say something to somebody, or to a #group."""
    name, typed = words
    group = name.startswith("#")
    conversation = desk.store.conversation(_group(name) if group else name, group)
    text, spans = written(typed, conversation)
    desk.link.send(conversation, desk.store.compose(conversation, text, spans=spans))


@command("me", "TEXT...")
async def me(desk: Desk, words: list[str]) -> None:
    """Say what you are doing."""
    _here(desk)
    desk.say(words[0], "action")


@command("say", "TEXT...")
async def say(desk: Desk, words: list[str]) -> None:
    """Say something, even if it begins with a slash."""
    _here(desk)
    desk.say(words[0])


@command("notice", "TEXT...")
async def notice(desk: Desk, words: list[str]) -> None:
    """Say something that programs don't answer."""
    _here(desk)
    desk.say(words[0], "notice")


@command("read")
async def read(desk: Desk, words: list[str]) -> None:
    """Mark this conversation as read."""
    desk.link.mark_read(_here(desk))


@command("alert", "[all|mentions|none]")
async def alert(desk: Desk, words: list[str]) -> None:
    """Say what alerts you here: none mutes it, nothing is as usual."""
    conversation = _here(desk)
    if words[0] and words[0] not in RULES:
        raise Misused(f"It is one of {', '.join(RULES)}")
    conversation.rule = next((rule for rule in RULES if rule == words[0]), None)
    conversation.changed()
    desk.store.say(f"{conversation.title} alerts: {conversation.rule or 'as usual'}")


# Groups


@command("members", groups=True)
async def members(desk: Desk, words: list[str]) -> None:
    """Show who is in this group."""
    desk.open("members")


@command("topic", "[TEXT...]", groups=True)
async def topic(desk: Desk, words: list[str]) -> None:
    """Change the topic; without a text show it."""
    conversation = _here(desk)
    if words[0]:
        await desk.link.chat.set_topic(conversation.name, words[0])
    else:
        desk.store.say(conversation.topic or "There is no topic", conversation=conversation)


@command("invite", "PERSON [GROUP]")
async def invite(desk: Desk, words: list[str]) -> None:
    """Ask somebody into this group, or another."""
    name = _group(words[1]) if words[1] else _here(desk).name
    await desk.link.chat.invite(name, words[0])
    desk.store.say(f"{words[0]} is asked into #{name}")


@command("decline", "GROUP")
async def decline(desk: Desk, words: list[str]) -> None:
    """Don't follow an invitation."""
    await desk.link.chat.decline(_group(words[0]))


@command("kick", "PERSON [REASON...]", groups=True)
async def kick(desk: Desk, words: list[str]) -> None:
    """Remove somebody from this group."""
    await desk.link.chat.kick(_here(desk).name, *words)


@command("ban", "PERSON", groups=True)
async def ban(desk: Desk, words: list[str]) -> None:
    """Keep somebody out of this group: a name, or name!user@host with * and ?."""
    await _ban(desk, words[0], True)


@command("unban", "PERSON", groups=True)
async def unban(desk: Desk, words: list[str]) -> None:
    """Let somebody in again."""
    await _ban(desk, words[0], False)


async def _ban(desk: Desk, mask: str, added: bool) -> None:
    mask = mask if set(mask) & set("!@*?") else f"{mask}!*@*"
    changes = [SettingChange("ban", mask, added)]
    await desk.link.chat.change_settings(_here(desk).name, changes)


@command("bans", groups=True)
async def bans(desk: Desk, words: list[str]) -> None:
    """List who is kept out."""
    listed = await desk.link.chat.entries(_here(desk).name, "ban")
    lines = [f"{each.value} (by {each.by})" for each in listed] or ["Nobody is kept out"]
    desk.store.say("\n".join(map(clean_line, lines)))


@command("role", "PERSON ROLE", groups=True)
async def role(desk: Desk, words: list[str]) -> None:
    """Give somebody a role."""
    await desk.link.chat.grant(_here(desk).name, words[0], words[1])


@command("unrole", "PERSON ROLE", groups=True)
async def unrole(desk: Desk, words: list[str]) -> None:
    """Take a role from somebody."""
    await desk.link.chat.revoke(_here(desk).name, words[0], words[1])


@command("mode", "NAME [VALUE...]", groups=True)
async def mode(desk: Desk, words: list[str]) -> None:
    """Change a setting of the group: moderated, limit 50, and -limit takes it back."""
    name, added = words[0].lstrip("+-"), not words[0].startswith("-")
    changes = [SettingChange(name, words[1], added)]
    await desk.link.chat.change_settings(_here(desk).name, changes)


@command("register", groups=True)
async def register(desk: Desk, words: list[str]) -> None:
    """Keep this group when nobody is in it, with you as its founder."""
    await desk.link.chat.register(_here(desk).name)
    desk.store.say(f"{_here(desk).title} is registered")


@command("unregister", groups=True)
async def unregister(desk: Desk, words: list[str]) -> None:
    """Let this group end when nobody is in it."""
    await desk.link.chat.unregister(_here(desk).name)
    desk.store.say(f"{_here(desk).title} isn't registered any more")


# People


@command("whois", "PERSON")
async def whois(desk: Desk, words: list[str]) -> None:
    """Tell who somebody is."""
    desk.open("person", words[0])


@command("contact", "PERSON [CIRCLE...]")
async def contact(desk: Desk, words: list[str]) -> None:
    """Put somebody among your contacts."""
    await desk.link.chat.put_contact(words[1] or "Friends", words[0])
    desk.store.say(f"{words[0]} is a contact")


@command("uncontact", "PERSON")
async def uncontact(desk: Desk, words: list[str]) -> None:
    """Take somebody off your contacts."""
    await desk.link.chat.remove_contact(words[0])


@command("block", "PERSON")
async def block(desk: Desk, words: list[str]) -> None:
    """Let somebody neither reach nor see you."""
    chat = desk.link.chat
    await chat.deny(words[0])
    if desk.store.privacy.mode == "all":
        await chat.set_privacy("deny-list")
    desk.store.say(f"{words[0]} is blocked")


@command("unblock", "PERSON")
async def unblock(desk: Desk, words: list[str]) -> None:
    """Let somebody reach you again."""
    await desk.link.chat.deny(words[0], False)
    desk.store.say(f"{words[0]} isn't blocked any more")


@command("ignore", "PERSON")
async def ignore(desk: Desk, words: list[str]) -> None:
    """Hear nothing of somebody, also in groups."""
    await desk.link.chat.ignore(words[0])
    desk.store.say(f"{words[0]} is ignored")


@command("unignore", "PERSON")
async def unignore(desk: Desk, words: list[str]) -> None:
    """Hear somebody again."""
    await desk.link.chat.ignore(words[0], False)


@command("warn", "PERSON")
async def warn(desk: Desk, words: list[str]) -> None:
    """Warn somebody for what he said to you."""
    level = await desk.link.chat.warn(words[0])
    desk.store.say(f"{words[0]} has the warning level {level} % now")


@command("privacy", "[all|none|permit-list|deny-list|contacts]")
async def privacy(desk: Desk, words: list[str]) -> None:
    """Choose who may reach you."""
    if words[0]:
        await desk.link.chat.set_privacy(words[0])
    desk.store.say(f"Who may reach you: {words[0] or desk.store.privacy.mode}")


# Oneself


@command("away", "[TEXT...]")
async def away(desk: Desk, words: list[str]) -> None:
    """Be away, with a text for those who ask."""
    text = words[0] or "away"
    await desk.link.chat.set_away(text)
    _now_away(desk, text)


@command("back")
async def back(desk: Desk, words: list[str]) -> None:
    """Be there again."""
    await desk.link.chat.set_away(None)
    _now_away(desk, None)


def _now_away(desk: Desk, text: str | None) -> None:
    desk.store.away = text  # nobody is told of his own presence
    desk.store.tell(ConnectionChanged())


@command("nick", "NAME")
async def nick(desk: Desk, words: list[str]) -> None:
    """Take another name, as a guest."""
    await desk.link.chat.rename(words[0])


@command("profile", "TEXT...")
async def profile(desk: Desk, words: list[str]) -> None:
    """Say something of yourself, for those who ask."""
    await desk.link.chat.set_profile(words[0])


# Finding


@command("search", "[TEXT...]")
async def search(desk: Desk, words: list[str]) -> None:
    """Find what was said here, or anywhere."""
    desk.open("search", words[0])


@command("groups", "[TEXT...]")
async def groups(desk: Desk, words: list[str]) -> None:
    """Browse the groups of this hub."""
    desk.open("groups", words[0])


@command("mentions")
async def mentions(desk: Desk, words: list[str]) -> None:
    """List what mentioned you."""
    desk.open("mentions")


@command("history", "[DATE...]")
async def history(desk: Desk, words: list[str]) -> None:
    """Go to a day: 2026-11-22, 22 Nov, yesterday, 3 days."""
    _here(desk)
    desk.open("date", words[0])


@command("export", "[FILE...]")
async def export(desk: Desk, words: list[str]) -> None:
    """Write this conversation into a file: .txt, .md or .jsonl."""
    from tui_client.export import export as write

    try:
        path, count = await write(desk.link, _here(desk), words[0])
    except OSError as error:
        raise Misused(f"{error.strerror}: {error.filename}") from None
    desk.store.say(f"{count} messages are in {path}")


# The program


@command("set", "[SETTING] [VALUE...]")
async def set_(desk: Desk, words: list[str]) -> None:
    """Change a setting; without a value show it, without a name all."""
    key, value = words
    if not key:
        desk.open("settings")
        return
    setting = BY_KEY.get(key)
    if setting is None:
        raise Misused(f"There is no setting {clean_line(key)}: {', '.join(BY_KEY)}")
    if value:
        try:
            desk.settings.set(key, parse(setting, value))
        except BadValue as error:
            raise Misused(str(error)) from None
    now = desk.settings[key]
    if isinstance(now, bool):
        now = "on" if now else "off"
    desk.store.say(f"{key}: {now or 'none'}")


@command("theme", "THEME")
async def theme(desk: Desk, words: list[str]) -> None:
    """Use other colours."""
    await set_(desk, ["theme", words[0]])


@command("help", "[COMMAND]")
async def help_(desk: Desk, words: list[str]) -> None:
    """Show the commands, or one."""
    if not words[0]:
        desk.open("help")
        return
    found = _found(words[0].lstrip("/"))
    desk.store.say(f"{found.line}\n{found.help}")


@command("quit")
async def quit_(desk: Desk, words: list[str]) -> None:
    """End the program."""
    desk.quit()
