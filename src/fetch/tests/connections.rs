//! Names and addresses: the next address where the first refuses, and what is said where none answers.

use super::*;
use crate::fetch::lookup::table::Table;

/// A fetcher whose names are answered by a table.
pub(super) fn fetcher_with(table: &Arc<Table>, networks: &[&str]) -> Fetcher {
    let allow_networks: Vec<Network> = networks.iter().map(|text| text.parse().expect("a network")).collect();
    let guard = AddressGuard::new(&allow_networks).with_table(Arc::clone(table));
    Fetcher::with_guard(Settings { allow_networks, ..settings() }, Arc::default(), guard).expect("a client")
}

/// An address of `site` under another name.
pub(super) fn called(site: &Site, name: &str, path: &str) -> Url {
    let mut url = site.url(path);
    url.set_host(Some(name)).expect("a host");
    url
}

fn fault(error: FetchError) -> Fault {
    match error {
        FetchError::Connection { fault, .. } => fault,
        other => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn next_address_is_asked_where_the_first_refuses() {
    let site = Site::new(|path, _| if path == "/x" { ok("", b"x") } else { not_found() }).await;
    for addresses in [&["127.1.0.9", "127.1.0.1"][..], &["::1", "127.1.0.1"], &["127.1.0.8", "127.1.0.9", "127.1.0.1"]]
    {
        let table = Table::new(&[("bao.test", &[addresses])]);
        let fetcher = fetcher_with(&table, &["127.1.0.0/16", "::1/128"]);
        let came = document(&fetcher, called(&site, "bao.test", "/x")).await;
        assert_eq!(came.map(|document| document.body).map_err(|error| error.to_string()), Ok(b"x".to_vec()));
    }
}

#[tokio::test]
async fn ipv6_origin_is_asked_by_name_and_by_address() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        unreachable!("a machine without IPv6 on loopback cannot prove this")
    };
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx").await;
        }
    });
    let fetcher = fetcher_with(&Table::new(&[("bao.test", &[&["::1"]])]), &["::1/128"]);
    for host in ["bao.test", "[::1]"] {
        let url = Url::parse(&format!("http://{host}:{port}/x")).expect("a URL");
        let own = Request { robots: RobotsPolicy::OwnSite, ..request(url) };
        fetcher.fetch(own).await.expect("an answer");
    }
}

#[tokio::test]
async fn unknown_name_closed_port_and_broken_answer_are_told_apart() {
    let closed = StdListener::bind("127.1.0.1:0").expect("a port").local_addr().expect("bound").port();
    let site = Site::new(|path, _| match path {
        "/cut-head" => Some(b"HTTP/1.1 200 OK\r\nx: cut".to_vec()),
        "/telnet" => Some(b"220 mail.example ESMTP\r\n\r\n".to_vec()),
        "/missing" => not_found(),
        _ => None,
    })
    .await;
    let fetcher = fetcher_with(&Table::new(&[]), &["127.1.0.0/16"]);
    let error = async |url: Url| {
        let own = Request { robots: RobotsPolicy::OwnSite, ..request(url) };
        fetcher.fetch(own).await.expect_err("no document")
    };
    let told = error(called(&site, "no-such.test", "/")).await;
    assert_eq!(told.kind(), FailureKind::Dns);
    assert!(told.to_string().contains("its name cannot be resolved (no such name); look whether"), "{told}");
    let told = error(Url::parse(&format!("http://127.1.0.1:{closed}/")).expect("a URL")).await;
    assert_eq!((told.kind(), fault(told)), (FailureKind::Connect, Fault::Refused));
    for path in ["/cut-head", "/closed"] {
        let told = error(site.url(path)).await;
        assert!(told.kind() == FailureKind::Broken && told.is_transient(), "{path}: {told}");
        assert!(matches!(fault(told), Fault::Broken { .. }), "{path}");
    }
    let told = error(site.url("/telnet")).await;
    assert!(matches!(fault(told), Fault::NotHttp { .. }));
    assert_eq!(error(site.url("/missing")).await.kind(), FailureKind::Http);
}
