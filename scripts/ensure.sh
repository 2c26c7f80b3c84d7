#!/usr/bin/env bash
# Installs what a fresh Debian machine lacks for `run` or `test`, and says so. Usage: scripts/ensure.sh run|test
set -euo pipefail
what=${1:?run or test}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
updated=
install() { # package reason
  echo "installing $1: $2"
  [ -n "$updated" ] || { as_root apt-get update -qq; updated=1; }
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
}
command -v cc >/dev/null || install gcc "SQLite is built from C"
if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
if ! command -v cargo >/dev/null; then
  install rustup "the Rust toolchain" || install cargo "the Rust toolchain"
  if command -v rustup >/dev/null; then rustup default stable; fi
fi
command -v npm >/dev/null || { install nodejs "builds the style sheet"; install npm "fetches the style sheet's sources"; }
case $what in
  run) ;;
  test)
    [ -x /usr/lib/postgresql/15/bin/initdb ] || install postgresql-15 "the store is tested on PostgreSQL 15 too"
    [ -x /usr/bin/chromium ] || install chromium "the pages are walked through in a real browser"
    [ -d /usr/share/fonts/opentype/noto ] || install fonts-noto-cjk "the browser draws Chinese"
    cargo nextest --version >/dev/null 2>&1 || {
      echo "installing cargo-nextest: the test runner"
      cargo install --locked --quiet cargo-nextest
    }
    ;;
  *) echo "ensure.sh: unknown '$what'; write run or test" >&2; exit 2 ;;
esac
