//! A document taken apart: extract and normalize in one go, on a blocking thread.

use crate::extract::{ExtractError, extract};
use crate::model::{
    Document, Draft, Extraction, FailureStage, Flaw, Hints, Kind, ListFinding, Memory, Source, SourceState,
};
use crate::normalize::{Context, Rejection, SiteIdRule, normalize};
use crate::text::log_safe;
use chrono::{DateTime, Utc};
use url::Url;

/// What a document of a source came to.
#[derive(Debug)]
pub(super) struct Digest {
    kind: Kind,
    finding: ListFinding,
    off_site: usize,
    pub(super) method: &'static str,
    pub(super) entries: usize,
    pub(super) drafts: Vec<Draft>,
    pub(super) hints: Hints,
    pub(super) memory: Memory,
    pub(super) flaws: Vec<String>,
}

/// Reads a document of a source.
///
/// # Errors
/// [`ExtractError`] where it cannot be read at all.
pub(super) fn digest(
    document: &Document,
    source: &Source,
    memory: &Memory,
    now: DateTime<Utc>,
) -> Result<Digest, ExtractError> {
    let extraction = extract(document, &source.recipe, memory)?;
    let Extraction { kind, method, finding, entries, hints, flaws, memory, .. } = extraction;
    let rule = site_id_rule(&entries, &memory);
    let mut digest = Digest {
        kind,
        finding,
        off_site: 0,
        method: method.as_str(),
        entries: entries.len(),
        drafts: Vec::with_capacity(entries.len()),
        hints,
        memory,
        flaws: flaws.iter().map(sentence).collect(),
    };
    for (place, entry) in entries.into_iter().enumerate() {
        let context =
            Context { source, base: &document.url, kind, now, first_sight: now, place, site_id: rule.as_ref() };
        match normalize(entry, &context) {
            Ok(draft) => digest.drafts.push(draft),
            Err(rejection) => {
                digest.off_site += usize::from(matches!(rejection, Rejection::OffSite { .. }));
                digest.flaws.push(format!("entry {place}: {}", log_safe(&rejection.to_string())));
            }
        }
    }
    Ok(digest)
}

impl Digest {
    /// Why nothing of the document may be taken in, if so.
    pub(super) fn trouble(&self) -> Option<(SourceState, FailureStage, String)> {
        let drift = |what: &str| Some((SourceState::Drift, FailureStage::Extract, what.to_owned()));
        match (self.kind, self.finding) {
            (Kind::Article, _) => {
                drift("the page is one article, not a list of articles; give the section's own address")
            }
            (_, ListFinding::Missing) => drift(
                "no list of articles was found on the page; it may have been redesigned, or be an error page (`bantin extract` shows what is seen)",
            ),
            (_, ListFinding::Wall) => Some((
                SourceState::Blocked,
                FailureStage::Extract,
                "the page is a login page or a bot wall, not a list of articles".to_owned(),
            )),
            _ if self.entries == 0 || !self.drafts.is_empty() => None,
            _ if self.off_site > 0 => Some((
                SourceState::Drift,
                FailureStage::Normalize,
                format!("all {} entries of the page lead off the paper's site", self.off_site),
            )),
            _ => Some((
                SourceState::Drift,
                FailureStage::Normalize,
                format!("none of the {} entries could be used: {}", self.entries, self.flaws.join("; ")),
            )),
        }
    }
}

/// Learned from the document and from what was known before: more addresses, surer.
fn site_id_rule(entries: &[crate::model::Entry], memory: &Memory) -> Option<SiteIdRule> {
    let mut urls: Vec<Url> = entries.iter().filter_map(|entry| entry.link.clone()).collect();
    urls.extend(memory.known.iter().filter_map(|(address, _)| Url::parse(address).ok()));
    SiteIdRule::learn(&urls)
}

fn sentence(flaw: &Flaw) -> String {
    match flaw.entry {
        Some(place) => format!("entry {place}: {}", log_safe(&flaw.what)),
        None => log_safe(&flaw.what),
    }
}
