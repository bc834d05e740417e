//! Atom 1.0 (RFC 4287).
//!
//! Comes in: a channel and its articles. Goes out: the document's bytes. The only file that names `atom_syndication`.
//! It does not know what time it is: the feed's `updated` is its newest entry's.

use super::article::{Article, Attachment, Picture};
use super::{GENERATOR, VERSION, address, date};
use crate::model::{Channel, ChannelId, ChannelPaper, Format, PaperId, Tombstone};
use crate::text;
use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Content, Entry, Feed, Generator, Link, Person, Source, Text};
use memchr::memmem;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use url::Url;

const MEDIA_NAMESPACE: &str = "http://search.yahoo.com/mrss/";
/// RFC 5005 §2.
const HISTORY_NAMESPACE: &str = "http://purl.org/syndication/history/1.0";
const TOMBSTONE_NAMESPACE: &str = "http://purl.org/atompub/tombstones/1.0";
/// The year in feed ids; any date at which the paper held its domain will do (RFC 4151 §2.1), as long as it never changes.
const ID_YEAR: u16 = 2026;

/// The document.
pub(super) fn write(channel: &Channel, articles: &[Article<'_>], gone: &[Tombstone]) -> Vec<u8> {
    let mut namespaces = BTreeMap::from([("media".to_owned(), MEDIA_NAMESPACE.to_owned())]);
    if !gone.is_empty() {
        namespaces.insert("at".to_owned(), TOMBSTONE_NAMESPACE.to_owned());
    }
    let mut extensions = ExtensionMap::new();
    if channel.page.is_some() {
        namespaces.insert("fh".to_owned(), HISTORY_NAMESPACE.to_owned());
        extensions.insert("fh".to_owned(), archive_mark());
    }
    let epoch = date::local(channel.epoch, channel.timezone);
    let feed = Feed {
        title: Text::plain(&channel.title),
        id: feed_id(channel),
        updated: articles.iter().map(Article::changed).max().unwrap_or(epoch),
        authors: vec![person(&channel.paper_title)],
        generator: Some(Generator { value: GENERATOR.to_owned(), uri: None, version: Some(VERSION.to_owned()) }),
        links: feed_links(channel),
        rights: channel.copyright.as_deref().map(Text::plain),
        subtitle: Some(Text::plain(&channel.description)),
        entries: articles.iter().map(|article| entry(channel, article)).collect(),
        namespaces,
        extensions,
        lang: Some(channel.language.clone()),
        ..Feed::default()
    };
    let bytes = feed.write_to(super::room(articles)).expect("writing into memory cannot fail");
    // all text is escaped, so these are elements; each entry gets a line of its own
    let mut document = Vec::with_capacity(bytes.len() + bytes.len() / 16);
    let mut written = 0;
    for at in memmem::find_iter(&bytes, "<entry>") {
        document.extend_from_slice(&bytes[written..at]);
        document.push(b'\n');
        written = at;
    }
    let rest = &bytes[written..];
    document.extend_from_slice(rest.strip_suffix(b"</feed>").unwrap_or(rest));
    document.extend_from_slice(end(channel, gone).as_bytes());
    document
}

/// Plain text of several sentences (RFC 4287 §3.1.1). Such as looks like markup is written as markup that says the same:
/// readers that guess, and validators, would take it for more than it is.
fn said(text: &str) -> Text {
    if looks_like_markup(text) { Text::html(super::text_as_html(text)) } else { Text::plain(text) }
}

/// Whether there is an end tag, or what may be a character reference, in a text.
pub(super) fn looks_like_markup(text: &str) -> bool {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let is_reference = |rest: &str| {
        let word: Vec<char> = rest.chars().take_while(is_word).take(2).collect();
        rest.starts_with('#') || word.len() == 2 || word.first().is_some_and(|c| !c.is_alphabetic())
    };
    memchr::memchr_iter(b'&', text.as_bytes()).any(|at| is_reference(&text[at + 1..]))
        || memmem::find_iter(text.as_bytes(), "</").any(|at| text[at + 2..].chars().next().is_some_and(|c| is_word(&c)))
}

/// What stands behind the entries: the tombstones (RFC 6721 §3), which the crate has no field for.
fn end(channel: &Channel, gone: &[Tombstone]) -> String {
    let mut end = String::new();
    for tombstone in gone {
        let (guid, when) = (text::clean_line(&tombstone.guid), date::local(tombstone.at, channel.timezone));
        let guid = guid.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        let _ = write!(end, "\n<at:deleted-entry ref=\"{guid}\" when=\"{}\"/>", date::rfc3339(when));
    }
    end + "\n</feed>"
}

/// A tag URI (RFC 4151) of the paper's host, the paper and the category; `base-url` is no part of it, so it stays when we move.
/// What is chosen of several papers has the host of the first.
fn feed_id(channel: &Channel) -> String {
    let authority = authority(&channel.link);
    match (&channel.id, &channel.query) {
        (ChannelId::Paper(paper) | ChannelId::Category(paper, _), Some(query)) => {
            format!("tag:{authority},{ID_YEAR}:{paper}/search?{query}")
        }
        (ChannelId::Paper(paper), None) => paper_id(&authority, paper),
        (ChannelId::Category(paper, slug), None) => format!("tag:{authority},{ID_YEAR}:{paper}/feed/{slug}"),
        (ChannelId::Chosen(name), _) => {
            let authority = channel.papers.first().map_or(authority, |first| self::authority(&first.home));
            format!("tag:{authority},{ID_YEAR}:channel/{name}")
        }
    }
}

/// The id of the feed of all items of a paper.
fn paper_id(authority: &str, paper: &PaperId) -> String {
    format!("tag:{authority},{ID_YEAR}:{paper}/feed/all")
}

fn authority(link: &Url) -> String {
    let host = link.host_str().unwrap_or_default().to_ascii_lowercase();
    host.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' }).collect()
}

/// The feed of the paper that an entry comes from (RFC 4287 §4.2.11): its title, and its authors where the entry has none. What
/// is known of its last change is the entry's own.
fn source(channel: &Channel, article: &Article<'_>, paper: &ChannelPaper) -> Source {
    let all = ChannelId::Paper(paper.id.clone());
    let link = |href: String, rel: &str, format: Format| Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(format.media_type().split(';').next().unwrap_or_default().to_owned()),
        ..Link::default()
    };
    Source {
        title: Text::plain(&paper.title),
        id: paper_id(&authority(&paper.home), &paper.id),
        updated: article.changed(),
        authors: vec![person(&paper.title)],
        links: vec![
            link(format!("{}{}.atom", channel.base_url, all.stem()), "self", Format::Atom),
            link(address::address(&paper.home), "alternate", Format::Html),
        ],
        ..Source::default()
    }
}

