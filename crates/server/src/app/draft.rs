//! A petition that is being written, kept encrypted under its own code, which becomes the petition's code when it is
//! sent (architecture §10.24). Without the code nobody can read it, the office included.

use super::attach::Holder;
use super::{App, Failure};
use crate::identity::Identity;
use anyhow::Context as _;
use casework::UnitId;
use casework::codes::ReceiptCode;
use serde::{Deserialize, Serialize};
use store::content::sha256;
use store::seal;
use store::{Batch, Value, Write};

/// Days a draft is kept after it was last saved.
const DAYS: i64 = 30;
/// Where its words are at home.
const PLACE: &[u8] = b"huiyin draft 1";
/// Longest draft, in bytes: the greatest texts that can be sent, four bytes to a character.
const LONGEST: usize = 256 * 1024;

/// What has been written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    /// Kind, a name of the procedure; empty before it was chosen.
    pub(crate) kind: String,
    /// A few words.
    pub(crate) title: String,
    /// What happened.
    pub(crate) body: String,
    /// What is asked for, a line each.
    pub(crate) wants: String,
    /// The unit complained of.
    pub(crate) respondent: Option<UnitId>,
    /// Units reported.
    pub(crate) accused: Vec<UnitId>,
    /// How many people, as typed.
    pub(crate) n_people: String,
    /// Who and how to reach them.
    pub(crate) identity: Identity,
    /// Whether the contact page was filled in: leaving it empty is a choice.
    pub(crate) contact_given: bool,
    /// Identity to be kept from the unit complained of.
    pub(crate) confidential: bool,
    /// When its first form was shown, in milliseconds of the epoch.
    pub(crate) begun_ms: i64,
    /// Something filled in the field that no person sees.
    pub(crate) trapped: bool,
}

impl App {
    /// A code for a new draft.
    pub(crate) fn new_code(&self) -> Result<ReceiptCode, Failure> {
        Ok(ReceiptCode::from_random(&crate::entropy::bytes::<32>()?))
    }

    /// What was written under a code; `None` when nothing was or it has expired.
    pub(crate) async fn draft(&self, code: &ReceiptCode) -> Result<Option<Draft>, Failure> {
        let rows = self
            .database
            .query(
                "select body from draft where code_mac = $1 and expires_at > $2",
                vec![self.code_mac(code.as_str()).into(), self.clock.now_stamp().into()],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let words = seal::open(self.database.suite()?, &key(code), PLACE, row.blob(0)?)?
            .context("a draft does not open with its code")?;
        Ok(Some(serde_json::from_slice(&words).context("words of a draft")?))
    }

    /// Keeps a draft for thirty days more; false when it is longer than any that can be sent, and is not kept.
    pub(crate) async fn save_draft(&self, code: &ReceiptCode, draft: &Draft) -> Result<bool, Failure> {
        let words = serde_json::to_vec(draft).context("words of a draft")?;
        if words.len() > LONGEST {
            return Ok(false);
        }
        let nonce = crate::entropy::bytes()?;
        let body = seal::seal(self.database.suite()?, &key(code), &nonce, PLACE, &words)?;
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into draft (code_mac, body, expires_at) values ($1, $2, $3) on conflict (code_mac) do update set body = excluded.body, expires_at = excluded.expires_at",
            vec![
                self.code_mac(code.as_str()).into(),
                Value::Blob(body),
                self.last_day().into(),
            ],
        ));
        // Its files wait as long as it does.
        let holder = self.holder_mac(&Holder::of("draft", code.as_str()));
        batch.push(store::attachment::renew(&holder, &self.last_day(), &self.clock.now_stamp()));
        self.database.commit(batch).await?;
        Ok(true)
    }

    /// Until when a draft is kept, to the day: at what minute somebody wrote is nobody's business (PRIV-1).
    fn last_day(&self) -> String {
        let stamp = self.clock.stamp_in_hours(DAYS * 24);
        format!("{}T23:59:59.999Z", stamp.get(..10).unwrap_or(&stamp))
    }

    /// Forgets a draft, in the commit that makes a petition of it.
    pub(super) fn without_draft(&self, code: &str) -> Write {
        Write::new("delete from draft where code_mac = $1", vec![self.code_mac(code).into()])
    }
}

fn key(code: &ReceiptCode) -> [u8; 32] {
    sha256(format!("huiyin draft\0{}", code.as_str()).as_bytes())
}
