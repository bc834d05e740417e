//! A document as it goes over the wire: its bytes and header fields in every encoding, made once a change.
//!
//! Comes in: a publication. Goes out: a [`Ready`], from which `serve` answers with one look-up. It does not know requests.

use super::TargetError;
use super::delta::{Cuts, Delta, is_cut};
use super::policy::{FRAGMENT, page_policy};
use crate::model::{Format, PackedPublication, Publication};
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hyper::HeaderMap;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use std::hash::RandomState;
use std::io::{self, Read, Write};
use std::sync::Arc;
use url::Url;

/// Documents smaller than this go out as they are: packing would save less than a header field costs.
const LEAST_TO_PACK_BYTES: usize = 256;

/// gzip's level for what is packed once a change.
pub(super) const PACKING: u32 = 6;

/// How long readers and proxies may keep a document without asking (RFC 9111 §5.2.2, RFC 5861).
const CACHE_CONTROL: HeaderValue =
    HeaderValue::from_static("public, max-age=60, stale-while-revalidate=600, stale-if-error=86400");

/// Of what never changes (RFC 8246).
const CACHE_FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The longest document that is unpacked.
const MOST_UNPACKED_BYTES: u64 = 64 << 20;

/// A content coding (RFC 9110 §8.4.1), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `br` (RFC 7932).
    Brotli,
    /// `gzip` (RFC 1952).
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// All of them, best first.
    pub const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gz",
            Self::Identity => "",
        }
    }

    fn field(self) -> Option<HeaderValue> {
        match self {
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Identity => None,
        }
    }
}

/// Who tells of a feed's changes, and the public base of its address: what the answer's `Link` field names (WebSub §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBy {
    /// The hub.
    pub hub: Url,
    /// Our own public base, ending in `/`.
    pub base_url: Url,
}

impl ToldBy {
    /// The topic of a path: its public address.
    #[must_use]
    pub fn topic(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// `Link: <hub>; rel="hub", <feed>; rel="self"`, for feeds alone.
    fn links(&self, publication: &Publication) -> Option<HeaderValue> {
        let value = format!("<{}>; rel=\"hub\", <{}>; rel=\"self\"", self.hub, self.topic(&publication.path));
        is_topic(&publication.path).then(|| HeaderValue::try_from(value).ok()).flatten()
    }
}

/// Whether a document is a feed that can be subscribed to.
#[must_use]
pub fn is_topic(path: &str) -> bool {
    path.contains('/') && [".rss", ".atom", ".json"].iter().any(|ending| path.ends_with(ending))
}

/// Whether the packed bodies are made as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Packing {
    /// All encodings.
    #[default]
    Made,
    /// The bytes as they are: at the start, so that the first second serves.
    Spared,
}

/// One document, ready to be sent.
#[derive(Debug)]
pub struct Ready {
    bodies: [Option<Representation>; 3],
    tags: [HeaderValue; 3],
    not_modified: HeaderMap,
    not_modified_heads: [Bytes; 3],
    last_modified: DateTime<Utc>,
    packing: Packing,
    cuts: Option<Box<Cuts>>,
}

/// The document in one encoding.
#[derive(Debug)]
pub struct Representation {
    /// The body.
    pub body: Bytes,
    /// The header fields of a 200, but for `Content-Length` and `Date`.
    pub headers: HeaderMap,
    /// The same as they go over the wire, status line first; `Date` and the empty line are to follow.
    pub head: Bytes,
}

impl Ready {
    /// Makes all encodings of a document that is no target's; `None`: its facts fit no header field.
    #[must_use]
    pub fn of(publication: &Publication) -> Option<Self> {
        Self::with(publication, Packing::Made, common_headers(publication).ok()?).ok()
    }

    /// A page of the archives as it is kept: in gzip and as it is. `None`: it cannot be unpacked, or its facts fit no header
    /// field.
    #[must_use]
    pub fn archived(kept: &PackedPublication, media_type: &'static str) -> Option<Self> {
        let mut body = Vec::with_capacity(kept.gzip.len() * 8);
        GzDecoder::new(&kept.gzip[..]).take(MOST_UNPACKED_BYTES).read_to_end(&mut body).ok()?;
        let (path, etag) = (kept.path.clone(), kept.etag.clone());
        let publication = Publication { path, media_type, body: body.into(), etag, last_modified: kept.last_modified };
        let mut common = common_headers(&publication).ok()?;
        common.insert(header::CACHE_CONTROL, CACHE_FOR_GOOD);
        let bodies =
            [None, Some(Bytes::from_owner(Arc::clone(&kept.gzip))), Some(Bytes::from_owner(publication.body.clone()))];
        Self::assembled(&publication, common, bodies, Packing::Made).ok()
    }

