"""Cases with what was stated and decided, and the sanctions in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from messaging.domain.authorization import Grant
from messaging.domain.ids import (
    AccountId,
    CaseId,
    DecisionId,
    MailboxId,
    ReportId,
    SeatId,
    ThreadId,
    UnmaskingId,
)
from messaging.domain.vocabulary import CaseOrigin, Measure, ReportCategory


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What a report, a notice or a flag opened for the moderators."""

    case: CaseId
    origin: CaseOrigin
    category: ReportCategory
    state: str
    opened_at: int
    thread: ThreadId | None = None
    accused: MailboxId | None = None
    accused_party: int | None = None
    accused_told: bool = False
    """Whether the accused knows of it."""
    holder: SeatId | None = None
    """The moderator who claimed it, until `held_until` (ms)."""
    held_until: int | None = None
    due_at: int | None = None
    """Until when the accused may answer before the decision."""
    second: SeatId | None = None
    """Who looks at what one moderator alone may not do."""
    decider: SeatId | None = None
    approver: SeatId | None = None
    reviewer: SeatId | None = None
    review: bytes | None = None
    """Who decided the appeal, and the hash of what they sent: sent again, it is known."""
    decided_at: int | None = None
    closes_at: int | None = None
    """When it is over, unless somebody appeals."""
    in_question: tuple[int, ...] = ()
    """Messages of the accused that they are asked about."""
    flag: str | None = None
    measured: int | None = None
    """The rule over metadata that opened it, and what it counted."""
    reports: int = 0


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What one mailbox sealed to the moderators: a report, or an answer in a case."""

    case: CaseId
    kind: str
    subject: bytes
    mailbox: MailboxId
    party: int
    category: ReportCategory | None
    first: int
    last: int
    key: bytes
    sealed: bytes
    at: int
    is_appeal: bool = False
    finding: str | None = None
    """Of a report that was decided on: `founded`, `unfounded` or `abusive`."""


@dataclass(frozen=True, slots=True)
class OutsideNoticeRow:
    notice: ReportId
    case: CaseId
    account: AccountId
    at: int
    text: str
    """Sealed at rest."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision: DecisionId
    case: CaseId
    measure: Measure
    state: str
    at: int
    seat: SeatId
    second: SeatId | None
    ends_at: int | None
    thread: ThreadId | None
    mailbox: MailboxId | None
    """Whom it is about."""
    peer: MailboxId | None
    """With whom a block forbids the contact."""
    body: bytes
    """What was written, as JSON: sealed at rest."""


@dataclass(frozen=True, slots=True)
class ToldRow:
    """What somebody was told in a case; sealed at rest."""

    case: CaseId
    at: int
    fr: str
    en: str
    mailbox: MailboxId | None = None
    account: AccountId | None = None
    """For who sent a notice from outside."""


@dataclass(frozen=True, slots=True)
class UnmaskingRow:
    unmasking: UnmaskingId
    case: CaseId
    party: int
    state: str
    at: int
    seat: SeatId
    second: SeatId | None
    approved_at: int | None
    reason: str
    """Sealed at rest."""


@dataclass(frozen=True, slots=True)
class PartyHistory:
    """What moderation knows of a mailbox without a name."""

    opened: int
    reported: int
    measures: int
    made: int
    founded: int
    abusive: int


@dataclass(frozen=True, slots=True)
class Looks:
    """From when on (ms) flags look at what, and until when a first contact may still be answered."""

    burst: int
    silent: int
    answered_by: int
    reports: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """Counts of one mailbox within `Looks`."""

    mailbox: MailboxId
    burst: int
    opened: int
    silent: int
    """Of `opened`, those that the other side did not answer in time."""
    reported: int
    """Threads in which others reported it."""


@dataclass(frozen=True, slots=True)
class Load:
    """Of the moderators, since some time."""

    waiting: int
    decided: int
    median_ms: int | None
    appealed: int
    overturned: int


