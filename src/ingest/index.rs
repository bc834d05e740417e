//! One poll of a sitemap index: the few sitemaps that are due are asked for, one after another, each with validators of its
//! own, and taken in together with the index.
//!
//! Comes in: a source's state, its index read or unchanged. Goes out: the poll's report. One bad sitemap is a flaw of the
//! poll; a host that wants silence ends it. It does not know how a sitemap is chosen (`sitemaps`) or read (`digest`).

use super::digest::{Digest, Trouble, digest};
use super::guard::Extent;
use super::sitemaps::{self, MOST_A_POLL};
use super::{PollReport, Turn};
use crate::fetch::{Answer, Deltas, FetchError, Request};
use crate::model::{Document, Freshness, ListedSitemap, Memory, PollState, Recipe, Source, SourceState, Validators};
use crate::store::{Store, StoreError};
use crate::text::log_safe;
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::time::Duration;
use url::Url;

/// The longest that a sitemap's own freshness can put it off.
const LONGEST_FRESH: Duration = Duration::from_secs(86_400);

/// What following an index has come to so far.
#[derive(Default)]
struct Followed {
    digest: Option<Digest>,
    bytes: usize,
    flaws: Vec<String>,
    failure: Option<FetchError>,
    trouble: Option<Trouble>,
}

/// Whether the host wants to be left alone.
fn wants_silence(error: &FetchError) -> bool {
    error.until().is_some() || error.retry_after().is_some()
}

/// One bad sitemap is no failure of its source, unless there is no good one.
fn all_fail(state: &PollState) -> bool {
    state.sitemaps.iter().all(|sitemap| sitemap.failures > 0)
}

impl<S: Store> Turn<'_, S> {
    /// Asks for the sitemaps that are due, and takes in what they brought.
    pub(super) async fn follow(
        &self,
        mut state: PollState,
        fresh_for: Option<Duration>,
        flaws: Vec<String>,
    ) -> Result<PollReport, StoreError> {
        let (mut followed, mut asked) = (Followed { flaws, ..Followed::default() }, HashSet::new());
        while asked.len() < MOST_A_POLL
            && !followed.failure.as_ref().is_some_and(wants_silence)
            && let Some(place) = sitemaps::next(&state.sitemaps, &asked, self.clock.now())
        {
            asked.insert(state.sitemaps[place].url.clone());
            self.follow_one(&mut state, place, &mut followed).await;
        }
        let Followed { digest, bytes, mut flaws, failure, trouble } = followed;
        if let Some(mut digest) = digest {
            flaws.append(&mut digest.flaws);
            (digest.extent, digest.hints, digest.flaws) = (Extent::Changes, state.hints.clone(), flaws);
            return self.take_in(state, digest, fresh_for, bytes).await;
        }
        if let Some(error) = failure {
            return self.failed(state, &error).await;
        }
        if let Some(trouble) = trouble {
            return self.unreadable(state, trouble, flaws, None).await;
        }
        if state.sitemaps.is_empty() {
            state.state = SourceState::Empty;
        }
        self.unchanged(state, fresh_for, flaws).await
    }

    async fn follow_one(&self, state: &mut PollState, place: usize, followed: &mut Followed) {
        let fetched = self.ingest.fetcher.fetch(self.sitemap_request(&state.sitemaps[place])).await;
        let now = self.clock.now();
        let sitemap = &mut state.sitemaps[place];
        match fetched.map(|fetched| fetched.answer) {
            Ok(Answer::NotModified { url, validators, freshness }) => taken(sitemap, url, validators, freshness, now),
            Ok(Answer::Document(document)) => self.take_sitemap(state, place, *document, followed).await,
            Err(error) => {
                followed.flaws.push(error.to_string());
                self.put_off(sitemap, error.until(), now);
                if wants_silence(&error) || all_fail(state) {
                    followed.failure.get_or_insert(error);
                }
            }
        }
    }

    fn sitemap_request(&self, sitemap: &ListedSitemap) -> Request {
        let (source, now) = (self.source, self.clock.now());
        let is_own = sitemap.url.origin() == source.url.origin();
        Request {
            url: sitemap.url.clone(),
            validators: sitemap.validated_url.clone().map(|url| (url, sitemap.validators.clone())),
            deltas: Deltas::Refused,
            robots: source.robots,
            headers: if is_own { source.headers.clone() } else { Vec::new() },
            retry_base: self.ingest.cadence.interval(self.rhythm, now),
            now,
        }
    }

    /// A sitemap came: its entries, or the sitemaps of an index within the index. What cannot be read is a flaw, and its
    /// old validators stay.
    async fn take_sitemap(&self, state: &mut PollState, place: usize, document: Document, followed: &mut Followed) {
        let (validators, url, freshness) = (document.validators.clone(), document.url.clone(), document.freshness);
        let (bytes, now) = (document.body.len(), self.clock.now());
        let begins_as = crate::extract::first_bytes(&document.body);
        // a page that an index lists by mistake is none
        let source = Source { recipe: Recipe::Sitemap, ..Source::clone(self.source) };
        let read = self.ingest.workbench.run(move || digest(&document, &source, &Memory::default(), now)).await;
        let trouble = match read {
            Ok(Ok(digest)) => match digest.trouble(begins_as) {
                None => {
                    let at = state.sitemaps[place].url.clone();
                    taken(&mut state.sitemaps[place], url, validators, freshness, now);
                    followed.bytes += bytes;
                    return followed.take(digest, state, &at);
                }
                Some(trouble) => trouble,
            },
            Ok(Err(error)) => Trouble::unreadable(&error, begins_as),
            Err(broken) => Trouble::broken(broken.to_string(), begins_as),
        };
        let sitemap = &mut state.sitemaps[place];
        followed.flaws.push(format!("{}: {}", FetchError::shown(&sitemap.url), log_safe(&trouble.what)));
        self.put_off(sitemap, None, now);
        if all_fail(state) {
            followed.trouble.get_or_insert(trouble);
        }
    }

    fn put_off(&self, sitemap: &mut ListedSitemap, until: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        let retry_at = self.ingest.cadence.retry(&self.source.id, self.rhythm, sitemap.failures, now);
        sitemap.asked_at = Some(now);
        sitemap.failures = sitemap.failures.saturating_add(1);
        sitemap.not_before = Some(until.map_or(retry_at, |until| until.max(retry_at)));
    }
}

impl Followed {
    fn take(&mut self, mut digest: Digest, state: &mut PollState, at: &Url) {
        let is_nested = state.sitemaps.iter().any(|sitemap| sitemap.url == *at && sitemap.listed_by.is_some());
        match (digest.listed.take(), &mut self.digest) {
            (Some(_), _) if is_nested => self.flaws.push("an index that is nested twice is not followed".to_owned()),
            (Some(listed), _) => {
                let before = std::mem::take(&mut state.sitemaps);
                state.sitemaps = sitemaps::remembered(before, listed, Some(at));
            }
            (None, Some(first)) => first.append(digest),
            (None, first) => *first = Some(digest),
        }
    }
}

/// A sitemap was read as it stands now.
fn taken(sitemap: &mut ListedSitemap, url: Url, validators: Validators, freshness: Freshness, now: DateTime<Utc>) {
    sitemap.validators = validators;
    sitemap.validated_url = Some(url);
    sitemap.asked_at = Some(now);
    sitemap.read = sitemap.edited;
    sitemap.failures = 0;
    sitemap.not_before = freshness.lifetime.map(|fresh| now + fresh.min(LONGEST_FRESH));
}
