#!/usr/bin/env python3
"""CRASH-2: power cuts. Every acknowledged petition is there afterwards, whatever of the unsynced writes reached the disk.

`huiyin serve` runs under strace while people submit. Its writes are replayed onto a disk that keeps for certain only
what was synced; at cut points (right after an answer left, and between any two calls) images are made as the disk may
stand then: nothing unsynced, everything unsynced, and random halves torn at 512 bytes. Each image must open, be
intact, and hold every petition answered so far, and the key file. The control replays the same writes without the
syncs that `synchronous=NORMAL` leaves out, and must lose.

The intake journal lies on the same disk in a folder of its own, whose name must be synced too, and is never behind the
database: no image holds more commits than records, and nothing goes to the write-ahead log while the journal is unsynced.
Its control leaves out the journal's syncs, and must be seen. What a journal brings back is not tried here.
"""

import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

from campaign import Campaign, options, say
from office import Crowd, Office, digits
from trace import CALLS, finished, read, strace

SECTOR = 512


def without_commit_syncs(happened):
    """What `synchronous=NORMAL` leaves out: syncs of the write-ahead log that no checkpoint follows."""
    kept, wanted = [], False
    for entry in reversed(happened):
        if entry[0] == "write":
            wanted = entry[1].endswith(".sqlite3") or (wanted and not entry[1].endswith("-wal"))
        left_out = entry[0] == "sync" and entry[1].endswith("-wal") and not wanted
        kept.append(("nothing", "") if left_out else entry)
    return kept[::-1]


def without_journal_syncs(happened):
    return [("nothing", "") if entry[0] == "sync" and entry[1].endswith(".journal") else entry for entry in happened]


class Folder:
    pass


class File:
    def __init__(self):
        self.synced, self.pending = bytearray(), []


class Disk:
    """What is certain, and what may be. Names are certain once their folder was synced."""

    def __init__(self):
        self.names, self.certain, self.unsure = {}, {}, []

    def take(self, index, kind, path, *more):
        if kind == "create":
            self.names[path] = File()
            self.unsure.append((index, path, self.names[path]))
        elif kind == "mkdir":
            self.names[path] = Folder()
            self.unsure.append((index, path, self.names[path]))
        elif kind == "unlink":
            self.names.pop(path)
            self.unsure.append((index, path, None))
        elif kind == "rename":
            self.names[more[0]] = self.names.pop(path)
            # One step: the new name is there when the old one is gone.
            self.unsure.append((index, path, (more[0], self.names[more[0]])))
        elif kind == "link":
            self.names[more[0]] = self.names[path]
            self.unsure.append((index, more[0], self.names[path]))
        elif kind in ("write", "truncate"):
            self.names[path].pending.append((index, *more))
        elif kind == "sync" and isinstance(self.names.get(path), File):
            file = self.names[path]
            for change in file.pending:
                if change[0] < more[0]:
                    apply(file.synced, change)
            file.pending = [change for change in file.pending if change[0] >= more[0]]
        elif kind == "sync":
            covered = [step for step in self.unsure if step[0] < more[0] and str(Path(step[1]).parent) == path]
            self.certain = self.named(covered)
            self.unsure = [step for step in self.unsure if step not in covered]

    def named(self, steps):
        names = dict(self.certain)
        for _, path, what in steps:
            names.pop(path, None)
            if isinstance(what, (File, Folder)):
                names[path] = what
            elif what:
                names[what[0]] = what[1]
        return names

    def settled(self):
        return not self.unsure and not any(file.pending for file in self.files(self.names).values())

    def files(self, names):
        """Those that are found by their names: every folder above them that was made has its own."""
        made = {path for path, what in self.names.items() if isinstance(what, Folder)}
        return {path: file for path, file in names.items() if isinstance(file, File)
                and all(str(above) in names for above in Path(path).parents if str(above) in made)}

    def unsynced(self, suffix):
        """What may not be on the disk of files whose names end so: their content, their name, a folder above them."""
        found, reached = set(), self.files(self.certain)
        for path, file in self.names.items():
            if isinstance(file, File) and path.endswith(suffix):
                found |= {"content"} if file.pending else set()
                found |= {"name"} if self.certain.get(path) is not file else set()
                found |= {"folder"} if path in self.certain and path not in reached else set()
        return found

    def image(self, share, rng):
        """Contents by path when this share of what is unsynced reached the disk."""
        names = self.named(self.unsure[:len(self.unsure) if share == 1 else rng.randint(0, len(self.unsure)) if share else 0])
        contents = {}
        for path, file in self.files(names).items():
            contents[path] = bytearray(file.synced)
            for change in file.pending:
                apply(contents[path], change, share, rng)
        return contents


