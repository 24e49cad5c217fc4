"""The place for writing: the composer, what it offers, and what the text is about to become."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message as Posted
from textual.strip import Strip
from textual.widget import Widget

from tui_client.conversation import Conversation
from tui_client.records import Message
from tui_client.store import Store, Typed
from tui_client.text.markup import typed
from tui_client.text.safe import clean_line, clean_name, clip
from tui_client.widgets.composer import Composer
from tui_client.widgets.popup import Popup


class Aside(Widget):
    """A line that says what Enter will do, when that isn't just to send."""

    DEFAULT_CSS = """
    Aside {
        display: none; height: 1; width: 1fr; background: $panel; color: $text-accent;
        &.-open { display: block; }
    }
    """

    text = ""

    def say(self, text: str) -> None:
        """Say something, "" for nothing."""
        self.text = text
        self.set_class(bool(text), "-open")
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Render it."""
        width = self.size.width
        strip = Strip([Segment(clip(self.text, width), self.rich_style)])
        return strip.adjust_cell_length(width, self.rich_style)


class Prompt(Widget):
    """The sign in front of what is written."""

    DEFAULT_CSS = """
    Prompt { width: 2; height: 1; background: $background; color: $text-accent; }
    """

    def render_line(self, y: int) -> Strip:
        """Render it."""
        return Strip([Segment("> ", self.rich_style)])


class Writing(Vertical):
    """See the module. `Written` is posted with what is to be sent."""

    DEFAULT_CSS = """
    Writing { height: auto; width: 1fr; }
    Writing > Horizontal { height: auto; width: 1fr; background: $background; }
    """

    @dataclass
    class Written(Posted):
        """A text is to be sent to where it was written, as an answer to ``reply``, or in the place
        of ``edited``.
        """

        writing: Writing
        text: str
        reply: Message | None
        edited: Message | None
        conversation: Conversation | None

    @dataclass
    class Left(Posted):
        """Escape was pressed with nothing to close."""

        writing: Writing

    @dataclass
    class Typing(Posted):
        """The draft has changed: somebody is writing, or ("") no longer."""

        writing: Writing
        text: str

    def __init__(self, *, id: str | None = None, many: int = 5) -> None:
        super().__init__(id=id)
        self.many = many
        """Pasted lines above which it is asked what to do."""
        self.reply: Message | None = None
        self.edited: Message | None = None
        self._asking = ""
        self._aside = Aside()
        self.popup = Popup()
        self.composer = Composer(self.popup, id="composer")
        self.composer.draft_changed = self._draft
        self.composer.entered = self._entered

    def compose(self) -> ComposeResult:
        """Stack them: what is offered is above what is written."""
        yield self.popup
        yield self._aside
        with Horizontal():
            yield Prompt()
            yield self.composer

    def use(self, store: Store | None, conversation: Conversation | None) -> None:
        """Write to another conversation; what was typed stays with the one before."""
        before = self.composer.conversation
        if before is not None and self.edited is None and before.draft != self.composer.text:
            before.draft = self.composer.text  # the composer tells of its last keys by and by
            before.changed()
        self._about()
        self.composer.use(store, conversation)

    def answer(self, message: Message) -> None:
        """Write an answer to a message."""
        self._about(reply=message)
        self.composer.focus()

    def edit(self, message: Message) -> None:
        """Write a message anew; the draft comes back afterwards."""
        self._about(edited=message)
        self.composer.put(typed(message.text, message.spans))
        self.composer.focus()

    def put_back(self, text: str, reply: Message | None = None) -> None:
        """Have a text here again that couldn't be sent."""
        if not self.composer.text:
            self._about(reply=reply)
            self.composer.put(text)
            self._draft(text)

    def _about(self, reply: Message | None = None, edited: Message | None = None) -> None:
        if self.edited is not None and edited is None:
            draft = self.composer.conversation.draft if self.composer.conversation else ""
            self.composer.put(draft)
        self.reply, self.edited, self._asking = reply, edited, ""
        if reply is not None:
            text = f"╭ Answer {clean_name(reply.author)}: {clean_line(reply.text)}"
            self._aside.say(text)
        elif edited is not None:
            self._aside.say("✎ Edit: Enter changes the message, Esc leaves it as it is")
        else:
            self._aside.say("")

    def _draft(self, text: str) -> None:
        conversation = self.composer.conversation
        if self._asking:
            self._about(self.reply, self.edited)
        if conversation is not None and self.edited is None:
            if conversation.draft != text:
                conversation.draft = text
                conversation.changed()
            self.post_message(self.Typing(self, text))

    # What the composer tells

    def _entered(self, text: str, pasted: bool) -> None:
        """Send it, or ask what is to become of so many lines."""
        text = text.rstrip()
        lines = text.count("\n") + 1
        if pasted and lines > self.many and not self._asking:
            self._asking = text
            self._aside.say(
                f"{lines} lines: Enter sends them, Ctrl+O as one line, Esc goes on writing"
            )
            return
        self._send(text)

    def _send(self, text: str) -> None:
        reply, edited = self.reply, self.edited
        conversation, store = self.composer.conversation, self.composer.store
        if edited is None and conversation is not None and store is not None:
            line = Typed(conversation.title, text)
            if not store.typed or store.typed[-1] != line:
                store.typed.append(line)
            conversation.draft = ""
        self.edited = None
        self.composer.use(store, conversation)
        self._about()
        self.post_message(self.Written(self, text, reply, edited, conversation))

    def key_ctrl_o(self) -> None:
        """Send many lines as one."""
        if self._asking:
            self._send(" ".join(self._asking.split()))

    def on_composer_escaped(self, event: Composer.Escaped) -> None:
        """Give up what the text was for; else leave it to whoever is above."""
        event.stop()
        if self._asking:
            self._about(self.reply, self.edited)
        elif self.reply is not None or self.edited is not None:
            self._about()
        else:
            self.post_message(self.Left(self))

    def on_popup_picked(self, event: Popup.Picked) -> None:
        """Take what was clicked."""
        event.stop()
        self.composer.accept(event.choice)
        self.composer.focus()
