#!/bin/sh
# What `ontograft infer --rdfs --owl` adds to ontologies, beside what EYE (Debian: eye) derives from the same statements by
# the rules in bench/infer/rules.n3, which state OWL 2 RL over RDF.
#
#   bench/infer.sh FILE…       each an ontology; ONTOGRAFT=build/cli/ontograft is the program
#
# A line a file: statements that both give, that only one gives, and the seconds of each. Exits 1 when they differ, 77
# without EYE.
set -eu
here=$(dirname "$0")
[ $# -gt 0 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
ontograft=${ONTOGRAFT:-$here/../build/cli/ontograft}
eye=/usr/bin/eye.pvm
{ [ -e $eye ] && command -v swipl >/dev/null; } || { echo "bench/infer.sh: no EYE (apt-get install eye)" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/compare.py" <<'PY'
import re, sys
work, name, theirs_seconds, ours_seconds = sys.argv[1:]
LINE = re.compile(r"^<([^>]*)> <([^>]*)> <([^>]*)>\s*\.$")
def read(path):
    found = (LINE.match(line.strip()) for line in open(work + "/" + path))
    return {match.groups() for match in found if match}
asserted, ours, theirs = read("all.nt") | read("edges.nt"), read("ours.nt"), read("theirs.nt")
known = set(open(work + "/known").read().split())
# of names alone, none of a thing to itself
theirs = {t for t in theirs - asserted if t[0] in known and t[2] in known and t[0] != t[2]}
only_ours, only_theirs = ours - theirs, theirs - ours
print("%-40s %8d both %6d ontograft only %6d EYE only   %s s, EYE %s s" %
      (name, len(ours & theirs), len(only_ours), len(only_theirs), ours_seconds, theirs_seconds), flush=True)
for side, statements in ("ontograft", only_ours), ("EYE", only_theirs):
    for statement in sorted(statements)[:5]:
        print("  %s only: %s" % (side, " ".join(statement)))
sys.exit(bool(only_ours or only_theirs))
PY

seconds() {
  start=$(date +%s.%N)
  "$@"
  echo "$start $(date +%s.%N)" | awk '{ printf "%.1f", $2 - $1 }' >"$work/seconds"
}
worst=0
for file; do
  rm -f "$work/g.db"
  "$ontograft" import -q "$work/g.db" "$file" >/dev/null 2>&1
  "$ontograft" query -q "$work/g.db" --format nt 'CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(!isLiteral(?o)) }' >"$work/all.nt"
  sed 's/<[^>]*22-rdf-syntax-ns#\(first\|rest\|nil\)>/<urn:x:\1>/g' "$work/all.nt" >"$work/data.nt"
  seconds swipl -x $eye -- --quiet --nope --no-qnames --pass-only-new --turtle "$work/data.nt" --n3 "$here/infer/rules.n3" \
    >"$work/derived.n3" 2>"$work/eye.log" || { cat "$work/eye.log" >&2; exit 1; }
  theirs=$(cat "$work/seconds")
  sed 's/ a / <http:\/\/www.w3.org\/1999\/02\/22-rdf-syntax-ns#type> /' "$work/derived.n3" >"$work/theirs.nt"
  seconds "$ontograft" infer -q "$work/g.db" --rdfs --owl >/dev/null
  ours=$(cat "$work/seconds")
  "$ontograft" query -q "$work/g.db" --format nt \
    'CONSTRUCT { ?s ?p ?o } { GRAPH <urn:ontograft:inferred> { ?s ?p ?o } }' >"$work/ours.nt"
  "$ontograft" query -q "$work/g.db" --format csv --sql 'SELECT text FROM term JOIN entity USING (id) UNION
    SELECT text FROM term JOIN relation USING (id) UNION
    SELECT text FROM term JOIN property_axiom ON id IN (property, argument)' >"$work/known"
  # members of an intersection that a class is equivalent to are its superclasses already, as edges
  "$ontograft" query -q "$work/g.db" --format csv --sql "SELECT '<' || h.text || '> <' || r.text || '> <' || t.text || '> .'
    FROM edge JOIN term h ON h.id = head JOIN term r ON r.id = relation JOIN term t ON t.id = tail
    WHERE via IN ('asserted', 'equivalent')" >"$work/edges.nt"
  python3 "$work/compare.py" "$work" "$(basename "$file")" "$theirs" "$ours" || worst=1
done
exit $worst
