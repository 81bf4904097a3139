#!/bin/sh
# Questions to a graph through the program's binary: SPARQL in its formats, faults and limits, and the everyday questions.
#
#   test_questions.sh ONTOGRAFT SOURCE_ROOT
# shellcheck source=tests/cli/checks.sh
. "$(dirname "$0")/checks.sh"
garden=$source/tests/data/sparql/garden.ttl
"$ontograft" import -q g.db "$garden" >out 2>err || { cat err; exit 1; }

labels='SELECT ?x ?l { ?x a :Herb ; rdfs:label ?l } ORDER BY ?l'

case_tables_are_for_people() {
  run 0 query g.db "$labels"
  says out 'x ' 'garden:mint' 'mint' 'garden:sage'
  run 0 query g.db 'SELECT (COUNT(*) AS ?n) (AVG(?h) AS ?mean) { ?x a :Fruit ; :height ?h }'
  says out '2  5.25'
  run 0 query g.db 'ASK { :hawk :eats/:eats/:eats :oak }'
  says out 'true'
  run 0 query g.db "$labels" --format md
  says out '| x ' '| garden:mint'
}

case_accounts_of_a_taxonomy_have_parents_and_children() {
  run 0 import -q stand.db "$source/tests/data/ingest/taxonomy/entry.xsd"
  run 0 children stand.db AssetsAbstract --format csv
  says out 'Cash in the tin' '#s_Lemons' '#s_Assets,1'
  run 0 parents stand.db Cash --tree
  says out 'Cash in the tin' '└─ s assets abstract'
  lacks out '#s_Assets]'
  run 0 children stand.db s_PlaceAxis
  says out '#Beach'
  run 0 common stand.db s_Cash Lemons
  says out 's assets abstract'
  run 0 show stand.db s_Assets
  says out 'parents (1)' '-> summation-item (1)'
  lacks out 'parent-child'
}

case_machines_get_the_formats_of_the_w3c() {
  run 0 query g.db "$labels" --format tsv
  is out "?x	?l" '<http://example.org/garden/mint>	"mint"' '<http://example.org/garden/sage>	"sage"'
  run 0 query g.db "$labels" --format csv
  says out 'x,l' 'http://example.org/garden/mint,mint'
  run 0 query g.db "$labels" --format json
  says out '"vars": ["x", "l"]' '"type": "uri"'
  is_json out
  run 0 query g.db "$labels" --format xml
  says out '<sparql xmlns="http://www.w3.org/2005/sparql-results#">' '<literal>sage</literal>'
  run 0 query g.db "$labels" --format jsonl
  is out '{"x": "http://example.org/garden/mint", "l": "mint"}' \
    '{"x": "http://example.org/garden/sage", "l": "sage"}'
}

case_truth_and_numbers_are_those_of_json() {
  run 0 query g.db 'ASK { ?x a :Herb }' --format jsonl
  is out '{"answer": true}'
  run 0 query g.db --format jsonl "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
    SELECT * { VALUES (?b ?c ?i ?s ?d ?e ?f ?t) { (false '1'^^xsd:boolean 42 '7'^^xsd:short 0.125 1.5e300
      '0.1234567890123456789012'^^xsd:decimal 'true') } }"
  is out '{"b": false, "c": true, "i": 42, "s": 7, "d": 0.125, "e": 1.5e+300, "f": "0.1234567890123456789012", "t": "true"}'
  run 0 query g.db 'ASK { ?x a :Herb }' --format md
  says out '| true |'
}

case_graphs_are_turtle_or_n_triples() {
  run 0 query g.db 'CONSTRUCT { ?b :feeds ?a } { ?a :eats ?b }'
  says out '@prefix : <http://example.org/garden/> .' ':feeds :hawk .'
  run 0 query g.db 'DESCRIBE :Fruit' --format nt
  [ "$(wc -l <out)" -eq 2 ] || complain "$(wc -l <out) lines, not 2"
  run 0 query g.db 'DESCRIBE :Fruit' --format table
  says out 'garden:Fruit' 'rdfs:subClassOf' 'garden:Tree'
  run 2 query g.db 'DESCRIBE :Fruit' --format csv
  says err 'write it as N-Triples or Turtle'
  run 2 query g.db "$labels" --format turtle
  says err 'write it as JSON, XML, CSV or TSV'
}

