#!/bin/sh
# XML of any kind into a graph by a mapping file, through the program's binary: an instrument list of our own.
#
#   test_mapping.sh ONTOGRAFT SOURCE_ROOT
# shellcheck source=tests/cli/checks.sh
. "$(dirname "$0")/checks.sh"

cat >instruments.xml <<'XML'
<orchestra>
  <family key="wind"><called>wind instruments</called></family>
  <instrument no="1" of="wind"><called>oboe</called><called lang="de">Oboe</called>
    <also>hautboy; hautbois</also><range low="58"/><doubled with="2"/></instrument>
  <instrument no="2" of="wind"><called>cor anglais</called><about>An oboe a fifth lower.</about></instrument>
  <instrument of="wind"><called>nameless</called></instrument>
</orchestra>
XML
cat >instruments.mapping.xml <<'XML'
<mapping space="http://music.example/" vocabulary="http://music.example/terms#" language="en">
  <entity name="family" match="family" id="@key" as="class"><name path="called"/></entity>
  <entity name="instrument" match="/orchestra/instrument" id="@no" as="class">
    <name path="called" language="@lang"/>
    <name path="also" kind="exact" split=";"/>
    <definition path="about"/>
    <attribute path="range/@low" property="lowestNote" datatype="xsd:integer"/>
    <relation path="doubled/@with" property="doubledBy"/>
    <parent path="@of" to="family"/>
  </entity>
</mapping>
XML

case_a_dry_run_shows_what_it_would_make() {
  run 0 import g.db instruments.xml --mapping instruments.mapping.xml --dry-run
  says out 'skos:prefLabel' 'rdfs:subClassOf' 'http://music.example/1'
  [ ! -e g.db ] || complain 'a dry run made a graph'
}

case_the_mapping_makes_entities_names_and_edges() {
  run 0 import g.db instruments.xml --mapping instruments.mapping.xml
  says err 'instruments.xml:6:' 'identifier'
  run 0 show g.db hautboy --json
  is_json out
  says out '"iri": "http://music.example/1"' '"label": "oboe"' '"doubledBy"' '"value": "58"' '"Oboe"'
  run 0 show g.db 'cor anglais'
  says out 'An oboe a fifth lower.' 'wind instruments' '<- doubledBy'
  run 0 query g.db --sql "select relation, tail from edge_text where head = 'oboe' order by 1" --format csv
  is out 'relation,tail' 'doubledBy,cor anglais' 'subClassOf,wind instruments'
}

case_importing_again_replaces_what_it_said() {
  sed 's/hautboy; //' instruments.xml >changed.xml
  mv changed.xml instruments.xml
  run 0 import g.db instruments.xml --mapping instruments.mapping.xml
  run 1 show g.db hautboy
  run 0 show g.db hautbois
}

case_without_a_mapping_it_is_told_what_is_needed() {
  run 3 import h.db instruments.xml
  says err 'root element is orchestra' '--mapping'
  run 3 import h.db instruments.mapping.xml
  says err 'this is a mapping file' '--mapping'
  run 3 import h.db instruments.xml --mapping instruments.mapping.xml --strict
  says err 'instruments.xml:6:'
  [ ! -e h.db ] || complain 'a failed import left a graph'
}

case_faults_of_the_mapping_have_their_line() {
  sed 's/path="about"/path="about["/' instruments.mapping.xml >broken.mapping.xml
  run 3 import h.db instruments.xml --mapping broken.mapping.xml
  says err 'broken.mapping.xml:6:'
  sed 's/<attribute/<atribute/' instruments.mapping.xml >broken.mapping.xml
  run 3 import h.db instruments.xml --mapping broken.mapping.xml
  says err 'broken.mapping.xml:7:' 'atribute'
  run 5 import h.db instruments.xml --mapping absent.mapping.xml
  says err 'absent.mapping.xml'
  [ ! -e h.db ] || complain 'a failed import left a graph'
}

run_cases 'mapping files'
