"""Makes messaging/territories/data from the published data set of French administrative divisions.

    python scripts/make_territories.py [TARBALL]

Without an argument `npm pack` fetches the tarball; either way it must be the very release named below. The output is
the same, to the byte, each time.
"""

import base64
import csv
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

RELEASE = "@etalab/decoupage-administratif@6.0.0"
SHA512 = "XavYsFlbcM/prKr8hNHPKER94IHw/dsxNM4nxjWMYk6PLFACpEedvn/7wK8Baozm0dCYhWWcf+7bcWpA5pmCaQ=="
OUTPUT = Path(__file__).parent.parent / "messaging" / "territories" / "data"

Record = dict[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Writes the four tables. Raises: SystemExit when the tarball is another one."""
    with tempfile.TemporaryDirectory() as folder:
        tarball = Path(arguments[0]) if arguments else fetch(Path(folder))
        digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if digest != SHA512:
            raise SystemExit(f"{tarball} is not {RELEASE}: its SHA-512 is {digest}")
        with tarfile.open(tarball) as archive:
            write_tables(archive)


def fetch(folder: Path) -> Path:
    subprocess.run(["npm", "pack", "--silent", RELEASE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.tgz"))


def write_tables(archive: tarfile.TarFile) -> None:
    communes = [row for row in read(archive, "communes") if row["type"] == "commune-actuelle"]
    epcis = read(archive, "epci")
    epci_of = {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}
    write(
        "communes",
        ("code", "name", "departement", "region", "population", "epci"),
        (
            (
                row["code"],
                row["nom"],
                row["departement"],
                row["region"],
                row.get("population", ""),
                epci_of.get(row["code"], ""),
            )
            for row in communes
        ),
    )
    write("epci", ("code", "name", "kind"), ((row["code"], row["nom"], row["type"]) for row in epcis))
    departements = read(archive, "departements")
    write(
        "departements", ("code", "name", "region"), ((row["code"], row["nom"], row["region"]) for row in departements)
    )
    write("regions", ("code", "name"), ((row["code"], row["nom"]) for row in read(archive, "regions")))


def read(archive: tarfile.TarFile, name: str) -> list[Record]:
    file = archive.extractfile(f"package/data/{name}.json")
    if file is None:
        raise SystemExit(f"{name}.json is no file in {RELEASE}")
    records: list[Record] = json.load(file)
    return records


def write(name: str, header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    ordered = sorted(rows, key=lambda row: str(row[0]))
    with (OUTPUT / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(ordered)


if __name__ == "__main__":
    main(sys.argv[1:])
