#!/bin/sh
# The program end to end, through its binary, as a user meets it: on the medical example with tiny settings.
#
#   test_program.sh ONTOGRAFT SOURCE_ROOT
# shellcheck source=tests/cli/checks.sh
. "$(dirname "$0")/checks.sh"
medical=$source/examples/medical

# interrupt SIGNAL CODE ARGUMENT…: start, wait until `ready` holds, send the signal; it must end with CODE, or, when
# `short` is set and the machine is fast, be done before the signal comes.
short=''
interrupt() {
  signal=$1 expected=$2
  shift 2
  : >err # what an earlier command wrote must not make this one ready
  "$ontograft" "$@" >out 2>err &
  pid=$!
  waited=0
  until ready || [ "$waited" -ge 600 ]; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
    waited=$((waited + 1))
  done
  kill -s "$signal" "$pid" 2>/dev/null || [ -n "$short" ] ||
    complain "ended before it was interrupted: ontograft $*: $(head -n 3 err)"
  wait "$pid"
  code=$?
  [ "$code" -eq "$expected" ] || { [ -n "$short" ] && [ "$code" -eq 0 ]; } ||
    complain "exit $code, not $expected: ontograft $*: $(head -n 3 err)"
}

# ---- fixtures: everything later cases need is made by the first ones ----

base_options='--vocab-size 500 --layers 1 --hidden 16 --heads 2 --max-positions 64 --batch-tokens 1024 --threads 1'
train_options="--base base --train $medical/train.csv --max-length 48 --threads 1"

case_import_makes_a_graph() {
  run 0 import g.db "$medical/medicine.rdf"
  says out 'statements read'
  says err 'next: ontograft info g.db'
  run 0 import --json h.db - <"$medical/medicine.rdf"
  is_json out
  [ "$(number g.db 'select count(*) from edge')" = "$(number h.db 'select count(*) from edge')" ] ||
    complain 'standard input gives another graph'
}

case_info_show_find_link_tell_what_is_in_it() {
  run 0 info g.db
  says out 'entities' 'relations'
  run 0 info g.db --json
  is_json out
  run 0 show g.db asthma
  says out asthma
  run 0 show g.db asthma --json
  is_json out
  run 0 show g.db 'has location' --lang de
  says out 'hat Lokalisation' 'property' 'range: '
  run 0 show g.db hasLocation --json
  is_json out
  run 1 show g.db 'has no location'
  says err 'no entity called "has no location"'
  run 0 find g.db kidney --format json
  is_json out
  run 0 link g.db 'takes warfarin for atrial fibrillation' --format csv
  says out 'atrial fibrillation,atrial fibrillation,'
  echo 'COPD since 2010' | "$ontograft" link g.db --format json >out 2>err || complain 'link reads no standard input'
  is_json out
}

case_link_tells_label_and_id_of_every_mention() {
  printf 'asthma\nno change\nAsthma, and an asthma\n' | "$ontograft" link g.db --format tsv >out 2>err
  [ "$(cut -f 1,5,6 out | sed 1d | tr '\t\n' ' ;')" = '1 asthma med:Asthma;3 asthma med:Asthma;3 asthma med:Asthma;' ] ||
    complain "not three mentions of asthma: $(cat out)"
}

case_link_takes_no_bytes_that_are_not_utf8() {
  printf 'asthma\nasthma, caf\351\n' | "$ontograft" link g.db --format tsv >out 2>err
  [ $? -eq 3 ] || complain 'bytes of Latin-1 are linked'
  says err 'standard input:2:12: byte 0xe9 is not UTF-8 text; convert the text, for example with iconv'
  [ "$(wc -l <out)" -eq 2 ] || complain "not what comes before: $(cat out)"
  run 3 link g.db "$(printf 'asthma \377')"
  says err 'TEXT:1:8: byte 0xff is not UTF-8 text'
}

case_link_tells_the_place_of_a_zero_byte() {
  printf 'asthma\nasth\000ma\n' | "$ontograft" link g.db >out 2>err
  [ $? -eq 3 ] || complain 'a zero byte is linked'
  says err "standard input:2:5: a zero byte, which no text has; take such bytes out (tr -d '\\000')"
}

case_link_tells_a_file_from_a_text() {
  echo 'asthma' >notes.txt
  run 0 link g.db notes.txt
  says err "to read the file: ontograft link 'g.db' < 'notes.txt'"
  run 0 link g.db asthma
  silent err
}

case_the_example_of_link_links_all_that_it_names() {
  run 0 link --help
  text=$(sed -n 's/^  ontograft link medicine.db "\(.*\)"$/\1/p' out)
  run 0 link g.db "$text" --format csv
  says out 'myocardial infarction' asthma metformin
}

