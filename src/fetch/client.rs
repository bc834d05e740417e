//! The HTTP client: reqwest with every default that is unsafe here set, and its errors in our words.
//!
//! Comes in: an address, headers, a deadline. Goes out: an answer whose body is still to be read. It follows no redirect,
//! keeps no cookie, knows no proxy but the operator's, and decodes nothing. HTTP/2 is spoken where an https origin offers
//! it. It does not know hosts' turns or robots.txt.
//!
//! There are up to six clients behind it: TLS roots are read from the system when the first https address is asked, so
//! that a system without them can still poll http addresses and no start waits for them; ports that are open in the
//! operator's own networks alone have a resolver of their own; and so has the proxy.

use super::address_guard::{AddressGuard, GuardedResolver, Reach, RefusedAddress};
use super::diagnosis::{Way, chain, find};
use super::fault::{Fault, ProxyFault};
use super::proxy::{Proxy, ProxyResolver};
use super::{FetchError, Settings};
use hyper::body::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
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
/// hyper gathers up to 408 KiB of an HTTP/1 head before it looks, and reqwest has no key for that; what is longer than
/// this is refused when it has come.
const MOST_HEADER_BYTES: usize = 64 << 10;
/// What an HTTP/2 origin may send ahead of our reading; hyper's default is five mebibytes a connection.
const HTTP2_WINDOW_BYTES: u32 = 512 << 10;

/// Sends requests.
#[derive(Debug)]
pub(super) struct HttpClient {
    settings: Settings,
    guard: AddressGuard,
    clients: [OnceCell<Client>; 6],
}

/// How an address is reached: each way has clients of its own, so that no resolver serves two.
#[derive(Debug, Clone)]
enum Route {
    Direct(Reach),
    Through(Proxy),
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
        let client = build(&settings, &guard, &Route::Direct(Reach::Public), Roots::None)?;
        let clients =
            std::array::from_fn(|at| if at == 0 { OnceCell::new_with(Some(client.clone())) } else { OnceCell::new() });
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
        let route = self.route(url, reach).await?;
        let request = self.client(url, &route).await?.get(url.clone()).headers(headers);
        self.head(url, &route, request, deadline).await
    }

    /// Sends a form with POST, and gives back the answer as soon as its head is there.
    pub(super) async fn post_form(
        &self,
        url: &Url,
        reach: Reach,
        form: String,
        deadline: &Deadline,
    ) -> Result<Response, FetchError> {
        let route = self.route(url, reach).await?;
        let request = self.client(url, &route).await?.post(url.clone()).header(ACCEPT, "*/*");
        self.head(url, &route, request.header(CONTENT_TYPE, FORM).body(form), deadline).await
    }

    /// Sends any body with POST, and gives back the answer as soon as its head is there.
    pub(super) async fn post(
        &self,
        url: &Url,
        reach: Reach,
        headers: HeaderMap,
        body: Bytes,
        deadline: &Deadline,
    ) -> Result<Response, FetchError> {
        let route = self.route(url, reach).await?;
        let request = self.client(url, &route).await?.post(url.clone()).header(ACCEPT, "*/*");
        self.head(url, &route, request.headers(headers).body(body), deadline).await
    }

    /// Straight to the origin, or through the proxy, where the guard lets a request out.
    async fn route(&self, url: &Url, reach: Reach) -> Result<Route, FetchError> {
        match self.settings.proxy.as_ref().filter(|proxy| proxy.is_for(url)) {
            Some(proxy) => {
                self.guard.check_before_proxy(url, reach).await?;
                Ok(Route::Through(proxy.clone()))
            }
            None => Ok(Route::Direct(reach)),
        }
    }

    async fn head(
        &self,
        url: &Url,
        route: &Route,
        request: RequestBuilder,
        deadline: &Deadline,
    ) -> Result<Response, FetchError> {
        let head = request.send();
        let limit = self.settings.connect_timeout + self.settings.stall_timeout;
        let answered = deadline.within(limit, head).await?;
        let response = answered.map_err(|error| self.failure(url, route, &error))?;
        let broken = |fault| Err(FetchError::Connection { url: FetchError::shown(url), fault });
        if let (Route::Through(proxy), 407) = (route, response.status().as_u16()) {
            return broken(Fault::Proxy { proxy: FetchError::shown(&proxy.url), fault: ProxyFault::Login });
        }
        let header_bytes: usize = response.headers().iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
        if header_bytes > MOST_HEADER_BYTES {
            return broken(Fault::Headers { limit_bytes: MOST_HEADER_BYTES, limit_lines: MOST_HEADERS });
        }
        Ok(response)
    }

    async fn client(&self, url: &Url, route: &Route) -> Result<&Client, FetchError> {
        let secure = url.scheme() == "https";
        let (cell, roots) = match route {
            Route::Direct(reach) => (usize::from(*reach == Reach::OpenedOnly), secure),
            Route::Through(proxy) => (2, secure || proxy.is_secure()),
        };
        let roots = if roots { Roots::OfTheSystem } else { Roots::None };
        self.clients[cell * 2 + usize::from(secure)]
            .get_or_try_init(|| async {
                let (settings, guard, route) = (self.settings.clone(), self.guard.clone(), route.clone());
                // reading some hundred certificates takes a while
                tokio::task::spawn_blocking(move || build(&settings, &guard, &route, roots))
                    .await
                    .map_err(|error| FetchError::Client { why: error.to_string() })?
            })
            .await
    }

    fn failure(&self, url: &Url, route: &Route, error: &reqwest::Error) -> FetchError {
        let shown = FetchError::shown(url);
        if let Some(refused) = find::<RefusedAddress>(error) {
            return FetchError::AddressRefused { url: shown, why: refused.to_string() };
        }
        let proxy = match route {
            Route::Direct(_) => None,
            Route::Through(proxy) => Some(FetchError::shown(&proxy.url)),
        };
        let way = Way {
            is_secure: url.scheme() == "https",
            proxy: proxy.as_deref(),
            connect_timeout: self.settings.connect_timeout,
            head_limits: (MOST_HEADER_BYTES, MOST_HEADERS),
        };
        FetchError::Connection { url: shown, fault: way.fault(error) }
    }
}

