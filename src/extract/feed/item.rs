//! One item or entry of an XML feed, whatever its format and modules.
//!
//! Comes in: its tree. Goes out: an `Entry` with every fact as stated. Formats mix (Atom links in RSS, Dublin Core anywhere),
//! so one table of names a fact serves them all; the first name of a table wins.

use super::author;
use super::construct::{Construct, Otherwise};
use super::date;
use super::namespace::Namespace::{self, Content, Core, DcTerms, DublinCore, FeedBurner, Itunes, Media, Xhtml};
use super::tree::{Element, Node};
use crate::model::{Entry, StatedDate, StatedEnclosure};
use crate::text;
use chrono::{DateTime, Utc};
use url::Url;

/// More labels of one item are spam.
const MOST_LABELS: usize = 200;
const MOST_AUTHORS: usize = 50;
const MOST_ENCLOSURES: usize = 100;

type Names = &'static [(Namespace, &'static str)];

const TITLE: Names = &[(Core, "title"), (DublinCore, "title"), (DcTerms, "title"), (Media, "title"), (Itunes, "title")];
const CONTENT: Names =
    &[(Content, "encoded"), (Core, "content"), (Xhtml, "body"), (Core, "body"), (Xhtml, "div"), (Core, "fullitem")];
const SUMMARY: Names = &[
    (Core, "summary"),
    (Core, "description"),
    (Core, "abstract"),
    (DublinCore, "description"),
    (DcTerms, "abstract"),
    (Itunes, "summary"),
    (Itunes, "subtitle"),
    (Media, "description"),
    (Media, "text"),
];
const PUBLISHED: Names = &[
    (Core, "pubdate"),
    (Core, "published"),
    (Core, "issued"),
    (DcTerms, "issued"),
    (DublinCore, "date"),
    (DcTerms, "date"),
    (Core, "created"),
    (DcTerms, "created"),
];
const UPDATED: Names = &[(Core, "updated"), (Core, "modified"), (DcTerms, "modified"), (Core, "lastmod")];

/// What an item is read with.
#[derive(Debug)]
pub(super) struct Context {
    /// How constructs without a type are read.
    pub(super) otherwise: Otherwise,
    /// The feed's own language: only another one is an item's.
    pub(super) language: Option<String>,
    /// When the feed was fetched.
    pub(super) fetched_at: DateTime<Utc>,
}

/// Reads an item.
pub(super) fn read(item: &Element, context: &Context) -> Entry {
    let mut entry = Entry {
        id: id(item),
        link: link(item),
        title: elements(item, TITLE).find_map(|found| Construct::of(found, context.otherwise)?.line()),
        categories: categories(item),
        authors: authors(item),
        language: language(item, context),
        published: stated(item, PUBLISHED, context),
        updated: stated(item, UPDATED, context),
        image: image(item),
        enclosures: enclosures(item),
        ..Entry::default()
    };
    if let Some(edited) = item.attribute("lastmod").and_then(|text| date::parse(text, context.fetched_at)) {
        entry.updated = Some(edited);
    }
    body(item, context, &mut entry);
    entry
}

/// All elements with one of the names: those of the first name first, of each the last one first, since later ones correct
/// earlier ones.
fn elements(item: &Element, names: Names) -> impl Iterator<Item = &Element> {
    names.iter().flat_map(move |(namespace, name)| {
        let nodes = item.children.iter().rev();
        nodes.filter_map(move |node| match node {
            Node::Element(element) if element.is(*namespace, name) => Some(element),
            _ => None,
        })
    })
}

/// The fullest construct is the content; a summary beside it is the summary.
fn body(item: &Element, context: &Context, entry: &mut Entry) {
    let construct =
        |names| elements(item, names).find_map(|e: &Element| Construct::of(e, context.otherwise).map(|c| (e, c)));
    let summary = construct(SUMMARY);
    let beside = summary.as_ref().filter(|(element, _)| element.is(Core, "summary"));
    let content = construct(CONTENT)
        // where both stand there, the description is the text
        .or_else(|| beside.and_then(|_| construct(&[(Core, "description")])));
    entry.summary = summary.as_ref().and_then(|(_, construct)| construct.summary());
    if let Some((element, construct)) = content.or(summary) {
        entry.summary = entry.summary.take().filter(|text| !text.is_empty());
        entry.content_base = element.base.as_deref().cloned();
        entry.content = Some(construct.into_markup());
    }
}

/// `guid`, `atom:id` or `rdf:about`, as it stands there; a path alone is resolved, since it names nothing elsewhere.
fn id(item: &Element) -> Option<String> {
    let stated = elements(item, &[(Core, "guid"), (Core, "id")]).find_map(|element| {
        let text = element.text().trim().to_owned();
        let is_path = text.starts_with('/') && element.attribute("ispermalink") != Some("false");
        let resolved = if is_path { element.resolve(&text).map(String::from) } else { None };
        resolved.or(Some(text).filter(|text| !text.is_empty()))
    });
    let about = || item.attribute("about").map(|about| about.trim().to_owned()).filter(|about| !about.is_empty());
    stated.or_else(about)
}

/// The article's address: before a redirector's, the one it leads to.
fn link(item: &Element) -> Option<Url> {
    let original = elements(item, &[(FeedBurner, "origlink")]).find_map(|element| element.resolve(&element.text()));
    original
        .or_else(|| atom_link(item))
        .or_else(|| elements(item, &[(Core, "link")]).find_map(rss_link))
        .or_else(|| item.attribute("href").filter(|_| item.name == "item").and_then(|href| item.resolve(href)))
        .or_else(|| elements(item, &[(Core, "guid")]).find_map(permalink))
        .or_else(|| item.attribute("about").and_then(|about| item.resolve(about)))
}

