"""The addresses of reports and cases, for participants and for moderators (PROTOCOL.md section 9).

A case is read by `run`, not by `read`: its release to a moderator and the leaves in the audit log are one transaction.
"""

from typing import Final

from starlette.responses import Response

from messaging.domain.ids import CaseId, MailboxId, ThreadId, UnmaskingId
from messaging.http.exchange import Exchange, Handler, empty_response, json_response
from messaging.services.moderation import (
    casework,
    deciding,
    file,
    outside,
    reporting,
    reviewing,
    trail,
    unmasking,
    views,
)
from messaging.wire.moderation import (
    Answer,
    AuditAsked,
    Continuing,
    Decide,
    Exporting,
    Hearing,
    OutsideNotice,
    Report,
    Review,
    Second,
    Unmask,
)


async def read_key(exchange: Exchange) -> Response:
    return json_response(await exchange.read(reporting.read_key))


async def report(exchange: Exchange) -> Response:
    thread, body = ThreadId(exchange.path_id("thread")), await exchange.body(Report)
    return json_response(
        await exchange.run(lambda tx, actor: reporting.report(tx, actor, thread, body, exchange.context)), 201
    )


async def list_cases(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: views.list_own(tx, actor, mailbox, exchange.context)))


async def answer(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Answer)
    await exchange.run(lambda tx, actor: reporting.answer(tx, actor, case, body, exchange.context))
    return empty_response()


async def appeal(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Answer)
    await exchange.run(lambda tx, actor: reporting.appeal(tx, actor, case, body, exchange.context))
    return empty_response()


async def send_notice(exchange: Exchange) -> Response:
    body = await exchange.body(OutsideNotice)
    await exchange.run(lambda tx, actor: outside.send(tx, actor, body, exchange.context))
    return empty_response()


async def list_notices(exchange: Exchange) -> Response:
    return json_response(await exchange.read(outside.listed))


async def queue(exchange: Exchange) -> Response:
    proof = await exchange.run(lambda tx, actor: casework.note_queue(tx, actor, exchange.context))
    return json_response(await exchange.read(lambda tx, actor: casework.queue(tx, actor, proof, exchange.context)))


async def claim(exchange: Exchange) -> Response:
    case = CaseId(exchange.path_id("case"))
    return json_response(await exchange.run(lambda tx, actor: casework.claim(tx, actor, case, exchange.context)))


async def release(exchange: Exchange) -> Response:
    case = CaseId(exchange.path_id("case"))
    await exchange.run(lambda tx, actor: casework.release(tx, actor, case, exchange.context))
    return empty_response()


async def read_case(exchange: Exchange) -> Response:
    case = CaseId(exchange.path_id("case"))
    noted = await exchange.run(lambda tx, actor: file.note(tx, actor, case, exchange.context))
    return json_response(await exchange.read(lambda tx, actor: file.read(tx, actor, case, noted, exchange.context)))


async def read_excerpt(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Continuing)
    proof = await exchange.run(lambda tx, actor: file.note_more(tx, actor, case, body, exchange.context))
    return json_response(
        await exchange.read(lambda tx, actor: file.read_more(tx, actor, case, body, proof, exchange.context))
    )


async def hear(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Hearing)
    await exchange.run(lambda tx, actor: casework.hear(tx, actor, case, body, exchange.context))
    return empty_response()


async def letters(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Decide)
    return json_response(
        await exchange.read(lambda tx, actor: deciding.letters(tx, actor, case, body, exchange.context))
    )


async def decide(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Decide)
    return json_response(await exchange.run(lambda tx, actor: deciding.decide(tx, actor, case, body, exchange.context)))


async def second(exchange: Exchange) -> Response:
    case = CaseId(exchange.path_id("case"))
    await exchange.run(lambda tx, actor: casework.second(tx, actor, case, exchange.context))
    return empty_response()


async def approve(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Second)
    return json_response(
        await exchange.run(lambda tx, actor: deciding.approve(tx, actor, case, body, exchange.context))
    )


async def review(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Review)
    await exchange.run(lambda tx, actor: reviewing.review(tx, actor, case, body, exchange.context))
    return empty_response()


async def ask_unmasking(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Unmask)
    await exchange.run(lambda tx, actor: unmasking.ask(tx, actor, case, body, exchange.context))
    return empty_response()


async def read_unmasked(exchange: Exchange) -> Response:
    asked = UnmaskingId(exchange.path_id("unmasking"))
    return json_response(await exchange.run(lambda tx, actor: unmasking.read(tx, actor, asked, exchange.context)))


async def export(exchange: Exchange) -> Response:
    case, body = CaseId(exchange.path_id("case")), await exchange.body(Exporting)
    return json_response(await exchange.run(lambda tx, actor: trail.export(tx, actor, case, body, exchange.context)))


async def audit(exchange: Exchange) -> Response:
    body = await exchange.body(AuditAsked)
    proof = await exchange.run(lambda tx, actor: trail.note(tx, actor, body, exchange.context))
    return json_response(await exchange.read(lambda tx, actor: trail.read(tx, actor, body, proof, exchange.context)))


MODERATION_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/v1/moderation/key", read_key),
    ("POST", "/v1/threads/{thread}/reports", report),
    ("GET", "/v1/mailboxes/{mailbox}/cases", list_cases),
    ("POST", "/v1/cases/{case}/answers", answer),
    ("POST", "/v1/cases/{case}/appeals", appeal),
    ("GET", "/v1/notices", list_notices),
    ("POST", "/v1/notices", send_notice),
    ("GET", "/v1/moderation/queue", queue),
    ("GET", "/v1/moderation/cases/{case}", read_case),
    ("POST", "/v1/moderation/cases/{case}/excerpts", read_excerpt),
    ("POST", "/v1/moderation/cases/{case}/claim", claim),
    ("POST", "/v1/moderation/cases/{case}/release", release),
    ("POST", "/v1/moderation/cases/{case}/hearing", hear),
    ("POST", "/v1/moderation/cases/{case}/letters", letters),
    ("POST", "/v1/moderation/cases/{case}/decision", decide),
    ("POST", "/v1/moderation/cases/{case}/second", second),
    ("POST", "/v1/moderation/cases/{case}/approval", approve),
    ("POST", "/v1/moderation/cases/{case}/review", review),
    ("POST", "/v1/moderation/cases/{case}/unmaskings", ask_unmasking),
    ("GET", "/v1/moderation/unmaskings/{unmasking}", read_unmasked),
    ("POST", "/v1/moderation/cases/{case}/exports", export),
    ("POST", "/v1/moderation/audit", audit),
)
"""(method, path, handler)"""
