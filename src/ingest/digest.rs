//! A document taken apart: extract and normalize in one go, on the workbench.

use crate::extract::{ExtractError, extract};
use crate::model::{
    Document, Draft, Extraction, FailureStage, Flaw, Hints, Kind, ListFinding, ListReading, Memory, Source, SourceState,
};
use crate::normalize::{Context, Rejection, SiteIdRule, normalize};
use crate::text::log_safe;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use url::Url;

/// What a document of a source came to.
#[derive(Debug)]
pub(super) struct Digest {
    kind: Kind,
    finding: ListFinding,
    off_site: usize,
    pub(super) method: &'static str,
    pub(super) entries: usize,
    pub(super) drafts: Arc<Vec<Draft>>,
    pub(super) reading: Option<ListReading>,
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
    let Extraction { kind, method, finding, entries, hints, flaws, memory, reading, .. } = extraction;
    let rule = site_id_rule(&entries, &memory);
    let mut drafts = Vec::with_capacity(entries.len());
    let mut digest = Digest {
        kind,
        finding,
        off_site: 0,
        method: method.as_str(),
        entries: entries.len(),
        drafts: Arc::default(),
        reading,
        hints,
        memory,
        flaws: flaws.iter().map(sentence).collect(),
    };
    for (place, entry) in entries.into_iter().enumerate() {
        let context =
            Context { source, base: &document.url, kind, now, first_sight: now, place, site_id: rule.as_ref() };
        match normalize(entry, &context) {
            Ok(draft) => drafts.push(draft),
            Err(rejection) => {
                digest.off_site += usize::from(matches!(rejection, Rejection::OffSite { .. }));
                digest.flaws.push(format!("entry {place}: {}", log_safe(&rejection.to_string())));
            }
        }
    }
    digest.drafts = Arc::new(drafts);
    Ok(digest)
}

/// Why nothing of a document may be taken in.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) word: SourceState,
    pub(super) stage: FailureStage,
    /// Cause and remedy.
    pub(super) what: String,
    /// What each witness found.
    pub(super) witness: Option<String>,
    /// What the document's first bytes are.
    pub(super) first_bytes: &'static str,
}

impl Trouble {
    /// A document that cannot be read at all.
    pub(super) fn unreadable(error: &ExtractError, first_bytes: &'static str) -> Self {
        Self {
            word: SourceState::Drift,
            stage: FailureStage::Extract,
            what: error.to_string(),
            witness: None,
            first_bytes,
        }
    }

    /// The reading itself broke.
    pub(super) fn broken(what: String, first_bytes: &'static str) -> Self {
        Self { word: SourceState::Failing, stage: FailureStage::Extract, what, witness: None, first_bytes }
    }
}

impl Digest {
    /// Why nothing of the document may be taken in, if so.
    pub(super) fn trouble(&self, first_bytes: &'static str) -> Option<Trouble> {
        let (word, stage, what) = match (self.kind, self.finding) {
            (Kind::Article, _) => (
                SourceState::Drift,
                FailureStage::Extract,
                "the page is one article, not a list of articles; give the section's own address".to_owned(),
            ),
            (_, finding) if not_a_list(finding).is_some() => {
                let (word, what) = not_a_list(finding)?;
                (word, FailureStage::Extract, what.to_owned())
            }
            _ if self.entries == 0 || !self.drafts.is_empty() => return None,
            _ if self.off_site > 0 => (
                SourceState::Drift,
                FailureStage::Normalize,
                format!("all {} entries of the page lead off the paper's site", self.off_site),
            ),
            _ => (
                SourceState::Drift,
                FailureStage::Normalize,
                format!("none of the {} entries could be used: {}", self.entries, self.flaws.join("; ")),
            ),
        };
        let witness = self.reading.as_ref().map(ListReading::witnesses);
        Some(Trouble { word, stage, what, witness, first_bytes })
    }
}

/// What a page is that came in a list's place, and what that makes of its source.
fn not_a_list(finding: ListFinding) -> Option<(SourceState, &'static str)> {
    match finding {
        ListFinding::Found | ListFinding::Empty => None,
        ListFinding::Missing => Some((
            SourceState::Drift,
            "no list of articles was found on the page; it may have been redesigned (`bantin extract --explain` shows what is seen)",
        )),
        ListFinding::FrameOnly => Some((
            SourceState::Drift,
            "the page is the site's frame and menus without a list of articles; look at it in a browser, lists that scripts \
             load cannot be read",
        )),
        ListFinding::ErrorPage => Some((
            SourceState::Drift,
            "the page is an error page with status 200; look at the address in a browser, the section may have moved",
        )),
        ListFinding::Login => Some((
            SourceState::Blocked,
            "the page is a login form, not a list of articles; give an address that needs no login, or `headers` with the \
             credential of an agreement with the paper",
        )),
        ListFinding::Captcha => Some((
            SourceState::Blocked,
            "the page is a captcha or a bot wall, not a list of articles; it is not evaded: ask the paper to let bantin pass",
        )),
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
