//! Origins that speak TLS: whom we trust, whom we do not and why, and HTTP/2 where it is offered.

use super::*;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// An authority that signs what a test asks for.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("signed").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(super) fn trusted(&self) -> OwnAuthorities {
        OwnAuthorities::of_pem(self.pem.as_bytes()).expect("an authority")
    }

    /// The TLS of an origin: its name or address, its certificate's years, and the protocols that it offers.
    pub(super) fn server(&self, name: &str, years: (i32, i32), protocols: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

pub(super) const GOOD_YEARS: (i32, i32) = (2020, 2090);
pub(super) const BOTH: &[&str] = &["h2", "http/1.1"];

/// Serves TLS with a script of answers: path to status, headers and body. Gives back the base address.
pub(super) async fn secure_site(acceptor: TlsAcceptor, answer: fn(&str) -> hyper::Response<String>) -> Url {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let base = Url::parse(&format!("https://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let service = service_fn(move |request: hyper::Request<Incoming>| async move {
                    let mut response = answer(request.uri().path());
                    if request.headers().contains_key("authorization") {
                        *response.body_mut() = "authorized".to_owned();
                    }
                    let version = HeaderValue::from_str(&format!("{:?}", request.version())).expect("a value");
                    response.headers_mut().insert("x-version", version);
                    Ok::<_, std::convert::Infallible>(response)
                });
                let io = TokioIo::new(stream);
                if is_http2 {
                    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                        .max_header_list_size(1 << 20)
                        .serve_connection(io, service)
                        .await;
                } else {
                    let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
                }
            });
        }
    });
    base
}

pub(super) fn page(path: &str) -> hyper::Response<String> {
    let mut response = hyper::Response::new("x".to_owned());
    match path {
        "/many" => {
            for n in 0..2000 {
                let name = HeaderName::from_bytes(format!("x-{n}").as_bytes()).expect("a name");
                response
                    .headers_mut()
                    .insert(name, HeaderValue::from_static("yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"));
            }
        }
        "/long" => *response.body_mut() = "y".repeat(5 << 20),
        _ => {}
    }
    response
}

fn trusting(authority: &Authority) -> Fetcher {
    let settings = Settings { own_authorities: authority.trusted(), ..settings() };
    Fetcher::new(settings, Vec::new()).expect("a client")
}

fn own_site(url: Url) -> Request {
    Request { robots: RobotsPolicy::OwnSite, ..request(url) }
}

