//! A finished document that was not published.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the linter held back; the last good document of that path stays published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The document: `bao-son-la/xa-hoi.rss`.
    pub path: String,
    /// The first rule that it broke, as the W3C feed validator calls it.
    pub rule: String,
    /// Where and how, on one line that may be logged.
    pub what: String,
    /// The date of the first change that readers of this document miss.
    pub since: DateTime<Utc>,
}
