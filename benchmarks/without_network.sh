#!/usr/bin/env bash
# Measures fleets on a machine that has JAX for its GPU and Flax, but no network:
#
#     make wheels                                  # where there is a network
#     bash benchmarks/without_network.sh wheels    # there, in a copy of this folder
#
# Installs the wheels into a folder of their own and leaves the machine's Python as it is.
# PYTHON names it; further arguments go to `python -m benchmarks.fleet`, or to what PROGRAM names, for
# instance benchmarks.accelerator.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wheels=${1:?"usage: bash benchmarks/without_network.sh WHEELS [--minutes 8] [--results FOLDER]"}
shift
python=${PYTHON:-python3}
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
"$python" -m pip install --quiet --no-index --no-deps --no-compile --target "$site" "$wheels"/*.whl
PYTHONPATH="$site${PYTHONPATH:+:$PYTHONPATH}" "$python" -m "${PROGRAM:-benchmarks.fleet}" "$@"
