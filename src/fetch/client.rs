//! The HTTP client: reqwest with every default that is unsafe here set, and its errors in our words.
//!
//! Comes in: an address, headers, a deadline. Goes out: an answer whose body is still to be read. It follows no redirect,
//! keeps no cookie, knows no proxy, and decodes nothing. It does not know hosts' turns or robots.txt.
//!
//! There are up to four clients behind it: TLS roots are read from the system when the first https address is asked, so
//! that a system without them can still poll http addresses and no start waits for them; and ports that are open in the
//! operator's own networks alone have a resolver of their own.

use super::address_guard::{AddressGuard, GuardedResolver, Reach, RefusedAddress};
use super::{FetchError, Settings};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use std::error::Error;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, text/html, application/xhtml+xml, \
     application/xml;q=0.9, */*;q=0.8";
const FORM: &str = "application/x-www-form-urlencoded";
/// What `body.rs` decodes.
const ACCEPTED_CODINGS: &str = "gzip, br, deflate";
/// Shorter than the five seconds after which common servers close an idle connection: no request meets a closing one.
const IDLE: Duration = Duration::from_secs(4);
const MOST_HEADERS: usize = 128;
const MOST_HEADER_BYTES: usize = 64 << 10;

/// Sends requests.
#[derive(Debug)]
pub(super) struct HttpClient {
    settings: Settings,
    guard: AddressGuard,
    clients: [OnceCell<Client>; 4],
}

/// When an exchange must be over.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    pub(super) url: String,
    pub(super) at: Instant,
    pub(super) whole: Duration,
    pub(super) stall: Duration,
}

impl Deadline {
    /// Waits for the next sign of life.
    pub(super) async fn stalled<T>(&self, work: impl Future<Output = T>) -> Result<T, FetchError> {
        self.within(self.stall, work).await
    }

    async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, FetchError> {
        let stalled_at = Instant::now() + limit;
        let limit = if stalled_at < self.at { limit } else { self.whole };
        tokio::time::timeout_at(stalled_at.min(self.at), work)
            .await
            .map_err(|_| FetchError::Timeout { url: self.url.clone(), limit })
    }
}

impl HttpClient {
    /// # Errors
    /// [`FetchError::Client`] where the settings cannot be sent or TLS cannot be set up.
    pub(super) fn new(settings: Settings, guard: AddressGuard) -> Result<Self, FetchError> {
        // an error says that a provider is installed already: by a test, or by another fetcher
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = build(&settings, &guard, Reach::Public, Roots::None)?;
        let clients = [OnceCell::new_with(Some(client)), OnceCell::new(), OnceCell::new(), OnceCell::new()];
        Ok(Self { settings, guard, clients })
    }

    /// Sends a GET, and gives back the answer as soon as its head is there.
    pub(super) async fn get(
        &self,
        url: &Url,
        reach: Reach,
        headers: HeaderMap,
        deadline: &Deadline,
    ) -> Result<Response, FetchError> {
        let request = self.client(url, reach).await?.get(url.clone()).headers(headers);
        self.head(url, request, deadline).await
    }

    /// Sends a form with POST, and gives back the answer as soon as its head is there.
    pub(super) async fn post_form(
        &self,
        url: &Url,
        reach: Reach,
        form: String,
        deadline: &Deadline,
    ) -> Result<Response, FetchError> {
        let request = self.client(url, reach).await?.post(url.clone()).header(ACCEPT, "*/*");
        self.head(url, request.header(CONTENT_TYPE, FORM).body(form), deadline).await
    }

    async fn head(&self, url: &Url, request: RequestBuilder, deadline: &Deadline) -> Result<Response, FetchError> {
        let head = request.send();
        let limit = self.settings.connect_timeout + self.settings.stall_timeout;
        let response = deadline.within(limit, head).await?.map_err(|error| self.failure(url, &error))?;
        let header_bytes: usize = response.headers().iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
        if header_bytes > MOST_HEADER_BYTES {
            let why = format!("its headers have more than {MOST_HEADER_BYTES} bytes");
            return Err(FetchError::Connection { url: FetchError::shown(url), why });
        }
        Ok(response)
    }

    async fn client(&self, url: &Url, reach: Reach) -> Result<&Client, FetchError> {
        let secure = url.scheme() == "https";
        let cell = &self.clients[usize::from(secure) * 2 + usize::from(reach == Reach::OpenedOnly)];
        cell.get_or_try_init(|| async {
            let roots = if secure { Roots::OfTheSystem } else { Roots::None };
            let (settings, guard) = (self.settings.clone(), self.guard.clone());
            // reading some hundred certificates takes a while
            tokio::task::spawn_blocking(move || build(&settings, &guard, reach, roots))
                .await
                .map_err(|error| FetchError::Client { why: error.to_string() })?
        })
        .await
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        let shown = FetchError::shown(url);
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(refused) = cause.downcast_ref::<RefusedAddress>() {
                return FetchError::AddressRefused { url: shown, why: refused.to_string() };
            }
            source = cause.source();
        }
        if error.is_timeout() {
            return FetchError::Timeout { url: shown, limit: self.settings.connect_timeout };
        }
        FetchError::Connection { url: shown, why: causes(error) }
    }
}

/// Which certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roots {
    None,
    OfTheSystem,
}

fn build(settings: &Settings, guard: &AddressGuard, reach: Reach, roots: Roots) -> Result<Client, FetchError> {
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static(ACCEPTED)),
        (ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED_CODINGS)),
    ]);
    let builder = ClientBuilder::new()
        .user_agent(&settings.user_agent)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
        .http1_max_headers(MOST_HEADERS)
        .http2_max_header_list_size(MOST_HEADER_BYTES as u32)
        .dns_resolver(GuardedResolver { guard: guard.clone(), reach });
    let (builder, remedy) = match roots {
        Roots::None => (builder.tls_certs_only([]), ""),
        Roots::OfTheSystem => (builder, " (https needs the system's CA certificates: install ca-certificates)"),
    };
    builder.build().map_err(|error| FetchError::Client { why: format!("{}{remedy}", causes(&error)) })
}

/// An error's causes as one line, without the client's own words, which repeat the address.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !words.iter().any(|known| known.contains(&text)) {
            words.push(text);
        }
        source = cause.source();
    }
    if words.is_empty() {
        words.push("the request failed".to_owned());
    }
    crate::text::log_safe(&words.join(": "))
}
