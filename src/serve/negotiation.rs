//! What a request's header fields ask for: conditions (RFC 9110 §13.1) and codings (RFC 9110 §12.5.3). Pure.

use crate::publish::Coding;
use chrono::{DateTime, NaiveDateTime, Utc};
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// The manipulations that a reader takes (RFC 3229 §10.5.3).
pub(super) static A_IM: HeaderName = HeaderName::from_static("a-im");

/// The header fields of a request, whoever took them apart.
pub(super) trait Fields {
    /// All values of a name, in their order.
    fn all(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]>;
}

impl Fields for HeaderMap {
    fn all(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes)
    }
}

impl Fields for [httparse::Header<'_>] {
    fn all(&self, name: &HeaderName) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(|field| field.name.eq_ignore_ascii_case(name.as_str())).map(|field| field.value)
    }
}

/// Under which condition the document is wanted.
pub(super) enum Asked<'a, F: ?Sized> {
    Unconditionally,
    /// `If-None-Match: *`.
    UnlessAny,
    UnlessTagged(Tags<'a, F>),
    UnlessSince(DateTime<Utc>),
}

/// The tags of `If-None-Match`: its first field, and the request that may have more.
pub(super) struct Tags<'a, F: ?Sized>(&'a [u8], &'a F);

impl<F: Fields + ?Sized> Tags<'_, F> {
    /// Weak comparison (RFC 9110 §8.8.3.2): `W/` does not count.
    pub(super) fn names(&self, tag: &HeaderValue) -> bool {
        let tag = tag.as_bytes();
        // most readers name the one that they have, as it was given to them
        self.0 == tag || self.iter().any(|named| named == tag)
    }

    /// All of them, quotes included.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.1.all(&header::IF_NONE_MATCH).flat_map(entity_tags)
    }
}

/// `If-None-Match` goes before `If-Modified-Since`; a date that is none is as if it were not there (RFC 9110 §13.1.3).
pub(super) fn asked<F: Fields + ?Sized>(request: &F) -> Asked<'_, F> {
    let mut tags = request.all(&header::IF_NONE_MATCH).peekable();
    if let Some(&first) = tags.peek() {
        let any = tags.any(|field| field.trim_ascii() == b"*");
        return if any { Asked::UnlessAny } else { Asked::UnlessTagged(Tags(first, request)) };
    }
    let since = request.all(&header::IF_MODIFIED_SINCE).next();
    let since = since.and_then(|field| http_date(std::str::from_utf8(field).ok()?));
    since.map_or(Asked::Unconditionally, Asked::UnlessSince)
}

/// The tags of a list, quotes included, `W/` left out; ends at the first that is none.
fn entity_tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let start = rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b','))?;
        let tag = rest[start..].strip_prefix(b"W/").unwrap_or(&rest[start..]);
        let inner = tag.strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', inner)? + 2;
        rest = &tag[end..];
        Some(&tag[..end])
    })
}

/// The three forms of RFC 9110 §5.6.7.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|moment| moment.and_utc())
}

/// The best coding that the reader takes and that there is; as it is where the reader does not ask, or takes nothing else.
pub(super) fn coding(request: &(impl Fields + ?Sized), exists: impl Fn(Coding) -> bool) -> Coding {
    let wishes = Wishes::of(request.all(&header::ACCEPT_ENCODING));
    let mut best = (Coding::Identity, wishes.identity.unwrap_or(0));
    // From good to better, so that of equal weights the better coding wins, and any wish wins over none.
    for (coding, weight) in [(Coding::Gzip, wishes.gzip.or(wishes.any)), (Coding::Brotli, wishes.brotli.or(wishes.any))]
    {
        let weight = weight.unwrap_or(0);
        if weight > 0 && weight >= best.1 && exists(coding) {
            best = (coding, weight);
        }
    }
    best.0
}

/// The weights of `Accept-Encoding` in thousandths.
#[derive(Default)]
struct Wishes {
    brotli: Option<u16>,
    gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Wishes {
    fn of<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut wishes = Self::default();
        for wish in fields.filter_map(|field| std::str::from_utf8(field).ok()).flat_map(|field| field.split(',')) {
            let (name, parameters) = wish.split_once(';').unwrap_or((wish, ""));
            let slot = match name.trim() {
                name if name.eq_ignore_ascii_case("br") => &mut wishes.brotli,
                name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => &mut wishes.gzip,
                name if name.eq_ignore_ascii_case("identity") => &mut wishes.identity,
                "*" => &mut wishes.any,
                _ => continue,
            };
            *slot = Some(weight(parameters));
        }
        wishes
    }
}

