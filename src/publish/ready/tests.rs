use super::*;
use std::io::Read;

fn publication(media_type: &'static str, body: &[u8]) -> Publication {
    Publication {
        path: "bao/all.rss".to_owned(),
        media_type,
        body: body.into(),
        etag: "\"abc\"".to_owned(),
        last_modified: DateTime::from_timestamp(1_771_032_600, 500_000_000).expect("a moment"),
    }
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().expect("text"))
}

#[test]
fn every_encoding_unpacks_to_the_same_bytes_and_has_its_own_tag() {
    let body = "tin ".repeat(500);
    let ready = Ready::new(&publication("application/rss+xml", body.as_bytes()), Packing::Made, None).expect("ready");
    let of = |coding| ready.representation(coding).expect("packed");
    let mut gzip = String::new();
    flate2::read::GzDecoder::new(&of(Coding::Gzip).body[..]).read_to_string(&mut gzip).expect("gzip");
    let mut brotli = Vec::new();
    brotli::BrotliDecompress(&mut &of(Coding::Brotli).body[..], &mut brotli).expect("brotli");
    assert_eq!(
        (gzip.as_bytes(), &brotli[..], &of(Coding::Identity).body[..]),
        (body.as_bytes(), body.as_bytes(), body.as_bytes())
    );
    let facts = Coding::ALL.map(|c| (field(&of(c).headers, "etag"), field(&of(c).headers, "content-encoding")));
    let expected = [(Some("\"abc-br\""), Some("br")), (Some("\"abc-gz\""), Some("gzip")), (Some("\"abc\""), None)];
    assert_eq!(facts, expected);
}

#[test]
fn small_and_incompressible_documents_go_out_as_they_are() {
    let noise: Vec<u8> = (0..400u32).flat_map(|n| Sha(n).bytes()).collect();
    for body in [&b"small"[..], &noise] {
        let ready = Ready::new(&publication("application/rss+xml", body), Packing::Made, None).expect("ready");
        assert!(ready.representation(Coding::Gzip).is_none() && ready.representation(Coding::Brotli).is_none());
    }
}

struct Sha(u32);
impl Sha {
    fn bytes(&self) -> Vec<u8> {
        use sha2::{Digest, Sha256};
        Sha256::digest(self.0.to_be_bytes()).to_vec()
    }
}

#[test]
fn feeds_are_open_to_scripts_and_pages_are_closed() {
    let feed = Ready::new(&publication("application/rss+xml", b"x"), Packing::Made, None).expect("ready");
    let page = Ready::new(&publication("text/html; charset=utf-8", b"x"), Packing::Made, None).expect("ready");
    let of = |ready: &Ready, name: &str| {
        field(&ready.representation(Coding::Identity).expect("there").headers, name).map(str::to_owned)
    };
    assert_eq!(of(&feed, "access-control-allow-origin").as_deref(), Some("*"));
    assert_eq!(of(&page, "access-control-allow-origin"), None);
    assert!(of(&page, "content-security-policy").is_some_and(|p| p.starts_with("default-src 'none'")));
    assert!(of(&page, "referrer-policy").is_some() && of(&page, "x-frame-options").is_some());
    assert_eq!(of(&feed, "last-modified").as_deref(), Some("Sat, 14 Feb 2026 01:30:00 GMT"));
    for ready in [feed, page] {
        assert_eq!(of(&ready, "x-content-type-options").as_deref(), Some("nosniff"));
    }
}

#[test]
fn fragments_are_open_to_scripts_of_other_sites_and_run_nothing_themselves() {
    let fragment = Publication {
        path: "bao/all.fragment.html".to_owned(),
        ..publication("text/html; charset=utf-8", b"<ol></ol>")
    };
    let ready = Ready::of(&fragment).expect("ready");
    let headers = &ready.representation(Coding::Identity).expect("there").headers;
    assert_eq!(field(headers, "access-control-allow-origin"), Some("*"));
    assert!(field(headers, "content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    assert_eq!(field(headers, "x-robots-tag"), Some("noindex"));
}

#[test]
fn tag_without_quotes_is_refused() {
    let mut wrong = publication("application/rss+xml", b"x");
    wrong.etag = "abc".to_owned();
    assert!(matches!(Ready::new(&wrong, Packing::Made, None), Err(TargetError::Header { field: "ETag", .. })));
}

#[test]
fn feeds_name_their_hub_and_themselves_and_pages_do_not() {
    let url = |text: &str| Url::parse(text).expect("a URL");
    let told_by = ToldBy { hub: url("https://f.vn/x/hub"), base_url: url("https://f.vn/x/") };
    let links = |path: &str| {
        let publication = Publication { path: path.to_owned(), ..publication("application/rss+xml", b"x") };
        let ready = Ready::new(&publication, Packing::Made, Some(&told_by)).expect("ready");
        field(&ready.representation(Coding::Identity).expect("there").headers, "link").map(str::to_owned)
    };
    let expected = "<https://f.vn/x/hub>; rel=\"hub\", <https://f.vn/x/bao/all.atom>; rel=\"self\"";
    assert_eq!(links("bao/all.atom").as_deref(), Some(expected));
    assert_eq!((links("bao/all.html"), links("index.html"), links("feeds.opml")), (None, None, None));
}
