"""What each address of the HTTP interface takes and answers: the OpenAPI document is made from this and the structs."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from messaging.domain import limits
from messaging.domain.scope import Scope
from messaging.services.reporting import FiguresView
from messaging.wire import alerts, moderation, platform, rest


@dataclass(frozen=True, slots=True)
class Described:
    """One method of one address."""

    summary: str
    body: type[Struct] | None = None
    answer: type[Struct] | None = None
    """None: 204, without a body."""
    status: int = 200
    may_be_none: str = ""
    """When it is answered with 204 instead."""
    scope: Scope | None = None
    """For the platform's back end alone: what its key must be for."""
    idempotent: bool = True
    """Whether a platform's request takes an Idempotency-Key."""
    body_bytes_max: int = limits.http_body_bytes_max
    queries: tuple[tuple[str, str], ...] = ()
    """What the address may ask for after its path, and of which form."""


DESCRIBED: Final = MappingProxyType(
    {
        ("POST", "/v1/tickets"): Described("A single-use ticket for one socket", None, rest.TicketIssued, 201),
        ("GET", "/v1/account"): Described("One's own account and seats", None, rest.AccountView),
        ("GET", "/v1/vault"): Described(
            "One's own sealed vault", None, rest.VaultBody, may_be_none="The account has no vault yet."
        ),
        ("PUT", "/v1/vault"): Described(
            "Replaces the vault by compare-and-swap", rest.VaultBody, body_bytes_max=limits.vault_body_bytes_max
        ),
        ("GET", "/v1/mailboxes/{mailbox}/roster"): Described("All signed records of a roster", None, rest.RosterView),
        ("POST", "/v1/mailboxes/{mailbox}/roster"): Described("Founds a mailbox, or admits a seat", rest.RosterAppend),
        ("GET", "/v1/mailboxes/{mailbox}/seats"): Described("What waits for an administrator", None, rest.PendingSeats),
        ("POST", "/v1/mailboxes/{mailbox}/seats"): Described("Asks for a seat", rest.SeatRequest),
        ("POST", "/v1/mailboxes/{mailbox}/removals"): Described(
            "Removes a seat and renews the seed, or renews the seed alone",
            rest.Removal,
            body_bytes_max=limits.removal_body_bytes_max,
        ),
        ("GET", "/v1/mailboxes/{mailbox}/targets"): Described("One's own targets", None, rest.OwnTargets),
        ("POST", "/v1/targets/{target}/prekeys"): Described(
            "Adds prekeys to an own target", rest.PrekeyBatch, body_bytes_max=limits.prekey_body_bytes_max
        ),
        ("POST", "/v1/targets/{target}/claims"): Described(
            "Claims one prekey for a first contact",
            rest.ClaimRequest,
            rest.Claim,
            201,
            may_be_none="Nobody can receive there yet (`target_not_ready`).",
        ),
        ("GET", "/v1/moderation/key"): Described("What reports are sealed to", None, moderation.ModerationKeyView),
        ("POST", "/v1/threads/{thread}/reports"): Described(
            "Reports messages of a conversation to the moderators", moderation.Report, moderation.ReportTaken, 201
        ),
        ("GET", "/v1/mailboxes/{mailbox}/cases"): Described("Where one's own cases stand", None, moderation.CasesList),
        ("POST", "/v1/cases/{case}/answers"): Described("Answers, or says more in a case", moderation.Answer),
        ("POST", "/v1/cases/{case}/appeals"): Described("Contests a decision", moderation.Answer),
        ("GET", "/v1/notices"): Described("What became of one's own notices", None, moderation.NoticesList),
        ("POST", "/v1/notices"): Described("A notice from outside of a conversation", moderation.OutsideNotice),
        ("GET", "/v1/moderation/queue"): Described("What waits for moderators", None, moderation.Queue),
        ("GET", "/v1/moderation/cases/{case}"): Described("A case that one has", None, moderation.CaseFile),
        ("POST", "/v1/moderation/cases/{case}/excerpts"): Described(
            "What follows in the excerpt of a statement", moderation.Continuing, moderation.CaseExcerpt
        ),
        ("POST", "/v1/moderation/cases/{case}/claim"): Described(
            "Takes a case, or the appeal of one", None, moderation.Claimed
        ),
        ("POST", "/v1/moderation/cases/{case}/release"): Described("Gives a case back"),
        ("POST", "/v1/moderation/cases/{case}/hearing"): Described("Asks the accused", moderation.Hearing),
        ("POST", "/v1/moderation/cases/{case}/letters"): Described(
            "What a decision would tell both sides", moderation.Decide, moderation.Letters
        ),
        ("POST", "/v1/moderation/cases/{case}/decision"): Described(
            "Decides, or proposes what takes two", moderation.Decide, moderation.Decided
        ),
        ("POST", "/v1/moderation/cases/{case}/second"): Described("Takes on the part of the second moderator"),
        ("POST", "/v1/moderation/cases/{case}/approval"): Described(
            "The second moderator's word", moderation.Second, moderation.Decided
        ),
        ("POST", "/v1/moderation/cases/{case}/review"): Described("Decides an appeal", moderation.Review),
        ("POST", "/v1/moderation/cases/{case}/unmaskings"): Described(
            "Asks to see which mailbox is behind a party", moderation.Unmask
        ),
        ("GET", "/v1/moderation/unmaskings/{unmasking}"): Described(
            "Which mailbox is behind a party, once approved", None, moderation.Unmasked
        ),
        ("POST", "/v1/moderation/cases/{case}/exports"): Described(
            "Says that a statement leaves the console", moderation.Exporting, moderation.Exported
        ),
        ("POST", "/v1/moderation/audit"): Described(
            "Entries of the audit log, with their proofs", moderation.AuditAsked, moderation.AuditTrail
        ),
        ("GET", "/v1/account/alerts"): Described("How one is alerted oneself", None, alerts.AlertsView),
        ("PUT", "/v1/account/alerts"): Described("Sets how one is alerted", alerts.AlertSettings),
        ("POST", "/v1/account/alerts/open"): Described(
            "The conversation that a mail's link leads to", alerts.AlertLink, alerts.AlertOpened
        ),
        ("PUT", "/v1/account/push"): Described(
            "Subscribes a browser to pushes", alerts.PushSubscription, alerts.PushSubscribed
        ),
        ("DELETE", "/v1/account/push/{subscription}"): Described("Ends the pushes to a browser"),
        ("GET", "/v1/mailboxes/{mailbox}/alerts"): Described(
            "Colleagues whom mails do not reach", None, alerts.ColleaguesUnreached
        ),
        ("PUT", "/v1/platform/mailboxes"): Described(
            "Registers or updates a mailbox", rest.MailboxPut, rest.MailboxRegistered, scope=Scope.MAILBOXES
        ),
        ("GET", "/v1/platform/mailboxes/{mailbox}/seats"): Described(
            "The seats of a mailbox", None, platform.SeatsListed, scope=Scope.MAILBOXES
        ),
        ("PUT", "/v1/platform/targets"): Described(
            "Registers or updates a target", rest.TargetPut, rest.TargetRegistered, scope=Scope.MAILBOXES
        ),
        ("POST", "/v1/platform/revocations"): Described(
            "Ends tokens, tickets and sockets of an account", rest.AccountRevoke, scope=Scope.PEOPLE
        ),
        ("POST", "/v1/platform/departures"): Described(
            "Ends a person's access to one mailbox", platform.DepartureReport, platform.Departed, scope=Scope.PEOPLE
        ),
        ("POST", "/v1/platform/resets"): Described(
            "Ends all seats of a mailbox that nobody can administer, so that it begins anew",
            platform.ResetRequest,
            platform.ResetBegun,
            scope=Scope.RESETS,
        ),
        ("POST", "/v1/platform/resets/{reset}/tokens"): Described(
            "Tells the peers of a mailbox that it began anew, conversation by conversation",
            platform.ResetTokens,
            platform.ResetProgress,
            scope=Scope.RESETS,
        ),
        ("POST", "/v1/platform/erasures"): Described(
            "Erases an account", platform.ErasureRequest, platform.ErasureProof, scope=Scope.ERASURE
        ),
        ("GET", "/v1/figures"): Described(
            "The published figures of a year, for whoever has the role `reporting`",
            answer=FiguresView,
            scope=Scope.REPORTING,
            queries=(("year", r"^\d{4}$"),),
        ),
        ("POST", "/v1/platform/exports"): Described(
            "All that is held about an account",
            platform.ExportRequest,
            platform.AccountExport,
            scope=Scope.EXPORT,
            idempotent=False,
        ),
    }
)
"""(method, address) -> what it takes and answers; `tests/http/test_openapi.py` holds it to the routes."""