case_query_prints_every_format() {
  sql='select label from entity order by label limit 2'
  for format in table csv tsv json jsonl md; do
    run 0 query g.db --sql "$sql" --format $format
    [ -s out ] || complain "nothing as $format"
    silent err
  done
  run 0 query g.db --sql "$sql" --format json
  is_json out
  echo "$sql" | "$ontograft" query g.db --sql - --format csv >piped 2>err || complain 'no query from standard input'
  run 0 query g.db --sql "$sql" --format csv
  cmp -s out piped || complain 'standard input gives another answer'
}

case_embed_stores_vectors() {
  run 0 embed g.db --dim 8 --epochs 2 --threads 1
  says out stored
  says err 'next: ontograft similar g.db'
  run 0 embed g.db --dim 8 --epochs 2 --threads 1 --name again --json
  is_json out
  run 0 similar g.db asthma --set again --format json
  is_json out
  sum=$(number g.db "select metrics from embedding_set where name = 'again'")
  run 2 embed g.db --dim 8 --epochs 3 --threads 1 --name again
  says err 'g.db has a set "again" (complex, from 20' --name --force
  run 0 embed g.db --dim 8 --epochs 3 --threads 1 --name again --force
  [ "$(number g.db "select metrics from embedding_set where name = 'again'")" != "$sum" ] || complain 'it was not replaced'
  run 0 embed g.db --export vectors
  [ -s vectors.npy ] && [ -s vectors.tsv ] && [ -s vectors.vec ] || complain 'files are missing'
  python3 - vectors.safetensors <<'END' || complain 'the safetensors file is not what it says'
import json, struct, sys
raw = open(sys.argv[1], "rb").read()
size = struct.unpack("<Q", raw[:8])[0]
head = json.loads(raw[8:8 + size])
rows, width = head["entities"]["shape"]
assert head["__metadata__"]["set"] == "again" and width == 8
assert head["entity_ids"] == {**head["entity_ids"], "dtype": "I64", "shape": [rows]}
assert head["relations"]["shape"][0] == head["relation_ids"]["shape"][0] > 1
begin, end = head["entities"]["data_offsets"]
npy = open("vectors.npy", "rb").read()
assert raw[8 + size + begin:8 + size + end] == npy[-rows * width * 4:]
END
  run 0 embed g.db --export one.npy --json
  cmp -s one.npy vectors.npy && cmp -s one.tsv vectors.tsv || complain 'a path with its ending gives others'
  says out '"one.npy"' '"one.tsv"'
  lacks out 'one.vec'
  [ ! -e one.npy.npy ] && [ ! -e one.vec ] || complain 'more was written than asked for'
  run 0 embed g.db --export two.v1.vec
  [ -s two.v1.vec ] && [ ! -e two.v1.npy ] || complain 'word2vec text is not alone'
  cp g.db v.db
  run 0 embed v.db --dim 8 --epochs 2 --threads 1 --name alone --vectors-alone --json
  says out '"vectors_mrr"'
  [ "$(number v.db "select metrics ->> '$.mrr' = metrics ->> '$.vectors_mrr' and metrics ->> '$.answer_bias' = '[]' from embedding_set where name = 'alone'")" = 1 ] || complain 'not by the vectors alone'
  run 2 embed g.db --trials 3
  says err '--search'
}

case_few_edges_are_embedded_and_not_measured() {
  printf '<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/b> .\n' >few.nt
  run 0 import few.db few.nt
  run 0 embed few.db --threads 1
  says out 'measured    nothing: no edge could be held out'
  run 0 embed few.db --threads 1 --held-out 0 --force
  says out 'nothing: no edges were held out (--held-out 0)'
  run 0 embed few.db --threads 1 --force --json
  says out '"measured": "nothing"' '"test_ranking": null'
  python3 -c 'import json; exit(json.load(open("out"))["loss"] > 0.2)' || complain 'nothing was learned'
  for k in 1 2 3 4 5 6 7 8 9; do
    printf '<http://example.org/c%d> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/c%d> .\n' \
      $k $((k / 2))
  done >>few.nt
  run 0 import few.db few.nt
  run 0 embed few.db --threads 1 --force
  says out 'so few questions say little'
  run 0 embed few.db --threads 1 --force --json
  says out '"measured": "too few edges"' '"queries": 2'
  run 0 predict-links few.db --head http://example.org/c1
  says err 'no probabilities'
  run 0 complete few.db --relation subClassOf
  says err 'no probabilities'
}

case_a_training_that_breaks_down_tells_what_it_kept() {
  mkdir broken
  for k in $(seq 600); do
    [ $((k % 3)) -eq 0 ] && part=valid || part=train
    printf 'e%d\tr%d\te%d\n' $((k % 40)) $((k / 201)) $((k * 7 % 41 % 40)) >>"broken/$part.txt"
  done
  broken() {
    run 0 embed --triples broken --dim 32 --objective k-vs-all --optimiser sgd --lr 100 --n3 0 --batch 50 \
      --evaluate-every 1 --threads 1 "$@"
  }
  broken
  says err 'training broke down in epoch' 'a smaller learning rate than 100 may help'
  says out '; kept epoch' 'no number any more: try a smaller --lr'
  broken --json
  is_json out
  says out '"loss": null'
}

