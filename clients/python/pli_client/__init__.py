"""The client of Pli for Python: end-to-end encrypted, pseudonymous conversations that verify everything they show.

Start at `Client`. `errors` holds what can go wrong, `views` what a caller sees.
"""

from messaging.domain.progress import Step
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import ClosingReason, Ground, Measure, ReportCategory
from messaging.e2ee.content import Text, UnknownContent
from messaging.e2ee.desk import Assignment, Draft, Hiding, Note
from pli_client import errors
from pli_client.carriers import Carrier
from pli_client.client import Client, SeatAsk
from pli_client.consent import Card
from pli_client.desk import Desk
from pli_client.devices import Device
from pli_client.mailbox import Mailbox
from pli_client.moderating import Moderator, OpenedCase
from pli_client.relating import Relation
from pli_client.storage import FileStorage, MemoryStorage, Storage
from pli_client.thread import Thread
from pli_client.trust import Trust
from pli_client.vault import Recovery
from pli_client.views import (
    Asked,
    AuthorAlarm,
    CardsChanged,
    CardsReleased,
    CasesChanged,
    Closed,
    DeskChanged,
    DeskLost,
    DeskNotRendered,
    DeviceForgotten,
    EventsLost,
    FirstMessageRefused,
    FirstMessageSent,
    FirstMessageWaits,
    Froze,
    Happening,
    Item,
    Message,
    NotRendered,
    PeerRead,
    Reopened,
    ReportReceipt,
    RevealedCard,
    RosterAlarm,
    SeatAsked,
    SeatDeparted,
    SeatEnded,
    SendRefused,
    SentMessage,
    ServiceLost,
    SideReset,
    StayEnded,
    StepTaken,
    ThirdInvited,
    ThirdJoined,
    ThirdLeft,
    VaultAlarm,
    VaultRestored,
    WaitingMessage,
)

__all__ = [
    "Asked",
    "Assignment",
    "AuthorAlarm",
    "Card",
    "CardsChanged",
    "CardsReleased",
    "Carrier",
    "CasesChanged",
    "Client",
    "Closed",
    "ClosingReason",
    "Desk",
    "DeskChanged",
    "DeskLost",
    "DeskNotRendered",
    "Device",
    "DeviceForgotten",
    "Draft",
    "EventsLost",
    "FileStorage",
    "FirstMessageRefused",
    "FirstMessageSent",
    "FirstMessageWaits",
    "Froze",
    "Ground",
    "Happening",
    "Hiding",
    "Item",
    "Mailbox",
    "Measure",
    "MemoryStorage",
    "Message",
    "Moderator",
    "NotRendered",
    "Note",
    "OpenedCase",
    "PeerRead",
    "Recovery",
    "Relation",
    "Reopened",
    "ReportCategory",
    "ReportReceipt",
    "RevealedCard",
    "RosterAlarm",
    "SeatAsk",
    "SeatAsked",
    "SeatDeparted",
    "SeatEnded",
    "SendRefused",
    "SentMessage",
    "ServiceLost",
    "SideReset",
    "Stage",
    "StayEnded",
    "Step",
    "StepTaken",
    "Storage",
    "Text",
    "ThirdInvited",
    "ThirdJoined",
    "ThirdLeft",
    "Thread",
    "Trust",
    "UnknownContent",
    "VaultAlarm",
    "VaultRestored",
    "WaitingMessage",
    "errors",
]
