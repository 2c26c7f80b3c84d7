#!/usr/bin/env python3
"""LOG-3: flipped bits. `huiyin verify` finds every one and names the row; untouched copies raise no alarm.

The demo district plays its past into a database. Then one random bit of one random cell at a time is flipped in place,
past the triggers, `huiyin verify` is asked, and the bit is flipped back.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess

from campaign import Campaign, options, say

FAULTY = 20  # Exit code of `verify`: a fault in the database.
# What verify covers, with the share of the flips that each group gets. Every column of these tables counts.
GROUPS = {
    "rows": (1200, ["event", "matter", "desk", "deadline", "matter_unit", "unit", "official"]),
    "content": (400, ["content"]),
    "leaves": (200, []),
    "checkpoints": (200, []),
}
# What it does not cover, and why. A table in neither list fails the campaign: somebody must decide.
NOT_COVERED = {
    "schema_version": "read at every start", "access_code": "keyed hashes, issued anew at the counter",
    "submission_token": "passing", "letter_number": "a counter; the letters are events", "account": "logins",
    "session": "passing", "setting": "configuration", "draft": "passing", "follow_session": "passing",
    "identity_read": "a stream of its own", "outbox": "passing", "reminder": "passing",
}


def flip(value, rng):
    """The value with one bit turned over, as SQL and its parameter."""
    if isinstance(value, int):
        bits = int.from_bytes(value.to_bytes(8, "big", signed=True), "big") ^ (1 << rng.randrange(64))
        return "?", int.from_bytes(bits.to_bytes(8, "big"), "big", signed=True)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return ("cast(? as text)" if isinstance(value, str) else "?"), bytes(data)


def shown(value):
    """A key as it may be printed."""
    return value.hex() if isinstance(value, bytes) else str(value)


def names(line, table, key):
    """Whether the line names the row. Of a key that holds an odd character now, what is left of it counts."""
    words = set(re.findall(r"[\w-]+", line))
    return table in words and all(part in words or (not re.fullmatch(r"[\w-]+", part)
                                                   and max(re.findall(r"[\w-]*", part), key=len) in line) for part in key)


class Cells:
    """The database, opened for each change only, so that verify finds it as it lies."""

    def __init__(self, file):
        self.file = file
        with self.open() as connection:
            for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                connection.execute(f"drop trigger {trigger}")
            tables = [name for name, in connection.execute("select name from sqlite_master where type = 'table'")]
            self.tables = [name for name in tables if not name.startswith("sqlite_")]
            self.columns = {name: connection.execute(f"pragma table_info({name})").fetchall() for name in self.tables}
            self.rows = {name: [row for row, in connection.execute(f"select rowid from {name} order by rowid")]
                         for name in self.tables}
        connection.close()

    def open(self):
        connection = sqlite3.connect(self.file)
        connection.text_factory = lambda data: data.decode(errors="surrogateescape")
        return connection

    def keys(self, connection, table, row):
        columns = ", ".join(name for _, name, *_, key in self.columns[table] if key)
        return [shown(value) for value in connection.execute(f"select {columns} from {table} where rowid = ?", [row]).fetchone()]

    def turn(self, table, rng):
        """Flips a bit. Returns what it was in, and the way back."""
        connection, value = self.open(), None
        while value in ("", b"", None):
            row, (_, column, *_) = rng.choice(self.rows[table]), rng.choice(self.columns[table])
            value = connection.execute(f"select {column} from {table} where rowid = ?", [row]).fetchone()[0]
        before = self.keys(connection, table, row)
        place, changed = flip(value, rng)
        try:
            connection.execute(f"update {table} set {column} = {place} where rowid = ?", [changed, row])
        except sqlite3.IntegrityError:
            connection.close()
            return self.turn(table, rng)  # Another row has that key.
        after = self.keys(connection, table, row)
        connection.commit()
        connection.close()
        return f"{table}.{column} of {'/'.join(before)}", (before, after), (table, column, row, value)

    def back(self, table, column, row, value):
        with self.open() as connection:
            connection.execute(f"update {table} set {column} = ? where rowid = ?", [value, row])
        connection.close()


def main():
    parser = options(__doc__)
    parser.add_argument("--flips", type=int, default=60, help="full size: 2000")
    parser.add_argument("--copies", type=int, default=5, help="untouched copies; full size: 100")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        env = {name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")}
        subprocess.run([chosen.binary, "demo", "--prepare-only"], check=True, stdout=subprocess.DEVNULL,
                       env={**env, "TMPDIR": str(campaign.folder)})
        folder, = campaign.folder.glob("huiyin-demo-*")

        def verify(database):
            done = subprocess.run([chosen.binary, "verify", "--config", "huiyin.toml", "--database", f"sqlite:{database}"],
                                  cwd=folder, env=env, capture_output=True)
            return done.returncode, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")

        false = 0
        for n in range(chosen.copies):
            for file in folder.glob("demo.sqlite3*"):
                shutil.copy(file, folder / file.name.replace("demo", "copy"))
            code, words = verify("copy.sqlite3")
            if code:
                false += 1
                campaign.fault(f"untouched copy {n}: verify ended with {code}: {words[-500:]}")
            for file in folder.glob("copy.sqlite3*"):
                file.unlink()
        campaign.figures |= {"copies": chosen.copies, "false_alarms": false}

        cells = Cells(folder / "demo.sqlite3")
        listed = NOT_COVERED.keys() | {table for _, tables in GROUPS.values() for table in tables}
        if unknown := set(cells.tables) ^ listed:
            campaign.fault(f"say in flips.py whether verify covers {', '.join(sorted(unknown))}")
        whole = sum(share for share, _ in GROUPS.values())
        n_flips, n_found, n_located = 0, 0, 0
        for group, (share, tables) in GROUPS.items():
            tables = [table for table in tables if cells.rows.get(table)]
            n = chosen.flips * share // whole if tables else 0
            found = located = 0
            for _ in range(n):
                where, keys, way_back = cells.turn(rng.choice(tables), rng)
                code, words = verify("demo.sqlite3")
                cells.back(*way_back)
                found += code != 0
                # One line names the table and the row, by the key it had or the key it has.
                named = any(names(line, way_back[0], key) for line in words.splitlines() for key in keys)
                located += code == FAULTY and named
                if code != FAULTY or not named:
                    campaign.fault(f"{where}: verify ended with {code}: {words.strip()[-160:]}")
            n_flips, n_found, n_located = n_flips + n, n_found + found, n_located + located
            campaign.figures |= {f"{group}_flips": n, f"{group}_found": found, f"{group}_located": located}
            say(f"{group}: {n} flips, {found} found, {located} located")
        if code := verify("demo.sqlite3")[0]:
            campaign.fault(f"after all flips were undone verify ended with {code}: a flip was not")
        campaign.figures |= {"flips": n_flips, "found": n_found, "located": n_located}


if __name__ == "__main__":
    main()
