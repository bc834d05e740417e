//! The report for people, in eighty columns.

use crate::cli::columns::{COLUMNS, cut, padded, wrapped};
use crate::daemon::probe::{ArticleOutcome, Found, FoundArticle, FoundSitemap, NamedBy, Outcome, ProbeReport, Reading};
use crate::extract::Sitemap;
use crate::fetch::RobotsWord;
use crate::model::{Kind, RobotsVerdict};
use crate::text;
use std::fmt::Write as _;
use url::Url;

/// Columns of the names on the left.
const LEFT: usize = 11;
/// Columns of an address in a line with other things.
const ADDRESS: usize = 28;
/// Columns of the count and the method of a list.
const COUNT: usize = 14;
/// Addresses that were not looked at and are named.
const MOST_UNREAD: usize = 40;
/// Titles that are shown of a list.
const TITLES: usize = 2;

/// The report.
pub(super) fn report(of: &ProbeReport) -> String {
    let mut out = String::new();
    let home = &of.paper.home;
    let _ = writeln!(out, "{}", cut(&format!("{}  {home}", clean(&of.paper.title.value)), COLUMNS));
    line(&mut out, "page", &page(&of.page));
    line(&mut out, "robots.txt", &robots_file(&of.page.robots));
    for value in [("language", &of.paper.language), ("timezone", &of.paper.timezone)] {
        let (name, value) = value;
        let guess = if value.is_guess { "a guess: " } else { "" };
        line(&mut out, name, &format!("{}, {guess}{}", value.value, value.why));
    }
    for sitemap in &of.sitemaps {
        line(&mut out, "sitemap", &sitemap_words(sitemap, home));
    }
    for link in &of.feed_pages {
        line(&mut out, "rss page", &shown(&link.url, home));
    }
    if of.page.url.path() != "/" && !is_feed(&of.page) {
        out.push_str("\nThe page itself\n");
        found_words(&mut out, &of.page, home);
    }
    list(&mut out, "Feeds", &of.feeds, home);
    list(&mut out, "Sections of the menu", &of.sections, home);
    if let Some(article) = &of.article {
        let _ = writeln!(out, "\nOne article: {}", cut(&shown(&article.url, home), COLUMNS - 13));
        article_words(&mut out, article);
    }
    out
}

fn is_feed(found: &Found) -> bool {
    found.reading().is_some_and(|reading| reading.kind == Kind::Feed)
}

/// A name on the left, what is to say on the right.
fn line(out: &mut String, name: &str, words: &str) {
    out.push_str(&wrapped(&format!("  {}", padded(name, LEFT)), &" ".repeat(LEFT + 2), words));
}

fn page(page: &Found) -> String {
    let path = page.url.path();
    let what = if path == "/" { "the front page" } else { path };
    match page.reading() {
        Some(reading) if reading.kind == Kind::Feed => format!("{what} is a feed"),
        Some(reading) if reading.kind == Kind::Article => format!("{what} is one article"),
        Some(reading) if reading.items > 0 => {
            format!("{what} lists {} articles ({})", reading.items, reading.method.as_str())
        }
        Some(reading) => format!("{what}: {}", reading.confidence.reasons.join(", ")),
        None => trouble(page),
    }
}

fn robots_file(robots: &RobotsWord) -> String {
    let delay = robots.crawl_delay_seconds.map(|seconds| format!("; it asks for {seconds} s between two requests"));
    let what = match robots.verdict {
        RobotsVerdict::Fetched => "there; what it forbids was not asked",
        RobotsVerdict::Allowed => "none: everything may be asked",
        RobotsVerdict::Paused => "cannot be had: nothing may be asked",
        RobotsVerdict::Unknown => "not asked",
    };
    format!("{what}{}", delay.unwrap_or_default())
}

fn sitemap_words(of: &FoundSitemap, home: &Url) -> String {
    let by = match of.named_by {
        NamedBy::Robots => "robots.txt",
        NamedBy::SitemapIndex => "the index",
        _ => "the page's head",
    };
    let what = match (&of.sitemap, &of.trouble) {
        (Some(Sitemap::Index { sitemaps }), _) => format!("an index that lists {sitemaps}"),
        (Some(Sitemap::Pages { pages }), _) => format!("{pages} pages"),
        (Some(Sitemap::News { pages }), _) => format!("a news sitemap of {pages} articles"),
        (None, trouble) => clean(trouble.as_deref().unwrap_or("unknown")),
    };
    format!("{} ({what}; named by {by})", shown(&of.url, home))
}

