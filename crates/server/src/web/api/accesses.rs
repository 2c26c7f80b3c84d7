//! Who read a petition, in the petitioner's JSON API: by post, unit, level and day, never by name (ACC-3).

use crate::app::{App, Failure};
use crate::web::accesses::{PAGE, told};
use crate::web::locale::Locale;
use casework::Petition;
use casework::access::Seen;
use casework::deadline::Lang;
use serde::Serialize;

/// A page of reads by officials.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Accesses {
    /// Newest first.
    rows: Vec<Access>,
    /// `accesses_before` of the next page; null on the last one.
    next: Option<u64>,
}

/// One read. What one official read again within 15 minutes is one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Access {
    /// Its place among the petition's reads.
    seq: u64,
    #[schema(format = Date)]
    on: String,
    unit_zh: String,
    unit_en: String,
    /// Level of government of the unit: `national`, `province`, `prefecture`, `county`, `township`.
    level: &'static str,
    /// What the reader was entrusted with.
    roles: Vec<&'static str>,
    /// `case`, `letter`, `paper`, `identity`, `original`, `all_files`, `code`.
    kind: &'static str,
    zh: String,
    en: String,
    /// Something of who filed the petition was shown.
    identity: bool,
    /// With `identity`: `name`, `phone`, `address`, `id_number`.
    field: Option<&'static str>,
    /// What for, where that had to be said.
    purpose: Option<&'static str>,
    purpose_zh: String,
    purpose_en: String,
    /// The same in the official's words; empty where there are none.
    words: String,
}

impl Accesses {
    /// The reads before a place.
    pub(super) async fn before(
        app: &App,
        petition: &Petition,
        before: Option<u64>,
    ) -> Result<Accesses, Failure> {
        let (found, next) = app.reads_of(petition.id, before, PAGE).await?;
        let zh = told(app, petition, &found, Locale { lang: Lang::Zh }).await?;
        let en = told(app, petition, &found, Locale { lang: Lang::En }).await?;
        let rows = found.iter().zip(zh.into_iter().zip(en)).map(|(kept, (zh, en))| {
            let (field, purpose) = match &kept.read.seen {
                Seen::Identity { field, purpose, .. } | Seen::Asked { field, purpose, .. } => {
                    (Some(field.word()), Some(purpose.word()))
                }
                Seen::Agreed { field, .. } => (Some(field.word()), None),
                Seen::Case
                | Seen::Shell
                | Seen::Letter { .. }
                | Seen::Paper { .. }
                | Seen::Original { .. }
                | Seen::AllFiles { .. }
                | Seen::Code { .. } => (None, None),
            };
            Access {
                seq: zh.seq,
                on: zh.on.to_string(),
                unit_zh: zh.unit,
                unit_en: en.unit,
                level: kept.read.level.word(),
                roles: kept.read.roles.iter().map(|role| role.word()).collect(),
                kind: kept.read.seen.kind(),
                zh: zh.what,
                en: en.what,
                identity: zh.identity,
                field,
                purpose,
                purpose_zh: zh.purpose,
                purpose_en: en.purpose,
                words: zh.words,
            }
        });
        Ok(Accesses { rows: rows.collect(), next })
    }
}
