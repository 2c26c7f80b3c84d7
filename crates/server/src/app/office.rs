//! The office directory in the store: plain tables, read whole at start and after each change.

use super::App;
use anyhow::Context as _;
use casework::Directory;
use casework::directory::{Official, Unit};
use std::collections::BTreeMap;
use store::log::{NewEvent, office};
use store::verify::directory_digest;
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
        let mut digests = BTreeMap::new();
        for unit in directory.units.values() {
            let (id, body) = (unit.id.to_string(), serde_json::to_string(unit)?);
            let digest = directory_digest("unit", &id, &unit.sort.to_string(), &body);
            digests.insert(format!("unit/{id}"), digest);
            batch.push(Write::new(
                "insert into unit (id, sort, body) values ($1, $2, $3)",
                vec![id.into(), Value::Integer(unit.sort), body.into()],
            ));
        }
        for official in directory.officials.values() {
            let (id, unit) = (official.id.to_string(), official.unit.to_string());
            let body = serde_json::to_string(official)?;
            digests.insert(format!("official/{id}"), directory_digest("official", &id, &unit, &body));
            batch.push(Write::new(
                "insert into official (id, unit_id, body) values ($1, $2, $3)",
                vec![id.into(), unit.into(), body.into()],
            ));
        }
        let body = serde_json::to_string(&digests)?;
        batch.record(self.office_event("directory", "system", &body).await?);
        match self.database.commit(batch).await? {
            Outcome::Committed => self.read_directory().await,
            Outcome::Conflict => anyhow::bail!("the database already holds an office directory"),
        }
    }

    /// The next event of the office's own history; a second one at the same time is a conflict.
    pub(crate) async fn office_event(&self, kind: &str, actor: &str, body: &str) -> anyhow::Result<NewEvent> {
        let (at, sure) = self.clock.stamp_now();
        let tip = office::tip(&self.database).await?;
        Ok(office::event(tip, (&at, sure), kind, actor, body, crate::entropy::bytes()?))
    }
}
