//! Pages for people: one beside every feed, and the index of them all.
//!
//! Comes in: channels and articles. Goes out: finished HTML without scripts, in the paper's language, that needs nothing but
//! its own bytes (pictures aside). The only room that names askama. Links from page to page are relative, so that the same
//! files work under any address; the feeds' addresses are absolute, for they are copied into feed readers.

use super::address::{address, is_web};
use super::article::{Article, Picture};
use super::words::Words;
use super::{STYLE, date, presentable, publication};
use crate::model::{Channel, ChannelId, Format, Item, Precision, Publication};
use crate::text::truncate;
use askama::Template;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Longest teaser on a page, in characters; the feeds hold the whole summary.
const TEASER_CHARACTERS: usize = 420;
/// Longest headline on a page, in characters.
const HEADLINE_CHARACTERS: usize = 300;
/// Headlines of a paper on the index.
const HEADLINES: usize = 6;

/// A channel as the index shows it.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// Its newest items, newest first. Shown for a paper's channel of everything alone, and only the first few.
    pub newest: &'a [Item],
}

/// The page of a channel, with every article of its feed.
pub(super) fn feed_page(channel: &Channel, articles: &[Article<'_>]) -> Vec<u8> {
    let words = Words::of(&channel.language);
    let page = FeedPage {
        words,
        style: STYLE,
        language: &channel.language,
        title: &channel.title,
        heading: match &channel.id {
            ChannelId::Paper(_) => &channel.paper_title,
            ChannelId::Category(..) => channel.category_title.as_deref().unwrap_or(words.all_articles),
            ChannelId::Chosen(_) => &channel.title,
        },
        paper: &channel.paper_title,
        is_category: channel.id.category().is_some(),
        description: &channel.description,
        link: is_web(&channel.link).then(|| address(&channel.link)),
        page_url: channel.url(Format::Html),
        feeds: feed_links(channel),
        days: days(channel, words, articles),
        search: SearchBox { action: "../search", typed: String::new(), papers: searched_papers(channel) },
        preview: Preview {
            title: &channel.title,
            description: &channel.description,
            address: Some(channel.url(Format::Html)),
            locale: locale(&channel.language),
            picture: articles.iter().find_map(|article| article.image.as_ref()).map(|picture| picture.url.as_str()),
        },
    };
    bytes_of(&page)
}

/// The index of every feed, by paper in the order given, each with its addresses. `changed_at` is when the list of feeds or
/// the newest of them last changed; the first channel's language is the page's.
#[must_use]
pub fn index(feeds: &[Listed<'_>], changed_at: DateTime<Utc>) -> Publication {
    let words = Words::of(feeds.first().map_or("en", |first| &first.channel.language));
    let papers = papers(feeds);
    let mut named = papers.iter().filter(|paper| paper.is_paper);
    let title = match (named.next(), named.next()) {
        (Some(only), None) => format!("{} · {}", words.bulletin, only.title),
        _ => words.bulletin.to_owned(),
    };
    let page = IndexPage {
        words,
        style: STYLE,
        title: &title,
        search: SearchBox {
            action: "search",
            typed: String::new(),
            papers: papers
                .iter()
                .filter(|paper| paper.is_paper)
                .map(|paper| (paper.id.clone(), paper.title.clone(), false))
                .collect(),
        },
        papers,
        preview: Preview {
            title: &title,
            description: words.new_in,
            address: feeds.first().map(|first| first.channel.base_url.to_string()),
            locale: locale(words.language),
            picture: None,
        },
    };
    publication("index.html".to_owned(), Format::Html.media_type(), bytes_of(&page), changed_at)
}

pub(super) fn bytes_of(page: &impl Template) -> Vec<u8> {
    page.render().expect("writing text into memory cannot fail").into_bytes()
}

#[derive(Template)]
#[template(path = "feed.html")]
struct FeedPage<'a> {
    words: &'static Words,
    style: &'static str,
    language: &'a str,
    title: &'a str,
    heading: &'a str,
    paper: &'a str,
    is_category: bool,
    description: &'a str,
    link: Option<String>,
    page_url: String,
    feeds: [FeedLink; 3],
    days: Vec<Day<'a>>,
    search: SearchBox,
    preview: Preview<'a>,
}

/// The articles of one day, as they come.
struct Day<'a> {
    date: NaiveDate,
    heading: String,
    stories: Vec<Story<'a>>,
}

struct Story<'a> {
    link: &'a str,
    language: Option<&'a str>,
    headline: String,
    teaser: Option<String>,
    picture: Option<&'a Picture>,
    stamp: String,
    time: Option<String>,
    authors: String,
    /// Where there are several.
    paper: Option<&'a str>,
    labels: Vec<(String, &'a str)>,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    words: &'static Words,
    style: &'static str,
    title: &'a str,
    papers: Vec<PaperView>,
    search: SearchBox,
    preview: Preview<'a>,
}

/// A paper, or what is chosen of all papers.
struct PaperView {
    id: String,
    is_paper: bool,
    feeds_heading: &'static str,
    language: String,
    title: String,
    headlines: Vec<Headline>,
    feeds: Vec<FeedView>,
}

struct Headline {
    link: String,
    text: String,
    stamp: String,
    time: String,
}

struct FeedView {
    title: String,
    page: String,
    feeds: [FeedLink; 3],
}

pub(super) struct FeedLink {
    pub(super) name: &'static str,
    pub(super) url: String,
    pub(super) media_type: &'static str,
}

