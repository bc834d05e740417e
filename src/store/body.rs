//! A kept document: its body packed, and beside it what reading it anew needs. Pure; shared by every store.
//!
//! Comes in: a document. Goes out: a [`Body`], and the document again. It does not know how long a body is kept, nor what
//! is read out of it.

use super::statement::digest;
use crate::model::{Document, Freshness, Links, Validators};
use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use url::Url;

/// The fastest: a poll pays for it, and pages shrink to a quarter all the same.
const LEVEL: u32 = 1;
/// Whatever a row says: no body that came was longer (`fetch.max-body`).
const LONGEST: u64 = 1 << 30;
/// A shorter part of an address stands in too many bodies that do not name the article.
const TELLING_BYTES: usize = 8;

/// One kept document of a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
    /// Whether it could be read when it came, or later.
    pub was_read: bool,
    /// A digest of the body, for telling two apart.
    pub digest: u64,
    /// The body's length before it was packed.
    pub length_bytes: u64,
    /// What else the document was.
    pub facts: BodyFacts,
    /// The body in zlib's format (RFC 1950).
    pub packed: Vec<u8>,
}

/// What a document was beside its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BodyFacts {
    /// The source's address in the configuration: a source that has moved is not read by what it was.
    pub source_url: Url,
    /// The document's own address, after redirects.
    pub url: Url,
    /// The `Content-Type` as stated.
    pub media_type: Option<String>,
    /// What the body's origin vouches for it with.
    pub validators: Validators,
    /// `rel=hub` of its header fields.
    pub hub: Option<Url>,
    /// `rel=self` of its header fields.
    pub topic: Option<Url>,
    /// Whether it holds changes alone.
    pub is_delta: bool,
}

/// A kept body that cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[error("the kept document is damaged ({0}); the next one takes its place")]
pub struct DamagedBody(String);

impl Body {
    /// Packs a document of the source at `source_url`. CPU work: a few milliseconds for a page.
    #[must_use]
    pub fn pack(document: &Document, source_url: &Url, was_read: bool) -> Self {
        let mut packer = ZlibEncoder::new(Vec::with_capacity(document.body.len() / 4), Compression::new(LEVEL));
        // writing to a vector cannot fail
        let packed = packer.write_all(&document.body).and_then(|()| packer.finish()).unwrap_or_default();
        Self {
            fetched_at: document.fetched_at,
            was_read,
            digest: body_digest(&document.body),
            length_bytes: document.body.len() as u64,
            facts: BodyFacts {
                source_url: source_url.clone(),
                url: document.url.clone(),
                media_type: document.media_type.clone(),
                validators: document.validators.clone(),
                hub: document.links.hub.clone(),
                topic: document.links.topic.clone(),
                is_delta: document.is_delta,
            },
            packed,
        }
    }

    /// The document as it came, but for its freshness, which is over.
    ///
    /// # Errors
    /// [`DamagedBody`] where the bytes are not those that were packed.
    pub fn document(&self) -> Result<Document, DamagedBody> {
        Ok(Document {
            url: self.facts.url.clone(),
            media_type: self.facts.media_type.clone(),
            body: self.unpacked()?,
            validators: self.facts.validators.clone(),
            freshness: Freshness::default(),
            links: Links { hub: self.facts.hub.clone(), topic: self.facts.topic.clone() },
            fetched_at: self.fetched_at,
            is_delta: self.facts.is_delta,
        })
    }

    fn unpacked(&self) -> Result<Vec<u8>, DamagedBody> {
        let mut body = Vec::new();
        let most = self.length_bytes.min(LONGEST) + 1;
        let read = ZlibDecoder::new(self.packed.as_slice()).take(most).read_to_end(&mut body);
        read.map_err(|error| DamagedBody(crate::text::log_safe(&error.to_string())))?;
        if body.len() as u64 != self.length_bytes || body_digest(&body) != self.digest {
            return Err(DamagedBody("its digest is another".to_owned()));
        }
        Ok(body)
    }

    /// Whether it could be read and stands for all of its source.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.was_read && !self.facts.is_delta
    }

    /// Whether an address of an article stands in the body, however it is written there. What cannot be looked into counts
    /// as naming it: too much is forgotten rather than too little.
    pub(super) fn names(&self, needles: &[Needle]) -> bool {
        let Ok(mut body) = self.unpacked() else { return true };
        if body.starts_with(b"\x1f\x8b") {
            return true;
        }
        // UTF-16, and the slashes of JSON
        body.retain(|byte| !matches!(byte, 0 | b'\\'));
        needles.iter().any(|needle| needle.0.iter().any(|part| contains(&body, part)))
    }
}

