//! The walk over a site: which addresses are asked, in which order, and how many.

use super::names::{is_media, same_section};
use super::proposal::{self, Findings};
use super::report::{ArticleOutcome, Found, FoundArticle, FoundSitemap, Level, NamedBy, Outcome, ProbeReport, Reading};
use super::{Ask, ProbeError, ProbeEvent, judge, look};
use crate::extract::{self, ExtractError, NamedLink, Site};
use crate::fetch::{Answer, Deltas, FetchError, Fetcher, Request};
use crate::model::{Document, Kind, RobotsPolicy, RobotsVerdict};
use crate::normalize::same_site;
use chrono::Utc;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Sitemaps that are looked at, of those named and of those that an index lists.
const MOST_SITEMAPS: usize = 3;
/// Pages called "RSS" that are looked at.
const MOST_FEED_PAGES: usize = 2;
/// Items of two lists that are compared.
const COMPARED: usize = 10;
/// Fewer items prove no list to be another's.
const LEAST_COMPARED: usize = 5;
/// What an address that fails would wait for, had it a next time.
const RETRY_BASE: Duration = Duration::from_secs(900);

/// One walk.
pub(super) struct Walk<F> {
    fetcher: Fetcher,
    most: usize,
    show: F,
    asked: usize,
    planned: usize,
}

/// A named address.
type Named = (NamedLink, NamedBy);

