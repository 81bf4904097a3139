#!/bin/sh
# export, validate and diff through the program's binary.
#
#   test_maintenance.sh ONTOGRAFT SOURCE_ROOT
. "$(dirname "$0")/checks.sh"
medicine=$source/examples/medical/medicine.rdf
"$ontograft" import -q g.db "$medicine" >out 2>err || { cat err; exit 1; }

# ---- a new release ----

case_a_new_release_under_a_new_name_is_told_and_can_replace() {
  for year in 2025 2026; do
    printf '<http://e/onto> a <http://www.w3.org/2002/07/owl#Ontology> . <http://e/b> <http://e/in> <http://e/%s> .\n' \
      $year >onto-$year.ttl
  done
  run 0 import r.db onto-2025.ttl
  lacks err warning
  cp r.db before.db
  run 3 import r.db onto-2026.ttl --strict
  says err 'onto-2026.ttl and onto-2025.ttl both are the ontology <http://e/onto>: drop the latter (--forget), or leave the former out'
  cmp -s r.db before.db || complain 'the graph has changed'
  run 3 import kept.db onto-2025.ttl onto-2026.ttl --strict --keep-going
  says err 'the ontology <http://e/onto>: leave one out'
  [ "$(number kept.db 'SELECT count(*) FROM source')" = 2 ] || complain 'what could be read is not imported'
  run 0 import r.db onto-2026.ttl
  says err 'onto-2026.ttl and onto-2025.ttl both are the ontology <http://e/onto>' \
    "ontograft import r.db --forget 'file://$PWD/onto-2025.ttl'"
  run 0 import r.db --forget onto-2025.ttl
  says out 'r.db: 1 source dropped'
  run 0 export r.db --format ntriples
  says out 'http://e/2026'
  lacks out 'http://e/2025'
  run 0 import r.db onto-2025.ttl --forget 'onto-*' --json
  is_json out
  lacks err warning
  run 0 export r.db --format ntriples
  lacks out 'http://e/2026'
  cp onto-2025.ttl copy.ttl
  run 0 import r.db copy.ttl --base http://e/copy
  says err 'copy.ttl and onto-2025.ttl both'
  printf '<http://e/a> <http://e/p> "x" .\n' | tee first.nt >second.nt
  run 0 import content.db first.nt second.nt
  run 3 import strict.db first.nt second.nt --strict
  says err 'second.nt and first.nt have the same content: leave one out'
  deep=$(printf '%0200d' 0 | sed 's/0/é/g; s/\(.\{40\}\)/\1\//g')
  mkdir -p "$deep"
  cp first.nt "$deep/copy.nt"
  run 3 import strict.db first.nt "$deep/copy.nt" --strict
  says err '/copy.nt and first.nt have the same content: leave one out' 'ontograft: …'
  run 0 import content.db first.nt second.nt
  says err 'second.nt and first.nt have the same content'
  run 1 import r.db absent.ttl --forget nothing
  says err 'matches "nothing"'
  run 2 import r.db
}

case_a_source_tells_its_version_licence_and_date() {
  printf '<http://e/o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#versionInfo> "1.5" ;
    <http://purl.org/dc/terms/license> <http://e/free> ; <http://purl.org/dc/terms/modified> "2026-02-01" .\n' >said.ttl
  printf '<http://e/o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://purl.org/dc/terms/date> "2025" .\n' >dated.ttl
  run 0 import -q said.db said.ttl dated.ttl
  run 0 info said.db
  says out 'version 1.5, of 2026-02-01' 'licence http://e/free' '            of 2025'
  run 0 info said.db --json
  says out '"date": "2026-02-01"' '"licence": "http://e/free"' "\"sha256\": \"$(sha256sum <said.ttl | cut -c 1-64)\""
}

