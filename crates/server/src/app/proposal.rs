//! What one administrator proposes and another decides: accounts and the directory (DUAL-1, IAM-4).
//!
//! Nobody decides what they proposed, or what concerns themselves. What was decided is an event of the office, in the
//! commit that carries it out; it takes effect at the next request of whomever it concerns.

use super::account::is_login;
use super::{App, Enrolment, Failure};
use anyhow::Context as _;
use casework::authority::Actor;
use casework::directory::{DirectoryFault, Official, Role, Unit};
use casework::{Directory, OfficialId, UnitId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Batch, Outcome, Row, Write};

/// Days after which a proposal that nobody decided is void.
const DAYS: i64 = 14;
/// Most proposals shown at once.
const PAGE: i64 = 50;

/// What is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub(crate) enum Change {
    /// An account for an official, or a way back into the one they have.
    Account {
        /// The login.
        login: String,
        /// Whose.
        official: OfficialId,
    },
    /// An official as they are to be: post, unit, roles, whether they are in office.
    Official(Official),
    /// A unit as it is to be.
    Unit(Unit),
    /// A unit that comes. Its head and first addressee is an official in office who is posted there with it, so that it
    /// never stands without the people against whom its deadlines run.
    NewUnit(Unit),
}

/// One proposal.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// Names it in forms.
    pub(crate) id: String,
    /// What is proposed.
    pub(crate) change: Change,
    /// What it was to change, as it was then; empty for what was new.
    pub(crate) was: String,
    /// Why.
    pub(crate) reason: String,
    /// By whom.
    pub(crate) by: OfficialId,
    /// When.
    pub(crate) at: Timestamp,
    /// Until when it can be decided.
    pub(crate) until: Timestamp,
}

/// Why something cannot be proposed or decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotProposed {
    /// The login is not plain: 3 to 40 small letters, digits, `-`, `_`, `.`.
    Login,
    /// The login is somebody else's, or the official has another one.
    LoginTaken,
    /// The directory would not hold together.
    Directory(DirectoryFault),
    /// Nobody would be left with the role (architecture §10.9).
    NobodyLeft(Role),
    /// The unit would be left with fewer than two recipients, who open sealed matters (architecture §10.14).
    Recipients(UnitId),
    /// Nothing would change.
    Same,
    /// Somebody proposes or decides for themselves, or decides what they proposed.
    OnePerson,
    /// Whoever decides works under whoever proposed, while this administrator does not (DUAL-1).
    Subordinate(OfficialId),
    /// The official or unit is not any more as it was when it was proposed.
    Overtaken,
}

/// How deciding ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    /// It is carried out.
    Approved,
    /// It is carried out, and this code is to be told to the holder.
    Code(Enrolment),
    /// It is put away.
    Refused,
}

impl Change {
    /// The word in the table.
    fn kind(&self) -> &'static str {
        match self {
            Change::Account { .. } => "account",
            Change::Official(_) => "official",
            Change::Unit(_) => "unit",
            Change::NewUnit(_) => "new_unit",
        }
    }

    /// The official whom it concerns.
    fn subject(&self) -> Option<OfficialId> {
        match self {
            Change::Account { official, .. } => Some(*official),
            Change::Official(official) => Some(official.id),
            Change::NewUnit(unit) => Some(unit.head),
            Change::Unit(_) => None,
        }
    }

    /// Whether somebody of this role may propose it: accounts are the system administrator's, rights and the tree the
    /// security administrator's, who also brings a system administrator back who lost the way in.
    pub(crate) fn may_be_proposed_by(&self, roles: &std::collections::BTreeSet<Role>) -> bool {
        match self {
            Change::Account { .. } => {
                roles.contains(&Role::SystemAdministrator) || roles.contains(&Role::SecurityAdministrator)
            }
            Change::Official(_) | Change::Unit(_) | Change::NewUnit(_) => {
                roles.contains(&Role::SecurityAdministrator)
            }
        }
    }

    /// What it would change, as it is: of a unit that comes, its head. Empty for what is new, and for an account, which is looked at by itself.
    fn was(&self, directory: &Directory) -> anyhow::Result<String> {
        let was = match self {
            Change::Account { .. } => None,
            Change::Official(official) => {
                directory.official(official.id).map(serde_json::to_string).transpose()?
            }
            Change::Unit(unit) => directory.unit(unit.id).map(serde_json::to_string).transpose()?,
            Change::NewUnit(unit) => directory.official(unit.head).map(serde_json::to_string).transpose()?,
        };
        Ok(was.unwrap_or_default())
    }

    /// The directory after it, which remembers what was until today (SCOPE-6).
    fn applied(&self, directory: &Directory, today: Date) -> Directory {
        let mut new = directory.clone();
        match self {
            Change::Account { .. } => {}
            Change::Official(official) => {
                new.put_official(official.clone(), today);
            }
            Change::Unit(unit) => new.put_unit(unit.clone(), today),
            Change::NewUnit(unit) => {
                let head = directory.official(unit.head).cloned();
                if let Some(mut head) = head.filter(|head| !head.roles.iter().any(|role| role.administers()))
                {
                    head.unit = unit.id;
                    head.roles.insert(Role::Head);
                    new.put_official(head, today);
                }
                new.put_unit(unit.clone(), today);
            }
        }
        new
    }
}