case_queries_come_from_files_and_standard_input() {
  echo "$labels" >q.rq
  run 0 query g.db --file q.rq --format csv
  mv out expected
  "$ontograft" query g.db - --format csv <q.rq >out || complain 'no query from standard input'
  cmp -s out expected || complain 'standard input and a file differ'
  run 2 query g.db
  says err 'say what to ask, once'
  run 2 query g.db "$labels" --file q.rq
  run 5 query g.db --file missing.rq
  : >empty.rq
  run 2 query g.db --file empty.rq
  says err 'the query is empty'
}

case_faults_point_at_their_place() {
  run 2 query g.db 'SELECT ?x {
  ?x rdfs:label ?l FILTER(STRLENN(?l) > 3) }'
  says err 'query:2:27: ' 'did you mean STRLEN?' '      ?x rdfs:label ?l FILTER(STRLENN(?l) > 3) }' \
    '                              ^'
  echo 'SELECT ?x { ?x rdf:typ }' >q.rq
  run 2 query g.db --file q.rq
  says err 'q.rq:1:24: '
  run 2 query g.db 'SELECT * { ?x ex:p ?y }'
  says err 'the prefix ex: is not declared'
  run 2 query g.db 'DELETE WHERE { ?s ?p ?o }'
  says err 'ontograft import'
  run 2 query g.db 'SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }'
  says err 'does not talk to the network'
  run 1 query g.db 'SELECT * FROM <http://example.org/none> { ?s ?p ?o }'
  says err 'has no source'
  run 1 query g.db --default-graph garden.ttl 'ASK {}'
  says err 'did you mean <file://' 'garden.ttl>?'
}

case_an_empty_answer_gets_a_note() {
  run 0 query g.db 'SELECT ?x { ?x :isA :Plant ; rdfs:label "mint"@de }' --format csv
  [ "$(wc -l <out)" -eq 1 ] || complain 'the note is in the answer'
  is err 'note: garden:isA stands nowhere in this graph; did you mean rdfs:subClassOf?' \
    'note: "mint"@de stands nowhere in this graph; did you mean "mint"?'
  run 0 query g.db 'ASK { :mint :neer :apple }'
  is err 'note: garden:neer stands nowhere in this graph; did you mean garden:near?'
  run 0 query g.db 'SELECT ?x { ?x rdfs:label ?name FILTER(?nmae = "mint") }'
  is err 'note: nothing in the query binds ?nmae; did you mean ?name?'
  run 0 query g.db 'SELECT (COUNT(*) AS ?n) { ?x :neer ?y }' --json
  says err 'did you mean garden:near?'
  is_json out
  run 0 query g.db -q 'ASK { :mint :neer :apple }'
  silent err
  run 0 query g.db 'SELECT ?x ?nmae { ?x rdfs:label ?name }'
  is err 'note: nothing in the query binds ?nmae; did you mean ?name?'
  run 0 query g.db 'SELECT ?x { ?x rdfs:label ?name OPTIONAL { ?x :neer ?y } }'
  silent err
}

case_sql_that_is_taken_for_sparql_gets_a_hint() {
  run 2 query g.db 'select label from entity'
  says err 'SQL goes with --sql'
  run 2 query g.db 'SELECT ?x { ?x ?y }'
  lacks err --sql
  run 2 query g.db --sql 'SELECT ?x { ?x a :Herb }'
  says err 'this looks like SPARQL, which goes without --sql'
  run 2 query g.db --sql "SELECT '{' FROM nowhere WHERE id = ?1"
  lacks err 'looks like SPARQL'
}

case_nothing_is_told_as_nothing() {
  run 0 children g.db mint
  is err 'mint [garden:mint] has no children'
  run 0 parents g.db plant -q
  silent err
  run 0 link g.db 'not a word of it' --json
  is err 'the text has no name of the graph'
  is_json out
  run 1 find g.db hwak
  says err 'did you mean "hawk"?'
  run 1 find g.db xyzzy
  says err 'no entity called "xyzzy", nor anything like it'
  run 0 find g.db garden:hawk --format csv
  says out 'hawk,garden:hawk'
}

case_limits_hold() {
  run 0 query g.db 'SELECT ?s { ?s ?p ?o }' --format csv --max-rows 3
  [ "$(wc -l <out)" -eq 4 ] || complain 'not three rows'
  says err 'stopped after 3 rows'
  endless='SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }'
  run 1 query g.db --timeout 0.2 "$endless"
  says err 'takes longer than 0.2 seconds'
  silent out
  for format in csv tsv json jsonl md xml; do
    run 1 query g.db --timeout 0.2 --format $format "$endless"
    silent out
  done
  run 1 query g.db --timeout 0.2 --sql 'with recursive n(k) as (select 1 union all select k + 1 from n) select k from n where k < 0'
  silent out
}

