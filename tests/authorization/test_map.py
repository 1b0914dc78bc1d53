"""No way around the table: every route and every command leads to an operation, and every operation is led to."""

from typing import get_args

from messaging.connection.handlers import HANDLERS
from messaging.domain.authorization import TABLE, Operation
from messaging.http.routes import ROUTES
from messaging.wire.commands import AnyCommand, Hello, Refresh, Send
from tests.authorization.matrix import ALLOWED, HEADER, KEY_HEADER
from tests.authorization.operations import OPERATIONS
from tests.authorization.roles import KEY_ROLES, PEOPLE

PUBLIC = "GET /v1/service"
"""Not in ROUTES: it needs no token."""
CONNECTION = {Hello, Refresh}
"""Their ticket says who they are for; what they then read, `threads.list`, is asked of the table as well."""


def carriers() -> set[str]:
    return {carrier for carrier, _ in OPERATIONS.values()}


def test_every_operation_has_a_rule_and_a_way_to_be_tried() -> None:
    assert set(OPERATIONS) == set(Operation) == set(TABLE)


def test_the_matrix_names_every_operation_and_role() -> None:
    assert set(ALLOWED) == {operation.value for operation in Operation}
    assert [role[:4] for role in PEOPLE] == HEADER
    assert [role[:4] for role in KEY_ROLES] == KEY_HEADER


def test_every_route_leads_to_an_operation() -> None:
    routes = {f"{method} {path}" for method, path, _ in ROUTES}
    assert routes | {PUBLIC} == {
        carrier for carrier in carriers() if carrier.startswith(("GET", "PUT", "POST", "DELETE"))
    }


def test_every_command_leads_to_an_operation() -> None:
    tags = {command.__struct_config__.tag for command in set(get_args(AnyCommand)) - CONNECTION}
    assert tags == {carrier for carrier in carriers() if " " not in carrier}


def test_every_command_is_carried_out() -> None:
    assert set(HANDLERS) | CONNECTION | {Send} == set(get_args(AnyCommand))
