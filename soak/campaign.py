"""A campaign: its options, its seed, its folder, its faults and figures."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from office import BINARY

SHOWN = 20  # Faults that are printed; all are counted.


def say(text):
    print(text, file=sys.stderr, flush=True)


def options(description):
    """What every campaign takes."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6), help="run again what failed")
    parser.add_argument("--binary", default=BINARY, help="the program")
    parser.add_argument("--name", default=Path(sys.argv[0]).stem, help="what its figures are called")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    return parser


class Campaign:
    """Says the seed, makes a folder, prints figures at the end and exits 0 only if no fault was found."""

    def __init__(self, chosen):
        if not Path(chosen.binary).exists():
            raise SystemExit(f"there is no {chosen.binary}: run `cargo build --locked` first, or name it with --binary")
        self.keep, self.faults, self.figures = chosen.keep, [], {"seed": chosen.seed}
        self.name = chosen.name

    def __enter__(self):
        # Whoever ends a campaign ends its office too: what is to be done at the exit is done.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        say(f"{self.name}: --seed {self.figures['seed']}")
        self.folder = Path(tempfile.mkdtemp(prefix="huiyin-soak-"))
        return self

    def fault(self, *words):
        for word in words:
            self.faults.append(word)
            if len(self.faults) <= SHOWN:
                say(f"FAULT {word}")
            elif len(self.faults) == SHOWN + 1:
                say("FAULT … and more")

    def __exit__(self, kind, error, trace):
        if self.keep:
            say(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        if kind is None:
            for name, value in {**self.figures, "faults": len(self.faults)}.items():
                print(f"{self.name}.{name}={value:.3f}" if isinstance(value, float) else f"{self.name}.{name}={value}")
            sys.stdout.flush()
            sys.exit(1 if self.faults else 0)