def apply(content, change, share=1, rng=random):
    """A write, sector by sector, or a truncation; each with the probability `share`."""
    _, at, *data = change
    if not data:
        if share == 1 or rng.random() < share:
            content[at:] = bytes(max(0, at - len(content)))
        return
    data, begin = data[0], at
    while begin < at + len(data):
        end = at + len(data) if share == 1 else min((begin // SECTOR + 1) * SECTOR, at + len(data))
        if share == 1 or rng.random() < share:
            content.extend(bytes(max(0, end - len(content))))
            content[begin:end] = data[begin - at:end - at]
        begin = end


def put(folder, office, contents):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(office.folder / "huiyin.toml", folder)
    for path, content in contents.items():
        (folder / Path(path).relative_to(office.folder)).parent.mkdir(parents=True, exist_ok=True)
        (folder / Path(path).relative_to(office.folder)).write_bytes(content)


def look(folder, office, answered):
    """What is wrong with an image, without the program."""
    faults = []
    for key in office.folder.rglob("*.key"):
        here = folder / key.relative_to(office.folder)
        if answered and (not here.exists() or here.read_bytes() != key.read_bytes()):
            faults.append(f"{key.name} is {'cut' if here.exists() else 'gone'}")
    if not (folder / office.file.name).exists():
        return faults + [f"{len(answered)} lost: no database"] * bool(answered)
    connection = sqlite3.connect(folder / office.file.name)
    try:
        if (words := connection.execute("pragma integrity_check").fetchone()[0]) != "ok":
            faults.append(f"not intact: {words}")
        if answered:
            kept = {number for number, in connection.execute(
                "select m.number from matter m join event e on e.petition_id = m.petition_id and e.seq = 0"
                " join submission_token t on t.petition_id = m.petition_id")}
            if lost := answered - kept:
                faults.append(f"{len(lost)} of {len(answered)} lost")
            commits, = connection.execute("select count(*) from log_commit").fetchone()
            if (records := sum(map(n_records, folder.rglob("*.journal")))) < commits:
                faults.append(f"{records} records of the journal for {commits} commits")
    except sqlite3.Error as error:
        faults.append(f"cannot be read: {error}")
    finally:
        connection.close()
    return faults


def n_records(file):
    """Whole records of a segment: a line, then blocks of a length and as many bytes; the first is the header."""
    data, n = file.read_bytes(), -1
    at = data.find(b"\n") + 1
    while at and at + 4 <= len(data) and (at := at + 4 + int.from_bytes(data[at:at + 4], "big")) <= len(data):
        n += 1
    return max(n, 0)


def ahead(happened):
    """How often something went to the write-ahead log while something of the journal was not synced, by what it was."""
    disk, found = Disk(), dict.fromkeys(["content", "name", "folder"], 0)
    for index, entry in enumerate(happened):
        disk.take(index, *entry)
        if entry[0] == "write" and entry[1].endswith("-wal"):
            for what in disk.unsynced(".journal"):
                found[what] += 1
    return found


def record(campaign, chosen):
    """Serves under strace while people submit, or takes a record that was kept. Returns the office and what happened."""
    folder = Path(chosen.replay) if chosen.replay else campaign.folder
    # Nobody else syncs what lies above them: as if key and journal had disks of their own.
    for name in ["keys", "disk"]:
        (folder / "office" / name).mkdir(parents=True, exist_ok=True)
    office = Office(folder / "office", chosen.binary, key_file="keys/office.key", journal_folder="disk/journal")
    if chosen.replay:
        return office, read((folder / "trace").read_text().splitlines(), office.folder)
    office.start(strace(folder / "trace", "-e", f"trace={CALLS}"), first=True)
    crowd = Crowd(office, [f"{chosen.seed}-{n}" for n in range(chosen.submissions)]).work(chosen.clients)
    office.end()
    happened = read(finished(folder / "trace", office.process.pid), office.folder)
    recorded = {entry[1] for entry in happened if entry[0] == "answer"}
    if recorded != {digits(number) for number, _ in crowd.acked.values()}:
        campaign.fault(f"{len(recorded)} answers recorded, {len(crowd.acked)} acknowledged: the record is not true")
    return office, happened


def choose(happened, n_cuts, rng):
    """Where the power is cut: half right after an answer, a quarter within checkpoints, the rest anywhere."""
    answers = [at for at, entry in enumerate(happened) if entry[0] == "answer"]
    checkpoints = [at for at, entry in enumerate(happened) if entry[1].endswith(".sqlite3") and entry[0] in ("write", "sync")]
    cuts = set(rng.sample(answers, min(len(answers), (n_cuts + 1) // 2)))
    cuts |= set(rng.sample(checkpoints, min(len(checkpoints), n_cuts // 4)))
    return cuts | set(rng.sample(range(len(happened)), min(len(happened), n_cuts - len(cuts))))


def main():
    parser = options(__doc__)
    parser.add_argument("--submissions", type=int, default=260, help="full size: 500")
    parser.add_argument("--images", type=int, default=60, help="full size: 6000, of which well over 3000 differ")
    parser.add_argument("--verify", type=int, default=6, help="of so many images `huiyin verify` looks at, too")
    parser.add_argument("--clients", type=int, default=4, help="people who submit at the same time")
    parser.add_argument("--replay", metavar="FOLDER", help="what --keep left, instead of a new record: the same images")
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with Campaign(chosen) as campaign:
        office, happened = record(campaign, chosen)
        cuts = choose(happened, chosen.images // 6, rng)
        say(f"{len(happened)} steps recorded")
        if not any(entry[0] == "write" and entry[1].endswith(".journal") for entry in happened):
            campaign.fault("nothing was written to the journal")
        behind, control_behind = ahead(happened), ahead(without_journal_syncs(happened))["content"]
        campaign.fault(*(f"{n} times written to the database while the journal's {what} was not synced"
                         for what, n in behind.items() if n))
        if not control_behind:
            campaign.fault("a journal that is never synced was not seen: this check proves nothing")
        if not any(entry[0] == "sync" and entry[1].endswith(".sqlite3") for entry in happened):
            campaign.fault("there was no checkpoint")
        memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else campaign.folder
        image = Path(tempfile.mkdtemp(prefix="huiyin-soak-", dir=memory)) / "image"
        figures = dict.fromkeys(["images", "distinct", "verified", "faulty", "control_images", "control_lost"], 0)
        disk, control, answered = Disk(), Disk(), set()
        try:
            for index, (entry, weaker) in enumerate(zip(happened, without_commit_syncs(happened))):
                if entry[0] == "answer":
                    answered.add(entry[1])
                disk.take(index, *entry)
                control.take(index, *weaker)
                if index not in cuts:
                    continue
                for share in [0, 1, *(rng.choice([0.1, 0.5, 0.9]) for _ in range(4))]:
                    figures["images"] += 1
                    if share != 0 and disk.settled():
                        continue  # The same image again.
                    figures["distinct"] += 1
                    contents = disk.image(share, rng)
                    put(image, office, contents)
                    faults = look(image, office, answered)
                    if answered and figures["distinct"] * chosen.verify // chosen.images > figures["verified"]:
                        figures["verified"] += 1
                        put(image, office, contents)
                        code, words = office.verify(image)
                        faults += [f"verify ended with {code}: {words[-500:]}"] if code else []
                    figures["faulty"] += bool(faults)
                    campaign.fault(*(f"step {index} of {len(happened)}, after {len(answered)} answers, {share:.0%} of the"
                                     f" unsynced: {fault}" for fault in faults))
                if entry[0] == "answer":
                    figures["control_images"] += 1
                    put(image, office, control.image(0, rng))
                    figures["control_lost"] += bool(look(image, office, answered))
                if figures["images"] % 600 == 0:
                    say(" ".join(f"{name} {value}" for name, value in figures.items()))
        finally:
            shutil.rmtree(image.parent)
        if figures["control_lost"] == 0:
            campaign.fault("the control lost nothing: these images prove nothing")
        campaign.figures |= {"acknowledged": len(answered), **figures, "journal_behind": sum(behind.values()),
                             "control_behind": control_behind}


if __name__ == "__main__":
    main()
