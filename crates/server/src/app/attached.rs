//! Files of a petition, for whoever may read them: their list, and their bytes piece by piece.

use super::attach::pieces;
use super::{App, Failure};
use crate::files::{About, Part};
use axum::body::Bytes;
use casework::access::Seen;
use casework::authority::Actor;
use casework::text::Attachment;
use casework::{ContentId, PetitionId};
use futures_util::Stream;
use jiff::civil::Date;
use std::sync::Arc;
use store::StoreError;
use store::attachment::{self, Opened};
use store::history::History;
use store::seal::FileKey;

/// A file of a petition.
#[derive(Clone, Debug)]
pub(crate) struct Attached {
    /// Its place in the petition's list, which does not change.
    pub(crate) index: usize,
    /// What it is.
    pub(crate) about: About,
    /// On which legal day it came.
    pub(crate) on: Date,
    pub(crate) id: ContentId,
    key: FileKey,
}

/// Which bytes of a file are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copy {
    /// Bit for bit.
    Original,
    /// Without metadata where such a copy can be made; the original else.
    Stripped,
}

impl App {
    /// The petition's files in the order in which they came; those whose key was destroyed are gone.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn attached(&self, history: &History) -> Result<Vec<Attached>, Failure> {
        let events = history.records.iter().flat_map(|record| &record.events);
        let facts: Vec<(Date, &Attachment)> = events
            .flat_map(|event| casework::told::files(&event.fact).iter().map(|file| (event.on, file)))
            .collect();
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let petition = &history.petition;
        let words = self.words(petition).await?;
        let mut kept: Vec<Opened> = attachment::of_petition(&self.database, petition.id).await?;
        // The parts of a split letter share its files, as they share its words.
        if let Some(parent) = petition.split_from {
            kept.extend(attachment::of_petition(&self.database, parent).await?);
        }
        let mut attached = Vec::new();
        for (index, (on, file)) in facts.into_iter().enumerate() {
            let known = kept.iter().find(|known| known.id == file.content);
            let about = words.get(&file.about.content).and_then(|words| serde_json::from_str(words).ok());
            if let (Some(known), Some(about)) = (known, about) {
                attached.push(Attached { index, about, on, id: file.content, key: known.key.clone() });
            }
        }
        Ok(attached)
    }

    /// A file's bytes, piece by piece, and how many there are.
    ///
    /// # Errors
    /// `Unfit` when no copy without metadata can be made; whatever the database reports.
    pub(crate) async fn file_bytes(
        self: &Arc<Self>,
        file: &Attached,
        copy: Copy,
    ) -> Result<(impl Stream<Item = Result<Bytes, StoreError>> + Send + use<>, u64), Failure> {
        let whole = vec![Part::Copy(0, file.about.size)];
        let parts = match copy {
            Copy::Original => whole,
            Copy::Stripped => self.stripped(&file.about, (file.id, &file.key)).await?.unwrap_or(whole),
        };
        let size = parts.iter().map(Part::len).sum();
        let database = OwnDatabase(Arc::clone(self));
        Ok((pieces(database, &file.key, file.id, parts), size))
    }

    /// Records that an official takes a file as it came, or one that may do harm, and what for, before it is handed over.
    ///
    /// # Errors
    /// When it could not be made durable; then the file must not be handed over.
    pub(crate) async fn take_original(
        &self,
        actor: &Actor,
        petition: PetitionId,
        file: &Attached,
        purpose: &str,
    ) -> Result<(), Failure> {
        let words = self.seal_words(petition, purpose).await?;
        self.record_read(actor, petition, Seen::Original { file: file.id, words }).await?;
        Ok(())
    }
}

/// The database for as long as a body is read.
struct OwnDatabase(Arc<App>);

impl std::ops::Deref for OwnDatabase {
    type Target = store::Database;

    fn deref(&self) -> &store::Database {
        &self.0.database
    }
}
