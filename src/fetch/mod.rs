//! Bytes, politely: the only room that makes requests and the only one that names reqwest.
//!
//! Comes in: a [`Request`]. Goes out: a [`Document`] or the word that nothing changed, and what was learned of the origin.
//! It does not know what a document says.

pub mod address_guard;
mod backoff;
mod body;
mod call;
mod client;
mod conditional;
mod delta;
mod diagnosis;
mod error;
mod fault;
mod freshness;
mod host_gate;
mod http_date;
mod ledger;
mod link;
mod lookup;
mod origins;
mod permission;
mod post;
mod proxy;
mod redirect;
mod robots;
mod trust;
mod wall;
mod word;

pub use address_guard::{Network, is_public, may_be_called};
pub use call::{Call, Called, MOST_CALLS, Parcel};
pub use delta::Deltas;
pub use error::FetchError;
pub use fault::{Fault, ProxyFault, TlsFault};
pub use ledger::Budget;
pub use post::{Form, PostError};
pub use proxy::{Exception, InvalidException, Proxy};
pub use redirect::{observe as observe_redirect, same_site};
pub use trust::{InvalidAuthorities, OwnAuthorities};
pub use word::RobotsWord;

use crate::model::{Document, Freshness, Hop, Origin, RobotsPolicy, Secret, Tally, Validators};
use address_guard::AddressGuard;
use body::WhenLonger;
use chrono::{DateTime, Utc};
use client::{Deadline, HttpClient};
use host_gate::{HostGate, Start, Turn};
use origins::{Clock, Origins, host_name};
use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `bantin/0.1.0 (+https://feeds.example.vn/)`.
    pub user_agent: String,
    /// Networks that the address guard opens, on any port.
    pub allow_networks: Vec<Network>,
    /// The least time between the starts of two requests to one host.
    pub per_host_delay: Duration,
    /// The longest body after decompression.
    pub max_body_bytes: u64,
    /// A whole request.
    pub timeout: Duration,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Without a byte.
    pub stall_timeout: Duration,
    /// Requests at the same time, over all hosts.
    pub most_in_flight: usize,
    /// What one origin may be asked a day.
    pub budget: Budget,
    /// Asked in the origins' place.
    pub proxy: Option<Proxy>,
    /// Trusted beside the system's certificates.
    pub own_authorities: OwnAuthorities,
}

impl Settings {
    /// The defaults of the configuration.
    #[must_use]
    pub fn new(user_agent: String) -> Self {
        Self {
            user_agent,
            allow_networks: Vec::new(),
            per_host_delay: Duration::from_secs(2),
            max_body_bytes: 8 << 20,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(15),
            // enough for thousands of sources, and few enough for a small machine's memory and sockets
            most_in_flight: 64,
            budget: Budget::default(),
            proxy: None,
            own_authorities: OwnAuthorities::default(),
        }
    }
}

/// One document to fetch.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// The validators, and the address that gave them: they are sent to that address alone.
    pub validators: Option<(Url, Validators)>,
    /// Whether the answer may be the difference to what the validators stand for.
    pub deltas: Deltas,
    /// Whether robots.txt is obeyed.
    pub robots: RobotsPolicy,
    /// Extra headers, for the origin of `url` alone.
    pub headers: Vec<(String, Secret)>,
    /// The base of our own backoff where a host fails without saying how long to wait: the source's interval (RULES P6).
    pub retry_base: Duration,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// What a request came to.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The answer.
    pub answer: Answer,
    /// The redirects on the way, in order.
    pub hops: Vec<Hop>,
    /// How long it took, waiting at the gate not counted.
    pub took: Duration,
}

/// A document, or nothing new.
#[derive(Debug, Clone)]
pub enum Answer {
    /// 200, or 226 where a delta was welcome.
    Document(Box<Document>),
    /// 304.
    NotModified {
        /// The address that said so.
        url: Url,
        /// The validators as they are now (RFC 9111 §4.3.4).
        validators: Validators,
        /// How long it stays fresh.
        freshness: Freshness,
    },
}

/// Makes requests. One for the process; cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Fetcher {
    settings: Settings,
    guard: AddressGuard,
    client: HttpClient,
    gate: HostGate,
    /// Calls to callbacks of our own feeds' subscribers have turns of their own.
    calls: HostGate,
    origins: Arc<Origins>,
}

impl Fetcher {
    /// Builds the client; `origins` is what was kept of earlier runs. Reads no certificates: the first https address does.
    ///
    /// # Errors
    /// [`FetchError::Client`] where TLS cannot be set up or the User-Agent cannot be sent.
    pub fn new(settings: Settings, origins: Vec<Origin>) -> Result<Self, FetchError> {
        let guard = AddressGuard::new(&settings.allow_networks);
        Self::with_guard(settings, Arc::new(Origins::new(origins)), guard)
    }

