//! OPML 2.0.
//!
//! Comes in: the root element. Goes out: findings. It does not know how the document was written.

use super::xml::Element;
use super::{Findings, value};

pub(super) fn check(root: Element<'_>, _path: &str, found: &mut Findings) {
    if !root.is("", "opml") {
        found.add("UndefinedElement", "the document", root.name());
        return;
    }
    found.check(root.attribute("version") == Some("2.0"), "InvalidOPMLVersion", "<opml>", "version is not 2.0");
    match root.first("", "head") {
        None => found.add("MissingElement", "<opml>", "head"),
        Some(head) => {
            found.check(head.first("", "title").is_some(), "MissingElement", "<head>", "title");
            for date in head.all("", "dateCreated").chain(head.all("", "dateModified")) {
                found.check(value::is_rfc822(&date.text()), "InvalidRFC2822Date", "<head>", &date.text());
            }
        }
    }
    match root.first("", "body") {
        None => found.add("MissingElement", "<opml>", "body"),
        Some(body) => body.descendants().for_each(|child| outline(child, found)),
    }
}

fn outline(of: Element<'_>, found: &mut Findings) {
    let text = of.attribute("text").unwrap_or_default();
    found.check(of.is("", "outline"), "UndefinedElement", "<body>", of.name());
    found.check(!text.trim().is_empty(), "MissingAttribute", "<outline>", "text");
    if of.attribute("type") == Some("rss") {
        match of.attribute("xmlUrl") {
            None => found.add("MissingXmlURL", "<outline>", text),
            Some(url) => found.check(value::is_web_address(url), "InvalidURIAttribute", "<outline>", url),
        }
    }
    if let Some(url) = of.attribute("htmlUrl") {
        found.check(value::is_web_address(url), "InvalidURIAttribute", "<outline>", url);
    }
    if let Some(language) = of.attribute("language") {
        found.check(value::is_language(language), "InvalidLanguage", "<outline>", language);
    }
}
