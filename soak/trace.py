"""Recording what a process writes, with strace.

strace prints a call's arguments before the kernel sees them and its result after the kernel is done, so the order of
the lines is an order in which it may have happened: what stands before a line was begun before it.
"""

import re
import time
from pathlib import Path

from office import digits

# Whatever changes a file, orders changes, or answers a client. `?`: not every machine has the call.
CALLS = ("?open,?creat,openat,close,lseek,pwrite64,pwritev,pwritev2,write,writev,ftruncate,truncate,fallocate,fsync,fdatasync,"
         "sync_file_range,?mkdir,mkdirat,?unlink,unlinkat,?rename,?renameat,renameat2,?link,linkat,copy_file_range,sendfile,sendto,sendmsg")
LINE = re.compile(r"(\d+) +(\d+\.\d+) (?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)")
PLACE = re.compile(r"(-?\d+|AT_FDCWD)<([^>]*)>")
WORDS = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
ANSWER = re.compile(rb'HTTP/1\.1 201 .*"number":"([\d-]+)"', re.DOTALL)
IGNORED = re.compile(r"-shm$| \(deleted\)$|\(deleted\)")  # The index of the log is made anew by whoever opens it first.


def strace(file, *more):
    """The words before the command. -D: the process stays a child of ours; only calls that are asked for stop it."""
    return ["strace", "-D", "-f", "-y", "-xx", "-ttt", "-s", "4194304", "--seccomp-bpf", "-o", str(file), *more]


def finished(file, pid):
    """Waits until strace has written the last line about the process; returns all lines."""
    last = re.compile(rf"^{pid} +[\d.]+ \+\+\+ (?:exited with|killed by) ", re.MULTILINE)
    for _ in range(3000):
        text = file.read_text()
        if last.search(text):
            return text.splitlines()
        time.sleep(0.02)
    raise SystemExit(f"strace did not finish {file}")


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def name(text):
    """A path as -y prints it under -xx."""
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda found: unhex(found[0]).decode(errors="replace"), text)


def halves(lines):
    """Each call in two halves: (when, thread, call, arguments, None) as it begins, (…, result) as it is done."""
    open_calls = {}
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        thread, when, resumed, call, rest = found.groups()
        if resumed:
            arguments, result = open_calls.pop((thread, resumed), ""), rest
            yield float(when), thread, resumed, arguments + rest, result.rpartition(" = ")[2]
        elif rest.endswith("<unfinished ...>"):
            open_calls[thread, call] = rest
            yield float(when), thread, call, rest, None
        else:
            yield float(when), thread, call, rest, None
            yield float(when), thread, call, rest, rest.rpartition(" = ")[2]


def read(lines, folder):
    """What happened to the files of a folder, in order: tuples of kind, path and more. A sync says up to which place of
    this list it covers: where it began, while it stands where it ended."""
    happened, begun, place, size = [], {}, {}, {}

    def ours(path):
        return (path == str(folder) or path.startswith(f"{folder}/")) and not IGNORED.search(path)

    for _, thread, call, words, result in halves(lines):
        if call in ("write", "writev", "sendto", "sendmsg") and result is None and "socket:" in name(words[:400]):
            if found := ANSWER.search(b"".join(map(unhex, WORDS.findall(words)))):
                happened.append(("answer", digits(found[1].decode())))
            continue
        paths = [name(path) for _, path in PLACE.findall(words)]
        if call in ("unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat"):
            paths = [str(Path(folder, unhex(word).decode())) for word in WORDS.findall(words)]
        if call in ("mkdir", "mkdirat"):
            path = str(Path(folder, unhex(WORDS.findall(words)[-1]).decode()))
            if (result or "").startswith("0") and ours(path):
                happened.append(("mkdir", path))
            continue
        if call in ("open", "openat", "creat"):
            opened = PLACE.search(result or "")
            path = name(opened[2]) if opened else ""
            if not ours(path):
                continue
            if "O_CREAT" in words and path not in size:
                happened.append(("create", path))
            if "O_TRUNC" in words and size.get(path):
                happened.append(("truncate", path, 0))
                size[path] = 0
            size.setdefault(path, 0)
            place[opened[1]] = "end" if "O_APPEND" in words else 0
            continue
        path = paths[0] if paths else ""
        if not ours(path) or call == "close":
            continue
        handle = PLACE.search(words)[1] if PLACE.search(words) else None
        if (result or "").startswith("-1") or '"...' in words:
            raise SystemExit(f"failed or not recorded whole: {name(words[:400])}")
        if call == "lseek":
            if result is not None and place.get(handle) != "end":
                place[handle] = int(result)
        elif call in ("fsync", "fdatasync"):
            if result is None:
                begun[thread] = len(happened)
            else:
                happened.append(("sync", path, begun.pop(thread)))
        elif result is not None:
            continue  # The rest is taken as it begins: from then on it may be on the disk, or not.
        elif call == "pwrite64":
            data = unhex(WORDS.search(words)[1])
            at = int(re.search(r"(\d+)\)? *(?:=|<unf)", words[-60:])[1])
            happened.append(("write", path, at, data))
            size[path] = max(size.get(path, 0), at + len(data))
        elif call in ("write", "writev"):
            data = b"".join(map(unhex, WORDS.findall(words)))
            at = size[path] if place[handle] == "end" else place[handle]
            happened.append(("write", path, at, data))
            size[path] = max(size[path], at + len(data))
            if place[handle] != "end":
                place[handle] = at + len(data)
        elif call == "ftruncate":
            size[path] = int(re.search(r", (\d+)\)? *(?:=|<unf)", words)[1])
            happened.append(("truncate", path, size[path]))
        elif call in ("unlink", "unlinkat") and path in size:
            happened.append(("unlink", path))
            size.pop(path, None)
        elif call.startswith("rename"):
            happened.append(("rename", path, paths[1]))
            size[paths[1]] = size.pop(path)
        elif call in ("link", "linkat"):
            happened.append(("link", path, paths[1]))
            size[paths[1]] = size[path]
        else:
            raise SystemExit(f"powercut.py does not know how to replay {call}({name(words[:400])}")
    return happened
