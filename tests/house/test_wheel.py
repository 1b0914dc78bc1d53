"""What `pip install pli` gives: the SDK and the cryptography, with the base dependencies and nothing of the server.

The wheel is built and installed into a fresh virtual environment. Its base dependencies are copied there from this
one, so that the test needs no network; `pip check` then holds them to what the wheel declares.
"""

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
SERVER_ONLY = ("sqlalchemy", "starlette", "uvicorn", "alembic", "aiosqlite", "asyncpg", "redis", "jwt")

IMPORT_ALL = """
import importlib, importlib.util, pkgutil, sys
for root in ("pli_client", "messaging.e2ee", "messaging.wire", "messaging.domain"):
    package = importlib.import_module(root)
    for module in pkgutil.walk_packages(package.__path__, root + "."):
        importlib.import_module(module.name)
server = [name for name in sys.argv[1:] if importlib.util.find_spec(name)]
sys.exit(f"of the server: {server}" if server else 0)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    builder = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(builder, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("pli-*.whl")
    return built


def base_dependencies(name: str, seen: dict[str, Distribution]) -> dict[str, Distribution]:
    """The distributions that `name` needs without extras, and those that they need."""
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if wanted and requirement.name not in seen:
            seen[requirement.name] = distribution(requirement.name)
            base_dependencies(requirement.name, seen)
    return seen


def copy_distribution(source: Distribution, site_packages: Path) -> None:
    for file in source.files or ():
        if ".." in file.parts or file.suffix == ".pyc":
            continue
        target = site_packages / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(file.locate()), target)


@pytest.mark.slow
def test_the_sdk_installs_and_imports_without_the_server(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=False)
    python = tmp_path / "bin" / "python"
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path)}))
    for dependency in base_dependencies("pli", {}).values():
        copy_distribution(dependency, site_packages)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]

    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", str(wheel)], check=True)
    checked = subprocess.run([*pip, "check"], capture_output=True, text=True, check=False)
    imported = subprocess.run(
        [str(python), "-I", "-W", "error", "-c", IMPORT_ALL, *SERVER_ONLY],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
    assert imported.returncode == 0, imported.stderr


@pytest.mark.slow
def test_the_wheel_holds_the_tables_and_the_words_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {
        "messaging/territories/data/communes.csv",
        "messaging/e2ee/words/french.txt",
        "pli_client/__init__.py",
    } <= set(names)
    assert {name.split("/")[0] for name in names} == {"messaging", "pli_client", "pli-0.1.0.dist-info"}
