"""`pli keys moderation` from the root to the change of key when a moderator leaves, and `pli audit` on what it left."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee.moderation_key import parse_certificate
from messaging.e2ee.suite import SigningKey
from messaging.ports import MailboxClaim
from messaging.store.address import parse
from messaging.store.engine import create_engine
from tests.journeys.people import Person, found_and_admit, trust_of
from tests.support.processes import Done, ServiceProcess

pytestmark = pytest.mark.slow

NO_SERVICE = "sqlite:///nowhere"
"""The database where the root is kept: there is no service."""


async def moderators(service: ServiceProcess) -> tuple[Person, Person, bytes]:
    """Two of them, the first an administrator, and their mailbox; nobody is seated yet."""
    mailbox = await service.register_mailbox("moderation", MailboxKind.MODERATION)
    trust = await trust_of(service)

    def person(subject: str, *, admin: bool) -> Person:
        claim = MailboxClaim("moderation", MailboxKind.MODERATION, Role.MODERATOR, admin)
        return Person(service, trust, subject, [claim])

    return person("odile", admin=True), person("paul", admin=False), mailbox


async def certify(service: ServiceProcess, root: Path, name: str) -> tuple[Path, Done]:
    """What an operator carries from the service to the root and back."""
    roster, certificate = root.with_name(f"roster-{name}"), root.with_name(f"certificate-{name}")
    printed = await service.command("keys", "moderation", "roster")
    assert printed.code == 0, printed.err
    roster.write_text(printed.out)
    arguments = ("keys", "moderation", "certify", str(root), str(roster), str(certificate), "--days", "30")
    return certificate, await service.command(*arguments, PLI_DATABASE_URL=NO_SERVICE)


async def test_a_key_is_certified_offline_and_changes_when_a_moderator_leaves(sqlite_url: str, tmp_path: Path) -> None:
    root = tmp_path / "root.json"
    made = await ServiceProcess(sqlite_url, tmp_path / "apart").command(
        "keys", "moderation", "root", str(root), PLI_DATABASE_URL=NO_SERVICE
    )
    assert made.code == 0, made.err
    public = bytes.fromhex(re.findall(r"PLI_MODERATION_ROOT=([0-9a-f]{64})", made.out)[0])

    async with ServiceProcess(sqlite_url, tmp_path / "service", moderation_root=public) as service:
        assert (await service.info()).moderation_root == public
        nobody = await service.command("keys", "moderation", "roster")
        assert (nobody.code, "No moderator was seated yet" in nobody.err) == (1, True)
        odile, paul, mailbox = await moderators(service)
        async with odile.online() as first, paul.online() as second:
            await found_and_admit(first, second, mailbox)
            early, told = await certify(service, root, "0")
            assert (told.code, told.out.count("  moderator"), told.out.count(", administrator")) == (0, 2, 1), told
            refused = await service.command("keys", "moderation", "install", str(root))
            assert (refused.code, "was not taken: not a pli1/modkey-cert frame" in refused.err) == (1, True)
            assert (await service.command("keys", "moderation", "install", str(early))).code == 0

            await first.client.mailbox(mailbox).remove(second.client.mailbox(mailbox).seat)
            behind = await service.command("keys", "moderation", "list")
            assert (behind.code, "Generation 1 is in force among the moderators" in behind.out) == (1, True)
            late, told = await certify(service, root, "1")
            assert (told.code, told.out.count("  moderator")) == (0, 1)
            assert (await service.command("keys", "moderation", "install", str(late))).code == 0
            listed = await service.command("keys", "moderation", "list")
            assert (listed.code, listed.out.count("replaced"), listed.out.count("in use")) == (0, 1, 1)
            stale = await service.command("keys", "moderation", "install", str(early))
            assert (stale.code, "a newer moderation key was seen before" in stale.err) == (1, True)
        assert parse_certificate(late.read_bytes()).g == 1
        await the_log_tells(service, sqlite_url, tmp_path)


async def the_log_tells(service: ServiceProcess, database_url: str, folder: Path) -> None:
    """Both changes of key are in the audit log, running and not; what is changed in the table is found."""
    kept = await service.command("audit", "checkpoint")
    assert (kept.code, kept.out.split("\n")[1]) == (0, "2")
    note = folder / "checkpoint"
    note.write_text(kept.out)
    key = (await service.info()).audit_key
    assert key is not None
    good = await service.command("audit", "verify", "--checkpoint", str(note), "--key", key.hex())
    assert (good.code, good.out.startswith("ok     2 entries")) == (0, True), good
    other = await service.command("audit", "verify", "--key", SigningKey(bytes(32)).public.hex())
    assert (other.code, other.out.count("WRONG  checkpoint")) == (1, 2)
    await service.terminate()
    await tampered(database_url)
    found = await service.command("audit", "verify", "--checkpoint", str(note))
    assert found.code == 1
    assert "WRONG  entry 0: changed" in found.out
    assert "WRONG  history 2: the first 2 entries are not those that were signed then" in found.out


async def tampered(database_url: str) -> None:
    """As somebody who owns the database: the first entry is said to be another act."""
    engine = create_engine(parse(database_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text("DROP TRIGGER audit_leaves_no_update"))
            leaf = (await connection.execute(text("SELECT leaf FROM audit_leaves WHERE position = 0"))).scalar_one()
            change = {"leaf": leaf.replace(b"key_changed", b"key_altered")}
            await connection.execute(text("UPDATE audit_leaves SET leaf = :leaf WHERE position = 0"), change)
    finally:
        await engine.dispose()
