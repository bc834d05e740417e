//! What could be configured: pure. Each value says whether it was stated or is a guess, and why.

use super::judge::is_half;
use super::names::{same_section, section_name};
use super::report::{ArticleOutcome, Found, FoundArticle, FoundSitemap, Level, Outcome, Reading};
use super::zone;
use crate::config;
use crate::extract::{Site, Sitemap};
use crate::model::{Kind, ListFinding};
use crate::text;
use serde::Serialize;
use std::collections::HashMap;
use url::Url;

/// Items of a page that its feed must have to stand for it.
const COMPARED: usize = 10;
/// A paper's id of more characters is cut.
const LONGEST_ID: usize = 50;

/// A `[[paper]]` that could be configured.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: Value<String>,
    /// Its home page.
    pub home: Url,
    /// Its language (BCP 47).
    pub language: Value<String>,
    /// Of dates without an offset, a name of the tz database.
    pub timezone: Value<String>,
    /// Whether each new article's page should be read once.
    pub read_articles: Value<bool>,
    /// What could be polled, in the order of the menu.
    pub sections: Vec<ProposedSection>,
}

/// A value and where it comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// Whether it is a guess that somebody should look at.
    pub is_guess: bool,
    /// Where it comes from.
    pub why: String,
}

/// A `[[paper.section]]`.
#[derive(Debug, Clone, Serialize)]
pub struct ProposedSection {
    /// The category; absent where the items' own labels decide.
    pub title: Option<String>,
    /// A page or a feed.
    pub url: Url,
    /// Whether it is proposed; else it is only mentioned.
    pub is_active: bool,
    /// What somebody should know of it.
    pub note: Option<String>,
}

/// What a proposal is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Findings<'a> {
    pub(super) site: Option<&'a Site>,
    pub(super) home: &'a Url,
    pub(super) page: &'a Found,
    pub(super) feeds: &'a [Found],
    pub(super) sections: &'a [Found],
    pub(super) article: Option<&'a FoundArticle>,
}

/// Makes a proposal.
pub(super) fn proposal(of: Findings<'_>) -> Proposal {
    let title = title(of);
    let language = language(of);
    Proposal {
        id: id(&title.value, of.home),
        home: of.home.clone(),
        timezone: zone::timezone(of, &language.value),
        read_articles: read_articles(of),
        sections: sections(of, &title.value),
        title,
        language,
    }
}

/// The readings that there are.
pub(super) fn readings<'a>(of: Findings<'a>) -> impl Iterator<Item = &'a Reading> {
    let found = of.sections.iter().chain(of.feeds).chain(std::iter::once(of.page));
    found.filter_map(Found::reading)
}

fn title(of: Findings<'_>) -> Value<String> {
    let said = |value: String, is_guess, why: &str| Value { value, is_guess, why: why.to_owned() };
    if let Some(site) = of.site.filter(|site| site.title_is_stated)
        && let Some(title) = &site.title
    {
        return said(title.clone(), false, "as the page states it");
    }
    if let Some((title, is_stated)) = usual_name(of) {
        return said(title, !is_stated, "as most pages call it");
    }
    if let Some(title) = of.site.and_then(|site| site.title.clone()) {
        return said(title, true, "a part of the page's title");
    }
    if let Some(title) = of.page.reading().filter(|reading| reading.kind == Kind::Feed).and_then(|r| r.title.clone()) {
        return said(title, true, "the feed's own title");
    }
    let host = of.home.host_str().unwrap_or("paper").trim_start_matches("www.").to_owned();
    said(host, true, "the page states no name")
}

/// What most of the section pages call their paper, more than one of them at least.
fn usual_name(of: Findings<'_>) -> Option<(String, bool)> {
    let mut counts: HashMap<&(String, bool), usize> = HashMap::new();
    for name in of.sections.iter().filter_map(|found| found.reading()?.paper.as_ref()) {
        *counts.entry(name).or_default() += 1;
    }
    let (name, _) = counts.into_iter().filter(|(_, count)| *count > 1).max_by_key(|((_, stated), n)| (*stated, *n))?;
    Some(name.clone())
}

