//! A form for a WebSub hub (WebSub §5.1): the one kind of request that is no GET.
//!
//! Comes in: a [`Form`]. Goes out: the word that it was accepted, or why not. It passes the same guard, gate, cool-downs and
//! deadlines as every other request. It does not know what the fields mean.
//!
//! robots.txt is not asked: it speaks to crawlers of pages (RFC 9309 §1), and the endpoint of a hub is an interface that
//! the publisher's own document invited us to use.

use super::body::{self, WhenLonger};
use super::client::Deadline;
use super::origins::{Clock, host_name};
use super::{FetchError, Fetcher, Paid, header_bytes, http_date, redirect};
use crate::model::Tally;
use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;
use url::form_urlencoded::Serializer;

/// What is read of a refusal: hubs say why in plain text (WebSub §5.2).
const MOST_WORDS_BYTES: u64 = 1 << 10;
/// And what is told of it.
const MOST_WORDS_CHARS: usize = 200;

/// A form to send.
#[derive(Debug, Clone)]
pub struct Form {
    /// Where.
    pub url: Url,
    /// Names and values.
    pub fields: Vec<(&'static str, String)>,
    /// The base of our own backoff where the host throttles us without saying how long.
    pub retry_base: Duration,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// Why a form was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// No answer came, or none was asked for.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The answer was no.
    #[error("{url} answered {status}{}", quoted(words))]
    Refused {
        /// The address that answered.
        url: String,
        /// The status.
        status: u16,
        /// Its own words, one line.
        words: String,
        /// `Retry-After`, bounded.
        retry_after: Option<Duration>,
    },
}

fn quoted(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

impl PostError {
    /// How long the host asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Fetch(error) => error.retry_after(),
            Self::Refused { retry_after, .. } => *retry_after,
        }
    }

    /// When a request can leave again, where none left now.
    #[must_use]
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Fetch(error) => error.until(),
            Self::Refused { .. } => None,
        }
    }
}

impl Fetcher {
    /// Sends a form; any 2xx accepts it. Redirects that keep the method (307, 308) are followed, each hop checked.
    ///
    /// # Errors
    /// [`PostError`].
    pub async fn post(&self, form: &Form) -> Result<(), PostError> {
        let clock = Clock::new(form.now);
        let body = Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        let mut url = form.url.clone();
        url.set_fragment(None);
        let mut spent = Duration::ZERO;
        for _ in 0..=redirect::MOST_HOPS {
            match self.post_once(&url, &body, form, &clock, &mut spent).await? {
                None => return Ok(()),
                Some(to) => url = to,
            }
        }
        let why = format!("more than {} times", redirect::MOST_HOPS);
        Err(FetchError::Redirect { url: FetchError::shown(&form.url), why }.into())
    }

    /// Asks one address; gives back where it redirects.
    async fn post_once(
        &self,
        url: &Url,
        body: &str,
        form: &Form,
        clock: &Clock,
        spent: &mut Duration,
    ) -> Result<Option<Url>, PostError> {
        let reach = self.guard.check(url)?;
        self.origins.check_cool_down(url, clock.now())?;
        let turn = self.gate.enter(&host_name(url)).await;
        // the request before may have been told to wait
        self.origins.check_cool_down(url, clock.now())?;
        self.origins.check_budget(url, self.settings.budget, clock.now())?;
        let delay = self.settings.per_host_delay;
        let _start = self.gate.start(&turn, delay, self.origins.since_last_run(url, clock.now())).await;
        self.origins.note_request(url, Tally { requests: 1, ..Tally::default() }, clock.now());
        let began = Instant::now();
        let deadline = Deadline {
            url: FetchError::shown(url),
            at: began + self.settings.timeout.saturating_sub(*spent),
            whole: self.settings.timeout,
            stall: self.settings.stall_timeout,
        };
        let mut response = self.client.post_form(url, reach, body.to_owned(), &deadline).await?;
        let (status, retry_after) =
            (response.status().as_u16(), http_date::retry_after(response.headers(), clock.now()));
        self.origins.learn(url, status, retry_after, form.retry_base, clock.now());
        let mut paid = Paid { fetcher: self, url: url.clone(), status, clock: *clock, bytes: header_bytes(&response) };
        let outcome = match status {
            200..=299 => {
                body::discard(&mut response, &deadline, &mut paid.bytes).await;
                Ok(None)
            }
            307 | 308 => {
                let to = redirect::target(url, response.headers())?;
                body::discard(&mut response, &deadline, &mut paid.bytes).await;
                Ok(Some(to))
            }
            _ => {
                let words =
                    body::read(&mut response, MOST_WORDS_BYTES, WhenLonger::Cut, &deadline, &mut paid.bytes).await;
                let words = words.unwrap_or_default();
                Err(PostError::Refused { url: deadline.url, status, words: line(&words), retry_after })
            }
        };
        *spent += began.elapsed();
        outcome
    }
}

/// Foreign words as one short line; markup says nothing.
fn line(words: &[u8]) -> String {
    let text = String::from_utf8_lossy(words);
    let first = text.trim().lines().next().unwrap_or_default();
    if first.starts_with('<') {
        String::new()
    } else {
        crate::text::log_safe(&first.chars().take(MOST_WORDS_CHARS).collect::<String>())
    }
}
