//! The page of a search: what was found, with the words marked, or why there is nothing.
//!
//! Comes in: the search's channel, what was typed, and hits as text. Goes out: a page that needs no scripts. It does not
//! know how anything was found.

use super::html::{FeedLink, SearchBox, bytes_of, feed_links};
use super::words::Words;
use super::{STYLE, address, date, presentable, publication};
use crate::model::{Category, Channel, Format, PaperId, Publication};
use crate::text::{clean_line, truncate};
use askama::Template;
use chrono::{DateTime, Utc};
use url::Url;

/// Longest headline, in characters.
const HEADLINE_CHARACTERS: usize = 300;

/// An article that was found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Whose.
    pub paper: PaperId,
    /// Its address.
    pub link: Url,
    /// Plain text.
    pub title: String,
    /// When it was published.
    pub published: DateTime<Utc>,
    /// All its categories.
    pub categories: Vec<Category>,
    /// A piece of its text, and whether each part is what was looked for.
    pub snippet: Vec<(String, bool)>,
}

/// What a search came to.
#[derive(Debug, Clone)]
pub enum Findings {
    /// Nothing was typed yet.
    NothingTyped,
    /// More was typed than is looked for.
    TooLong,
    /// The best first; there may be none.
    Found(Vec<Finding>),
}

/// The papers to choose from, each with its title, and whether it is the one.
pub type Papers<'a> = [(&'a PaperId, &'a str, bool)];

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    words: &'static Words,
    style: &'static str,
    language: &'a str,
    title: String,
    heading: String,
    notice: String,
    search: SearchBox,
    feeds: Option<[FeedLink; 3]>,
    hits: Vec<Hit<'a>>,
}

struct Hit<'a> {
    link: String,
    /// With what was found in it, where it says that best.
    headline: Vec<(String, bool)>,
    snippet: Vec<(String, bool)>,
    stamp: String,
    day: String,
    /// Where there are several papers.
    paper: Option<&'a str>,
    labels: Vec<(String, String)>,
}

/// Title and description of a search as a feed: of one paper, or of all.
#[must_use]
pub fn search_texts(language: &str, typed: &str, paper: Option<&str>) -> (String, String) {
    let words = Words::of(language);
    let title = words.search_for(typed);
    let title = paper.map_or_else(|| title.clone(), |paper| format!("{title} - {paper}"));
    (title, words.found_in(typed, paper))
}

/// The page of a search in a channel. `typed` stands in the field; `changed_at` is no later than the page.
#[must_use]
pub fn search_page(
    channel: &Channel,
    typed: &str,
    papers: &Papers<'_>,
    findings: &Findings,
    changed_at: DateTime<Utc>,
) -> Publication {
    let channel = &presentable(channel);
    let words = Words::of(&channel.language);
    let shown = truncate(&clean_line(typed), 60);
    let (heading, notice) = match findings {
        Findings::NothingTyped => (words.search.to_owned(), words.search_hint.to_owned()),
        Findings::TooLong => (words.search.to_owned(), words.too_long.to_owned()),
        Findings::Found(found) if found.is_empty() => (words.search_for(&shown), words.no_hits(&shown)),
        Findings::Found(found) => (words.search_for(&shown), words.hits(found.len())),
    };
    let found: &[Finding] = if let Findings::Found(found) = findings { found } else { &[] };
    let page = SearchPage {
        words,
        style: STYLE,
        language: words.language,
        title: format!("{heading} - {}", channel.paper_title),
        heading,
        notice,
        search: SearchBox {
            action: "search",
            typed: clean_line(typed),
            papers: papers.iter().map(|(id, title, is)| (id.to_string(), clean_line(title), *is)).collect(),
        },
        feeds: matches!(findings, Findings::Found(_)).then(|| feed_links(channel)),
        hits: found.iter().map(|finding| hit(channel, words, papers, finding)).collect(),
    };
    publication(channel.path(Format::Html), Format::Html.media_type(), bytes_of(&page), changed_at)
}

fn hit<'a>(channel: &Channel, words: &Words, papers: &Papers<'a>, finding: &Finding) -> Hit<'a> {
    let at = date::local(finding.published, channel.timezone);
    let title = clean_line(&finding.title);
    let link = address::address(&finding.link);
    let paper = papers.iter().find(|(id, ..)| **id == finding.paper).map(|(_, title, _)| *title);
    let labels = finding.categories.iter().map(|of| (of, clean_line(&of.title))).filter(|(_, title)| !title.is_empty());
    let snippet: Vec<_> = finding.snippet.iter().map(|(text, is_found)| (printable(text), *is_found)).collect();
    let headline = truncate(if title.is_empty() { &link } else { &title }, HEADLINE_CHARACTERS);
    // a title is not said twice
    let is_title = snippet.iter().map(|(text, _)| text.as_str()).collect::<String>() == headline;
    let (headline, snippet) = if is_title { (snippet, Vec::new()) } else { (vec![(headline, false)], snippet) };
    Hit {
        headline,
        link,
        snippet,
        stamp: at.format("%Y-%m-%d").to_string(),
        day: words.short_day(at),
        paper: paper.filter(|_| papers.len() > 1),
        labels: labels.map(|(of, title)| (format!("{}/{}.html", finding.paper, of.slug), title)).collect(),
    }
}