/// The form that every page has; `action` is relative.
pub(super) struct SearchBox {
    pub(super) action: &'static str,
    pub(super) typed: String,
    /// Id and title, and whether it is chosen. Where there is one paper it needs no choice.
    pub(super) papers: Vec<(String, String, bool)>,
}

/// What is shown where somebody shares the page's address (Open Graph).
struct Preview<'a> {
    title: &'a str,
    description: &'a str,
    address: Option<String>,
    locale: Option<String>,
    picture: Option<&'a str>,
}

pub(super) fn feed_links(channel: &Channel) -> [FeedLink; 3] {
    let link = |name, format: Format| FeedLink { name, url: channel.url(format), media_type: format.media_type() };
    [link("RSS", Format::Rss), link("Atom", Format::Atom), link("JSON", Format::Json)]
}

fn days<'a>(channel: &Channel, words: &Words, articles: &'a [Article<'_>]) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'a>> = Vec::new();
    for article in articles {
        let date = article.published.date_naive();
        let story = story(channel, article);
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.stories.push(story),
            None => days.push(Day { date, heading: words.day(article.published), stories: vec![story] }),
        }
    }
    days
}

fn story<'a>(channel: &Channel, article: &'a Article<'_>) -> Story<'a> {
    let own = channel.id.category().map(|slug| slug.as_str());
    // a category's page stands beside those of its paper
    let beside = match (channel.id.paper(), article.paper) {
        (None, Some(paper)) => format!("../{}/", paper.id),
        _ => String::new(),
    };
    let labels = article.labels.iter().filter(|label| Some(label.slug) != own);
    let (stamp, knows_time) = stamp(article.published, article.precision);
    Story {
        link: &article.link,
        language: article.language,
        headline: truncate(&article.title, HEADLINE_CHARACTERS),
        teaser: article.summary.as_deref().map(|summary| truncate(summary, TEASER_CHARACTERS)),
        picture: article.image.as_ref(),
        time: knows_time.then(|| article.published.format("%H:%M").to_string()),
        stamp,
        authors: article.authors.join(", "),
        paper: article.source.map(|paper| paper.title.as_str()),
        labels: labels.map(|label| (format!("{beside}{}", label.slug), label.title.as_str())).collect(),
    }
}

/// The papers that the form on a channel's page offers; one alone is chosen.
fn searched_papers(channel: &Channel) -> Vec<(String, String, bool)> {
    let is_alone = !channel.is_of_several();
    channel.papers.iter().map(|paper| (paper.id.to_string(), paper.title.clone(), is_alone)).collect()
}

/// The value of `<time datetime>`: the day alone where no more is known, and whether there is more.
pub(super) fn stamp(at: DateTime<FixedOffset>, precision: Precision) -> (String, bool) {
    match precision {
        Precision::Day => (at.format("%Y-%m-%d").to_string(), false),
        Precision::Minute | Precision::Second => (date::rfc3339(at), true),
    }
}

/// A language tag as Open Graph writes it: `vi_VN`, `en_GB`; `None`: its region is not known.
fn locale(language: &str) -> Option<String> {
    let mut parts = language.split('-');
    let primary = parts.next()?.to_ascii_lowercase();
    let is_region = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    match parts.find(is_region) {
        Some(region) => Some(format!("{primary}_{}", region.to_ascii_uppercase())),
        None => (primary == "vi").then(|| "vi_VN".to_owned()),
    }
}

fn papers(feeds: &[Listed<'_>]) -> Vec<PaperView> {
    let mut papers: Vec<PaperView> = Vec::new();
    for listed in feeds {
        let channel = presentable(listed.channel);
        let words = Words::of(&channel.language);
        // `channel` is no paper's id
        let id = channel.id.paper().map_or("channel", |paper| paper.as_str());
        let is_paper = channel.id.paper().is_some();
        let at = papers.iter().position(|paper| paper.id == id).unwrap_or_else(|| {
            papers.push(PaperView {
                id: id.to_owned(),
                is_paper,
                language: channel.language.clone(),
                title: if is_paper { channel.paper_title.clone() } else { words.chosen.to_owned() },
                feeds_heading: if is_paper { words.feeds } else { words.subscribe },
                headlines: Vec::new(),
                feeds: Vec::new(),
            });
            papers.len() - 1
        });
        if matches!(channel.id, ChannelId::Paper(_)) {
            papers[at].headlines = headlines(&channel, listed.newest);
        }
        papers[at].feeds.push(feed_view(&channel));
    }
    papers
}

fn headlines(channel: &Channel, newest: &[Item]) -> Vec<Headline> {
    let words = Words::of(&channel.language);
    let articles = newest.iter().take(HEADLINES).map(|item| Article::of(item, channel));
    let headline = |article: Article<'_>| {
        let (stamp, knows_time) = stamp(article.published, article.precision);
        let time = if knows_time { words.moment(article.published) } else { words.short_day(article.published) };
        Headline { text: truncate(&article.title, HEADLINE_CHARACTERS), link: article.link, stamp, time }
    };
    articles.map(headline).collect()
}

fn feed_view(channel: &Channel) -> FeedView {
    let words = Words::of(&channel.language);
    FeedView {
        title: match (&channel.id, &channel.category_title) {
            (ChannelId::Chosen(_), _) => channel.title.clone(),
            (_, Some(title)) => title.clone(),
            (_, None) => words.all_articles.to_owned(),
        },
        page: channel.path(Format::Html),
        feeds: feed_links(channel),
    }
}

#[cfg(test)]
mod tests;
