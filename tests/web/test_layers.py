"""The layers of the web client (docs/development.md) are held by its linter: tried on one forbidden import of each."""

import json
import shutil
from pathlib import Path

from tests.support.web import WEB, run_oxlint

MAY_IMPORT = {
    "e2ee": set[str](),
    "wire": set(),
    "loader": set(),
    "core": {"e2ee", "wire"},
    "ui": {"core"},
    "widget": {"core", "ui"},
    "inbox": {"core", "ui"},
    "console": {"core", "ui"},
    "figures": {"core", "ui"},
    "drive": {"core", "e2ee", "wire"},
}
FORMS = (
    'import {{ a }} from "{path}";\nexport const b = a;\n',
    'export {{ a }} from "{path}";\n',
    'export const b = async () => (await import("{path}")).a;\n',
    'import type {{ a }} from "{path}";\nexport type B = a;\n',
)


def test_every_folder_of_the_sources_is_a_layer() -> None:
    assert {path.name for path in (WEB / "src").iterdir() if path.is_dir()} <= set(MAY_IMPORT)


def test_the_linter_refuses_every_import_against_the_layers_and_no_other(tmp_path: Path) -> None:
    shutil.copy(WEB / ".oxlintrc.json", tmp_path)
    for layer in MAY_IMPORT:
        folder = tmp_path / "src" / layer
        folder.mkdir(parents=True)
        for other in MAY_IMPORT:
            for number, form in enumerate(FORMS):
                text = form.format(path=f"../{other}/x.ts" if other != layer else "./x.ts")
                (folder / f"{other}{number}.ts").write_text(text, encoding="utf-8")

    refused = {
        (Path(each["filename"]).parent.name, Path(each["filename"]).stem)
        for each in json.loads(run_oxlint(tmp_path, "--format", "json"))["diagnostics"]
        if "no-restricted-imports" in each["code"]
    }

    assert refused == {
        (layer, f"{other}{number}")
        for layer, allowed in MAY_IMPORT.items()
        for other in MAY_IMPORT
        if other != layer and other not in allowed
        for number in range(len(FORMS))
    }
