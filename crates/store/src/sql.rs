//! One small vocabulary for both databases: values, rows, writes, batches. Knows neither petitions nor drivers.

use crate::StoreError;
use crate::log::NewEvent;
use crate::log::next::Opens;

/// What a column holds. No booleans, no JSON, no database's own types (architecture §5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL null.
    Null,
    /// Whole number.
    Integer(i64),
    /// Text, also dates and instants in fixed-width ISO form.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Value::Blob(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn wrong(column: usize, wanted: &str) -> StoreError {
        StoreError::Corrupt(format!("column {column} holds no {wanted}"))
    }

    /// Text in a column, counted from 0.
    ///
    /// # Errors
    /// `Corrupt` when the column holds something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            Some(Value::Null | Value::Integer(_) | Value::Blob(_)) | None => Err(Self::wrong(column, "text")),
        }
    }

    /// Text or null.
    ///
    /// # Errors
    /// `Corrupt` when the column holds something else.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_) | Value::Integer(_) | Value::Blob(_)) | None => self.text(column).map(Some),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `Corrupt` when the column holds something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(*number),
            Some(Value::Null | Value::Text(_) | Value::Blob(_)) | None => {
                Err(Self::wrong(column, "whole number"))
            }
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// `Corrupt` when the column holds something else.
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            Some(Value::Null | Value::Text(_) | Value::Integer(_)) | None => {
                Err(Self::wrong(column, "bytes"))
            }
        }
    }

    /// Bytes or null.
    ///
    /// # Errors
    /// `Corrupt` when the column holds something else.
    pub fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_) | Value::Integer(_) | Value::Blob(_)) | None => self.blob(column).map(Some),
        }
    }

    /// The values, for tools that show any row.
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

/// One statement that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// SQL in the common subset, parameters as `$1`.
    pub sql: &'static str,
    /// Its parameters.
    pub params: Vec<Value>,
    /// How many rows it must touch; anything else is a conflict.
    pub rows: Option<u64>,
}

impl Write {
    /// A statement with its parameters.
    pub fn new(sql: &'static str, params: Vec<Value>) -> Write {
        Write { sql, params, rows: None }
    }

    /// The same, touching exactly so many rows or conflicting.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Write {
        self.rows = Some(rows);
        self
    }
}

/// Writes that happen together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In order.
    pub writes: Vec<Write>,
    /// Events to be recorded, each with an entry in the log.
    pub events: Vec<NewEvent>,
    /// An instant at which the log is to grow by padding alone (architecture §10.16).
    pub idle_at: Option<String>,
    /// The log that follows the one which this batch's events end (KEY-2).
    pub opens: Option<Opens>,
}

impl Batch {
    /// No writes yet.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Adds one.
    pub fn push(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Adds an event.
    pub fn record(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Whether the log grows with it.
    pub(crate) fn is_logged(&self) -> bool {
        !self.events.is_empty() || self.idle_at.is_some()
    }

    /// Adds several.
    pub fn extend(&mut self, writes: impl IntoIterator<Item = Write>) {
        self.writes.extend(writes);
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Durable: it survives a power cut.
    Committed,
    /// Somebody was faster, or a row was not as expected. Nothing of it was written.
    Conflict,
}