case_what_would_be_dropped_is_shown_and_stays() {
  printf '<http://e/onto> a <http://www.w3.org/2002/07/owl#Ontology> . <http://e/a> <http://e/in> "x" .\n' >is.ttl
  printf '<http://e/user> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports>
    <http://e/onto> . <http://e/onto> a <http://www.w3.org/2002/07/owl#Ontology> .\n' >imports.ttl
  run 0 import -q f.db is.ttl imports.ttl
  for name in http://e/onto 'http://e/on*' is.ttl "file://$PWD/is.ttl"; do
    run 0 import f.db --forget "$name" --dry-run
    says out "$PWD/is.ttl" ' 2'
    lacks out imports.ttl
  done
  run 0 import f.db --forget http://e/onto --dry-run --json
  is_json out
  run 0 import f.db imports.ttl --forget http://e/onto --dry-run
  says err 'drops ' 'is.ttl: 2 statements'
  says out 'owl:imports'
  run 1 import f.db --forget http://e/nothing --dry-run
  for dry in '' --dry-run; do # as the import says it
    run 1 import absent.db --forget '*' $dry
    says err 'no source of a new graph matches "*"'
    [ ! -e absent.db ] || complain 'a graph was made'
    printf 'no graph, but a text that is longer than a header\n' >text.db
    run 4 import text.db --forget '*' $dry
  done
  run 0 export f.db --source http://e/onto --format ntriples
  [ "$(wc -l <out)" -eq 2 ] || complain "$(wc -l <out) statements, not 2"
  run 0 import f.db --forget http://e/onto
  says out 'f.db: 1 source dropped'
  run 0 export f.db --format ntriples
  lacks out 'http://e/in'
}

# ---- export ----

case_an_export_is_imported_as_the_same_graph() {
  sql='select count(*), count(distinct subject), count(distinct predicate), count(distinct object) from quad'
  edges='select head, relation, tail, via from edge_text order by 1, 2, 3, 4'
  "$ontograft" query g.db --sql "$sql" >counts
  "$ontograft" query g.db --sql "$edges" >edges
  for ending in nt nq ttl; do
    run 0 export g.db --out "back.$ending"
    silent out
    says err "back.$ending: " ' statements'
    rm -f back.db
    run 0 import -q back.db "back.$ending"
    "$ontograft" query back.db --sql "$sql" | cmp -s - counts || complain "other statements in $ending"
    "$ontograft" query back.db --sql "$edges" | cmp -s - edges || complain "other edges in $ending"
  done
}

case_blank_nodes_keep_their_labels_until_the_next_import() {
  printf '_:a <http://e/p> _:b .\n' >blank.nt
  run 0 import -q blank.db blank.nt
  run 0 export blank.db --out once.nt
  run 0 export blank.db --out twice.nt
  cmp -s once.nt twice.nt || complain 'other labels without an import between'
}

case_an_export_goes_to_standard_output() {
  run 0 export g.db --format ntriples
  "$ontograft" export -q g.db --out file.nt
  cmp -s out file.nt || complain 'standard output and file differ'
  "$ontograft" export -q g.db --format ntriples --out - | cmp -s - file.nt || complain '- is not standard output'
}

