//! The n-th write fails, for every n until the operation passes: nothing is ever half written.
//!
//! Faults are armed for the whole process, so one test holds both databases: they must not run side by side.

use crate::{both, commit, set, settings};
use store::fault::fail_write;
use store::{Outcome, StoreError};

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_write_leaves_nothing_behind() {
    for scratch in both("faults").await {
        let database = &scratch.database;
        let mut failed = 0;
        for n in 1.. {
            fail_write(n);
            let writes = (0..5).map(|write| set(&format!("w{write}"), "1"));
            let outcome = commit(database, writes).await;
            fail_write(0);
            match outcome {
                Err(StoreError::Other(reason)) => {
                    assert!(reason.contains("injected fault"), "{reason}");
                    assert_eq!(settings(database).await, [""; 0], "{} at write {n}", database.kind());
                    failed += 1;
                }
                passed => {
                    assert_eq!(passed, Ok(Outcome::Committed), "{}", database.kind());
                    break;
                }
            }
        }
        assert_eq!(failed, 5, "each of the five writes must have failed once");
        assert_eq!(settings(database).await.len(), 5);
    }
}
