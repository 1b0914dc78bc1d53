"""Bodies of the HTTP interface about alerts (PROTOCOL.md section 6.5), JSON."""

from typing import Annotated

from msgspec import Meta, Struct

from messaging.domain import limits
from messaging.wire.types import Id, MailAddress, Millis, MinuteOfDay


class AlertSettings(Struct, frozen=True):
    """PUT /v1/account/alerts. An address other than the one confirmed is written to first, and used once confirmed."""

    wanted: bool
    """Whether mails are sent. Pushes go to whatever browser is subscribed."""
    address: MailAddress | None
    """None: forget it."""
    zone: Annotated[str, Meta(min_length=1, max_length=64)] = "Europe/Paris"
    quiet_begins: MinuteOfDay = 1_200
    """Minutes after midnight; until `quiet_ends`, over midnight if that is smaller; equal: no quiet time."""
    quiet_ends: MinuteOfDay = 480
    quiet_sundays: bool = True


class AlertsView(Struct, frozen=True):
    """GET /v1/account/alerts"""

    settings: AlertSettings
    pending: MailAddress | None
    """An address that waits to be confirmed."""
    failing_since: Millis | None
    """When the mail server last refused `settings.address` for good; nothing is sent there until it is set again."""
    mails: bool
    """Whether this service sends mails at all."""
    push_key: bytes
    """The VAPID key that a browser subscribes with: 65 bytes, uncompressed P-256."""
    subscriptions: list[Id]


class PushSubscription(Struct, frozen=True):
    """PUT /v1/account/push: what the browser's PushSubscription says."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=limits.push_endpoint_chars_max)]
    p256dh: Annotated[bytes, Meta(min_length=65, max_length=65)]
    auth: Annotated[bytes, Meta(min_length=16, max_length=16)]


class PushSubscribed(Struct, frozen=True):
    subscription: Id


class AlertLink(Struct, frozen=True):
    """POST /v1/account/alerts/open: the token of a mail's link."""

    token: Annotated[str, Meta(min_length=1, max_length=64)]


class AlertOpened(Struct, frozen=True):
    thread: Id | None
    """None: the link is unknown, old, somebody else's, or leads to where one has no seat; the inbox opens."""
    cases: bool = False
    """The link leads to the list of one's cases of moderation, with no thread."""


class ColleaguesUnreached(Struct, frozen=True):
    """GET /v1/mailboxes/{mailbox}/alerts"""

    seats: list[Id]
    """Active seats whose address the mail server refused for good: they hear of nothing by mail."""
