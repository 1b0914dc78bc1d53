"""`pli platform-keys` and `pli retention` beside a running service, and without one."""

import json
from pathlib import Path

import httpx
import msgspec
import pytest

from messaging.wire.platform import ExportRequest
from tests.support.processes import ServiceProcess
from tests.support.server import NO_TLS

pytestmark = pytest.mark.slow


async def exported(service: ServiceProcess, key: str) -> int:
    async with httpx.AsyncClient(base_url=service.url, verify=NO_TLS) as client:
        body = msgspec.json.encode(ExportRequest("nobody"))
        answer = await client.post("/v1/platform/exports", content=body, headers={"authorization": f"Bearer {key}"})
    return answer.status_code


async def test_keys_are_made_listed_and_revoked_while_the_service_runs(database_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        made = await service.command("platform-keys", "add", "privacy desk", "--scope", "export", "--scope", "erasure")
        assert made.code == 0, made.err
        key = made.out.strip()
        assert key.startswith("plk_")
        assert await exported(service, key) == 200

        listed = (await service.command("platform-keys", "list")).out
        identity = key.split("_")[1]
        assert identity in listed
        assert "good  erasure,export  privacy desk" in listed
        assert key.split("_", 2)[2] not in listed

        assert (await service.command("platform-keys", "revoke", identity)).code == 0
        assert await exported(service, key) == 401
        again = await service.command("platform-keys", "revoke", identity)
        assert (again.code, "no such key" in again.err) == (1, True)
        assert "revoked" in (await service.command("platform-keys", "list")).out
        assert (await service.command("platform-keys", "revoke", "xyz")).code == 1
        assert (await service.command("platform-keys", "add", "x", "--scope", "everything")).code == 2
        await service.terminate()
        assert identity in (await service.command("platform-keys", "list")).out, "also while nothing runs"


async def test_the_retention_run_prints_its_proof(database_url: str, tmp_path: Path) -> None:
    async with ServiceProcess(database_url, tmp_path / "service") as service:
        rehearsed = await service.command("retention", "--dry-run")
        assert rehearsed.code == 0, rehearsed.err
        assert json.loads(rehearsed.out)["dry_run"] is True
        done = await service.command("retention", "--apply")
        assert done.code == 0, done.err
        applied = json.loads(done.out)
        assert applied["dry_run"] is False
        assert applied["categories"]["threads"] | {"before": 0} == {
            "kept_hours": 5 * 365 * 24,
            "before": 0,
            "rows": dict.fromkeys(applied["categories"]["threads"]["rows"], 0),
        }
        assert (await service.command("retention")).code == 2
