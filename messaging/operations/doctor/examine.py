"""All checks, in the order in which an operator would mend things."""

from messaging.app import system_clock
from messaging.config import Settings
from messaging.domain.errors import PliError
from messaging.keys import KeyFileError
from messaging.operations.doctor import around
from messaging.operations.doctor.check import Check
from messaging.operations.doctor.inside import INSIDE
from messaging.operations.operation import Nothing, OperationFailed
from messaging.operations.way import carry_out
from messaging.ports import Clock
from messaging.store import StoreError


async def examine(
    settings: Settings, *, free: around.FreeBytes = around.free_bytes, clock: Clock = system_clock
) -> list[Check]:
    """Never raises for what is wrong with the deployment: it says so."""
    checks = [
        around.settings_check(settings),
        around.web_client(),
        around.proxies(settings),
        around.folder(settings),
        around.key_files(settings),
        around.disk(settings, free),
        await around.events(settings),
        await around.platform_keys(settings, clock),
        await around.mail(settings),
        await around.redis(settings),
    ]
    try:
        inside = await carry_out(settings, INSIDE, Nothing(), lambda text: None)
    except (StoreError, OperationFailed, KeyFileError, PliError) as error:
        return [*checks, Check.wrong("database", str(error))]
    return [*checks, *inside.checks, await around.address(settings, inside)]