    /// A fetcher with other settings that shares what is known of origins.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn with_settings(&self, settings: Settings) -> Result<Self, FetchError> {
        let guard = AddressGuard::new(&settings.allow_networks);
        Self::with_guard(settings, Arc::clone(&self.origins), guard)
    }

    fn with_guard(settings: Settings, origins: Arc<Origins>, guard: AddressGuard) -> Result<Self, FetchError> {
        let client = HttpClient::new(settings.clone(), guard.clone())?;
        let longest_delay = settings.per_host_delay.max(robots::LONGEST_DELAY);
        let gate = HostGate::new(settings.most_in_flight, longest_delay);
        let calls = HostGate::new(call::MOST_CALLS, Duration::ZERO);
        Ok(Self { settings, guard, client, gate, calls, origins })
    }

    /// Fetches one document: robots.txt first, then the host's gate, then at most five redirects, each hop checked.
    ///
    /// # Errors
    /// [`FetchError`], which knows whether it is transient and how long the origin asked to wait.
    pub async fn fetch(&self, request: Request) -> Result<Fetched, FetchError> {
        let clock = Clock::new(request.now);
        let mut url = request.url.clone();
        url.set_fragment(None);
        let (mut hops, mut took) = (Vec::new(), Duration::ZERO);
        loop {
            match self.ask(&url, &request, &clock, &mut took).await? {
                Step::Answer(answer) => return Ok(Fetched { answer, hops, took }),
                Step::Redirect(_) if hops.len() == redirect::MOST_HOPS => {
                    let why = format!("more than {} times", redirect::MOST_HOPS);
                    return Err(FetchError::Redirect { url: FetchError::shown(&request.url), why });
                }
                Step::Redirect(hop) => {
                    url = hop.to.clone();
                    hops.push(hop);
                }
            }
        }
    }

    /// Until when an address is left alone, by its host's own word or for want of budget; `None`: it may be asked.
    #[must_use]
    pub fn silent_until(&self, url: &Url, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waits = [self.origins.check_cool_down(url, now), self.origins.check_budget(url, self.settings.budget, now)];
        waits.iter().filter_map(|wait| wait.as_ref().err()?.until()).max()
    }

    /// The origins that the store should have now: what must outlive a crash at once, dates and sums once a second.
    #[must_use]
    pub fn take_due_origins(&self) -> Vec<Origin> {
        self.origins.take_due()
    }

    /// All origins that changed since they were last taken, for the store.
    #[must_use]
    pub fn take_changed_origins(&self) -> Vec<Origin> {
        self.origins.take_changed()
    }

    /// What was asked of all origins since the last call.
    #[must_use]
    pub fn take_tally(&self) -> Tally {
        self.origins.take_tally()
    }

    /// Asks one address: an answer, or where it redirects. Adds to `took` what the exchange took.
    async fn ask(&self, url: &Url, request: &Request, clock: &Clock, took: &mut Duration) -> Result<Step, FetchError> {
        self.guard.check(url)?;
        self.origins.check_cool_down(url, clock.now())?;
        let delay = match request.robots {
            // an operator vouches for their own site, not for where it redirects
            RobotsPolicy::OwnSite if redirect::same_site(&request.url, url) => self.settings.per_host_delay,
            RobotsPolicy::OwnSite | RobotsPolicy::Obey => self.permission(url, request, clock).await?,
        };
        let mut headers = extra_headers(url, request)?;
        let asked_with = request.validators.as_ref().filter(|(given_by, _)| is_same_address(given_by, url));
        let asked_with = asked_with.map(|(_, validators)| validators).filter(|v| conditional::ask(&mut headers, v));
        if asked_with.is_some() {
            delta::ask(&mut headers, request.deltas);
        }
        let asked = Asked { validators: asked_with, for_delta: delta::is_asked(&headers) };
        let exchange = self.exchange(url, delay, headers, request, clock, *took).await?;
        let began = exchange.began;
        let step = self.read(url, exchange, &asked, clock).await;
        *took += began.elapsed();
        step
    }

    /// One request and the head of its answer, when the host's turn and its delay have come. The turn lasts as long as
    /// the [`Exchange`].
    async fn exchange(
        &self,
        url: &Url,
        delay: Duration,
        headers: HeaderMap,
        request: &Request,
        clock: &Clock,
        spent: Duration,
    ) -> Result<Exchange<'_>, FetchError> {
        let reach = self.guard.check(url)?;
        let turn = self.gate.enter(&host_name(url)).await;
        // the request before may have been told to wait, or to stay away
        self.origins.check_cool_down(url, clock.now())?;
        self.origins.check_budget(url, self.settings.budget, clock.now())?;
        let start = self.gate.start(&turn, delay, self.origins.since_last_run(url, clock.now())).await;
        self.origins.note_request(url, asked(url, &headers), clock.now());
        let began = Instant::now();
        let deadline = Deadline {
            url: FetchError::shown(url),
            at: began + self.settings.timeout.saturating_sub(spent),
            whole: self.settings.timeout,
            stall: self.settings.stall_timeout,
        };
        let response = self.client.get(url, reach, headers, &deadline).await?;
        let retry_after = http_date::retry_after(response.headers(), clock.now());
        let status = response.status().as_u16();
        self.origins.learn(url, status, retry_after, request.retry_base, clock.now());
        let paid = Paid { fetcher: self, url: url.clone(), status, clock: *clock, bytes: header_bytes(&response) };
        Ok(Exchange { response, retry_after, deadline, began, paid, _turn: turn, _start: start })
    }

    async fn read(
        &self,
        url: &Url,
        mut exchange: Exchange<'_>,
        asked: &Asked<'_>,
        clock: &Clock,
    ) -> Result<Step, FetchError> {
        let (status, retry_after) = (exchange.status(), exchange.retry_after);
        let headers = exchange.response.headers();
        let freshness = freshness::freshness(headers, clock.now());
        if let Some(mark) = wall::mark(status, headers) {
            return Err(FetchError::Wall { url: FetchError::shown(url), mark });
        }
        let delta = delta::of_answer(status, headers, asked);
        match (status, asked.validators) {
            (200, _) | (226, Some(_)) if status == 200 || delta.is_some() => {
                let validators = delta.clone().unwrap_or_else(|| conditional::of_document(headers));
                let links = link::links(headers, url);
                let media_type = headers.get(CONTENT_TYPE).map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
                let most_bytes = self.settings.max_body_bytes;
                let Exchange { response, deadline, paid, .. } = &mut exchange;
                let body = body::read(response, most_bytes, WhenLonger::Refuse, deadline, &mut paid.bytes).await?;
                let (url, fetched_at) = (url.clone(), clock.now());
                let is_delta = delta.is_some();
                let document = Document { url, media_type, body, validators, freshness, links, fetched_at, is_delta };
                Ok(Step::Answer(Answer::Document(Box::new(document))))
            }
            (304, Some(before)) => {
                let validators = conditional::after_not_modified(before, headers);
                Ok(Step::Answer(Answer::NotModified { url: url.clone(), validators, freshness }))
            }
            _ if redirect::is_redirect(status) => {
                let to = redirect::target(url, headers)?;
                exchange.discard().await;
                Ok(Step::Redirect(Hop { status, to }))
            }
            _ => {
                exchange.discard().await;
                Err(FetchError::Status { url: FetchError::shown(url), status, retry_after })
            }
        }
    }
}

