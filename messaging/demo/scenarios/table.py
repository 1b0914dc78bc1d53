"""The scenarios of the demo, by the name that `pli demo --only` takes, in the order in which they are played."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from messaging.demo.scenarios.angry_leaver import AngryLeaver
from messaging.demo.scenarios.couple import Couple
from messaging.demo.scenarios.handover import Handover
from messaging.demo.scenarios.lost_phone import LostPhone
from messaging.demo.scenarios.main import Main
from messaging.demo.scenarios.nobody_enrolled import NobodyEnrolled
from messaging.demo.scenarios.recruiter import Recruiter
from messaging.demo.scenarios.refusal import Refusal
from messaging.demo.scenarios.scenario import Scenario
from messaging.demo.scenarios.town_hall_first import TownHallFirst

MAIN: Final = "main"

SCENARIOS: Final[Mapping[str, type[Scenario]]] = MappingProxyType(
    {
        MAIN: Main,
        "town-hall-first": TownHallFirst,
        "refusal": Refusal,
        "couple": Couple,
        "lost-phone": LostPhone,
        "handover": Handover,
        "angry-leaver": AngryLeaver,
        "nobody-enrolled": NobodyEnrolled,
        "recruiter": Recruiter,
    }
)
