#!/usr/bin/env bash
# Makes the faces that letters are printed in, from Debian's Noto CJK (SIL Open Font License 1.1): simplified Chinese, without
# what a letter never needs. They go into the program; nothing is fetched when it runs.
#   body.otf   Noto Serif CJK SC Regular, every Chinese character that it has: people's names; measures and other signs
#   title.otf  Noto Serif CJK SC Bold, the characters of GB 2312
#   black.otf  Noto Sans CJK SC Bold, the same
set -euo pipefail
cd "$(dirname "$0")/.."
noto=/usr/share/fonts/opentype/noto
to=crates/notice/fonts
mkdir -p "$to"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# GB 2312: rows 1 to 87, each of 94 places.
for row in $(seq 161 247); do
  for place in $(seq 161 254); do printf '%b' "\\x$(printf %x "$row")\\x$(printf %x "$place")"; done
done | iconv -c -f GB2312 -t UTF-8 > "$work/gb2312"
signs='20-7E,A0-17F,2010-2040,25A1,3000-301F,FF00-FFEF'
subset() { # face, weight, name, more
  hb-subset "$noto/Noto$1CJK-$2.ttc" --face-index=2 --no-hinting --layout-features=kern,halt,pwid \
    --drop-tables+=VORG,vhea,vmtx,DSIG,BASE --unicodes="$signs,${4:-}" --text-file="$work/gb2312" -o "$work/$3"
  mv "$work/$3" "$to/$3"
}
subset Serif Regular body.otf '2000-2BFF,3200-33FF,3400-4DBF,4E00-9FFF,F900-FAFF,20000-323AF'
subset Serif Bold title.otf
subset Sans Bold black.otf
