//! Warnings before and after the last day of a duty: found once a day, put into the outbox, delivered as reminders.
//!
//! procedure.md §2.2 rule 10: half and four fifths of the time gone, three working days before, the day itself, then
//! every working day that it is overdue. Officials are warned on the raw last day and judged on the rolled one.

use super::App;
use anyhow::Context as _;
use casework::authority::Actor;
use casework::disclosure::Sight;
use casework::{OfficialId, deadline};
use jiff::civil::Date;
use store::outbox::{self, Message};
use store::reminder::{self, After, Owed, Reminder};
use store::{Batch, Outcome, Write, history};

/// Duties looked at, and messages taken, in one go.
const PAGE: i64 = 500;
/// The messages that are delivered here.
const WARNING: &str = "warning";
/// The setting that says up to which day warnings were put.
const WARNED: &str = "warned_on";
/// How long whoever takes a message holds it.
const LEASE_SECONDS: i64 = 60;
/// Tries at a write that can only meet another node's.
const TRIES: usize = 5;
/// How long what was delivered is remembered.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;
/// Wait before a message that could not be delivered is tried again: a minute, then twice as long each time.
const AGAIN_SECONDS: i64 = 60;

/// A reminder as its official may see it.
pub(crate) struct Reminded {
    /// The reminder.
    pub(crate) reminder: Reminder,
    /// Reference of the case.
    pub(crate) case_ref: String,
    /// Its title.
    pub(crate) title: String,
    /// The name of the limit, from the procedure.
    pub(crate) limit: casework::procedure::Label,
}

impl App {
    /// Puts the warnings of today, once a day however often it runs; says how many duties are warned of.
    ///
    /// # Errors
    /// Whatever the database reports; interrupted, it is run again and puts the same messages.
    pub(crate) async fn warn(&self) -> anyhow::Result<u64> {
        let today = self.clock.today();
        let last: Option<Date> = self.setting(WARNED).await?.and_then(|day| day.parse().ok());
        // At the first start, as if it had run yesterday.
        let last = last.or_else(|| today.yesterday().ok()).unwrap_or(today);
        if last >= today {
            return Ok(0);
        }
        let mut n = 0;
        for state in ["running", "missed"] {
            let mut after: After = (String::new(), String::new(), -1);
            loop {
                let page = reminder::owed(&self.database, state, &after, PAGE).await?;
                let mut batch = Batch::new();
                for (_, owed) in &page {
                    if self.is_warned_of(owed, last, today)?
                        && let Some(official) = self.addressee(owed)
                    {
                        let id = format!("{WARNING}-{}-{today}", owed.idx);
                        let body = format!("{} {official} {today}", owed.idx);
                        let now = self.clock.now_stamp();
                        batch.push(outbox::put(owed.petition, &id, WARNING, &body, &now));
                        n += 1;
                    }
                }
                self.commit_surely(batch).await?;
                match page.last() {
                    Some((last, _)) if i64::try_from(page.len()).unwrap_or(0) == PAGE => after = last.clone(),
                    Some(_) | None => break,
                }
            }
        }
        self.set_setting(WARNED, &today.to_string()).await?;
        Ok(n)
    }

    /// Whether a day of warning came after `last`, up to today: what a stopped timer missed is said when it runs again.
    fn is_warned_of(&self, owed: &Owed, last: Date, today: Date) -> anyhow::Result<bool> {
        let calendar = self.calendar(self.procedure(&owed.procedure)?)?;
        let before = deadline::warnings(calendar, owed.from, owed.raw_due_on);
        let over = calendar.working_days_between(last.max(owed.due_on), today) > 0;
        Ok((today > owed.due_on && over) || before.iter().any(|day| last < *day && *day <= today))
    }

    /// The owner where the owner's unit must act, else the unit's first addressee who is not kept from the matter.
    fn addressee(&self, owed: &Owed) -> Option<OfficialId> {
        let unit = owed.unit?;
        let (owner, official) = owed.owner;
        if unit == owner {
            return Some(official);
        }
        self.directory().addressee(unit, |official| !owed.kept.contains(&official.to_string()))
    }

    /// Delivers what waits in the outbox; says how many messages were done.
    ///
    /// # Errors
    /// Whatever the database reports; what was taken and not done is free again when its lease ends.
    pub(crate) async fn deliver(&self) -> anyhow::Result<u64> {
        let mut n = 0;
        loop {
            let now = self.clock.now_stamp();
            let until = self.clock.stamp_in_seconds(LEASE_SECONDS);
            let taker = crate::entropy::token()?;
            let taken = outbox::take(&self.database, WARNING, &now, &until, &taker, PAGE).await?;
            if taken.is_empty() {
                break;
            }
            n += self.deliver_all(&taken).await?;
        }
        let mut batch = Batch::new();
        batch.push(outbox::forget(&self.clock.stamp_in_seconds(-KEPT_SECONDS)));
        self.commit_surely(batch).await?;
        Ok(n)
    }

