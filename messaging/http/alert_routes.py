"""The addresses of one's own alerts (PROTOCOL.md section 6.5)."""

from typing import Final

from starlette.responses import Response

from messaging.domain.ids import MailboxId, SubscriptionId
from messaging.http.exchange import Exchange, Handler, empty_response, json_response
from messaging.services import alerts
from messaging.wire.alerts import AlertLink, AlertSettings, PushSubscription


async def read_alerts(exchange: Exchange) -> Response:
    return json_response(await exchange.read(lambda tx, actor: alerts.view(tx, actor, exchange.context)))


async def write_alerts(exchange: Exchange) -> Response:
    body = await exchange.body(AlertSettings)
    await exchange.run(lambda tx, actor: alerts.write(tx, actor, body, exchange.context))
    return empty_response()


async def open_alert(exchange: Exchange) -> Response:
    """A POST, and reads only: the token must stand in no address that somebody logs."""
    body = await exchange.body(AlertLink)
    return json_response(await exchange.read(lambda tx, actor: alerts.open_link(tx, actor, body, exchange.context)))


async def subscribe_push(exchange: Exchange) -> Response:
    body = await exchange.body(PushSubscription)
    return json_response(await exchange.run(lambda tx, actor: alerts.subscribe(tx, actor, body, exchange.context)))


async def unsubscribe_push(exchange: Exchange) -> Response:
    subscription = SubscriptionId(exchange.path_id("subscription"))
    await exchange.run(lambda tx, actor: alerts.unsubscribe_push(tx, actor, subscription))
    return empty_response()


async def colleagues_unreached(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: alerts.unreached(tx, actor, mailbox)))


ALERT_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/v1/account/alerts", read_alerts),
    ("PUT", "/v1/account/alerts", write_alerts),
    ("POST", "/v1/account/alerts/open", open_alert),
    ("PUT", "/v1/account/push", subscribe_push),
    ("DELETE", "/v1/account/push/{subscription}", unsubscribe_push),
    ("GET", "/v1/mailboxes/{mailbox}/alerts", colleagues_unreached),
)
"""(method, path, handler); what a mail leads to without a token of the platform is in `alert_pages`."""