fn id(title: &str, home: &Url) -> String {
    let slug = text::slug(title).or_else(|| text::slug(home.host_str()?)).unwrap_or_else(|| "paper".to_owned());
    let stem = slug[..slug.len().min(LONGEST_ID)].trim_end_matches('-').to_owned();
    if config::is_paper_id(&stem) { stem } else { format!("paper-{stem}") }
}

fn language(of: Findings<'_>) -> Value<String> {
    let is_tag = |tag: &&str| {
        let first = tag.split('-').next().unwrap_or_default();
        (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let stated = of.site.and_then(|site| site.language.as_deref()).into_iter();
    let stated = stated.chain(readings(of).filter_map(|reading| reading.language.as_deref())).find(is_tag);
    if let Some(tag) = stated {
        return Value { value: tag.to_owned(), is_guess: false, why: "as the page states it".to_owned() };
    }
    let letters = readings(of).flat_map(|reading| &reading.titles).any(|title| is_vietnamese(title));
    let (value, why) = if letters { ("vi", "by its letters") } else { ("und", "nothing states it") };
    Value { value: value.to_owned(), is_guess: true, why: why.to_owned() }
}

/// Whether a text has letters that no other language has.
fn is_vietnamese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, 'ơ' | 'Ơ' | 'ư' | 'Ư' | 'ạ' | 'ả' | 'ế' | 'ề' | 'ộ' | 'ữ' | 'ị' | 'ọ'))
}

fn read_articles(of: Findings<'_>) -> Value<bool> {
    let says = |value, why: &str| Value { value, is_guess: false, why: why.to_owned() };
    match of.article.map(|article| &article.outcome) {
        Some(ArticleOutcome::Forbidden { .. }) => says(false, "robots.txt forbids the article page that was tried"),
        Some(ArticleOutcome::Failed { .. }) => {
            Value { value: true, is_guess: true, why: "the article page that was tried could not be read".to_owned() }
        }
        Some(ArticleOutcome::Read { reading }) if reading.published.is_some() => {
            says(true, "article pages state their date")
        }
        Some(ArticleOutcome::Read { .. }) => says(true, "article pages can be read, but the one tried states no date"),
        None => Value { value: true, is_guess: true, why: "no article page was tried".to_owned() },
    }
}

fn sections(of: Findings<'_>, paper: &str) -> Vec<ProposedSection> {
    let mut draft = Drafted { paper, sections: Vec::new(), titles: HashMap::new() };
    let is_front = of.page.url.path().trim_matches('/').is_empty();
    let is_feed = of.page.reading().is_some_and(|reading| reading.kind == Kind::Feed);
    let own = (!is_front && !is_feed && of.page.level() > Level::None).then_some(of.page);
    let mut used = vec![false; of.feeds.len()];
    for section in own.into_iter().chain(of.sections) {
        let feed = of.feeds.iter().position(|feed| same_section(feed, section, paper));
        if let Some(at) = feed {
            used[at] = true;
        }
        draft.section(section, feed.map(|at| &of.feeds[at]));
    }
    let unmatched: Vec<&Found> = of.feeds.iter().zip(used).filter(|(_, used)| !used).map(|(feed, _)| feed).collect();
    for feed in unmatched {
        draft.feed(feed);
    }
    if !draft.sections.iter().any(|section| section.is_active) && own.is_none() && of.page.level() > Level::None {
        draft.add(None, of.page, true, Some("the front page itself: nothing better was found".to_owned()));
    }
    draft.sections
}

/// The sections as far as they are drafted.
struct Drafted<'a> {
    paper: &'a str,
    sections: Vec<ProposedSection>,
    /// The first spelling of each category.
    titles: HashMap<String, String>,
}