impl<F: FnMut(ProbeEvent<'_>)> Walk<F> {
    pub(super) fn new(fetcher: Fetcher, most: usize, show: F) -> Self {
        Self { fetcher, most, show, asked: 0, planned: 2 }
    }

    /// Looks at the site that a page belongs to.
    ///
    /// # Errors
    /// [`ProbeError`] where this page cannot be had or read.
    pub(super) async fn site(mut self, url: Url) -> Result<ProbeReport, ProbeError> {
        let document = Arc::new(self.ask(&url).await?);
        let home = front(&document.url);
        let outcome = read(Ok(Arc::clone(&document)), &home).await;
        let is_feed = matches!(&outcome, Outcome::Read { reading } if reading.kind == Kind::Feed);
        let site = if is_feed { None } else { Some(named(Arc::clone(&document)).await?) };
        let robots = self.fetcher.robots_word(&document.url);
        let mut page = Found { title: None, url: document.url.clone(), named_by: NamedBy::Operator, robots, outcome };
        let sitemaps = self.sitemaps(&page, site.as_ref()).await;
        let menu = site.as_ref().map_or_else(Vec::new, |site| site.menu.clone());
        let feed_pages = site.as_ref().map_or_else(Vec::new, |site| site.feed_pages.clone());
        let mut sections: Vec<Found> = menu.into_iter().map(|link| self.unread((link, NamedBy::Menu))).collect();
        let paper = site.as_ref().and_then(|site| site.title.clone()).unwrap_or_default();
        let mut feeds = self.feeds(site.as_ref(), &home).await;
        let chosen = first_by(&sections, self.most, |section| likely(section, &home));
        let wanted =
            first_by(&feeds, self.most, |feed| !chosen.iter().any(|at| same_section(feed, &sections[*at], &paper)));
        self.planned += chosen.len() + wanted.len();
        self.look_at(&mut feeds, &wanted, &home).await;
        self.look_at(&mut sections, &chosen, &home).await;
        if is_feed {
            feeds.push(page.clone());
        }
        compare(&mut sections, &feeds, &mut page, &paper);
        let article = self.article(&sections, &feeds, &page).await;
        let findings = Findings {
            site: site.as_ref(),
            home: &home,
            page: &page,
            feeds: &feeds,
            sections: &sections,
            article: article.as_ref(),
        };
        let mut paper = proposal::proposal(findings);
        paper.sections.extend(proposal::news(&sitemaps));
        Ok(ProbeReport { page, sitemaps, feeds, sections, feed_pages, article, paper })
    }

    async fn ask(&mut self, url: &Url) -> Ask {
        self.planned = self.planned.max(self.asked + 1);
        (self.show)(ProbeEvent::Asking { url, asked: self.asked, planned: self.planned });
        self.asked += 1;
        let request = Request {
            url: url.clone(),
            validators: None,
            deltas: Deltas::Refused,
            robots: RobotsPolicy::Obey,
            headers: Vec::new(),
            retry_base: RETRY_BASE,
            now: Utc::now(),
        };
        match self.fetcher.fetch(request).await?.answer {
            Answer::Document(document) => Ok(*document),
            Answer::NotModified { url, .. } => {
                Err(FetchError::Status { url: FetchError::shown(&url), status: 304, retry_after: None })
            }
        }
    }

    fn unread(&self, (link, named_by): Named) -> Found {
        let robots = self.fetcher.robots_word(&link.url);
        Found { title: link.title, url: link.url, named_by, robots, outcome: Outcome::Unread }
    }

    /// Looks at the chosen ones of some addresses.
    async fn look_at(&mut self, found: &mut [Found], chosen: &[usize], home: &Url) {
        for at in chosen {
            let found = &mut found[*at];
            if matches!(found.outcome, Outcome::Unread) {
                let asked = self.ask(&found.url).await;
                found.robots = self.fetcher.robots_word(&found.url);
                found.outcome = read(asked.map(Arc::new), home).await;
                self.note_forbidden_articles(found);
            }
        }
    }

    /// Notes where robots.txt forbids the articles of a list.
    fn note_forbidden_articles(&self, found: &mut Found) {
        let Outcome::Read { reading } = &mut found.outcome else { return };
        let Some(first) = reading.list.first() else { return };
        let word = self.fetcher.robots_word(&first.url);
        if word.verdict == RobotsVerdict::Fetched && !word.allows {
            reading.articles_forbidden = word.line;
            reading.confidence = judge::confidence(reading, None, Utc::now());
        }
    }

    /// The sitemaps that robots.txt and the page name, and the newest of those that an index lists.
    async fn sitemaps(&mut self, page: &Found, site: Option<&Site>) -> Vec<FoundSitemap> {
        let of_robots = page.robots.sitemaps.iter().map(|url| (url.clone(), NamedBy::Robots));
        let of_page = site.iter().flat_map(|site| &site.sitemaps).map(|url| (url.clone(), NamedBy::Head));
        let mut found: Vec<FoundSitemap> = Vec::new();
        let mut listed: Vec<Url> = Vec::new();
        for (url, named_by) in of_robots.chain(of_page) {
            if found.iter().all(|known| known.url != url) {
                let is_wanted = found.len() < MOST_SITEMAPS;
                let (sitemap, newest) = self.sitemap(url, named_by, is_wanted).await;
                found.push(sitemap);
                listed.extend(newest.into_iter().filter(|listed| same_site(listed, &page.url)));
            }
        }
        for url in listed.into_iter().take(MOST_SITEMAPS) {
            if found.iter().all(|known| known.url != url) {
                found.push(self.sitemap(url, NamedBy::SitemapIndex, true).await.0);
            }
        }
        found
    }

    /// Looks at a sitemap; of an index, what it lists comes back as well, the newest first.
    async fn sitemap(&mut self, url: Url, named_by: NamedBy, is_wanted: bool) -> (FoundSitemap, Vec<Url>) {
        let mut found = FoundSitemap { url, named_by, sitemap: None, trouble: None };
        if !is_wanted {
            found.trouble = Some("not looked at".to_owned());
            return (found, Vec::new());
        }
        self.planned += 1;
        let looked = match self.ask(&found.url).await {
            Ok(document) => off_thread(move || (extract::sitemap(&document), look::listed_sitemaps(&document))).await,
            Err(error) => {
                found.trouble = Some(error.to_string());
                return (found, Vec::new());
            }
        };
        let (sitemap, listed) = looked.unwrap_or_default();
        found.trouble = sitemap.is_none().then(|| "it is no sitemap".to_owned());
        found.sitemap = sitemap;
        (found, listed)
    }

    /// All feeds that the site names: in the page's head, on the page, on the pages called "RSS".
    async fn feeds(&mut self, site: Option<&Site>, home: &Url) -> Vec<Found> {
        let Some(site) = site else { return Vec::new() };
        let by = |links: &[NamedLink], who: NamedBy| links.iter().cloned().map(|l| (l, who)).collect::<Vec<Named>>();
        let mut named = by(&site.feeds, NamedBy::Head);
        named.extend(by(&site.linked_feeds, NamedBy::Page));
        let mut found: Vec<Found> = Vec::new();
        for link in site.feed_pages.iter().take(MOST_FEED_PAGES) {
            self.planned += 1;
            let asked = self.ask(&link.url).await.map(Arc::new);
            let Ok(document) = asked else { continue };
            let outcome = read(Ok(Arc::clone(&document)), home).await;
            if matches!(&outcome, Outcome::Read { reading } if reading.kind == Kind::Feed) {
                found.push(Found { outcome, ..self.unread((link.clone(), NamedBy::Page)) });
            } else if let Ok(page) = self::named(document).await {
                named.extend(by(&page.linked_feeds, NamedBy::RssPage));
                named.extend(by(&page.feeds, NamedBy::RssPage));
            }
        }
        for link in named {
            match found.iter_mut().find(|known| known.url == link.0.url) {
                Some(known) => known.title = known.title.take().or(link.0.title),
                None => found.push(self.unread(link)),
            }
        }
        found
    }

    /// Reads one article of the surest list.
    async fn article(&mut self, sections: &[Found], feeds: &[Found], page: &Found) -> Option<FoundArticle> {
        let found = sections.iter().chain(feeds).chain(std::iter::once(page));
        let mut lists: Vec<&Reading> =
            found.filter(|found| found.level() > Level::None).filter_map(Found::reading).collect();
        lists.sort_by_key(|reading| std::cmp::Reverse(reading.confidence.level));
        let may_ask = |url: &&Url| {
            let word = self.fetcher.robots_word(url);
            word.verdict == RobotsVerdict::Unknown || word.allows
        };
        let first = lists.first()?.list.first().map(|item| &item.url);
        let mut items = lists.iter().flat_map(|reading| reading.list.iter().take(COMPARED)).map(|item| &item.url);
        let url = items.find(may_ask).or(first)?.clone();
        let asked = self.ask(&url).await;
        let robots = self.fetcher.robots_word(&url);
        let failed = || ArticleOutcome::Failed { why: "reading it failed within bantin; please report it".to_owned() };
        let outcome = off_thread(move || look::article(&asked)).await.unwrap_or_else(failed);
        Some(FoundArticle { url, robots, outcome })
    }
}

