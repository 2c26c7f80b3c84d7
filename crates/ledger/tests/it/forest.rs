//! A tree that keeps every hash, as the tests need it.

use ledger::{
    Hash,
    tree::{Edge, Node, leaf_hash, node_hash},
};

/// The hashes of all complete subtrees, level by level.
pub(crate) struct Forest(Vec<Vec<Hash>>);

impl Forest {
    /// A tree whose entries are its indexes.
    pub(crate) fn new(size: u64) -> Forest {
        Forest::of((0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect())
    }

    pub(crate) fn of(leaves: Vec<Hash>) -> Forest {
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let pairs = levels[levels.len() - 1].chunks_exact(2);
            levels.push(pairs.map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Forest(levels)
    }

    pub(crate) fn get(&self, node: Node) -> Option<Hash> {
        self.0.get(usize::from(node.level))?.get(node.index as usize).copied()
    }

    pub(crate) fn leaf(&self, index: u64) -> Hash {
        self.0[0][index as usize]
    }

    /// The edge of the tree of the first `size` leaves.
    pub(crate) fn edge(&self, size: u64) -> Edge {
        let mut edge = Edge::default();
        self.0[0].iter().take(size as usize).for_each(|leaf| edge.push(*leaf));
        edge
    }
}
