"""`pli demo`: fictional people play scenarios over real sockets with the SDK, one after the other.

Every step is checked, and told twice: what each person sees, and what the database holds of the same thing.
"""

import asyncio
from collections.abc import Collection
from typing import Final

import httpx

from messaging.app import system_clock
from messaging.config import Settings
from messaging.demo.cast.main import VILLAGE
from messaging.demo.cast.visitor import VISITORS_PROJECT
from messaging.demo.door import names, opened
from messaging.demo.figures import publish_simulated
from messaging.demo.platform import standing_in
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.scenarios.table import MAIN, SCENARIOS
from messaging.demo.stage import Stage, StepFailed, raised
from messaging.demo.transcript import Transcript
from messaging.demo.words import telling as words
from messaging.web import is_built
from pli_client.errors import ClientError, E2EEError

FOLDER: Final = "demo"

_UNEXPECTED: Final = (ClientError, E2EEError, httpx.HTTPError, TimeoutError)


async def play(settings: Settings, *, once: bool, only: Collection[str] = ()) -> int:
    """Plays the scenarios of these names (none: all), in the order of the table; 0 if every step held.

    Without `once` the service stays up afterwards until it is stopped, if the main scenario was among them: its people
    are those whose place `pli chat` takes.
    """
    transcript = Transcript()
    wanted = [name for name in SCENARIOS if name in only or not only]
    stays = MAIN in wanted and not once
    async with raised(settings.data_dir / FOLDER, settings.port if stays else 0) as (stage, serving):
        transcript.opening()
        for name in wanted:
            if not await _held(SCENARIOS[name], stage, transcript):
                return 1
        transcript.ending()
        if stays:
            await stage.register(VISITORS_PROJECT)
            async with opened(stage), standing_in(stage) as platform:
                transcript.staying(stage.url, stage.folder, sorted(names()))
                for person in VILLAGE.people:
                    await stage.enrol(VILLAGE, person)
                doors = {**platform.inboxes, **platform.consoles} if is_built() else {}
                await publish_simulated(stage.service.store, system_clock())
                transcript.in_a_browser(platform.listing, doors, platform.mails, platform.figures)
                await asyncio.wait([serving])
    return 0


async def _held(scenario: type[Scenario], stage: Stage, transcript: Transcript) -> bool:
    try:
        await scenario(stage, transcript).run()
    except StepFailed as failure:
        transcript.failed(scenario.title, str(failure))
    except _UNEXPECTED as error:
        transcript.failed(scenario.title, words.UNEXPECTED.format(error=f"{type(error).__name__}: {error}"))
    else:
        return True
    return False
