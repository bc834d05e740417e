//! JSON Feed 1.1.
//!
//! Comes in: a channel and its articles. Goes out: the document's bytes. A key whose fact is missing is left out, as the
//! specification asks; it has no `null`.

use super::article::{Article, Attachment, Label};
use super::{address, date};
use crate::model::{Channel, Format};
use serde::Serialize;

const SPECIFICATION: &str = "https://jsonfeed.org/version/1.1";

/// The document.
pub(super) fn write(channel: &Channel, articles: &[Article<'_>]) -> Vec<u8> {
    let home_page_url = address::address(&channel.link);
    let feed = Feed {
        version: SPECIFICATION,
        title: &channel.title,
        feed_url: channel.url(Format::Json),
        user_comment: format!("The same for people: {}", channel.url(Format::Html)),
        description: Some(channel.description.as_str()).filter(|text| !text.is_empty()),
        language: &channel.language,
        authors: vec![Author { name: &channel.paper_title, url: Some(home_page_url.clone()) }],
        home_page_url,
        hubs: channel.hub.iter().map(|hub| Hub { kind: "WebSub", url: hub.as_str() }).collect(),
        items: articles.iter().map(item).collect(),
    };
    let mut document = super::room(articles);
    serde_json::to_writer(&mut document, &feed).expect("strings and numbers can always be written");
    document
}

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    user_comment: String,
    authors: Vec<Author<'a>>,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    items: Vec<Item<'a>>,
}

/// An address that tells of changes; the specification names WebSub as a type.
#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// What every JSON document of ours says of an item.
#[derive(Serialize)]
pub(super) struct Item<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    date_published: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "_bantin")]
    own: Option<Own>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AttachedFile<'a>>,
}

/// What the format has no word for; its names begin so (JSON Feed 1.1, Extensions).
#[derive(Serialize)]
struct Own {
    kind: &'static str,
}

#[derive(Serialize)]
struct AttachedFile<'a> {
    url: &'a str,
    mime_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
}

/// An item as it stands in the feed.
pub(super) fn item<'a>(article: &'a Article<'_>) -> Item<'a> {
    let people = article.authors.iter().map(|name| Author { name, url: None });
    // where there are several papers, the article's own stands behind its people: the format has no word for a source
    let paper = article.source.map(|paper| Author { name: &paper.title, url: Some(address::address(&paper.home)) });
    Item {
        id: &article.guid,
        url: &article.link,
        title: &article.title,
        content_html: article.content.as_deref(),
        content_text: content_text(article),
        summary: article.summary.as_deref(),
        image: article.image.as_ref().map(|picture| picture.url.as_str()),
        date_published: date::rfc3339(article.published),
        date_modified: article.updated.map(date::rfc3339),
        authors: people.chain(paper).collect(),
        tags: article.labels.iter().map(|Label { title, .. }| title.as_str()).collect(),
        language: article.language,
        own: article.kind.map(|kind| Own { kind: kind.as_str() }),
        attachments: article.attachments.iter().map(attached_file).collect(),
    }
}

/// An item must have one of `content_html` and `content_text`: without the article's text the summary, else the title.
fn content_text<'a>(article: &'a Article<'_>) -> Option<&'a str> {
    article.content.is_none().then(|| article.summary.as_deref().unwrap_or(&article.title))
}

fn attached_file(file: &Attachment) -> AttachedFile<'_> {
    AttachedFile {
        url: &file.url,
        mime_type: &file.media_type,
        size_in_bytes: Some(file.length_bytes).filter(|bytes| *bytes > 0),
    }
}

#[cfg(test)]
mod tests;
