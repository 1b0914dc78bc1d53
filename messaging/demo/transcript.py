"""The demo's transcript on a terminal: what people see on the left hand, what the database holds below it."""

import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from messaging.ports import EventRow

_WIDTH: Final = 108
_NAME: Final = 22
_DATABASE: Final = "La base de données"


class Transcript:
    """Writes to the standard output; colours only on a terminal."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty()
        self._steps = 0

    def title(self) -> None:
        print(self._paint("1", "Pli : une conversation, vue par ses participants et par la base de données"))
        print("Personnes, commune et numéros sont fictifs. Tout passe par de vraies connexions au vrai service.")

    def step(self, text: str) -> None:
        self._steps += 1
        head = f"── {self._steps}. {text} "
        print("\n" + self._paint("1;34", head + "─" * max(0, _WIDTH - len(head))))

    def person(self, name: str, text: str) -> None:
        self._line(name, text, "0")

    def database(self, text: str) -> None:
        self._line(_DATABASE, text, "2")

    def stored(self, row: EventRow) -> None:
        """One stored event, as somebody who took the database would see it."""
        start = row.payload[-32:].hex(" ", 4)
        self.database(f"fil {row.thread.hex()[:8]}…, n° {row.seq}, {row.kind}, {len(row.payload)} octets : … {start}")

    def event(self, event: Mapping[str, object]) -> None:
        kind = str(event["type"]).removeprefix("fr.pli.relation.")
        data = event["data"]
        told = ", ".join(f"{key}={_short(value)}" for key, value in data.items()) if isinstance(data, dict) else ""
        self._line(kind, f"relation {str(event['subject'])[:8]}…  {told}", "2")

    def note(self, text: str) -> None:
        print(f"  {text}")

    def checked(self, text: str) -> None:
        print(self._paint("32", f"  {'':{_NAME}} ✓ {text.partition(' (')[0]}"))

    def failed(self, text: str) -> None:
        print(self._paint("1;31", f"\n✗ Cette étape n’a pas tenu : {text}"), file=sys.stderr)

    def staying(self, url: str, folder: Path, people: Sequence[str]) -> None:
        print(f"\nLe service reste ouvert sur {url} (données : {folder}). Ctrl-C l’arrête.")
        pli = os.path.relpath(Path(sys.executable).with_name("pli"))
        print(f"Dans deux autres terminaux, prenez leur place : {pli} chat {' | '.join(people)}", flush=True)

    def _line(self, name: str, text: str, colour: str) -> None:
        wrapped = textwrap.wrap(text, _WIDTH - _NAME - 4) or [""]
        for i, part in enumerate(wrapped):
            print(self._paint(colour, f"  {name if i == 0 else '':{_NAME}} {part}"))

    def _paint(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and colour != "0" else text


def _short(value: object) -> str:
    """A reference of 64 hex digits takes a line of its own, and tells nobody anything."""
    text = str(value)
    return text if len(text) <= _NAME else f"{text[:8]}…"
