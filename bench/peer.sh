# What bench/embed*.sh share; source it with the script's own arguments: FOLDER [RUNS] [BATCHES].
#
# Sets folder, runs, batches and python, changes to the project's top, and sees that the peer and our build are there.
# shellcheck disable=SC2034,SC2154  # names that the scripts read, and default_batches, which they set
script=bench/$(basename "$0")
[ $# -ge 1 ] || { echo "usage: $script FOLDER [RUNS] [BATCHES]" >&2; exit 2; }
folder=$(realpath "$1") runs=${2:-3} batches=${3:-$default_batches}
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || { echo "$script: install python3-torch" >&2; exit 1; }
[ -x build/cli/ontograft ] || { echo "$script: build first: tests/run.sh --quick" >&2; exit 1; }
export PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1
