//! The office directory in the store: plain tables, read whole at start and after each change.

use super::App;
use anyhow::Context as _;
use casework::Directory;
use casework::directory::{Official, Unit};
use store::{Batch, Outcome, Value, Write};

impl App {
    /// Reads units and officials from the store.
    pub(crate) async fn read_directory(&self) -> anyhow::Result<()> {
        let mut directory = Directory::default();
        for row in self.database.query("select body from unit order by sort, id", Vec::new()).await? {
            let unit: Unit = serde_json::from_str(row.text(0)?).context("unit in the directory")?;
            directory.units.insert(unit.id, unit);
        }
        for row in self.database.query("select body from official order by id", Vec::new()).await? {
            let official: Official =
                serde_json::from_str(row.text(0)?).context("official in the directory")?;
            directory.officials.insert(official.id, official);
        }
        self.directory.store(std::sync::Arc::new(directory));
        Ok(())
    }

    /// Writes a whole directory into an empty store.
    pub(crate) async fn install_directory(&self, directory: &Directory) -> anyhow::Result<()> {
        let mut batch = Batch::new();
        for unit in directory.units.values() {
            batch.push(Write::new(
                "insert into unit (id, sort, body) values ($1, $2, $3)",
                vec![
                    unit.id.to_string().into(),
                    Value::Integer(unit.sort),
                    serde_json::to_string(unit)?.into(),
                ],
            ));
        }
        for official in directory.officials.values() {
            batch.push(Write::new(
                "insert into official (id, unit_id, body) values ($1, $2, $3)",
                vec![
                    official.id.to_string().into(),
                    official.unit.to_string().into(),
                    serde_json::to_string(official)?.into(),
                ],
            ));
        }
        match self.database.commit(batch).await? {
            Outcome::Committed => self.read_directory().await,
            Outcome::Conflict => anyhow::bail!("the database already holds an office directory"),
        }
    }
}
