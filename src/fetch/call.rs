//! A call to the callback of someone who subscribed to our feeds (WebSub §5.3, §7).
//!
//! Comes in: a [`Call`]. Goes out: the status and the first bytes of the answer, or why there is none. It passes the same
//! address guard and client as every other request, but a gate of its own: deliveries neither wait for polls nor hold them
//! up. Redirects are not followed. It does not know what is delivered.
//!
//! Callbacks are no origins: nothing of them is kept in the ledger, since strangers name them, and as many as they like.

use super::body::{self, WhenLonger};
use super::client::Deadline;
use super::origins::host_name;
use super::{FetchError, Fetcher, header_bytes, http_date};
use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// What is read of an answer: a challenge is some dozen characters.
const MOST_ANSWER_BYTES: u64 = 4 << 10;
/// The longest that a call may take; configured deadlines can only shorten it.
const LONGEST: Duration = Duration::from_secs(10);
/// Calls at the same time, over all hosts.
pub const MOST_CALLS: usize = 32;

/// A call to a callback.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where.
    pub url: Url,
    /// What is delivered; `None`: something is asked (GET).
    pub parcel: Option<Parcel>,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// What is delivered.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Header fields, `Content-Type` among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// What a callback answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The status.
    pub status: u16,
    /// The first bytes of the body of a 2xx to a question.
    pub body: Vec<u8>,
    /// `Retry-After`, bounded.
    pub retry_after: Option<Duration>,
}

impl Fetcher {
    /// Whether a callback can be called at all, as far as its address itself tells: a name's addresses are judged when it is
    /// called.
    ///
    /// # Errors
    /// [`FetchError::AddressRefused`].
    pub fn check_callback(&self, url: &Url) -> Result<(), FetchError> {
        self.guard.check(url).map(drop)
    }

    /// Calls a callback, one call at a time to a host.
    ///
    /// # Errors
    /// [`FetchError`] where no answer came, or where the address is refused.
    pub async fn call(&self, call: Call) -> Result<Called, FetchError> {
        let Call { mut url, parcel, now } = call;
        url.set_fragment(None);
        let reach = self.guard.check(&url)?;
        let turn = self.calls.enter(&host_name(&url)).await;
        let _start = self.calls.start(&turn, Duration::ZERO, None).await;
        let whole = self.settings.timeout.min(LONGEST);
        let deadline = Deadline {
            url: FetchError::shown(&url),
            at: Instant::now() + whole,
            whole,
            stall: self.settings.stall_timeout,
        };
        let is_question = parcel.is_none();
        let mut response = match parcel {
            None => {
                let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("*/*"))]);
                self.client.get(&url, reach, headers, &deadline).await?
            }
            Some(parcel) => self.client.post(&url, reach, fields(&parcel.headers), parcel.body, &deadline).await?,
        };
        let (status, retry_after) = (response.status().as_u16(), http_date::retry_after(response.headers(), now));
        let mut paid_bytes = header_bytes(&response);
        let mut answer = Vec::new();
        if is_question && (200..300).contains(&status) {
            answer = body::read(&mut response, MOST_ANSWER_BYTES, WhenLonger::Cut, &deadline, &mut paid_bytes).await?;
        } else {
            body::discard(&mut response, &deadline, &mut paid_bytes).await;
        }
        Ok(Called { status, body: answer, retry_after })
    }
}

/// The header fields; one that cannot be sent is left out.
fn fields(headers: &[(&'static str, String)]) -> HeaderMap {
    let field = |(name, value): &(&'static str, String)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
    };
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers.iter().filter_map(field) {
        map.append(name, value);
    }
    map
}
