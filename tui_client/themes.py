"""Our two themes; the third is the terminal's own colours, which Textual has."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="words-dark",
    primary="#5fafff",
    secondary="#8787af",
    accent="#ffaf5f",
    warning="#ffaf5f",
    error="#ff6b6b",
    success="#7fd17f",
    foreground="#d8dee9",
    background="#16181d",
    surface="#1c1f26",
    panel="#242832",
    dark=True,
)

LIGHT = Theme(
    name="words-light",
    primary="#005fb8",
    secondary="#5f5f87",
    accent="#a84a00",
    warning="#a84a00",
    error="#b3261e",
    success="#1a7f37",
    foreground="#1f2328",
    background="#ffffff",
    surface="#f6f8fa",
    panel="#eaeef2",
    dark=False,
)

NAMES = {"dark": "words-dark", "light": "words-light", "terminal": "ansi-dark"}
"""What the setting says, and what Textual calls it."""
