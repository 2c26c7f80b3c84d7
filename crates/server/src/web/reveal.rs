//! Asking for a field of who filed a petition: which, what for, in words (ACC-1). The same for the page and the API.

use super::fields::SHORT;
use super::problem::{FieldFault, check_words, fault};
use crate::app::{App, Failure};
use crate::identity::Identity;
use casework::access::{IdentityField, Purpose};
use casework::authority::Actor;
use casework::disclosure::Sight;
use store::history::History;

/// What was asked, checked.
pub(crate) struct Asked {
    /// Which field.
    pub(crate) field: IdentityField,
    purpose: Purpose,
    words: String,
}

/// Reads what was asked; names every field that cannot be taken.
pub(crate) fn read(
    field: &str,
    purpose: &str,
    words: &str,
    identity: &Identity,
) -> Result<Asked, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let known = IdentityField::parse(field);
    match known {
        None => faults.push(fault("field", "unknown", "请选择要看的一项", "choose which field to see")),
        Some(field) if identity.part(field).is_empty() => {
            faults.push(fault(
                "field",
                "not_given",
                "信访人没有填写这一项",
                "the petitioner did not give this",
            ));
        }
        Some(_) => {}
    }
    let lawful = Purpose::parse(purpose);
    if lawful.is_none() {
        faults.push(fault("purpose", "missing", "请选择一项法定用途", "choose one of the lawful purposes"));
    }
    check_words(&mut faults, "words", words, SHORT, true);
    match (known, lawful) {
        (Some(field), Some(purpose)) if faults.is_empty() => {
            Ok(Asked { field, purpose, words: words.trim().to_owned() })
        }
        (Some(_) | None, _) => Err(faults),
    }
}

/// Who filed the petition, for an official who may ask; absent to everybody else.
pub(crate) async fn identity(app: &App, history: &History, sight: Sight) -> Result<Identity, Failure> {
    match sight {
        Sight::Everything => app.identity(&history.petition).await,
        Sight::Nothing | Sight::Shell | Sight::Matter => Err(Failure::Absent),
    }
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// The field is open.
    Open,
    /// It takes another to agree (DUAL-1).
    Waits,
}

impl Asked {
    /// Records it; only then may the field be shown. In a sealed matter it waits for another.
    pub(crate) async fn grant(&self, app: &App, actor: &Actor, history: &History) -> Result<Came, Failure> {
        let (id, why) = (history.petition.id, (self.purpose, self.words.as_str()));
        if app.takes_two(&history.petition)? {
            app.ask_to_reveal(actor, id, self.field, why).await?;
            return Ok(Came::Waits);
        }
        app.reveal(actor, id, self.field, why).await?;
        Ok(Came::Open)
    }
}
