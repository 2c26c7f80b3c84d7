//! Tiles and bundles of entries by their paths, cut to what is public.

use ledger::record::entry_bytes;
use ledger::tile::{self, Tile, WIDTH};
use store::log::{feed, proof};
use store::{Database, StoreError};

use super::Public;

/// Bytes of one entry in a bundle: its length, its version, its commitment.
const ENTRY: u64 = 2 + 33;

/// One immutable file of the public log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Hashes, so many of them.
    Tile(Tile, u16),
    /// Entries of the bundle of that number, so many of them.
    Entries(u64, u16),
}

impl Resource {
    /// Reads what follows `tile/` in a path. `None` unless it is written exactly as C2SP tlog-tiles writes it.
    pub(crate) fn parse(path: &str) -> Option<Resource> {
        let (kind, rest) = path.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok()?),
            None => (rest, u16::try_from(WIDTH).ok()?),
        };
        let mut index: u64 = 0;
        for part in number.split('/') {
            let digits: u64 = part.strip_prefix('x').unwrap_or(part).parse().ok()?;
            index = index.checked_mul(1000)?.checked_add(digits)?;
        }
        let resource = match kind {
            "entries" => Resource::Entries(index, width),
            level => Resource::Tile(Tile { level: level.parse().ok()?, index }, width),
        };
        // Whatever else these parsers let through is no path of ours.
        (width > 0 && resource.path() == format!("tile/{path}")).then_some(resource)
    }

    /// Every file of a log of `size` entries.
    pub(crate) fn all(size: u64) -> Vec<Resource> {
        let mut all = Vec::new();
        for level in 0..8 {
            let hashes = size >> (8 * u32::from(level));
            for index in 0..hashes.div_ceil(WIDTH) {
                let tile = Tile { level, index };
                all.push(Resource::Tile(tile, tile.width(size)));
                if level == 0 {
                    all.push(Resource::Entries(index, tile.width(size)));
                }
            }
        }
        all
    }

    /// The path below the log's prefix.
    pub(crate) fn path(self) -> String {
        match self {
            Resource::Tile(tile, width) => tile.path(width),
            Resource::Entries(index, width) => Tile::entries_path(index, width),
        }
    }

    /// Whether the file is complete and will never be followed by a longer one.
    pub(crate) fn is_full(self) -> bool {
        u64::from(self.width()) == WIDTH
    }

    /// Length of the file, in bytes.
    pub(crate) fn length(self) -> u64 {
        u64::from(self.width()) * if matches!(self, Resource::Tile(..)) { 32 } else { ENTRY }
    }

    fn width(self) -> u16 {
        match self {
            Resource::Tile(_, width) | Resource::Entries(_, width) => width,
        }
    }

    /// The file; `None` when it reaches beyond what is public.
    ///
    /// # Errors
    /// `Corrupt` when rows of the log are missing.
    pub(crate) async fn bytes(
        self,
        database: &Database,
        public: &Public,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let tile = match self {
            Resource::Tile(tile, _) => tile,
            Resource::Entries(index, _) => Tile { level: 0, index },
        };
        if self.width() > tile.width(public.size) {
            return Ok(None);
        }
        let width = usize::from(self.width());
        match self {
            Resource::Tile(tile, _) => {
                let hashes = proof::tile(database, &public.head, tile, public.size).await?;
                Ok(hashes.get(..width).map(<[_]>::concat))
            }
            Resource::Entries(index, _) => {
                let entries = feed::entries(database, &public.head, index, public.size).await?;
                let entries: Vec<_> = entries.iter().take(width).map(entry_bytes).collect();
                Ok(tile::bundle(&entries))
            }
        }
    }
}
