//! Who filed a petition and how to reach them, as one content of the petition, and how much of it is shown.

use casework::access::IdentityField;
use casework::codes::{IdNumber, Phone};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Name and contact. Everything may be empty: an anonymous petition is a petition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Identity {
    /// Name.
    pub(crate) name: String,
    /// Telephone.
    pub(crate) phone: String,
    /// Address for letters.
    pub(crate) address: String,
    /// Number of an identity document.
    pub(crate) id_number: String,
    /// How the written answer is to arrive: `online`, `post`, `counter`, or empty.
    pub(crate) reply: String,
}

impl Identity {
    /// Whether nothing was given.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.name, &self.phone, &self.address, &self.id_number]
            .into_iter()
            .all(|part| part.trim().is_empty())
    }

    /// One field; empty when it was not given.
    pub(crate) fn part(&self, field: IdentityField) -> &str {
        match field {
            IdentityField::Name => self.name.trim(),
            IdentityField::Phone => self.phone.trim(),
            IdentityField::Address => self.address.trim(),
            IdentityField::IdNumber => self.id_number.trim(),
        }
    }

    /// As it is kept; empty when nothing was given.
    pub(crate) fn words(&self) -> String {
        if self.is_empty() { String::new() } else { serde_json::to_string(self).unwrap_or_default() }
    }

    /// As it was kept. Words of another form are a name.
    pub(crate) fn read(words: &str) -> Identity {
        serde_json::from_str(words)
            .unwrap_or_else(|_| Identity { name: words.to_owned(), ..Identity::default() })
    }

    /// What everybody who sees the matter may read: 林*芸, 138****4521; no address.
    pub(crate) fn masked(&self, today: Date) -> Identity {
        Identity {
            name: masked_name(&self.name),
            phone: Phone::parse(&self.phone).map_or_else(|_| stars(&self.phone), |phone| phone.masked()),
            address: stars(&self.address),
            id_number: IdNumber::parse(&self.id_number, today)
                .map_or_else(|_| stars(&self.id_number), |number| number.masked()),
            reply: self.reply.clone(),
        }
    }
}

/// 林*芸, 林*; a longer name keeps its first and last character.
fn masked_name(name: &str) -> String {
    let chars: Vec<char> = name.trim().chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, .., last] => format!("{first}*{last}"),
    }
}

fn stars(text: &str) -> String {
    if text.trim().is_empty() { String::new() } else { "****".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_mask_tells_who_is_meant_only_to_whoever_knows() {
        let identity = Identity {
            name: "林晓芸".to_owned(),
            phone: "13800004521".to_owned(),
            address: "望湖区人民路1号".to_owned(),
            id_number: "no number".to_owned(),
            reply: "post".to_owned(),
        };
        let masked = identity.masked(date(2026, 11, 24));
        assert_eq!((masked.name.as_str(), masked.phone.as_str()), ("林*芸", "138****4521"));
        assert_eq!((masked.address.as_str(), masked.id_number.as_str()), ("****", "****"));
        assert_eq!(Identity::read(&identity.words()), identity);
        assert_eq!(Identity::read("林某").name, "林某", "what an import or the API of old kept");
        assert_eq!(masked_name("欧阳"), "欧*");
    }
}
