#!/usr/bin/env python3
"""Writes calendars/cn/YYYY.toml: the State Council's holiday arrangement, year by year.

Usage: python3 scripts/calendars.py [--check]

Two independent packages are fetched with their own package managers into a temporary directory and compared day
by day; the files are written only when they agree. With --check nothing is written: the exit code says whether the
files on disk are what the packages give.

  PyPI  chinesecalendar  MIT
  npm   chinese-days     MIT   (its source also names the notice behind each year, from which `issued_at` is read)

One difference is known and harmless: chinesecalendar calls 2023-12-30 and 2023-12-31 holidays (New Year 2024);
both fall on a weekend that the notice did not rearrange, so no working day changes. The files follow chinese-days.

To take a new year: raise the two versions below, run, read the diff, commit.
"""

import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

CHINESECALENDAR = "1.11.0"
CHINESE_DAYS = "1.5.7"
FIRST, LAST = 2004, 2026

KNOWN_DIFFERENCES = {"2023-12-30", "2023-12-31"}

# Notices whose address names only the month; the day was read on the notice itself.
ISSUED_AT = {2026: "2025-11-04"}

# chinese-days shortens some names; these are the words of 《全国年节及纪念日放假办法》.
NAMES_ZH = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}

OUT = pathlib.Path(__file__).resolve().parent.parent / "calendars" / "cn"


def fetch(temp):
    """Both packages, unpacked: (holidays and workdays by chinesecalendar, path of chinese-days)."""
    python = temp / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check",
         "--target", python, f"chinesecalendar=={CHINESECALENDAR}"],
        check=True,
    )
    subprocess.run(["npm", "pack", "--silent", f"chinese-days@{CHINESE_DAYS}"], check=True, cwd=temp,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "xf", f"chinese-days-{CHINESE_DAYS}.tgz"], check=True, cwd=temp)
    sys.path.insert(0, str(python))
    from chinese_calendar import constants

    return constants, temp / "package"


def notices(package):
    """The addresses of the notices behind each year, from the comments of the package's source."""
    by_year, year = {}, None
    for line in (package / "src" / "holidays" / "generate.ts").read_text("utf-8").splitlines():
        if heading := re.fullmatch(r"\s*\*\s+(\d{4})\s*", line):
            year = int(heading[1])
        elif year and (address := re.search(r"https?://\S+", line)):
            by_year.setdefault(year, []).append(address[0])
    return by_year


def issued_at(year, addresses):
    """The day of the last notice about the year: late changes happen (Spring Festival 2020)."""
    dates = [f"{m[1]}-{m[2]}-{m[3]}" for a in addresses if (m := re.search(r"/(\d{4})-(\d{2})/(\d{2})/", a))]
    return ISSUED_AT.get(year) or max(dates, default=None)


def compare(constants, year, holidays, workdays):
    """Stops the run when the two packages disagree in more than the known difference."""
    theirs = {str(day) for day in constants.holidays if day.year == year}
    work = {str(day) for day in constants.workdays if day.year == year}
    difference = (theirs ^ holidays.keys()) - KNOWN_DIFFERENCES | (work ^ workdays.keys())
    if difference:
        sys.exit(f"{year}: the packages disagree on {', '.join(sorted(difference))}; nothing written")
    for day in KNOWN_DIFFERENCES | workdays.keys():
        if datetime.date.fromisoformat(day).weekday() < 5:
            sys.exit(f"{day} is no Saturday or Sunday; nothing written")


def names(text):
    """("New Year's Day", "元旦") from the package's "New Year's Day,元旦,1"."""
    english, chinese, _ = text.split(",")
    return english, NAMES_ZH.get(chinese, chinese)


def ranges(holidays):
    """Runs of consecutive days with one name: (first, last, english, chinese)."""
    runs = []
    for day in sorted(holidays):
        date, (english, chinese) = datetime.date.fromisoformat(day), names(holidays[day])
        if runs and runs[-1][1] + datetime.timedelta(days=1) == date and runs[-1][2] == english:
            runs[-1][1] = date
        else:
            runs.append([date, date, english, chinese])
    return runs


def render(year, holidays, workdays, addresses):
    lines = ["# Written by scripts/calendars.py; do not edit.", f"year = {year}"]
    if issued := issued_at(year, addresses):
        lines.append(f'issued_at = "{issued}"')
    lines.append(f'source = "PyPI chinesecalendar {CHINESECALENDAR} (MIT), npm chinese-days {CHINESE_DAYS} (MIT)"')
    if addresses:
        lines += ["notices = ["] + [f'  "{a}",' for a in addresses] + ["]"]
    lines += ["", "# Days off, first to last, both included.", "off = ["]
    lines += [f'  {{ first = "{a}", last = "{b}", zh = "{zh}", en = "{en}" }},' for a, b, en, zh in ranges(holidays)]
    lines += ["]", "", "# 调休上班: a Saturday or Sunday made a working day, and the holiday it makes up for.", "working = ["]
    for day in sorted(workdays):
        english, chinese = names(workdays[day])
        lines.append(f'  {{ on = "{day}", zh = "{chinese}", en = "{english}" }},')
    return "\n".join(lines + ["]", ""])


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    stale = []
    with tempfile.TemporaryDirectory() as temp:
        constants, package = fetch(pathlib.Path(temp))
        addresses = notices(package)
        files = {}
        for year in range(FIRST, LAST + 1):
            data = json.loads((package / "dist" / "years" / f"{year}.json").read_text("utf-8"))
            compare(constants, year, data["holidays"], data["workdays"])
            files[OUT / f"{year}.toml"] = render(year, data["holidays"], data["workdays"], addresses.get(year, []))
    for path, text in files.items():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if not check:
                path.write_text(text, "utf-8")
    print(f"{len(files)} years agree; {'differ' if check else 'written'}: {', '.join(stale) or 'none'}")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
