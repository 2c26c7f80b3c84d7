//! The Merkle tree of RFC 6962 §2.1 over SHA-256: roots, inclusion proofs, consistency proofs.
//!
//! Making and checking a proof share one description of its shape, the private `steps` functions; they only walk from
//! the root down to the place in question and note which way they turned. The caller keeps the hashes: proofs are
//! folded from the complete subtrees that a store or a tile can hold for ever.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The hash of a leaf: SHA-256 of 0x00 and the entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of an inner node: SHA-256 of 0x01 and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The right edge of a tree: the roots of its complete subtrees, largest first. It is all one needs in order to append.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Edge {
    size: u64,
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree of `size` leaves. `None` unless there is one peak for each binary one of `size`.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Option<Edge> {
        (peaks.len() as u64 == u64::from(size.count_ones())).then_some(Edge { size, peaks })
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash. Each binary one at the end of the old size is a subtree that the new leaf completes.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        fold(self.peaks.iter().copied()).unwrap_or_else(empty_root)
    }
}

/// A complete subtree of 2^`level` leaves, the `index`-th at its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// The subtree has 2^`level` leaves; 0 is a leaf.
    pub level: u8,
    /// How many subtrees of this size stand to its left.
    pub index: u64,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// An index outside the tree, or an old tree larger than the new one.
    #[error("the index or size lies outside the tree")]
    Outside,
    /// Too few or too many hashes.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Every complete subtree whose hash the inclusion proof needs; empty when `index` is outside the tree.
pub fn inclusion_nodes(index: u64, size: u64) -> Vec<Node> {
    inclusion_steps(index, size).into_iter().flatten().flat_map(Step::nodes).collect()
}

/// Every complete subtree whose hash the consistency proof needs; empty when `old` is larger than `new`.
pub fn consistency_nodes(old: u64, new: u64) -> Vec<Node> {
    consistency_steps(old, new).into_iter().flatten().flat_map(Step::nodes).collect()
}

/// The proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling up. `node` gives the hash of each
/// of [`inclusion_nodes`]. `None` when `index` is outside the tree or `node` lacks a hash.
pub fn inclusion_proof(index: u64, size: u64, node: impl FnMut(Node) -> Option<Hash>) -> Option<Vec<Hash>> {
    hashes(inclusion_steps(index, size)?, node)
}

/// The proof that the tree of `new` leaves begins with the tree of `old` leaves. `node` gives the hash of each of
/// [`consistency_nodes`]. `None` when `old` is larger than `new` or `node` lacks a hash. Empty when `old` is zero.
pub fn consistency_proof(old: u64, new: u64, node: impl FnMut(Node) -> Option<Hash>) -> Option<Vec<Hash>> {
    hashes(consistency_steps(old, new)?, node)
}

/// Checks that `leaf` is the hash of leaf `index` in the tree of `size` leaves with this `root`.
///
/// # Errors
/// Says why the proof proves nothing.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let steps = inclusion_steps(index, size).ok_or(ProofError::Outside)?;
    if steps.len() != proof.len() {
        return Err(ProofError::Length);
    }
    let found = steps.iter().zip(proof).fold(*leaf, |hash, (step, sibling)| match step.side {
        Side::Left => node_hash(sibling, &hash),
        Side::Right | Side::Start => node_hash(&hash, sibling), // An inclusion proof has no start of its own.
    });
    if found == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of `new` leaves begins with the tree of `old` leaves. An empty old tree begins every tree.
///
/// # Errors
/// Says why the proof proves nothing.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let steps = consistency_steps(old, new).ok_or(ProofError::Outside)?;
    if steps.len() != proof.len() {
        return Err(ProofError::Length);
    }
    // Without a start of its own the proof starts from the old root: the old tree is a subtree of the new one.
    let (mut was, mut is) = (*old_root, *old_root);
    for (step, hash) in steps.iter().zip(proof) {
        match step.side {
            Side::Start => (was, is) = (*hash, *hash),
            Side::Left => (was, is) = (node_hash(hash, &was), node_hash(hash, &is)),
            Side::Right => is = node_hash(&is, hash),
        }
    }
    if old == 0 {
        (was, is) = (empty_root(), *new_root);
    }
    if old == new {
        is = was;
    }
    if was == *old_root && is == *new_root { Ok(()) } else { Err(ProofError::Root) }
}

/// Where the hash of a step stands beside what has been folded so far.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
    /// Nothing has been folded yet: the proof starts here.
    Start,
}

/// One hash of a proof: it covers the leaves from `start` up to, but without, `end`.
struct Step {
    side: Side,
    start: u64,
    end: u64,
}

impl Step {
    /// The complete subtrees of the range, largest first. The range of a step starts at a multiple of its largest one.
    fn nodes(self) -> Vec<Node> {
        let (mut at, mut nodes) = (self.start, Vec::new());
        while at < self.end {
            let level = (self.end - at).ilog2();
            nodes.push(Node { level: level as u8, index: at >> level });
            at += 1 << level;
        }
        nodes
    }
}

/// PATH of RFC 6962 §2.1.1, from the leaf up. `None` when `index` is outside the tree.
fn inclusion_steps(index: u64, size: u64) -> Option<Vec<Step>> {
    let (mut start, mut end, mut steps) = (0, size, Vec::new());
    if index >= size {
        return None;
    }
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            steps.push(Step { side: Side::Right, start: middle, end });
            end = middle;
        } else {
            steps.push(Step { side: Side::Left, start, end: middle });
            start = middle;
        }
    }
    steps.reverse();
    Some(steps)
}

/// SUBPROOF of RFC 6962 §2.1.2, from the old tree's end up. `None` when `old` is larger than `new`.
fn consistency_steps(old: u64, new: u64) -> Option<Vec<Step>> {
    let (mut start, mut end, mut steps) = (0, new, Vec::new());
    if old > new {
        return None;
    }
    while old > 0 && old < end {
        let middle = start + split(end - start);
        if old <= middle {
            steps.push(Step { side: Side::Right, start: middle, end });
            end = middle;
        } else {
            steps.push(Step { side: Side::Left, start, end: middle });
            start = middle;
        }
    }
    // Having turned right, what is left is not the whole old tree, and its hash must be told.
    if old > 0 && start > 0 {
        steps.push(Step { side: Side::Start, start, end });
    }
    steps.reverse();
    Some(steps)
}

/// The largest power of two below `n`, which must be at least two.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

fn hashes(steps: Vec<Step>, mut node: impl FnMut(Node) -> Option<Hash>) -> Option<Vec<Hash>> {
    steps
        .into_iter()
        .map(|step| fold(step.nodes().into_iter().map(&mut node).collect::<Option<Vec<_>>>()?.into_iter()))
        .collect()
}

/// The hash over complete subtrees that stand side by side, largest first.
fn fold(peaks: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    peaks.rev().reduce(|right, left| node_hash(&left, &right))
}
