//! A document taken apart: extract and normalize in one go, on the workbench.

use super::guard::Extent;
use super::sitemaps::Listed;
use crate::extract::{ExtractError, extract};
use crate::model::{
    Document, Draft, Entry, ExtractMethod, Extraction, FailureStage, Flaw, Hints, Kind, ListFinding, ListReading,
    Memory, Source, SourceState,
};
use crate::normalize::{Context, Rejection, SiteIdRule, normalize, pending, same_site};
use crate::store::Body;
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
    untitled: usize,
    /// How much of its source the document shows.
    pub(super) extent: Extent,
    /// Of a sitemap index: the sitemaps of the paper's site, and nothing else.
    pub(super) listed: Option<Vec<Listed>>,
    pub(super) is_feed: bool,
    pub(super) method: &'static str,
    pub(super) entries: usize,
    pub(super) drafts: Arc<Vec<Draft>>,
    pub(super) reading: Option<ListReading>,
    pub(super) hints: Hints,
    pub(super) memory: Memory,
    pub(super) flaws: Vec<String>,
    /// The document, where it is to be kept.
    pub(super) body: Option<Body>,
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
    let is_index = method == ExtractMethod::SitemapIndex;
    let mut digest = Digest {
        kind,
        finding,
        off_site: 0,
        untitled: 0,
        extent: if document.is_delta { Extent::Changes } else { Extent::Whole },
        listed: is_index.then(Vec::new),
        is_feed: kind == Kind::Feed,
        method: method.as_str(),
        entries: if is_index { 0 } else { entries.len() },
        drafts: Arc::default(),
        reading,
        hints,
        memory,
        flaws: flaws.iter().map(sentence).collect(),
        body: None,
    };
    if is_index {
        digest.list(&entries, source);
        return Ok(digest);
    }
    // an article's own page gives what its sitemap does not say
    let is_pending = method == ExtractMethod::Sitemap && source.read_articles;
    let draft = if is_pending { pending } else { normalize };
    let mut drafts = Vec::with_capacity(entries.len());
    let ranks = (method == ExtractMethod::Sitemap).then(|| ranks(&entries));
    for (at, entry) in entries.into_iter().enumerate() {
        let place = ranks.as_ref().map_or(at, |ranks| ranks[at]);
        let context =
            Context { source, base: &document.url, kind, now, first_sight: now, place, site_id: rule.as_ref() };
        match draft(entry, &context) {
            Ok(draft) => drafts.push(draft),
            Err(rejection) => digest.reject(at, &rejection),
        }
    }
    drafts.sort_by_key(|draft| draft.place);
    digest.drafts = Arc::new(drafts);
    Ok(digest)
}

/// Of a sitemap, the place of each entry from the newest on: its own order says nothing.
fn ranks(entries: &[Entry]) -> Vec<usize> {
    let at = |place: &usize| entries[*place].published.or(entries[*place].updated).map(|stated| stated.local);
    let mut newest: Vec<usize> = (0..entries.len()).collect();
    newest.sort_by_key(|place| std::cmp::Reverse(at(place)));
    let mut ranks = vec![0; entries.len()];
    for (rank, place) in newest.into_iter().enumerate() {
        ranks[place] = rank;
    }
    ranks
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
    /// Takes what an index lists; sitemaps of other sites are never asked for.
    fn list(&mut self, entries: &[Entry], source: &Source) {
        let all: Vec<Listed> = entries.iter().filter_map(Listed::of).collect();
        let count = all.len();
        let own: Vec<Listed> = all.into_iter().filter(|listed| same_site(&listed.url, &source.home)).collect();
        self.off_site = count - own.len();
        if own.len() < count {
            self.flaws.push(format!("{} of {count} sitemaps lie off the paper's site", count - own.len()));
        }
        self.listed = Some(own);
    }

    fn reject(&mut self, place: usize, rejection: &Rejection) {
        self.off_site += usize::from(matches!(rejection, Rejection::OffSite { .. }));
        self.untitled += usize::from(matches!(rejection, Rejection::NoTitle));
        self.flaws.push(format!("entry {place}: {}", log_safe(&rejection.to_string())));
    }

    /// Takes in another document of the same source: what comes later stands behind.
    pub(super) fn append(&mut self, mut other: Self) {
        let drafts = Arc::make_mut(&mut self.drafts);
        let behind = drafts.len();
        let more = Arc::unwrap_or_clone(other.drafts).into_iter();
        drafts.extend(more.map(|draft| Draft { place: draft.place + behind, ..draft }));
        self.flaws.append(&mut other.flaws);
        self.entries += other.entries;
    }

    /// Why nothing of the document may be taken in, if so.
    pub(super) fn trouble(&self, first_bytes: &'static str) -> Option<Trouble> {
        let (word, stage, what) = match (self.kind, self.finding) {
            _ if self.off_site > 0 && self.listed.as_ref().is_some_and(Vec::is_empty) => (
                SourceState::Drift,
                FailureStage::Normalize,
                format!("all {} sitemaps of the index lie off the paper's site", self.off_site),
            ),
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
            _ if self.untitled == self.entries && self.method == ExtractMethod::Sitemap.as_str() => (
                SourceState::Drift,
                FailureStage::Normalize,
                "the sitemap states no titles, and no article page is read for them; set `read-articles = true`, or give \
                 the address of the paper's news sitemap"
                    .to_owned(),
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
