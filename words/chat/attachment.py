"""One live connection of a participant: the verbs it may call, its forms, what it hears."""

from __future__ import annotations

from words.chat.verbs.contacts import Contacts
from words.chat.verbs.editing import Editing
from words.chat.verbs.inviting import Inviting
from words.chat.verbs.marks import Marks
from words.chat.verbs.membership import Membership
from words.chat.verbs.metadata import Metadata
from words.chat.verbs.moderation import Moderation
from words.chat.verbs.people import People
from words.chat.verbs.privacy import Privacy
from words.chat.verbs.reading import Reading
from words.chat.verbs.registering import Registering
from words.chat.verbs.relaying import Relaying
from words.chat.verbs.renaming import Renaming
from words.chat.verbs.sessions import Sessions
from words.chat.verbs.tokens import Tokens


class Attachment(
    Editing,
    Membership,
    Inviting,
    Moderation,
    Registering,
    People,
    Contacts,
    Privacy,
    Reading,
    Marks,
    Metadata,
    Relaying,
    Renaming,
    Sessions,
    Tokens,
):
    """All verbs of the chat service, as one participant's one connection calls them."""

    __slots__ = ()