async fn fault(fetcher: &Fetcher, url: Url) -> Fault {
    match fetcher.fetch(own_site(url)).await.expect_err("no document") {
        error @ FetchError::Connection { .. } => {
            assert_eq!(error.kind(), FailureKind::Tls, "{error}");
            let FetchError::Connection { fault, .. } = error else { unreachable!("matched") };
            fault
        }
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn own_authority_is_trusted_over_http_1_and_2_as_the_origin_offers() {
    let authority = Authority::new("ours");
    let fetcher = trusting(&authority);
    for (protocols, spoken) in [(BOTH, "HTTP/2.0"), (&["http/1.1"][..], "HTTP/1.1"), (&[][..], "HTTP/1.1")] {
        let base = secure_site(authority.server("127.1.0.1", GOOD_YEARS, protocols), page).await;
        let reach = fetcher.guard.check(&base).expect("open");
        let deadline = Deadline {
            url: base.to_string(),
            at: Instant::now() + Duration::from_secs(20),
            whole: Duration::from_secs(20),
            stall: Duration::from_secs(10),
        };
        let response = fetcher.client.get(&base, reach, HeaderMap::new(), &deadline).await.expect("an answer");
        assert_eq!(response.headers()["x-version"], spoken);
        let body = document(&fetcher, base.join("/x").expect("a path")).await.expect("a document").body;
        assert_eq!(body, b"x");
    }
}

#[tokio::test]
async fn login_goes_to_its_own_https_origin_and_not_there_from_http() {
    let authority = Authority::new("ours");
    let fetcher = trusting(&authority);
    let base = secure_site(authority.server("127.1.0.1", GOOD_YEARS, BOTH), page).await;
    let location = format!("location: {base}\r\n");
    let plain = Site::new(move |_, _| status(301, &location)).await;
    let body = async |url: &Url| {
        let headers = vec![("authorization".to_owned(), Secret::new("Basic eDp5"))];
        match fetcher.fetch(Request { headers, ..own_site(url.clone()) }).await.expect("an answer").answer {
            Answer::Document(document) => String::from_utf8(document.body).expect("text"),
            Answer::NotModified { .. } => unreachable!("nothing was asked with"),
        }
    };
    assert_eq!(body(&base).await, "authorized");
    assert_eq!(body(&plain.base).await, "x");
    assert_eq!(plain.header(0, "authorization").as_deref(), Some(&b"Basic eDp5"[..]));
}

#[tokio::test]
async fn limits_hold_over_http_2() {
    let authority = Authority::new("ours");
    let fetcher = trusting(&authority);
    let base = secure_site(authority.server("127.1.0.1", GOOD_YEARS, BOTH), page).await;
    let at = |path| own_site(base.join(path).expect("a path"));
    let error = fetcher.fetch(at("/many")).await.expect_err("a flood of headers");
    assert_eq!(error.kind(), FailureKind::Broken, "{error}");
    let error = fetcher.fetch(at("/long")).await.expect_err("too long");
    assert!(matches!(error, FetchError::BodyTooLarge { .. }), "{error}");
    fetcher.fetch(at("/x")).await.expect("the host's turn is free again");
}

#[tokio::test]
async fn every_reason_not_to_trust_a_certificate_has_its_own_words() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    let fetcher = trusting(&authority);
    let expired = secure_site(authority.server("127.1.0.1", (2010, 2020), BOTH), page).await;
    let early = secure_site(authority.server("127.1.0.1", (2088, 2090), BOTH), page).await;
    let other = secure_site(authority.server("other.example", GOOD_YEARS, BOTH), page).await;
    let unknown = secure_site(stranger.server("127.1.0.1", GOOD_YEARS, BOTH), page).await;
    let day = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    let told = fault(&fetcher, expired).await;
    assert_eq!(told, Fault::Tls(TlsFault::Expired { at: day(2020).map(|day| day.and_utc()) }));
    assert!(told.to_string().contains("expired on 2020-01-01; the site has to renew it"), "{told}");
    let told = fault(&fetcher, early).await;
    assert_eq!(told, Fault::Tls(TlsFault::NotYetValid { at: day(2088).map(|day| day.and_utc()) }));
    assert!(told.to_string().contains("not valid yet (from 2088-01-01 on); look at this machine's clock"), "{told}");
    let told = fault(&fetcher, other).await;
    assert_eq!(told, Fault::Tls(TlsFault::WrongName { names: "other.example".to_owned() }));
    let told = fault(&fetcher, unknown).await;
    assert_eq!(told, Fault::Tls(TlsFault::UnknownIssuer));
    assert!(told.to_string().contains("`fetch.ca-file`"), "{told}");
}

#[tokio::test]
async fn origin_that_speaks_no_tls_or_hangs_up_is_told_so() {
    let authority = Authority::new("ours");
    let fetcher = trusting(&authority);
    let plain = Site::new(|_, _| ok("", b"x")).await;
    let talker = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let mut url = plain.base.clone();
    url.set_scheme("https").expect("a scheme");
    url.set_port(talker.local_addr().ok().map(|address| address.port())).expect("a port");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = talker.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    assert_eq!(fault(&fetcher, url.clone()).await, Fault::Tls(TlsFault::NotTls));
    let closer = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    url.set_port(closer.local_addr().ok().map(|address| address.port())).expect("a port");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = closer.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    let told = fault(&fetcher, url).await;
    assert!(matches!(told, Fault::Tls(TlsFault::Handshake { .. })), "{told}");
}

#[tokio::test]
async fn failure_of_robots_txt_keeps_its_kind_for_every_section_of_the_origin() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    let fetcher = trusting(&authority);
    let base = secure_site(stranger.server("127.1.0.1", GOOD_YEARS, BOTH), page).await;
    for path in ["/one", "/two"] {
        let error = document(&fetcher, base.join(path).expect("a path")).await.expect_err("not trusted");
        assert_eq!(error.kind(), FailureKind::Tls, "{error}");
        assert!(
            matches!(error, FetchError::RobotsUnreachable { .. }) && error.to_string().contains("ca-file"),
            "{error}"
        );
    }
}

/// An HTTP/2 frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("short").to_be_bytes();
    [&[0, length[0], length[1], kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test]
async fn http_2_head_without_end_is_given_up() {
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    const CONTINUATION: u8 = 9;
    let authority = Authority::new("ours");
    let fetcher = trusting(&authority);
    let acceptor = authority.server("127.1.0.1", GOOD_YEARS, &["h2"]);
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let url = Url::parse(&format!("https://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            // `:status: 200`, then `x: y` for ever (RFC 7541 §6.1, §6.2.2)
            let first = [frame(SETTINGS, 0, 0, &[]), frame(HEADERS, 0, 1, &[0x88])].concat();
            let more = frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y'].repeat(1000));
            let mut sent = stream.write_all(&first).await;
            while sent.is_ok() {
                sent = stream.write_all(&more).await;
            }
        }
    });
    for _ in 0..2 {
        let error = fetcher.fetch(own_site(url.clone())).await.expect_err("no head");
        assert_eq!(error.kind(), FailureKind::Broken, "{error}");
    }
}
