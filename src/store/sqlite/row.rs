//! Values in rows: moments, JSON, and what cannot be read.

use crate::store::StoreError;
use chrono::{DateTime, Utc};
use encoding_rs::UTF_8;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a unit of work failed, before the store's own words for it.
#[derive(Debug)]
pub(super) enum Error {
    Sqlite(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) type Result<T> = std::result::Result<T, Error>;

/// A moment as microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) DateTime<Utc>);

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_micros().into())
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or(FromSqlError::OutOfRange(micros))
    }
}

/// A moment as the database keeps it.
pub(super) fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// A text column, which may be null where the type allows it. The driver's own look at UTF-8 takes ten times as long on
/// Vietnamese.
pub(super) fn text<T: FromSql + From<String>>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    if let ValueRef::Text(bytes) = row.get_ref(column)?
        && let Some(text) = UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return Ok(text.into_owned().into());
    }
    row.get(column)
}

/// A value as JSON text.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Database { doing: "writing a value as JSON", source: error.into() }.into())
}

/// The value of JSON text; the row of `table` is corrupt where it is none.
pub(super) fn from_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| corrupt(table, &error))
}

/// The word by which a plain enum is kept.
pub(super) fn word(value: &impl Serialize) -> Result<String> {
    json(value).map(|text| text.trim_matches('"').to_owned())
}

pub(super) fn from_word<T: DeserializeOwned>(table: &'static str, word: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|error| corrupt(table, &error))
}

/// An id that had a good form when it was written.
pub(super) fn id<T: TryFrom<String>>(table: &'static str, text: String) -> Result<T>
where
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(|error| corrupt(table, &error))
}

pub(super) fn corrupt(table: &'static str, why: &impl std::fmt::Display) -> Error {
    StoreError::Corrupt { table, why: why.to_string() }.into()
}

/// A count or revision, which the database keeps with a sign.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