/// What a request left with.
struct Asked<'a> {
    validators: Option<&'a Validators>,
    for_delta: bool,
}

/// What one address came to.
enum Step {
    Answer(Answer),
    Redirect(Hop),
}

/// A request under way: the head of its answer is there, its body is not. The host is taken as long as this lives.
struct Exchange<'gate> {
    response: Response,
    retry_after: Option<Duration>,
    deadline: Deadline,
    began: Instant,
    paid: Paid<'gate>,
    _start: Start<'gate>,
    _turn: Turn,
}

/// What an answer has cost its origin so far; the ledger has it when this is dropped, however the reading ended.
struct Paid<'a> {
    fetcher: &'a Fetcher,
    url: Url,
    status: u16,
    clock: Clock,
    bytes: u64,
}

impl Drop for Paid<'_> {
    fn drop(&mut self) {
        self.fetcher.origins.note_answer(&self.url, self.status, self.bytes, self.clock.now());
    }
}

impl Exchange<'_> {
    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Reads what is left of an answer that nobody wants.
    async fn discard(&mut self) {
        body::discard(&mut self.response, &self.deadline, &mut self.paid.bytes).await;
    }
}

/// A request for the ledger.
fn asked(url: &Url, headers: &HeaderMap) -> Tally {
    let is_conditional = headers.contains_key(IF_NONE_MATCH) || headers.contains_key(IF_MODIFIED_SINCE);
    let is_for_robots = url.path() == "/robots.txt";
    Tally { requests: 1, conditional: is_conditional.into(), robots: is_for_robots.into(), ..Tally::default() }
}

/// The head of an answer as it came over the wire, near enough.
fn header_bytes(response: &Response) -> u64 {
    response.headers().iter().map(|(name, value)| (name.as_str().len() + value.len() + 4) as u64).sum()
}

/// The source's own headers, for the origin of the first address alone.
fn extra_headers(url: &Url, request: &Request) -> Result<HeaderMap, FetchError> {
    let mut headers = HeaderMap::new();
    if url.origin() != request.url.origin() {
        return Ok(headers);
    }
    for (name, secret) in &request.headers {
        let unsendable = || FetchError::Client { why: format!("the header {name:?} or its value cannot be sent") };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
        let mut value = HeaderValue::from_str(secret.reveal()).map_err(|_| unsendable())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn is_same_address(a: &Url, b: &Url) -> bool {
    a[..url::Position::AfterQuery] == b[..url::Position::AfterQuery]
}

#[cfg(test)]
mod tests;
