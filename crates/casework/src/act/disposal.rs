//! What becomes of a matter's words and names once it rests: kept under restriction, or erased by destroying their key
//! (PIPL Art.47; docs/decisions/0012). One person proposes, another decides.

use crate::ids::{Name, OfficialId};
use crate::text::Text;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 限制处理: nothing is done with it but keeping and protecting (PIPL Art.47(2)).
    Restrict,
    /// The restriction ends.
    Lift,
    /// 销毁: the key of words, names and files is destroyed.
    Erase,
}

/// A proposal, with the legal basis it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalProposal {
    /// What is to be done.
    pub measure: Measure,
    /// On which basis of the procedure's closed list.
    pub basis: Name,
    /// Why, in words; goes with everything else when the key is destroyed.
    pub reason: Text,
    /// Who proposes; set by the rules, never by the caller.
    #[serde(default)]
    pub by: Option<OfficialId>,
    /// The last day of the period for which the file must be kept; set by the rules, never earlier than they say.
    #[serde(default)]
    pub kept_until: Option<Date>,
}

/// The decision of another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisposalDecision {
    /// Whether it is done.
    pub approved: bool,
    /// Why not; needed for a refusal alone.
    pub reason: Text,
    /// What was decided on; set by the rules, so that the decision names everything that it rests on.
    #[serde(default)]
    pub on: Option<Proposed>,
    /// Until when an older backup may still open what is erased now; set by the office that carries it out (RET-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backups_until: Option<Date>,
}

/// A proposal without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// What is done.
    pub measure: Measure,
    /// On which basis.
    pub basis: Name,
    /// Who proposed it.
    pub by: Option<OfficialId>,
    /// The last day of the period for which the file must be kept.
    pub kept_until: Option<Date>,
}

impl From<&DisposalProposal> for Proposed {
    fn from(proposal: &DisposalProposal) -> Proposed {
        let DisposalProposal { measure, basis, by, kept_until, .. } = proposal.clone();
        Proposed { measure, basis, by, kept_until }
    }
}

impl DisposalDecision {
    /// What it does; `None` for a refusal.
    pub fn done(&self) -> Option<&Proposed> {
        self.on.as_ref().filter(|_| self.approved)
    }
}
