//! What lists and timers read: rows made from a petition, written with its events, never read by a decision.

use crate::sql::{Value, Write};
use crate::{Database, StoreError};
use casework::act::Channel;
use casework::directory::Directory;
use casework::disclosure::{is_sealed, opens_sealed};
use casework::petition::{Deadline, DeadlineState, Petition};
use casework::procedure::{LimitRole, Procedure};
use casework::reach;
use casework::standing::is_overtaken;
use casework::text::Digest;
use casework::{Name, UnitId, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Stands for "no official deadline runs", so that due order needs no null.
pub const NO_DUE: &str = "9999-12-31";

const MATTER: &str = "insert into matter (petition_id, case_ref, number, version, procedure_id, kind, sealed, stage, rest, channel, class, place, office_id, owner_unit, owner_id, received_on, urgent, supervised, withdrawing, joined, n_people, title_content, identity_content) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) on conflict (petition_id) do update set version = excluded.version, kind = excluded.kind, sealed = excluded.sealed, stage = excluded.stage, rest = excluded.rest, class = excluded.class, place = excluded.place, office_id = excluded.office_id, owner_unit = excluded.owner_unit, owner_id = excluded.owner_id, urgent = excluded.urgent, supervised = excluded.supervised, withdrawing = excluded.withdrawing, joined = excluded.joined, n_people = excluded.n_people, channel = excluded.channel, title_content = excluded.title_content, identity_content = excluded.identity_content";
const DEADLINE: &str = "insert into deadline (petition_id, idx, limit_id, role, state, from_on, raw_due_on, due_on, provisional, unit_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (petition_id, idx) do update set unit_id = excluded.unit_id, state = excluded.state, raw_due_on = excluded.raw_due_on, due_on = excluded.due_on, provisional = excluded.provisional";
const DESK: &str = "insert into desk (petition_id, unit_id, due_on, due_from, due_limit, official_id, guarded, case_ref, channel, class, stage, kept) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (petition_id, unit_id) do update set due_on = excluded.due_on, due_from = excluded.due_from, due_limit = excluded.due_limit, official_id = excluded.official_id, guarded = excluded.guarded, class = excluded.class, stage = excluded.stage, kept = excluded.kept";
const FORGET: &str = "delete from reminder where petition_id = $1";
const OFF_DESK: &str = "delete from desk where petition_id = $1 and unit_id = $2";
const SEEN: &str = "insert into matter_unit (unit_id, petition_id) values ($1, $2) on conflict (unit_id, petition_id) do nothing";
const REACH: &str = "insert into reach (petition_id, word, bars) values ($1, $2, $3) on conflict (petition_id, word) do nothing";
const LETTER: &str = "insert into letter (petition_id, idx, unit_id, letter, series, year, serial, signed_on, to_petitioner, mark, digest, waits, served_on, room_id, to_serve) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (petition_id, idx) do update set mark = excluded.mark, digest = excluded.digest, waits = excluded.waits, served_on = excluded.served_on, room_id = excluded.room_id, to_serve = excluded.to_serve";
const NO_LETTERS: &str = "delete from letter where petition_id = $1";
const NO_PRINTS: &str = "delete from letter_print where petition_id = $1";
const LACKS: &str = "select value from setting where name = 'lists_are_old'";
const MADE_ANEW: &str = "delete from setting where name = 'lists_are_old'";
const OUT_OF_REACH: &str = "delete from reach where petition_id = $1 and word = $2";
const UNSEEN: &str = "delete from matter_unit where petition_id = $1";

/// Rows of each list.
pub(crate) type Lists = [Vec<Vec<Value>>; 6];

/// Every statement of this file, for the test that prepares them on both databases.
pub const STATEMENTS: &[&str] =
    &[MATTER, DEADLINE, DESK, OFF_DESK, SEEN, UNSEEN, FORGET, REACH, OUT_OF_REACH, LETTER, NO_LETTERS, LACKS];

/// Whether a newer schema added a list that the petitions of before do not stand in yet.
///
/// # Errors
/// Whatever the database reports.
pub async fn lacks_rows(database: &Database) -> Result<bool, StoreError> {
    Ok(!database.query(LACKS, Vec::new()).await?.is_empty())
}

/// All lists were made anew.
pub(crate) fn made_anew() -> Write {
    Write::new(MADE_ANEW, Vec::new())
}

/// The rows that bring the projections from `before` to `after`. Only what changed is written.
pub fn writes(procedure: &Procedure, before: Option<&Petition>, after: &Petition) -> Vec<Write> {
    let mut writes = Vec::new();
    let Some(matter) = matter(procedure, after) else { return writes };
    writes.push(matter);
    for (index, deadline) in after.deadlines.iter().enumerate() {
        if before.and_then(|before| before.deadlines.get(index)) != Some(deadline) {
            writes.push(self::deadline(procedure, after, index, deadline));
        }
    }
    let lay = before.map(|before| desk(procedure, before)).unwrap_or_default();
    let lies = desk(procedure, after);
    for (unit, row) in &lies {
        if lay.get(unit) != Some(row) {
            writes.push(Write::new(DESK, row.clone()));
        }
    }
    for unit in lay.keys().filter(|unit| !lies.contains_key(unit)) {
        writes.push(Write::new(OFF_DESK, vec![text(after.id), text(unit)]));
    }
    // Whoever is kept from it from now on is reminded of nothing; whoever is not will be warned again.
    let kept = |petition: &Petition| (petition.named.len(), petition.recused.len());
    if before.is_some_and(|before| kept(before) != kept(after)) {
        writes.push(Write::new(FORGET, vec![text(after.id)]));
    }
    let sealed = is_sealed(procedure, &after.kind);
    if sealed && before.is_some() {
        writes.push(Write::new(UNSEEN, vec![text(after.id)]));
    }
    if !sealed {
        // While it was sealed there were none.
        let known =
            before.filter(|before| !is_sealed(procedure, &before.kind)).map(|before| &before.units_seen);
        for unit in after.units_seen.iter().filter(|unit| known.is_none_or(|known| !known.contains(unit))) {
            writes.push(Write::new(SEEN, vec![text(unit), text(after.id)]));
        }
    }
    let could = before.map(|before| reach::of_petition(procedure, before)).unwrap_or_default();
    let can = reach::of_petition(procedure, after);
    for word in could.keys().filter(|word| !can.contains_key(*word)) {
        writes.push(Write::new(OUT_OF_REACH, vec![text(after.id), text(word)]));
    }
    for (word, bars) in can.iter().filter(|(word, _)| !could.contains_key(*word)) {
        writes.push(Write::new(REACH, vec![text(after.id), text(word), flag(*bars)]));
    }
    let known = before.filter(|before| !is_sealed(procedure, &before.kind));
    if sealed && known.is_some() {
        writes.extend([NO_LETTERS, NO_PRINTS].map(|sql| Write::new(sql, vec![text(after.id)])));
    }
    if !sealed {
        for index in 0..after.letters.len() {
            let row = letter(procedure, after, index);
            if known.and_then(|known| letter(procedure, known, index)) != row {
                writes.extend(row.map(|row| Write::new(LETTER, row)));
            }
        }
    }
    writes
}

/// A letter as a row; of a sealed matter there is none (SEAL-2).
fn letter(procedure: &Procedure, petition: &Petition, index: usize) -> Option<Vec<Value>> {
    let letter = petition.letters.get(index)?;
    let signed = &letter.signed;
    let series = procedure.letter(&signed.letter).map(|known| signed.series(known)).unwrap_or_default();
    let open = letter.served_on.is_none();
    let waits = open && letter.issued.is_none() && petition.lets(Verb::IssueLetter);
    let to_serve = open
        && signed.to_petitioner
        && petition.lets(Verb::Serve)
        && !is_overtaken(procedure, petition, index);
    Some(vec![
        text(petition.id),
        Value::Integer(i64::try_from(index).unwrap_or(i64::MAX)),
        text(signed.unit),
        text(&signed.letter),
        Value::Text(series),
        i64::from(signed.year).into(),
        i64::from(signed.serial).into(),
        text(letter.on),
        flag(signed.to_petitioner),
        Value::Text(letter.issued.as_ref().map(|issue| hex(&issue.mark)).unwrap_or_default()),
        Value::Text(letter.issued.as_ref().map(|issue| hex(&issue.digest)).unwrap_or_default()),
        flag(waits),
        Value::Text(letter.served_on.map(|day| day.to_string()).unwrap_or_default()),
        text(petition.print_room(signed.unit)),
        flag(to_serve),
    ])
}

/// A digest as rows have it.
fn hex(digest: &Digest) -> String {
    digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows that a petition has in `matter`, `deadline`, `desk`, `matter_unit`, `reach` and `letter`, in this order, each in key
/// order.
pub(crate) fn rows(procedure: &Procedure, petition: &Petition) -> Lists {
    let mut rows = Lists::default();
    let [matters, deadlines, desks, seen, reached, letters] = &mut rows;
    for mut write in writes(procedure, None, petition) {
        match write.sql {
            MATTER => matters.push(write.params),
            DEADLINE => deadlines.push(write.params),
            DESK => desks.push(write.params),
            REACH => reached.push(write.params),
            LETTER => letters.push(write.params),
            SEEN => {
                // The statement names the unit first, the row is read petition first.
                write.params.reverse();
                seen.push(write.params);
            }
            _ => {}
        }
    }
    rows
}

/// The official against whom a deadline runs: the owner where the owner's unit must act, else the unit's first
/// addressee.
pub fn named_official(
    directory: &Directory,
    procedure: &Procedure,
    petition: &Petition,
    deadline: &Deadline,
) -> Option<casework::OfficialId> {
    let unit = deadline.set.unit?;
    // Of a sealed matter only a recipient knows.
    let opens = |official: casework::OfficialId| {
        !is_sealed(procedure, &petition.kind)
            || directory.official(official).is_some_and(|known| opens_sealed(&known.roles))
    };
    match petition.owner {
        Some((owner, official)) if owner == unit => Some(official),
        Some(_) | None => directory.addressee(unit, |official| {
            !petition.named.contains(&official) && !petition.recused.contains(&official) && opens(official)
        }),
    }
}

/// The official deadline that is due first.
pub fn next_duty<'a>(procedure: &Procedure, petition: &'a Petition) -> Option<(u32, &'a Deadline)> {
    petition
        .open_deadlines()
        .filter(|(_, deadline)| role(procedure, deadline) == Some(LimitRole::Duty))
        .min_by_key(|(index, deadline)| (deadline.set.due_on, *index))
}

fn role(procedure: &Procedure, deadline: &Deadline) -> Option<LimitRole> {
    procedure.limit(&deadline.set.limit).map(|limit| limit.role)
}

fn matter(procedure: &Procedure, petition: &Petition) -> Option<Write> {
    let submission = petition.submission.as_ref()?;
    let stage = petition.stage.as_ref()?;
    let (owner_unit, owner) = petition.owner?;
    let resting = may_rest(procedure, stage) && next_duty(procedure, petition).is_none();
    // Of a sealed matter nothing is in clear that its timers and its recipients' list can do without (architecture §10.14).
    let sealed = is_sealed(procedure, &petition.kind);
    let unless_sealed = |text: String| Value::Text(if sealed { String::new() } else { text });
    Some(Write::new(
        MATTER,
        vec![
            text(petition.id),
            text(&submission.case_ref),
            Value::Text(submission.number.digits()),
            Value::Integer(i64::try_from(petition.version).unwrap_or(i64::MAX)),
            text(&procedure.id),
            text(&petition.kind),
            flag(sealed),
            text(stage),
            flag(resting),
            unless_sealed(Channel::word(submission.channel).to_owned()),
            unless_sealed(petition.class.as_ref().map(ToString::to_string).unwrap_or_default()),
            unless_sealed(petition.place.as_ref().map(ToString::to_string).unwrap_or_default()),
            Value::Text(petition.office.map(|office| office.to_string()).unwrap_or_default()),
            text(owner_unit),
            text(owner),
            text(petition.received_on),
            flag(petition.urgent),
            flag(petition.supervision.is_some()),
            flag(petition.withdrawing),
            flag(!petition.joined.is_empty()),
            Value::Integer(if sealed { 1 } else { i64::from(submission.n_people) }),
            unless_sealed(submission.title.content.to_string()),
            unless_sealed(
                petition
                    .parties
                    .first()
                    .and_then(|party| party.identity.as_ref())
                    .map(|identity| identity.content.to_string())
                    .unwrap_or_default(),
            ),
        ],
    ))
}

fn may_rest(procedure: &Procedure, stage: &Name) -> bool {
    procedure.stage(stage).is_some_and(|stage| stage.rest.is_some())
}

/// On whose desks a petition lies, as rows: on its owner's until it rests, and on that of every unit that owes a duty. A
/// sealed one lies on none: recipients have a list of their own (SEAL-2).
fn desk(procedure: &Procedure, petition: &Petition) -> BTreeMap<UnitId, Vec<Value>> {
    let mut rows = BTreeMap::new();
    if is_sealed(procedure, &petition.kind) {
        return rows;
    }
    let (Some(submission), Some(stage), Some((owner, official))) =
        (petition.submission.as_ref(), petition.stage.as_ref(), petition.owner)
    else {
        return rows;
    };
    let mut duties: BTreeMap<UnitId, &Deadline> = BTreeMap::new();
    for (_, deadline) in petition.open_deadlines() {
        if let Some(unit) = deadline.set.unit.filter(|_| role(procedure, deadline) == Some(LimitRole::Duty)) {
            let first = duties.entry(unit).or_insert(deadline);
            if deadline.set.due_on < first.set.due_on {
                *first = deadline;
            }
        }
    }
    let mut units: BTreeSet<UnitId> = duties.keys().copied().collect();
    if !may_rest(procedure, stage) {
        units.insert(owner);
    }
    let kept_from = !petition.recused.is_empty()
        || !petition.named.is_empty()
        || !petition.accused().is_empty()
        || submission.confidential
        || petition.is_withheld();
    let kept: String = petition.named.union(&petition.recused).map(|kept| format!(" {kept}")).collect();
    for unit in units {
        let due = duties.get(&unit).map(|deadline| &deadline.set);
        let row = vec![
            text(petition.id),
            text(unit),
            Value::Text(due.map_or_else(|| NO_DUE.to_owned(), |due| due.due_on.to_string())),
            Value::Text(due.map(|due| due.from.to_string()).unwrap_or_default()),
            Value::Text(due.map(|due| due.limit.to_string()).unwrap_or_default()),
            Value::Text(if unit == owner { official.to_string() } else { String::new() }),
            flag(kept_from || unit != owner),
            text(&submission.case_ref),
            Value::Text(Channel::word(submission.channel).to_owned()),
            Value::Text(petition.class.as_ref().map(ToString::to_string).unwrap_or_default()),
            text(stage),
            Value::Text(kept.clone()),
        ];
        rows.insert(unit, row);
    }
    rows
}

fn deadline(procedure: &Procedure, petition: &Petition, index: usize, deadline: &Deadline) -> Write {
    let role = role(procedure, deadline).map_or("unknown", LimitRole::word);
    Write::new(
        DEADLINE,
        vec![
            text(petition.id),
            Value::Integer(i64::try_from(index).unwrap_or(i64::MAX)),
            text(&deadline.set.limit),
            Value::Text(role.to_owned()),
            Value::Text(state_word(deadline.state).to_owned()),
            text(deadline.set.from),
            text(deadline.set.raw_due_on),
            text(deadline.set.due_on),
            flag(deadline.set.provisional),
            Value::Text(deadline.set.unit.map(|unit| unit.to_string()).unwrap_or_default()),
        ],
    )
}

/// The word a deadline's state has in the table.
pub fn state_word(state: DeadlineState) -> &'static str {
    match state {
        DeadlineState::Running => "running",
        DeadlineState::Missed => "missed",
        DeadlineState::Met { .. } => "met",
        DeadlineState::Cancelled => "cancelled",
        DeadlineState::Closed => "closed",
    }
}

fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

fn flag(value: bool) -> Value {
    Value::Integer(i64::from(value))
}