/// Which certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roots {
    None,
    OfTheSystem,
}

fn build(settings: &Settings, guard: &AddressGuard, route: &Route, roots: Roots) -> Result<Client, FetchError> {
    let headers = HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static(ACCEPTED)),
        (ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED_CODINGS)),
    ]);
    let unusable =
        |remedy: &str, error: &reqwest::Error| FetchError::Client { why: format!("{}{remedy}", causes(error)) };
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
        .http2_initial_stream_window_size(HTTP2_WINDOW_BYTES)
        .http2_initial_connection_window_size(HTTP2_WINDOW_BYTES);
    let builder = match route {
        Route::Direct(reach) => builder.dns_resolver(GuardedResolver { guard: guard.clone(), reach: *reach }),
        Route::Through(proxy) => {
            let host = proxy.url.host_str().unwrap_or_default().to_owned();
            let resolver = ProxyResolver { host, lookup: guard.lookup().clone() };
            let proxy = proxy.of_client().map_err(|error| unusable(" (the proxy cannot be used)", &error))?;
            builder.dns_resolver(resolver).proxy(proxy)
        }
    };
    let (builder, remedy) = match roots {
        Roots::None => (builder.tls_certs_only([]), ""),
        Roots::OfTheSystem => {
            let own = settings.own_authorities.certificates().map_err(|error| unusable("", &error))?;
            (builder.tls_certs_merge(own), " (https needs the system's CA certificates: install ca-certificates)")
        }
    };
    builder.build().map_err(|error| unusable(remedy, &error))
}

/// An error's causes as one line, without the client's own words, which repeat the address.
fn causes(error: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in chain(error) {
        let text = cause.to_string();
        if !words.iter().any(|known| known.contains(&text)) {
            words.push(text);
        }
    }
    if words.is_empty() {
        words.push("the client cannot be built".to_owned());
    }
    crate::text::log_safe(&words.join(": "))
}
