//! An outgoing proxy: what goes through it, what does not, and whose failure a failure is.

use super::connections::called;
use super::tls::{Authority, BOTH, GOOD_YEARS, page, secure_site};
use super::*;
use crate::fetch::lookup::table::Table;

const LOGIN: &str = "Basic YmFudGluOmdlaGVpbQ==";

/// A proxy for http addresses is a site that is asked with whole addresses.
fn fetcher_through(proxy: &str, except: &[&str], table: &Arc<Table>) -> Fetcher {
    fetcher_that_trusts(OwnAuthorities::default(), proxy, except, table)
}

fn fetcher_that_trusts(own: OwnAuthorities, proxy: &str, except: &[&str], table: &Arc<Table>) -> Fetcher {
    let proxy = Proxy {
        url: Url::parse(proxy).expect("a URL"),
        login: Some(Secret::new("bantin:geheim")),
        except: except.iter().map(|text| text.parse().expect("an exception")).collect(),
    };
    let settings = Settings { proxy: Some(proxy), own_authorities: own, ..settings() };
    let guard = AddressGuard::new(&settings.allow_networks).with_table(Arc::clone(table));
    Fetcher::with_guard(settings, Arc::default(), guard).expect("a client")
}

fn own(url: &str) -> Request {
    Request { robots: RobotsPolicy::OwnSite, ..request(Url::parse(url).expect("a URL")) }
}

#[tokio::test]
async fn http_addresses_go_through_the_proxy_with_its_login_and_exceptions_do_not() {
    // closed for the guard, had the operator not named it
    let proxy = Site::at("127.3.0.1:0", |_, _| ok("", b"by proxy")).await;
    let direct = Site::new(|_, _| ok("", b"direct")).await;
    let table = Table::new(&[("bao.test", &[&["127.1.0.1"]]), ("proxy.test", &[&["127.3.0.1"]])]);
    let url = called(&proxy, "proxy.test", "");
    let fetcher = fetcher_through(url.as_str(), &["bao.test"], &table);
    let body = async |request: Request| match fetcher.fetch(request).await.expect("an answer").answer {
        Answer::Document(document) => String::from_utf8(document.body).expect("text"),
        Answer::NotModified { .. } => unreachable!("nothing was asked with"),
    };
    assert_eq!(body(own("http://far.test/x")).await, "by proxy");
    assert_eq!(body(own(called(&direct, "bao.test", "/x").as_str())).await, "direct");
    assert_eq!(proxy.paths(), ["http://far.test/x"]);
    assert_eq!(proxy.header(0, "proxy-authorization").as_deref(), Some(LOGIN.as_bytes()));
    assert_eq!(direct.header(0, "proxy-authorization"), None);
}

#[tokio::test]
async fn address_guard_holds_behind_a_proxy() {
    let proxy = Site::new(|_, _| status(302, "location: http://169.254.169.254/latest/\r\n")).await;
    let table = Table::new(&[
        ("inside.test", &[&["10.0.0.1"]]),
        ("mixed.test", &[&["93.184.215.14", "192.168.0.1"]]),
        ("outside.test", &[&["93.184.215.14"]]),
    ]);
    let fetcher = fetcher_through(proxy.base.as_str(), &[], &table);
    for url in [
        "http://127.0.0.1/",
        "http://[::1]/",
        "https://10.1.2.3/",
        "http://inside.test/",
        "http://mixed.test/",
        "http://unknown.test:6379/",
        "http://outside.test:6379/",
    ] {
        let error = fetcher.fetch(own(url)).await.expect_err(url);
        assert_eq!(error.kind(), FailureKind::Refused, "{url}: {error}");
    }
    assert_eq!(proxy.paths(), Vec::<String>::new());
    let error = fetcher.fetch(own("http://outside.test/")).await.expect_err("led astray");
    assert_eq!(error.kind(), FailureKind::Refused, "{error}");
    assert_eq!(proxy.paths(), ["http://outside.test/"]);
}

