#!/bin/sh
# The order of layers: core <- ingest | kg | model <- finetune <- cli. An #include against it fails.
set -eu
cd "$(dirname "$0")/.."
status=0

# allow LAYER ALLOWED…: the folders that files of LAYER may include.
allow() {
  layer=$1
  shift
  pattern=$(echo "$@" | tr ' ' '|')
  if wrong=$(grep -nE '^#include "[a-z]+/' "$layer"/*.c "$layer"/*.h | grep -vE "#include \"($pattern)/"); then
    printf '%s\n' "$wrong"
    echo "[  FAILED  ] $layer includes only $*"
    status=1
  else
    echo "[       OK ] $layer includes only $*"
  fi
}

allow core core
allow ingest core ingest
allow kg core kg
allow model core model
allow finetune core kg model finetune
allow cli core ingest kg model finetune cli
exit $status
