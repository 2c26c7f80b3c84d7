//! Which petitions an account has read: for the audit administrator, and for whoever must tell the people concerned
//! after a breach (ACC-6, PIPL 57). Says of a matter its number and nothing else; of a sealed one not even that.

use super::{App, Failure};
use anyhow::Context as _;
use casework::access::{IdentityField, Seen};
use casework::codes::RegisterNumber;
use casework::{OfficialId, PetitionId};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use store::{Batch, Outcome};

/// Reads taken from the database at once.
const PAGE: i64 = 1000;
/// Tries before giving up against other events of the office.
const TRIES: usize = 8;

/// How a matter is named to whoever sees no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// By its number.
    Number(String),
    /// By a reference that only says which reads belong together; whoever may see the matter finds it there.
    Sealed(String),
}

impl Named {
    /// As shown.
    pub(crate) fn text(&self) -> &str {
        match self {
            Named::Number(text) | Named::Sealed(text) => text,
        }
    }
}

/// What one account read of one petition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Affected {
    /// Which.
    pub(crate) matter: Named,
    /// The first read: UTC.
    pub(crate) first_at: String,
    /// The last one.
    pub(crate) last_at: String,
    /// How many of which kind.
    pub(crate) kinds: BTreeMap<&'static str, u64>,
    /// Which fields of the identity were revealed.
    pub(crate) fields: BTreeSet<IdentityField>,
}

impl App {
    /// The name under which the audit administrator knows a sealed matter: a keyed hash, so that it leads nowhere.
    pub(crate) fn sealed_name(&self, petition: PetitionId) -> String {
        let digest = self.mac(&format!("sealed read\0{petition}"));
        format!("S-{}", digest.get(..12).unwrap_or(&digest))
    }

    /// What a matter is called to whoever sees no case.
    pub(crate) async fn named(&self, petition: PetitionId) -> Result<Named, Failure> {
        let sql = "select number, sealed from matter where petition_id = $1";
        let rows = self.database.query(sql, vec![petition.to_string().into()]).await?;
        Ok(match rows.first() {
            Some(row) if row.int(1)? == 0 => {
                let digits = row.text(0)?;
                let number = RegisterNumber::parse(digits);
                Named::Number(number.map_or_else(|_| digits.to_owned(), |number| number.to_string()))
            }
            Some(_) | None => Named::Sealed(self.sealed_name(petition)),
        })
    }

    /// The petitions that an account has read on some days, both included, by name; and that this was asked, as an event
    /// of the office.
    ///
    /// # Errors
    /// `Absent` when there is no such official.
    pub(crate) async fn incident(
        &self,
        by: &str,
        official: OfficialId,
        (from, to): (Date, Date),
    ) -> Result<Vec<Affected>, Failure> {
        if self.directory().official(official).is_none() {
            return Err(Failure::Absent);
        }
        let (start, end) = self.span(from, to)?;
        let mut affected: BTreeMap<PetitionId, Affected> = BTreeMap::new();
        let mut before = None;
        loop {
            let (reads, next) = self.reads_by(official, (&start, &end), before.as_ref(), PAGE).await?;
            for kept in reads {
                // The newest comes first.
                let one = match affected.entry(kept.petition) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(new) => new.insert(Affected {
                        matter: self.named(kept.petition).await?,
                        first_at: kept.at.clone(),
                        last_at: kept.at.clone(),
                        kinds: BTreeMap::new(),
                        fields: BTreeSet::new(),
                    }),
                };
                one.first_at.clone_from(&kept.at);
                *one.kinds.entry(kept.read.seen.kind()).or_default() += 1;
                match kept.read.seen {
                    // What was asked for may have been opened by another.
                    Seen::Identity { field, .. } | Seen::Asked { field, .. } => one.fields.extend([field]),
                    Seen::Letter { grant: Some(_), .. } => one.fields.extend([IdentityField::Name]),
                    Seen::Letter { grant: None, .. }
                    | Seen::Paper { .. }
                    | Seen::Case
                    | Seen::Shell
                    | Seen::Agreed { .. }
                    | Seen::Original { .. }
                    | Seen::AllFiles { .. }
                    | Seen::Code { .. } => {}
                }
            }
            before = next;
            if before.is_none() {
                break;
            }
        }
        let mut affected: Vec<Affected> = affected.into_values().collect();
        affected.sort_by(|one, other| one.matter.text().cmp(other.matter.text()));
        let body =
            serde_json::json!({ "official": official, "from": from, "to": to, "matters": affected.len() });
        self.record_of_office("incident", by, &body.to_string()).await?;
        Ok(affected)
    }

    /// From the beginning of one day to the end of another, as the store keeps instants.
    pub(crate) fn span(&self, from: Date, to: Date) -> Result<(String, String), Failure> {
        let end = to.tomorrow().context("the day after")?;
        Ok((self.clock.stamp_of(from)?, self.clock.stamp_of(end)?))
    }

    /// Records an event of the office.
    async fn record_of_office(&self, kind: &str, actor: &str, body: &str) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let mut batch = Batch::new();
            batch.record(self.office_event(kind, actor, body).await?);
            if self.database.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(Failure::Broken(anyhow::anyhow!("too much happens to the office at once; try again")))
    }
}

/// What was found, as rows of a table under their headings. Words are those of the API, so that scripts read them.
pub(crate) fn rows(affected: &[Affected]) -> Vec<Vec<String>> {
    let head = ["matter", "sealed", "first_read_at", "last_read_at", "kinds", "identity_fields"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for one in affected {
        let kinds = one.kinds.iter().map(|(kind, n)| format!("{kind} {n}")).collect::<Vec<_>>();
        let fields = one.fields.iter().map(|field| field.word()).collect::<Vec<_>>();
        let sealed = matches!(one.matter, Named::Sealed(_));
        rows.push(vec![
            one.matter.text().to_owned(),
            if sealed { "yes" } else { "no" }.to_owned(),
            one.first_at.clone(),
            one.last_at.clone(),
            kinds.join("; "),
            fields.join("; "),
        ]);
    }
    rows
}