/// What is kept of a proposal.
#[derive(Serialize, Deserialize)]
struct Kept {
    change: Change,
    was: String,
}

/// Why the new directory may not take the place of the old one. Faults that it had before are not this change's.
fn refused(old: &Directory, new: &Directory) -> Option<NotProposed> {
    let before = old.faults();
    if let Some(fault) = new.faults().into_iter().find(|fault| !before.contains(fault)) {
        return Some(NotProposed::Directory(fault));
    }
    let lacked = old.without_recipients();
    let lacking = new.without_recipients().into_iter();
    let had = |unit: &UnitId| old.unit(*unit).is_some() && !lacked.contains(unit);
    if let Some(unit) = lacking.into_iter().find(had) {
        return Some(NotProposed::Recipients(unit));
    }
    let holds = |directory: &Directory, role: Role| {
        directory.officials.values().any(|official| official.active && official.roles.contains(&role))
    };
    let lost =
        Role::ALL.into_iter().find(|role| role.administers() && holds(old, *role) && !holds(new, *role));
    lost.map(NotProposed::NobodyLeft)
}

const OPEN: &str = "select proposal_id, body, reason, proposed_by, proposed_at, expires_at from proposal where outcome = '' and expires_at > $1 order by proposed_at, proposal_id limit $2";
const ONE: &str = "select proposal_id, body, reason, proposed_by, proposed_at, expires_at from proposal where outcome = '' and expires_at > $1 and proposal_id = $2";

const PAST: &str = "select proposal_id, body, reason, proposed_by, proposed_at, expires_at from proposal where proposal_id = $1";

impl Proposal {
    fn read(row: &Row) -> anyhow::Result<Proposal> {
        let kept: Kept = serde_json::from_str(row.text(1)?).context("a proposal")?;
        Ok(Proposal {
            id: row.text(0)?.to_owned(),
            change: kept.change,
            was: kept.was,
            reason: row.text(2)?.to_owned(),
            by: row.text(3)?.parse().context("who proposed")?,
            at: row.text(4)?.parse().context("time of a proposal")?,
            until: row.text(5)?.parse().context("end of a proposal")?,
        })
    }

    /// Why this administrator may not decide it: nobody decides what they proposed or what concerns themselves, nor, while
    /// another administrator could, whoever works under the proposer (DUAL-1). `None` when they may.
    pub(crate) fn kept_from(&self, directory: &Directory, decider: OfficialId) -> Option<NotProposed> {
        let is_other = |id: OfficialId| id != self.by && Some(id) != self.change.subject();
        let works_under = |id: OfficialId| directory.is_subordinate_of(id, self.by);
        if !is_other(decider) {
            return Some(NotProposed::OnePerson);
        }
        let mut administrators = directory
            .officials
            .values()
            .filter(|official| official.active && official.roles.iter().any(|role| role.administers()));
        let another = administrators.find(|official| is_other(official.id) && !works_under(official.id));
        another.filter(|_| works_under(decider)).map(|official| NotProposed::Subordinate(official.id))
    }
}

impl App {
    /// Proposes a change. The inner refusal is the proposer's to mend.
    pub(crate) async fn propose(
        &self,
        actor: &Actor,
        change: Change,
        reason: &str,
    ) -> Result<Result<(), NotProposed>, Failure> {
        let Actor::Official { id, roles, .. } = actor else { return Err(Failure::Absent) };
        if !change.may_be_proposed_by(roles) {
            return Err(Failure::Absent);
        }
        if change.subject() == Some(*id) {
            return Ok(Err(NotProposed::OnePerson));
        }
        if let Some(not) = self.not_possible(&change).await? {
            return Ok(Err(not));
        }
        let kept = Kept { was: change.was(&self.directory())?, change };
        let change = &kept.change;
        let proposal = crate::entropy::token()?;
        let said =
            serde_json::json!({ "proposal": proposal, "kind": change.kind(), "concerns": change.subject() });
        let mut batch = Batch::new();
        batch.record(self.office_event("proposed", &id.to_string(), &said.to_string()).await?);
        batch.push(Write::new(
            "insert into proposal (proposal_id, kind, body, reason, proposed_by, proposed_at, expires_at, outcome, decided_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7, '', '', '')",
            vec![
                proposal.into(),
                change.kind().into(),
                serde_json::to_string(&kept).context("a proposal")?.into(),
                reason.into(),
                id.to_string().into(),
                self.clock.now_stamp().into(),
                self.clock.stamp_in_hours(DAYS * 24).into(),
            ],
        ));
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(Ok(())),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }

