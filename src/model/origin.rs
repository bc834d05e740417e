//! An origin: what holds for all addresses of one scheme, host and port, and what was asked of it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// An origin (RFC 6454): what holds for all of its addresses; outlives restarts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// `https://baosonla.vn` or `http://127.1.0.1:8080`.
    pub key: String,
    /// What its robots.txt says.
    pub robots: Robots,
    /// No request before this moment.
    pub cool_down_until: Option<DateTime<Utc>>,
    /// The last request.
    pub last_request: Option<DateTime<Utc>>,
    /// What was asked of it, and what that cost it.
    #[serde(default)]
    pub ledger: Ledger,
}

impl Origin {
    /// An origin that was never asked.
    #[must_use]
    pub fn new(key: String) -> Self {
        Self { key, robots: Robots::default(), cool_down_until: None, last_request: None, ledger: Ledger::default() }
    }
}

/// The politeness ledger of one origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Since the first request.
    pub total: Tally,
    /// The day (UTC) that `today` counts; `None`: never asked.
    pub day: Option<NaiveDate>,
    /// On that day.
    pub today: Tally,
    /// The least time between the starts of two requests, ever.
    pub smallest_gap_ms: Option<u64>,
}

/// Requests and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// All requests: for documents, article pages, robots.txt, and each redirect.
    pub requests: u64,
    /// Those that carried a validator.
    pub conditional: u64,
    /// Those for robots.txt.
    pub robots: u64,
    /// Answered 304.
    pub not_modified: u64,
    /// Bytes of their answers as they came over the wire, bodies and headers.
    pub bytes: u64,
}

impl Ledger {
    /// The tally of a day: nothing, of another day than the last.
    #[must_use]
    pub fn of(&self, day: NaiveDate) -> Tally {
        if self.day == Some(day) { self.today } else { Tally::default() }
    }

    /// The tally of a day that has come.
    pub fn on(&mut self, day: NaiveDate) -> &mut Tally {
        if self.day != Some(day) {
            self.day = Some(day);
            self.today = Tally::default();
        }
        &mut self.today
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.conditional += other.conditional;
        self.robots += other.robots;
        self.not_modified += other.not_modified;
        self.bytes += other.bytes;
    }
}

/// What is known of a robots.txt (RFC 9309).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Robots {
    /// How the last look ended.
    pub verdict: RobotsVerdict,
    /// The last look.
    pub checked_at: Option<DateTime<Utc>>,
    /// No new look before this moment.
    pub next_check_at: Option<DateTime<Utc>>,
    /// Failed looks in a row.
    pub failures: u32,
    /// The text, cut at the limit, where there is one.
    pub text: String,
}

/// How the last look at a robots.txt ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RobotsVerdict {
    /// Never asked.
    #[default]
    Unknown,
    /// Its rules hold.
    Fetched,
    /// 4xx: everything is allowed (RFC 9309 §2.3.1.3).
    Allowed,
    /// 5xx or no answer: nothing is allowed (RFC 9309 §2.3.1.4).
    Paused,
}
