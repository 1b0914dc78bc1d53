"""Bodies of reports, cases and decisions (PROTOCOL.md section 9), for participants and for moderators."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.domain.vocabulary import CaseOrigin, Ground, Measure, ReportCategory
from messaging.wire.events import LogEntry
from messaging.wire.types import Days, Hash, Id, Millis, Party, Presentation, SealedStatement, Seq, Written


class InBoth(Struct, frozen=True):
    """One text in French and in English."""

    fr: Written
    en: Written


class ModerationKeyView(Struct, frozen=True):
    """GET /v1/moderation/key: what reports are sealed to, as the offline root vouches for it (SPEC.md section 10.1)."""

    certificate: bytes


class Report(Struct, frozen=True):
    """POST /v1/threads/{thread}/reports: what a participant shows moderators of a conversation."""

    report: Id
    """Random, drawn by who reports; sent again it is the same report."""
    party: Party
    """As whom."""
    about: Party
    """Whom it is about."""
    category: ReportCategory
    first: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """The range, from `first` to `last`, both in it."""
    last: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    key: Hash
    """SHA-256 of the moderation key that it is sealed to."""
    sealed: SealedStatement


class ReportTaken(Struct, frozen=True):
    """The receipt."""

    case: Id
    at: Millis


class Answer(Struct, frozen=True):
    """POST /v1/cases/{case}/answers and …/appeals: words, and messages that are shown beside those in question."""

    first: Seq
    """The range of what is opened; 0 and 0 for words alone."""
    last: Seq
    key: Hash
    sealed: SealedStatement


class StatementView(Struct, frozen=True):
    """A statement of reasons, or what came of an appeal."""

    at: Millis
    fr: str
    en: str


class CaseView(Struct, frozen=True, omit_defaults=True):
    """A case as one of the sides sees it: never who moderates it, and of the other side nothing that it said."""

    case: Id
    side: str
    """`reporter`, `accused`, or `unmasked`: moderators looked at which mailbox this is, and nothing else is said."""
    opened_at: Millis
    """When it was reported; for the accused and the unmasked, when they were told."""
    progress: str
    """`received`, `in_review`, `decided`, `appealed`, `upheld`, `overturned` or `closed`."""
    thread: Id | None = None
    category: ReportCategory | None = None
    """For who reported."""
    in_question: list[Seq] = []
    """For the accused: which of their own messages the moderators ask about."""
    answer_until: Millis | None = None
    measure: Measure | None = None
    ends_at: Millis | None = None
    appeal_until: Millis | None = None
    """Until when this side can contest the decision; absent where it cannot, or has."""
    statements: list[StatementView] = []
    answered: int = 0
    """How many answers this side gave, an appeal among them."""
    unmasked_at: Millis | None = None
    """When moderators looked at which mailbox is behind a pseudonym here; `unmasked` tells whose it was."""
    unmasked: Party | None = None


class CasesList(Struct, frozen=True):
    """GET /v1/mailboxes/{mailbox}/cases"""

    cases: list[CaseView]


class OutsideNotice(Struct, frozen=True):
    """POST /v1/notices: of somebody who is not in the conversation and has nothing of it to show."""

    notice: Id
    """Random, drawn by who sends it."""
    category: ReportCategory
    text: Annotated[str, Meta(min_length=1, max_length=limits.notice_text_chars_max)]
    """What is wrong, in their own words, and how it can be found: a listing, a page of the platform."""
    good_faith: bool
    """Whether they declare that it is true to the best of their knowledge: without that it is not taken."""


class NoticeView(Struct, frozen=True, omit_defaults=True):
    notice: Id
    at: Millis
    progress: str
    category: ReportCategory
    statements: list[StatementView] = []


class NoticesList(Struct, frozen=True):
    """GET /v1/notices: one's own."""

    notices: list[NoticeView]


class QueuedCase(Struct, frozen=True, omit_defaults=True):
    """A case before it is claimed, or one's own: nothing of what was said."""

    case: Id
    state: str
    origin: CaseOrigin
    category: ReportCategory
    opened_at: Millis
    points: int
    reasons: list[str]
    """Why it stands where it stands."""
    reports: int
    related: int
    """Other open cases about the same party: a claim takes them together."""
    mine: bool = False
    held_until: Millis | None = None
    due_at: Millis | None = None
    """Until when the accused may answer."""
    wants_second: bool = False
    """Whether a proposal waits for a second moderator."""
    abusive_reporter: bool = False
    flag: str | None = None
    """The rule over metadata that opened it, with what it measured."""
    measured: int | None = None


class AuditProof(Struct, frozen=True):
    """The leaf of the audit log that says that this was read, and its proof (SPEC.md section 10.6): a console checks it
    before it shows anything.
    """

    position: int
    leaf: bytes
    path: bytes
    checkpoint: str


class Workload(Struct, frozen=True):
    """Of the last 30 days."""

    waiting: int
    decided: int
    median_minutes_to_decision: int | None
    appealed: int
    overturned: int


class FactsTemplate(Struct, frozen=True):
    """What the facts of a statement begin with: every `{{placeholder}}` is to be filled in before it is taken."""

    category: ReportCategory
    text: InBoth


class Queue(Struct, frozen=True):
    """GET /v1/moderation/queue: the most urgent first."""

    cases: list[QueuedCase]
    workload: Workload
    facts: list[FactsTemplate]
    audit: AuditProof


class Claimed(Struct, frozen=True):
    """Until when the claim holds, and all cases that it took."""

    cases: list[Id]
    until: Millis


class ExcerptEntryView(Struct, frozen=True):
    """SPEC.md section 10.4."""

    head: Hash
    event: LogEntry


