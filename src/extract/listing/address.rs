//! What an address says of what it leads to.

use crate::text;
use url::Url;

/// Query parameters that say where a reader came from, not what is read.
const TRACKING: &[&str] =
    &["fbclid", "gclid", "yclid", "msclkid", "mc_cid", "mc_eid", "ref", "_ga", "igshid", "zarsrc"];

/// Path segments of pages that are no article: lists, people, services.
const SERVICE: &[&str] = &[
    "tag",
    "tags",
    "tu-khoa",
    "chu-de",
    "topic",
    "topics",
    "category",
    "categories",
    "categoria",
    "kategorie",
    "danh-muc",
    "author",
    "authors",
    "autor",
    "tac-gia",
    "page",
    "trang",
    "search",
    "tim-kiem",
    "suche",
    "login",
    "signin",
    "register",
    "dang-nhap",
    "dang-ky",
    "user",
    "users",
    "account",
    "rss",
    "feed",
    "about",
    "contact",
    "lien-he",
    "impressum",
    "privacy",
    "terms",
    "help",
    "faq",
    "newsletter",
    "subscribe",
    "abo",
    "shop",
    "cart",
    "sitemap",
    "archive",
    "archives",
];

/// Hosts that pages link to from their buttons.
const NETWORKS: &[&str] = &[
    "facebook.com",
    "twitter.com",
    "x.com",
    "instagram.com",
    "youtube.com",
    "tiktok.com",
    "pinterest.com",
    "linkedin.com",
    "whatsapp.com",
    "wa.me",
    "t.me",
    "telegram.me",
    "zalo.me",
    "plus.google.com",
    "play.google.com",
    "apps.apple.com",
    "itunes.apple.com",
    "reddit.com",
    "vk.com",
    "line.me",
    "threads.net",
    "bsky.app",
    "feedly.com",
    "tumblr.com",
];

/// What the page and its site look like from an address.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AddressSigns {
    /// Words joined in the last segment that says something.
    pub(super) slug_words: usize,
    /// A run of at least four digits, or a mixed id, in the path or the query.
    pub(super) has_id: bool,
    /// `/2026/02/14/`.
    pub(super) has_date: bool,
    /// A list, a person, a service.
    pub(super) is_service: bool,
    /// Segments of the path.
    pub(super) depth: usize,
    /// Leads to another site.
    pub(super) off_site: bool,
    /// A social network.
    pub(super) is_network: bool,
}

/// What tells one address from another: without fragment and tracking.
pub(super) fn key(url: &Url) -> String {
    let is_tracking = |name: &str| name.starts_with("utm_") || TRACKING.contains(&name);
    if !url.query_pairs().any(|(name, _)| is_tracking(&name)) {
        return key_of(url);
    }
    let mut untracked = url.clone();
    let kept = url.query_pairs().filter(|(name, _)| !is_tracking(name));
    untracked.query_pairs_mut().clear().extend_pairs(kept);
    key_of(&untracked)
}

fn key_of(url: &Url) -> String {
    let (path, query) = (url.path().trim_end_matches('/'), url.query().unwrap_or_default());
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    let mut key = String::with_capacity(host.len() + path.len() + query.len() + 8);
    key.push_str(host);
    if let Some(port) = url.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    key.push_str(path);
    key.push('?');
    key.push_str(query);
    key
}

/// Whether an address is the front page of a site.
pub(super) fn is_front(url: &Url) -> bool {
    let path = url.path().trim_matches('/');
    url.query().is_none_or(str::is_empty)
        && (path.is_empty() || matches!(path, "index.html" | "index.php" | "index.htm" | "default.aspx" | "home"))
}

