"""`pli consent`: the proof of a consent leaves the running service, and holds without it; a changed one does not."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.journeys.people import CONSENT_TEXT, DOCTORS_CARD, MAYORS_CARD, cast, consent
from tests.support.processes import Done, ServiceProcess

pytestmark = [pytest.mark.slow]


async def test_a_proof_from_the_running_service_is_verified_without_it(database_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor, people.mayor.online() as mayor:
            thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            card = await consent(doctor, DOCTORS_CARD, "name", "phone")
            other = await consent(mayor, MAYORS_CARD)
            await mayor.thread.withdraw(other)
        whole = await service.command("consent", "export", thread.id.hex())
        single = await service.command("consent", "export", "--card", card.hex())
        nobody = await service.command("consent", "export", "--card", "00" * 16)
        nothing = await service.command("consent", "export")
        await service.terminate()
        file = tmp_path / "proofs"
        file.write_text(whole.out)
        text = tmp_path / "text"
        text.write_text(CONSENT_TEXT)
        done = await service.command(
            "consent", "verify", str(file), "--text", str(text), PLI_DATABASE_URL="sqlite:///x"
        )
        wrong_root = await service.command("consent", "verify", str(file), "--root", "00" * 32)

    assert (whole.code, whole.err) == (0, "")
    documents = {json.loads(line)["card"]: line for line in whole.out.splitlines()}
    assert set(documents) == {card.hex(), other.hex()}
    assert single.out == documents[card.hex()] + "\n"
    assert (nobody.code, nothing.code) == (1, 1)
    for secret in (DOCTORS_CARD.name, DOCTORS_CARD.phone, MAYORS_CARD.name):
        assert secret is not None
        assert secret not in whole.out
    assert (done.code, done.err) == (0, "")
    assert "fields       name, phone\n" in done.out
    assert f"SHA-256 {hashlib.sha256(CONSENT_TEXT.encode()).hexdigest()}" in done.out
    assert done.out.count("ok           the consent to card") == 2
    assert done.out.count("withdrawn    20") == 1
    assert "state        released (the service's word)" in done.out
    assert wrong_root.code == 1
    assert "BadRoster: the mailbox has another root" in wrong_root.out
    await changed(service, tmp_path, documents[card.hex()], documents[other.hex()])


async def changed(service: ServiceProcess, folder: Path, one: str, other: str) -> None:
    """Every part of a proof that is another one's, or not there, is found."""
    mine, theirs = json.loads(one), json.loads(other)
    forged = [mine | {"card": theirs["card"]}, mine | {"format": "pli-consent-proof/2"}]
    for name in ("given", "records", "seat", "mailbox"):
        forged.append(mine | {"proof": mine["proof"] | {name: theirs["proof"][name]}})
    forged.append(mine | {"proof": mine["proof"] | {"withdrawn": theirs["proof"]["withdrawn"]}})
    file = folder / "forged"
    file.write_text("\n".join(map(json.dumps, forged)) + "\n{\n")
    done: Done = await service.command("consent", "verify", str(file))
    assert done.code == 1
    assert [line[:6] for line in done.out.splitlines()] == ["WRONG "] * (len(forged) + 1)


async def test_wrong_usage_and_missing_files(deployed: ServiceProcess, tmp_path: Path) -> None:
    for arguments in (("export", "xyz"), ("export", "00"), ("verify",)):
        assert (await deployed.command("consent", *arguments)).code == 2
    done = await deployed.command("consent", "verify", str(tmp_path / "missing"))
    assert done.code == 1
    assert "cannot be read" in done.err