/// A digest of a body, for telling two apart; no proof against who wants two to be alike.
#[must_use]
pub fn body_digest(body: &[u8]) -> u64 {
    digest(&[body])
}

/// What of an article's address tells that a body names it.
#[derive(Debug)]
pub(super) struct Needle(Vec<Vec<u8>>);

impl Needle {
    /// The last part of its path, which relative links have too; the whole path and query where that says too little.
    pub(super) fn of(address: &Url) -> Self {
        let last = address.path_segments().and_then(|mut segments| segments.rfind(|segment| !segment.is_empty()));
        let whole = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let part = match last {
            Some(last) if last.len() >= TELLING_BYTES && address.query().is_none() => last,
            _ if whole.len() >= TELLING_BYTES => whole,
            _ => address.as_str(),
        };
        let mut forms = vec![part.as_bytes().to_vec()];
        forms.extend([part.replace('&', "&amp;").into_bytes(), unescaped(part)]);
        forms.dedup();
        Self(forms)
    }
}

/// A text with its percent-encoded bytes as they are.
fn unescaped(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                out.push(escaped);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return false };
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(part) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL of the test")
    }

    fn body(text: impl Into<Vec<u8>>) -> Body {
        let address = url("https://bao.vn/xa-hoi.html");
        let document = Document::local(address.clone(), None, text.into(), DateTime::UNIX_EPOCH);
        Body::pack(&document, &address, true)
    }

    #[test]
    fn a_packed_document_comes_back_byte_for_byte() {
        let address = url("https://bao.vn/xa-hoi.html");
        let mut document =
            Document::local(address.clone(), Some("text/html".into()), b"<p>\xff".repeat(900), DateTime::UNIX_EPOCH);
        document.validators.etag = Some(b"\"\xe1\"".to_vec());
        document.links.hub = Some(url("https://hub.vn/"));
        let packed = Body::pack(&document, &address, false);
        assert!(packed.packed.len() < 200, "{}", packed.packed.len());
        assert_eq!(format!("{:?}", packed.document().expect("whole")), format!("{document:?}"));
        let facts = serde_json::to_string(&packed.facts).expect("JSON");
        assert_eq!(serde_json::from_str::<BodyFacts>(&facts).expect("facts"), packed.facts);
    }

    #[test]
    fn damaged_and_swollen_bodies_are_refused() {
        let good = body("một trang".repeat(100));
        let cut = Body { packed: good.packed[..good.packed.len() / 2].to_vec(), ..good.clone() };
        let other = Body { packed: body("trang khác".repeat(90)).packed, ..good.clone() };
        let bomb = Body { packed: body(vec![b' '; 1 << 20]).packed, length_bytes: 10, ..good };
        assert!([cut, other, bomb].iter().all(|damaged| damaged.document().is_err()));
    }

    #[test]
    fn an_address_is_found_however_it_is_written() {
        let plain = Needle::of(&url("https://bao.vn/xa-hoi/ngay-hoi-51YnYvXDR.html"));
        let marked = Needle::of(&url("https://bao.vn/tin/ngày-hội-xuống-đồng.html"));
        let queried = Needle::of(&url("https://bao.vn/doc?id=77&muc=xa-hoi"));
        let utf_16: Vec<u8> = "ngay-hoi-51YnYvXDR.html".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (needle, text) in [
            (&plain, b"<a href='https://bao.vn/xa-hoi/ngay-hoi-51YnYvXDR.html?utm=x'>".to_vec()),
            (&plain, b"<a href=../xa-hoi/ngay-hoi-51YnYvXDR.html#b>".to_vec()),
            (&plain, br#"{"url":"https:\/\/bao.vn\/xa-hoi\/ngay-hoi-51YnYvXDR.html"}"#.to_vec()),
            (&plain, utf_16),
            (&plain, b"\x1f\x8b\x08 packed".to_vec()),
            (&marked, "<a href='/tin/ngày-hội-xuống-đồng.html'>".into()),
            (&marked, b"/tin/ng%C3%A0y-h%E1%BB%99i-xu%E1%BB%91ng-%C4%91%E1%BB%93ng.html".to_vec()),
            (&queried, b"<a href='/doc?id=77&amp;muc=xa-hoi'>".to_vec()),
        ] {
            assert!(body(text.clone()).names(std::slice::from_ref(needle)), "{}", String::from_utf8_lossy(&text));
        }
        assert!(!body("<a href='/xa-hoi/ngay-hoi-khac.html'>").names(&[plain, marked, queried]));
    }
}