case_a_set_gets_vectors_for_what_is_new() {
  cp g.db u.db
  printf '<http://example.org/new> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <https://ontograft.example/medicine#Asthma> .
<http://example.org/new> <http://www.w3.org/2000/01/rdf-schema#label> "allergic asthma of bakers" .\n' >new.nt
  run 0 import u.db new.nt
  run 0 embed u.db --update --set again --threads 1
  says err 'set "again": ' 'new vectors: '
  run 0 similar u.db 'allergic asthma of bakers' --set again
  lacks err 'the graph has changed'
  run 0 embed u.db --update --set again --name later --json --threads 1
  is_json out
  run 2 embed u.db --update --set again --name later --threads 1
  says err 'has a set "later"' --force
  run 2 embed u.db --update --export x
}

case_a_stopped_search_shows_its_trials() {
  ready() { grep -q 'trial [2-9]' err; }
  interrupt INT 130 embed g.db --search --model distmult --epochs 1800 --dim 32 --threads 1
  says out 'valid_mrr' 'distmult'
  says err 'nothing was stored' 'stopped on request'
}

case_splits_hold_out_entities_and_what_is_new() {
  cp g.db s.db
  run 0 embed s.db --dim 8 --epochs 2 --threads 1 --split entities --force
  says out 'neighbours' 'relations'
  printf '<http://example.org/new> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/a> .\n' >new.nt
  run 0 import s.db new.nt
  run 0 embed s.db --dim 8 --epochs 2 --threads 1 --split-from g.db --name since
  says out '1 test'
  run 2 embed s.db --split-from g.db --split entities
  run 5 embed s.db --split-from none.db --name x
}

case_predicted_links_are_explained() {
  run 0 predict-links g.db --head asthma -r 'has symptom' --top 2 --explain 3 --format tsv
  [ "$(head -n 1 out)" = 'probability	entity	id	support	head	relation	tail' ] || complain "another header: $(head -n 1 out)"
  [ "$(sed 1d out | wc -l)" -le 6 ] || complain 'more than three edges an answer'
  says out 'has symptom'
}

case_complete_lists_what_a_relation_lacks() {
  run 0 complete g.db --relation 'has symptom' --top 30 --per-entity 2 --format tsv
  [ "$(head -n 1 out)" = 'probability	log_softmax	head	head_id	relation	tail	tail_id	like_edge' ] ||
    complain "another header: $(head -n 1 out)"
  [ "$(wc -l <out)" -eq 31 ] || complain "$(wc -l <out) lines, not 31"
  [ "$(sed 1d out | cut -f 5 | uniq)" = 'has symptom' ] || complain 'the relation is missing'
  [ "$(sed 1d out | cut -f 3 | sort | uniq -c | sort -nr | awk '{ print $1; exit }')" -le 2 ] || complain 'three of a head'
  says err '30 edges, the best of 203 heads and 66 tails'
  mv out one
  run 0 complete g.db --relation 'has symptom' --top 30 --per-entity 2 --format tsv --threads 1
  cmp -s out one || complain 'one thread finds others'
  run 2 complete g.db
  says err '--relation'
  run 1 complete g.db -r nonsense
  says err 'there is no relation "nonsense"'
}

case_vectors_of_an_older_graph_are_told() {
  cp g.db older.db
  printf '<http://example.org/new> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://example.org/a> .\n' >new.nt
  run 0 import older.db new.nt
  for command in 'similar GRAPH asthma' 'predict-links GRAPH --head asthma' 'complete GRAPH -r treats' \
    'plot-embeddings GRAPH --method pca --out older.svg'; do
    # shellcheck disable=SC2046,SC2086
    run 0 $(echo $command | sed s/GRAPH/g.db/)
    lacks err 'the graph has changed'
    # shellcheck disable=SC2046,SC2086
    run 0 $(echo $command | sed s/GRAPH/older.db/)
    says err 'the graph has changed since its embedding set "again"' 'ontograft embed older.db --update'
  done
}

case_vectors_are_drawn() {
  run 0 plot-embeddings g.db --out plot.svg
  says err '480 entities drawn in plot.svg'
  python3 -c 'import sys, xml.dom.minidom as m; m.parse("plot.svg")' || complain 'the picture is no XML'
  [ "$(grep -c '</title></circle>' plot.svg)" -eq 480 ] || complain 'not a point an entity'
  says plot.svg 'g: 480 entities' 'asthma [med:Asthma]' 'anatomical structure' 't-SNE'
  run 0 plot-embeddings g.db --out again.svg --threads 1
  cmp -s plot.svg again.svg || complain 'one thread draws another picture'
  run 0 plot-embeddings g.db --method pca --colour-by relation --limit 50 --title 'A <title>' --lang de --out plot.html
  says plot.html '<!DOCTYPE html>' 'A &lt;title&gt;' 'principal components' 'has symptom'
  [ "$(grep -c '</title></circle>' plot.html)" -eq 50 ] || complain 'not fifty points'
  run 2 plot-embeddings g.db
  says err '--out FILE'
  run 2 plot-embeddings g.db --out plot.png
  run 1 plot-embeddings g.db --set nonsense --out plot.svg
  run 5 plot-embeddings g.db --out missing/plot.svg
  is err 'ontograft: cannot make missing/plot.svg: there is no directory missing' # and no t-SNE before
}

