#!/bin/sh
# Fuzz: tests/fuzz.sh [NAME…] [SECONDS] runs the named libFuzzer targets of tests/fuzz (default: all) so long each
# (default 60 s), in a clang build with sanitizers. What crashes is left in build-fuzz/found/NAME; a corpus grows in
# build-fuzz/corpus/NAME, from tests/data/fuzz/NAME where that is there. What a reader's source spells is its dictionary.
# Exits with 1 when anything was found.
set -eu
cd "$(dirname "$0")/.."
tests/setup.sh build fuzz

seconds=60 names=''
for word in "$@"; do
  case $word in
    *[!0-9]*) names="$names $word" ;;
    *) seconds=$word ;;
  esac
done
[ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Dfuzzers=true -Db_sanitize=address,undefined \
  -Db_lundef=false -Doptimization=1 >/dev/null
[ -n "$names" ] ||
  names=$(ninja -C build-fuzz -t targets all | sed -n 's#^tests/fuzz/fuzz_\([a-z]*\): .*#\1#p')
status=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for name in $names; do
  ninja -C build-fuzz "tests/fuzz/fuzz_$name" >/dev/null
  mkdir -p "build-fuzz/corpus/$name" "build-fuzz/found/$name"
  grep -shoE '"[A-Za-z][A-Za-z0-9:/.#_-]+"' "ingest/$name"*.c "kg/$name"*.c "model/$name"*.c | sort -u >"build-fuzz/$name.dict" || true
  dictionary=''
  [ ! -s "build-fuzz/$name.dict" ] || dictionary="-dict=build-fuzz/$name.dict"
  seeds=''
  [ ! -d "tests/data/fuzz/$name" ] || seeds="tests/data/fuzz/$name"
  echo "== $name, $seconds s"
  build-fuzz/tests/fuzz/"fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    ${dictionary:+"$dictionary"} \
    -artifact_prefix="build-fuzz/found/$name/" "build-fuzz/corpus/$name" ${seeds:+"$seeds"} >"build-fuzz/$name.log" 2>&1 || status=1
  grep -E 'ERROR|SUMMARY|number_of_executed_units|Test unit written' "build-fuzz/$name.log" || true
done
exit $status