/// `<fh:archive/>`: this document never changes (RFC 5005 §4).
fn archive_mark() -> BTreeMap<String, Vec<Extension>> {
    let mark = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
    BTreeMap::from([("archive".to_owned(), vec![mark])])
}

/// The paper's own page is what the feed is an alternate of; the page for people beside the feed is `related`, since
/// RFC 4287 §4.1.1 allows one alternate of a type. The hub tells of changes (WebSub §4); then the archives (RFC 5005 §4): the
/// page before, and of a page the current feed.
fn feed_links(channel: &Channel) -> Vec<Link> {
    let typed = |href: String, rel: &str, mime: &str| Link {
        href,
        rel: rel.to_owned(),
        mime_type: Some(mime.to_owned()),
        ..Link::default()
    };
    let hub = |hub: &url::Url| Link { href: hub.to_string(), rel: "hub".to_owned(), ..Link::default() };
    let own = [
        typed(channel.url(Format::Atom), "self", Format::Atom.media_type()),
        typed(address::address(&channel.link), "alternate", "text/html"),
        typed(channel.url(Format::Html), "related", "text/html"),
    ];
    let feed = |rel: &'static str| move |href: String| typed(href, rel, Format::Atom.media_type());
    own.into_iter()
        .chain(channel.hub.as_ref().map(hub))
        .chain(channel.current_url(Format::Atom).map(feed("current")))
        .chain(channel.prev_archive_url(Format::Atom).map(feed("prev-archive")))
        .collect()
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn entry(channel: &Channel, article: &Article<'_>) -> Entry {
    let lang = article.language.map(str::to_owned);
    let page = Link {
        href: article.link.clone(),
        rel: "alternate".to_owned(),
        mime_type: Some("text/html".to_owned()),
        ..Link::default()
    };
    Entry {
        title: Text { lang: lang.clone(), ..Text::plain(&article.title) },
        id: article.guid.clone(),
        updated: article.changed(),
        authors: article.authors.iter().map(|name| person(name)).collect(),
        categories: categories(channel, article),
        links: std::iter::once(page).chain(article.files().map(|file| enclosure(&file))).collect(),
        published: Some(article.published),
        source: article.source.map(|paper| source(channel, article, paper)),
        summary: summary(article).map(|summary| Text { lang: lang.clone(), ..said(summary) }),
        content: article.content.as_ref().map(|markup| Content {
            lang,
            value: Some(markup.clone()),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        extensions: article.image.as_ref().map(thumbnail).unwrap_or_default(),
        // the crate's defaults read a date, each time
        contributors: Vec::new(),
        namespaces: BTreeMap::new(),
        rights: None,
    }
}

/// An entry should have one or the other (RFC 4287 §4.1.1.1): without content and summary the title stands again.
fn summary<'a>(article: &'a Article<'_>) -> Option<&'a str> {
    article.summary.as_deref().or_else(|| article.content.is_none().then_some(article.title.as_str()))
}

/// The paper's own categories, and last what kind of article it is, each within its taxonomy.
fn categories(channel: &Channel, article: &Article<'_>) -> Vec<Category> {
    let of =
        |term: &str, scheme, label: &str| Category { term: term.to_owned(), scheme, label: Some(label.to_owned()) };
    let scheme = address::categories(channel, article.paper);
    let labels = article.labels.iter().map(|label| of(label.slug, scheme.clone(), &label.title));
    labels.chain(article.kind.map(|kind| of(kind.as_str(), Some(address::kinds(channel)), kind.as_str()))).collect()
}

fn enclosure(file: &Attachment) -> Link {
    Link {
        href: file.url.clone(),
        rel: "enclosure".to_owned(),
        mime_type: Some(file.media_type.clone()),
        length: (file.length_bytes > 0).then(|| file.length_bytes.to_string()),
        ..Link::default()
    }
}

/// Media RSS: the lead picture. The crate writes attributes of extensions as they are, so `&` is escaped here; no other
/// character of an address needs it.
fn thumbnail(picture: &Picture) -> ExtensionMap {
    let size = |name: &str, pixels: Option<u32>| pixels.map(|p| (name.to_owned(), p.to_string()));
    let mut attrs = BTreeMap::from([("url".to_owned(), picture.url.replace('&', "&amp;"))]);
    attrs.extend(size("width", picture.width).into_iter().chain(size("height", picture.height)));
    let element = Extension { name: "media:thumbnail".to_owned(), value: None, attrs, children: BTreeMap::new() };
    ExtensionMap::from([("media".to_owned(), BTreeMap::from([("thumbnail".to_owned(), vec![element])]))])
}

#[cfg(test)]
mod tests;