case_names_are_shown_in_the_languages_asked_for() {
  for command in 'show g.db asthma' 'find g.db asthma' 'path g.db asthma cough' 'common g.db asthma cough' \
    'parents g.db asthma --tree' 'children g.db asthma --tree' 'neighbours g.db cough --limit 500' 'subgraph g.db asthma' \
    'subgraph g.db asthma --dot' 'subgraph g.db asthma --svg' 'link g.db asthma' 'similar g.db asthma' 'stats g.db' \
    'predict-links g.db --head asthma' 'complete g.db -r subClassOf'; do
    # shellcheck disable=SC2086
    run 0 $command --lang de,en
    case $command in
    similar* | stats* | predict-links* | complete*) ;; # what they list is not known beforehand
    *) says out Bronchialasthma ;;
    esac
  done
  run 0 import -q german.db "$medical/medicine.rdf" --lang de,en
  run 0 show german.db asthma
  [ "$(head -n 1 out)" = 'Bronchialasthma  [med:Asthma]  class' ] || complain 'the label is not German'
  [ "$(grep -A 1 '^names' out | tail -n 1)" = '  Bronchialasthma  (label, de)' ] || complain 'the German name is not the first'
  run 0 show german.db asthma --lang fr
  says out 'asthme  [med:Asthma]'
}

case_json_is_asked_for_alike_and_valid() {
  for command in 'stats g.db' 'show g.db asthma' 'common g.db asthma bronchiectasis' 'find g.db kidney' \
    'parents g.db asthma' 'children g.db asthma' 'path g.db asthma cough' 'neighbours g.db asthma' \
    'subgraph g.db asthma' 'link g.db asthma' 'similar g.db asthma' 'predict-links g.db --head asthma' \
    'complete g.db -r treats' 'query g.db ASK{?s?p?o}' 'query g.db --sql select*from(entity)limit(9)'; do
    # shellcheck disable=SC2086
    run 0 $command --json
    is_json out
    mv out short
    # shellcheck disable=SC2086
    run 0 $command --format json
    cmp -s out short || complain "--json and --format json differ: $command"
    [ "$(grep -c '"[A-Za-z0-9_]*[^A-Za-z0-9_" ][^" ]*":' out)" -eq 0 ] || complain "a key has odd letters: $command"
  done
  run 0 info g.db --format json
  is_json out
  run 0 embed g.db --export vectors --json
  is_json out
  run 0 embed g.db --from vectors.vec --name copied --json
  is_json out
  run 2 embed g.db --from vectors.vec --name copied
  says err 'has a set "copied"' --force
  run 0 predict-links g.db --head asthma # the newest set has no vectors of relations
  run 0 complete g.db -r treats
  run 2 predict-links g.db --head asthma --set copied
  says err '"copied" was not made by a model that ranks edges'
  run 0 query g.db --json --sql 'select a.label, b.label, 1 as label_2 from entity a, entity b limit 1'
  says out '"label":' '"label_3":' '"label_2": 1'
  run 2 parents g.db asthma --tree --json
  run 2 subgraph g.db asthma --dot --json
  run 2 query g.db 'ASK { ?s ?p ?o }' --explain --json
  run 2 show g.db asthma --format csv
  says err 'text, json'
}

case_pretrain_tells_passes_without_an_exponent() {
  echo 'the heart pumps blood.' >short.txt
  # shellcheck disable=SC2086
  run 0 pretrain --text short.txt $base_options --steps 1230 --out brief
  says out '1,230 steps (1230 passes)'
  # shellcheck disable=SC2086
  run 0 pretrain --text short.txt $base_options --steps 20 --force --out brief
  says out '20 steps (20 passes)'
}

case_pretrain_makes_a_base() {
  # shellcheck disable=SC2086
  run 0 pretrain --text "$medical/corpus.txt" $base_options --steps 5 --out base
  says out parameters 'written     base'
  says err 'next: ontograft finetune GRAPH --base base'
  gzip -c "$medical/corpus.txt" | "$ontograft" pretrain --text - --base base --steps 2 --threads 1 --json --out next >out 2>err ||
    complain "no base is continued from standard input: $(head -n 3 err)"
  is_json out
}

