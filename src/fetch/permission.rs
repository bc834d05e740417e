//! Leave to ask an address: fetches, keeps and applies its origin's robots.txt (RFC 9309 §2.3).
//!
//! Comes in: an address, before each request to it. Goes out: the delay that the host wants, or why the address may not be
//! asked. Concurrent requests to one origin share one look at its robots.txt. It does not know what is asked for.

use super::backoff::backoff;
use super::body::{self, WhenLonger};
use super::origins::{Clock, KnownRobots, later, origin_key};
use super::robots::{MOST_BYTES, Rules, TOKEN};
use super::{Exchange, FetchError, Fetcher, Request, redirect};
use crate::model::{FailureKind, Robots, RobotsVerdict};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a robots.txt counts: with a clock set back within [`CLOCK_SLACK`], 24 hours (RFC 9309 §2.4).
const KEPT: TimeDelta = TimeDelta::hours(23);
/// A date that lies further ahead than it was set, but by no more than this, was still set by a clock as good as ours.
const CLOCK_SLACK: TimeDelta = TimeDelta::hours(1);
/// The longest pause: a stated wait is bounded at seven days.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(7);
/// What is said of a pause that an earlier run met.
const PAUSED: &str = "it answered with a server error or not at all";

/// How one look ended.
enum Look {
    Rules(Rules),
    /// There is none.
    Missing,
    Unreachable {
        why: String,
        kind: FailureKind,
        retry_after: Option<Duration>,
    },
}

impl Fetcher {
    /// The least delay before a request to `url`, where its origin's robots.txt allows one.
    pub(super) async fn permission(&self, url: &Url, request: &Request, clock: &Clock) -> Result<Duration, FetchError> {
        let rules = match standing(&self.origins.robots(url), url, clock.now())? {
            Some(rules) => rules,
            None => self.ask_robots(url, request, clock).await?,
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        if rules.allow(path) {
            return Ok(self.settings.per_host_delay.max(rules.crawl_delay.unwrap_or_default()));
        }
        let path = crate::text::log_safe(path);
        Err(FetchError::RobotsForbid { origin: origin_key(url), path })
    }

    /// Asks for robots.txt, unless somebody else just did.
    async fn ask_robots(&self, url: &Url, request: &Request, clock: &Clock) -> Result<Arc<Rules>, FetchError> {
        let asking = self.origins.robots(url).asking;
        let _permit = asking.acquire().await.expect("the semaphore is never closed");
        let known = self.origins.robots(url);
        if let Some(rules) = standing(&known, url, clock.now())? {
            return Ok(rules);
        }
        let look = self.look(url, &known, request, clock).await?;
        let now = clock.now();
        let mut robots = Robots { checked_at: Some(now), next_check_at: Some(now + KEPT), ..Robots::default() };
        let rules = match look {
            Look::Rules(rules) => {
                robots.verdict = RobotsVerdict::Fetched;
                robots.text = rules.to_text();
                rules
            }
            Look::Missing => {
                robots.verdict = RobotsVerdict::Allowed;
                Rules::default()
            }
            Look::Unreachable { why, kind, retry_after } => {
                let origin = origin_key(url);
                let wait = backoff(request.retry_base, known.failures, &origin).max(retry_after.unwrap_or_default());
                let until = later(now, wait);
                robots.verdict = RobotsVerdict::Paused;
                robots.failures = known.failures.saturating_add(1);
                robots.next_check_at = Some(until);
                self.origins.put_robots(url, robots, Rules::default());
                self.origins.note_pause(url, (why.clone(), kind));
                return Err(FetchError::RobotsUnreachable { origin, why, kind, until });
            }
        };
        self.origins.put_robots(url, robots, rules.clone());
        Ok(Arc::new(rules))
    }

    /// One look: the file at the end of at most five redirects, whatever their hosts, holds for the origin first asked.
    async fn look(&self, url: &Url, known: &KnownRobots, request: &Request, clock: &Clock) -> Result<Look, FetchError> {
        let Ok(mut at) = url.join("/robots.txt") else { return Ok(Look::Missing) };
        let delay = self.settings.per_host_delay.max(known.rules.crawl_delay.unwrap_or_default());
        for hop in 0..=redirect::MOST_HOPS {
            match self.look_at(&at, delay, request, clock).await {
                Ok(Step::End(look)) => return Ok(look),
                Ok(Step::Redirect(to)) => at = to,
                // no word of robots.txt's: the origin itself may not be asked, or not now
                Err(error) if hop == 0 && is_final(&error) => return Err(error),
                Err(error @ FetchError::Client { .. }) => return Err(error),
                // whose robots.txt that is, the error around it says
                Err(FetchError::Connection { fault, .. }) if hop == 0 => {
                    return Ok(Look::Unreachable { why: fault.to_string(), kind: fault.kind(), retry_after: None });
                }
                Err(error) => {
                    return Ok(Look::Unreachable { why: error.to_string(), kind: error.kind(), retry_after: None });
                }
            }
        }
        Ok(Look::Missing)
    }

    async fn look_at(&self, at: &Url, delay: Duration, request: &Request, clock: &Clock) -> Result<Step, FetchError> {
        let mut exchange = self.exchange(at, delay, HeaderMap::new(), request, clock, Duration::ZERO).await?;
        let status = exchange.status();
        let (kind, retry_after) = (FailureKind::Robots, exchange.retry_after);
        let unreachable = |why| Ok(Step::End(Look::Unreachable { why, kind, retry_after }));
        match status {
            200 => {
                let most = MOST_BYTES as u64;
                let Exchange { response, deadline, paid, .. } = &mut exchange;
                let file = body::read(response, most, WhenLonger::Cut, deadline, &mut paid.bytes).await?;
                Ok(Step::End(Look::Rules(Rules::parse(&file, TOKEN))))
            }
            _ if redirect::is_redirect(status) => {
                let to = redirect::target(at, exchange.response.headers())?;
                exchange.discard().await;
                Ok(Step::Redirect(to))
            }
            429 => unreachable("it answered 429".to_owned()),
            500.. => unreachable(format!("it answered {status}")),
            _ => {
                exchange.discard().await;
                Ok(Step::End(Look::Missing))
            }
        }
    }
}

enum Step {
    End(Look),
    Redirect(Url),
}

fn is_final(error: &FetchError) -> bool {
    matches!(error, FetchError::AddressRefused { .. } | FetchError::CoolDown { .. } | FetchError::Budget { .. })
}

/// The rules that hold now; `None` where robots.txt has to be asked. A date further ahead than any rule sets it was set
/// by a wrong clock.
fn standing(known: &KnownRobots, url: &Url, now: DateTime<Utc>) -> Result<Option<Arc<Rules>>, FetchError> {
    let longest = if known.verdict == RobotsVerdict::Paused { LONGEST_PAUSE } else { KEPT };
    let counts = |until: &DateTime<Utc>| *until > now && *until - now <= longest + CLOCK_SLACK;
    match (known.verdict, known.next_check_at.filter(counts)) {
        (RobotsVerdict::Unknown, _) | (_, None) => Ok(None),
        (RobotsVerdict::Fetched | RobotsVerdict::Allowed, Some(_)) => Ok(Some(Arc::clone(&known.rules))),
        (RobotsVerdict::Paused, Some(until)) => {
            let (why, kind) = known.pause.clone().unwrap_or_else(|| (PAUSED.to_owned(), FailureKind::Robots));
            Err(FetchError::RobotsUnreachable { origin: origin_key(url), why, kind, until })
        }
    }
}
