"""The styles of a conversation in the theme that is on; every colour is doubled by a sign."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual.app import App

from tui_client.text import colors

_ANSI_NAMES = ("red", "green", "yellow", "blue", "magenta", "cyan")


class Palette:
    """Styles on one background.

    ``ansi``: the terminal's own colours, not known. ``gray``: colours are shown as shades of gray,
    so what was chosen as a colour isn't shown at all: it might not be readable.
    """

    @classmethod
    def of(cls, app: App[Any], background: str) -> Palette:
        """Return the styles of the theme that is on."""
        return cls(app.theme_variables, background, app.current_theme.ansi, app.no_color)

    def __init__(
        self, variables: Mapping[str, str], background: str, ansi: bool, gray: bool = False
    ) -> None:
        self.ansi = ansi
        self.gray = gray
        self.background = background
        self._names: dict[str, Style] = {}
        if ansi:
            self._plain()
            return
        foreground = variables["foreground"][:7]

        def mixed(part: float, least: float) -> str:
            one, other = colors.parse(background), colors.parse(foreground)
            return colors.readable(
                colors.unparse(colors.blend(one, other, part)), background, least
            )

        def tinted(color: str, part: float) -> str:
            one, other = colors.parse(background), colors.parse(color)
            return colors.unparse(colors.blend(one, other, part))

        def strong(name: str) -> str:
            return colors.readable(variables[name][:7], background)

        primary, accent = variables["primary"][:7], variables["accent"][:7]
        self.text = Style(color=colors.readable(foreground, background), bgcolor=background)
        self.dim = Style(color=mixed(0.6, 4.5))
        self.rule = Style(color=mixed(0.28, 1.5))
        self.link = Style(color=strong("primary"), underline=True)
        self.code = Style(bgcolor=tinted(foreground, 0.1))
        self.own = Style(color=strong("primary"), bold=True)
        self.accent = Style(color=strong("accent"), bold=True)
        self.error = Style(color=strong("error"))
        self.success = Style(color=strong("success"))
        self.mention = Style(bgcolor=tinted(accent, 0.22), bold=True)
        self.mentioned = Style(bgcolor=tinted(accent, 0.1))
        self.hit = Style(color="#000000", bgcolor="#ffd75f")
        self.chip = Style(color=mixed(0.85, 4.5), bgcolor=tinted(foreground, 0.1))
        self.own_chip = Style(
            color=colors.readable(foreground, tinted(primary, 0.35)),
            bgcolor=tinted(primary, 0.35),
            bold=True,
        )
        self.cursor = Style(bgcolor=tinted(foreground, 0.12))
        self.selection = Style(
            color=colors.readable(foreground, tinted(primary, 0.5)), bgcolor=tinted(primary, 0.5)
        )

    def _plain(self) -> None:
        self.text = Style()
        self.dim = Style(dim=True)
        self.rule = Style(dim=True)
        self.link = Style(color="blue", underline=True)
        self.code = Style(color="cyan")
        self.own = Style(color="blue", bold=True)
        self.accent = Style(color="yellow", bold=True)
        self.error = Style(color="red")
        self.success = Style(color="green")
        self.mention = Style(reverse=True)
        self.mentioned = Style(bold=True)
        self.hit = Style(color="black", bgcolor="yellow")
        self.chip = Style(reverse=True, dim=True)
        self.own_chip = Style(reverse=True)
        self.cursor = Style(underline=True)
        self.selection = Style(reverse=True)

    def name(self, name: str) -> Style:
        """Return the style of a name: the same everywhere."""
        found = self._names.get(name)
        if found is None:
            if len(self._names) > 5_000:
                self._names.clear()
            hue = colors.hue_of(name)
            color = (
                _ANSI_NAMES[hue % len(_ANSI_NAMES)]
                if self.ansi
                else colors.hue_color(hue, self.background)
            )
            found = self._names[name] = Style(color=color, bold=True)
        return found

    def foreign(self, color: str, background: str = "") -> Style:
        """Return the style for the colours somebody chose, so that they can be read here."""
        if self.gray:
            return Style()
        if background:
            return Style(
                color=colors.readable(color, background) if color else None, bgcolor=background
            )
        return Style(color=color if self.ansi else colors.readable(color, self.background))


@lru_cache(1024)
def marked(kind: str, value: str) -> Style:
    """Return the style that says what a click is on: a link, a name, a reaction, ..."""
    return Style(meta={"words": (kind, value)})


@lru_cache(512)
def linked(url: str) -> Style:
    """Return the style of a link: OSC 8, and what a click is on."""
    return Style(link=url) + marked("open", url)
