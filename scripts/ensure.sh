#!/usr/bin/env bash
# Installs what a fresh Debian machine lacks for `run` or `test`, and says so. Usage: scripts/ensure.sh run|test
set -euo pipefail
cd "$(dirname "$0")/.."
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
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
new_enough() { [ "$(printf '%s\n' "$needed" "$1" | sort -V | head -1)" = "$needed" ]; }
if ! command -v cargo >/dev/null; then
  # Debian's own cargo is older than the code until Debian 13; its rustup brings the current one.
  if install rustup "the Rust toolchain"; then
    rustup default stable
    PATH="$HOME/.cargo/bin:$PATH"
  fi
fi
if command -v rustup >/dev/null && ! new_enough "$(cargo --version 2>/dev/null | cut -d' ' -f2)"; then
  echo "updating Rust: $needed or newer is needed"
  rustup update stable
fi
have=$(cargo --version 2>/dev/null | cut -d' ' -f2 || true)
if [ -z "$have" ] || ! new_enough "$have"; then
  echo "ensure.sh: Rust $needed or newer is needed, found ${have:-none}. Debian 12 has no package for it: install it with" \
    "rustup (see rust-lang.org), then run this again." >&2
  exit 1
fi
command -v npm >/dev/null || { install nodejs "builds the style sheet"; install npm "fetches the style sheet's sources"; }
[ -f /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || install fonts-noto-cjk "the faces that letters are printed in, and the browser's Chinese"
command -v hb-subset >/dev/null || install libharfbuzz-bin "takes out of the faces what a letter never needs"
case $what in
  run) ;;
  test)
    # The distribution's PostgreSQL: 15 on Debian 12, newer on the next.
    command -v python3 >/dev/null || install python3 "receipts are verified without our code, and crash campaigns are written in it"
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install postgresql "the store is tested on PostgreSQL too"
    /usr/bin/python3 -c "import aiosmtpd" 2>/dev/null || install python3-aiosmtpd "a mail relay that takes, refuses and hangs"
    command -v 7z >/dev/null || install p7zip-full "encrypted ZIPs of files are opened without our code"
    [ -x /usr/sbin/clamd ] || install clamav-daemon "files are shown to a real virus scanner, with a signature of the test's own"
    command -v strace >/dev/null || install strace "writes are recorded and I/O errors injected, to test what a crash leaves"
    command -v faketime >/dev/null || install faketime "an office is tested under a clock that jumps"
    command -v systemd-analyze >/dev/null || install systemd "measures how little the service may do"
    [ -x /usr/bin/chromium ] || install chromium "the pages are walked through in a real browser"
    command -v pdftotext >/dev/null || install poppler-utils "letters are measured as they are printed"
    command -v qpdf >/dev/null || install qpdf "a second program reads the files of letters"
    cargo nextest --version >/dev/null 2>&1 || {
      echo "installing cargo-nextest: the test runner"
      cargo install --locked --quiet cargo-nextest
    }
    ;;
  *) echo "ensure.sh: unknown '$what'; write run or test" >&2; exit 2 ;;
esac
