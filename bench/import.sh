#!/bin/sh
# Import, with and without level 1, beside `rapper -c -i rdfxml` (raptor2-utils, which only counts) on the same unpacked
# file. The three take turns; a ratio is that of two runs of the same round.
#
#   bench/import.sh [-n ROUNDS] FILE|MEGABYTES…
#
# FILE may be gzip'd; for a number, bench/make_owl makes an ontology of that size. Needs a release build in build/ with
# -Dbenchmarks=true, and python3. Default 5 rounds, after one that is not counted.
set -eu
cd "$(dirname "$0")/.."
usage() { echo 'usage: bench/import.sh [-n ROUNDS] FILE|MEGABYTES…' >&2; exit 2; }
rounds=5
[ "${1-}" != -n ] || { [ $# -ge 2 ] || usage; rounds=$2; shift 2; }
[ $# -ge 1 ] || usage
command -v rapper >/dev/null || { echo 'bench/import.sh: install raptor2-utils' >&2; exit 1; }
[ -x build/cli/ontograft ] && [ -x build/bench/make_owl ] || {
  echo 'bench/import.sh: build first: meson setup build -Dbenchmarks=true && ninja -C build' >&2
  exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for input; do
  case $input in
    *.gz) zcat "$input" >"$work/input" ;;
    *[!0-9]*) cp "$input" "$work/input" ;;
    *) build/bench/make_owl "$input" >"$work/input" ;;
  esac
  echo "$input"
  python3 - "$work" "$rounds" <<'PY'
import os, statistics, subprocess, sys, time

work, rounds = sys.argv[1], int(sys.argv[2])
source, graph = f"{work}/input", f"{work}/g.db"
load = ["build/cli/ontograft", "import", "-q", graph, source]
commands = {
    "rapper -c": ["rapper", "-q", "-c", "-i", "rdfxml", source],
    "level 0": load + ["--statements-only"],
    "levels 0, 1": load,
}

def run(command):
    """Seconds of wall and of processor time, peak memory in MB, size of the graph in MB."""
    if os.path.exists(graph):
        os.unlink(graph)
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_WRONLY, 0) for fd in (1, 2)])
    _, status, used = os.wait4(pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"{command[0]} failed")
    size = os.path.getsize(graph) if os.path.exists(graph) else 0
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, size / 1e6

results = {name: [] for name in commands}
for number in range(rounds + 1):
    for name, command in commands.items():
        result = run(command)
        if number > 0:
            results[name].append(result)

size = os.path.getsize(source) / 1e6
peer = results["rapper -c"]
print(f"{size:.1f} MB, medians of {rounds}")
print("             wall s   cpu s    MB/s  peak MB  graph/XML   wall and cpu beside rapper (least to most)")
for name, runs in results.items():
    wall, cpu, memory, graph_size = (statistics.median(column) for column in zip(*runs))
    line = f"{name:12} {wall:6.2f}  {cpu:6.2f}  {size / wall:6.1f}  {memory:7.1f}"
    if graph_size:
        ratios = [sorted(mine[k] / its[k] for mine, its in zip(runs, peer)) for k in (0, 1)]
        shown = ", ".join(f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios)
        line += f"  {graph_size / size:9.2f}   {shown}"
    print(line)
PY
done
