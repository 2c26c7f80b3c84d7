//! C2SP tlog-checkpoint: the size and root of a log, as the text of a signed note.

use crate::{
    Hash, Malformed,
    note::{Note, Signer},
    text,
};

/// A tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log; one line.
    pub origin: String,
    /// The number of leaves.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// The text to be signed: three lines.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, text::base64(&self.root))
    }

    /// The whole note, signed by the log.
    pub fn signed(&self, signer: &Signer) -> String {
        let text = self.text();
        format!("{text}\n{}", signer.sign(&text))
    }

    /// Reads the text of a note. Extension lines are allowed and not kept; Huiyin writes none.
    ///
    /// # Errors
    /// The text does not follow tlog-checkpoint.
    pub fn parse(text: &str) -> Result<Checkpoint, Malformed> {
        let lines = text.strip_suffix('\n').ok_or(Malformed("a checkpoint does not end with a newline"))?;
        let mut lines = lines.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty());
        let size = lines.next().and_then(text::decimal);
        let root = lines.next().and_then(text::hash);
        if lines.any(str::is_empty) {
            return Err(Malformed("a checkpoint has an empty line"));
        }
        Ok(Checkpoint {
            origin: origin.ok_or(Malformed("a checkpoint has no origin"))?.to_owned(),
            size: size.ok_or(Malformed("the second line of a checkpoint is no size"))?,
            root: root.ok_or(Malformed("the third line of a checkpoint is no hash"))?,
        })
    }

    /// Reads a whole note, whose signatures stay unverified.
    ///
    /// # Errors
    /// It is no note, or its text is no checkpoint.
    pub fn of_note(note: &str) -> Result<(Checkpoint, Note), Malformed> {
        let note = Note::parse(note)?;
        Ok((Checkpoint::parse(&note.text)?, note))
    }
}
