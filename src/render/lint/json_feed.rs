//! JSON Feed 1.1. The W3C validator does not read it: the rules' names are those that it has for the same faults of Atom.
//!
//! Comes in: text. Goes out: findings. It does not know how the document was written.

use super::json::Value;
use super::{Findings, value};
use std::collections::HashSet;

const VERSION: &str = "https://jsonfeed.org/version/1.1";

pub(super) fn check(text: &str, path: &str, found: &mut Findings) {
    let feed = match Value::read(text) {
        Ok(feed) => feed,
        Err(why) => return found.add("SAXError", "the document", &why),
    };
    let version = text_of(&feed, "version").unwrap_or_default();
    found.check(version == VERSION, "ValidVersion", "version", version);
    let title = text_of(&feed, "title").unwrap_or_default();
    found.check(!title.trim().is_empty(), "MissingElement", "the feed", "title");
    match text_of(&feed, "feed_url") {
        None => found.add("MissingSelf", "the feed", "feed_url"),
        Some(url) => found.check(url.ends_with(&format!("/{path}")), "SelfDoesntMatchLocation", "feed_url", url),
    }
    addresses(&feed, &["home_page_url", "feed_url", "next_url", "icon", "favicon"], "the feed", found);
    language(&feed, "the feed", found);
    let Some(Value::List(items)) = feed.get("items") else {
        return found.add("MissingElement", "the feed", "items");
    };
    let mut ids = HashSet::new();
    for (number, item) in items.iter().enumerate() {
        check_item(item, &format!("item {}", number + 1), &mut ids, found);
    }
}

fn check_item<'a>(item: &'a Value<'_>, place: &str, ids: &mut HashSet<&'a str>, found: &mut Findings) {
    match text_of(item, "id") {
        None => found.add("MissingElement", place, "id"),
        Some(id) => found.check(!id.is_empty() && ids.insert(id), "DuplicateEntries", place, id),
    }
    let (html, text) = (text_of(item, "content_html"), text_of(item, "content_text"));
    found.check(html.is_some() || text.is_some(), "MissingContent", place, "neither content_html nor content_text");
    if let Some(markup) = html {
        value::check_markup(markup, place, found);
    }
    addresses(item, &["url", "external_url", "image", "banner_image"], place, found);
    language(item, place, found);
    for name in ["date_published", "date_modified"] {
        if let Some(date) = item.get(name) {
            let date = date.as_str().unwrap_or_default();
            found.check(value::is_rfc3339(date), "InvalidRFC3339Date", place, date);
        }
    }
    let list = |name: &str| item.get(name).map(Value::list).unwrap_or_default();
    for file in list("attachments") {
        found.check(text_of(file, "url").is_some(), "MissingAttribute", place, "url of an attachment");
        addresses(file, &["url"], place, found);
        let kind = text_of(file, "mime_type").unwrap_or_default();
        found.check(value::is_media_type(kind), "InvalidMIMEAttribute", place, kind);
        let size = file.get("size_in_bytes");
        found.check(
            size.is_none_or(|size| matches!(size, Value::Count)),
            "InvalidIntegerAttribute",
            place,
            "size_in_bytes",
        );
    }
    found.check(list("tags").iter().all(|tag| tag.as_str().is_some()), "NotBlank", place, "tags");
}

fn text_of<'a>(of: &'a Value<'_>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

fn addresses(of: &Value<'_>, names: &[&str], place: &str, found: &mut Findings) {
    for name in names {
        if let Some(address) = of.get(name) {
            let address = address.as_str().unwrap_or_default();
            found.check(value::is_web_address(address), "InvalidURIAttribute", place, address);
        }
    }
}

fn language(of: &Value<'_>, place: &str, found: &mut Findings) {
    if let Some(language) = of.get("language") {
        let language = language.as_str().unwrap_or_default();
        found.check(value::is_language(language), "InvalidLanguage", place, language);
    }
}