/// Without control characters; unlike in a whole line, the spaces at the ends stay.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture::{all, at, category, url};
    use crate::text::check_markup;

    fn channel() -> Channel {
        Channel { query: Some("q=l%C5%A9&paper=bao-son-la".to_owned()), ..all() }
    }

    fn finding() -> Finding {
        Finding {
            paper: all().papers[0].id.clone(),
            link: url("https://baosonla.vn/a|b.html"),
            title: "Lũ <b>quét</b> \"lớn\"".to_owned(),
            published: at(0),
            categories: vec![category("xa-hoi", "Xã hội & <i>")],
            snippet: vec![("… trận ".to_owned(), false), ("lũ".to_owned(), true), (" <script>\u{7}".to_owned(), false)],
        }
    }

    fn page(typed: &str, findings: &Findings) -> String {
        let id = all().papers[0].id.clone();
        let found = search_page(&channel(), typed, &[(&id, "Báo Sơn La", true)], findings, at(0));
        assert_eq!(found.path, "search?q=l%C5%A9&paper=bao-son-la");
        String::from_utf8(found.body.to_vec()).expect("UTF-8")
    }

    #[test]
    fn hits_are_shown_with_their_words_marked_and_nothing_of_them_is_markup() {
        let text = page("lũ", &Findings::Found(vec![finding()]));
        for part in [
            "<h1 dir=\"auto\">Tìm “lũ”</h1>",
            "<h2>1 bài</h2>",
            "<a href=\"https://baosonla.vn/a%7Cb.html\">Lũ &#60;b&#62;quét&#60;/b&#62; &#34;lớn&#34;</a>",
            "… trận <mark>lũ</mark> &#60;script&#62;</p>",
            "<time datetime=\"2026-02-14\">14/02/2026</time>",
            "<a href=\"bao-son-la/xa-hoi.html\">Xã hội &#38; &#60;i&#62;</a>",
            "<input type=\"hidden\" name=\"paper\" value=\"bao-son-la\">",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(check_markup(&text), Ok(()));
    }

    #[test]
    fn title_that_says_it_best_is_marked_and_not_repeated() {
        let snippet = [("Lũ <b>", true), ("quét</b> \"lớn\"", false)].map(|(text, is)| (text.to_owned(), is));
        let text = page("lũ", &Findings::Found(vec![Finding { snippet: snippet.to_vec(), ..finding() }]));
        assert!(text.contains("<mark>Lũ &#60;b&#62;</mark>quét&#60;/b&#62; &#34;lớn&#34;</a>"), "{text}");
        assert_eq!((text.matches("quét").count(), text.matches("<p dir").count()), (1, 0), "{text}");
    }

    #[test]
    fn page_leads_to_its_feeds_by_their_whole_addresses() {
        let text = page("lũ", &Findings::Found(Vec::new()));
        for (ending, media_type) in
            [("rss", "application/rss+xml"), ("atom", "application/atom+xml"), ("json", "application/feed+json")]
        {
            let address = format!("https://feeds.example.vn/search.{ending}?q=l%C5%A9&#38;paper=bao-son-la");
            let link = format!("<link rel=\"alternate\" type=\"{media_type}\"");
            assert!(text.contains(&link) && text.matches(&address).count() == 2, "{ending}: {text}");
        }
        assert!(text.contains("Không có bài nào có “lũ”"), "{text}");
    }

    #[test]
    fn what_was_typed_is_shown_as_text() {
        let typed = "\"><script>alert(1)</script>'\u{0}\u{202e}";
        for findings in [Findings::Found(Vec::new()), Findings::Found(vec![finding()]), Findings::TooLong] {
            let text = page(typed, &findings);
            assert!(!text.contains("<script") && text.contains("value=\"&#34;&#62;&#60;script&#62;"), "{text}");
        }
    }

    #[test]
    fn page_before_a_search_has_no_feeds() {
        let text = page("", &Findings::NothingTyped);
        assert!(!text.contains("rel=\"alternate\"") && text.contains("name=\"q\"") && text.contains("<h1"), "{text}");
    }
}
