"""The files of `deploy/`: they start what the Procfile names, with settings that exist, and show numbers that exist."""

import configparser
import json
import logging
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from messaging import logs
from messaging.config import Settings
from messaging.connection.connection import Backend
from messaging.fanout.shared import SharedHub
from messaging.metrics import BackendCollector
from messaging.writer import Commits

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROCESSES = {
    name: re.sub(r"^(?:[A-Z_]+=\S+ )+", "", command.strip())
    for name, _, command in (line.partition(":") for line in (ROOT / "Procfile").read_text().splitlines())
}
"""What the Procfile runs, without the variables before it."""
VALUES = {
    "POSTGRES_PASSWORD": "s3cret",
    "PLI_PUBLIC_URL": "https://messages.example.org",
    "PLI_ALLOWED_ORIGINS": "https://www.example.org",
    "PLI_EMBED_ORIGINS": "https://www.example.org",
    "PLI_JWKS": "https://www.example.org/jwks.json",
    "PLI_TOKEN_ISSUER": "https://www.example.org",
    "PLI_TRUSTED_PROXIES": "172.28.0.0/16",
}
"""What an operator gives to compose."""


def compose() -> dict[str, Any]:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    return cast(dict[str, Any], yaml.safe_load(re.sub(r"\$\{(\w+)(:[?-])?\}", lambda found: VALUES[found[1]], text)))


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return parser


def environment() -> dict[str, str]:
    lines = (DEPLOY / "environment.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", ["web", "worker", "release"])
def test_compose_runs_what_the_procfile_names_with_settings_that_are_understood(name: str) -> None:
    service = compose()["services"][name]
    assert shlex.join(service["command"]) == PROCESSES[name]
    settings = Settings.from_env(service["environment"])
    assert settings.redis_urls and settings.event_stream and not settings.embedded
    assert not settings.one_address


def test_compose_names_only_services_and_volumes_that_there_are() -> None:
    document = compose()
    services = document["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        assert {volume.partition(":")[0] for volume in service.get("volumes", ())} <= document["volumes"].keys()
    hosts = set(re.findall(r"(?<=[@/])(\w+)(?=[:/])", " ".join(services["web"]["environment"].values())))
    assert {"postgres", "redis", "events"} <= hosts & services.keys()


@pytest.mark.parametrize(
    ("name", "process"), [("pli-web@", "web"), ("pli-worker@", "worker"), ("pli-release", "release")]
)
def test_the_units_run_what_the_procfile_names(name: str, process: str) -> None:
    service = unit(f"{name}.service")["Service"]
    assert service["ExecStart"] == f"/opt/pli/bin/{PROCESSES[process]}"
    own = dict(pair.split("=", 1) for pair in service.get("Environment", "").replace("%i", "8001").split())
    settings = Settings.from_env({**environment(), **own})
    assert str(settings.data_dir) == service["WorkingDirectory"]
    assert settings.redis_urls and not settings.embedded
    if process == "web":
        assert (settings.port, settings.metrics) == (8001, ("127.0.0.1", 18001))
        assert int(service["TimeoutStopSec"]) >= 20


class Quiet(SharedHub):
    """One of several processes, as far as its numbers go."""

    deaf, unheard, found, sockets = False, 0, 0, 0

    def __init__(self) -> None:
        pass


def numbers() -> set[str]:
    """All that a process tells, as Prometheus names it."""
    pipeline = SimpleNamespace(waiting=0, running=0, commits=Commits())
    backend = SimpleNamespace(pipeline=pipeline, fanout=Quiet(), closed={4001: 1}, rates=SimpleNamespace(refused={}))
    found = set()
    for family in BackendCollector(cast(Backend, backend)).collect():
        found |= {sample.name for sample in family.samples} or {f"{family.name}_total"}
    return found


def test_the_dashboard_shows_every_number_and_none_that_there_is_not() -> None:
    dashboard = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b(?:pli|process)_\w+", target["expr"])
    }
    ours = {name for name in asked if name.startswith("pli_")}
    assert ours <= numbers()
    shown = {re.sub(r"_(sum|count|bucket)$", "", name) for name in ours}
    assert shown == {re.sub(r"_(sum|count|bucket|gsum)$", "", name) for name in numbers()}
    assert asked - ours <= {"process_cpu_seconds_total", "process_resident_memory_bytes"}
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_a_line_of_the_log_is_one_object_whatever_is_told() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("pli.x", logging.ERROR, "", 0, "first\nsecond « %s »", ("é",), sys.exc_info())
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "pli.x", "first\nsecond « é »")
    assert "ValueError: two" in told["trace"]
    assert told["at"].endswith("+00:00")
