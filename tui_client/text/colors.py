"""Colours that can be read: names by their hash, and other people's colours, on any background.

Hues are taken around the OKLCH circle (https://www.w3.org/TR/css-color-4/#ok-lab), where equal
lightness looks equal; the lightness is moved until the contrast (WCAG 2, relative luminance) is
enough.
"""

from __future__ import annotations

import math
import zlib
from functools import lru_cache

RGB = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

HUES = 24
READABLE = 4.5
"""The least contrast of a text with its background (WCAG 2, AA)."""

_CHROMA = 0.13


def hue_of(name: str) -> int:
    """Return which of the hues a name has, everywhere and always the same."""
    return zlib.crc32(name.casefold().encode("utf-8", "replace")) % HUES


@lru_cache(256)
def hue_color(hue: int, background: str) -> str:
    """Return the colour #rrggbb of a hue on a background #rrggbb."""
    ground = luminance(parse(background))
    dark = ground < 0.18
    steps = [step / 50 for step in (range(36, 50) if dark else range(32, 9, -1))]
    color = (0.5, 0.5, 0.5)
    for lightness in steps:
        color = _oklch(lightness, _CHROMA, math.tau * (hue + 0.3) / HUES)
        if _contrast(luminance(color), ground) >= READABLE:
            break
    return unparse(color)


@lru_cache(1024)
def readable(color: str, background: str, least: float = READABLE) -> str:
    """Return a colour near this one that can be read on a background."""
    wanted, ground = parse(color), luminance(parse(background))
    goal = 1.0 if ground < 0.18 else 0.0
    for step in range(11):
        part = step / 10
        mixed = unparse(blend(wanted, (goal, goal, goal), part))
        if _contrast(luminance(parse(mixed)), ground) >= least:
            return mixed
    return unparse((goal, goal, goal))


def contrast(color: str, background: str) -> float:
    """Return how much two colours differ: 1 to 21."""
    return _contrast(luminance(parse(color)), luminance(parse(background)))


def blend(one: RGB, other: RGB, part: float) -> RGB:
    """Return a mixture with so much of the other."""
    red, green, blue = (a + (b - a) * part for a, b in zip(one, other, strict=True))
    return red, green, blue


def parse(color: str) -> RGB:
    """Return the parts of #rrggbb."""
    number = int(color[1:7], 16)
    return (number >> 16) / 255, (number >> 8 & 255) / 255, (number & 255) / 255


def unparse(color: RGB) -> str:
    """Return #rrggbb."""
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in color)


def luminance(color: RGB) -> float:
    """Return the relative luminance of a colour: 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: float, other: float) -> float:
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)


def _oklch(lightness: float, chroma: float, hue: float) -> RGB:
    """Return a colour of OKLCH in sRGB, with less chroma where the screen has no such colour."""
    while True:
        a, b = chroma * math.cos(hue), chroma * math.sin(hue)
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        linear = (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
        if chroma < 0.01 or all(-0.001 <= part <= 1.001 for part in linear):
            red, green, blue = (_gamma(max(0.0, min(1.0, part))) for part in linear)
            return red, green, blue
        chroma -= 0.01


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
