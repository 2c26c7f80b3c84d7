//! The pages of the three administrators (IAM-1): accounts, the directory, and what waits for a second person. None of
//! them shows anything of a case.

pub(crate) mod accounts;
pub(crate) mod changes;
pub(crate) mod directory;
pub(crate) mod proposals;
pub(crate) mod units;

use super::Desk;
use crate::app::{App, Failure, NotProposed};
use crate::web::locale::Locale;
use crate::web::page::Page;
use crate::web::trouble::Trouble;
use casework::directory::{Directory, DirectoryFault, Duty, Role};
use casework::{OfficialId, UnitId};

impl Desk {
    /// Whoever is not entrusted with the role is answered as if there were no such page.
    fn must_be(&self, role: Role) -> Result<(), Trouble> {
        if self.has(role) { Ok(()) } else { Err(Failure::Absent.into()) }
    }

    /// Whoever is none of the three administrators is answered as if there were no such page.
    fn must_administer(&self) -> Result<(), Trouble> {
        if self.page.administers() { Ok(()) } else { Err(Failure::Absent.into()) }
    }

    /// The frame of an administrator's page.
    fn titled(&self, app: &App, place: &'static str, key: &str) -> Page {
        let page = self.page.clone().guarded(app, &self.session);
        Page { place, ..page.clone().titled(page.say(key)) }
    }
}

/// Name, post and unit of an official.
fn who(locale: Locale, directory: &Directory, id: OfficialId) -> String {
    let Some(official) = directory.official(id) else { return id.to_string() };
    let unit = directory.unit(official.unit).map(|unit| locale.unit(unit)).unwrap_or_default();
    [official.name.as_str(), official.post.as_str(), &unit].join(" · ")
}

/// Why something cannot be proposed or carried out, and what to do.
fn sentence(page: &Page, directory: &Directory, not: &NotProposed) -> String {
    let unit = |id: UnitId| directory.unit(id).map_or_else(|| id.to_string(), |unit| page.locale.unit(unit));
    match not {
        NotProposed::Login => page.say("not-proposed-login"),
        NotProposed::LoginTaken => page.say("not-proposed-login-taken"),
        NotProposed::Same => page.say("not-proposed-same"),
        NotProposed::OnePerson => page.say("not-proposed-one-person"),
        NotProposed::Subordinate(other) => {
            page.say1("not-proposed-subordinate", "who", who(page.locale, directory, *other))
        }
        NotProposed::Overtaken => page.say("not-proposed-overtaken"),
        NotProposed::NobodyLeft(role) => {
            page.say1("not-proposed-nobody-left", "role", page.say(&super::account::own::role_key(*role)))
        }
        NotProposed::Recipients(id) => page.say1("not-proposed-recipients", "unit", unit(*id)),
        NotProposed::Directory(fault) => match fault {
            DirectoryFault::Roots(_) => page.say("directory-fault-roots"),
            DirectoryFault::NotUnderTheRoot(id) => page.say1("directory-fault-circle", "unit", unit(*id)),
            DirectoryFault::Nobody(id, Duty::Intake) => {
                page.say1("directory-fault-intake", "unit", unit(*id))
            }
            DirectoryFault::Nobody(id, Duty::Head) => page.say1("directory-fault-head", "unit", unit(*id)),
            DirectoryFault::NoUnit(_) => page.say("directory-fault-no-unit"),
            DirectoryFault::NotSeparated(_) => page.say("directory-fault-separated"),
        },
    }
}
