//! The demo reaches every stage, overdue and in time, on both databases.

use super::make;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use std::collections::BTreeSet;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_reaches_every_stage_in_time_and_late_and_verifies() {
    for (scratch, name) in [
        (store::testing::sqlite("demo").await.unwrap(), "s"),
        (store::testing::postgres("demo").await.unwrap(), "p"),
    ] {
        let folder = std::env::temp_dir().join(format!("huiyin-demo-test-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut config = Config::load(None).unwrap();
        config.database = scratch.address.clone();
        config.key_file = folder.join("key");
        std::fs::write(&config.key_file, store::testing::KEY_FILE).unwrap();
        config.journal_folder = std::path::PathBuf::new();
        let app = Arc::new(App::open(&config, Clock::real("Asia/Shanghai").unwrap()).await.unwrap());
        let made = make(&app, &[]).await.unwrap();
        assert!(made.petitions >= 55, "{made:?}");
        let rows = app.database.query("select distinct stage from matter", Vec::new()).await.unwrap();
        let reached: BTreeSet<String> = rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
        let all: BTreeSet<String> =
            app.current_procedure().unwrap().stages.iter().map(|stage| stage.id.to_string()).collect();
        assert_eq!(all.difference(&reached).collect::<Vec<_>>(), Vec::<&String>::new());
        let count = async |sql: &str| app.database.query(sql, Vec::new()).await.unwrap()[0].int(0).unwrap();
        assert!(count("select count(*) from deadline where state = 'missed'").await > 0);
        assert!(count("select count(*) from deadline where state = 'met'").await > 50);
        assert!(count("select count(*) from matter where supervised = 1").await > 0);
        assert_eq!(crate::app::tests::faults(&app).await, [""; 0]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