/// Reads an address, seen from a page.
pub(super) fn signs(url: &Url, page: &Url) -> AddressSigns {
    let segments: Vec<&str> = url.path().split('/').filter(|s| !s.is_empty()).collect();
    let host = url.host_str().unwrap_or_default();
    let words = segments.last().map_or(0, |last| slug_words(last));
    let others = segments.iter().rev().skip(1).map(|s| slug_words(s)).max();
    let is_service = |segment: &&str| {
        let stem = segment.split('.').next().unwrap_or(segment);
        SERVICE.iter().any(|service| stem.eq_ignore_ascii_case(service))
    };
    AddressSigns {
        slug_words: words.max(others.map_or(0, |most| most.max(words).min(words + 3))),
        has_id: segments.iter().any(|s| has_id(s)) || url.query().is_some_and(|query| longest_digits(query) >= 3),
        has_date: has_date(&segments),
        is_service: segments.iter().any(is_service) || pages_on(url),
        depth: segments.len(),
        off_site: !same_site(host, page.host_str().unwrap_or_default()),
        is_network: NETWORKS
            .iter()
            .any(|name| host.strip_suffix(name).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))),
    }
}

fn same_site(host: &str, other: &str) -> bool {
    host == other || site(host) == site(other)
}

/// The registrable domain; an address without one is its own site.
fn site(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

fn pages_on(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| {
        matches!(&*name, "page" | "p" | "paged" | "start" | "offset")
            && value.len() <= 3
            && value.bytes().all(|b| b.is_ascii_digit())
    }) && slug_words(url.path()) < 4
}

fn slug_words(segment: &str) -> usize {
    if segment.contains('%') {
        // words in another script: the encoded separators are kept as they are
        return segment.split(['-', '_']).filter(|w| w.len() > 1).count();
    }
    segment.split(['-', '_', '+', '.']).filter(|w| w.len() > 1 && w.bytes().any(|b| b.is_ascii_alphabetic())).count()
}

fn longest_digits(text: &str) -> usize {
    text.as_bytes().split(|b| !b.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or(0)
}

/// Four digits in a row that are no year, or a token of mixed letters and digits.
fn has_id(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment);
    if longest_digits(stem) >= 5 {
        return true;
    }
    let last = stem.rsplit(['-', '_', ',']).next().unwrap_or(stem);
    let digits = last.bytes().filter(u8::is_ascii_digit).count();
    let upper = last.bytes().skip(1).filter(u8::is_ascii_uppercase).count();
    let lower = last.bytes().filter(u8::is_ascii_lowercase).count();
    let year = last.len() == 4 && (last.starts_with("19") || last.starts_with("20"));
    (digits == last.len() && digits >= 3 && !year) || (last.len() >= 6 && lower > 0 && digits + upper >= 2)
}

fn has_date(segments: &[&str]) -> bool {
    let number = |s: &str| s.parse::<u32>().ok();
    segments.windows(2).any(|pair| {
        let (year, month) = (number(pair[0]), number(pair[1]));
        year.is_some_and(|y| (1990..2100).contains(&y))
            && month.is_some_and(|m| (1..=12).contains(&m) || (101..=1231).contains(&m))
    }) || segments.iter().any(|s| {
        let day = s.get(..8).filter(|d| d.bytes().all(|b| b.is_ascii_digit())).and_then(|d| d.parse::<u32>().ok());
        day.is_some_and(|d| {
            (1990..2100).contains(&(d / 10_000)) && (1..=12).contains(&(d / 100 % 100)) && (1..=31).contains(&(d % 100))
        })
    })
}

/// The share of a title's words that stand in the address, of the words that a slug could have.
pub(super) fn overlap(url: &Url, title: &str) -> f32 {
    let path = percent_decoded(url.path());
    let folded = text::fold(&path);
    let slug: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let folded = text::fold(title);
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 1).take(24).collect();
    if words.len() < 2 || slug.len() > 400 {
        return 0.0;
    }
    let found = words.iter().filter(|word| slug.contains(*word)).count();
    #[expect(clippy::cast_precision_loss, reason = "at most 24")]
    let share = found as f32 / words.len() as f32;
    share
}