class CaseStatement(Struct, frozen=True):
    """A report or an answer, as sealed by its author, and what the service stored that proves it (SPEC.md 10.4)."""

    kind: str
    """`report` or `answer`."""
    subject: Id
    """The report's id, or the case's."""
    side: str
    party: Party
    at: Millis
    category: ReportCategory | None
    """As the service was told; what is signed inside counts."""
    key: Hash
    sealed: bytes
    first: Seq
    last: Seq
    entries: list[ExcerptEntryView]
    head: Hash
    """Before the range."""
    events: list[LogEntry]
    is_appeal: bool
    more: bool = False
    """Whether entries and events follow: POST …/excerpts gives them."""


class Continuing(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/excerpts: what of a statement's entries and events comes after `after`."""

    statement: int
    """Its place in the file, from 0 on."""
    after: Seq
    """The seq of the last entry or event that one has."""


class CaseExcerpt(Struct, frozen=True):
    """What follows in a statement's excerpt, with the audit leaf that says so."""

    entries: list[ExcerptEntryView]
    events: list[LogEntry]
    more: bool
    audit: AuditProof


class NoticeRead(Struct, frozen=True):
    at: Millis
    text: str


class DecisionRead(Struct, frozen=True):
    decision: Id
    measure: Measure
    state: str
    at: Millis
    ends_at: Millis | None
    ground: Ground
    rule: InBoth
    facts: InBoth
    seqs: list[Seq]
    is_mine: bool


class UnmaskingRead(Struct, frozen=True):
    unmasking: Id
    party: Party
    state: str
    at: Millis
    reason: str
    is_mine: bool


class PartyRead(Struct, frozen=True):
    """One party as the other one sees it, and its history with moderation."""

    party: Party
    presentation: Presentation
    is_accused: bool
    opened: int
    """Conversations that it opened in the last 30 days."""
    reported: int
    """In how many conversations others reported it, in the last year."""
    measures: int
    """Decided about it before."""
    reports_made: int
    reports_founded: int
    reports_abusive: int


class CaseFile(Struct, frozen=True):
    """GET /v1/moderation/cases/{case}: released to one moderator, with the audit leaf that says so."""

    case: Id
    state: str
    origin: CaseOrigin
    category: ReportCategory
    opened_at: Millis
    held_until: Millis | None
    due_at: Millis | None
    thread: Id | None
    accused_party: int | None
    flag: str | None
    measured: int | None
    statements: list[CaseStatement]
    notices: list[NoticeRead]
    decisions: list[DecisionRead]
    unmaskings: list[UnmaskingRead]
    parties: list[PartyRead]
    told: list[StatementView]
    related: list[Id]
    audit: AuditProof


class Hearing(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/hearing: asks the accused about messages of their own."""

    seqs: Annotated[list[Seq], Meta(min_length=1, max_length=limits.seqs_in_question_max)]


class Decide(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/decision"""

    decision: Id
    """Random, drawn by who decides; sent again it is the same decision."""
    measure: Measure
    ground: Ground
    rule: InBoth
    facts: InBoth
    seqs: Annotated[list[Seq], Meta(max_length=limits.seqs_in_question_max)] = []
    """Which messages of the accused it rests on."""
    days: Days | None = None
    """How long a measure lasts; a freeze and a block may last without an end."""
    abusive: bool = False
    """Whether the report was an abuse of reporting; with the measure `none` only."""


class Decided(Struct, frozen=True):
    state: str
    """`in_force`, or `proposed` while a second moderator has not approved it."""


class Second(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/approval: the word of a second moderator on what waits for one."""

    subject: Id
    """The decision or the unmasking."""
    approve: bool


class Review(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/review: what comes of an appeal."""

    overturn: bool
    reasons: InBoth
    instead: Decide | None = None
    """Decided in place of what was overturned, with a measure that one moderator may decide."""


class Unmask(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/unmaskings: asks to see which mailbox is behind a party."""

    unmasking: Id
    party: Party
    reason: Written


class Unmasked(Struct, frozen=True):
    """GET /v1/moderation/unmaskings/{unmasking}, once a second moderator approved it (SPEC.md section 10.5)."""

    mailbox: Id
    pk_sign: bytes
    pk_kem: bytes
    own: bytes
    """The mailbox's signature over the pseudonym that was in force after the last range that was shown in the case."""
    roster: list[bytes]
    """Its signed roster records, from which the signature's key follows."""
    audit: AuditProof


class Letter(Struct, frozen=True):
    """A whole statement of reasons, as one side gets it."""

    fr: str
    en: str


class Letters(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/letters: what a decision would tell both sides."""

    accused: Letter
    reporter: Letter


class Exporting(Struct, frozen=True):
    """POST /v1/moderation/cases/{case}/exports: says that a statement of the case is about to leave the console."""

    subject: Id
    """The report's id, or the case's of an answer."""


class Exported(Struct, frozen=True):
    audit: AuditProof


class AuditAsked(Struct, frozen=True):
    """POST /v1/moderation/audit"""

    before: Seq | None = None
    """Entries before this position; absent: the newest."""
    export: bool = False
    """Whether they leave the console as a file."""


class AuditEntry(Struct, frozen=True):
    """An entry of the audit log, proven under the checkpoint of the look."""

    position: int
    hash: Hash
    """Of the leaf (RFC 9162 section 2.1.1)."""
    path: bytes
    leaf: bytes | None
    """Absent for what one may not read: of a case that somebody else has."""


class AuditTrail(Struct, frozen=True):
    entries: list[AuditEntry]
    """The newest first."""
    audit: AuditProof
