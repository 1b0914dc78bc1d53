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
    RESET = "reset"
    RESTORED = "restored"


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


INITIATOR = 0
RECIPIENT = 1
THIRD = 2
"""The party of a third whom both sides let in."""
SERVICE = 255
"""The party of an event that the service itself writes."""
