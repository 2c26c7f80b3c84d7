//! Wrong tries make a login wait, longer each time, never for good: whoever guesses must not be able to shut an official
//! out (IAM-3b). Logins that do not exist wait in the same way.

use super::LOGIN;
use crate::app::{App, Failure};
use crate::clock::Clock;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use store::{Batch, Write};

/// Until when a login waits after so many wrong tries: a second, three, five, ten, and then until midnight.
fn until(fails: i64, now: Timestamp, midnight: Timestamp) -> Timestamp {
    let seconds = match fails {
        ..3 => 1,
        3..9 => 3,
        9..25 => 5,
        25..100 => 10,
        100.. => return midnight,
    };
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

impl App {
    fn tried(&self, login: &str) -> String {
        self.mac(&format!("login\0{login}"))
    }

    /// Seconds that must pass before this login may be tried again.
    pub(in crate::app) async fn must_wait(&self, login: &str) -> Result<Option<i64>, Failure> {
        let sql = "select until from login_try where login_mac = $1";
        let rows = self.database.query(sql, vec![self.tried(login).into()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Ok(until) = row.text(0)?.parse::<Timestamp>() else { return Ok(None) };
        let left = until.duration_since(self.clock.now()).as_millis();
        if left <= 0 {
            return Ok(None);
        }
        tracing::warn!(target: LOGIN, "a try before its time");
        Ok(Some(i64::try_from((left + 999) / 1000).unwrap_or(i64::MAX)))
    }

    /// Counts a wrong try. What was counted on another day is forgotten.
    pub(in crate::app) async fn failed(&self, login: &str) -> Result<(), Failure> {
        let mac = self.tried(login);
        let now = self.clock.now();
        let sql = "select fails, until from login_try where login_mac = $1";
        let rows = self.database.query(sql, vec![mac.clone().into()]).await?;
        let mut fails = 1;
        if let Some(row) = rows.first() {
            let last: Option<Timestamp> = row.text(1)?.parse().ok();
            if last.is_some_and(|last| self.clock.date_of(last) >= self.clock.today()) {
                fails += row.int(0)?;
            }
        }
        let until = until(fails, now, self.midnight(now));
        let mut batch = Batch::new();
        batch.push(Write::new(
            "insert into login_try (login_mac, fails, until) values ($1, $2, $3) on conflict (login_mac) do update set fails = excluded.fails, until = excluded.until",
            vec![mac.into(), fails.into(), Clock::stamp(until).into()],
        ));
        self.database.commit(batch).await?;
        // The login as typed may be a password in the wrong field: only whose account it is stands in the log.
        // One-time codes are counted under a name that begins otherwise.
        let login = login.rsplit('\0').next().unwrap_or_default();
        let whose = self.account(login).await?.map(|account| account.official.to_string());
        tracing::warn!(target: LOGIN, official = %whose.as_deref().unwrap_or("nobody's"), fails, "a wrong try");
        Ok(())
    }

    /// The last second of today in the office's zone.
    fn midnight(&self, now: Timestamp) -> Timestamp {
        let time = self.clock.civil_of(now).time();
        let passed = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        now.checked_add((86_399 - passed).max(1).seconds()).unwrap_or(now)
    }

    /// The right password and code were shown.
    pub(in crate::app) async fn forget_tries(&self, login: &str) -> Result<(), Failure> {
        let mut batch = Batch::new();
        let sql = "delete from login_try where login_mac = $1";
        batch.push(Write::new(sql, vec![self.tried(login).into()]));
        self.database.commit(batch).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_3b_the_wait_grows_and_ends_at_midnight() {
        let now: Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
        let midnight: Timestamp = "2026-03-02T15:59:59Z".parse().unwrap();
        let waits = |fails| until(fails, now, midnight).duration_since(now).as_secs();
        let table: Vec<i64> = [1, 2, 3, 8, 9, 24, 25, 99].into_iter().map(waits).collect();
        assert_eq!(table, [1, 1, 3, 3, 5, 5, 10, 10]);
        assert_eq!(until(100, now, midnight), midnight);
        assert_eq!(until(100_000, now, midnight), midnight, "never for good");
    }
}