    /// How many bytes all encodings hold.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.bodies.iter().flatten().map(|representation| representation.body.len()).sum()
    }

    /// Makes all encodings: CPU work, tens of milliseconds a megabyte.
    pub(super) fn new(
        publication: &Publication,
        packing: Packing,
        told_by: Option<&ToldBy>,
    ) -> Result<Self, TargetError> {
        let mut common = common_headers(publication)?;
        if let Some(links) = told_by.and_then(|told_by| told_by.links(publication)) {
            common.insert(header::LINK, links);
        }
        if is_cut(&publication.path) {
            // a cache may not ask for a delta since its own copy on behalf of a reader who has another
            common.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, A-IM"));
        }
        Self::with(publication, packing, common)
    }

    fn with(publication: &Publication, packing: Packing, common: HeaderMap) -> Result<Self, TargetError> {
        let body = Bytes::from_owner(publication.body.clone());
        let packed = |coding: Coding| -> Option<Bytes> {
            if packing == Packing::Spared || body.len() < LEAST_TO_PACK_BYTES {
                return None;
            }
            let packed = if coding == Coding::Brotli { brotli(&body) } else { gzip(&body, PACKING) }.ok()?;
            (packed.len() < body.len()).then(|| Bytes::from(packed))
        };
        let bodies =
            Coding::ALL.map(|coding| if coding == Coding::Identity { Some(body.clone()) } else { packed(coding) });
        Self::assembled(publication, common, bodies, packing)
    }

    fn assembled(
        publication: &Publication,
        common: HeaderMap,
        bodies: [Option<Bytes>; 3],
        packing: Packing,
    ) -> Result<Self, TargetError> {
        let tags = tags(publication)?;
        let mut bodies = bodies.into_iter();
        let bodies = Coding::ALL.map(|coding| {
            let body = bodies.next().flatten()?;
            let headers = full_headers(&common, publication, coding, &tags[coding as usize]);
            let head = head("200 OK", &headers, Some(body.len()));
            Some(Representation { body, headers, head })
        });
        let not_modified_heads =
            Coding::ALL.map(|coding| head("304 Not Modified", &tagged(&common, &tags, coding), None));
        let last_modified = publication.last_modified;
        Ok(Self { bodies, tags, not_modified: common, not_modified_heads, last_modified, packing, cuts: None })
    }

    /// Remembers what stood in the document `before` this one, so that readers can have what is new since then.
    pub(super) fn remembering(mut self, publication: &Publication, keyed: &RandomState, before: Option<&Self>) -> Self {
        let before = before.and_then(|before| before.cuts.as_deref());
        self.cuts = Cuts::of(publication, keyed, before).map(Box::new);
        self
    }

    /// What is new since the newest of the versions that these tags name (quotes included), and the tag of that. The reader
    /// would get all of it as `full`, and takes a delta as it is or with this `packing`. `None`: no version of them is
    /// remembered, or nothing would be saved.
    #[must_use]
    pub fn delta<'t>(
        &self,
        tags: impl Iterator<Item = &'t [u8]>,
        full: Coding,
        packing: Coding,
    ) -> Option<(Delta, &'t [u8])> {
        let cuts = self.cuts.as_ref()?;
        let known = tags.filter_map(|tag| Some((cuts.version(opaque(tag)?)?, tag)));
        let (version, tag) = known.min_by_key(|(version, _)| *version)?;
        let document = &self.representation(Coding::Identity)?.body;
        let full_bytes = self.representation(full)?.body.len();
        Some((cuts.since(version, document, packing, full_bytes)?, tag))
    }

    /// Whether deltas are made of this document.
    #[must_use]
    pub fn has_deltas(&self) -> bool {
        self.cuts.is_some()
    }

    /// The document in this encoding, where there is one: small documents and those just restored are not packed.
    #[must_use]
    pub fn representation(&self, coding: Coding) -> Option<&Representation> {
        self.bodies[coding as usize].as_ref()
    }

    /// The strong validator of this encoding (RFC 9110 §8.8.3).
    #[must_use]
    pub fn tag(&self, coding: Coding) -> &HeaderValue {
        &self.tags[coding as usize]
    }

    /// The header fields of a 304 (RFC 9110 §15.4.5).
    #[must_use]
    pub fn not_modified(&self, coding: Coding) -> HeaderMap {
        tagged(&self.not_modified, &self.tags, coding)
    }

    /// A 304 as it goes over the wire; `Date` and the empty line are to follow.
    #[must_use]
    pub fn not_modified_head(&self, coding: Coding) -> &Bytes {
        &self.not_modified_heads[coding as usize]
    }

    /// When it changed last.
    #[must_use]
    pub fn last_modified(&self) -> DateTime<Utc> {
        self.last_modified
    }

    /// Whether this is already all that the publication would make.
    pub(super) fn is(&self, publication: &Publication, packing: Packing) -> bool {
        (self.packing == Packing::Made || packing == Packing::Spared)
            && self.tag(Coding::Identity).as_bytes() == publication.etag.as_bytes()
            && self.last_modified == publication.last_modified
    }
}