case_tables_go_into_a_folder_or_one_by_one() {
  run 0 export g.db --format csv --out tables
  [ "$(ls tables)" = 'edges.csv
entities.csv' ] || complain "the folder holds $(ls tables)"
  for one in entities edges; do
    run 0 export g.db --format csv --table $one
    cmp -s out tables/$one.csv || complain "$one differ"
  done
  run 0 export g.db --format jsonl --out both.jsonl
  run 0 export g.db --format jsonl --out tables
  cat tables/entities.jsonl tables/edges.jsonl | cmp -s - both.jsonl || complain 'two files are not the one'
  python3 - <<'END' >out || complain 'not what Python reads'
import csv, json
rows = [json.loads(line) for line in open('both.jsonl')]
entities, edges = (list(csv.DictReader(open(f'tables/{name}.csv', newline=''))) for name in ('entities', 'edges'))
assert len(rows) == len(entities) + len(edges) > 0
for row, cells in zip(rows, entities + edges):
    for key, cell in cells.items():
        value = row[key]
        if key == 'names':
            value = cell if len(cell.split('|')) <= len(value) else None
        assert cell == (str(value).lower() if isinstance(value, bool) else value or ''), (key, cell, value)
END
}

case_graphml_is_read_again() {
  run 0 export g.db --out g.graphml
  run 0 import -q again.db g.graphml
  for sql in 'select count(*) from entity' 'select label from entity order by 1' \
    'select head, relation, tail from edge_text group by 1, 2, 3 order by 1, 2, 3'; do
    "$ontograft" query g.db --sql "$sql" >first
    "$ontograft" query again.db --sql "$sql" | cmp -s - first || complain "another answer: $sql"
  done
  python3 -c 'import networkx' 2>/dev/null || return
  python3 -c "import networkx; g = networkx.read_graphml('g.graphml')
assert g.number_of_nodes() == $("$ontograft" query g.db --sql 'select count(*) from entity' --format tsv | tail -n 1)" ||
    complain 'networkx reads it otherwise'
}

case_one_source_is_chosen_by_pattern() {
  printf '<http://e/a> <http://e/p> "x" .\n' >small.nt
  run 0 import -q two.db "$medicine" small.nt
  for pattern in small.nt '*small.nt' "file://$PWD/small.nt"; do
    run 0 export two.db --format ntriples --source "$pattern"
    cmp -s out small.nt || complain "$pattern gives something else"
  done
  run 1 export two.db --format ntriples --source nothing
  says err 'no source of two.db matches "nothing"'
}

case_any_iri_may_come_first() {
  printf '<a:b> <a:c> <a:d> .\n' >short.nt
  run 0 import -q short.db short.nt --format turtle
  run 0 export short.db --out short.nt
  run 0 import -q shorter.db short.nt
  run 0 export shorter.db --format ntriples
  is out '<a:b> <a:c> <a:d> .'
}

case_a_namespace_that_turtle_cannot_write_is_no_prefix() {
  printf '%s\n' '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:nl="http://e/&#10;#"' \
    'xmlns:tab="http://e/&#9;#"><r:Description r:about="http://e/&#10;#a"><tab:p r:resource="http://e/b"/>' \
    '</r:Description></r:RDF>' >odd.rdf
  run 0 import -q odd.db odd.rdf
  run 0 export odd.db --out odd.ttl
  run 0 import -q odd-again.db odd.ttl
  run 0 export odd-again.db --format ntriples
  is out '<http://e/\u000A#a> <http://e/\u0009#p> <http://e/b> .'
}

case_what_cannot_be_exported_is_told() {
  run 2 export g.db
  says err '--format ntriples'
  run 2 export g.db --format csv
  says err '--out FOLDER'
  run 2 export g.db --format turtle --table edges
  run 2 export g.db --format turtle --out g.db
  says err 'the graph itself'
  run 5 export absent.db --format turtle
  run 5 export g.db --out /proc/nowhere/g.ttl
  run 4 export "$medicine" --format turtle
  [ "$(find . -name '*.ttl.*' -o -name '*.nt.*')" = '' ] || complain 'a temporary file was left'
}

case_a_full_disk_and_a_closed_pipe_end_an_export() {
  "$ontograft" export g.db --format turtle >/dev/full 2>err
  code=$?
  [ $code -eq 5 ] || complain "exit $code, not 5"
  "$ontograft" export g.db --format ntriples 2>err | head -n 1 >out
  silent err
  [ "$(wc -l <out)" -eq 1 ] || complain 'no line came out'
}

# ---- validate ----

old=$source/tests/data/maintenance/old.ttl
new=$source/tests/data/maintenance/new.ttl

case_a_file_is_validated() {
  run 0 validate "$old"
  silent err
  says out 'old.ttl: 11 entities, 3 errors, 8 warnings'
  says out '       1  warn   missing import' '          http://example.org/materials'
  says out '       1  error  dangling reference' '          tool:Part  subClassOf of handle [tool:Handle]'
  says out '       1  error  cycle' '          a [tool:A]  each is below the next: a [tool:A], b [tool:B], a [tool:A] again'
  says out '       1  error  no name' '          Nameless [tool:Nameless]'
  says out '       1  warn   duplicate name' '          saw [tool:Gimlet]  "saw" also names saw [tool:Saw]'
  says out '       6  warn   no definition' '… and 1 more (--all)'
  says out '       0  warn   deprecated in use'
  run 0 validate "$new" --limit 1
  says out '       1  warn   deprecated in use' \
    'blade [tool:Blade]  subClassOf chisel [tool:Chisel], replaced by saw [tool:Saw]'
}

case_a_graph_is_validated_as_its_file_is() {
  run 0 import -q old.db "$old"
  run 0 validate old.db --all
  sed 1d out >of_graph
  run 0 validate "$old" --all
  sed 1d out | cmp -s - of_graph || complain 'the reports differ'
  lacks out '--all'
  run 0 validate - <"$old"
  says out '-: 11 entities'
  mkfifo pipe
  cat "$old" >pipe &
  run 0 validate pipe
  says out 'pipe: 11 entities'
}

case_findings_are_rows_and_a_report() {
  run 0 validate "$old" --format csv
  says out 'severity,check,label,id,detail' 'error,cycle,a,tool:A,"each is below the next: a [tool:A], b [tool:B], a [tool:A] again"'
  [ "$(wc -l <out)" -eq 12 ] || complain "$(wc -l <out) rows"
  run 0 validate "$old" --format csv --limit 1
  [ "$(wc -l <out)" -eq 7 ] || complain "$(wc -l <out) rows with --limit 1"
  run 0 validate "$old" --json
  is_json out
  says out '"errors": 3' '"warnings": 8' '"check": "cycle"' '"curie": "tool:A"'
}

case_broken_rules_are_findings() {
  printf '%s\n' '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">' \
    '<rdf:Description rdf:ID="1"><e:p/></rdf:Description>' '<rdf:Description rdf:ID="2"/></rdf:RDF>' >ids.rdf
  run 0 validate ids.rdf
  says out '       2  warn   ill-formed rdf:ID' '          ids.rdf:2:'
  silent err
}

case_a_gate_fails_the_build() {
  run 6 validate "$old" --fail-on error
  says out ' errors, '
  says err '--fail-on error: there are 3 such findings'
  run 6 validate "$old" --fail-on warn
  says err 'there are 11 such findings'
  printf '<http://e/a> <http://e/p> "x" .\n' >fine.nt
  run 0 validate fine.nt --fail-on warn
  printf '<http://e/a> <http://e/p> "x .\n' >bad.nt
  run 3 validate bad.nt
  says err 'bad.nt:1:'
  run 5 validate absent.owl
  run 2 validate "$old" --fail-on info
}

case_standard_input_has_a_name() {
  echo '<http://e/a> <http://e/p> "1" .' >in.nt
  run 0 import in.db - --base http://e/one <in.nt
  run 0 import in.db - --base http://e/two <in.nt
  says err 'warning: standard input and http://e/one have the same content, and the graph has both'
  run 3 import in.db - </dev/null
  says err 'ontograft: standard input is empty'
  run 0 import in.db - --format turtle </dev/null
  says err 'the file is well-formed, and holds no statements'
}

# A graph may lie among the files that it is made of.
case_the_graph_itself_is_not_passed_over() {
  mkdir own
  echo '<http://e/a> <http://e/p> "1" .' >own/a.nt
  for time in first second; do
    run 0 import own/g.db own
    ! grep 'passed over' err || complain "$time: $(cat err)"
    (cd own && "$ontograft" import g.db . >../out 2>../err)
    ! grep 'passed over' err || complain "$time, from within: $(cat err)"
  done
  cp own/g.db own/h.db
  run 0 import own/g.db own
  says err 'passed over 1 file without statements, such as own/h.db'
}

# A broken file in a folder ends both commands, or is a finding of its own and left out.
case_a_broken_file_is_left_out_when_asked_to_keep_going() {
  mkdir some
  echo '<http://e/a> <http://e/p> "1" .' >some/a.nt
  printf '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<broken' >some/b.rdf
  echo '<http://e/c> a <http://www.w3.org/2002/07/owl#Class> .' >some/c.nt
  run 3 validate some
  says err 'b.rdf:2:' 'leaves such files out and goes on with the others'
  run 3 validate some -k
  says out '1 entity, 2 errors' 'error  unreadable file' 'some/b.rdf:2:8: element broken has no namespace'
  says err 'left out: some/b.rdf:2:8' '1 file left out, such as some/b.rdf:2:8; the rest is checked'
  run 3 validate some -k --json --fail-on warn
  says out '"check": "unreadable file"' '"total": 1'
  run 0 validate some/c.nt -k
  run 3 diff some some/c.nt
  says err 'b.rdf:2:' 'leaves such files out'
  run 3 diff some some/c.nt --keep-going
  says out '       0  added' '       0  removed'
  says err '1 file left out, such as some/b.rdf:2:8; the rest is compared'
  run 3 diff some some -k
  says err '2 files left out, such as some/b.rdf:2:8; the rest is compared'
  run 3 diff some/c.nt some -k --json
  says out '"path": "some/b.rdf"' '"line": 2'
  run 0 diff some/c.nt some/c.nt -k --json
  says out '"left_out": []'
}

case_nothing_is_left_of_a_file_that_was_validated() {
  mkdir -p tmp
  TMPDIR=$PWD/tmp run 0 validate "$old"
  TMPDIR=$PWD/tmp run 3 validate bad.nt
  [ -z "$(ls tmp)" ] || complain "left: $(ls tmp)"
  TMPDIR=$PWD/nowhere run 5 validate "$old"
}

# ---- diff ----

case_two_releases_are_compared() {
  run 0 diff "$old" "$new"
  silent err
  says out 'old.ttl: 10 entities; ' 'new.ttl: 10 entities' '       9  entities with changes'
  says out '       1  added' 'cutting tool [tool:CuttingTool]' '            below hand tool [tool:Tool]'
  says out '       1  removed' 'saw [tool:Gimlet]' '            was below tool [tool:Tool]'
  says out '       1  deprecated' 'chisel [tool:Chisel]' '            see saw [tool:Saw]'
  says out '       1  renamed' 'hand tool [tool:Tool]' '            was tool'
  says out '       4  moved' 'saw [tool:Saw]' '            from tool [tool:Tool]' '            to cutting tool [tool:CuttingTool]'
  says out '       2  redefined' '            - A tool to strike with.' '            + A tool to drive nails with.'
  says out '       1  synonyms' '            - mallet@en' '            + beetle@en'
  says out '       1  relations' '            - part of tool [tool:Tool]' '            + part of saw [tool:Saw]'
}

case_graphs_are_compared_as_their_files_are() {
  "$ontograft" diff "$old" "$new" --format csv >of_files
  run 0 import -q old.db "$old"
  run 0 import -q new.db "$new"
  for pair in 'old.db new.db' "old.db $new" "$old new.db"; do
    # shellcheck disable=SC2086
    run 0 diff $pair --format csv
    cmp -s out of_files || complain "another answer: $pair"
  done
  run 0 diff old.db "$old" --exit-code
  says out '       0  entities with changes'
}

case_changes_are_rows_and_a_report() {
  run 0 diff "$old" "$new" --format csv
  is out 'change,label,id,before,after' \
    'added,cutting tool,tool:CuttingTool,,hand tool [tool:Tool]' \
    'removed,saw,tool:Gimlet,tool [tool:Tool],' \
    'deprecated,chisel,tool:Chisel,,saw [tool:Saw]' \
    'renamed,hand tool,tool:Tool,tool,hand tool' \
    'moved,b,tool:B,a [tool:A],' \
    'moved,blade,tool:Blade,handle [tool:Handle],chisel [tool:Chisel]' \
    'moved,chisel,tool:Chisel,tool [tool:Tool],cutting tool [tool:CuttingTool]' \
    'moved,saw,tool:Saw,tool [tool:Tool],cutting tool [tool:CuttingTool]' \
    'redefined,chisel,tool:Chisel,Cuts wood.,' \
    'redefined,hammer,tool:Hammer,A tool to strike with.,A tool to drive nails with.' \
    'synonyms,hammer,tool:Hammer,mallet@en,beetle@en' \
    'relations,handle,tool:Handle,part of tool [tool:Tool],part of saw [tool:Saw]'
  run 0 diff "$old" "$new" --limit 1
  says out '          … and 3 more (--all)'
  run 0 diff "$old" "$new" --json
  is_json out
  says out '"changed": 9' '"moved"' '"before": "tool"'
}

case_changes_may_fail_a_build() {
  run 6 diff "$old" "$new" --exit-code
  says err '--exit-code: 9 entities changed'
  run 2 diff "$old"
  run 5 diff "$old" absent.owl
  run 3 diff bad.nt "$old"
}

case_iris_of_files_do_not_differ_by_their_names() {
  sed 's/Cyclooxygenase/Oxygenase/' "$source/tests/data/ingest/network.graphml" >renamed.graphml
  run 0 diff "$source/tests/data/ingest/network.graphml" renamed.graphml
  says out '       0  added' '       0  removed' '       1  renamed'
}

case_few_entities_in_common_are_told() {
  mkdir -p moved
  cp "$source/tests/data/ingest/network.graphml" moved/there.graphml
  run 0 import common.db "$source/tests/data/ingest/network.graphml"
  run 0 diff common.db moved/there.graphml
  says err 'few entities in common' "--base 'file://"
  base=$(sed -n "s/.*--base '\(.*\)'/\1/p" err)
  run 0 diff common.db moved/there.graphml --base "$base" --exit-code
  says out '       0  entities with changes'
  run 0 import moved.db moved/there.graphml
  run 0 diff common.db moved.db
  says err "import --base 'file://"
}

# A folder of files that name their things by their addresses.
make_addressed() {
  mkdir -p "$1/core"
  cp "$source"/tests/data/ingest/taxonomy/*.xsd "$source"/tests/data/ingest/taxonomy/*.xml "$1"
  cp "$source"/tests/data/ingest/taxonomy/core/*.xsd "$1/core"
  cp "$source"/tests/data/ingest/network.graphml "$source"/tests/data/ingest/classification.xml "$1/core"
}

case_folders_are_compared_by_what_stands_at_the_same_path() {
  make_addressed here
  make_addressed elsewhere/there
  run 0 diff here elsewhere/there -q --exit-code
  says out '       0  entities with changes' '       0  added' '       0  removed'
  sed 's/Cyclooxygenase/Oxygenase/' here/core/network.graphml >elsewhere/there/core/network.graphml
  run 0 diff here elsewhere/there -q
  says out '       1  entities with changes' '       1  renamed'
  (cd elsewhere/there && python3 -m zipfile -c ../../there.zip ./*)
  run 0 diff here there.zip -q --base http://e/x
  says out '       1  entities with changes' '       1  renamed'
  run 0 diff here there.zip -q --json
  is_json out
}

# What a file with another base refers to lies beside it, and has a base beside its own.
case_a_base_leads_to_the_same_files() {
  make_addressed based
  run 0 import own.db based/entry.xsd
  run 0 import file.db based/entry.xsd --base http://e/x/entry.xsd
  run 0 import folder.db based --base http://e/x
  run 0 diff file.db folder.db
  says out '       0  moved' '       0  relations'
  for graph in own file; do
    "$ontograft" export $graph.db --format csv --table edges | cut -d, -f1-3 | sed 's|[a-z]*:[^,]*#||g' | sort >$graph.edges
  done
  cmp -s own.edges file.edges || complain "the edges differ: $(diff own.edges file.edges | head -n 5)"
  run 2 import file.db based/entry.xsd based/labels\ en.xml --base http://e/x
  says err 'one file or folder'
}

# level_1 GRAPH: its entities, names, edges and what is said of edges, without their sources.
level_1() {
  "$ontograft" export "$1" --format csv --table edges 2>/dev/null | sed 's/,[^,]*$//' | sort
  for rows in 'iri, kind, label, definition, deprecated, replaced_by FROM entity_text' \
    'e.text, n.text, n.language, n.kind FROM name n JOIN term e ON e.id = entity' \
    'h.text, r.text, t.text, via, p.text, v.text FROM edge_annotation JOIN term h ON h.id = head
     JOIN term r ON r.id = relation JOIN term t ON t.id = tail JOIN term p ON p.id = predicate
     JOIN term v ON v.id = value'; do
    "$ontograft" query "$1" --format csv --sql "SELECT DISTINCT $rows" | sort
  done
}

# same_level_1 FILE…: the graph of these files, of many sources, and of their statements, of one, are the same graph.
same_level_1() {
  rm -f many.db one.db
  "$ontograft" import -q many.db "$@" >out 2>err || complain "no import: $(head -n 3 err)"
  "$ontograft" export many.db --format ntriples >many.nt 2>err
  "$ontograft" import -q one.db many.nt >out 2>err || complain "no import of the export: $(head -n 3 err)"
  level_1 many.db >many
  level_1 one.db >one
  [ "$(wc -l <one)" -gt 10 ] || complain 'there is next to nothing to compare'
  cmp -s many one || complain "level 1 differs: $(diff many one | head -n 5)"
  for graph in many one; do
    "$ontograft" info $graph.db --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["edges"])' >$graph.info
    "$ontograft" stats $graph.db --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["edges"])' >$graph.stats
    "$ontograft" export $graph.db --format jsonl --table edges 2>/dev/null | wc -l >$graph.rows
    cmp -s $graph.info $graph.stats || complain "info and stats count other edges: $(cat $graph.info $graph.stats)"
    cmp -s $graph.info $graph.rows || complain "info and export count other edges: $(cat $graph.info $graph.rows)"
  done
  cmp -s many.info one.info || complain "not as many edges: $(cat many.info one.info)"
}

case_a_graph_of_many_sources_comes_back_as_one() {
  make_addressed sources
  printf '<http://e/b> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e/a> .\n' >sources/one.nt
  printf '<http://e/b> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e/a>, <http://e/c> .\n' >sources/two.ttl
  same_level_1 sources
  "$ontograft" export many.db --format csv --table edges >out 2>err
  says out "asserted,file://$PWD/sources/one.nt file://$PWD/sources/two.ttl"
  run 0 export many.db --format csv --table edges --source one.nt
  says out "asserted,file://$PWD/sources/one.nt"
  lacks out two.ttl
}

case_a_real_taxonomy_comes_back_as_one() {
  taxonomy=${OG_SHARED_DATA:-$source/../shared/data}/onto/xbrl-pgc2007
  [ -e "$taxonomy" ] || {
    skipped='needs onto/xbrl-pgc2007, which is absent'
    return
  }
  same_level_1 "$taxonomy"
  is many.info 1368
}

# The files of a package refer to one another by their places in the web, and by relative addresses.
case_a_taxonomy_package_is_one_graph() {
  mkdir -p package/META-INF package/www/tax
  cat >package/META-INF/catalog.xml <<'END'
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <rewriteURI uriStartString="http://tax.example/" rewritePrefix="../www/"/>
</catalog>
END
  sed 's|href="core/|href="http://tax.example/tax/core/|' "$source/tests/data/ingest/taxonomy/presentation.xml" \
    >package/www/tax/presentation.xml
  cp -r "$source/tests/data/ingest/taxonomy/core" package/www/tax
  rm package/www/tax/core/*.nt
  run 0 import package.db package
  says out '4 edges'
  run 0 query package.db --format csv --sql \
    "SELECT DISTINCT rtrim(iri, replace(iri, '#', '')) AS file FROM entity_text WHERE kind = 'concept'"
  is out file 'http://tax.example/tax/core/stand%20core.xsd#'
  (cd package && python3 -m zipfile -c ../package.zip ./*)
  run 0 diff package package.zip --exit-code
  run 0 diff package.zip package.db --exit-code
}

case_releases_of_a_real_ontology_are_compared() {
  releases=${OG_SHARED_DATA:-$source/../shared/data}/onto/bro-releases
  [ -e "$releases" ] || {
    skipped='needs onto/bro-releases, which is absent'
    return
  }
  run 0 diff "$releases/BRO_v3.2.owl" "$releases/BRO_v3.4.owl" -q
  says out '       6  entities with changes' '       0  added' '       1  removed' '          Catalog [activity:Catalog]' \
    '       2  renamed' '            was Gestion des échantillons biologiques' '       4  synonyms'
  run 0 diff "$releases/BRO_v3.4.owl" "$releases/BRO_v3.5.owl" -q
  says out '       2  entities with changes' '       1  added' '       1  renamed' '            was Activity'
}

run_cases maintenance
