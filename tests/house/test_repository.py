"""The repository keeps its own rules: what it must not name, the targets and processes that its documents promise."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = ("setup", "web", "demo", "test", "check", "soak", "bench")

# Joined here so that this file does not name them either.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("py" + "pi", "org"),
        ("python" + "hosted", "org"),
        ("npm" + "js", "org"),
        ("npm" + "js", "com"),
        ("yarn" + "pkg", "com"),
        ("un" + "pkg", "com"),
        ("js" + "delivr", "net"),
    )
)
FORBIDDEN = (*REGISTRIES, str(ROOT) + "/", "../" + "shared/")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def dry_run(target: str) -> str:
    """The commands that `make target` would run."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    done = subprocess.run(["make", "-n", "-B", target], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_tracked_file_names_a_registry_or_a_path_of_this_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked()
        for word in FORBIDDEN
        if word.encode() in path.read_bytes()
    ]

    assert found == []


def test_the_lock_file_has_a_hash_for_every_package_and_no_address() -> None:
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    packages = [line for line in entries if line and not line.lstrip().startswith("#")]

    assert packages
    assert [line for line in packages if not re.match(r"[\w.-]+==\S+.* --hash=sha256:[0-9a-f]{64}", line)] == []
    assert [line for line in entries if "://" in line] == []


def test_the_web_client_s_lock_file_has_a_hash_for_every_package_and_no_address() -> None:
    packages = json.loads((ROOT / "clients/web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((ROOT / "clients/web/package.json").read_text(encoding="utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}

    assert [
        name for name, said in packages.items() if name and not said.get("integrity", "").startswith("sha512-")
    ] == []
    assert [name for name, said in packages.items() if "resolved" in said] == []
    assert {name: packages[f"node_modules/{name}"]["version"] for name in versions} == versions


@pytest.mark.parametrize("target", TARGETS)
def test_targets_exist_and_set_up_first(target: str) -> None:
    commands = dry_run(target).splitlines()

    assert commands[0] == "scripts/setup.sh .venv"
    assert len(commands) > (target != "setup")


def test_the_gate_runs_the_whole_suite() -> None:
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text(encoding="utf-8").rstrip().endswith("exec make test")


@pytest.mark.parametrize("script", [path.name for path in sorted((ROOT / "scripts").glob("*.sh"))])
def test_scripts_are_executable_and_parse(script: str) -> None:
    path = ROOT / "scripts" / script

    assert path.stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0


def test_links_of_the_documents_lead_somewhere() -> None:
    documents = [path for path in tracked() if path.suffix == ".md"]
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in documents
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
        if "://" not in link and not (path.parent / link).exists()
    ]

    assert broken == []


def processes() -> list[tuple[str, str]]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return [(name, command.strip()) for name, _, command in (line.partition(":") for line in lines)]


def test_the_procfile_names_web_worker_and_release() -> None:
    assert [name for name, _ in processes()] == ["web", "worker", "release"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "worker", "release"])
def test_commands_of_the_procfile_are_real(name: str) -> None:
    words = [word for word in shlex.split(dict(processes())[name]) if not re.match(r"[A-Z_]+=", word)]
    program, command, *options = words
    assert program == "pli"

    pli = shutil.which("pli", path=str(Path(sys.executable).parent))
    assert pli is not None
    shown = subprocess.run([pli, command, "--help"], capture_output=True, text=True, check=False)

    assert shown.returncode == 0, shown.stderr
    assert [option for option in options if option not in shown.stdout] == []
