#!/bin/sh
# The seven questions of bench/sparql/ by ontograft, by hand-written SQL over the same file, and by the peers that are
# there: rdflib (python3-rdflib), Redland's rasqal (python3-librdf) and oxigraph (npm), each with the data in memory.
# Prints the median CPU milliseconds of a question, compiling included and every row read.
#
#   bench/sparql.sh FILE…      RDF files; they are merged into one source
#   BENCH_ROOT=obo:DOID_4      the class whose descendants are asked for
#   BENCH_LEAF=obo:DOID_1612   the class whose ancestors are asked for
#   BENCH_RUNS=21              runs of ontograft and of SQL, taking turns; the peers make BENCH_PEER_RUNS=3
#   BENCH_LIMIT=60             CPU seconds that a run of a peer may take (not oxigraph)
#   BENCH_NODE_MODULES=DIR     where `npm install oxigraph` was run
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
build='build-bench'
root=${BENCH_ROOT:-obo:DOID_4}
leaf=${BENCH_LEAF:-obo:DOID_1612}
runs=${BENCH_RUNS:-21}
peer_runs=${BENCH_PEER_RUNS:-3}
limit=${BENCH_LIMIT:-60}
python=/usr/bin/python3
questions='descendants restrictions parents predicates ancestors members contains'

[ -d "$build" ] || meson setup "$build" -Dbenchmarks=true >/dev/null
ninja -C "$build" cli/ontograft bench/sparql_bench >/dev/null
ontograft=$build/cli/ontograft
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$ontograft" import -q "$work/files.db" "$@" 2>/dev/null
"$ontograft" query -q "$work/files.db" --format nt 'CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }' >"$work/all.nt"
"$ontograft" import -q "$work/all.db" "$work/all.nt" 2>/dev/null

fill() {
  sed "s/@root@/$root/; s/@leaf@/$leaf/" "bench/sparql/$1"
}
for question in $questions; do
  fill "$question.rq" >"$work/asked.rq"
  fill "$question.sql" >"$work/asked.sql"
  "$build/bench/sparql_bench" "$work/all.db" "$runs" "$question" "$work/asked.rq" "$work/asked.sql"
done >"$work/figures"

# The peers want their prefixes declared.
for question in $questions; do
  {
    cat <<'PREFIXES'
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX obo: <http://purl.obolibrary.org/obo/>
PREFIX oboInOwl: <http://www.geneontology.org/formats/oboInOwl#>
PREFIXES
    fill "$question.rq"
  } >"$work/$question.rq"
done

cat >"$work/peer.py" <<'PY'
import json, os, resource, sys, time
work, system, runs, limit, questions = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:]

if system == "rdflib":
    import rdflib
    graph = rdflib.Graph()
    graph.parse(os.path.join(work, "all.nt"), format="nt")
    def ask(text):
        return sum(1 for _ in graph.query(text))
else:
    import RDF
    RDF.debug(0)
    model = RDF.Model(RDF.Storage(storage_name="trees", name="bench", options_string=""))
    RDF.Parser(name="ntriples").parse_into_model(model, "file:" + os.path.join(work, "all.nt"))
    def ask(text):
        return sum(1 for _ in RDF.SPARQLQuery(text).execute(model))

def tell(question, **what):
    print(json.dumps(dict(what, system=system, question=question)), flush=True)

def measure(question):
    text = open(os.path.join(work, question + ".rq")).read()
    times = []
    for _ in range(runs):
        start = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(start) + limit + 1, resource.RLIM_INFINITY))
        try:
            rows = ask(text)
        except Exception:
            return tell(question, note="refused")
        times.append(1e3 * (time.process_time() - start))
    tell(question, rows=rows, ms=sorted(times)[len(times) // 2])

for question in questions: # each in a process of its own, which may be ended
    child = os.fork()
    if child == 0:
        measure(question)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        tell(question, note=">%d s" % limit)
PY
for system in rdflib rasqal; do
  # shellcheck disable=SC2086 # questions are words
  "$python" "$work/peer.py" "$work" "$system" "$peer_runs" "$limit" $questions >>"$work/figures" 2>/dev/null ||
    echo "bench/sparql.sh: no $system, or it failed" >&2
done

cat >"$work/peer.cjs" <<'JS'
const fs = require("fs");
const oxigraph = require("oxigraph");
const [work, runs, ...questions] = process.argv.slice(2);
const store = new oxigraph.Store();
store.load(fs.readFileSync(work + "/all.nt", "utf8"), { format: "application/n-triples" });
for (const question of questions) {
  const text = fs.readFileSync(work + "/" + question + ".rq", "utf8");
  const times = [];
  let rows = 0;
  for (let run = 0; run < Number(runs); run++) {
    const start = process.cpuUsage();
    rows = 0;
    for (const solution of store.query(text)) {
      for (const term of solution.values()) term.value.length;
      rows++;
    }
    const spent = process.cpuUsage(start);
    times.push((spent.user + spent.system) / 1e3);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ system: "oxigraph", question, rows, ms: times[Math.floor(times.length / 2)] }));
}
JS
if [ -n "${BENCH_NODE_MODULES:-}" ]; then
  # shellcheck disable=SC2086
  NODE_PATH=$BENCH_NODE_MODULES/node_modules node "$work/peer.cjs" "$work" "$peer_runs" $questions >>"$work/figures" ||
    echo 'bench/sparql.sh: no oxigraph, or it failed' >&2
fi

"$python" - "$work/figures" "$(wc -l <"$work/all.nt")" <<'PY'
import json, sys
rows = {}
for line in open(sys.argv[1]):
    figure = json.loads(line)
    rows.setdefault(figure["question"], {})[figure["system"]] = figure
systems = ["ontograft", "SQL by hand", "SQL, names looked up", "rdflib", "rasqal", "oxigraph"]
print("%s statements; CPU ms\n%-13s %7s" % (sys.argv[2], "question", "rows") + "".join("%13s" % s[-13:] for s in systems) +
      "   /SQL   /names")
for question, found in rows.items():
    ours, hand = found["ontograft"], found["SQL by hand"]
    cells = ""
    for system in systems:
        figure = found.get(system, {"note": "-"})
        wrong = figure.get("rows", ours["rows"]) != ours["rows"]
        cells += "%13s" % (figure["note"] if "note" in figure else "%.1f%s" % (figure["ms"], "*" if wrong else ""))
    print("%-13s %7d%s %6.2f %6.2f" % (question, ours["rows"], cells, ours["ms"] / hand["ms"], ours["ms"] / found["SQL, names looked up"]["ms"]))
print("* another number of rows")
PY