/// Those that were looked at, each with its reasons; then the names of the others.
fn list(out: &mut String, name: &str, all: &[Found], home: &Url) {
    let (unread, looked): (Vec<&Found>, Vec<&Found>) =
        all.iter().partition(|found| matches!(found.outcome, Outcome::Unread));
    let _ = writeln!(
        out,
        "\n{name}: {}",
        if all.is_empty() { "none is named".to_owned() } else { counts(&looked, &unread) }
    );
    for found in looked {
        found_words(out, found, home);
    }
    if !unread.is_empty() {
        out.push_str("  Not looked at (--sections N looks at more):\n");
    }
    for found in unread.iter().take(MOST_UNREAD) {
        let forbidden =
            if found.robots.allows || found.robots.verdict == RobotsVerdict::Unknown { "" } else { "forbidden" };
        let name = padded(&named(found), COLUMNS - ADDRESS - 17);
        let _ = writeln!(out, "    {} {name} {}", padded(forbidden, 9), cut(&shown(&found.url, home), ADDRESS));
    }
    if unread.len() > MOST_UNREAD {
        let _ = writeln!(out, "    and {} more, which --json names", unread.len() - MOST_UNREAD);
    }
}

fn counts(looked: &[&Found], unread: &[&Found]) -> String {
    format!("{} named, {} looked at", looked.len() + unread.len(), looked.len())
}

fn found_words(out: &mut String, found: &Found, home: &Url) {
    let level = match &found.outcome {
        Outcome::Read { reading } => reading.confidence.level.as_str(),
        Outcome::Forbidden { .. } => "forbidden",
        Outcome::Failed { .. } | Outcome::Unread => "failed",
    };
    let count = found.reading().map(|reading| format!("{:>4} {}", reading.items, reading.method.as_str()));
    let name = padded(&named(found), COLUMNS - ADDRESS - COUNT - 14);
    let head = format!("  {} {} {name} ", padded(level, 9), padded(&count.unwrap_or_default(), COUNT));
    let _ = writeln!(out, "{head}{}", cut(&shown(&found.url, home), ADDRESS));
    let words = match found.reading() {
        Some(reading) => reasons(found, reading),
        None => trouble(found),
    };
    out.push_str(&wrapped("            ", "            ", &words));
    for title in found.reading().iter().flat_map(|reading| &reading.titles).take(TITLES) {
        let _ = writeln!(out, "            · {}", cut(&clean(title), COLUMNS - 14));
    }
}

fn reasons(found: &Found, reading: &Reading) -> String {
    let by = match found.named_by {
        NamedBy::Head => "named in the head; ",
        NamedBy::RssPage => "named on the RSS page; ",
        NamedBy::Page => "linked on the page; ",
        NamedBy::Operator | NamedBy::Menu | NamedBy::Robots | NamedBy::SitemapIndex => "",
    };
    let allowed = found
        .robots
        .line
        .as_ref()
        .filter(|line| *line != "Allow: /")
        .map(|line| format!("; robots.txt allows it ({line})"));
    let moved = (reading.url.path() != found.url.path()).then(|| format!("; leads to {}", reading.url));
    let all =
        [by.to_owned(), reading.confidence.reasons.join(", "), allowed.unwrap_or_default(), moved.unwrap_or_default()];
    clean(&all.concat())
}

/// Why nothing was read.
fn trouble(found: &Found) -> String {
    match &found.outcome {
        Outcome::Forbidden { why } => match &found.robots.line {
            Some(line) => clean(&format!("robots.txt forbids it ({line})")),
            None => clean(why),
        },
        Outcome::Failed { why } => clean(why),
        Outcome::Read { .. } | Outcome::Unread => String::new(),
    }
}

fn article_words(out: &mut String, article: &FoundArticle) {
    let read = match &article.outcome {
        ArticleOutcome::Read { reading } => reading,
        ArticleOutcome::Forbidden { why } | ArticleOutcome::Failed { why } => {
            let line_of = article.robots.line.as_ref().filter(|_| !article.robots.allows);
            return line(
                out,
                "not read",
                &clean(&line_of.map_or_else(|| why.clone(), |l| format!("robots.txt forbids it ({l})"))),
            );
        }
    };
    let none = || "none".to_owned();
    line(out, "title", &read.title.as_deref().map_or_else(none, clean));
    let from = read.published_from.map(|from| format!(" (from {from})")).unwrap_or_default();
    line(out, "date", &format!("{}{from}", read.published.clone().unwrap_or_else(none)));
    line(out, "authors", &if read.authors.is_empty() { none() } else { clean(&read.authors.join(", ")) });
    line(out, "picture", &read.image.as_ref().map_or_else(none, |url| cut(url.as_str(), COLUMNS - LEFT - 2)));
    line(out, "text", &format!("{} characters", read.text_chars));
}

fn named(found: &Found) -> String {
    let own = || found.reading().and_then(|reading| reading.title.as_deref());
    clean(found.title.as_deref().or_else(own).unwrap_or("(no title)"))
}

/// An address as the site itself would write it: without the host, where that is the home's.
fn shown(url: &Url, home: &Url) -> String {
    if url.origin() == home.origin() { url[url::Position::BeforePath..].to_owned() } else { url.to_string() }
}

/// One clean line: nothing in it moves a terminal's cursor.
fn clean(text: &str) -> String {
    text::clean_line(text)
}