#[tokio::test]
async fn failure_of_the_proxy_is_told_from_one_of_the_origin() {
    let nobody = StdListener::bind("127.1.0.1:0").expect("a port").local_addr().expect("bound");
    let table = Table::new(&[]);
    let through = |proxy: &str| fetcher_through(proxy, &[], &table);
    let fault = async |fetcher: Fetcher, url: &str| match fetcher.fetch(own(url)).await.expect_err("no document") {
        FetchError::Connection { fault, .. } => fault,
        other => unreachable!("{other}"),
    };
    for url in ["http://far.test/", "https://far.test/"] {
        for scheme in ["http", "socks5h"] {
            let told = fault(through(&format!("{scheme}://{nobody}")), url).await;
            let Fault::Proxy { fault, .. } = &told else { unreachable!("{scheme} {url}: {told}") };
            let ProxyFault::Itself(fault) = fault else { unreachable!("{scheme} {url}: {told}") };
            // hyper-util keeps the cause of a failed SOCKS connection to itself
            assert!(**fault == Fault::Refused || scheme == "socks5h" && fault.kind() == FailureKind::Connect, "{told}");
        }
        let told = fault(through("http://no-such-proxy.test:3128"), url).await;
        assert!(told.kind() == FailureKind::Proxy && told.to_string().contains("cannot be resolved"), "{told}");
        let strict = Site::new(|_, _| status(407, "proxy-authenticate: Basic realm=x\r\n")).await;
        let told = fault(through(strict.base.as_str()), url).await;
        assert!(matches!(&told, Fault::Proxy { fault: ProxyFault::Login, .. }), "{url}: {told}");
        assert!(told.to_string().contains("set `fetch.proxy-login`") && !told.to_string().contains("geheim"), "{told}");
    }
    let closed = Site::new(|_, _| status(403, "")).await;
    let told = fault(through(closed.base.as_str()), "https://far.test/").await;
    assert!(matches!(&told, Fault::Proxy { fault: ProxyFault::Tunnel, .. }), "{told:?}");
    let silent = Site::new(|_, _| Some(b"HTTP/1.1 200 OK\r\n\r\ncut".to_vec())).await;
    let told = fault(through(silent.base.as_str()), "https://far.test/").await;
    assert!(matches!(told, Fault::Tls(TlsFault::Handshake { .. })), "behind the tunnel is the origin: {told}");
    let error = through(closed.base.as_str()).fetch(own("http://far.test/")).await.expect_err("403");
    assert_eq!((error.kind(), error.http_status()), (FailureKind::Http, Some(403)));
}

#[tokio::test]
async fn proxy_that_speaks_tls_is_held_to_the_same_authorities() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    for (signer, is_trusted) in [(&authority, true), (&stranger, false)] {
        let proxy = secure_site(signer.server("127.1.0.1", GOOD_YEARS, &["http/1.1"]), page).await;
        let fetcher = fetcher_that_trusts(authority.trusted(), proxy.as_str(), &[], &Table::new(&[]));
        match fetcher.fetch(own("http://far.test/")).await {
            Ok(_) => assert!(is_trusted),
            Err(error) => {
                assert!(!is_trusted && error.kind() == FailureKind::Proxy, "{error}");
                assert!(
                    error
                        .to_string()
                        .contains("the proxy itself failed, not the origin: its certificate comes from an issuer"),
                    "{error}"
                );
            }
        }
    }
}

#[tokio::test]
async fn tunnel_is_opened_with_the_login_and_the_name_is_left_to_the_proxy() {
    let proxy = Site::new(|_, _| status(403, "")).await;
    let table = Table::new(&[]);
    let fetcher = fetcher_through(proxy.base.as_str(), &[], &table);
    fetcher.fetch(own("https://far.test/x")).await.expect_err("403");
    assert_eq!(proxy.paths(), ["far.test:443"]);
    let seen = proxy.seen.lock().expect("not poisoned")[0].1.clone();
    let head = String::from_utf8(seen).expect("text").to_ascii_lowercase();
    assert!(head.starts_with("connect far.test:443 http/1.1") && head.contains("user-agent: bantin/"), "{head}");
    assert!(head.contains(&format!("proxy-authorization: {}", LOGIN.to_ascii_lowercase())), "{head}");
}

