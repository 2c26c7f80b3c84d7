//! Codes of petitions: the key to one's own matter, given once, kept as a keyed hash (architecture §10.6, RCPT-1).

use super::{App, Failure};
use crate::entropy;
use anyhow::Context as _;
use casework::PetitionId;
use casework::act::Channel;
use casework::codes::{AccessCode, QueryCode, ReceiptCode};
use store::sealed::{self, Opener};
use store::{Batch, Outcome, Write};

impl App {
    /// The petition that a query code opens, and whose code it is; `None` for a code that opens nothing.
    pub(crate) async fn by_code(&self, code: &str) -> Result<Option<(PetitionId, u32)>, Failure> {
        let Ok(code) = AccessCode::parse(code) else { return Ok(None) };
        let rows = self
            .database
            .query(
                "select petition_id, party from access_code where code_mac = $1",
                vec![self.code_mac(code.as_str()).into()],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        // What a long code opens, it opens from here on to the end of the request.
        if let AccessCode::Receipt(_) = code {
            sealed::bring(Opener::Code(sealed::pair_of_code(self.database.suite()?, code.as_str())?.0));
        }
        let petition = row.text(0)?.parse().context("petition id of a query code")?;
        Ok(Some((petition, u32::try_from(row.int(1)?).unwrap_or(0))))
    }

    /// A new code for somebody who takes part, at the counter: short, because it is dictated or written down. A code
    /// they had before opens nothing any more (architecture §10.6).
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn issue_code(&self, id: PetitionId, party: u32) -> Result<AccessCode, Failure> {
        let code = AccessCode::Query(QueryCode::from_random(&entropy::bytes::<16>()?));
        let mut batch = Batch::new();
        batch.push(sealed::drop_holder(id, &sealed::Holder::Code(party)));
        batch.push(Write::new(
            "delete from access_code where petition_id = $1 and party = $2",
            vec![id.to_string().into(), i64::from(party).into()],
        ));
        batch.push(Write::new(
            "insert into access_code (code_mac, petition_id, party) values ($1, $2, $3)",
            vec![self.code_mac(code.as_str()).into(), id.to_string().into(), i64::from(party).into()],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(code),
            Outcome::Conflict => {
                Err(Failure::Broken(anyhow::anyhow!("the code could not be kept; try again")))
            }
        }
    }
}

/// A code for a petition. Its length follows the channel, never the kind (architecture §10.15): what is submitted
/// online is protected by its code alone, what came over the counter has a short one that can be dictated.
pub(super) fn code_of_channel(channel: Channel, random: &[u8; 32]) -> AccessCode {
    match channel {
        Channel::Online => AccessCode::Receipt(ReceiptCode::from_random(random)),
        Channel::Letter | Channel::Visit | Channel::Phone | Channel::Fax | Channel::Transfer => {
            let mut short = [0_u8; 16];
            for (to, from) in short.iter_mut().zip(random) {
                *to = *from;
            }
            AccessCode::Query(QueryCode::from_random(&short))
        }
    }
}
