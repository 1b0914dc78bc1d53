"""Which database URLs are understood, and what is said of the others."""

from pathlib import Path

import pytest

from messaging.store.address import Kind, parse
from messaging.store.errors import BadAddress


@pytest.mark.parametrize(
    ("url", "kind", "driver"),
    [
        ("sqlite:///var/pli.sqlite3", Kind.SQLITE, "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////srv/pli.sqlite3", Kind.SQLITE, "sqlite+aiosqlite"),
        ("postgres://u:p@host/pli", Kind.POSTGRESQL, "postgresql+asyncpg"),
        ("postgresql://u:p@host:5433/pli", Kind.POSTGRESQL, "postgresql+asyncpg"),
        ("postgresql+asyncpg://host/pli", Kind.POSTGRESQL, "postgresql+asyncpg"),
    ],
)
def test_the_usual_forms_are_understood(url: str, kind: Kind, driver: str) -> None:
    address = parse(url)

    assert (address.kind, address.url.drivername) == (kind, driver)


def test_a_sqlite_path_is_relative_with_three_slashes_and_absolute_with_four() -> None:
    assert parse("sqlite:///var/pli.sqlite3").file == Path("var/pli.sqlite3")
    assert parse("sqlite:////srv/pli.sqlite3").file == Path("/srv/pli.sqlite3")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pli.sqlite3",
        "mysql://u:hunter2@host/pli",
        "postgresql://u:hunter2@host",
        "postgresql://u:hunter2@host:port/pli",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:pli?mode=memory",
    ],
)
def test_other_urls_are_refused_with_the_way_to_write_one_and_without_the_password(url: str) -> None:
    with pytest.raises(BadAddress, match=r"Write sqlite:///path/to/file or postgresql://") as refusal:
        parse(url)

    assert "hunter2" not in str(refusal.value)


def test_an_address_is_shown_without_password_and_options() -> None:
    shown = parse("postgresql://pli:hunter2@host/pli?ssl=require&password=hunter2").shown

    assert shown == "postgresql+asyncpg://pli:***@host/pli"
