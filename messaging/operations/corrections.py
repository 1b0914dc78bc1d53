"""`pli events show | correct`: the events of one relation, and the operator's word that one of them was wrong."""

from typing import Final

from msgspec import Struct

from messaging import keys as key_files
from messaging.domain import limits
from messaging.domain.errors import Busy, Conflict, Malformed, NotFound
from messaging.operations.moderation_keys import auditor_of
from messaging.operations.operation import Operation, OperationFailed, Workplace
from messaging.relations.facts import report_ref
from messaging.services import corrections
from messaging.services.corrections import Correction, Told


class Relation(Struct):
    subject: bytes


class Events(Struct):
    events: list[Told]


class Wanted(Struct):
    """Of one relation, or (of its first event) of all that a mailbox of the platform's reference was ever a side of."""

    subject: bytes | None
    mailbox_ref: str | None
    correction: Correction


class Done(Struct):
    corrected: int
    unchanged: int
    """Those that counted as wanted already."""


async def _show(at: Workplace, wanted: Relation) -> Events:
    """Raises: OperationFailed."""
    try:
        return Events(await at.read(lambda tx: corrections.history(tx, wanted.subject)))
    except NotFound as error:
        raise OperationFailed(f"{error}. Its subject is in each of its events.") from None


async def _correct(at: Workplace, wanted: Wanted) -> Done:
    """Raises: OperationFailed, KeyFileError."""
    subjects = [wanted.subject] if wanted.subject is not None else await _of_mailbox(at, wanted.mailbox_ref or "")
    done = Done(0, 0)
    for subject in subjects:
        if await _correct_one(at, subject, wanted.correction):
            done.corrected += 1
        else:
            done.unchanged += 1
        if (done.corrected + done.unchanged) % 1_000 == 0:
            at.say(f"{done.corrected + done.unchanged:,} relations")
    return done


async def _correct_one(at: Workplace, subject: bytes, correction: Correction) -> bool:
    auditor = auditor_of(at)
    try:
        return await at.run(lambda tx: corrections.correct(tx, subject, correction, auditor, at.clock()))
    except Busy:
        raise OperationFailed(
            "An event of this relation is still on its way to the sink. Correct it once it is there."
        ) from None
    except (NotFound, Conflict, Malformed) as error:
        raise OperationFailed(f"Nothing was corrected: {error}.") from None


async def _of_mailbox(at: Workplace, ref: str) -> list[bytes]:
    """The relations of a mailbox, those too whose conversation was deleted. Raises: OperationFailed, KeyFileError."""
    mailbox = (await at.read(lambda tx: tx.mailboxes.find([ref]))).get(ref)
    if mailbox is None:
        raise OperationFailed("The platform registered no mailbox under this reference.")
    key = key_files.load(at.settings.data_dir).reporting if at.service is None else at.service.context.reporting_key
    (box,) = (await at.read(lambda tx: tx.mailboxes.get([mailbox]))).values()
    name, found = report_ref(key, box.kind, mailbox).hex().encode(), []
    page = await _openings(at, b"")
    while page:
        found += [subject for subject, data in page if name in data]
        page = await _openings(at, page[-1][0])
    return found


async def _openings(at: Workplace, after: bytes) -> list[tuple[bytes, bytes]]:
    return await at.read(lambda tx: tx.book.openings(after, limits.figures_page_max))


SHOW: Final = Operation("relations.show", Relation, Events, _show)
CORRECT: Final = Operation("relations.correct", Wanted, Done, _correct)

OPERATIONS: Final = (SHOW, CORRECT)
