#!/usr/bin/env python3
"""Asks pymerkle, an implementation from PyPI, about the trees and proofs of the ledger.

Usage: scripts/second-opinion.py [HOW_MANY [SEED]]

The ledger's own test draws the trees (10,000 unless told otherwise), compares them with ct-merkle and writes them down;
here each root, inclusion proof and consistency proof is computed again. pymerkle is installed below the target folder.
"""

import json
import os
import subprocess
import sys
import time


def check(path):
    """Compares every tree; ends with 1 at the first difference."""
    from pymerkle import InmemoryTree as Tree

    n_trees = 0
    for line in open(path):
        said = json.loads(line)
        tree = Tree(algorithm="sha256")
        for entry in said["entries"].split():
            tree.append_entry(bytes.fromhex(entry))
        size, index, old = tree.get_size(), said["index"], said["old"]
        inclusion, consistency = ([bytes.fromhex(h) for h in said[name].split()] for name in ("inclusion", "consistency"))
        root, old_root = bytes.fromhex(said["root"]), bytes.fromhex(said["old_root"])
        assert tree.get_root() == root and tree.get_root(old) == old_root, "the roots of tree %d" % n_trees
        proof = tree.prove_inclusion(index + 1, size)
        assert proof.path[1:] == inclusion, "the inclusion proof of tree %d" % n_trees
        # pymerkle's own consistency proofs have another shape, so its hashes are put together as RFC 6962 says.
        assert subproof(tree, old, 0, size, True) == consistency, "the consistency proof of tree %d" % n_trees
        tree.prove_consistency(old, size).verify(old_root, root, prior_size=old, later_size=size)
        n_trees += 1
    return n_trees


def subproof(tree, old, start, end, whole):
    """SUBPROOF of RFC 6962, section 2.1.2, over the leaves from start to end, of which `old` are old."""
    if old == end - start:
        return [] if whole else [tree._get_root(start, end)]
    middle = 1
    while middle * 2 < end - start:
        middle *= 2
    if old <= middle:
        return subproof(tree, old, start, start + middle, whole) + [tree._get_root(start + middle, end)]
    return subproof(tree, old - middle, start + middle, end, False) + [tree._get_root(start, start + middle)]


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        began = time.time()
        print("%d trees agree with pymerkle, in %.0f s" % (check(sys.argv[2]), time.time() - began))
        return
    target = os.path.abspath(os.environ.get("CARGO_TARGET_DIR", "target"))
    python = os.path.join(target, "pymerkle", "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", os.path.dirname(os.path.dirname(python))], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pymerkle==7.0"], check=True)
    trees = os.path.join(target, "pymerkle", "trees.jsonl")
    n_trees, seed = (sys.argv[1:] + ["10000", str(time.time_ns())][len(sys.argv) - 1 :])[:2]
    print("%s trees from seed %s" % (n_trees, seed), flush=True)
    environment = {**os.environ, "HUIYIN_TREES": n_trees, "HUIYIN_SEED": seed, "HUIYIN_TREES_TO": trees}
    command = ["cargo", "test", "--quiet", "--locked", "-p", "ledger", "ten_thousand_random_trees"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([python, os.path.abspath(__file__), "--check", trees], check=True)
    os.remove(trees)


main()
