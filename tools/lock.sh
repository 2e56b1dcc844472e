#!/usr/bin/env bash
# Writes requirements.lock: every package pinned with its hashes, torch left out.
#
# torch is installed first and by itself (see the Makefile). Its CPU build must be among the inputs
# here, or the lock would carry several GB of CUDA packages; WHEELS is a folder that holds its wheel.
set -euo pipefail
cd "$(dirname "$0")/.."
wheels=${1:?usage: tools/lock.sh WHEELS (a folder with torch-2.13.0+cpu-*.whl)}
inputs=$(mktemp)
trap 'rm -f "$inputs"' EXIT
.venv/bin/python - > "$inputs" <<'PY'
import tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
    print("torch==2.13.0+cpu" if requirement.startswith("torch==") else requirement)
PY
.venv/bin/python -m uv pip compile --quiet --generate-hashes --find-links "$wheels" \
  --no-strip-extras --no-emit-package torch --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
  "$inputs" -o requirements.lock