case_plans_are_shown() {
  run 0 query g.db --explain "$labels"
  says out 'Algebra' 'order ?l' 'SQL' 'Values' 'Plan' 'SEARCH'
  run 0 query g.db --explain 'ASK { Garden:mint ?p ?o }'
  [ "$(head -n 1 out)" = Algebra ] || complain "the first line is $(head -n 1 out)"
  run 2 query g.db --explain --sql 'select 1'
  run 2 query g.db --format xml --sql 'select 1'
}

case_the_default_graph_can_be_chosen() {
  echo '<http://example.org/garden/rose> a <http://example.org/garden/Herb> .' >more.nt
  cp g.db two.db
  run 0 import -q two.db more.nt
  run 0 query two.db 'SELECT (COUNT(*) AS ?n) { ?x a :Herb }' --format csv
  says out 3
  more=$("$ontograft" query two.db --sql "select iri from source where iri like '%more.nt'" --format tsv | tail -n 1)
  run 0 query two.db 'SELECT (COUNT(*) AS ?n) { ?x a :Herb }' --format csv --default-graph "$more"
  says out 1
}

case_the_hierarchy_is_walked() {
  run 0 parents g.db 'fruit tree' --tree
  is out 'fruit tree  [garden:Fruit]' '└─ tree  [garden:Tree]' '   └─ plant  [garden:Plant]'
  run 0 children g.db plant --format csv
  says out 'herb,garden:Herb,1' 'tree,garden:Tree,1'
  run 0 children g.db garden:Plant --all --format csv
  says out 'fruit tree,garden:Fruit,2' 'apple,garden:apple,3'
  run 0 children g.db garden:Plant --all --depth 1 --format csv
  [ "$(wc -l <out)" -eq 3 ] || complain 'not two children'
  for command in children parents; do
    run 0 $command g.db garden:Fruit --all --depth 2 --format csv
    mv out expected
    run 0 $command g.db garden:Fruit --depth 2 --format csv
    cmp -s out expected || complain "$command --depth 2 is not --all --depth 2"
  done
  says out 'plant,garden:Plant,2'
  run 0 children g.db garden:Plant --all --limit 2 --format csv
  [ "$(wc -l <out)" -eq 3 ] || complain 'not the first two'
  says err 'the first 2; --limit shows more'
  run 0 children g.db garden:Plant --limit 2 --format csv
  silent err
  run 0 children g.db garden:Plant --tree --limit 3
  [ "$(wc -l <out)" -eq 4 ] || complain 'not the start and three lines'
  says err 'the first 3; --limit shows more'
  run 1 parents g.db 'no such thing'
}

case_ways_and_likeness_are_found() {
  run 0 path g.db hawk oak --format csv
  says out ',hawk,garden:hawk,eats,forward,tit,garden:tit' ',caterpillar,garden:caterpillar,eats,forward,oak,garden:oak'
  run 0 path g.db oak hawk --format jsonl
  says out '"from_id": "garden:oak", "relation": "eats", "direction": "backward", "to":'
  run 0 path g.db oak hawk
  says out '<- eats'
  run 2 path g.db oak garden:oak
  says err 'path: both names mean oak [garden:oak]'
  run 0 common g.db apple mint --json
  says out '"label": "plant"' '"lin":'
  is_json out
  run 0 common g.db apple pear
  says out 'lowest common ancestors' 'fruit tree'
}

case_an_entity_is_found_by_what_people_write() {
  run 0 show g.db garden:oak
  mv out expected
  for name in oak OAK Garden:OAK http://example.org/garden/oak '<http://example.org/garden/oak>'; do
    run 0 show g.db "$name"
    cmp -s out expected || complain "$name is another entity"
  done
  run 0 show g.db owl:ObjectProperty --limit 1
  says out 'owl:ObjectProperty  resource, in statements only' 'it is said of' 'rdf:type: '
  run 0 show g.db owl:ObjectProperty --json
  says out '"kind": "resource"' '"statements": []' '"mentions": ['
  run 1 show g.db xsd:date
  lacks err 'in statements'
  run 1 parents g.db rdfs:label
  says err "it is a property; \`ontograft show g.db 'rdfs:label'\` tells"
  run 0 show g.db garden:oak --lang xx,yy
  says err 'note: --lang xx,yy: no name of g.db is in it; names are in en, de'
  [ "$(grep -c 'note: --lang' err)" -eq 1 ] || complain 'told more than once'
  run 0 parents g.db oak --lang xx,de
  lacks err 'note: --lang'
  run 0 parents g.db oak --lang xx --quiet
  lacks err 'note: --lang'
  run 1 show g.db '#123456'
  says err 'no entity #123456'
  run 2 show g.db
  says err 'show takes GRAPH ENTITY; found 1 argument'
  lacks err arguments
}

