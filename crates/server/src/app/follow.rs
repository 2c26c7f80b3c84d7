//! Following a petition in a browser: the code is typed once, then a cookie stands for it (architecture §10.6: codes
//! travel in bodies only).

use super::{App, Failure};
use anyhow::Context as _;
use casework::PetitionId;
use store::content::{self, sha256};
use store::sealed::{self, Holder, Opener};
use store::{Batch, Outcome, Write};

/// Hours after which the code has to be typed again.
const HOURS: i64 = 1;

impl App {
    /// Begins to follow; the value of the cookie.
    pub(crate) async fn follow(&self, id: PetitionId, party: u32) -> Result<String, Failure> {
        let token = crate::entropy::hex(&crate::entropy::bytes::<32>()?);
        let session = || {
            Write::new(
                "insert into follow_session (token_digest, petition_id, party, expires_at) values ($1, $2, $3, $4)",
                vec![
                    digest(&token).into(),
                    id.to_string().into(),
                    i64::from(party).into(),
                    self.clock.stamp_in_hours(HOURS).into(),
                ],
            )
        };
        let mut batch = Batch::new();
        batch.push(session());
        // Whoever could open a sealed matter by the code can go on by the cookie, as long as it lasts.
        if sealed::public_of(&self.database, id).await?.is_some()
            && let Ok(key) = content::key_of(&self.database, id).await
        {
            let to =
                (&Holder::Follower(digest(&token)), &sealed::pair_of_code(self.database.suite()?, &token)?.1);
            batch.push(sealed::give(id, &key, to, &mut crate::entropy::generator())?);
            batch.push(sealed::while_it_stands(id));
        }
        if self.database.commit(batch).await? == Outcome::Conflict {
            // Its key was destroyed meanwhile: what is left of it opens without.
            let mut batch = Batch::new();
            batch.push(session());
            self.database.commit(batch).await?;
        }
        Ok(token)
    }

    /// The petition that a cookie stands for, and whose code it was.
    pub(crate) async fn followed(&self, token: &str) -> Result<Option<(PetitionId, u32)>, Failure> {
        let rows = self
            .database
            .query(
                "select petition_id, party from follow_session where token_digest = $1 and expires_at > $2",
                vec![digest(token).into(), self.clock.now_stamp().into()],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let id = row.text(0)?.parse().context("petition id of a follow session")?;
        sealed::bring(Opener::Code(sealed::pair_of_code(self.database.suite()?, token)?.0));
        Ok(Some((id, u32::try_from(row.int(1)?).unwrap_or(0))))
    }

    /// Ends it.
    pub(crate) async fn unfollow(&self, token: &str) -> Result<(), Failure> {
        let mut batch = Batch::new();
        batch.push(Write::new(
            "delete from follow_session where token_digest = $1",
            vec![digest(token).into()],
        ));
        batch.push(sealed::forget_followers());
        self.database.commit(batch).await?;
        Ok(())
    }

    /// Forgets what has expired: drafts, follow sessions, sessions of officials, challenges.
    pub(super) async fn forget_expired(&self) -> anyhow::Result<()> {
        let mut batch = Batch::new();
        for sql in [
            "delete from draft where expires_at <= $1",
            "delete from follow_session where expires_at <= $1",
            "delete from session where expires_at <= $1",
            "delete from ceremony where expires_at <= $1",
        ] {
            batch.push(Write::new(sql, vec![self.clock.now_stamp().into()]));
        }
        batch.push(sealed::forget_followers());
        // Wrong tries of earlier days count no more.
        let yesterday = self.clock.stamp_in_hours(-24);
        batch.push(Write::new("delete from login_try where until <= $1", vec![yesterday.into()]));
        batch.extend(store::attachment::discard_expired(&self.clock.stamp_in_hours(-1)));
        self.database.commit(batch).await?;
        Ok(())
    }
}

fn digest(token: &str) -> String {
    crate::entropy::hex(&sha256(token.as_bytes()))
}
