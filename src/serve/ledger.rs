//! The politeness ledger for people and programs: what was asked of each origin.
//!
//! Comes in: origins as the store keeps them. Goes out: reports. It does not know which sources live there.

use super::health::seconds;
use crate::model::{Origin, RobotsVerdict, Tally};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// One origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OriginReport {
    /// `https://baosonla.vn`.
    pub origin: String,
    /// What came of the last look at its robots.txt: `unknown`, `fetched`, `allowed` (4xx: there is none) or `paused` (5xx or
    /// no answer: nothing is asked).
    pub robots: RobotsVerdict,
    /// The last look.
    pub robots_checked_at: Option<DateTime<Utc>>,
    /// No new look before.
    pub robots_next_check_at: Option<DateTime<Utc>>,
    /// It asked for silence until then; past moments are over.
    pub cool_down_until: Option<DateTime<Utc>>,
    /// The last request.
    pub last_request: Option<DateTime<Utc>>,
    /// The least time between the starts of two requests, ever.
    pub smallest_gap_ms: Option<u64>,
    /// Since the first request.
    pub total: TallyReport,
    /// The day (UTC) that `on_day` counts.
    pub day: Option<NaiveDate>,
    /// On that day.
    pub on_day: TallyReport,
}

/// Requests and what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TallyReport {
    /// All requests.
    pub requests: u64,
    /// Without a validator, robots.txt left out: first polls, article pages, and origins that give none.
    pub unconditional: u64,
    /// For robots.txt.
    pub robots: u64,
    /// Answered 304.
    pub not_modified: u64,
    /// Of the conditional ones: 1 is all; `null` where there were none.
    pub not_modified_share: Option<f64>,
    /// Bytes of answers over the wire.
    pub bytes: u64,
}

impl TallyReport {
    fn of(tally: Tally) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = |part: u64, of: u64| (of > 0).then(|| (part as f64 / of as f64 * 1_000.0).round() / 1_000.0);
        Self {
            requests: tally.requests,
            unconditional: tally.requests.saturating_sub(tally.conditional + tally.robots),
            robots: tally.robots,
            not_modified: tally.not_modified,
            not_modified_share: share(tally.not_modified, tally.conditional),
            bytes: tally.bytes,
        }
    }

    /// `12 requests, 3 unconditional, 90 % of the others unchanged, 1.2 MiB`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = format!("{} requests, {} unconditional", self.requests, self.unconditional);
        if let Some(share) = self.not_modified_share {
            words += &format!(", {:.0} % of the conditional unchanged", share * 100.0);
        }
        words + ", " + &size(self.bytes)
    }
}

fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let of = |unit: u64| bytes as f64 / unit as f64;
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.0} KiB", of(1 << 10)),
        _ => format!("{:.1} MiB", of(1 << 20)),
    }
}

/// The origins that were asked, those that were asked most first.
pub(super) fn origins(kept: &[Origin]) -> Vec<OriginReport> {
    let mut reports: Vec<OriginReport> = kept
        .iter()
        .map(|origin| OriginReport {
            origin: crate::text::log_safe(&origin.key),
            robots: origin.robots.verdict,
            robots_checked_at: seconds(origin.robots.checked_at),
            robots_next_check_at: seconds(origin.robots.next_check_at),
            cool_down_until: seconds(origin.cool_down_until),
            last_request: seconds(origin.last_request),
            smallest_gap_ms: origin.ledger.smallest_gap_ms,
            total: TallyReport::of(origin.ledger.total),
            day: origin.ledger.day,
            on_day: TallyReport::of(origin.ledger.today),
        })
        .collect();
    reports.sort_by(|a, b| b.total.requests.cmp(&a.total.requests).then_with(|| a.origin.cmp(&b.origin)));
    reports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ledger;

    #[test]
    fn ledger_is_told_in_numbers_and_words() {
        let tally = Tally { requests: 101, conditional: 80, robots: 1, not_modified: 72, bytes: 1_572_864 };
        let ledger = Ledger { total: tally, smallest_gap_ms: Some(2_000), ..Ledger::default() };
        let busy = Origin { ledger, ..Origin::new("https://bao.example".to_owned()) };
        let told = origins(&[Origin::new("https://a.example".to_owned()), busy]);
        assert_eq!((told[0].origin.as_str(), told[0].smallest_gap_ms), ("https://bao.example", Some(2_000)));
        let words = told[0].total.in_words();
        assert_eq!(words, "101 requests, 20 unconditional, 90 % of the conditional unchanged, 1.5 MiB");
        let json = serde_json::to_value(&told[0]).expect("JSON");
        assert_eq!((&json["robots"], &json["total"]["not_modified_share"]), (&"unknown".into(), &0.9.into()));
        assert_eq!(told[1].total.not_modified_share, None);
    }
}
