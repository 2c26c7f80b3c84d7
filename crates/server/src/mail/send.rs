//! Sends what waits: one mail at a time under a lease, again until the relay takes it, never too many to one recipient.
//!
//! A mail is never sent by two nodes at once. It is sent twice only where the relay took it and its word, or the note of
//! it here, was lost: SMTP cannot say more. Both copies then carry the same Message-ID.

use super::news::Kept;
use super::{NotTaken, Relay};
use crate::app::App;
use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::outbox::{self, Message};
use store::{Batch, Outcome, Write};

/// The outbox's word for mails.
pub(crate) const TOPIC: &str = "mail";
/// How long whoever takes a mail holds it: longer than sending one may take.
const LEASE_SECONDS: i64 = 300;
/// Between two looks at what waits.
const PAUSE: Duration = Duration::from_secs(10);
/// The wait after the first try in vain; then twice as long each time …
const AGAIN_SECONDS: i64 = 60;
/// … up to four hours …
const LONGEST_SECONDS: i64 = 4 * 3600;
/// … for about five days, as mail servers do (RFC 5321, 4.5.4.1). Then somebody is told in the log and by the doctor.
const TRIES: i64 = 37;
/// Most mails to one recipient in so many minutes (MAIL-2). What is above waits; none is lost.
const CAPS: [(usize, i64); 5] = [(10, 10), (15, 30), (25, 60), (50, 180), (100, 600)];

/// What became of one mail.
enum Ended {
    /// The relay has it.
    Sent(Write),
    /// Something else, and the next may fare better.
    Next(Write),
    /// The relay cannot be reached: the others wait for the next round.
    Down(Write),
}

/// Sends what waits, for as long as the server runs.
pub(crate) async fn run(app: Arc<App>) {
    loop {
        if let Err(error) = app.send_mails().await {
            tracing::error!("mails could not be looked at, and will be again: {error:#}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl App {
    /// Sends the mails that are due; says how many the relay took. None without a relay.
    ///
    /// # Errors
    /// Whatever the database reports; what was taken and not noted as sent is free again when its lease ends.
    pub(crate) async fn send_mails(&self) -> anyhow::Result<u64> {
        let Some(relay) = &self.mail else { return Ok(0) };
        let mut n = 0;
        let mut is_current = false;
        loop {
            let (now, until) = (self.clock.now_stamp(), self.clock.stamp_in_seconds(LEASE_SECONDS));
            let taker = crate::entropy::token()?;
            let taken = outbox::take(&self.database, TOPIC, &now, &until, &taker, 1).await?;
            let Some(message) = taken.first() else { return Ok(n) };
            if !is_current {
                // Another node may have changed an address.
                self.read_directory().await?;
                is_current = true;
            }
            let ended = self.send_mail(relay, message).await?;
            let (write, sent, down) = match ended {
                Ended::Sent(write) => (write, 1, false),
                Ended::Next(write) => (write, 0, false),
                Ended::Down(write) => (write, 0, true),
            };
            let mut batch = Batch::new();
            batch.push(write);
            if self.database.commit(batch).await? == Outcome::Conflict {
                tracing::error!("a mail was held too long, and may be sent once more");
            }
            n += sent;
            if down {
                return Ok(n);
            }
        }
    }

    async fn send_mail(&self, relay: &Relay, message: &Message) -> anyhow::Result<Ended> {
        let now = self.clock.now_stamp();
        let kept = serde_json::from_str::<Kept>(&message.body).context("a notice in the outbox");
        let mail = match kept.and_then(|kept| self.mail_of(&kept, &message.id)) {
            Ok(Some(mail)) => mail,
            Ok(None) => return Ok(Ended::Next(message.done(&now))),
            Err(error) => {
                tracing::error!("a mail cannot be made: {error:#}");
                return Ok(Ended::Next(message.given_up(&now)));
            }
        };
        let recipient = self.mac(&format!("mail to\0{}", mail.to.to_string().to_lowercase()));
        if let Some(free) = self.free_at(&recipient).await? {
            return Ok(Ended::Next(message.postponed(&crate::clock::Clock::stamp(free))));
        }
        let why = match relay.hand_over(&mail).await {
            Ok(Ok(())) => return Ok(Ended::Sent(message.sent(&self.clock.now_stamp(), &recipient))),
            Ok(Err(why)) => why,
            Err(error) => {
                tracing::error!("a mail cannot be made: {error:#}");
                return Ok(Ended::Next(message.given_up(&now)));
            }
        };
        let id = &mail.id;
        let write = if message.tries >= TRIES {
            tracing::error!("mail {id} was given up after {TRIES} tries: {why}");
            message.given_up(&self.clock.now_stamp())
        } else {
            tracing::warn!("mail {id} will be tried again: {why}");
            message.again(&self.clock.stamp_in_seconds(wait(message.tries)))
        };
        Ok(match why {
            NotTaken::Refused(_) => Ended::Next(write),
            NotTaken::Unreached(_) => Ended::Down(write),
        })
    }

    /// When a recipient who has had enough may be sent more; `None` for now.
    async fn free_at(&self, recipient: &str) -> anyhow::Result<Option<Timestamp>> {
        let longest = CAPS.iter().map(|(_, minutes)| *minutes).max().unwrap_or(0);
        let after = self.clock.stamp_in_seconds(-longest * 60);
        let sent = outbox::sent_to(&self.database, recipient, &after).await?;
        let sent: Vec<Timestamp> = sent.iter().filter_map(|at| at.parse().ok()).collect();
        Ok(free_at(&sent, self.clock.now()))
    }
}

/// Seconds before a mail is tried again.
fn wait(tries: i64) -> i64 {
    (AGAIN_SECONDS << (tries - 1).clamp(0, 10)).min(LONGEST_SECONDS)
}

/// When nothing stands against one more, by when the others were sent, oldest first.
fn free_at(sent: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let free = CAPS.iter().filter_map(|(most, minutes)| {
        let window = SignedDuration::from_mins(*minutes);
        // Among the newest so many, the oldest must have left the window.
        let oldest = sent.iter().rev().nth(most - 1)?;
        oldest.checked_add(window).ok().filter(|free| *free > now)
    });
    free.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_2_a_recipient_is_sent_so_many_and_no_more() {
        let begin: Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
        let mut now = begin;
        let mut sent = Vec::new();
        // As many as may be, for eleven hours.
        while now.duration_since(begin).as_mins() < 660 {
            match free_at(&sent, now) {
                None => sent.push(now),
                Some(free) => now = free,
            }
        }
        for (most, minutes) in [(10, 10), (15, 30), (25, 60), (50, 180), (100, 600)] {
            let within = |from: &Timestamp| {
                sent.iter().filter(|at| **at >= *from && at.duration_since(*from).as_mins() < minutes).count()
            };
            let found = sent.iter().map(within).max().unwrap();
            assert_eq!(found, most, "in {minutes} minutes");
        }
    }

    #[test]
    fn a_mail_is_tried_for_about_five_days() {
        assert_eq!([1, 2, 3, 8, 9, 30].map(wait), [60, 120, 240, 7_680, 14_400, 14_400]);
        let days = (1..TRIES).map(wait).sum::<i64>() / 86_400;
        assert_eq!(days, 4);
    }
}