case_finetune_makes_a_run() {
  # shellcheck disable=SC2086
  run 0 finetune g.db $train_options --epochs 2 --test "$medical/test.csv" --out with-graph
  says out 'held out' 'test ' 'written     with-graph'
  says err 'next: ontograft predict with-graph'
  is_json with-graph/metrics.json
  # shellcheck disable=SC2086
  run 0 finetune $train_options --fusion none --epochs 1 --out text-only --json
  is_json out
}

case_quantize_makes_a_smaller_run() {
  run 0 quantize with-graph --out with-graph-int8
  says out 'as int8' ' MB -> ' 'written     with-graph-int8'
  run 0 predict with-graph-int8 --in "$medical/test.csv" --no-rows
  says out accuracy
  run 0 quantize with-graph -w bf16 --json --out with-graph-bf16
  is_json out
  run 2 quantize with-graph
  run 2 quantize with-graph -w int4 --out x
  run 2 quantize with-graph --out with-graph-int8
  says err 'with-graph-int8 holds a model of finetune' --force
  run 5 quantize absent --out x
  cp -r with-graph damaged
  head -c 20000 with-graph/model.safetensors >damaged/model.safetensors
  run 4 quantize damaged --out x
  says err 'damaged/model.safetensors' tensor
  [ ! -e x ] || complain 'something was written'
}

case_a_model_that_is_cut_while_it_predicts_is_told() {
  cp -r with-graph cut
  mkfifo texts
  "$ontograft" predict cut --in - <texts >out 2>err &
  exec 3>texts
  until grep -q cut/model.safetensors "/proc/$!/maps"; do
    sleep 0.1
  done
  : >cut/model.safetensors
  printf 'text\nasthma\n' >&3
  exec 3>&-
  wait $!
  code=$?
  [ "$code" -eq 5 ] || complain "exit $code, not 5: $(head -n 3 err)"
  says err 'was cut short'
}

case_finetune_compares_with_controls() {
  # shellcheck disable=SC2086
  run 0 finetune g.db $train_options --epochs 0.2 --ablate 2 --test "$medical/test.csv"
  says out 'graph - text only' 'graph - shuffled' 'too few seeds'
  # shellcheck disable=SC2086
  run 0 finetune g.db $train_options --epochs 0.2 --ablate 1 --json
  is_json out
  says out '"text_only"' '"graph_minus_shuffled"' '"macro_f1"' '"half_width": null'
  # shellcheck disable=SC2086
  run 0 finetune g.db $train_options --epochs 0.2 --ablate 1
  says out 'one seed, which has no confidence interval'
  lacks out '±'
  ready() { grep -q '^text only, seed 1: training.*epoch 2' err; }
  # shellcheck disable=SC2086
  interrupt INT 130 finetune g.db $train_options --epochs 5000 --patience 0 --ablate 1
  says err 'nothing is kept'
  lacks err 'to go on'
}

case_predict_tells_a_file_without_rows() {
  echo 'text,label' >header.csv
  run 0 predict with-graph --in header.csv
  silent out
  says err '0 rows: the file has a header and nothing below it'
}

case_predict_labels_texts() {
  run 0 predict with-graph --in "$medical/test.csv" --threads 1
  [ "$(wc -l <out)" -eq 200 ] || complain "$(wc -l <out) lines of JSON, not 200"
  says err '200 texts with a label'
  head -n 1 out >first
  is_json first
  printf 'text\nOn warfarin for high blood pressure\n' >in.csv
  for format in jsonl json csv tsv table md; do
    run 0 predict with-graph --in in.csv --threads 1 --format $format
    says out med:Warfarin warfarin hypertension med:Hypertension
  done
  printf 'text\nasthma\n""\n' >in.csv
  run 0 predict with-graph --in in.csv --json
  says out '"empty": 1'
  says err '1 of 2 texts is empty'
  printf 'text,label\nasthma,no such clinic\n' >in.csv
  run 0 predict with-graph --in in.csv --json
  says out '"unknown_labels": 1' '"scores": null'
  says err 'labels of 1 of 1 texts are none that the model knows'
  head -n 4 "$medical/test.csv" | "$ontograft" predict with-graph --in - --format csv >out 2>err ||
    complain 'no texts are read from standard input'
  [ "$(wc -l <out)" -eq 4 ] || complain 'not a header and three rows'
  run 0 predict text-only --graph g.db --in "$medical/test.csv" --by entities --json
  is_json out
  says out '"group": "unseen"'
}

case_predictions_are_saved_once_and_asked_for_with_the_graph() {
  for try in 1 2; do
    run 0 predict with-graph --graph g.db --in "$medical/test.csv" --no-rows --save
    says err '200 predictions saved' 'next: ontograft query'
    [ "$(number g.db 'select count(*) from prediction')" = 200 ] || complain "not 200 predictions after saving $try times"
  done
  run 0 query g.db --format json --sql "select p.label, e.label from prediction p join mention m on m.prediction = p.id
    join entity e on e.id = m.entity join edge d on d.head = e.id limit 3"
  is_json out
}

