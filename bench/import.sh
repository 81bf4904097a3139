#!/bin/sh
# Import beside `rapper -c -i rdfxml` (raptor2-utils, which only counts) on the same unpacked file, taking turns.
#
#   bench/import.sh FILE [RUNS]        FILE may be gzip'd; default 5 runs; needs a release build in build/
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo 'usage: bench/import.sh FILE [RUNS]' >&2; exit 2; }
runs=${2:-5}
command -v rapper >/dev/null || { echo 'bench/import.sh: install raptor2-utils' >&2; exit 1; }
[ -x build/cli/ontograft ] || { echo 'bench/import.sh: build first: tests/run.sh --quick' >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $1 in
  *.gz) zcat "$1" >"$work/input" ;;
  *) cp "$1" "$work/input" ;;
esac

# timed NAME COMMAND…: append "seconds kilobytes" to $work/NAME.
timed() {
  name=$1
  shift
  python3 - "$work/$name" "$@" <<'PY'
import os, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seconds = time.monotonic() - start
if code:
    sys.exit(f"{sys.argv[2]} failed: {code}")
with open(sys.argv[1], "a") as out:
    print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=out)
PY
}

for _ in $(seq "$runs"); do
  timed rapper rapper -q -c -i rdfxml "$work/input"
  rm -f "$work/g.db"
  timed ontograft build/cli/ontograft import -q "$work/g.db" "$work/input"
done

python3 - "$work" "$runs" <<'PY'
import os, statistics, sys
work, runs = sys.argv[1:]
rows = {}
for name in ("rapper", "ontograft"):
    values = [list(map(float, line.split())) for line in open(f"{work}/{name}")]
    rows[name] = [statistics.median(column) for column in zip(*values)]
size = os.path.getsize(f"{work}/input")
database = os.path.getsize(f"{work}/g.db")
print(f"{size / 1e6:.1f} MB, medians of {runs}")
for name, (seconds, kilobytes) in rows.items():
    print(f"{name:10} {seconds:7.2f} s  {size / seconds / 1e6:7.1f} MB/s  {kilobytes / 1024:7.1f} MB peak")
print(f"ratio      {rows['ontograft'][0] / rows['rapper'][0]:7.2f}   graph file {database / 1e6:.1f} MB, {database / size:.2f} of the XML")
PY