    /// Does messages in one commit; when a lease among them was lost, each on its own.
    async fn deliver_all(&self, messages: &[Message]) -> anyhow::Result<u64> {
        let mut batch = Batch::new();
        let mut n = 0;
        for message in messages {
            match delivery(message) {
                Ok(write) => {
                    batch.push(write);
                    batch.push(message.done(&self.clock.now_stamp()));
                    n += 1;
                }
                Err(error) => {
                    let id = &message.id;
                    tracing::error!(petition.id = ?message.petition, "message {id} could not be delivered: {error:#}");
                    let wait = AGAIN_SECONDS << (message.tries - 1).clamp(0, 10);
                    batch.push(message.again(&self.clock.stamp_in_seconds(wait)));
                }
            }
        }
        if self.database.commit(batch).await? == Outcome::Committed {
            self.counted.forget();
            return Ok(n);
        }
        match messages {
            // The lease was lost: somebody else does it.
            [_] => Ok(0),
            _ => {
                let mut n = 0;
                for message in messages {
                    n += Box::pin(self.deliver_all(std::slice::from_ref(message))).await?;
                }
                Ok(n)
            }
        }
    }

    /// An official's reminders, without those of matters that they may no longer see; and the key of the next page.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn reminders(
        &self,
        actor: &Actor,
        official: OfficialId,
        after: Option<&After>,
    ) -> anyhow::Result<(Vec<Reminded>, Option<After>)> {
        let reader = self.reader(actor)?;
        let page = reminder::page(&reader, official, after).await?;
        let full = i64::try_from(page.len()).unwrap_or(0) == reminder::PAGE;
        let next = page.last().filter(|_| full);
        let next = next.map(|last| (last.warned_on.to_string(), last.petition.to_string(), last.idx));
        let mut shown = Vec::new();
        for reminder in page {
            let Some(history) = history::load(&reader, reminder.petition).await? else { continue };
            let sight = self.sight(actor, &history)?;
            if sight == Sight::Nothing {
                continue;
            }
            let procedure = self.procedure_of(&history.petition)?;
            let Some(submission) = &history.petition.submission else { continue };
            let Some(limit) = procedure.limit(&reminder.limit) else { continue };
            let mut words = self.words_for(&history, sight).await?;
            shown.push(Reminded {
                case_ref: submission.case_ref.to_string(),
                title: words.remove(&submission.title.content).unwrap_or_default(),
                limit: limit.name.clone(),
                reminder,
            });
        }
        Ok((shown, next))
    }

    /// Puts away some of an official's reminders, named as `petition,idx,warned_on`; those of a later warning stay.
    ///
    /// # Errors
    /// Whatever the database reports.
    pub(crate) async fn put_away(&self, official: OfficialId, shown: &[String]) -> anyhow::Result<()> {
        let today = self.clock.today();
        let mut batch = Batch::new();
        for key in shown {
            if let [petition, idx, on] = key.split(',').collect::<Vec<_>>().as_slice()
                && let (Ok(petition), Ok(idx), Ok(on)) = (petition.parse(), idx.parse(), on.parse())
            {
                batch.push(reminder::seen(official, petition, idx, on, today));
            }
        }
        self.commit_surely(batch).await?;
        self.counted.forget();
        Ok(())
    }

    /// Commits what cannot lose to anybody: a conflict is two nodes in each other's way, and is tried again.
    async fn commit_surely(&self, batch: Batch) -> anyhow::Result<()> {
        if batch.writes.is_empty() {
            return Ok(());
        }
        for _ in 0..TRIES {
            if self.database.commit(batch.clone()).await? == Outcome::Committed {
                return Ok(());
            }
        }
        anyhow::bail!("other nodes were in the way {TRIES} times")
    }

    /// A setting of the installation.
    pub(crate) async fn setting(&self, name: &str) -> anyhow::Result<Option<String>> {
        let rows =
            self.database.query("select value from setting where name = $1", vec![name.into()]).await?;
        Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
    }

    /// Keeps a setting.
    pub(crate) async fn set_setting(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
            vec![name.into(), value.into()],
        ));
        self.commit_surely(batch).await
    }
}

/// What doing a message writes.
fn delivery(message: &Message) -> anyhow::Result<Write> {
    let petition = message.petition.context("a warning about no petition")?;
    let parts: Vec<&str> = message.body.split(' ').collect();
    let [idx, official, on] = parts.as_slice() else { anyhow::bail!("the message has another form") };
    let official = official.parse().context("official of a warning")?;
    Ok(reminder::remind(petition, idx.parse()?, official, on.parse()?))
}
