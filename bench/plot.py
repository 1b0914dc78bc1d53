"""One picture of a bench: how many messages a second each contender took, as bars, in an SVG without any library."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

_WIDTH: Final = 780
_LABEL: Final = 190
"""Where the bars begin."""
_SCALE: Final = 340
"""The length of the longest, whiskers included."""
_TOP: Final = 58
_ROW: Final = 34
_BAR: Final = 18


@dataclass(frozen=True, slots=True)
class Bar:
    """One contender: messages a second, and what it stores."""

    name: str
    median: float
    least: float
    most: float
    """The slowest and the fastest of the rounds."""
    stored: str
    """In a few words; what stores nothing is drawn lighter."""
    is_durable: bool


def svg(bars: Sequence[Bar], note: str) -> str:
    """All bars from zero, on one scale; `note` says in one line how they were measured."""
    unit = _SCALE / max((bar.most for bar in bars), default=1.0)
    rows = [_row(bar, _TOP + number * _ROW, unit) for number, bar in enumerate(bars)]
    height = _TOP + len(bars) * _ROW + 40
    return _PICTURE.format(width=_WIDTH, height=height, rows="\n".join(rows), note=escape(note), foot=height - 16)


def _row(bar: Bar, top: float, unit: float) -> str:
    middle = top + _BAR / 2
    least, most = _LABEL + bar.least * unit, _LABEL + bar.most * unit
    return (
        f'  <text x="{_LABEL - 10}" y="{middle + 5:g}" text-anchor="end">{escape(bar.name)}</text>\n'
        f'  <rect class="{"durable" if bar.is_durable else "forgets"}" x="{_LABEL}" y="{top:g}" '
        f'width="{bar.median * unit:.1f}" height="{_BAR}" rx="2"/>\n'
        f'  <path class="range" d="M{least:.1f} {middle - 4:g}v8M{least:.1f} {middle:g}H{most:.1f}'
        f'M{most:.1f} {middle - 4:g}v8"/>\n'
        f'  <text x="{most + 10:.1f}" y="{middle + 5:g}">{bar.median:,.0f}'
        f'<tspan class="soft" dx="8">{escape(bar.stored)}</tspan></text>'
    )


_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title"
     font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="13">
  <title id="title">Messages a second: Pli beside what stores nothing, and beside ejabberd</title>
  <style>
    .page {{ fill: #ffffff }}
    .durable {{ fill: #3f74d1 }}
    .forgets {{ fill: #b9c4d6 }}
    .range {{ stroke: #1b2230; fill: none }}
    text {{ fill: #1b2230 }}
    .soft {{ fill: #4a5568; font-size: 11.5px }}
    .head {{ font-size: 15px; font-weight: 600 }}
    @media (prefers-color-scheme: dark) {{
      .page {{ fill: #12161d }}
      .durable {{ fill: #6ea0f7 }}
      .forgets {{ fill: #4b586d }}
      .range {{ stroke: #e8ecf3 }}
      text {{ fill: #e8ecf3 }}
      .soft {{ fill: #b3bccb }}
    }}
  </style>
  <rect class="page" width="{width}" height="{height}"/>
  <text class="head" x="20" y="32">Messages a second, acknowledged and delivered, on one core</text>
  <text class="soft" x="{width}" y="32" dx="-20" text-anchor="end">grey: nothing is stored</text>
{rows}
  <text class="soft" x="20" y="{foot}">{note}</text>
</svg>
"""
