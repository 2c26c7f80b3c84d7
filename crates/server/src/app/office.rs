//! The office directory in the store: plain tables, read whole at start and after each change.

use super::App;
use anyhow::Context as _;
use casework::directory::{Official, Unit};
use casework::past::{Stood, Worked};
use casework::{Directory, OfficialId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use store::log::{NewEvent, office};
use store::verify::directory_digest;
use store::{Batch, Outcome, Value, Write};

impl App {
    /// Reads units and officials from the store.
    pub(crate) async fn read_directory(&self) -> anyhow::Result<()> {
        let mut directory = Directory::default();
        for row in self.database.query("select body from unit order by sort, id", Vec::new()).await? {
            let KeptUnit { unit, stood } =
                serde_json::from_str(row.text(0)?).context("unit in the directory")?;
            if !stood.is_empty() {
                directory.past.units.insert(unit.id, stood);
            }
            directory.units.insert(unit.id, unit);
        }
        for row in self.database.query("select body from official order by id", Vec::new()).await? {
            let KeptOfficial { official, worked } =
                serde_json::from_str(row.text(0)?).context("official in the directory")?;
            if !worked.is_empty() {
                directory.past.officials.insert(official.id, worked);
            }
            directory.officials.insert(official.id, official);
        }
        self.directory.store(std::sync::Arc::new(directory));
        Ok(())
    }

    /// Reads the directory again when the office's own history went on since: another node may have changed it.
    pub(super) async fn follow_directory(&self, tip: i64) -> anyhow::Result<()> {
        if self.directory_as_of.load(Ordering::SeqCst) != tip {
            self.read_directory().await?;
            self.directory_as_of.store(tip, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Writes a whole directory into an empty store.
    pub(crate) async fn install_directory(&self, directory: &Directory) -> anyhow::Result<()> {
        let mut batch = Batch::new();
        let rows = rows(directory)?;
        for row in &rows {
            batch.push(Write::new(row.insert(), row.values()));
        }
        let body = serde_json::json!({ "rows": digests(&rows) });
        batch.record(self.office_event("directory", "system", &body.to_string()).await?);
        match self.database.commit(batch).await? {
            Outcome::Committed => self.read_directory().await,
            Outcome::Conflict => anyhow::bail!("the database already holds an office directory"),
        }
    }

    /// What puts a changed directory in place: the rows that differ, and the event that says how all of them are now.
    pub(super) async fn change_directory(
        &self,
        new: &Directory,
        by: OfficialId,
        mut said: serde_json::Map<String, serde_json::Value>,
    ) -> anyhow::Result<Batch> {
        let old = rows(&self.directory())?;
        let new = rows(new)?;
        let mut batch = Batch::new();
        for row in new.iter().filter(|row| !old.contains(row)) {
            batch.push(Write::new(row.upsert(), row.values()).rows(1));
        }
        said.insert("rows".to_owned(), serde_json::to_value(digests(&new))?);
        let body = serde_json::Value::Object(said).to_string();
        batch.record(self.office_event("directory", &by.to_string(), &body).await?);
        Ok(batch)
    }

    /// The next event of the office's own history; a second one at the same time is a conflict.
    pub(crate) async fn office_event(&self, kind: &str, actor: &str, body: &str) -> anyhow::Result<NewEvent> {
        let (at, sure) = self.clock.stamp_now();
        let tip = office::tip(&self.database).await?;
        Ok(office::event(tip, (&at, sure), kind, actor, body, crate::entropy::bytes()?))
    }
}

/// A unit as it is kept, with how it stood before.
#[derive(Serialize, Deserialize)]
struct KeptUnit {
    #[serde(flatten)]
    unit: Unit,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stood: Vec<Stood>,
}

/// An official as they are kept, with where they worked before.
#[derive(Serialize, Deserialize)]
struct KeptOfficial {
    #[serde(flatten)]
    official: Official,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    worked: Vec<Worked>,
}

/// A row of the directory, as it is kept.
#[derive(PartialEq, Eq)]
struct DirectoryRow {
    table: &'static str,
    id: String,
    /// Place in directory order of a unit, unit of an official.
    third: Value,
    body: String,
}

impl DirectoryRow {
    fn values(&self) -> Vec<Value> {
        vec![self.id.clone().into(), self.third.clone(), self.body.clone().into()]
    }

    fn insert(&self) -> &'static str {
        match self.table {
            "unit" => "insert into unit (id, sort, body) values ($1, $2, $3)",
            _ => "insert into official (id, unit_id, body) values ($1, $2, $3)",
        }
    }

    fn upsert(&self) -> &'static str {
        match self.table {
            "unit" => {
                "insert into unit (id, sort, body) values ($1, $2, $3) on conflict (id) do update set sort = excluded.sort, body = excluded.body"
            }
            _ => {
                "insert into official (id, unit_id, body) values ($1, $2, $3) on conflict (id) do update set unit_id = excluded.unit_id, body = excluded.body"
            }
        }
    }
}

fn rows(directory: &Directory) -> anyhow::Result<Vec<DirectoryRow>> {
    let mut rows = Vec::new();
    for unit in directory.units.values() {
        let (id, third) = (unit.id.to_string(), Value::Integer(unit.sort));
        let stood = directory.past.units.get(&unit.id).cloned().unwrap_or_default();
        let body = serde_json::to_string(&KeptUnit { unit: unit.clone(), stood })?;
        rows.push(DirectoryRow { table: "unit", id, third, body });
    }
    for official in directory.officials.values() {
        let (id, third) = (official.id.to_string(), Value::Text(official.unit.to_string()));
        let worked = directory.past.officials.get(&official.id).cloned().unwrap_or_default();
        let body = serde_json::to_string(&KeptOfficial { official: official.clone(), worked })?;
        rows.push(DirectoryRow { table: "official", id, third, body });
    }
    Ok(rows)
}

/// A digest for each row, by table and id: what `verify` compares the rows with.
fn digests(rows: &[DirectoryRow]) -> BTreeMap<String, String> {
    let digest = |row: &DirectoryRow| {
        let third = match &row.third {
            Value::Integer(sort) => sort.to_string(),
            Value::Text(unit) => unit.clone(),
            Value::Null | Value::Blob(_) => String::new(),
        };
        (format!("{}/{}", row.table, row.id), directory_digest(row.table, &row.id, &third, &row.body))
    };
    rows.iter().map(digest).collect()
}
