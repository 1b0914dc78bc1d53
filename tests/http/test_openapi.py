"""docs/openapi.json is what the structs say, is a valid OpenAPI 3.1 document, and describes every address there is."""

import json
from typing import Any

import msgspec
import pytest

from messaging.domain.scope import Scope
from messaging.http.described import DESCRIBED
from messaging.http.routes import ROUTES
from scripts.make_openapi import FILE, made

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def test_the_file_is_what_the_structs_say() -> None:
    assert FILE.read_text(encoding="utf-8") == made(), "run: python -m scripts.make_openapi"


def test_the_document_is_valid() -> None:
    assert not _faults(DOCUMENT)


def test_a_document_that_is_not_valid_is_found() -> None:
    broken = {**DOCUMENT, "paths": {"/v1/x/{id}": {"get": {"responses": {"200": {}}}}}}
    assert _faults(broken)


def _faults(document: dict[str, Any]) -> list[Any]:
    from openapi_spec_validator import OpenAPIV31SpecValidator  # half a second, for each worker that looks for tests

    return list(OpenAPIV31SpecValidator(document).iter_errors())


def test_every_route_is_described_and_nothing_else() -> None:
    served = {(method, path) for method, path, _ in ROUTES}
    assert set(DESCRIBED) == served
    public = {("GET", path) for path in ("/healthz", "/readyz", "/v1/service", "/problems/{code}")}
    public.add(("GET", "/events/schemas/{type}/{version}"))
    listed = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    links = {f"/alerts/{name}/{{token}}" for name in ("confirm", "unsubscribe")}
    public |= {(method, path) for method in ("GET", "POST") for path in links}
    carrier = {("POST", "/v1/stream"), ("POST", "/v1/commands")}
    assert listed == served | public | carrier


def test_operations_have_names_of_their_own() -> None:
    names = [each["operationId"] for methods in DOCUMENT["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("method", "path"), list(DESCRIBED))
def test_who_may_ask_is_said(method: str, path: str) -> None:
    each, made_of = DESCRIBED[method, path], DOCUMENT["paths"][path][method.lower()]
    is_platform = path.startswith("/v1/platform/") or path == "/v1/figures"
    assert is_platform == (each.scope is not None)
    assert made_of["security"] == [{"platform" if is_platform else "person": []}]
    headers = [each["name"] for each in made_of.get("parameters", []) if each["in"] == "header"]
    assert headers == (["Idempotency-Key"] if is_platform and method != "GET" and "exports" not in path else [])


def test_every_scope_opens_something() -> None:
    assert {each.scope for each in DESCRIBED.values()} == {None, *Scope}


def test_references_lead_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    named = {ref.rpartition("/")[2] for ref in _references(DOCUMENT) if "/schemas/" in ref}
    assert named <= set(schemas)
    assert msgspec.json.encode(schemas)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _references(value)]
    return [ref for value in node for ref in _references(value)] if isinstance(node, list) else []
