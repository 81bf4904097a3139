#!/bin/sh
# Build ontograft and run every test; the last line is "N passed, N failed, N skipped".
#
#   tests/run.sh            gcc, clang and sanitizer builds, all without warnings; the tests in the first and the last
#   tests/run.sh --quick    only the gcc build and its tests
set -eu
cd "$(dirname "$0")/.."

quick=''
case ${1:-} in
  '') tests/setup.sh build test ;;
  --quick) quick=1; tests/setup.sh build ;;
  *) echo "usage: tests/run.sh [--quick]" >&2; exit 2 ;;
esac

passed=0 failed=0 skipped=0

# compile DIRECTORY OPTION…: set up and build; a warning is an error.
compile() {
  directory=$1
  shift
  if [ ! -f "$directory/build.ninja" ]; then
    meson setup "$directory" -Dwerror=true "$@" >"$directory.log" 2>&1 || { cat "$directory.log"; exit 1; }
  fi
  echo "== building in $directory"
  ninja -C "$directory" >"$directory.log" 2>&1 || { tail -n 60 "$directory.log"; failed=$((failed + 1)); finish; }
}

# count LOG WORD: the cases that end with it. cmocka names a failed or skipped one twice: then, and in a list at the end.
count() {
  awk -v word="$2" '/test\(s\), listed below/ { listed = 1 } /^\[=+\] Running|^=+ / { listed = 0 }
    $0 ~ "^\\[ *" word " *\\]" && !listed { n++ } END { print n + 0 }' "$1"
}

# check DIRECTORY: run its tests and add up their cases.
check() {
  echo "== testing in $1"
  programs_failed=0
  meson test -C "$1" --no-rebuild --print-errorlogs >"$1.log" 2>&1 || programs_failed=1
  grep -E '^ *[0-9]+/[0-9]+ ' "$1.log" || true
  log=$1/meson-logs/testlog.txt
  case_failures=$(count "$log" FAILED)
  grep -E '^\[ *(SKIP|FAILED) *\]|ERROR:|^NOTE:' "$log" || true
  if [ "$programs_failed" -ne 0 ]; then
    sed -n '/^Summary of Failures/,$p' "$1.log"
    [ "$case_failures" -gt 0 ] || case_failures=1
  fi
  passed=$((passed + $(count "$log" OK)))
  failed=$((failed + case_failures))
  skipped=$((skipped + $(count "$log" SKIPPED)))
}

finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
}

compile build
check build
if [ -z "$quick" ]; then
  CC=clang compile build-clang
  compile build-san -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
  check build-san
fi
finish
