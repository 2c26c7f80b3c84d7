//! C2SP tlog-tiles: the tree and its entries as static files that any web server, mirror or memory stick can serve.

use crate::{
    Hash,
    tree::{Node, node_hash},
};

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u64 = 256;

/// One file of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// 0 holds leaf hashes, 1 the roots of full tiles of level 0, and so on.
    pub level: u8,
    /// How many tiles of this level stand to its left.
    pub index: u64,
}

impl Tile {
    /// The tile from whose hashes `node` can be folded.
    pub fn of(node: Node) -> Tile {
        Tile { level: node.level / 8, index: node.index >> (8 - node.level % 8) }
    }

    /// The hash of `node`, folded from this tile's hashes, which may be fewer than [`WIDTH`]. `None` when the node
    /// belongs to another tile or reaches beyond the hashes.
    pub fn node(&self, hashes: &[Hash], node: Node) -> Option<Hash> {
        if Tile::of(node) != *self {
            return None;
        }
        let height = node.level % 8;
        let start = (node.index << height) % WIDTH;
        let mut row = hashes.get(start as usize..(start + (1 << height)) as usize)?.to_vec();
        while row.len() > 1 {
            row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        row.first().copied()
    }

    /// How many hashes this tile holds in a tree of `size` leaves, at most [`WIDTH`]. No file is served for 0.
    pub fn width(&self, size: u64) -> u16 {
        let n_hashes = size.checked_shr(8 * u32::from(self.level)).unwrap_or(0);
        n_hashes.saturating_sub(self.index.saturating_mul(WIDTH)).min(WIDTH) as u16
    }

    /// The path below the log's prefix, such as `tile/0/x001/067` or `tile/1/000.p/17`.
    pub fn path(&self, width: u16) -> String {
        format!("tile/{}/{}", self.level, numbered(self.index, width))
    }

    /// The path of the entries whose hashes the tile `index` of level 0 holds.
    pub fn entries_path(index: u64, width: u16) -> String {
        format!("tile/entries/{}", numbered(index, width))
    }
}

/// A bundle of entries, each behind its length in two bytes. `None` when an entry is longer than 65,535 bytes.
pub fn bundle(entries: &[impl AsRef<[u8]>]) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        bundle.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend(entry);
    }
    Some(bundle)
}

/// The entries of a bundle; `None` when a length does not fit.
pub fn parse_bundle(mut bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bundle = rest;
    }
    Some(entries)
}

/// An index in path elements of three digits, all but the last with an `x` in front; `.p/W` when partial.
fn numbered(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if u64::from(width) < WIDTH { format!("{path}.p/{width}") } else { path }
}
