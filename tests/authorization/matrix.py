"""Who may do what, written out by hand: the columns are the roles of `roles.PEOPLE` and `KEY_ROLES`, in their order."""

from collections.abc import Sequence

from tests.authorization.roles import KEY_ROLES, PEOPLE

MATRIX = """
                          anon plat seat stra newc foun pend remo uncl agen mayo hold thir chai wing idle repo
service.read               +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +    +
account.read               -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
vault.read                 -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
vault.write                -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
ticket.issue               -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
threads.list               -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
alerts.read                -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
alerts.write               -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
alerts.open                -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
push.subscribe             -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
push.unsubscribe           -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
roster.read                -    -    -    -    +    -    +    -    -    +    +    -    -    -    -    -    -
roster.create              -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -    -
seat.ask                   -    -    -    -    +    -    +    -    -    +    +    -    -    -    -    -    -
seats.pending              -    -    -    -    -    -    -    -    -    -    +    -    -    -    -    -    -
seat.admit                 -    -    -    -    -    -    -    -    -    -    +    -    -    -    -    -    -
seat.admit.kit             -    -    -    -    -    -    +    -    -    -    -    -    -    -    -    -    -
seat.remove                -    -    -    -    -    -    -    -    -    -    +    -    -    -    -    -    -
targets.list               -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
alerts.unreached           -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
prekeys.publish            -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
prekey.claim               -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
thread.open                -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
thread.rotate              -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
message.send               -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
notice.give                -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
third.invite               -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
third.accept               -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
third.share                -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
third.end                  -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
events.pull                -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
wraps.pull                 -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
receipt.write              -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
restore.claim              -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
desk.write                 -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
desk.read                  -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
consent.give               -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
consent.withdraw           -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
consents.list              -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
report.make                -    -    -    -    -    -    -    -    -    +    +    +    +    -    -    -    -
cases.list                 -    -    -    -    -    -    -    -    -    +    +    -    -    -    -    -    -
case.answer                -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
case.appeal                -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
moderation.key             -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
notice.form                -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
notice.track               -    -    +    +    +    +    +    +    +    +    +    +    +    +    +    +    -
moderation.queue           -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    +    -
case.claim                 -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    +    -
case.release               -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.read                  -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    -    -
case.excerpt               -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    -    -
case.hear                  -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.letters               -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.decide                -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.second                -    -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    -
case.approve               -    -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -
case.review                -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.unmask                -    -    -    -    -    -    -    -    -    -    -    -    -    +    -    -    -
case.unmasked              -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    -    -
case.export                -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    -    -
audit.trail                -    -    -    -    -    -    -    -    -    -    -    -    -    +    +    +    -
platform.mailbox.put       -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.target.put        -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.account.revoke    -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.seats.list        -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.departure         -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.reset             -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.reset.tokens      -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.erasure           -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
platform.export            -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
relation.rate              -    -    -    -    -    -    -    -    -    +    +    +    -    -    -    -    -
figures.read               -    +    -    -    -    -    -    -    -    -    -    -    -    -    -    -    +
"""
KEY_MATRIX = """
                          mail peop rese repo eras expo
service.read               +    +    +    +    +    +
platform.mailbox.put       +    -    -    -    -    -
platform.target.put        +    -    -    -    -    -
platform.seats.list        +    -    -    -    -    -
platform.account.revoke    -    +    -    -    -    -
platform.departure         -    +    -    -    -    -
platform.reset             -    -    +    -    -    -
platform.reset.tokens      -    -    +    -    -    -
platform.erasure           -    -    -    -    +    -
platform.export            -    -    -    -    -    +
figures.read               -    -    -    +    -    -
"""
"""What each key of the platform's back end opens; what is not listed no key does."""

HEADER, *LINES = [line.split() for line in MATRIX.strip().splitlines()]
KEY_HEADER, *KEY_LINES = [line.split() for line in KEY_MATRIX.strip().splitlines()]


def _allowed(roles: Sequence[str], lines: Sequence[Sequence[str]]) -> dict[str, set[str]]:
    return {line[0]: {role for role, mark in zip(roles, line[1:], strict=True) if mark == "+"} for line in lines}


_OPENED = _allowed(KEY_ROLES, KEY_LINES)
ALLOWED = {name: roles | _OPENED.get(name, set()) for name, roles in _allowed(PEOPLE, LINES).items()}
SUBJECTLESS = {
    *("service.read", "account.read", "vault.read", "vault.write", "ticket.issue", "threads.list"),
    *("alerts.read", "alerts.write", "alerts.open", "push.subscribe", "push.unsubscribe"),
    *("platform.mailbox.put", "platform.target.put", "platform.account.revoke"),
    *("platform.erasure", "platform.export"),
    *("moderation.key", "notice.form", "notice.track", "moderation.queue", "audit.trail"),
    "figures.read",
}
"""Operations about nothing but the actor."""
