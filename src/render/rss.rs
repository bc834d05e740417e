//! RSS 2.0 with the RSS Advisory Board's Best Practices Profile.
//!
//! Comes in: a channel and its articles. Goes out: the document's bytes. The only file that names the `rss` crate.
//! It does not know what time it is: `lastBuildDate` is the newest change.

use super::article::{Article, Picture};
use super::{GENERATOR, VERSION, address, date};
use crate::model::{Channel, ChannelId, ChannelPaper, Format};
use chrono::{DateTime, Utc};
use memchr::{memchr2, memmem};
use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use std::collections::BTreeMap;

const DOCS: &str = "https://www.rssboard.org/rss-specification";
const MEDIA_NAMESPACE: &str = "http://search.yahoo.com/mrss/";
/// RFC 5005 §2.
const HISTORY_NAMESPACE: &str = "http://purl.org/syndication/history/1.0";

/// The document.
pub(super) fn write(channel: &Channel, articles: &[Article<'_>], changed_at: DateTime<Utc>) -> Vec<u8> {
    let changed = date::rfc822(date::local(changed_at, channel.timezone));
    let document = rss::Channel {
        title: channel.title.clone(),
        link: address::address(&channel.link),
        description: channel.description.clone(),
        language: Some(channel.language.clone()),
        copyright: channel.copyright.clone(),
        pub_date: Some(changed.clone()),
        last_build_date: Some(changed),
        generator: Some(format!("{GENERATOR} {VERSION}")),
        docs: Some(DOCS.to_owned()),
        ttl: Some(channel.ttl_minutes.to_string()),
        atom_ext: Some(AtomExtension { links: links(channel) }),
        namespaces: namespaces(channel),
        extensions: if channel.page.is_some() { archive_mark() } else { ExtensionMap::new() },
        items: articles.iter().map(|article| item(channel, article)).collect(),
        ..rss::Channel::default()
    };
    let bytes = document.write_to(super::room(articles)).expect("writing into memory cannot fail");
    with_hexadecimal_references(&bytes)
}

fn namespaces(channel: &Channel) -> BTreeMap<String, String> {
    let history = channel.page.as_ref().map(|_| ("fh", HISTORY_NAMESPACE));
    let all = [("media", MEDIA_NAMESPACE)].into_iter().chain(history);
    all.map(|(prefix, name)| (prefix.to_owned(), name.to_owned())).collect()
}

/// `<fh:archive/>`: this document never changes (RFC 5005 §4).
fn archive_mark() -> ExtensionMap {
    let mark = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
    ExtensionMap::from([("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![mark])]))])
}

/// The feed itself, the page for people, the hub that tells of changes (WebSub §4), and the archives (RFC 5005 §4): the page
/// before, and of a page the current feed.
fn links(channel: &Channel) -> Vec<Link> {
    let hub = |hub: &url::Url| Link { href: hub.to_string(), rel: "hub".to_owned(), ..Link::default() };
    let feed = |rel: &'static str| move |href: String| link_to(href, rel, Format::Rss);
    let own = [link_to(channel.url(Format::Rss), "self", Format::Rss), page_link(channel)];
    own.into_iter()
        .chain(channel.hub.as_ref().map(hub))
        .chain(channel.current_url(Format::Rss).map(feed("current")))
        .chain(channel.prev_archive_url(Format::Rss).map(feed("prev-archive")))
        .collect()
}

fn link_to(href: String, rel: &str, format: Format) -> Link {
    Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(format.media_type().split(';').next().unwrap_or_default().to_owned()),
        ..Link::default()
    }
}

/// The page for people beside the feed; the channel's `<link>` is the paper's own page.
fn page_link(channel: &Channel) -> Link {
    link_to(channel.url(Format::Html), "alternate", Format::Html)
}

fn item(channel: &Channel, article: &Article<'_>) -> rss::Item {
    rss::Item {
        title: Some(article.title.clone()),
        link: Some(article.link.clone()),
        description: description(article).map(super::text_as_html),
        categories: categories(channel, article),
        enclosure: article.files().next().map(|file| rss::Enclosure {
            url: file.url.clone(),
            length: file.length_bytes.to_string(),
            mime_type: file.media_type.clone(),
        }),
        guid: Some(rss::Guid { value: article.guid.clone(), permalink: false }),
        pub_date: Some(date::rfc822(article.published)),
        source: article.paper.map(|paper| source(channel, paper)),
        content: article.content.clone(),
        extensions: article.image.as_ref().map(media).unwrap_or_default(),
        dublin_core_ext: (!article.authors.is_empty())
            .then(|| DublinCoreExtension { creators: article.authors.clone(), ..DublinCoreExtension::default() }),
        ..rss::Item::default()
    }
}

/// Before content stands a description (the profile): where the text is pictures alone, the title.
fn description<'a>(article: &'a Article<'_>) -> Option<&'a str> {
    article.summary.as_deref().or_else(|| article.content.is_some().then_some(article.title.as_str()))
}

/// The paper's own categories, and last what kind of article it is, each within its taxonomy.
fn categories(channel: &Channel, article: &Article<'_>) -> Vec<rss::Category> {
    let of = |name: &str, domain| rss::Category { name: name.to_owned(), domain };
    let domain = address::categories(channel, article.paper);
    let labels = article.labels.iter().map(|label| of(&label.title, domain.clone()));
    labels.chain(article.kind.map(|kind| of(kind.as_str(), Some(address::kinds(channel))))).collect()
}

/// RSS 2.0 `<source>`: "the RSS channel that the item came from", so its `url` must lead to RSS. Section pages are none;
/// the feed that holds every item of the paper, under the paper's name, is.
fn source(channel: &Channel, paper: &ChannelPaper) -> rss::Source {
    let all = ChannelId::Paper(paper.id.clone());
    rss::Source {
        url: format!("{}{}.{}", channel.base_url, all.stem(), Format::Rss.extension()),
        title: Some(paper.title.clone()),
    }
}

/// Media RSS: the lead picture, for readers that look for the one or the other.
fn media(picture: &Picture) -> ExtensionMap {
    let size = |name: &str, pixels: Option<u32>| pixels.map(|p| (name.to_owned(), p.to_string()));
    let mut shown: BTreeMap<String, String> = BTreeMap::from([("url".to_owned(), picture.url.clone())]);
    shown.extend(size("width", picture.width).into_iter().chain(size("height", picture.height)));
    let mut content = shown.clone();
    content.insert("medium".to_owned(), "image".to_owned());
    content.extend(picture.media_type.map(|media_type| ("type".to_owned(), media_type.to_owned())));
    let element = |name: &str, attrs| {
        vec![Extension { name: format!("media:{name}"), attrs, value: None, children: BTreeMap::new() }]
    };
    let elements =
        [("content".to_owned(), element("content", content)), ("thumbnail".to_owned(), element("thumbnail", shown))];
    ExtensionMap::from([("media".to_owned(), BTreeMap::from(elements))])
}

/// Writes `&` and `<` as `&#x26;` and `&#x3C;` everywhere but in CDATA sections, as the profile asks for plain text (the
/// crate writes `&amp;` and `&lt;`), and each item on a line of its own.
fn with_hexadecimal_references(xml: &[u8]) -> Vec<u8> {
    const OPEN: &[u8] = b"<![CDATA[";
    const CLOSE: &[u8] = b"]]>";
    let mut out = Vec::with_capacity(xml.len() + xml.len() / 16);
    let (mut at, mut written) = (0, 0);
    while let Some(next) = memchr2(b'&', b'<', &xml[at..]) {
        at += next;
        let rest = &xml[at..];
        let (form, replaces): (&[u8], usize) = match rest {
            [b'&', b'a', b'm', b'p', b';', ..] => (b"&#x26;", 5),
            [b'&', b'l', b't', b';', ..] => (b"&#x3C;", 4),
            [b'<', b'i', b't', b'e', b'm', b'>', ..] => (b"\n", 0),
            [b'<', b'/', ..] if rest.starts_with(b"</channel>") => (b"\n", 0),
            [b'<', b'!', ..] if rest.starts_with(OPEN) => {
                at += memmem::find(rest, CLOSE).map_or(rest.len(), |end| end + CLOSE.len());
                continue;
            }
            _ => (b"", 0),
        };
        if !form.is_empty() {
            out.extend_from_slice(&xml[written..at]);
            out.extend_from_slice(form);
            written = at + replaces;
        }
        at += replaces.max(1);
    }
    out.extend_from_slice(&xml[written..]);
    out
}

#[cfg(test)]
mod tests;
