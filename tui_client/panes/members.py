"""Who is in a group: by role, who is away dimmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style

from tui_client.conversation import Conversation
from tui_client.panes.listing import ROOMY, Listing, Row
from tui_client.people import Member
from tui_client.text.safe import clean_name

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen

ROLE_SIGNS = {"founder": "~", "operator": "@", "half-operator": "%", "voice": "+"}
"""As on IRC, where everybody knows them."""


def open_members(screen: MainScreen, text: str) -> None:
    """Show the members, and go there."""
    if not screen.members.display:
        screen.action_toggle_members()
    screen.members.focus()


FEW = 500
"""Members of whom a change is drawn at once; of more, a little later."""


class Who(NamedTuple):
    """A member that was chosen."""

    conversation: Conversation
    name: str


class MembersPane(Listing):
    """The members of one group."""

    HELP = """Who is in the group. ~ founder @ operator % half-operator + voice · zz away.

Enter or a click tells more of somebody, and what you may do."""
    DEFAULT_CSS = """
    MembersPane { width: 18; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.conversation: Conversation | None = None
        self._pending = False

    def show(self, conversation: Conversation | None) -> None:
        """Show who is in another group."""
        self.conversation = conversation
        self.top = 0
        self._renew()

    @property
    def pad(self) -> int:
        """Return how many blanks stand at both sides of a row, where there is room."""
        return 1 if self.size.width >= ROOMY else 0

    def renew(self) -> None:
        """Make the rows anew, once for all that has changed just now."""
        if not self._pending and self.display and self.conversation is not None:
            self._pending = True
            self.set_timer(0.05 if len(self.conversation.members) < FEW else 0.5, self._renew)

    def _renew(self) -> None:
        self._pending = False
        self.show_rows(list(self._rows()))

    def restyled(self) -> None:
        """Make the rows anew."""
        self._renew()

    def _rows(self) -> Iterator[Row]:
        conversation = self.conversation
        if conversation is None or not conversation.group:
            return
        members = conversation.members
        number = f"{len(members):,}" if members.complete else "…"
        yield Row(
            (("Members", self.palette.dim + Style(bold=True)),), ((number, self.palette.dim),)
        )
        for each in members.sorted():
            yield self._row(conversation, each)

    def _row(self, conversation: Conversation, member: Member) -> Row:
        palette = self.palette
        away = member.away is not None
        sign = ROLE_SIGNS.get(member.role, "&" if member.role else " ")
        name = clean_name(member.name)
        style = palette.dim if away else palette.name(member.name)
        left = ((sign, palette.accent + Style(bold=False)), (name, style))
        right = (("zz", palette.dim),) if away else ()
        if member.origin:
            right = ((clean_name(member.origin), palette.dim),)
        return Row(left, right, Who(conversation, member.name))
