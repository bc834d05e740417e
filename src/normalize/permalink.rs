//! The canonical link: what readers get, and the folded form that recognizes an article.
//!
//! Comes in: absolute URLs as stated. Goes out: a [`Permalink`] or nothing, and key texts. Knows no document and no item.

use crate::model::Permalink;
use url::{Host, Url};

/// Longer addresses are no articles; nothing in the field comes near.
const LONGEST: usize = 2048;

/// Query parameters that say where a reader came from and never what is read.
const TRACKING: &[&str] = &[
    "__twitter_impression",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_openstat",
    "dclid",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "gbraid",
    "gclid",
    "gclsrc",
    "gidzl",
    "igsh",
    "igshid",
    "jsessionid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "phpsessid",
    "pk_campaign",
    "pk_kwd",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_id",
    "wbraid",
    "wt_mc",
    "xtor",
    "yclid",
    "ysclid",
    "zarsrc",
];

/// Families of such parameters.
const TRACKING_PREFIXES: &[&str] = &["utm_", "mtm_", "piwik_", "matomo_", "hsa_"];

/// The address as readers get it: http(s), without tracking, credentials and fragment (but `#!`). Its path keeps its case.
pub(super) fn permalink(url: &Url) -> Option<Permalink> {
    if url.as_str().len() > LONGEST || !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return None;
    }
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        // both succeed on every URL with a host
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    if url.fragment().is_some_and(|fragment| !fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    if let Some(query) = url.query() {
        let kept = without_tracking(query).collect::<Vec<_>>().join("&");
        url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    }
    Permalink::new(url)
}

/// The address with everything folded that does not change what is read: scheme, `www.`, default port, trailing slash,
/// tracking, order of the query, fragment (but `#!`), and the case of `%xx`. For comparing only.
#[must_use]
pub fn folded(url: &Url) -> String {
    let mut out = host_key(url);
    push_folded_percents(&mut out, url.path().trim_end_matches('/'));
    if let Some(query) = url.query() {
        let mut kept: Vec<&str> = without_tracking(query).collect();
        kept.sort_unstable();
        if !kept.is_empty() {
            out.push('?');
            push_folded_percents(&mut out, &kept.join("&"));
        }
    }
    if let Some(fragment) = url.fragment().filter(|fragment| fragment.starts_with('!')) {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

/// Host without `www.`, and a port that is not the scheme's.
pub(super) fn host_key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host);
    let host = host.trim_end_matches('.');
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether two addresses are of one site: the same registrable domain, or the same host where it has none (an IP address).
pub fn same_site(a: &Url, b: &Url) -> bool {
    match (a.host(), b.host()) {
        (Some(Host::Domain(a)), Some(Host::Domain(b))) => registrable(a) == registrable(b),
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

fn registrable(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    psl::domain_str(host).unwrap_or(host)
}

fn without_tracking(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|pair| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        !pair.is_empty() && !is_tracking(name)
    })
}

fn is_tracking(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TRACKING.binary_search(&name.as_str()).is_ok() || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// `%c3` and `%C3` are one (RFC 3986 §6.2.2.1).
fn push_folded_percents(out: &mut String, text: &str) {
    let mut hex_digits = 0;
    for c in text.chars() {
        out.push(if hex_digits > 0 { c.to_ascii_uppercase() } else { c });
        hex_digits = if c == '%' { 2 } else { usize::saturating_sub(hex_digits, 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL of the test")
    }

    fn clean(text: &str) -> Option<String> {
        permalink(&url(text)).map(|p| p.to_string())
    }

    #[test]
    fn tracking_list_is_sorted() {
        assert!(TRACKING.is_sorted());
    }

    #[test]
    fn tracking_fragment_and_credentials_go() {
        assert_eq!(
            clean("http://a.vn:80/Tin-A.html?utm_source=x&FBCLID=1#top").as_deref(),
            Some("http://a.vn/Tin-A.html")
        );
        assert_eq!(clean("https://a.vn/t?id=3&utm_medium=rss&ref=b").as_deref(), Some("https://a.vn/t?id=3&ref=b"));
        assert_eq!(clean("https://u:p@a.vn/t#!/bai/3").as_deref(), Some("https://a.vn/t#!/bai/3"));
    }

    #[test]
    fn only_web_addresses_are_permalinks() {
        for text in ["javascript:alert(1)", "mailto:a@b.vn", "data:text/html,x", "ftp://a.vn/x"] {
            assert_eq!(clean(text), None, "{text}");
        }
        assert_eq!(clean(&format!("https://a.vn/{}", "x".repeat(3000))), None);
    }

    #[test]
    fn folding_keeps_what_is_read() {
        let same = ["http://www.a.vn/Tin/", "https://a.vn/Tin", "https://a.vn:443/Tin?utm_source=x#y"];
        for text in same {
            assert_eq!(folded(&url(text)), "a.vn/Tin", "{text}");
        }
        assert_eq!(folded(&url("http://a.vn/?b=2&a=1")), "a.vn?a=1&b=2");
        assert_eq!(folded(&url("http://a.vn/t%c3%a1")), folded(&url("http://a.vn/t%C3%A1")));
        assert_ne!(folded(&url("http://a.vn/tin")), folded(&url("http://a.vn/Tin")));
        assert_ne!(folded(&url("http://a.vn:81/tin")), folded(&url("http://a.vn/tin")));
    }

    #[test]
    fn a_site_is_its_registrable_domain() {
        assert!(same_site(&url("https://media.baosonla.vn/x"), &url("http://baosonla.vn/")));
        assert!(same_site(&url("http://127.1.0.1:8080/x"), &url("http://127.1.0.1:9090/")));
        assert!(!same_site(&url("http://127.1.0.2/x"), &url("http://127.1.0.1/")));
        assert!(!same_site(&url("https://a.com.vn/"), &url("https://b.com.vn/")));
        assert!(same_site(&url("https://x.a.com.vn/"), &url("https://a.com.vn./")));
    }
}
