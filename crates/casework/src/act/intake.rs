//! What comes in and where it is sent: submission, registration, splitting, merging, dispatch.

use crate::codes::RegisterNumber;
use crate::ids::{Name, OfficialId, PetitionId, UnitId};
use crate::text::{Attachment, Text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How a petition reached the office (Art.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 书信
    Letter,
    /// 走访
    Visit,
    /// 电话
    Phone,
    /// 信息网络
    Online,
    /// 传真
    Fax,
    /// 其他机关转来
    Transfer,
}

impl Channel {
    /// Every channel, in the order shown.
    pub const ALL: [Channel; 6] =
        [Channel::Online, Channel::Visit, Channel::Letter, Channel::Phone, Channel::Fax, Channel::Transfer];

    /// The word used in forms, JSON and locale keys.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Letter => "letter",
            Channel::Visit => "visit",
            Channel::Phone => "phone",
            Channel::Online => "online",
            Channel::Fax => "fax",
            Channel::Transfer => "transfer",
        }
    }
}

/// What somebody is to the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// 信访人, the first or only one.
    Petitioner,
    /// One who signed a joint petition (联名).
    Cosigner,
    /// 代表: speaks for a joint visit; at most five (Art.20(3)).
    Representative,
    /// 代理人 with written authority, or a guardian.
    Agent,
}

/// Somebody who takes part, without their name: identity is content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Their standing.
    pub standing: Standing,
    /// Name, address and contact, kept as content; `None` for an anonymous petition.
    pub identity: Option<Text>,
}

/// A petition as it comes in (T1). The shell draws the number and checks that it is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// Register number (architecture §10.15: a random serial, so that numbers betray nothing).
    pub number: RegisterNumber,
    /// Random reference carried by URLs, never the number or the id (architecture §10.15).
    pub case_ref: Name,
    /// How it came.
    pub channel: Channel,
    /// The kind as the petitioner sees it: a name from the procedure.
    pub kind: Name,
    /// The unit that received it.
    pub office: UnitId,
    /// A few words.
    pub title: Text,
    /// What happened.
    pub body: Text,
    /// What is asked for, one by one; may be empty until registration.
    pub requests: Vec<Text>,
    /// Who takes part; the first one is the petitioner.
    pub parties: Vec<Party>,
    /// People who joined, as counted at the counter or stated.
    pub n_people: u32,
    /// Town or street code of the matter, from the office's own list.
    pub place: Option<Name>,
    /// Content class (procedure.md §4.1).
    pub class: Option<Name>,
    /// The unit complained of in a claim; may by law handle it (architecture §10.17).
    pub respondent: Option<UnitId>,
    /// Units reported in a report against officials: blind to it (Art.30(3)).
    pub accused: Vec<UnitId>,
    /// Officials whom it is about, from the directory: accused in a report (Art.30(3)), recused in any other matter
    /// (architecture §10.17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<OfficialId>,
    /// Identity is to be kept from the unit complained of.
    pub confidential: bool,
    /// An earlier matter of the same petitioner, by the number they gave (Art.19(3), 36(3); T28).
    pub earlier: Option<PetitionId>,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
}

/// What the registrar adds (T2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Kind after a human read it.
    pub kind: Name,
    /// Content class.
    pub class: Name,
    /// Town or street of the matter.
    pub place: Option<Name>,
    /// Requests the registrar made out in the text, added to those stated.
    pub requests: Vec<Text>,
    /// Comparison with the earlier matter, when one was named: what is new, or that nothing is.
    pub comparison: Option<Text>,
    /// Officials whom its words name, as the registrar found them in the directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<OfficialId>,
}

/// One matter of several that a submission holds (T3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    /// The new petition's id.
    pub petition: PetitionId,
    /// Its number.
    pub number: RegisterNumber,
    /// Its reference in URLs.
    pub case_ref: Name,
    /// Its kind.
    pub kind: Name,
    /// Its title.
    pub title: Text,
    /// What it asks for.
    pub request: Text,
}

/// Splitting one submission into matters (T3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splitting {
    /// Two or more matters.
    pub portions: Vec<Portion>,
    /// Why.
    pub reason: Text,
}

/// Joining the handling of this petition to another (T3; architecture §10.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merging {
    /// The petition whose handling it joins.
    pub into: PetitionId,
    /// Why they are the same matter.
    pub reason: Text,
}

/// A reason and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasoned {
    /// Why.
    pub reason: Text,
}

/// Sending the matter to the unit that must handle it (T4, T5, T33).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// The unit.
    pub to: UnitId,
    /// What is to be done, in words; may be empty.
    pub note: Text,
    /// Only with an assignment (交办): when the result is to be reported (Art.22(1)三).
    pub report_by: Option<Date>,
    /// Decision under Art.24 on who is competent, when objections have used up the free dispatches.
    pub competence_decision: Option<Text>,
}
