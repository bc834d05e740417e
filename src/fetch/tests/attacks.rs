//! Every spelling of a closed address, by every kind of redirect and every answer of a resolver: nobody is connected to.

use super::connections::{called, fetcher_with};
use super::*;
use crate::fetch::lookup::table::Table;

const SPELLINGS: &str = include_str!("../../../tests/data/closed-addresses.txt");

/// A listener that nobody may reach.
struct Canary(StdListener);

impl Canary {
    /// On every address of this machine, IPv4 among them.
    fn everywhere() -> Self {
        Self::at("[::]:0").expect("a port")
    }

    fn at(address: &str) -> std::io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("bound").port()
    }

    fn assert_nobody_came(&self) {
        assert_eq!(self.0.accept().expect_err("nobody came").kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// The spellings, each with the canary's port where it has none of its own; and names that lead to this machine.
fn spellings(port: u16) -> Vec<String> {
    let listed = SPELLINGS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let with_port = |spelling: &str| {
        let Some((scheme, rest)) = spelling.split_once("://") else { return spelling.to_owned() };
        let Some((authority, path)) = rest.split_once('/') else { return spelling.to_owned() };
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let has_port = host.rsplit(']').next().unwrap_or(host).contains(':');
        if has_port { spelling.to_owned() } else { format!("{scheme}://{authority}:{port}/{path}") }
    };
    let named = ["localhost", "LOCALHOST.", "inside.test", "user:secret@inside.test"];
    listed.map(with_port).chain(named.map(|host| format!("http://{host}:{port}/"))).collect()
}

fn guarded() -> Fetcher {
    let names = Table::new(&[
        ("localhost", &[&["127.0.0.1", "::1"]]),
        ("localhost.", &[&["127.0.0.1"]]),
        ("inside.test", &[&["127.0.0.1"]]),
        ("example.org", &[&["93.184.215.14"]]),
    ]);
    fetcher_with(&names, &["127.1.0.0/16"])
}

fn own(url: Url) -> Request {
    Request { robots: RobotsPolicy::OwnSite, ..request(url) }
}

/// Refused by the guard, or no address at all.
fn is_kept_back(error: &FetchError) -> bool {
    matches!(error.kind(), FailureKind::Refused | FailureKind::Redirect) && !error.to_string().contains("secret")
}

#[tokio::test]
async fn no_spelling_of_a_closed_address_is_asked() {
    let canary = Canary::everywhere();
    let fetcher = guarded();
    for spelling in spellings(canary.port()) {
        let Ok(url) = Url::parse(&spelling) else { continue };
        for request in [own(url.clone()), request(url)] {
            let error = fetcher.fetch(request).await.expect_err(&spelling);
            assert!(is_kept_back(&error), "{spelling}: {error}");
        }
    }
    canary.assert_nobody_came();
}

#[tokio::test]
async fn no_redirect_of_any_kind_leads_to_a_closed_address() {
    let canary = Canary::everywhere();
    let targets = spellings(canary.port());
    let all = targets.clone();
    // /STATUS/FORM/NUMBER
    let site = Site::new(move |path, _| {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let (code, form) = (parts[0].parse().ok()?, parts[1]);
        let target = &all[parts[2].parse::<usize>().ok()?];
        let location = match form {
            "absolute" => target.clone(),
            "scheme-relative" => target.trim_start_matches("http:").to_owned(),
            "padded" => format!("\t {target} "),
            "relative" => format!("../absolute/{}", parts[2]),
            hops => format!("../{}/{}", if hops == "chain" { "chain2" } else { "relative" }, parts[2]),
        };
        status(code, &format!("location: {location}\r\n"))
    })
    .await;
    let fetcher = guarded();
    for (n, target) in targets.iter().enumerate() {
        for code in [301, 302, 303, 307, 308] {
            for form in ["absolute", "scheme-relative", "padded", "relative", "chain"] {
                let error = fetcher.fetch(own(site.url(&format!("/{code}/{form}/{n}")))).await.expect_err(target);
                assert!(is_kept_back(&error), "{code} {form} {target}: {error}");
            }
        }
    }
    assert!(site.paths().len() >= targets.len() * 5 * (3 + 2 + 4), "each redirect was followed up to the last");
    canary.assert_nobody_came();
}

#[tokio::test]
async fn no_redirect_of_robots_txt_leads_to_a_closed_address() {
    let canary = Canary::everywhere();
    let targets = spellings(canary.port());
    let fetcher = guarded();
    for (n, target) in targets.iter().enumerate() {
        let location = format!("location: {target}\r\n");
        let site = Site::new(move |_, _| status([301, 302, 303, 307, 308][n % 5], &location)).await;
        let error = document(&fetcher, site.url("/x")).await.expect_err(target);
        assert!(matches!(error, FetchError::RobotsUnreachable { .. }) && is_kept_back(&error), "{target}: {error}");
        assert_eq!(site.paths(), ["/robots.txt"], "{target}");
    }
    canary.assert_nobody_came();
}

#[tokio::test]
async fn one_closed_address_among_the_answers_spoils_a_name() {
    let canary = Canary::everywhere();
    let answers: [&[&str]; 12] = [
        &["127.0.0.1"],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["0.0.0.0"],
        &["::"],
        &["127.1.0.1", "127.0.0.1"],
        &["127.0.0.1", "127.1.0.1"],
        &["127.1.0.1", "::1"],
        &["93.184.215.14", "10.0.0.1"],
        &["2606:4700::1111", "fe80::1"],
    ];
    for answer in answers {
        let fetcher = fetcher_with(&Table::new(&[("lure.test", &[answer])]), &["127.1.0.0/16"]);
        for port in [canary.port(), 80, 8080] {
            let url = Url::parse(&format!("http://lure.test:{port}/")).expect("a URL");
            let error = fetcher.fetch(own(url)).await.expect_err("closed");
            assert_eq!(error.kind(), FailureKind::Refused, "{answer:?} {port}: {error}");
        }
    }
    canary.assert_nobody_came();
}

#[tokio::test]
async fn address_that_was_checked_is_the_one_that_is_connected_to() {
    let (site, canary) = loop {
        let site = Site::new(|_, _| ok("connection: close\r\n", b"x")).await;
        let port = site.base.port().expect("a port");
        if let Ok(canary) = Canary::at(&format!("127.0.0.1:{port}")) {
            break (site, canary);
        }
    };
    let table = Table::new(&[("rebound.test", &[&["127.1.0.1"], &["127.0.0.1"]])]);
    let fetcher = fetcher_with(&table, &["127.1.0.0/16"]);
    let url = called(&site, "rebound.test", "/x");
    fetcher.fetch(own(url.clone())).await.expect("the first answer is open");
    assert_eq!(table.times("rebound.test"), 1, "no second look-up between check and connection");
    let error = fetcher.fetch(own(url)).await.expect_err("the second is closed");
    assert_eq!((error.kind(), table.times("rebound.test")), (FailureKind::Refused, 2));
    assert_eq!(site.paths(), ["/x"]);
    canary.assert_nobody_came();
}