    async fn not_possible(&self, change: &Change) -> Result<Option<NotProposed>, Failure> {
        let directory = self.directory();
        if let Change::Account { login, official } = change {
            if !is_login(login) {
                return Ok(Some(NotProposed::Login));
            }
            let holder = self.account(login).await?.map(|account| account.official);
            let own = self.login_of(*official).await?;
            let taken =
                holder.is_some_and(|holder| holder != *official) || own.is_some_and(|own| own != *login);
            let active = directory.official(*official).is_some_and(|official| official.active);
            return Ok(if taken || !active { Some(NotProposed::LoginTaken) } else { None });
        }
        let new = change.applied(&directory, self.clock.today());
        if new == *directory {
            return Ok(Some(NotProposed::Same));
        }
        Ok(refused(&directory, &new))
    }

    /// Proposals that wait, oldest first.
    pub(crate) async fn open_proposals(&self) -> Result<Vec<Proposal>, Failure> {
        let rows = self.database.query(OPEN, vec![self.clock.now_stamp().into(), PAGE.into()]).await?;
        Ok(rows.iter().map(Proposal::read).collect::<anyhow::Result<_>>()?)
    }

    /// A proposal, decided or not.
    pub(super) async fn proposal(&self, id: &str) -> Result<Option<Proposal>, Failure> {
        let rows = self.database.query(PAST, vec![id.into()]).await?;
        Ok(rows.first().map(Proposal::read).transpose()?)
    }

    /// Approves a proposal and carries it out, or refuses it. Absent for whoever may not decide it, and when it is gone.
    pub(crate) async fn decide_proposal(
        &self,
        actor: &Actor,
        id: &str,
        approve: bool,
    ) -> Result<Result<Decided, NotProposed>, Failure> {
        let rows = self.database.query(ONE, vec![self.clock.now_stamp().into(), id.into()]).await?;
        let proposal = rows.first().map(Proposal::read).transpose()?.ok_or(Failure::Absent)?;
        let by = match actor {
            Actor::Official { id, roles, .. } if roles.iter().any(|role| role.administers()) => *id,
            Actor::Official { .. } | Actor::Petitioner { .. } | Actor::System => return Err(Failure::Absent),
        };
        if let Some(not) = proposal.kept_from(&self.directory(), by) {
            return Ok(Err(not));
        }
        let outcome = if approve { "approved" } else { "refused" };
        let decided = Write::new(
            "update proposal set outcome = $2, decided_by = $3, decided_at = $4 where proposal_id = $1 and outcome = ''",
            vec![id.into(), outcome.into(), by.to_string().into(), self.clock.now_stamp().into()],
        )
        .rows(1);
        let mut said = serde_json::Map::new();
        said.insert("proposal".to_owned(), id.into());
        said.insert("proposed_by".to_owned(), proposal.by.to_string().into());
        if self.directory().is_subordinate_of(by, proposal.by) {
            said.insert("decided_under".to_owned(), true.into());
        }
        if !approve {
            let body = serde_json::Value::Object(said).to_string();
            let mut batch = Batch::new();
            batch.record(self.office_event("proposal_refused", &by.to_string(), &body).await?);
            batch.push(decided);
            return self.carried(batch).await.map(|()| Ok(Decided::Refused));
        }
        // The office may have gone on since it was proposed.
        if proposal.change.was(&self.directory())? != proposal.was {
            return Ok(Err(NotProposed::Overtaken));
        }
        if let Some(not) = self.not_possible(&proposal.change).await? {
            return Ok(Err(not));
        }
        match &proposal.change {
            Change::Account { login, official } => {
                said.insert("official".to_owned(), official.to_string().into());
                let body = serde_json::Value::Object(said).to_string();
                let event = self.office_event("account_code_given", &by.to_string(), &body).await?;
                let code = self.enrol(login, *official, event, vec![decided]).await?;
                Ok(Ok(Decided::Code(code)))
            }
            change @ (Change::Official(_) | Change::Unit(_) | Change::NewUnit(_)) => {
                let new = change.applied(&self.directory(), self.clock.today());
                let mut batch = self.change_directory(&new, by, said).await?;
                self.tell_of_change(&mut batch, change, &new)?;
                batch.push(decided);
                if let Change::Official(official) = change
                    && !official.active
                {
                    // Who leaves a post leaves at once (IAM-5).
                    let sql = "delete from session where official_id = $1";
                    batch.push(Write::new(sql, vec![official.id.to_string().into()]));
                }
                self.carried(batch).await?;
                self.read_directory().await?;
                Ok(Ok(Decided::Approved))
            }
        }
    }

    async fn carried(&self, batch: Batch) -> Result<(), Failure> {
        match self.database.commit(batch).await? {
            Outcome::Committed => Ok(()),
            Outcome::Conflict => Err(Failure::Changed { now: 0 }),
        }
    }
}