/// Runs CPU work on a blocking thread; `None` where it failed within bantin.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

async fn read(asked: Result<Arc<Document>, FetchError>, home: &Url) -> Outcome {
    let home = home.clone();
    let failed = || Outcome::Failed { why: "reading it failed within bantin; please report it".to_owned() };
    off_thread(move || look::outcome(asked.as_deref(), &home, Utc::now())).await.unwrap_or_else(failed)
}

async fn named(document: Arc<Document>) -> Result<Site, ExtractError> {
    let what = "the page (a fault within bantin; please report it)";
    off_thread(move || extract::site(&document)).await.unwrap_or(Err(ExtractError::Unsupported { what }))
}

/// The front page of an address's host.
fn front(url: &Url) -> Url {
    let mut home = url.clone();
    home.set_path("/");
    home.set_query(None);
    home.set_fragment(None);
    home
}

/// Ranks sections by how likely they are lists of articles: those of the home's own host first, the upper ones first.
fn likely(section: &Found, home: &Url) -> (bool, bool, usize) {
    let depth = section.url.path().split('/').filter(|part| !part.is_empty()).count();
    let is_media = section.title.as_deref().is_some_and(is_media);
    (is_media, section.url.host_str() != home.host_str(), depth)
}

/// The places of the first `most` by a rank, in their own order.
fn first_by<R: Ord>(found: &[Found], most: usize, rank: impl Fn(&Found) -> R) -> Vec<usize> {
    let mut places: Vec<usize> = (0..found.len()).collect();
    places.sort_by_key(|at| rank(&found[*at]));
    places.truncate(most);
    places.sort_unstable();
    places
}

/// Judges the sections anew, in the light of their feeds and of one another.
fn compare(sections: &mut [Found], feeds: &[Found], page: &mut Found, paper: &str) {
    for at in 0..sections.len() {
        let peer = feeds.iter().find(|feed| same_section(feed, &sections[at], paper)).and_then(Found::reading);
        let double =
            sections[..at].iter().chain(std::iter::once(&*page)).find(|other| is_same_list(other, &sections[at]));
        let double = double.map(|other| other.url.path().to_owned());
        let Outcome::Read { reading } = &mut sections[at].outcome else { continue };
        if let Some(peer) = peer {
            reading.confidence = judge::confidence(reading, Some(peer), Utc::now());
        }
        if let Some(other) = double {
            reading.confidence.level = Level::None;
            reading.confidence.reasons.insert(0, format!("it shows the same list as {other}"));
        }
    }
}

/// Whether two pages show one list, as a site does for addresses that it does not know.
fn is_same_list(one: &Found, other: &Found) -> bool {
    let (Some(one), Some(other)) = (one.reading(), other.reading()) else { return false };
    if !look::is_list(one) || !look::is_list(other) || one.list.len() != other.list.len() {
        return false;
    }
    let (shared, of) = one.shared(other, COMPARED);
    of >= LEAST_COMPARED && shared == of
}