case_neighbourhoods_are_shown() {
  run 0 neighbours g.db caterpillar --format csv
  says out 'apple,garden:apple,1' 'tit,garden:tit,1'
  run 0 neighbours g.db caterpillar --hops 2 --limit 2 --format csv
  [ "$(wc -l <out)" -eq 3 ] || complain 'not two neighbours'
  says err 'the first 2; --limit shows more'
  run 0 neighbours g.db caterpillar --limit 4
  silent err
  run 0 subgraph g.db caterpillar --format csv
  says out 'tit,garden:tit,eats,caterpillar,garden:caterpillar'
  run 0 subgraph g.db caterpillar --dot
  says out 'digraph' '[label="eats"]'
}

case_a_neighbourhood_is_a_picture() {
  run 0 subgraph g.db caterpillar --svg
  says out '<svg xmlns' '<title>caterpillar [garden:caterpillar]</title>' '>eats</text>'
  lacks out 'there are more'
  mv out picture
  run 0 subgraph g.db caterpillar --svg --out picture.svg
  silent out
  cmp -s picture picture.svg || complain 'the file differs from standard output'
  run 0 subgraph g.db caterpillar --hops 2 --limit 2 --svg --out picture.svg
  says err 'the first 2; --limit shows more'
  says picture.svg 'The nearest 2; there are more.'
  [ "$(grep -c '<tspan' picture.svg)" -eq 3 ] || complain 'not three boxes'
  run 5 subgraph g.db caterpillar --svg --out no/such/picture.svg
  run 2 subgraph g.db caterpillar --svg --dot
  run 2 subgraph g.db caterpillar --svg --json
  run 2 subgraph g.db caterpillar --svg --out picture.png
  says err 'ends with .svg'
  ln -sf g.db link.svg
  run 2 subgraph g.db caterpillar --svg --out link.svg
  says err 'link.svg is the graph itself'
  run 2 plot-embeddings g.db --out link.svg
  says err 'link.svg is the graph itself'
  ln -sf g.db link.npy
  run 2 embed g.db --export link
  says err 'link.npy is the graph itself'
  run 0 info g.db
  run 2 subgraph g.db caterpillar --out picture.svg
  says err '--out is for the picture of --svg'
}

case_more_follows_where_it_is_asked_for() {
  cp g.db j.db
  run 0 infer j.db --skos --inherit
  says out 'follow from'
  run 0 query j.db --sql "select value from setting where name = 'inference'" --format csv
  says out 'owl 10000000 skos inherit'
}

case_what_follows_is_kept_apart() {
  cp g.db i.db
  plants='SELECT ?x { ?x a :Plant } ORDER BY ?x'
  run 0 infer i.db --rdfs --owl
  says out '8 edges and 8 statements follow' cax-sco scm-sco
  says err 'next: ontograft query i.db --sql'
  run 0 query i.db "$plants" --format tsv
  is out '?x'
  run 0 query i.db "$plants" --format csv --inferred
  says out http://example.org/garden/apple http://example.org/garden/sage
  run 0 query i.db 'ASK { GRAPH <urn:ontograft:inferred> { :pear a :Plant } }' --format csv
  says out true
  run 0 query i.db 'ASK FROM <urn:ontograft:inferred> { :pear a :Fruit }' --format csv
  says out false
  run 0 query i.db --default-graph urn:ontograft:inferred "$plants" --format csv
  says out http://example.org/garden/pear
  run 2 query i.db --inferred --sql 'select 1'
  for question in 'parents apple --all' 'children plant --all' stats 'neighbours apple' 'show apple'; do
    # shellcheck disable=SC2086
    set -- $question
    asked=$1
    shift
    run 0 "$asked" g.db "$@"
    cp out expected
    run 0 "$asked" i.db "$@"
    cmp -s out expected || complain "$asked answers otherwise"
  done
  run 0 parents i.db apple --inferred --format csv
  says out garden:Fruit garden:Tree garden:Plant
  run 0 path i.db apple plant --inferred --format csv
  says out type
  run 0 stats i.db --inferred
  says out 'edges                                27'
  run 0 info i.db
  says out 'inferred    8 edges'
  lacks out urn:ontograft:inferred
  run 0 info i.db --json
  is_json out
  says out '"inferred": 8'
  for question in "query GRAPH ASK{?s?p?o}" 'parents GRAPH apple' 'children GRAPH plant --tree' 'stats GRAPH' \
    'export GRAPH --format ntriples'; do
    # shellcheck disable=SC2046,SC2086
    run 0 $(echo $question | sed s/GRAPH/i.db/) --inferred
    lacks err 'nothing is inferred'
    # shellcheck disable=SC2046,SC2086
    run 0 $(echo $question | sed s/GRAPH/g.db/) --inferred
    says err 'nothing is inferred in this graph: ontograft infer g.db'
    # shellcheck disable=SC2046,SC2086
    run 0 $(echo $question | sed s/GRAPH/g.db/) --inferred -q
    silent err
  done
}

