#!/bin/sh
# The main job from end to end, in under three minutes on a quiet machine with two cores: an ontology becomes a graph, the graph becomes vectors, the
# vectors are grafted onto a small language model, and the model then understands texts about things it never saw.
#
#   examples/quickstart.sh             medical notes to hospital departments
#   examples/quickstart.sh finance     messages to a bank's desks
#
# Installs the Debian packages it needs, builds into build/, writes into examples/out/.
set -eu
cd "$(dirname "$0")/.."
start=$(date +%s)

case ${1:-medical} in
  medical)
    name=medicine folder=examples/medical
    entity='chronic obstructive pulmonary disease' words='kidney' text='58-year-old with COPD and Sjögren syndrome, takes tiotropium.'
    ;;
  finance)
    name=finance folder=examples/finance
    entity='convertible bond' words='bond' text='Does the CDS on the covered bond count towards our exposure to the REIT?'
    ;;
  *) echo 'usage: examples/quickstart.sh [medical|finance]' >&2; exit 2 ;;
esac
out=examples/out/$name
graph=$out/$name.db

tests/setup.sh build
echo 'building build/cli/ontograft'
[ -f build/build.ninja ] || meson setup build >/dev/null
ninja -C build cli/ontograft >/dev/null
rm -rf "$out"
mkdir -p "$out"

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi

# step TEXT: a heading.
step() {
  printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

# run ARGUMENT…: show the command as one would type it, and run it.
run() {
  printf '$ ontograft'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./=@,:-]* | '') printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  build/cli/ontograft "$@"
}

# ask FILE: answer the SQL of a file.
ask() {
  printf '$ ontograft query %s --sql - <%s\n' "$graph" "$1"
  build/cli/ontograft query "$graph" --sql - <"$1"
}

step 'An ontology in XML becomes a graph in one SQLite file'
run import "$graph" "$folder/$name.rdf"
run info "$graph" --limit 6

step 'What the graph knows'
run show "$graph" "$entity" --limit 4
run find "$graph" "$words" --limit 4

step 'The graph becomes vectors: entities with alike neighbours get alike vectors'
run embed "$graph"
run similar "$graph" "$entity" --limit 5

step 'Names in a text become entities'
run link "$graph" "$text"

step 'A small language model, learned here from raw text'
run pretrain --text "$folder/corpus.txt" --vocab-size 4000 --layers 2 --hidden 128 --max-positions 128 --epochs 12 \
  --out "$out/base"

step 'Trained on labelled texts: from the text alone, with vectors of the wrong entities as a control, with the graph'
run finetune "$graph" --base "$out/base" --train "$folder/train.csv" --fusion none --out "$out/text-only"
run finetune "$graph" --base "$out/base" --train "$folder/train.csv" --shuffle-entities --out "$out/shuffled"
run finetune "$graph" --base "$out/base" --train "$folder/train.csv" --out "$out/with-graph"

step 'New texts; "unseen" ones name only entities that no training text named'
# predict RUN: label the test texts and keep the predictions.
predict() {
  run predict "$out/$1" --graph "$graph" --in "$folder/test.csv" --by entities --no-rows --save
}
predict text-only | grep -E '^\$|texts:' # without the scores of each label
predict shuffled | grep -E '^\$|texts:'
predict with-graph

step 'How much the graph helped: the share of texts that each run labelled right'
ask examples/helped.sql

step 'Predictions lie beside the graph: one query asks both. Where only the graph was right, what did it know?'
ask examples/why.sql

printf '\nDone in %s s. Go on with build/cli/ontograft: info, show, find, link and query work on %s.\n' \
  "$(($(date +%s) - start))" "$graph"
