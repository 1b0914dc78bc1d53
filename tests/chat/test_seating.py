"""Who sat in a mailbox that began anew is asked before anything of it is followed."""

from typing import Any, cast

import pytest

from messaging.chat.catalogue import Language, Texts
from messaging.chat.console import Console
from messaging.chat.seating import take_seat
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.wire.types import SeatView
from pli_client import Client
from pli_client.errors import ResetUnaccepted

MAILBOX = b"\x0b" * 16


class Asked:
    words = ("un", "deux") * 6

    async def admitted(self, *, timeout_s: float) -> str:
        return "admitted"


class Someone:
    """A client of an account that saw the mailbox before, and the console in front of it."""

    def __init__(self, answer: str, *, founded: bool) -> None:
        self.mailboxes: list[Any] = []
        self.seats = [SeatView(MAILBOX, MailboxKind.TERRITORY, Role.AGENT, True, "claimable", founded=founded)]
        self.accepted = False
        self.questions: list[str] = []
        self._answer = answer

    async def found(self, mailbox: bytes, *, after_reset: bool = False) -> str:
        if not after_reset:
            raise ResetUnaccepted("seen before")
        return "founded"

    async def ask_seat(self, mailbox: bytes) -> Asked:
        if not self.accepted:
            raise ResetUnaccepted("seen before")
        return Asked()

    async def accept_reset(self, mailbox: bytes) -> None:
        self.accepted = True

    def show(self, text: str) -> None: ...

    async def answer(self, question: str) -> str:
        self.questions.append(question)
        return self._answer


@pytest.mark.parametrize(
    ("answer", "founded", "seated"),
    [("oui", True, "admitted"), ("oui", False, "founded"), ("non", True, None), ("", False, None)],
)
async def test_a_mailbox_that_began_anew_is_entered_only_by_who_knows(
    answer: str, founded: bool, seated: str | None
) -> None:
    someone = Someone(answer, founded=founded)
    say = Texts(Language("fr"))
    taken = await take_seat(cast(Client, someone), cast(Console, someone), say)
    assert cast(object, taken) == seated
    assert someone.questions == [say("reset_known")]
    assert someone.accepted == (seated == "admitted")