case_an_edge_is_explained() {
  cp g.db i.db
  run 0 infer i.db --json
  is_json out
  says out '"cax-sco": 7'
  run 0 infer i.db --explain pear type plant --format csv
  [ "$(wc -l <out)" -eq 6 ] || complain 'not five steps'
  says out '3,pear,type,fruit tree,statement,asserted,"",garden:pear,garden:Fruit' \
    '5,pear,type,plant,statement,cax-sco,"4, 1",garden:pear,garden:Plant'
  run 0 infer i.db --explain pear type plant --json
  is_json out
  says out '"head_id": "garden:pear"'
  run 2 infer i.db --format csv
  says err 'the other formats are for --explain'
  run 1 infer i.db --explain plant type pear
  says err 'neither asserted nor inferred'
  lacks err 'to infer'
  run 1 infer i.db --explain pear typo plant
  says err 'did you mean "type"?'
  run 2 infer i.db pear
  run 2 infer i.db --explain pear
  run 2 infer i.db --remove --owl
  run 1 infer i.db --max-edges 3
  says err 'more than 3 edges follow' --max-edges
  run 0 infer i.db --remove
  says out '8 inferred edges removed'
  run 1 infer i.db --explain pear type plant
  says err 'to infer: ontograft infer i.db'
}

case_inference_tells_the_axioms_it_rests_on_and_what_skos_needs() {
  cat >axioms.ttl <<'END'
@prefix : <http://example.org/garden/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
:shades a owl:ObjectProperty ; rdfs:domain :Tree .
:Tree a owl:Class .
:oak a owl:NamedIndividual ; :shades :moss .
:moss a owl:NamedIndividual .
END
  run 0 import -q axioms.db axioms.ttl
  run 0 infer axioms.db
  says out '1 edge and 1 statement follow from 1 edge and 1 axiom of properties'
  run 0 infer axioms.db --explain oak type Tree --format csv
  says out '2,shades,domain,Tree,axiom,asserted,""' '3,oak,type,Tree,statement,prp-dom,"1, 2"'
  cat >skos.ttl <<'END'
@prefix : <http://example.org/garden/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
:Pear a skos:Concept ; skos:broader :Fruit .
:Fruit a skos:Concept .
END
  run 0 import -q skos.db skos.ttl
  run 0 infer skos.db
  says err 'note: the edges are SKOS' --skos
  run 0 infer skos.db --skos
  lacks err --skos
  lacks out '0 edges'
}

case_texts_of_a_file_do_not_steer_the_terminal() {
  printf '%s\n' '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:s="http://www.w3.org/2000/01/rdf-schema#"' \
    'xmlns:e="http://e/"><s:Class r:about="http://e/a"><s:label xml:lang="&#x9b;31m">lever</s:label>' \
    '<e:size xml:lang="&#x9b;32m">&#x9b;33m</e:size></s:Class></r:RDF>' >steer.rdf
  run 0 import -q steer.db steer.rdf
  run 0 show steer.db lever
  says out 31m 32m 33m
  lacks out "$(printf '\302\233')"
}

case_a_graph_that_lies_is_harmless() {
  cp g.db lies.db
  python3 -c "import sqlite3
graph = sqlite3.connect('lies.db')
graph.execute('update term set datatype = -9223372036854775808')
graph.commit()"
  run 0 query lies.db 'select * {?a ?b ?c} limit 3'
  silent err
}

case_the_shape_is_measured() {
  run 0 stats g.db
  says out 'hierarchy: roots' 'connected components' 'most edges'
  run 0 stats g.db --json --limit 1
  says out '"levels": 4' '"hubs"'
  is_json out
}

run_cases questions