/// RFC 4287 §4.2.7: the first alternate, one for people before others.
fn atom_link(item: &Element) -> Option<Url> {
    let alternates = || {
        item.elements().filter(|element| {
            element.is(Core, "link") && element.attribute("href").is_some() && relation(element) == "alternate"
        })
    };
    let for_people = |element: &&Element| {
        element
            .attribute("type")
            .is_none_or(|kind| kind.to_ascii_lowercase().contains("html") || kind.trim().is_empty())
    };
    let resolve = |element: &Element| element.resolve(element.attribute("href")?);
    alternates().filter(for_people).find_map(resolve).or_else(|| alternates().find_map(resolve))
}

fn relation(link: &Element) -> &str {
    let relation = link.attribute("rel").unwrap_or_default().trim();
    let relation = relation.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(relation);
    if relation.is_empty() { "alternate" } else { relation }
}

fn rss_link(element: &Element) -> Option<Url> {
    if element.attribute("href").is_some() {
        return None;
    }
    element.resolve(&element.text()).or_else(|| element.resolve(element.attribute("resource")?))
}

/// A guid that is a permalink (RSS 2.0 `<guid>`): only an absolute address can be one.
fn permalink(guid: &Element) -> Option<Url> {
    let says_no = guid.attribute("ispermalink").is_some_and(|says| says.trim().eq_ignore_ascii_case("false"));
    let text = guid.text();
    let stands_alone = text.trim().starts_with("http") || text.trim().starts_with('/') && !says_no;
    if says_no || !stands_alone { None } else { guid.resolve(&text) }
}

fn categories(item: &Element) -> Vec<String> {
    let mut labels = Vec::new();
    for element in item.elements() {
        match (element.namespace, element.name.as_str()) {
            (Core | Media | Itunes, "category") => add_category(&mut labels, element),
            (DublinCore, "subject") => add(&mut labels, &element.text()),
            (Core, "tags" | "keywords") | (Itunes | Media, "keywords") => {
                element.text().split(',').for_each(|label| add(&mut labels, label));
            }
            _ => {}
        }
    }
    labels
}

/// The label for people, and the term where it is another name; else the text. iTunes nests finer ones.
fn add_category(labels: &mut Vec<String>, element: &Element) {
    let stated = |name: &str| element.attribute(name).filter(|label| !label.trim().is_empty());
    let label = stated("label");
    let term = stated("term").or_else(|| stated("value")).or_else(|| stated("text"));
    match (label, term) {
        (Some(label), Some(term)) => {
            add(labels, label);
            let is_name = text::slug(term) != text::slug(label) && term.contains(char::is_alphabetic);
            if is_name && !term.contains("://") {
                add(labels, term);
            }
        }
        (Some(name), None) | (None, Some(name)) => add(labels, name),
        (None, None) => add(labels, &Construct::Guess(element.text()).line().unwrap_or_default()),
    }
    element.elements().filter(|inner| inner.is(Itunes, "category")).for_each(|inner| add_category(labels, inner));
}

fn add(labels: &mut Vec<String>, label: &str) {
    let label = text::clean_line(label);
    if !label.is_empty() && labels.len() < MOST_LABELS && !labels.contains(&label) {
        labels.push(label);
    }
}

/// The people that an item or a feed names; of an aggregated entry, those of its source.
pub(super) fn authors(item: &Element) -> Vec<String> {
    let mut names = Vec::new();
    for element in item.elements() {
        let is_author = matches!(
            (element.namespace, element.name.as_str()),
            (Core, "author") | (DublinCore, "creator" | "author") | (Itunes, "author")
        );
        if is_author
            && names.len() < MOST_AUTHORS
            && let Some(name) = author::person(element)
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    if names.is_empty()
        && let Some(source) = item.child("source")
    {
        names = source.elements().filter(|element| element.is(Core, "author")).filter_map(author::person).collect();
    }
    names
}

fn language(item: &Element, context: &Context) -> Option<String> {
    let stated = elements(item, &[(DublinCore, "language"), (Core, "language")]).find_map(|e| tag(&e.text()));
    let inherited = item.language.as_deref().and_then(tag);
    stated.or_else(|| inherited.filter(|language| context.language.as_ref() != Some(language)))
}

/// A language tag (BCP 47) as it stands there.
pub(super) fn tag(text: &str) -> Option<String> {
    let tag = text.trim();
    let is_tag =
        !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_tag.then(|| tag.to_owned())
}

fn stated(item: &Element, names: Names, context: &Context) -> Option<StatedDate> {
    elements(item, names).find_map(|element| date::parse(&element.text(), context.fetched_at))
}

fn image(item: &Element) -> Option<Url> {
    let of = |element: &Element| {
        let address = element.attribute("href").or_else(|| element.attribute("url")).map(str::to_owned);
        let inner = || element.child("url").map(Element::text);
        element.resolve(&address.or_else(inner).unwrap_or_else(|| element.text()))
    };
    elements(item, &[(Itunes, "image"), (Core, "image")]).find_map(of)
}

fn enclosures(item: &Element) -> Vec<StatedEnclosure> {
    let attached = item.elements().filter_map(|element| {
        let address = match element.name.as_str() {
            "enclosure" if element.namespace == Core => {
                element.attribute("url").or_else(|| element.attribute("href"))?
            }
            "link" if element.namespace == Core && relation(element) == "enclosure" => element.attribute("href")?,
            _ => return None,
        };
        let stated = |name: &str| element.attribute(name).map(str::trim).filter(|value| !value.is_empty());
        Some(StatedEnclosure {
            url: element.resolve(address)?,
            media_type: stated("type").map(str::to_owned),
            length_bytes: stated("length").and_then(|length| length.parse().ok()),
        })
    });
    attached.take(MOST_ENCLOSURES).collect()
}
