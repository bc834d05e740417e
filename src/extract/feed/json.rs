//! JSON Feed 1.0 and 1.1 (jsonfeed.org), read leniently: a wrong type loses its own fact only.
//!
//! Comes in: its text. Goes out: what was found.

use super::construct::{escaped, markup_line};
use super::{Found, date, item, tree};
use crate::model::{Document, Entry, ExtractMethod, StatedEnclosure};
use crate::text;
use serde_json::{Map, Value};
use url::Url;

/// Further items are left out.
const MOST_ITEMS: usize = 10_000;
const MOST_VALUES: usize = 100;
/// Commas and brackets: each value of a JSON tree takes some thirty times its bytes.
const MOST_MARKS: usize = 1_000_000;

/// Reads a JSON Feed; the error is the parser's. Nesting is bounded by the parser.
pub(super) fn read(text: &str, document: &Document) -> Result<Found, String> {
    if text.bytes().filter(|b| matches!(b, b',' | b'[' | b'{')).count() > MOST_MARKS {
        return Err("more than 1,000,000 values".to_owned());
    }
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Value::Object(feed) = value else { return Err("no JSON object".to_owned()) };
    let items = feed.get("items").and_then(Value::as_array).ok_or("a JSON object without items")?;
    let mut found = Found::new(ExtractMethod::JsonFeed);
    found.title = line(&feed, "title");
    found.language = string(&feed, "language").and_then(item::tag);
    found.hints.hub = hub(&feed, &document.url);
    found.hints.topic = tree::resolve(Some(&document.url), string(&feed, "feed_url").unwrap_or_default());
    let authors = authors(&feed);
    for item in items.iter().take(MOST_ITEMS) {
        let empty = Map::new();
        let mut entry = entry(item.as_object().unwrap_or(&empty), document);
        if entry.authors.is_empty() {
            entry.authors.clone_from(&authors);
        }
        found.entries.push(entry);
    }
    if items.len() > MOST_ITEMS {
        found.cuts.push("more than 10,000 items: the first are read");
    }
    Ok(found)
}

fn entry(item: &Map<String, Value>, document: &Document) -> Entry {
    let base = &document.url;
    let address = |name: &str| tree::resolve(Some(base), string(item, name)?);
    let stated = |name: &str| date::parse(string(item, name)?, document.fetched_at);
    let content =
        string(item, "content_html").map(str::to_owned).or_else(|| string(item, "content_text").map(paragraphs));
    let summary = line(item, "summary").or_else(|| content.as_deref().map(markup_line).filter(|line| !line.is_empty()));
    Entry {
        id: id(item),
        link: address("url").or_else(|| address("external_url")),
        title: line(item, "title"),
        content_base: content.is_some().then(|| base.clone()),
        summary,
        content,
        categories: strings(item, "tags"),
        authors: authors(item),
        language: string(item, "language").and_then(item::tag),
        published: stated("date_published"),
        updated: stated("date_modified"),
        image: address("image").or_else(|| address("banner_image")),
        enclosures: enclosures(item, base),
        ..Entry::default()
    }
}

/// Plain text with its lines kept.
fn paragraphs(text: &str) -> String {
    escaped(text).replace("\r\n", "\n").replace('\n', "<br>")
}

/// An id is text; a number is taken as its digits (JSON Feed 1.1, items).
fn id(item: &Map<String, Value>) -> Option<String> {
    match item.get("id")? {
        Value::String(id) => Some(id.trim().to_owned()).filter(|id| !id.is_empty()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn authors(object: &Map<String, Value>) -> Vec<String> {
    let many = object.get("authors").and_then(Value::as_array).into_iter().flatten();
    let people = many.chain(object.get("author")).take(MOST_VALUES);
    let mut names = Vec::new();
    for person in people {
        let name = person.as_object().and_then(|person| line(person, "name"));
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

fn enclosures(item: &Map<String, Value>, base: &Url) -> Vec<StatedEnclosure> {
    let attachments = item.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let attachment = |attachment: &Value| {
        let attachment = attachment.as_object()?;
        Some(StatedEnclosure {
            url: tree::resolve(Some(base), string(attachment, "url")?)?,
            media_type: line(attachment, "mime_type"),
            length_bytes: attachment.get("size_in_bytes").and_then(Value::as_u64),
        })
    };
    attachments.filter_map(attachment).take(MOST_VALUES).collect()
}

fn hub(feed: &Map<String, Value>, base: &Url) -> Option<Url> {
    let hubs = feed.get("hubs")?.as_array()?;
    let websub = hubs
        .iter()
        .filter_map(Value::as_object)
        .find(|hub| string(hub, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("websub")))?;
    tree::resolve(Some(base), string(websub, "url")?)
}

fn string<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn line(object: &Map<String, Value>, name: &str) -> Option<String> {
    string(object, name).map(text::clean_line).filter(|line| !line.is_empty())
}

fn strings(object: &Map<String, Value>, name: &str) -> Vec<String> {
    let values = object.get(name).and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(text::clean_line).filter(|line| !line.is_empty()).take(MOST_VALUES).collect()
}
