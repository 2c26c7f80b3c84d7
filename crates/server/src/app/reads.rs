//! Looking at who filed a petition: only for a stated purpose, kept, and told to the petitioner.
//!
//! Kept beside the record and outside `seq`: a look changes nothing about the matter (architecture §10.19).

use super::{App, Failure};
use crate::identity::Identity;
use anyhow::Context as _;
use casework::act::Standing;
use casework::{OfficialId, Petition, PetitionId};
use jiff::civil::Date;
use store::{Batch, Write};

/// One look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdentityRead {
    /// On which day.
    pub(crate) on: Date,
    /// By whom.
    pub(crate) official: OfficialId,
    /// What for.
    pub(crate) purpose: String,
}

impl App {
    /// The petitioner's name and contact.
    pub(crate) async fn identity(&self, petition: &Petition) -> Result<Identity, Failure> {
        let words = self.words(petition).await?;
        let party = petition.parties.iter().find(|party| party.standing == Standing::Petitioner);
        let text = party.and_then(|party| party.identity.as_ref());
        Ok(text
            .and_then(|text| words.get(&text.content))
            .map(|words| Identity::read(words))
            .unwrap_or_default())
    }

    /// Records a look before it is granted.
    pub(crate) async fn record_identity_read(
        &self,
        petition: PetitionId,
        official: OfficialId,
        purpose: &str,
    ) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into identity_read (petition_id, read_id, at, official_id, purpose) values ($1, $2, $3, $4, $5)",
            vec![
                petition.to_string().into(),
                crate::entropy::id(self.clock.now())?.to_string().into(),
                self.clock.now_stamp().into(),
                official.to_string().into(),
                purpose.into(),
            ],
        ));
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Every look so far, oldest first.
    pub(crate) async fn identity_reads(&self, petition: PetitionId) -> Result<Vec<IdentityRead>, Failure> {
        let rows = self
            .database
            .query(
                "select at, official_id, purpose from identity_read where petition_id = $1 order by read_id",
                vec![petition.to_string().into()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let at: jiff::Timestamp = row.text(0)?.parse().context("instant of a look")?;
                Ok(IdentityRead {
                    on: self.clock.date_of(at),
                    official: row.text(1)?.parse().context("official of a look")?,
                    purpose: row.text(2)?.to_owned(),
                })
            })
            .collect()
    }
}
