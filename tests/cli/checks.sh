# shellcheck shell=sh
# What the tests of the program's binary share; a test sources it first:
#
#   . "$(dirname "$0")/checks.sh"
#   case_NAME() { … }
#   run_cases "what is tested"
#
# The test is called with the binary and the root of the sources. A case is a function named case_…; it fails when one
# of its checks does. They run in the order in which they stand, in a folder of their own.
set -u
ontograft=$(realpath "$1")
# shellcheck disable=SC2034 # the tests use it
source=$(realpath "$2")
cases=$(sed -n 's/^case_\([a-z0-9_]*\)() {$/\1/p' "$0")
work=$(mktemp -d /tmp/ontograft-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR
export LC_ALL=C.UTF-8 TERM=xterm

complain() {
  echo "    $*"
  wrong=1
}

# run CODE ARGUMENT…: run the program into the files out and err; it must end with CODE.
run() {
  expected=$1
  shift
  "$ontograft" "$@" >out 2>err
  code=$?
  [ "$code" -eq "$expected" ] || complain "exit $code, not $expected: ontograft $*: $(head -n 3 err)"
}

# says FILE TEXT…: every text stands in the file.
says() {
  file=$1
  shift
  for text in "$@"; do
    grep -qF -e "$text" "$file" || complain "$file lacks \"$text\": $(head -n 5 "$file")"
  done
}

# lacks FILE TEXT…: none of the texts stands in the file.
lacks() {
  file=$1
  shift
  for text in "$@"; do
    if grep -qF -e "$text" "$file"; then complain "$file has \"$text\": $(head -n 5 "$file")"; fi
  done
}

# is FILE LINE…: the file has these lines and no others.
is() {
  file=$1
  shift
  printf '%s\n' "$@" | cmp -s - "$file" || complain "$file is not as expected: $(head -n 5 "$file")"
}

silent() {
  [ ! -s "$1" ] || complain "$1 is not empty: $(head -n 3 "$1")"
}

is_json() {
  python3 -m json.tool <"$1" >/dev/null 2>&1 || complain "$1 is no JSON: $(head -n 3 "$1")"
}

# A number of the graph, by SQL.
number() {
  "$ontograft" query "$1" --sql "$2" --format tsv 2>/dev/null | tail -n 1
}

# run_cases TITLE: run them all; the status is that of the test.
run_cases() {
  failed=''
  echo "[==========] $1: running cases"
  for name in $cases; do
    echo "[ RUN      ] $name"
    wrong=0 skipped=''
    "case_$name"
    if [ "$wrong" -ne 0 ]; then
      echo "[  FAILED  ] $name"
      failed="$failed $name"
    elif [ -n "$skipped" ]; then
      echo "[  SKIP    ] $skipped"
      echo "[  SKIPPED ] $name"
    else
      echo "[       OK ] $name"
    fi
  done
  [ -z "$failed" ] || echo "failed:$failed"
  [ -z "$failed" ]
}
