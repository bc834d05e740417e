//! The politeness ledger: what was asked of each origin, and the day's budget that bounds it.
//!
//! Comes in: each request as it leaves and what its answer cost. Goes out: leave to ask, or until when not; and the sums
//! since the last time somebody took them. It does not know what was asked for.

use super::FetchError;
use super::origins::{Origins, origin_key};
use crate::model::Tally;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use url::Url;

/// What one origin may be asked a day (UTC); `None`: no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Requests of every kind.
    pub requests_per_day: Option<u64>,
    /// Bytes of answers; the answer under way is read to its end.
    pub bytes_per_day: Option<u64>,
}

impl Origins {
    /// Whether the origin of `url` has something left of its day.
    pub(super) fn check_budget(&self, url: &Url, budget: Budget, now: DateTime<Utc>) -> Result<(), FetchError> {
        if budget == Budget::default() {
            return Ok(());
        }
        let spent = self.with(url, |entry| entry.origin.ledger.of(now.date_naive()));
        let over = |spent: u64, most: Option<u64>| most.filter(|most| spent >= *most);
        let (what, key) = match (over(spent.requests, budget.requests_per_day), over(spent.bytes, budget.bytes_per_day))
        {
            (Some(most), _) => (format!("{most} requests"), "requests-per-day"),
            (None, Some(most)) => (format!("{most} bytes"), "bytes-per-day"),
            (None, None) => return Ok(()),
        };
        let tomorrow = (now.date_naive() + TimeDelta::days(1)).and_time(NaiveTime::MIN).and_utc();
        Err(FetchError::Budget { origin: origin_key(url), what, key, until: tomorrow })
    }

    /// Notes a request that leaves now.
    pub(super) fn note_request(&self, url: &Url, asked: Tally, now: DateTime<Utc>) {
        let cooling = self.check_cool_down(url, now).is_err();
        self.note(url, asked, now, |entry| {
            let started = tokio::time::Instant::now();
            let gap = match (entry.last_start.replace(started), entry.origin.last_request) {
                (Some(last), _) => Some(started - last),
                (None, Some(last)) => (now - last).to_std().ok(),
                (None, None) => None,
            };
            let gap = gap.map(|gap| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
            let smallest = &mut entry.origin.ledger.smallest_gap_ms;
            *smallest = [*smallest, gap].into_iter().flatten().min();
            entry.origin.last_request = Some(now);
            if !cooling {
                entry.origin.cool_down_until = None;
            }
        });
    }

    /// Notes what an answer cost the origin.
    pub(super) fn note_answer(&self, url: &Url, status: u16, bytes: u64, now: DateTime<Utc>) {
        let answered = Tally { not_modified: u64::from(status == 304), bytes, ..Tally::default() };
        self.note(url, answered, now, |_| {});
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        // 23:59:00 of a day
        DateTime::from_timestamp(1_771_027_200 - 60 + seconds, 0).expect("a date")
    }

    #[tokio::test(start_paused = true)]
    async fn each_origin_has_its_own_page_over_restarts() {
        let (origins, url) = (Origins::new(Vec::new()), Url::parse("http://a.vn/x").expect("a URL"));
        let asked = Tally { requests: 1, conditional: 1, ..Tally::default() };
        origins.note_request(&url, asked, at(0));
        origins.note_answer(&url, 304, 200, at(0));
        tokio::time::advance(std::time::Duration::from_millis(2_500)).await;
        origins.note_request(&url, Tally { requests: 1, robots: 1, ..Tally::default() }, at(2));
        origins.note_request(&Url::parse("http://b.vn/").expect("a URL"), asked, at(2));
        assert_eq!(origins.take_tally(), Tally { requests: 3, conditional: 2, robots: 1, not_modified: 1, bytes: 200 });
        assert_eq!(origins.take_tally(), Tally::default());
        let mut kept = origins.take_changed();
        kept.sort_by(|a, b| a.key.cmp(&b.key));
        let ledger = &kept[0].ledger;
        assert_eq!((ledger.total, ledger.smallest_gap_ms), (ledger.today, Some(2_500)));
        assert_eq!(ledger.total, Tally { requests: 2, conditional: 1, robots: 1, not_modified: 1, bytes: 200 });
        // the next run, on the next day
        let later = Origins::new(kept);
        later.note_request(&url, asked, at(120));
        let kept = later.take_changed();
        assert_eq!((kept[0].ledger.total.requests, kept[0].ledger.today.requests), (3, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn spent_budget_holds_until_the_next_day() {
        let (origins, url) = (Origins::new(Vec::new()), Url::parse("http://a.vn/x").expect("a URL"));
        let asked = Tally { requests: 1, ..Tally::default() };
        let requests = Budget { requests_per_day: Some(2), bytes_per_day: None };
        let bytes = Budget { requests_per_day: None, bytes_per_day: Some(1_000) };
        for _ in 0..2 {
            assert!(
                origins.check_budget(&url, requests, at(0)).is_ok() && origins.check_budget(&url, bytes, at(0)).is_ok()
            );
            origins.note_request(&url, asked, at(0));
            origins.note_answer(&url, 200, 500, at(0));
        }
        for (budget, key) in [(requests, "requests-per-day"), (bytes, "bytes-per-day")] {
            let error = origins.check_budget(&url, budget, at(59)).expect_err("spent");
            assert_eq!(error.until(), Some(at(60)));
            assert!(error.to_string().contains(key), "{error}");
            assert!(origins.check_budget(&url, budget, at(60)).is_ok(), "a new day");
        }
    }
}
