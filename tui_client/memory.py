"""What outlives the program, per account: drafts, input history, what wasn't sent, rules."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

import msgspec

from tui_client import files
from tui_client.attention import Rule
from tui_client.conversation import Conversation
from tui_client.link import Link
from tui_client.records import Message
from tui_client.store import Store, Typed
from words.events import MessageKind, Span

log = logging.getLogger(__name__)


class Unsent(msgspec.Struct, frozen=True):
    """A message that the hub hasn't confirmed; its token makes that it counts once."""

    name: str
    group: bool
    text: str
    kind: MessageKind
    spans: tuple[Span, ...]
    reply_to: int
    token: str


class Talk(msgspec.Struct, frozen=True):
    """What is kept of one conversation."""

    name: str
    group: bool
    draft: str = ""
    rule: Rule | None = None


class Kept(msgspec.Struct, frozen=True):
    """All of it, as it stands in the file."""

    talks: list[Talk] = []
    typed: list[Typed] = []
    unsent: list[Unsent] = []
    current: tuple[str, bool] | None = None


class Memory:
    """One account's file. ``current`` is the conversation that was looked at last."""

    def __init__(self, folder: Path, account: str) -> None:
        safe = re.sub(r"[^\w@.-]", "_", account)[:60]
        digest = hashlib.sha256(account.encode()).hexdigest()[:8]
        self.path = folder / f"{safe}-{digest}.json"
        self.current: Conversation | None = None
        self._last = b""

    def restore(self, store: Store, link: Link) -> tuple[str, bool] | None:
        """Put everything back, and send what wasn't; return what was looked at last."""
        try:
            raw = self.path.read_bytes()
            kept = msgspec.json.decode(raw, type=Kept)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("%s can't be read: %s", self.path, error)
            return None
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            self._put_aside(error)
            return None
        for talk in kept.talks:
            found = store.find(talk.name, talk.group)
            if found is None and talk.draft:
                found = store.conversation(talk.name, talk.group)
            if found is not None:
                found.draft, found.rule = talk.draft, talk.rule
        store.typed.extend(kept.typed)
        for each in kept.unsent:
            conversation = store.conversation(each.name, each.group)
            message = store.compose(
                conversation,
                each.text,
                each.kind,
                spans=each.spans,
                reply_to=each.reply_to,
                token=each.token,
            )
            link.send(conversation, message)
        return kept.current

    def _put_aside(self, error: Exception) -> None:
        """Keep what can't be understood under another name: what is saved would replace it."""
        aside = self.path.with_suffix(".damaged")
        log.warning("%s can't be read, it is kept as %s: %s", self.path, aside, error)
        with suppress(OSError):
            os.replace(self.path, aside)

    def save(self, store: Store) -> None:
        """Write what there is to keep, if it is news. What can't be written is logged."""
        current = self.current
        kept = Kept(
            [
                Talk(each.name, each.group, each.draft, each.rule)
                for each in store
                if each.draft or each.rule
            ],
            list(store.typed),
            [_unsent(each, item) for each in store for item in each.timeline.waiting],
            (current.name, current.group) if current is not None else None,
        )
        raw = msgspec.json.encode(kept)
        if raw == self._last:
            return
        try:
            files.write(self.path, raw.decode())
            self._last = raw
        except OSError as error:
            log.warning("%s can't be written: %s", self.path, error)


def _unsent(conversation: Conversation, item: object) -> Unsent:
    assert isinstance(item, Message)
    return Unsent(
        conversation.name,
        conversation.group,
        item.text,
        item.kind,
        item.spans,
        item.reply_to,
        item.token,
    )
