#!/bin/sh
# The library as it is installed: every header compiles alone, and examples/library.c builds with pkg-config and runs.
#
#   library.sh BUILD SOURCE_ROOT [FLAG…]      flags of the compiler that the library needs: those of a sanitizer
set -u
build=$(realpath "$1") source=$(realpath "$2")
shift 2
work=$(mktemp -d /tmp/ontograft-test-XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0

# result CODE WHAT: report a case.
result() {
  if [ "$1" -eq 0 ]; then echo "[       OK ] $2"; else echo "[  FAILED  ] $2"; status=1; fi
}

meson install -C "$build" --no-rebuild --destdir "$work/root" >log 2>&1 || { cat log; exit 1; }
[ -n "$(find root -path '*/lib/pkgconfig/ontograft.pc')" ] # not lib64, where neither it nor ld.so looks
result $? 'pkg-config and the loader look where it is installed'
PKG_CONFIG_SYSROOT_DIR=$work/root
PKG_CONFIG_PATH=$(dirname "$(find root -name ontograft.pc)")
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$work/root" -name libontograft.so)")
export LD_LIBRARY_PATH
ontograft=$(find "$work/root" -path '*/bin/ontograft')
cc="${CC:-cc} -std=gnu11 -Wall -Wextra -Werror $*"

wrong=0
headers=$(cd "$(dirname "$(find root -path '*/core/api.h')")/.." && find . -name '*.h')
for header in $headers; do
  echo "#include <${header#./}>" >alone.c
  # shellcheck disable=SC2046 # flags are words
  $cc $(pkg-config --cflags ontograft) -fsyntax-only alone.c >log 2>&1 || { cat log; wrong=1; }
done
result $wrong 'every installed header compiles alone'

# shellcheck disable=SC2046
$cc "$source/examples/library.c" $(pkg-config --cflags --libs ontograft) -o library >log 2>&1
result $? 'examples/library.c compiles with pkg-config'
cat log
"$ontograft" import -q g.db "$source/examples/medical/medicine.rdf" &&
  ./library g.db 'COPD and asthma in smokers' >out 2>&1 &&
  grep -qx 'COPD: chronic obstructive pulmonary disease is a kind of airway disease' out &&
  grep -q '^asthma: asthma is a kind of' out
code=$?
[ $code -eq 0 ] || cat out
result $code 'examples/library.c finds what a text names'
./library none.db 'asthma' >out 2>&1
[ $? -eq 1 ] && grep -q 'none.db' out
result $? 'examples/library.c says that there is no graph'
exit $status
