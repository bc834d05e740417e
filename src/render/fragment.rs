//! A piece of a page for other sites: the newest of a channel as a bare list, with the paper's name and a link back.
//!
//! Comes in: a channel and its articles. Goes out: markup without style, scripts, pictures or ids, so that the site that
//! takes it in decides how it looks, by the class names that the README documents. They are public surface.

use super::address::{address, is_web};
use super::article::Article;
use super::html::{bytes_of, stamp};
use super::words::Words;
use crate::model::{Channel, Format};
use crate::text::truncate;
use askama::Template;

/// Articles of a fragment.
const MOST: usize = 10;
/// Longest teaser, in characters.
const TEASER_CHARACTERS: usize = 200;
/// Longest headline, in characters.
const HEADLINE_CHARACTERS: usize = 200;

#[derive(Template)]
#[template(path = "fragment.html")]
struct Fragment<'a> {
    words: &'static Words,
    language: &'a str,
    title: &'a str,
    paper: &'a str,
    home: String,
    page_url: String,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    link: &'a str,
    language: Option<&'a str>,
    headline: String,
    teaser: Option<String>,
    stamp: String,
    time: String,
}

/// The fragment of a channel.
pub(super) fn write(channel: &Channel, articles: &[Article<'_>]) -> Vec<u8> {
    let words = Words::of(&channel.language);
    let page_url = channel.url(Format::Html);
    let fragment = Fragment {
        words,
        language: &channel.language,
        title: &channel.title,
        paper: &channel.paper_title,
        home: if is_web(&channel.link) { address(&channel.link) } else { page_url.clone() },
        page_url,
        entries: articles.iter().take(MOST).map(|article| entry(words, article)).collect(),
    };
    bytes_of(&fragment)
}

fn entry<'a>(words: &Words, article: &'a Article<'_>) -> Entry<'a> {
    let (stamp, knows_time) = stamp(article.published, article.precision);
    Entry {
        link: &article.link,
        language: article.language,
        headline: truncate(&article.title, HEADLINE_CHARACTERS),
        teaser: article.summary.as_deref().map(|summary| truncate(summary, TEASER_CHARACTERS)),
        stamp,
        time: if knows_time { words.moment(article.published) } else { words.short_day(article.published) },
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Channel, Format};
    use crate::render::fixture::{channel, item, nasty_items, rich_item};
    use crate::render::render;
    use crate::text::check_markup;

    fn fragment(channel: &Channel, items: &[crate::model::Item]) -> String {
        String::from_utf8(render(channel, items, Format::Fragment).body.to_vec()).expect("UTF-8")
    }

    #[test]
    fn fragment_leads_to_articles_and_back() {
        let publication = render(&channel(), &[rich_item(1)], Format::Fragment);
        assert_eq!(publication.path, "bao-son-la/xa-hoi.fragment.html");
        let text = fragment(&channel(), &[rich_item(1), item(2, "Hai")]);
        for part in [
            "<section class=\"bantin\" lang=\"vi\" aria-label=\"Xã hội - Báo Sơn La\">",
            "<a href=\"https://feeds.example.vn/bao-son-la/xa-hoi.html\">Xã hội - Báo Sơn La</a>",
            "<a class=\"bantin-headline\" dir=\"auto\" href=\"https://baosonla.vn/xa-hoi/bai-2.html\">Hai</a>",
            "<time class=\"bantin-time\" datetime=\"2026-02-14T08:28:00+07:00\">08:28 14/02/2026</time>",
            "Nguồn: <a dir=\"auto\" href=\"https://baosonla.vn/xa-hoi.html\">Báo Sơn La</a>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.matches("<li ").count(), 2);
    }

    #[test]
    fn fragment_brings_nothing_but_its_list() {
        let many: Vec<_> = (0..30).map(|n| item(n, "Bài")).chain(nasty_items()).collect();
        let text = fragment(&channel(), &many);
        assert_eq!(text.matches("<li ").count(), 10);
        let text = text + &fragment(&channel(), &nasty_items());
        for never in ["<script", "<style", "style=", " id=", "<img", "<html", "<b>"] {
            assert!(!text.contains(never), "{never}");
        }
        assert_eq!(check_markup(&text), Ok(()));
    }
}
