//! What robots.txt says of an address, for people: from what was fetched already; no request is made.

use super::Fetcher;
use crate::model::RobotsVerdict;
use serde::Serialize;
use url::Url;

/// What is known of an address's robots.txt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RobotsWord {
    /// What came of the last look at it; `Unknown`: nobody has looked.
    pub verdict: RobotsVerdict,
    /// Whether the address may be asked.
    pub allows: bool,
    /// The line that decides, such as `Disallow: /in/`; `None`: no rule matches.
    pub line: Option<String>,
    /// The gap that it asks for between two requests, in seconds.
    pub crawl_delay_seconds: Option<u64>,
    /// The sitemaps that it names.
    pub sitemaps: Vec<Url>,
}

impl Fetcher {
    /// What robots.txt says of `url`, as far as this fetcher has looked.
    #[must_use]
    pub fn robots_word(&self, url: &Url) -> RobotsWord {
        let known = self.origins.robots(url);
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https");
        let sitemaps = known.rules.sitemaps.iter().filter_map(|address| url.join(address).ok()).filter(is_http);
        RobotsWord {
            verdict: known.verdict,
            allows: known.verdict != RobotsVerdict::Paused && known.rules.allow(path),
            line: known.rules.deciding_line(path).map(|line| crate::text::log_safe(&line)),
            crawl_delay_seconds: known.rules.crawl_delay.map(|delay| delay.as_secs_f64().ceil() as u64),
            sitemaps: sitemaps.collect(),
        }
    }
}
