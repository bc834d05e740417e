//! Our words: items in, finished bytes out; pure. Same items, same configuration, same bytes.
//!
//! [`render`] writes one document of a channel, [`opml()`] and [`index`] those of all channels together. What all formats
//! say of an item is settled once, in `article`, so they cannot disagree.
//! It does not know where items come from or where bytes go, nor what time it is.

mod address;
pub mod alerts;
mod article;
mod atom;
mod changes;
mod date;
mod fragment;
mod html;
mod json_feed;
pub mod lint;
mod opml;
mod rss;
mod search;
mod style;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use changes::{ChangeEntry, changes};
pub use html::{Listed, index};
pub use opml::opml;
pub use search::{Finding, Findings, Papers, search_page, search_texts};
pub use style::{STYLE, style_csp_hash};

use crate::model::{Channel, ChannelPaper, Format, Item, Publication, Tombstone};
use crate::text;
use article::Article;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The name of the program, as feeds state their generator.
const GENERATOR: &str = "bantin";
/// Its version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One document of a channel. The items are Ready; they stand newest first and, of one moment, by guid, in whatever order
/// they come.
#[must_use]
pub fn render(channel: &Channel, items: &[Item], format: Format) -> Publication {
    let channel = &presentable(channel);
    document(channel, &articles(channel, items), &[], newest_change(channel, items), format)
}

/// All documents of a channel, in the order of [`Format::ALL`]: what they say of an item is settled once. Atom tells of the
/// items that left it (RFC 6721), the other formats have no word for it.
#[must_use]
pub fn render_all(channel: &Channel, items: &[Item], gone: &[Tombstone]) -> [Publication; Format::ALL.len()] {
    let channel = &presentable(channel);
    let (articles, changed_at) = (articles(channel, items), newest_change(channel, items));
    Format::ALL.map(|format| document(channel, &articles, gone, changed_at, format))
}

fn articles<'a>(channel: &'a Channel, items: &'a [Item]) -> Vec<Article<'a>> {
    let mut ordered: Vec<&Item> = items.iter().collect();
    ordered.sort_by(|a, b| b.published.at.cmp(&a.published.at).then_with(|| a.guid.cmp(&b.guid)));
    ordered.into_iter().map(|item| Article::of(item, channel)).collect()
}

fn document(
    channel: &Channel,
    articles: &[Article<'_>],
    gone: &[Tombstone],
    changed_at: DateTime<Utc>,
    format: Format,
) -> Publication {
    let body = match format {
        Format::Rss => rss::write(channel, articles, changed_at),
        Format::Atom => atom::write(channel, articles, gone),
        Format::Json => json_feed::write(channel, articles),
        Format::Html => html::feed_page(channel, articles),
        Format::Fragment => fragment::write(channel, articles),
    };
    publication(channel.path(format), format.media_type(), body, changed_at)
}

/// An empty document with room for what it will hold, so that it is not moved again and again as it grows.
fn room(articles: &[Article<'_>]) -> Vec<u8> {
    /// What stands around an article's texts: addresses, dates, categories, elements.
    const AROUND_BYTES: usize = 768;
    Vec::with_capacity(articles.iter().map(|article| article.text_bytes() + AROUND_BYTES).sum::<usize>() + AROUND_BYTES)
}

/// The channel with texts that may stand in any document: a category's title may be a label that a page stated. RSS 2.0
/// wants a title and a description that are not empty.
fn presentable(channel: &Channel) -> Channel {
    let or = |text: &str, instead: &str| Some(clean_line(text)).filter(|t| !t.is_empty()).unwrap_or(instead.to_owned());
    let title = or(&channel.title, &channel.id.stem());
    Channel {
        description: or(&channel.description, &title),
        paper_title: or(&channel.paper_title, channel.id.paper().map_or(&title, |paper| paper.as_str())),
        papers: channel.papers.iter().map(|paper| of_paper(paper, &or)).collect(),
        category_title: channel.category_title.as_deref().map(clean_line),
        copyright: channel.copyright.as_deref().map(clean_line).filter(|text| !text.is_empty()),
        language: or(&channel.language, "und"),
        title,
        ..channel.clone()
    }
}

fn of_paper(paper: &ChannelPaper, or: &impl Fn(&str, &str) -> String) -> ChannelPaper {
    ChannelPaper { title: or(&paper.title, paper.id.as_str()), ..paper.clone() }
}

/// A line as documents may state it.
fn clean_line(line: &str) -> String {
    text::clean_line(&without_lost_characters(line))
}

/// The text without what stands for characters that somebody lost, which tells nobody anything and which validators take for a
/// fault of ours.
fn without_lost_characters(text: &str) -> Cow<'_, str> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        Cow::Owned(text.replace(char::REPLACEMENT_CHARACTER, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// When a channel last changed: with its newest item, and without items when the store was made.
fn newest_change(channel: &Channel, items: &[Item]) -> DateTime<Utc> {
    date::whole_seconds(items.iter().map(|item| item.changed_at).max().unwrap_or(channel.epoch))
}

/// Finished bytes with their validators: a strong ETag over the bytes (RFC 9110 §8.8.3), the date in whole seconds.
fn publication(path: String, media_type: &'static str, body: Vec<u8>, changed_at: DateTime<Utc>) -> Publication {
    /// 128 bits: no two documents share an ETag by chance.
    const ETAG_BYTES: usize = 16;
    let digest = Sha256::digest(&body);
    let hex: String = digest.iter().take(ETAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    Publication {
        path,
        media_type,
        body: body.into(),
        etag: format!("\"{hex}\""),
        last_modified: date::whole_seconds(changed_at),
    }
}

/// Plain text as markup that says the same; `>` is escaped too, so no `]]>` stands in it.
fn text_as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>\n")
}
