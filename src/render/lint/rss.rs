//! RSS 2.0 and the RSS Advisory Board's profile.
//!
//! Comes in: the root element. Goes out: findings. It does not know how the document was written.

use super::xml::{Element, Parent};
use super::{Findings, check_archive, value};
use std::borrow::Cow;
use std::collections::HashSet;

const ATOM: &str = "http://www.w3.org/2005/Atom";
const MEDIA: &str = "http://search.yahoo.com/mrss/";
const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
/// What may stand once.
const ONCE_A_CHANNEL: [&str; 9] =
    ["title", "link", "description", "language", "copyright", "pubDate", "lastBuildDate", "ttl", "generator"];
const ONCE_AN_ITEM: [&str; 6] = ["title", "link", "description", "guid", "pubDate", "source"];

pub(super) fn check(root: Element<'_>, path: &str, found: &mut Findings) {
    if !root.is("", "rss") {
        let rule = if root.name() == "rss" { "InvalidNamespace" } else { "UndefinedElement" };
        found.add(rule, "the document", &format!("{} {}", root.name(), root.space()));
        return;
    }
    found.check(root.attribute("version") == Some("2.0"), "ValidVersion", "<rss>", "version is not 2.0");
    let mut channels = root.all("", "channel");
    let Some(channel) = channels.next() else {
        found.add("MissingElement", "<rss>", "no channel");
        return;
    };
    found.check(channels.next().is_none(), "DuplicateElement", "<rss>", "channel");
    let channel = Parent::of(channel);
    head(&channel, path, found);
    let mut guids = HashSet::new();
    for (number, item) in channel.all("", "item").enumerate() {
        check_item(&Parent::of(item), &format!("item {}", number + 1), &mut guids, found);
    }
}

fn head(channel: &Parent<'_>, path: &str, found: &mut Findings) {
    once(channel, &ONCE_A_CHANNEL, "the channel", found);
    for (name, rule) in [("title", "MissingTitle"), ("link", "MissingLink"), ("description", "MissingDescription")] {
        match channel.first("", name) {
            Some(element) => found.check(!element.text().trim().is_empty(), "NotBlank", "the channel", name),
            None => found.add(rule, "the channel", name),
        }
    }
    dates(channel, "the channel", found);
    addresses(channel, "the channel", found);
    if let Some(language) = channel.first("", "language") {
        found.check(value::is_language(&language.text()), "InvalidLanguage", "the channel", &language.text());
    }
    if let Some(ttl) = channel.first("", "ttl") {
        found.check(value::is_count(&ttl.text()) && ttl.text() != "0", "InvalidPositiveInteger", "<ttl>", &ttl.text());
    }
    check_archive(channel, found);
    let mut own = channel.all(ATOM, "link").filter(|link| link.attribute("rel") == Some("self"));
    let href = own.next().and_then(|link| link.attribute("href"));
    match href {
        None => found.add("MissingAtomSelfLink", "the channel", ""),
        Some(href) => found.check(
            value::is_web_address(href) && href.ends_with(&format!("/{path}")),
            "SelfDoesntMatchLocation",
            "<atom:link>",
            href,
        ),
    }
    found.check(own.next().is_none(), "DuplicateAtomLink", "the channel", "self");
}

fn check_item<'a>(item: &Parent<'a>, place: &str, guids: &mut HashSet<Cow<'a, str>>, found: &mut Findings) {
    once(item, &ONCE_AN_ITEM, place, found);
    let has = |name| item.first("", name).is_some_and(|element| !element.text().trim().is_empty());
    found.check(has("title") || has("description"), "ItemMustContainTitleOrDescription", place, "");
    found.check(item.first("", "title").is_none() || has("title"), "NotBlank", place, "title");
    dates(item, place, found);
    addresses(item, place, found);
    match item.first("", "guid") {
        None => found.add("MissingGuid", place, ""),
        Some(guid) => {
            let is_link = guid.attribute("isPermaLink").unwrap_or("true");
            found.check(matches!(is_link, "true" | "false"), "InvalidBooleanAttribute", place, is_link);
            found.check(!guid.text().trim().is_empty(), "NotBlank", place, "guid");
            let is_sound = is_link != "true" || value::is_web_address(guid.text().trim());
            found.check(is_sound, "InvalidHttpGUID", place, &guid.text());
            found.check(guids.insert(guid.text()), "DuplicateValue", place, &guid.text());
        }
    }
    found.check(item.all("", "enclosure").count() <= 1, "DuplicateEnclosure", place, "");
    for enclosure in item.all("", "enclosure") {
        check_enclosure(enclosure, place, found);
    }
    for source in item.all("", "source") {
        attribute_address(source, "url", place, found);
    }
    for category in item.all("", "category") {
        found.check(!category.text().trim().is_empty(), "NotBlank", place, "category");
    }
    for media in item.children().filter(|child| child.space() == MEDIA) {
        attribute_address(media, "url", place, found);
        for size in ["width", "height"] {
            let stated = media.attribute(size);
            found.check(
                stated.is_none_or(value::is_count),
                "InvalidIntegerAttribute",
                place,
                stated.unwrap_or_default(),
            );
        }
        let stated = media.attribute("type");
        found.check(stated.is_none_or(value::is_media_type), "InvalidMIMEAttribute", place, stated.unwrap_or_default());
    }
    for text in item.all("", "description").chain(item.all(CONTENT, "encoded")) {
        found.check(!text.text().trim().is_empty(), "NotBlank", place, text.name());
        value::check_markup(&text.text(), place, found);
    }
}

fn check_enclosure(enclosure: Element<'_>, place: &str, found: &mut Findings) {
    attribute_address(enclosure, "url", place, found);
    match enclosure.attribute("length") {
        None => found.add("MissingAttribute", place, "length of <enclosure>"),
        Some(length) => found.check(value::is_count(length), "InvalidIntegerAttribute", place, length),
    }
    match enclosure.attribute("type") {
        None => found.add("MissingAttribute", place, "type of <enclosure>"),
        Some(kind) => found.check(value::is_media_type(kind), "InvalidMIMEAttribute", place, kind),
    }
}

fn attribute_address(element: Element<'_>, name: &str, place: &str, found: &mut Findings) {
    match element.attribute(name) {
        None => found.add("MissingAttribute", place, &format!("{name} of <{}>", element.name())),
        Some(address) => found.check(value::is_web_address(address), "InvalidURIAttribute", place, address),
    }
}

fn once(of: &Parent<'_>, names: &[&str], place: &str, found: &mut Findings) {
    for name in names {
        found.check(of.all("", name).count() <= 1, "DuplicateElement", place, name);
    }
}

fn dates(of: &Parent<'_>, place: &str, found: &mut Findings) {
    for name in ["pubDate", "lastBuildDate"] {
        for date in of.all("", name) {
            found.check(value::is_rfc822(&date.text()), "InvalidRFC2822Date", place, &date.text());
        }
    }
}

fn addresses(of: &Parent<'_>, place: &str, found: &mut Findings) {
    for link in of.all("", "link") {
        found.check(value::is_web_address(link.text().trim()), "InvalidLink", place, &link.text());
    }
}