/// Whether the reader takes a delta of a feed: `feed` in `A-IM` with any weight but 0 (RFC 3229 §10.5.3).
pub(super) fn takes_delta(request: &(impl Fields + ?Sized)) -> bool {
    let fields = request.all(&A_IM).filter_map(|field| std::str::from_utf8(field).ok());
    fields.flat_map(|field| field.split(',')).any(|wish| {
        let (name, parameters) = wish.split_once(';').unwrap_or((wish, ""));
        let is_weight =
            |parameter: &&str| parameter.split('=').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("q"));
        name.trim().eq_ignore_ascii_case("feed") && parameters.split(';').filter(is_weight).all(|q| weight(q) > 0)
    })
}

/// RFC 9110 §12.4.2; a weight that is none refuses: bytes that a reader may not be able to unpack never go out.
fn weight(parameters: &str) -> u16 {
    let Some((name, value)) = parameters.split_once('=') else {
        return if parameters.trim().is_empty() { 1000 } else { 0 };
    };
    let value = value.trim();
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let digits = part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    let thousandths = || format!("{part:0<3}").parse::<u16>().unwrap_or(0);
    match whole {
        _ if !name.trim().eq_ignore_ascii_case("q") || !digits => 0,
        "1" => 1000,
        "0" => thousandths(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(fields: &[&str]) -> Coding {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_str(field).expect("a field"));
        }
        coding(&headers, |_| true)
    }

    #[test]
    fn coding_is_the_best_that_the_reader_takes() {
        use Coding::{Brotli, Gzip, Identity};
        let table: [(&[&str], Coding); 22] = [
            (&[], Identity),
            (&[""], Identity),
            (&["identity"], Identity),
            (&["gzip"], Gzip),
            (&["GZip"], Gzip),
            (&["x-gzip"], Gzip),
            (&["br"], Brotli),
            (&["gzip, deflate, br, zstd"], Brotli),
            (&["gzip, br;q=0.9"], Gzip),
            (&["gzip", "br"], Brotli),
            (&["gzip;q=0"], Identity),
            (&["gzip;q=0.0, br ; Q=0.001"], Brotli),
            (&["*"], Brotli),
            (&["*;q=0"], Identity),
            (&["br;q=0, *"], Gzip),
            (&["identity;q=1, gzip;q=0.5"], Identity),
            (&["identity;q=0.5, gzip;q=0.5"], Gzip),
            (&["identity;q=0"], Identity),
            (&["x-none"], Identity),
            (&["gzip;q=7"], Identity),
            (&["gzip;level=9"], Identity),
            (&["gzip;q=0.5555, br;q=abc"], Identity),
        ];
        for (fields, expected) in table {
            assert_eq!(chosen(fields), expected, "{fields:?}");
        }
    }

    #[test]
    fn coding_that_is_not_there_is_not_chosen() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br, gzip"));
        assert_eq!(coding(&headers, |coding| coding == Coding::Gzip), Coding::Gzip);
        assert_eq!(coding(&headers, |_| false), Coding::Identity);
    }

    #[test]
    fn delta_is_taken_where_its_weight_is_not_none() {
        for (fields, expected) in [
            (&["feed"][..], true),
            (&["Feed"], true),
            (&["vcdiff, feed;q=0.5"], true),
            (&["vcdiff", "gzip, feed"], true),
            (&["feed;x=1 ; Q=1.000"], true),
            (&["feed;q=0"], false),
            (&["feed; q=0.000, gzip"], false),
            (&["feed;x=1;q=0"], false),
            (&["feed;q=high"], false),
            (&["feed;q"], false),
            (&["feeds"], false),
            (&["vcdiff;feed"], false),
            (&["\"feed\""], false),
            (&[""], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(&A_IM, HeaderValue::from_static(field));
            }
            assert_eq!(takes_delta(&headers), expected, "{fields:?}");
        }
    }

    #[test]
    fn tags_are_found_in_lists_and_compared_weakly() {
        for (list, expected) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"x\", \"a\"", true),
            ("\"x,y\" , ,W/\"a\"", true),
            ("\"x\"", false),
            ("a", false),
            ("\"a", false),
            ("w/\"a\"", false),
            ("", false),
            (",,,", false),
            ("\"x\" a \"a\"", false),
        ] {
            assert_eq!(entity_tags(list.as_bytes()).any(|tag| tag == b"\"a\""), expected, "{list}");
        }
    }

    #[test]
    fn dates_have_three_forms() {
        let moment = DateTime::from_timestamp(784_111_777, 0);
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(http_date(text), moment, "{text}");
        }
        for text in ["nonsense", "", "Sun, 06 Nov 1994 08:49:37 +0700", "1994-11-06T08:49:37Z"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn tag_goes_before_date() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MODIFIED_SINCE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert!(matches!(asked(&headers), Asked::UnlessSince(_)));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"x\""));
        assert!(matches!(asked(&headers), Asked::UnlessTagged(_)));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(" * "));
        assert!(matches!(asked(&headers), Asked::UnlessAny));
    }
}
