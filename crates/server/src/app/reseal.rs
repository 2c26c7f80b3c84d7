//! Those who bring the office back give sealed matters to the recipients who should have them and have not: after a matter
//! went on to the body above by itself, or when nobody is left who knows their passphrase (SEAL-5).

use super::sealed::for_recovery_of;
use super::{App, Failure};
use crate::entropy;
use crate::recovery::Identity;
use store::seal::{PetitionKey, Suite};
use store::sealed::{self, Holder, SealedRow};
use store::{Batch, Database, Outcome, StoreError};
use zeroize::Zeroizing;

/// Matters looked at in one go.
const PAGE: i64 = 100;

/// What was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resealed {
    /// Sealed matters.
    pub(crate) matters: u64,
    /// Of them, those whose recipients could not all open them before and can now.
    pub(crate) given: u64,
    /// Those that this identity does not open.
    pub(crate) shut: u64,
    /// Those for which there is no recipient with a key.
    pub(crate) nobody: u64,
}

/// A sealed matter's key, by those who bring the office back; `None` when it is sealed to others.
pub(crate) fn recovered(suite: Suite, row: &SealedRow, identity: &Identity) -> Option<PetitionKey> {
    let bytes = Zeroizing::new(identity.decrypt(for_recovery_of(&row.recovery)).ok()?);
    let key = PetitionKey::new(suite, bytes.as_slice().try_into().ok()?);
    let public = sealed::case_pair(&key).ok()?.1;
    (Some(public) == row.public).then_some(key)
}

/// How many sealed matters there are, how many of them these hold, and how many have fewer recipients than two.
pub(crate) async fn held(database: &Database, identity: &Identity) -> Result<(u64, u64), store::StoreError> {
    let word = store::log::suite(database).await?;
    let suite = word.and_then(|word| Suite::named(&word)).unwrap_or_default();
    let (mut all, mut open) = (0, 0);
    let mut after = String::new();
    loop {
        let page = sealed::page(database, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok((all, open)) };
        after = last.petition.to_string();
        for row in page.iter().filter(|row| row.public.is_some()) {
            all += 1;
            if let Some(key) = recovered(suite, row, identity)
                && store::content::opens(database, row.petition, &key).await?
            {
                open += 1;
            }
        }
    }
}

impl App {
    /// Gives every sealed matter to the recipients who are to have it now. Nothing is taken from anybody: that the next
    /// recipient who opens it does.
    ///
    /// # Errors
    /// Whatever the database reports; what was given before stays.
    pub(crate) async fn reseal(&self, identity: &Identity) -> Result<Resealed, Failure> {
        let sealing = self.sealing().await?;
        let mut done = Resealed::default();
        let mut after = String::new();
        loop {
            let page = sealed::page(&self.database, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(done) };
            after = last.petition.to_string();
            for row in page.iter().filter(|row| row.public.is_some()) {
                done.matters += 1;
                let shell = match sealed::shell(&self.database, row.petition).await {
                    Ok(Some(shell)) => shell,
                    Ok(None) | Err(StoreError::Corrupt(_)) => {
                        done.shut += 1;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                let wanted = self.recipients(&sealing, &shell, row.unit)?;
                let known = sealed::wraps_of(&self.database, row.petition).await?;
                let lacked = wanted.iter().any(|one| !known.contains(one));
                if wanted.is_empty() {
                    done.nobody += 1;
                }
                let Some(key) = recovered(self.database.suite()?, row, identity) else {
                    done.shut += 1;
                    continue;
                };
                let mut batch = Batch::new();
                batch.push(sealed::while_it_stands(row.petition));
                // Also to those who seem to have it: whether theirs still opens nobody here can tell.
                for (official, public) in &wanted {
                    let to = (&Holder::Recipient(*official), public);
                    batch.push(sealed::give(row.petition, &key, to, &mut entropy::generator())?);
                }
                if self.database.commit(batch).await? == Outcome::Committed && lacked {
                    done.given += 1;
                }
            }
        }
    }
}