class Cases(Protocol):
    """Cases, and what both sides and people outside said in them."""

    async def add(self, row: CaseRow) -> None: ...

    async def get(self, case: CaseId) -> CaseRow | None: ...

    async def lock(self, case: CaseId) -> CaseRow | None:
        """Threads, seats and rosters are locked before."""

    async def update(self, row: CaseRow) -> None: ...

    async def open_about(self, thread: ThreadId, accused: MailboxId) -> CaseRow | None:
        """The case about this party in this thread that is not decided yet; its thread is locked before."""

    async def related(self, row: CaseRow) -> list[CaseRow]:
        """Other cases about the same party that nobody decided yet."""

    async def queue(self, seat: SeatId, origin: CaseOrigin, now: int, limit: int) -> list[CaseRow]:
        """Those of one origin in which a moderator has something to do: not what others have. One's own first, then
        appeals, of two alike the older first."""

    async def reporters(self, case: CaseId) -> frozenset[MailboxId]: ...

    async def put_statement(self, row: StatementRow) -> bool:
        """False, and nothing changed, where a report of this id stands already."""

    async def report(self, report: ReportId) -> StatementRow | None: ...

    async def statements(self, case: CaseId) -> list[StatementRow]:
        """In their order; what is sealed only where it is asked for by somebody who may have it."""

    async def count_reports_since(self, mailbox: MailboxId, since: int) -> int: ...

    async def find(self, case: CaseId, finding: str) -> None:
        """What was found of the reports of a case that have no finding yet."""

    async def of_mailbox(self, grant: Grant, unmasked_before: int, limit: int) -> list[CaseRow]:
        """In which grant.mailbox reported, is accused and told so, or was unmasked before then (ms) or before the
        decision; the newest first."""

    async def put_notice(self, row: OutsideNoticeRow) -> bool: ...

    async def notices(self, case: CaseId) -> list[OutsideNoticeRow]: ...

    async def notice(self, notice: ReportId) -> OutsideNoticeRow | None: ...

    async def notices_of(self, grant: Grant, limit: int) -> list[OutsideNoticeRow]:
        """Of grant.account."""

    async def notices_since(self, since: int) -> tuple[int, int]:
        """(how many came since, how many wait)"""

    async def lock_notices_of(self, grant: Grant, since: int) -> tuple[int, int]:
        """The same of grant.account, which sends no other until the transaction ends; those without one are one."""

    async def tell(self, row: ToldRow) -> None: ...

    async def told(self, case: CaseId) -> list[ToldRow]: ...

    async def due(self, now: int, limit: int) -> list[CaseId]:
        """Whose claim expired, or that are over."""

    async def history(self, mailbox: MailboxId, contacts_since: int, since: int) -> PartyHistory: ...

    async def load(self, since: int) -> Load: ...

    async def contacts(self, looks: Looks) -> list[Contacts]:
        """Of each mailbox that opened a thread, or was reported, within these times."""

    async def flagged_since(self, mailbox: MailboxId, rule: str, since: int) -> bool: ...

    async def recent_threads(self, mailbox: MailboxId, limit: int) -> list[ThreadId]:
        """Those that it opened, the newest first."""


class Measures(Protocol):
    """Decisions with what is in force of them, and unmaskings."""

    async def add(self, row: DecisionRow) -> bool:
        """False, and nothing changed, where a decision of this id stands already."""

    async def get(self, decision: DecisionId) -> DecisionRow | None: ...

    async def of_case(self, case: CaseId) -> list[DecisionRow]: ...

    async def set_state(self, decision: DecisionId, state: str, second: SeatId | None) -> None: ...

    async def in_force_on(self, thread: ThreadId) -> list[DecisionRow]: ...

    async def in_force_against(self, mailbox: MailboxId) -> list[DecisionRow]: ...

    async def blocked(self, one: MailboxId, other: MailboxId, now: int) -> bool:
        """Whether a contact between the two is blocked."""

    async def ended(self, now: int, limit: int) -> list[DecisionRow]:
        """In force, and their time is up."""

    async def hold(self, grant: Grant) -> Sequence[ThreadId]:
        """Locks all threads in which grant.mailbox is a party, a third one too."""

    async def bar(self, grant: Grant, until: int) -> None:
        """In all threads of grant.mailbox, which are held, its party writes nothing before then (ms); 0: it may."""

    async def ask_unmasking(self, row: UnmaskingRow) -> bool: ...

    async def unmasking(self, unmasking: UnmaskingId) -> UnmaskingRow | None: ...

    async def unmaskings(self, case: CaseId) -> list[UnmaskingRow]: ...

    async def unmaskings_of(self, grant: Grant, case: CaseId) -> list[UnmaskingRow]:
        """Those in force that showed grant.mailbox."""

    async def approve_unmasking(self, unmasking: UnmaskingId, state: str, second: SeatId, at: int) -> None: ...

    async def own(
        self, thread: ThreadId, party: int, epoch: int | None = None
    ) -> tuple[MailboxId, bytes, bytes, bytes] | None:
        """(mailbox, pk_sign, pk_kem, own) of a party: its first keys (a record has the later ones), and the newest
        signature that vouches for its pseudonym, up to that of `epoch`."""
