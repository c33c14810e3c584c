"""Small bar charts as SVG text: one bar a day, a scale of round numbers, colours by class so that each scheme fits.

A chart repeats a table that stands beside it; a day without a count has a mark of its own and is not a zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 560
HEIGHT: Final = 200
LEFT: Final = 56
RIGHT: Final = 8
TOP: Final = 12
FOOT: Final = 34
GRID: Final = 4
"""A scale has at most about so many steps."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it says when it is pointed at, its height, None where nothing was counted."""

    label: str
    value: int | None


def ticks(largest: int) -> list[int]:
    """Return round numbers from 0 to at least the largest value, in steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while step * GRID < largest:
        step = _next(step)
    return list(range(0, max(largest, 1) + step, step))[: -(-max(largest, 1) // step) + 1]


def chart(title: str, says: str, bars: Sequence[Bar], ends: tuple[str, str], name: str = "chart") -> str:
    """Return the SVG of some bars; `says` describes it in a sentence, `ends` label the first and the last bar.

    `name` tells several charts of one page apart.
    """
    scale = ticks(max((bar.value or 0 for bar in bars), default=0))
    body = [_line(value, scale[-1]) for value in scale]
    body += [_bar(place, bar, len(bars), scale[-1]) for place, bar in enumerate(bars)]
    body += [_text(LEFT, HEIGHT - 8, ends[0], "start"), _text(WIDTH - RIGHT, HEIGHT - 8, ends[1], "end")]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{name}-title {name}-says">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-says">{escape(says)}</desc>'
        f"{''.join(body)}</svg>"
    )


def _next(step: int) -> int:
    return step * 5 // 2 if str(step).startswith("2") else step * 2


def _height(value: int, largest: int) -> float:
    return (HEIGHT - TOP - FOOT) * value / largest


def _line(value: int, largest: int) -> str:
    y = HEIGHT - FOOT - _height(value, largest)
    kind = "chart-axis" if value == 0 else "chart-grid"
    line = f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(LEFT - 8, y + 4, str(value), "end")


def _bar(place: int, bar: Bar, count: int, largest: int) -> str:
    slot = (WIDTH - LEFT - RIGHT) / count
    width = min(slot * 0.72, 32)
    x = LEFT + slot * place + (slot - width) / 2
    kind, height = ("chart-none", 3.0) if bar.value is None else ("chart-bar", _height(bar.value, largest))
    y = HEIGHT - FOOT - height
    shape = f'class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f"<rect {shape}><title>{escape(bar.label)}</title></rect>"


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="chart-text" x="{x:g}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