impl Drafted<'_> {
    /// A page of the menu, and its feed where there is one.
    fn section(&mut self, section: &Found, feed: Option<&Found>) {
        let named = section.title.as_deref().or_else(|| section.reading()?.title.as_deref());
        let title = named.map(str::to_owned);
        let usable = feed.filter(|feed| feed.level() > Level::Low);
        let Some(feed) = usable else {
            self.page(title.clone(), section);
            if let Some(feed) = feed {
                let note = format!("its feed: {}", said(feed));
                self.add(title, feed, false, Some(note));
            }
            return;
        };
        match (feed.reading(), section.reading().filter(|_| section.level() > Level::None)) {
            (Some(of_feed), Some(of_page)) => {
                let (shared, of) = of_feed.shared(of_page, COMPARED);
                let note = format!("the feed has {shared} of the page's first {of}");
                if shared * 5 >= of * 4 {
                    self.add(title.clone(), feed, true, Some(note));
                    self.add(title, section, false, Some("its page: the feed is as complete".to_owned()));
                } else if shared == 0 {
                    self.add(title.clone(), section, true, Some(note));
                    self.add(
                        title,
                        feed,
                        false,
                        Some("a feed of this name that shares nothing with the page".to_owned()),
                    );
                } else {
                    self.add(title.clone(), feed, true, Some(note));
                    self.add(title, section, true, Some("its page, which has more than the feed".to_owned()));
                }
            }
            _ => self.add(title, feed, true, None),
        }
    }

    fn page(&mut self, title: Option<String>, section: &Found) {
        match section.level() {
            Level::High | Level::Medium => self.add(title, section, true, None),
            Level::Low => self.add(title, section, true, Some(format!("a guess: {}", said(section)))),
            Level::None => self.add(title, section, false, Some(said(section))),
        }
    }

    /// A feed that is no section's of the menu.
    fn feed(&mut self, feed: &Found) {
        let own = || feed.reading().and_then(|reading| reading.title.as_deref());
        let named = feed.title.as_deref().and_then(|title| section_name(title, self.paper));
        let title = named.or_else(|| section_name(own()?, self.paper));
        let reading = feed.reading().filter(|_| feed.level() > Level::Low);
        let Some(reading) = reading else { return self.add(title, feed, false, Some(said(feed))) };
        let alone = !self.sections.iter().any(|section| section.is_active);
        let is_labeled = is_half(reading.labeled, reading.items);
        match (&title, is_labeled || alone) {
            (Some(_), _) => self.add(title, feed, true, None),
            (None, true) => {
                self.add(None, feed, true, Some("of all sections: its items' own labels decide".to_owned()))
            }
            (None, false) => {
                self.add(
                    None,
                    feed,
                    false,
                    Some("of all sections, without labels: its items would stand in `all` alone".to_owned()),
                );
            }
        }
    }

    /// The category that a title names: one spelling a slug. A title without a slug is none, and is told.
    fn category(&mut self, title: Option<String>, note: Option<String>) -> (Option<String>, Option<String>) {
        let Some(title) = title.map(|title| text::clean_line(&title)) else { return (None, note) };
        match text::slug(&title).filter(|slug| slug != "all") {
            Some(slug) => (Some(self.titles.entry(slug).or_insert(title).clone()), note),
            None => {
                let why = format!("called {title}: a `title` needs a Latin letter or digit for its address");
                (None, Some(note.map_or(why.clone(), |note| format!("{note}; {why}"))))
            }
        }
    }

    fn add(&mut self, title: Option<String>, found: &Found, is_active: bool, note: Option<String>) {
        let (title, note) = self.category(title, note);
        let is_new = self.sections.iter().all(|known| known.url != found.url);
        if is_new {
            self.sections.push(ProposedSection { title, url: found.url.clone(), is_active, note });
        }
    }
}

/// What an address came to, in a few words.
fn said(found: &Found) -> String {
    match &found.outcome {
        Outcome::Read { reading } => {
            let first = reading.confidence.reasons.first().cloned().unwrap_or_default();
            if reading.finding == ListFinding::Empty { format!("{first} today") } else { first }
        }
        Outcome::Forbidden { .. } => match &found.robots.line {
            Some(line) => format!("robots.txt forbids it ({line})"),
            None => "it may not be asked".to_owned(),
        },
        Outcome::Failed { why } => why.clone(),
        Outcome::Unread => "not looked at".to_owned(),
    }
}
/// News sitemaps, mentioned: beside the sections they know exact dates, instead of them they know no categories.
pub(super) fn news(sitemaps: &[FoundSitemap]) -> Vec<ProposedSection> {
    let mention = |found: &FoundSitemap| match found.sitemap {
        Some(Sitemap::News { pages }) => Some(ProposedSection {
            title: None,
            url: found.url.clone(),
            is_active: false,
            note: Some(format!(
                "a news sitemap of {pages} articles with titles and exact dates: polled beside the sections it dates what they \
                 show without one"
            )),
        }),
        _ => None,
    };
    sitemaps.iter().filter_map(mention).collect()
}
