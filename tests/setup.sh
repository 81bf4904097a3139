#!/bin/sh
# Install the Debian packages that are missing. Arguments: names of package lists, "build", "test" and "fuzz" (default: build).
# Asks nothing; needs root or sudo only when something is missing.
set -eu

packages_build='gcc libc6-dev meson ninja-build pkg-config libsqlite3-dev libopenblas-dev libxml2-dev libjansson-dev
  libserd-dev libutf8proc-dev libpcre2-dev libzip-dev zlib1g-dev nettle-dev libxxhash-dev libcmocka-dev'
packages_test='clang sqlite3 python3'
packages_fuzz='clang libclang-rt-14-dev'

missing=''
for list in "${@:-build}"; do
  case $list in
    build) packages=$packages_build ;;
    test) packages=$packages_test ;;
    fuzz) packages=$packages_fuzz ;;
    *) echo "setup.sh: no list \"$list\"; there are: build test fuzz" >&2; exit 2 ;;
  esac
  for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

as_root=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: install these as root:$missing" >&2; exit 1; }
  as_root='sudo'
fi
echo "installing:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2
log=$(mktemp "${TMPDIR:-/tmp}/ontograft-setup-XXXXXX")
# shellcheck disable=SC2086 # a list of words
$as_root apt-get install -y -qq --no-install-recommends $missing >"$log" 2>&1 || {
  tail -n 20 "$log" >&2
  echo "setup.sh: apt-get failed; all that it said is in $log" >&2
  exit 1
}
rm -f "$log"
