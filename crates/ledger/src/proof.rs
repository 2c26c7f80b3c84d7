//! C2SP tlog-proof: an inclusion proof together with the signed checkpoint that it leads to, for use offline.

use std::fmt;

use crate::{Hash, Malformed, text};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// What a `.tlog-proof` file says. Nothing is verified by parsing. `Display` writes what [`Proof::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Data beside the proof, covered by no signature.
    pub extra: Option<Vec<u8>>,
    /// Which entry of the log, from 0.
    pub index: u64,
    /// The hashes from the leaf's sibling up.
    pub path: Vec<Hash>,
    /// The checkpoint: a whole signed note.
    pub checkpoint: String,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// The text does not follow tlog-proof.
    pub fn parse(proof: &str) -> Result<Proof, Malformed> {
        let mut rest = proof;
        if text::line(&mut rest) != Some(FIRST_LINE) {
            return Err(Malformed("a proof does not begin with c2sp.org/tlog-proof@v1"));
        }
        let mut line = text::line(&mut rest);
        let extra = line.and_then(|line| line.strip_prefix("extra "));
        if extra.is_some() {
            line = text::line(&mut rest);
        }
        let extra = extra.map(|extra| text::unbase64(extra).ok_or(Malformed("the extra data is not base64")));
        let index = line.and_then(|line| line.strip_prefix("index ")).and_then(text::decimal);
        Ok(Proof {
            extra: extra.transpose()?,
            index: index.ok_or(Malformed("a proof has no index"))?,
            path: text::hashes(&mut rest).ok_or(Malformed("a hash of a proof is not one"))?,
            checkpoint: rest.to_owned(),
        })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", text::base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", text::base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
