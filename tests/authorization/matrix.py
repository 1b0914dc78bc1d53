"""Who may do what, written out by hand: the columns are the roles of `roles.ROLES`, in their order."""

from tests.authorization.roles import ROLES

MATRIX = """
                          anon plat seat stra newc foun pend remo uncl agen mayo hold
service.read               +    +    +    +    +    +    +    +    +    +    +    +
account.read               -    -    +    +    +    +    +    +    +    +    +    +
vault.read                 -    -    +    +    +    +    +    +    +    +    +    +
vault.write                -    -    +    +    +    +    +    +    +    +    +    +
ticket.issue               -    -    +    +    +    +    +    +    +    +    +    +
threads.list               -    -    +    +    +    +    +    +    +    +    +    +
roster.read                -    -    -    -    +    -    +    -    -    +    +    -
roster.create              -    -    -    -    -    +    -    -    -    -    -    -
seat.ask                   -    -    -    -    +    -    +    -    -    +    +    -
seats.pending              -    -    -    -    -    -    -    -    -    -    +    -
seat.admit                 -    -    -    -    -    -    -    -    -    -    +    -
seat.admit.kit             -    -    -    -    -    -    +    -    -    -    -    -
seat.remove                -    -    -    -    -    -    -    -    -    -    +    -
targets.list               -    -    -    -    -    -    -    -    -    +    +    -
prekeys.publish            -    -    -    -    -    -    -    -    -    +    +    -
prekey.claim               -    -    -    -    -    -    -    -    -    +    +    -
thread.open                -    -    -    -    -    -    -    -    -    +    +    -
thread.rotate              -    -    -    -    -    -    -    -    -    +    +    +
message.send               -    -    -    -    -    -    -    -    -    +    +    +
notice.give                -    -    -    -    -    -    -    -    -    +    +    +
events.pull                -    -    -    -    -    -    -    -    -    +    +    +
wraps.pull                 -    -    -    -    -    -    -    -    -    +    +    +
receipt.write              -    -    -    -    -    -    -    -    -    +    +    +
desk.write                 -    -    -    -    -    -    -    -    -    +    +    -
desk.read                  -    -    -    -    -    -    -    -    -    +    +    -
consent.give               -    -    -    -    -    -    -    -    -    +    +    +
consent.withdraw           -    -    -    -    -    -    -    -    -    +    +    +
consents.list              -    -    -    -    -    -    -    -    -    +    +    +
platform.mailbox.put       -    +    -    -    -    -    -    -    -    -    -    -
platform.target.put        -    +    -    -    -    -    -    -    -    -    -    -
platform.account.revoke    -    +    -    -    -    -    -    -    -    -    -    -
"""
HEADER, *LINES = [line.split() for line in MATRIX.strip().splitlines()]
ALLOWED = {line[0]: {role for role, mark in zip(ROLES, line[1:], strict=True) if mark == "+"} for line in LINES}
SUBJECTLESS = {
    *("service.read", "account.read", "vault.read", "vault.write", "ticket.issue", "threads.list"),
    *("platform.mailbox.put", "platform.target.put", "platform.account.revoke"),
}
"""Operations about nothing but the actor."""
