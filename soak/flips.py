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
# The tables that verify covers, and their keys as it prints them.
KEYS = {
    "event": ["petition_id", "seq"], "office_event": ["seq"], "key_event": ["seq"], "recovery_key": ["recovery_id"], "sealed_shell": ["petition_id"], "sealing_key": ["official_id"], "read_event": ["petition_id", "seq"], "matter": ["petition_id"], "desk": ["petition_id", "unit_id"],
    "deadline": ["petition_id", "idx"], "matter_unit": ["petition_id", "unit_id"], "reach": ["petition_id", "word"], "letter": ["petition_id", "idx"], "unit": ["id"], "official": ["id"],
    "letter_number": ["unit_id", "mark", "year"], "petition_key": ["petition_id"], "content": ["petition_id", "content_id"],
    "attachment": ["file_id"], "attachment_chunk": ["file_id", "idx"],
    "log_tile": ["epoch", "level", "idx"], "log_commit": ["epoch", "first"], "log_head": ["epoch"],
}
LEAVES = {("log_commit", "entries")}
# The share of the flips that each group gets, and its tables. Every column counts; entries of the log are leaves, what
# else a commit holds belongs to its checkpoint.
GROUPS = {
    "rows": (1000, ["event", "office_event", "read_event", "matter", "desk", "deadline", "matter_unit", "reach", "letter", "unit", "official",
                    "letter_number", "petition_key", "recovery_key", "key_event", "sealed_shell", "sealing_key"]),
    "content": (200, ["content"]),
    "files": (400, ["attachment", "attachment_chunk"]),
    "leaves": (200, ["log_tile", "log_commit"]),
    "checkpoints": (200, ["log_commit", "log_head"]),
}
# What it does not cover, and why. A table in neither list fails the campaign: somebody must decide.
NOT_COVERED = {
    "schema_version": "read at every start", "access_code": "keyed hashes, issued anew at the counter",
    "submission_token": "passing", "account": "logins", "login_try": "passing", "passkey": "logins", "provider_link": "logins", "ceremony": "passing",
    "proposal": "what waits; what was decided is an event",
    "letter_print": "when it was printed last; that it was is a read in the record",
    "sealed_wrap": "what was altered opens nothing; the recovery key gives it anew",
    "session": "passing", "setting": "configuration", "draft": "passing", "follow_session": "passing",
    "upload": "passing: files that no petition has yet", "outbox": "passing", "reminder": "passing",
    "log_published": "when a checkpoint was shown; that the log has it is checked, and the demo shows none",
    "log_cosignature": "others' words, checked against keys of witnesses that are given",
}


def flip(value, rng):
    """The value with one bit turned over, as SQL and its parameter."""
    if isinstance(value, int):
        bits = int.from_bytes(value.to_bytes(8, "big", signed=True), "big") ^ (1 << rng.randrange(64))
        return "?", int.from_bytes(bits.to_bytes(8, "big"), "big", signed=True)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return ("cast(? as text)" if isinstance(value, str) else "?"), bytes(data)


def is_text(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def shown(value):
    """Part of a key as it is printed."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def names(words, table, key):
    """Whether a line of verify names the row."""
    return f"\n{table} {'/'.join(key)}: " in f"\n{words}"


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
        columns = ", ".join(KEYS[table])
        return [shown(value) for value in connection.execute(f"select {columns} from {table} where rowid = ?", [row]).fetchone()]

    def places(self, group):
        """Tables of a group that have rows, each with its columns."""
        for table in GROUPS[group][1]:
            columns = [name for _, name, *_ in self.columns[table]]
            if group in ("leaves", "checkpoints") and table == "log_commit":
                columns = [name for name in columns if ((table, name) in LEAVES) == (group == "leaves")]
            if self.rows[table]:
                yield table, columns

    def turn(self, table, columns, rng):
        """Flips a bit. Returns what it was in, and the way back. What holds nothing has no bit, and what the database
        itself refuses is drawn again: a text that would be none, a key that another row has."""
        connection = self.open()
        while True:
            row, column = rng.choice(self.rows[table]), rng.choice(columns)
            value = connection.execute(f"select {column} from {table} where rowid = ?", [row]).fetchone()[0]
            if value in ("", b"", None):
                continue
            before = self.keys(connection, table, row)
            place, changed = flip(value, rng)
            if isinstance(value, str) and not is_text(changed):
                continue
            try:
                connection.execute(f"update {table} set {column} = {place} where rowid = ?", [changed, row])
            except sqlite3.IntegrityError:
                connection.rollback()
                continue
            if isinstance(value, int) and KEYS[table] == [column]:
                row = changed  # Such a column is the row's own number.
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
        # With recovery recipients, and everything wrapped anew once, so that the tables of keys have rows.
        env["HUIYIN_RECOVERY_RECIPIENTS"] = ",".join(
            subprocess.run([chosen.binary, "recovery-key", "--out", campaign.folder / name], check=True, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip() for name in ("first.key", "second.key"))
        subprocess.run([chosen.binary, "demo", "--prepare-only"], check=True, stdout=subprocess.DEVNULL,
                       env={**env, "TMPDIR": str(campaign.folder)})
        folder, = campaign.folder.glob("huiyin-demo-*")
        subprocess.run([chosen.binary, "keys", "rotate", "--config", "huiyin.toml", "--database", "sqlite:demo.sqlite3"],
                       check=True, stdout=subprocess.DEVNULL, cwd=folder, env=env)

        def verify(database):
            done = subprocess.run([chosen.binary, "verify", "--config", "huiyin.toml", "--database", f"sqlite:{database}"],
                                  cwd=folder, env=env, capture_output=True)
            return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

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
        listed = NOT_COVERED.keys() | KEYS.keys()
        if unknown := set(cells.tables) ^ listed:
            campaign.fault(f"say in flips.py whether verify covers {', '.join(sorted(unknown))}")
        whole = sum(share for share, _ in GROUPS.values())
        n_flips, n_found, n_located = 0, 0, 0
        for group, (share, tables) in GROUPS.items():
            places = list(cells.places(group))
            if empty := set(tables) - {table for table, _ in places}:
                campaign.fault(f"{group}: no row of {', '.join(sorted(empty))} to be changed")
            n = chosen.flips * share // whole
            found = located = 0
            for _ in range(n):
                where, keys, way_back = cells.turn(*rng.choice(places), rng)
                code, words = verify("demo.sqlite3")
                cells.back(*way_back)
                found += code != 0
                # One line names the table and the row, by the key it had or the key it has.
                named = any(names(words, way_back[0], key) for key in keys)
                located += code == FAULTY and named
                if code != FAULTY or not named:
                    campaign.fault(f"{where}: verify ended with {code}: {words.strip()[:300]}")
            n_flips, n_found, n_located = n_flips + n, n_found + found, n_located + located
            campaign.figures |= {f"{group}_flips": n, f"{group}_found": found, f"{group}_located": located}
            say(f"{group}: {n} flips, {found} found, {located} located")
        if code := verify("demo.sqlite3")[0]:
            campaign.fault(f"after all flips were undone verify ended with {code}: a flip was not")
        campaign.figures |= {"flips": n_flips, "found": n_found, "located": n_located}


if __name__ == "__main__":
    main()
