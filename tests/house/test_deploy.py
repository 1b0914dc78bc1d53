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
from messaging.cli.line import _parser
from messaging.config import Settings
from messaging.connection.connection import Backend
from messaging.domain import limits
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
    "PLI_JWKS": "https://www.example.org/jwks.json",
    "PLI_TOKEN_ISSUER": "https://www.example.org",
}
"""What an operator has to give to compose."""


def compose() -> dict[str, Any]:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    filled = re.sub(r"\$\{(\w+):\?\}", lambda found: VALUES[found[1]], text)
    return cast(dict[str, Any], yaml.safe_load(filled))


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "systemd" / name, encoding="utf-8")
    return parser


def environment(*, whole: bool = False) -> dict[str, str]:
    """`whole`: also what stands there to be taken up, with values in the place of what only describes them."""
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    if whole:
        text = re.sub(r"(?m)^#(?=PLI_)", "", text).replace("64 hex digits", "0a" * 32)
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.parametrize("name", ["web", "worker", "release"])
def test_compose_runs_what_the_procfile_names_with_settings_that_are_understood(name: str) -> None:
    service = compose()["services"][name]
    assert shlex.join(service["command"]) == PROCESSES[name]
    settings = Settings.from_env(service["environment"])
    assert settings.redis_urls and settings.event_stream and not settings.embedded
    assert not settings.one_address


def test_what_an_operator_sets_reaches_the_processes_of_compose() -> None:
    """All that the example has: what compose sets itself is about its own services."""
    services = compose()["services"]
    for name in ("web", "worker", "release"):
        assert services[name]["env_file"] == ".env"
        settings = Settings.from_env({**environment(whole=True), **services[name]["environment"]})
        assert settings.platform_key and settings.moderation_root and settings.webhooks and settings.smtp_from
        assert settings.sign_in_url and settings.token_url and settings.attestation_url
        assert settings.embed_origins == {"https://www.example.org"}
        assert "@postgres/" in settings.database_url
    (gateway,) = (each["gateway"] for each in compose()["networks"]["default"]["ipam"]["config"])
    assert services["web"]["environment"]["PLI_TRUSTED_PROXIES"] == gateway


def test_the_proxy_of_the_example_keeps_to_what_the_service_asks() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert "proxy_buffering off;" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    (idle_s,) = re.findall(r"keepalive_timeout (\d+)s;", text)
    assert int(idle_s) < limits.http_idle_s
    assert limits.stream_beat_s < 60  # proxy_read_timeout, which stands nowhere
    assert max(limits.removal_body_bytes_max, limits.vault_body_bytes_max) < 2**20  # client_max_body_size too
    ports = {port.split(":")[1] for port in compose()["services"]["web"]["ports"]}
    (first, last) = map(int, ports.pop().split("-"))
    assert {int(port) for port in re.findall(r"server 127\.0\.0\.1:(\d+);", text)} <= set(range(first, last + 1))


def test_nothing_waits_for_somebody_where_the_database_is_away_when_the_machine_starts() -> None:
    for name in ("pli-web@.service", "pli-worker@.service"):
        section = unit(name)["Unit"]
        assert "Requires" not in section
        assert section["Wants"] == section["After"] == "pli-release.service"
        assert section["StartLimitIntervalSec"] == "0"
        assert unit(name)["Service"]["Restart"] == "always"
    assert unit("pli-release.service")["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit("pli-release.service")["Service"]["Restart"] == "on-failure"


@pytest.mark.parametrize("name", ["retention", "doctor"])
def test_what_a_timer_runs_is_a_command_behind_the_same_walls(name: str) -> None:
    service, worker = unit(f"pli-{name}.service")["Service"], unit("pli-worker@.service")["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert program == "/opt/pli/bin/pli"
    assert _parser().parse_args(arguments).command
    own = {"Type", "ExecStart", "Restart", "RestartSec", "TimeoutStopSec"}
    assert {key: value for key, value in service.items() if key not in own} == {
        key: value for key, value in worker.items() if key not in own
    }
    timer = unit(f"pli-{name}.timer")
    assert timer["Timer"]["OnCalendar"] and timer["Install"]["WantedBy"] == "timers.target"


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