#[tokio::test]
async fn proxy_and_its_login_are_never_printed() {
    let fetcher = fetcher_through("http://127.1.0.1:1", &[], &Table::new(&[]));
    let told = format!("{fetcher:?} {:?}", fetcher.fetch(own("http://far.test/")).await.expect_err("nobody there"));
    assert!(!told.contains("geheim") && !told.contains(LOGIN), "{told}");
}

/// A proxy that opens tunnels to `127.1.0.1`, whatever the name: HTTP's CONNECT (RFC 9110 §9.3.6) or SOCKS 5 (RFC 1928) with
/// a login (RFC 1929). Gives back its address, and the names that it was asked for.
async fn tunnels(is_socks: bool) -> (std::net::SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let (address, asked) = (listener.local_addr().expect("bound"), Arc::new(Mutex::new(Vec::new())));
    let names = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let target = if is_socks { socks_target(&mut stream).await } else { connect_target(&mut stream).await };
            let port = target.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
            names.lock().expect("not poisoned").push(target);
            let mut origin = TcpStream::connect(("127.1.0.1", port)).await.expect("an origin");
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut stream, &mut origin).await });
        }
    });
    (address, asked)
}

async fn connect_target(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(head).expect("text");
    assert!(
        head.to_ascii_lowercase().contains(&format!("proxy-authorization: {}", LOGIN.to_ascii_lowercase())),
        "{head}"
    );
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.expect("sent");
    head.split(' ').nth(1).expect("a target").to_owned()
}

async fn socks_target(stream: &mut TcpStream) -> String {
    let mut taken = async |length: usize, answer: &[u8]| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).await.expect("a message");
        stream.write_all(answer).await.expect("sent");
        bytes
    };
    let methods = usize::from(taken(2, b"").await[1]);
    assert!(taken(methods, &[5, 2]).await.contains(&2), "a login is offered");
    let user = usize::from(taken(2, b"").await[1]);
    assert_eq!(taken(user, b"").await, b"bantin");
    let password = usize::from(taken(1, b"").await[0]);
    assert_eq!(taken(password, &[1, 0]).await, b"geheim");
    let request = taken(5, b"").await;
    assert_eq!(request[..4], [5, 1, 0, 3], "a name is asked for, not an address");
    let name = taken(usize::from(request[4]), b"").await;
    let port = taken(2, &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    format!("{}:{}", String::from_utf8(name).expect("text"), u16::from_be_bytes([port[0], port[1]]))
}

#[tokio::test]
async fn https_goes_through_tunnels_of_both_kinds_and_is_checked_to_its_end() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    let good = secure_site(authority.server("far.test", GOOD_YEARS, BOTH), page).await;
    let bad = secure_site(stranger.server("far.test", GOOD_YEARS, BOTH), page).await;
    // a port of its own is open where the name is known by an opened address alone
    let table = Table::new(&[("far.test", &[&["127.1.0.1"]])]);
    for (scheme, is_socks) in [("http", false), ("socks5h", true)] {
        let (address, asked) = tunnels(is_socks).await;
        let fetcher = fetcher_that_trusts(authority.trusted(), &format!("{scheme}://{address}"), &[], &table);
        let far = |site: &Url| {
            let mut url = site.clone();
            url.set_host(Some("far.test")).expect("a host");
            own(url.as_str())
        };
        fetcher.fetch(far(&good)).await.expect("an answer");
        let error = fetcher.fetch(far(&bad)).await.expect_err("not trusted");
        assert_eq!(error.kind(), FailureKind::Tls, "the origin's fault: {error}");
        let names = asked.lock().expect("not poisoned").clone();
        assert_eq!(names, [&good, &bad].map(|site| format!("far.test:{}", site.port().expect("a port"))));
    }
}
