//! What is kept of a document that came, and how it was read: what another configuration or version is compared with.
//!
//! Pure; packing is work for the workbench.

use super::digest::{Digest, Trouble};
use crate::model::{Document, PollState, Source};
use crate::store::{Body, body_digest};

/// Raised when the same bytes are read otherwise by another build of one version.
const READER: u32 = 1;

/// What is kept of a document.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// What tells it from others; `None`: it is not kept.
    pub(super) mark: Option<u64>,
    /// `None`: it is kept already.
    pub(super) body: Option<Body>,
}

/// Packs a document, unless it is the one that was kept last (`before`). Those are kept, too, that could not be read: they
/// are what new selectors are tried on. An index of sitemaps says nothing without these.
pub(super) fn packed(
    document: &Document,
    source: &Source,
    read: &Result<Digest, Trouble>,
    most_bytes: u64,
    before: Option<u64>,
) -> Kept {
    let is_index = read.as_ref().is_ok_and(|digest| digest.listed.is_some());
    if most_bytes == 0 || is_index {
        return Kept::default();
    }
    let was_read = read.as_ref().is_ok_and(|digest| digest.trouble("").is_none());
    let mark = mark(body_digest(&document.body), source, was_read);
    if before == Some(mark) {
        return Kept { mark: Some(mark), body: None };
    }
    let body = Body::pack(document, &source.url, was_read);
    if body.packed.len() as u64 > most_bytes {
        return Kept::default();
    }
    Kept { mark: Some(mark), body: Some(body) }
}

/// What tells kept documents of a source apart.
pub(super) fn mark(digest: u64, source: &Source, was_read: bool) -> u64 {
    digest ^ body_digest(source.url.as_str().as_bytes()) ^ u64::from(was_read)
}

/// Whether a source is to be read otherwise now than its kept document was: by another configuration or version.
#[must_use]
pub fn is_read_otherwise(state: &PollState, source: &Source) -> bool {
    state.kept.is_some() && state.read_as != Some(reading(source))
}

/// How a source's documents are read: all of the configuration that reaches extract and normalize, and this version.
pub(super) fn reading(source: &Source) -> u64 {
    let Source { url, recipe, category, read_articles, home, timezone, language, .. } = source;
    let version = (env!("CARGO_PKG_VERSION"), READER);
    let basis = format!("{:?}", (version, url, recipe, category, read_articles, home, timezone, language));
    body_digest(basis.as_bytes())
}
