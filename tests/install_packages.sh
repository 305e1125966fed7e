#!/usr/bin/env bash
# tools/install-packages against a dpkg and an apt of our own, which say what they are asked.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tools" "$work/packaging" "$work/bin"
cp "$root/tools/install-packages" "$work/tools/"
cat >"$work/packaging/debian-packages" <<'LIST'
# a comment
build here
build absent
run also-absent sh
test wanted no-such-command-of-anybody
LIST
cat >"$work/bin/dpkg-query" <<'FAKE'
#!/bin/sh
[ "$4" = here ] && printf installed
FAKE
cat >"$work/bin/apt-get" <<FAKE
#!/bin/sh
echo "\$DEBIAN_FRONTEND \$*" >>"$work/asked"
case "\$*" in
  *"-s install"*) [ ! -e "$work/refuse" ] || { echo "E: Package 'absent' has no installation candidate"; exit 100; }
                  [ ! -e "$work/remove" ] || echo "Remv libboost1.74-dev [1.74.0]" ;;
esac
FAKE
cat >"$work/bin/sudo" <<'FAKE'
#!/bin/sh
[ "$1" = -n ] && shift
exec "$@"
FAKE
chmod +x "$work"/bin/*
install() { : >"$work/asked"; PATH="$work/bin:$PATH" "$work/tools/install-packages" "$@" >"$work/output" 2>&1 </dev/null; }
fail() { echo "FAILED: $1"; cat "$work/output" "$work/asked"; exit 1; }

install run || fail "a package whose command is there is not missing"
[[ ! -s "$work/asked" ]] || fail "nothing missing asks apt for nothing"

install build test || fail "missing packages are installed"
grep -qE 'noninteractive .*install -y .*--no-install-recommends --no-remove absent wanted$' "$work/asked" || fail "only the missing ones"
grep -q ' update' "$work/asked" || fail "lists are brought up to date first"

touch "$work/remove"
! install build || fail "it must not remove packages"
grep -q 'would remove: libboost1.74-dev' "$work/output" || fail "what would be removed is named"
grep -q 'replaces the others' "$work/output" || fail "Boost's conflict is explained"
! grep -q 'install -y' "$work/asked" || fail "nothing is installed then"
rm "$work/remove"

touch "$work/refuse"
! install build || fail "a package that apt doesn't have is an error"
grep -q 'no installation candidate' "$work/output" || fail "apt's reason is shown"
rm "$work/refuse"

! install nonsense || fail "an unknown kind is an error"

mkdir "$work/bare"
for tool in bash dirname grep env; do ln -s "$(command -v $tool)" "$work/bare/$tool"; done
! PATH="$work/bare" "$work/tools/install-packages" build >"$work/output" 2>&1 || fail "without apt it can't work"
grep -q 'neither Debian nor Ubuntu' "$work/output" || fail "another system is told so"
echo "all passed"
