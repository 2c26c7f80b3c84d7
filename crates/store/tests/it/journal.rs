//! The intake journal (BAK-3): what was confirmed can be read back in order; what tears was never confirmed; what is
//! altered is refused.

use crate::{decided, record, set};
use std::path::{Path, PathBuf};
use store::journal::{self, Record, Segment};
use store::log::Keeper;
use store::seal::Suite;
use store::testing::{keeper, postgres, sqlite};
use store::{Batch, Database, Journal, Outcome, StoreError, Value};

const AT: &str = "2026-03-02T01:02:03.000Z";

fn open_journal(folder: &Path) -> Journal {
    let begin = || {
        let header = journal::own_header(&keeper(), &[3; 32], &[4; 24]).map_err(|error| error.to_string())?;
        Ok(Segment { name: "0001.journal".to_owned(), suite: Suite::Intl, key: [3; 32], header })
    };
    Journal::new(folder, Box::new(begin)).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("huiyin-journal-{}-{name}", std::process::id()));
    let _gone = std::fs::remove_dir_all(&folder);
    folder
}

fn read(file: &Path) -> std::io::Result<Vec<Record>> {
    let key = journal::open_own_header(&keeper(), &journal::header(file)?).unwrap().unwrap();
    let mut records = Vec::new();
    journal::read(file, (Suite::Intl, &key), |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_commit_stands_in_the_journal_in_order() {
    for scratch in [sqlite("journal").await.unwrap(), postgres("journal").await.unwrap()] {
        let folder = folder(scratch.database.kind());
        let database = Database::open(&scratch.address, keeper(), Some(open_journal(&folder))).await.unwrap();
        record(&database, [decided(1, 0, [0; 32], AT)]).await.unwrap();
        let mut batch = Batch::new();
        batch.push(set("a", "1"));
        database.commit(batch).await.unwrap();
        record(&database, [decided(2, 0, [0; 32], AT), decided(3, 0, [0; 32], AT)]).await.unwrap();
        // Refused: it must not come back.
        assert_eq!(record(&database, [decided(2, 0, [0; 32], AT)]).await, Ok(Outcome::Conflict));
        let file = folder.join("0001.journal");
        let records = read(&file).unwrap();
        let spans: Vec<_> = records.iter().map(|r| (r.span.epoch, r.span.first, r.span.last)).collect();
        assert_eq!(spans, [(1, 0, 16), (0, 0, 0), (1, 16, 32)], "{}", database.kind());
        let events =
            |record: &Record| record.writes.iter().filter(|(sql, ..)| sql.contains("into event")).count();
        assert_eq!(records.iter().map(events).collect::<Vec<_>>(), [1, 0, 2]);
        let (sql, params, _) = &records[1].writes[0];
        assert!(sql.contains("into setting"));
        assert_eq!(params, &[Value::Text("a".to_owned()), Value::Text("1".to_owned())]);

        // Torn at the end, anywhere: the whole records before it are there.
        let whole = std::fs::read(&file).unwrap();
        let torn = folder.join("torn");
        let mut fewest = 3;
        for cut in (whole.len() - 400)..whole.len() {
            std::fs::write(&torn, &whole[..cut]).unwrap();
            let left = read(&torn).unwrap();
            assert!(left.len() == 2 && left[..] == records[..2], "cut at {cut}");
            fewest = fewest.min(left.len());
        }
        assert_eq!(fewest, 2);
        // Altered anywhere: refused, whether it is a length, a number, the last record or one before it.
        let begin = 17 + 4 + journal::header(&file).unwrap().len();
        for at in
            (begin..whole.len()).step_by(13).chain(begin..begin + 40).chain(whole.len() - 40..whole.len())
        {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            std::fs::write(&torn, &altered).unwrap();
            assert!(read(&torn).is_err(), "byte {at} of {}", whole.len());
        }
        // A sector of the last record that never reached the disk: torn, not altered.
        let mut empty = whole.clone();
        let sector = (whole.len() - 600) / 512 * 512;
        empty[sector..sector + 512].fill(0);
        std::fs::write(&torn, &empty).unwrap();
        assert_eq!(read(&torn).unwrap().len(), 2);
        // Another office's key opens nothing.
        let header = journal::header(&file).unwrap();
        assert!(
            journal::open_own_header(&Keeper::new(&store::keys::OfficeKey::of_one([8; 32]), ""), &header)
                .unwrap()
                .is_none()
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// A journal that cannot be written holds up the commit: nothing is confirmed that does not stand in it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_confirmed_without_the_journal() {
    let scratch = sqlite("no-journal").await.unwrap();
    let begin = || Err("no segment can be begun".to_owned());
    let journal = Journal::new(&folder("none"), Box::new(begin)).unwrap();
    // The log's opening is a commit too.
    let refused = Database::open(&format!("{}.other", scratch.address), keeper(), Some(journal)).await;
    assert!(matches!(refused, Err(StoreError::Device(_))), "{refused:?}");
}
