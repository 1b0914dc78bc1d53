"""The demo's transcript on a terminal: what people see on the left hand, what the database holds below it."""

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final

from messaging.demo.typography import typeset
from messaging.demo.words import telling as words
from messaging.ports import EventRow

width: Final = 100
"""Columns."""
_NAME: Final = 22
_TEXT: Final = width - _NAME - 3
_HALF: Final = (width - 5) // 2
_PLAIN, _FAINT, _HEAD, _STEP, _GREEN, _RED = "0", "2", "1", "1;34", "32", "1;31"


class Transcript:
    """Writes to the standard output; colours only on a terminal."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty()
        self._scenarios = 0
        self._steps = 0
        self.checks = 0
        """How many promises were looked at, and held."""

    def opening(self) -> None:
        self._print(words.TITLE, _HEAD)
        self._paragraph(words.FICTION)

    def scenario(self, title: str, promise: str) -> None:
        self._scenarios += 1
        self._steps = 0
        self._print("")
        self._print(f"═══ {self._scenarios}. {title} ".ljust(width, "═"), _HEAD)
        self._paragraph(promise)

    def step(self, text: str) -> None:
        self._steps += 1
        self._print("")
        self._print(f"── {self._steps}. {text} ".ljust(width, "─"), _STEP)

    def person(self, name: str, text: str) -> None:
        self._line(name, text, _PLAIN)

    def says(self, name: str, text: str, prefix: str = "") -> None:
        """What somebody wrote, or reads: between guillemets, after the prefix if there is one."""
        self._line(name, f"{prefix}« {text} »", _PLAIN)

    def database(self, text: str) -> None:
        self._line(words.DATABASE, text, _FAINT)

    def stored(self, row: EventRow) -> None:
        """One stored event, as somebody who took the database would see it."""
        end = row.payload[-8:].hex(" ", 4)
        self.database(
            words.STORED.format(thread=row.thread.hex()[:8], seq=row.seq, kind=row.kind, size=len(row.payload), end=end)
        )

    def event(self, event: Mapping[str, object]) -> None:
        kind = str(event["type"]).removeprefix("fr.pli.").removeprefix("relation.")
        data = event["data"]
        told = ", ".join(f"{key}={_short(value)}" for key, value in data.items()) if isinstance(data, dict) else ""
        self._line(kind, f"{str(event['subject'])[:8]}…  {told}", _FAINT)

    def beside(self, left: str, right: str, rows: Sequence[tuple[str, str]]) -> None:
        """Two screens side by side, each under its heading."""
        self._pair(left, right, _HEAD)
        for one, other in rows:
            self._pair(one, other, _PLAIN)

    def note(self, text: str) -> None:
        self._paragraph(text)

    def checked(self, text: str) -> None:
        self.checks += 1
        for i, part in enumerate(_wrapped(text, _TEXT - 2)):
            self._print(f"  {'':{_NAME}} {'✓' if i == 0 else ' '} {part}", _GREEN)

    def failed(self, title: str, text: str) -> None:
        print(self._paint(_RED, typeset("\n" + words.FAILED.format(scenario=title, what=text))), file=sys.stderr)

    def ending(self) -> None:
        self._print("")
        self._paragraph(words.ENDING.format(scenarios=self._scenarios, checks=self.checks))

    def staying(self, url: str, folder: Path, people: Sequence[str]) -> None:
        self._print("\n" + words.STAYING.format(url=url, folder=folder))
        pli = os.path.relpath(Path(sys.executable).with_name("pli"))
        print(typeset(words.TAKE_THEIR_PLACE), f"{pli} chat {' | '.join(people)}", flush=True)

    def in_a_browser(self, listing: str, doors: Mapping[str, str], mails: str, figures: str) -> None:
        """The addresses to open; without doors, how to build the pages behind them."""
        if not doors:
            print("\n" + typeset(words.NOT_BUILT), flush=True)
            return
        print("\n" + typeset(words.IN_A_BROWSER))
        people = [(words.DOORS[name], url) for name, url in doors.items()]
        for who, address in ((words.LISTING, listing), *people, (words.MAILS, mails), (words.FIGURES, figures)):
            print(f"  {typeset(who):{_NAME}} {address}", flush=True)

    def _line(self, name: str, text: str, colour: str) -> None:
        for i, part in enumerate(_wrapped(text, _TEXT)):
            self._print(f"  {name if i == 0 else '':{_NAME}} {part}", colour)

    def _pair(self, left: str, right: str, colour: str) -> None:
        for one, other in zip_longest(_wrapped(left, _HALF), _wrapped(right, _HALF), fillvalue=""):
            self._print(f"  {one:{_HALF}} │ {other}".rstrip(), colour)

    def _paragraph(self, text: str) -> None:
        for part in _wrapped(text, width - 2):
            self._print(f"  {part}", _PLAIN)

    def _print(self, text: str, colour: str = _PLAIN) -> None:
        print(self._paint(colour, typeset(text)))

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and colour != _PLAIN else text


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of so many columns at most, broken where French lets a line break."""
    return textwrap.wrap(typeset(text), columns, break_on_hyphens=False) or [""]


def _short(value: object) -> str:
    """A reference of 64 hex digits takes a line of its own, and tells nobody anything."""
    text = str(value)
    return text if len(text) <= _NAME else f"{text[:8]}…"