/// Status line and header fields (RFC 9112 §4, §5).
fn head(status: &str, headers: &HeaderMap, length: Option<usize>) -> Bytes {
    let mut head = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    if let Some(length) = length {
        head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
    }
    head.into()
}

fn tagged(common: &HeaderMap, tags: &[HeaderValue; 3], coding: Coding) -> HeaderMap {
    let mut headers = common.clone();
    headers.insert(header::ETAG, tags[coding as usize].clone());
    headers
}

/// One tag an encoding: `"hash"`, `"hash-gz"`, `"hash-br"`.
fn tags(publication: &Publication) -> Result<[HeaderValue; 3], TargetError> {
    let wrong = || TargetError::Header { path: publication.path.clone(), field: "ETag" };
    let opaque = publication.etag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(wrong)?;
    let tag = |coding: Coding| HeaderValue::try_from(format!("\"{opaque}{}\"", coding.suffix())).map_err(|_| wrong());
    Ok([tag(Coding::Brotli)?, tag(Coding::Gzip)?, tag(Coding::Identity)?])
}

/// The fields that a 200 and a 304 share.
fn common_headers(publication: &Publication) -> Result<HeaderMap, TargetError> {
    let modified = publication.last_modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let modified = HeaderValue::try_from(modified)
        .map_err(|_| TargetError::Header { path: publication.path.clone(), field: "Last-Modified" })?;
    let mut headers = HeaderMap::with_capacity(16);
    headers.insert(header::LAST_MODIFIED, modified);
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in audience_headers(publication)? {
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Pages may run nothing and be framed by nobody; feeds may be read by everybody's scripts; fragments are both.
fn audience_headers(publication: &Publication) -> Result<Vec<(HeaderName, HeaderValue)>, TargetError> {
    let mut open = vec![
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag")),
    ];
    if !publication.media_type.starts_with("text/html") {
        return Ok(open);
    }
    if publication.path.ends_with(Format::Fragment.extension()) {
        open.push((header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAGMENT)));
        // search engines list the page, not a piece of it
        open.push((HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")));
        return Ok(open);
    }
    let policy = HeaderValue::try_from(page_policy())
        .map_err(|_| TargetError::Header { path: publication.path.clone(), field: "Content-Security-Policy" })?;
    Ok(vec![
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ])
}

/// What the tags of all encodings of a version share.
fn opaque(tag: &[u8]) -> Option<&str> {
    let tag = std::str::from_utf8(tag).ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let suffixes = Coding::ALL.map(Coding::suffix).into_iter().filter(|suffix| !suffix.is_empty());
    Some(suffixes.filter_map(|suffix| tag.strip_suffix(suffix)).next().unwrap_or(tag))
}

fn full_headers(common: &HeaderMap, publication: &Publication, coding: Coding, tag: &HeaderValue) -> HeaderMap {
    let mut headers = common.clone();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(publication.media_type));
    headers.insert(header::ETAG, tag.clone());
    if let Some(field) = coding.field() {
        headers.insert(header::CONTENT_ENCODING, field);
    }
    headers
}

pub(super) fn gzip(body: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::new(level));
    encoder.write_all(body)?;
    encoder.finish()
}

/// Quality 5: within a few percent of gzip's time, some 15 % smaller.
fn brotli(mut body: &[u8]) -> io::Result<Vec<u8>> {
    let window = (usize::BITS - body.len().leading_zeros()).clamp(16, 22);
    let params = brotli::enc::BrotliEncoderParams {
        quality: 5,
        lgwin: i32::try_from(window).unwrap_or(22),
        size_hint: body.len(),
        ..Default::default()
    };
    let mut out = Vec::with_capacity(body.len() / 4);
    brotli::BrotliCompress(&mut body, &mut out, &params)?;
    Ok(out)
}

#[cfg(test)]
mod tests;
