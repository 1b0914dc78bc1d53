"""The words of the domain that are a closed list, as they appear on the wire and in the store."""

from enum import StrEnum


class MailboxKind(StrEnum):
    """Which kind of party talks."""

    TERRITORY = "territory"
    PROJECT = "project"
    PARTNER = "partner"
    MODERATION = "moderation"


class Role(StrEnum):
    """What a person is in one mailbox."""

    MAYOR = "mayor"
    DEPUTY = "deputy"
    AGENT = "agent"
    HOLDER = "holder"
    CO_HOLDER = "co_holder"
    FACILITATOR = "facilitator"
    MODERATOR = "moderator"


class EventKind(StrEnum):
    """What a thread's log holds (SPEC.md section 7). Unknown kinds are kept in the chain and shown as a placeholder."""

    EPOCH = "epoch"
    MESSAGE = "message"
    RELEASED = "released"
    ASKED = "asked"
    CLOSED = "closed"
    REOPENED = "reopened"
    INVITED = "invited"
    JOINED = "joined"
    LEFT = "left"
    STEP = "step"
    RESET = "reset"
    RESTORED = "restored"
    FROZEN = "frozen"


class ClosingReason(StrEnum):
    """Why a relation was closed."""

    FILLED = "filled"
    PROJECT_ABANDONED = "project_abandoned"
    NEED_GONE = "need_gone"
    HOUSING = "housing"
    SPOUSE_JOB = "spouse_job"
    SCHOOL = "school"
    PREMISES = "premises"
    FINANCING = "financing"
    NO_ANSWER = "no_answer"
    AFTER_VISIT = "after_visit"
    TEAM_CHANGE = "team_change"
    ABUSE = "abuse"
    OTHER = "other"


class MessageKind(StrEnum):
    """The kind in a message header: the one thing about a content that the server sees."""

    TEXT = "text"
    OFFER = "offer"
    MEETING = "meeting"
    ATTACHMENT = "attachment"
    CARD = "card"


class CardField(StrEnum):
    """The fields of an identity card, in their fixed order."""

    NAME = "name"
    ROLE = "role"
    ORGANISATION = "organisation"
    PHONE = "phone"
    EMAIL = "email"


class ReportCategory(StrEnum):
    """What a report says to be about; signed inside it, and told to the service for the moderators' queue."""

    POSING = "posing"
    """Somebody poses as what they are not: a recruiter as a candidate."""
    PAYMENT = "payment"
    """Money is asked for."""
    HARASSMENT = "harassment"
    FALSE_DIPLOMA = "false_diploma"
    CONTACT_PRESSURE = "contact_pressure"
    """Pressed for contact data."""
    OTHER = "other"


class CaseOrigin(StrEnum):
    """What opened a case."""

    REPORT = "report"
    NOTICE = "notice"
    """Of somebody outside of the conversation."""
    FLAG = "flag"
    """A rule over metadata."""


class Measure(StrEnum):
    """What moderators decide."""

    NONE = "none"
    WARNING = "warning"
    FREEZE = "freeze"
    """Nobody writes in the conversation."""
    BLOCK = "block"
    """The same, and the two mailboxes open no other conversation with each other."""
    SUSPENSION = "suspension"
    """The mailbox writes nowhere. Takes two moderators."""


class Ground(StrEnum):
    """On which rule a decision rests."""

    TERMS = "terms"
    """Incompatible with the terms of use."""
    LAW = "law"
    """Illegal content."""


INITIATOR = 0
RECIPIENT = 1
THIRD = 2
"""The party of a third whom both sides let in."""
SERVICE = 255
"""The party of an event that the service itself writes."""
