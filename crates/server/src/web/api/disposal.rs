//! What the petitioner is told of a restriction or an erasure (PIPL 47; RET-3).

use crate::app::{App, Failure};
use casework::Petition;
use serde::Serialize;

/// That nothing is done with it but keeping and protecting, or that its key was destroyed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrackedDisposal {
    erased: bool,
    on: String,
    zh: String,
    en: String,
    /// The article.
    basis: String,
    /// Until when an older backup may still open what was erased.
    backups_until: Option<String>,
}

impl TrackedDisposal {
    /// What became of the petition's words and names; `None` for most.
    pub(super) fn of(app: &App, petition: &Petition) -> Result<Option<TrackedDisposal>, Failure> {
        Ok(app.disposal(petition)?.map(|disposal| TrackedDisposal {
            erased: disposal.erased,
            on: disposal.on.to_string(),
            zh: disposal.basis.name.zh,
            en: disposal.basis.name.en,
            basis: disposal.basis.basis,
            backups_until: disposal.backups_until.map(|day| day.to_string()),
        }))
    }
}