# ---- manners ----

case_help_shows_two_examples() {
  run 0 --help
  says out 'usage: ontograft COMMAND' examples
  for command in $(sed -n '/^  ontograft/d; s/^  \([a-z][a-z-]*\)  *[a-z].*/\1/p' out); do
    run 0 "$command" --help
    says out "usage: ontograft $command" options: --help
    examples=$(sed -n '/^examples:/,/^$/p' out | grep -c "^  ontograft $command ")
    [ "$examples" -ge 2 ] || complain "$command --help shows $examples examples"
    [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' out)" -le 100 ] ||
      complain "$command --help is wider than 100 columns"
    silent err
    cp out long
    run 0 help "$command"
    cmp -s out long || complain "help $command differs from $command --help"
  done
}

case_wrong_words_get_a_hint() {
  run 2
  says err 'usage: ontograft COMMAND'
  run 2 help finetun
  silent out
  run 2 finetun
  says err 'did you mean finetune?'
  run 2 pretrain --vocab-sise 9
  says err 'did you mean --vocab-size?'
  run 2 finetune g.db --fusion gate
  says err 'none, average, concat, gated'
  run 2 show g.db asthma --limit -3
  says err 'from 1 to 1000000000; found -3'
  run 2 embed g.db --dim many
  says err 'whole number'
  run 2 info
  says err 'usage: ontograft info GRAPH'
  run 2 predict with-graph
  says err '--in FILE'
  silent out
}

case_options_that_contradict_are_refused() {
  run 2 pretrain --text x --out y --steps 3 --epochs 2
  run 2 pretrain --text x --out y --base base --layers 3
  run 2 pretrain --text x --out y --base base --vocab base
  run 2 embed g.db --export x --from y
  run 2 finetune g.db --base base --train x --out y --ablate 2
  run 2 finetune --base base --train x --out y
  run 2 finetune --base base --train x --out y --fusion none --mention-mask 0.5
  run 2 finetune g.db --base base --train x --out y --dev x --held-out 0.2
  [ ! -e y ] || complain 'something was written'
}

case_a_name_that_nothing_has_is_a_failure() {
  run 1 show g.db 'no such disease anywhere'
  run 1 similar g.db asthma --set absent
  says err '"absent"'
}

case_a_column_that_is_not_there_is_wrong_usage() {
  # shellcheck disable=SC2086
  run 2 finetune g.db $train_options --text-col nope --out y
  says err 'no column nope' 'id, text, label'
  # shellcheck disable=SC2086
  run 2 finetune g.db $train_options --label-col 9 --out y
  says err 'no column 9'
  run 2 predict with-graph --in "$medical/test.csv" --by nope
  says err 'no column nope'
  [ ! -e y ] || complain 'something was written'
}

case_bad_data_is_told_with_its_place() {
  printf 'id,text,label\n1,fine,a\n2,"never closed,b\n' >bad.csv
  # shellcheck disable=SC2086
  run 3 finetune g.db --base base --train bad.csv --out bad
  says err 'bad.csv:'
  printf 'text\nfine\nbad \377 byte\n' >latin.csv
  run 3 predict with-graph --in latin.csv
  says err 'latin.csv:3:5:'
  printf '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<rdf:Description>\n</rdf:RDF>\n' >bad.rdf
  before=$(number g.db 'select count(*) from quad')
  run 3 import g.db bad.rdf
  says err 'bad.rdf:3:'
  [ "$(number g.db 'select count(*) from quad')" = "$before" ] || complain 'the graph changed'
  run 3 pretrain --text g.db --out bad
  says err 'a zero byte, which no text has; name a text file, take such bytes out'
  : >empty.csv
  run 3 predict with-graph --in empty.csv
  [ ! -e bad ] || complain 'something was written'
}

case_what_is_no_graph_or_model_is_told() {
  for command in info 'find x' 'show x'; do
    # shellcheck disable=SC2086
    set -- $command
    run 4 "$1" "$medical/train.csv" ${2:+"$2"}
  done
  mkdir -p broken
  cp with-graph/* broken
  printf 'junk' >broken/model.safetensors
  run 4 predict broken --in "$medical/test.csv"
  says err broken/model.safetensors
  cp with-graph/model.safetensors broken
  echo '{"format": 99}' >broken/ontograft.json
  run 4 predict broken --in "$medical/test.csv"
  says err 'another version'
}

case_what_cannot_be_read_or_written_is_told() {
  run 5 info absent.db
  run 5 import g.db absent.rdf
  run 5 import g.db 'https://example.org/a.owl?version=2'
  says err 'nothing is fetched from an address: download it first'
  run 5 pretrain --text absent.txt --out y
  run 5 predict with-graph --in absent.csv
  run 5 predict absent --in "$medical/test.csv"
  says err 'there is no directory absent'
  run 5 predict base --in "$medical/test.csv"
  says err 'no ontograft.json'
  # shellcheck disable=SC2086
  run 5 finetune g.db --base absent --train "$medical/train.csv" --out y
  says err absent
  run 5 pretrain --text . --out y
  says err directory
  run 5 predict with-graph --in .
  # shellcheck disable=SC2086
  run 5 pretrain --text "$medical/corpus.txt" $base_options --steps 1 --out /proc/nowhere/base
  run 5 import /proc/nowhere/g.db "$medical/medicine.rdf"
  run 5 import no/such/g.db "$medical/medicine.rdf"
  is err 'ontograft: cannot make no/such/g.db: there is no directory no/such'
  run 5 embed g.db --export no/such/vectors
  is err 'ontograft: cannot make no/such/vectors.npy: there is no directory no/such'
  if [ "$(id -u)" -ne 0 ]; then
    mkdir -p locked && chmod 555 locked
    # shellcheck disable=SC2086
    run 5 pretrain --text "$medical/corpus.txt" $base_options --steps 1 --out locked/base
    run 5 import locked/g.db "$medical/medicine.rdf"
  fi
  [ ! -e y ] || complain 'something was written'
}

case_a_folder_of_other_files_is_not_replaced() {
  mkdir -p precious && echo data >precious/thesis.txt
  # shellcheck disable=SC2086
  run 2 pretrain --text "$medical/corpus.txt" $base_options --steps 1 --out precious
  says err thesis.txt
  [ "$(cat precious/thesis.txt)" = data ] || complain 'it was'
}

case_a_finished_model_is_not_replaced_unasked() {
  # shellcheck disable=SC2086
  set -- finetune $train_options --fusion none --epochs 1 --out text-only
  sum=$(cksum <text-only/model.safetensors)
  run 2 "$@" --seed 2
  says err 'text-only holds a model of finetune, from 20' --force
  run 2 "$@" --seed 2 --resume
  [ "$(cksum <text-only/model.safetensors)" = "$sum" ] || complain 'it was'
  run 0 "$@" --seed 2 --force
  [ "$(cksum <text-only/model.safetensors)" != "$sum" ] || complain 'it was not, with --force'
  echo left >text-only.checkpoint
  run 2 "$@"
  says err 'text-only.checkpoint was left' --resume --force
  run 0 "$@" --force
  says err 'text-only.checkpoint' dropped
  [ ! -e text-only.checkpoint ] || complain 'it is still there'
  # shellcheck disable=SC2086
  run 2 pretrain --text "$medical/corpus.txt" $base_options --steps 1 --out base
  says err 'base holds a model of pretrain' --force
}

case_a_full_disk_is_told() {
  for command in 'info g.db' 'query g.db --sql select*from(quad)' "predict with-graph --in $medical/test.csv" \
    "predict with-graph --in $medical/test.csv --json" '--help'; do
    # shellcheck disable=SC2086
    "$ontograft" $command >/dev/full 2>err
    code=$?
    [ "$code" -eq 5 ] || complain "exit $code, not 5: $command"
    says err 'standard output'
  done
}

case_a_closed_pipe_makes_no_noise() {
  "$ontograft" query g.db --sql 'select * from quad' --format csv 2>err | head -n 1 >out
  [ "$(wc -l <out)" -eq 1 ] || complain 'no line came out'
  silent err
  "$ontograft" predict with-graph -q --in "$medical/test.csv" 2>err | head -n 1 >out
  silent err
}

case_messages_go_to_stderr_and_may_be_silenced() {
  # shellcheck disable=SC2086
  run 0 pretrain -q --text "$medical/corpus.txt" $base_options --steps 1 --out quiet
  silent err
  says out written
  run 0 predict with-graph -q --in "$medical/test.csv" --save
  silent err
  run 0 import -q q.db "$medical/medicine.rdf"
  silent err
}

case_the_next_command_comes_after_the_summary() {
  # shellcheck disable=SC2086
  "$ontograft" pretrain --text "$medical/corpus.txt" $base_options --steps 1 --out order >out 2>&1
  [ "$(tail -n 1 out | cut -c 1-5)" = next: ] || complain "the last line is \"$(tail -n 1 out)\""
}

# terminal COMMAND…: run it on a terminal of its own; what it drew is in out.
terminal() {
  script -qec "$*" /dev/null >out 2>&1 </dev/null
}

case_colours_and_bars_are_for_terminals_only() {
  script -qec true /dev/null >/dev/null 2>&1 </dev/null || {
    skipped='needs script(1) and a pseudo-terminal'
    return 0
  }
  escape=$(printf '\033[')
  command="'$ontograft' query g.db --sql 'select * from entity limit 1'"
  terminal "$command"
  says out "$escape"
  terminal "NO_COLOR=1 $command"
  lacks out "$escape"
  terminal "TERM=dumb $command"
  lacks out "$escape"
  "$ontograft" query g.db --sql 'select * from entity limit 1' >out
  lacks out "$escape"
  # shellcheck disable=SC2086
  terminal "'$ontograft' pretrain --text '$medical/corpus.txt' $base_options --steps 60 --out drawn"
  says out pretraining written
}

# ---- interruptions ----

case_pretraining_stopped_goes_on_to_the_same_bytes() {
  # shellcheck disable=SC2086
  set -- pretrain --text "$medical/corpus.txt" $base_options --steps 100 --dropout 0.1
  run 0 "$@" --out whole
  ready() { [ "$(find . -maxdepth 1 -name 'parts.partial-*')" != '' ] && sleep 0.3; }
  short=1
  interrupt INT 130 "$@" --out parts
  short=''
  if [ -e parts.checkpoint ]; then
    says err --resume
    [ -e parts/model.safetensors ] || complain 'what was learned is not there'
    run 0 "$@" --out parts --resume
  else
    run 0 "$@" --out parts --resume --force # it was done before the signal came
  fi
  cmp -s whole/model.safetensors parts/model.safetensors || complain 'the bytes differ'
  [ ! -e parts.checkpoint ] || complain 'the checkpoint was left'
  [ "$(find . -maxdepth 1 -name '*.partial-*')" = '' ] || complain 'a partial directory was left'
}

case_fine_tuning_stopped_goes_on_to_the_same_bytes() {
  # shellcheck disable=SC2086
  set -- finetune g.db $train_options --epochs 3 --patience 0 --mention-mask 0.2
  run 0 "$@" --out whole-run
  ready() { [ "$(find . -maxdepth 1 -name 'parts-run.partial-*')" != '' ] && sleep 0.3; }
  short=1
  interrupt INT 130 "$@" --out parts-run
  short=''
  if [ -e parts-run.checkpoint ]; then
    run 0 "$@" --out parts-run --resume
  else
    run 0 "$@" --out parts-run --resume --force
  fi
  cmp -s whole-run/model.safetensors parts-run/model.safetensors || complain 'the bytes differ'
  [ ! -e parts-run.checkpoint ] || complain 'the checkpoint was left'
}

case_a_checkpoint_of_other_options_is_refused() {
  # shellcheck disable=SC2086
  set -- finetune g.db $train_options --epochs 5000 --patience 0 --out other-run
  ready() { grep -q '^training.*epoch 2' err; } # before its first step there is nothing to keep
  interrupt INT 130 "$@"
  says err --resume
  [ -e other-run.checkpoint ] || return 0 # else what follows would be a training of its own
  run 2 "$@" --resume --seed 5
  says err '"seed" was 1, and is now 5'
  run 0 "$@" --resume --minutes 0.001 # how long it may take is none of them
  [ ! -e other-run.checkpoint ] || complain 'the checkpoint was left'
}

case_terminated_it_says_143() {
  ready() { [ "$(find . -maxdepth 1 -name 'term.partial-*')" != '' ] && sleep 0.3; }
  # shellcheck disable=SC2086
  set -- pretrain --text "$medical/corpus.txt" $base_options --steps 1000000 --out term
  interrupt TERM 143 "$@"
  [ ! -e term.checkpoint ] || run 0 "$@" --resume --minutes 0.001
}

case_an_interrupted_embedding_leaves_the_graph_as_it_was() {
  before=$(number g.db 'select count(*) from embedding_set')
  ready() { sleep 1; }
  interrupt INT 130 embed g.db --dim 16 --epochs 1000000 --name stopped --threads 1
  [ "$(number g.db "select count(*) from embedding_set where name = 'stopped'")" -le 1 ] || complain 'two sets'
  [ "$(number g.db 'select count(*) from embedding_set')" -ge "$before" ] || complain 'a set is lost'
  run 0 similar g.db asthma --set again
  interrupt INT 130 embed g.db --dim 16 --epochs 1000000 --name stopped --threads 1 --resume state
  says err 'the same command, with --resume state'
  [ -s state ] || complain 'the training is not kept'
}

# An endless file, so that the import is sure to be interrupted.
endless() {
  echo '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#">'
  yes '<rdf:Description rdf:about="http://example.org/a"><rdfs:label>a name</rdfs:label></rdf:Description>'
}

case_an_interrupted_import_leaves_the_graph_as_it_was() {
  before=$(number g.db 'select count(*) from quad')
  for graph in g.db fresh.db; do
    mkfifo pipe
    endless >pipe 2>/dev/null &
    writer=$!
    ready() { sleep 1; }
    interrupt INT 130 import "$graph" pipe
    kill "$writer" 2>/dev/null
    rm pipe
  done
  [ "$(number g.db 'select count(*) from quad')" = "$before" ] || complain 'the graph changed'
  [ ! -e fresh.db ] || complain 'a graph was left'
  [ "$(find . -maxdepth 1 -name 'fresh.db*')" = '' ] || complain 'a partial graph was left'
}

run_cases program