fn percent_decoded(path: &str) -> String {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let code = hex(bytes.get(at + 1)).zip(hex(bytes.get(at + 2))).filter(|_| b == b'%');
        let decoded = code.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        out.push(decoded.unwrap_or(b));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether an address by itself looks like an article's, and not like a section's, a person's or a service's.
pub(in crate::extract) fn looks_like_an_article(url: &Url) -> bool {
    let signs = signs(url, url);
    let is_telling = signs.has_id || signs.has_date || signs.slug_words >= 4;
    is_telling && !signs.is_service && !is_front(url)
}

/// The shape of an address: what all articles of a paper have in common. A segment of few words stands as it is up to the
/// second-last, a slug is `{slug}`, a number `{n}`, an id `{id}`; `/xa-hoi/{slug}-{id}.html`.
#[must_use]
pub(in crate::extract) fn url_shape(url: &Url) -> String {
    let segments: Vec<&str> = url.path().split('/').filter(|s| !s.is_empty()).collect();
    let count = segments.len();
    let mut shape = String::new();
    for (place, segment) in segments.iter().enumerate() {
        shape.push('/');
        shape.push_str(&segment_shape(segment, place + 1 == count));
    }
    let names: Vec<String> =
        url.query_pairs().map(|(name, _)| name.into_owned()).filter(|n| !n.starts_with("utm_")).collect();
    if !names.is_empty() {
        shape.push('?');
        shape.push_str(&names.join("&"));
    }
    shape
}

fn segment_shape(segment: &str, is_last: bool) -> String {
    let (stem, extension) = match segment.rsplit_once('.') {
        Some((stem, ext)) if is_last && !stem.is_empty() && ext.len() <= 6 => (stem, format!(".{ext}")),
        _ => (segment, String::new()),
    };
    if !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{{n}}{extension}");
    }
    let (slug, id) = match stem.rsplit_once(['-', '_']) {
        Some((slug, id)) if has_id(id) => (slug, Some(id)),
        _ => (stem, None),
    };
    let id_shape = id.map(|id| match id.trim_matches(|c: char| c.is_ascii_digit()) {
        "" => "-{n}".to_owned(),
        prefix if !prefix.bytes().any(|b| b.is_ascii_digit()) && id.starts_with(prefix) && prefix.len() <= 6 => {
            format!("-{prefix}{{n}}")
        }
        _ => "-{id}".to_owned(),
    });
    let body = if is_last || slug_words(slug) >= 4 { "{slug}" } else { "{w}" };
    format!("{body}{}{extension}", id_shape.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("valid")
    }

    #[test]
    fn one_article_has_one_key() {
        assert_eq!(key(&url("http://www.bao.vn/a-1.html?utm_source=x#top")), key(&url("https://bao.vn/a-1.html")));
        assert_ne!(key(&url("https://bao.vn/?p=1")), key(&url("https://bao.vn/?p=2")));
    }

    #[test]
    fn articles_of_a_paper_share_a_shape() {
        let one = url_shape(&url("https://bao.vn/xa-hoi/cho-phien-vung-cao-51YnYvXDR.html"));
        assert_eq!(one, "/{w}/{slug}-{id}.html");
        assert_eq!(one, url_shape(&url("https://bao.vn/kinh-te/gia-ngo-k3d9TfRqx.html")));
        assert_eq!(url_shape(&url("https://bao.vn/gia-ngo-tang-post1124.vnp")), "/{slug}-post{n}.vnp");
        assert_ne!(one, url_shape(&url("https://bao.vn/xa-hoi.html")));
    }

    #[test]
    fn signs_tell_articles_from_lists() {
        let page = url("https://bao.vn/xa-hoi.html");
        let article = signs(&url("https://bao.vn/xa-hoi/cho-phien-vung-cao-51YnYvXDR.html"), &page);
        assert!(article.has_id && article.slug_words >= 4 && !article.is_service && !article.off_site);
        assert!(signs(&url("https://bao.vn/2016/03/10/abc"), &page).has_date);
        assert!(signs(&url("https://bao.vn/tag/cho-phien"), &page).is_service);
        assert!(signs(&url("https://www.facebook.com/bao"), &page).is_network);
        assert!(overlap(&url("https://bao.vn/cho-phien-vung-cao-1.html"), "Chợ phiên vùng cao") > 0.9);
    }
}
