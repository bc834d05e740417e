//! Sources out of an OPML document: bounded, and without recursion.
//!
//! Comes in: text. Goes out: outlines that have an address, in document order, each with the folder that it stands in.

use crate::text;
use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashSet;
use url::Url;

/// Nobody sorts feeds into more folders.
const MOST_DEPTH: usize = 64;
const MOST_ATTRIBUTES: usize = 64;
/// In characters; longer titles are cut.
const LONGEST_TITLE: usize = 200;

/// An outline with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedSource {
    /// The folder that it stands in.
    pub(super) folder: Option<String>,
    /// Its title; may be empty.
    pub(super) title: String,
    /// The feed.
    pub(super) url: Url,
    /// The site.
    pub(super) page: Option<Url>,
    /// The language (BCP 47), where it is stated in that form.
    pub(super) language: Option<String>,
}

/// Why a file is no list of sources.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("it has more than {most_bytes} bytes")]
    TooLong { most_bytes: u64 },
    #[error("it is not UTF-8; save it as UTF-8")]
    NotUtf8,
    #[error("it is not OPML: {why}")]
    NotOpml { why: String },
    #[error("it declares a DTD, which is never read; remove the line that begins with <!DOCTYPE")]
    Dtd,
    #[error("its folders are nested more than {MOST_DEPTH} deep")]
    TooDeep,
    #[error("an outline has more than {MOST_ATTRIBUTES} attributes")]
    TooManyAttributes,
    #[error("it ends in the middle")]
    CutShort,
    #[error("it lists no feed: no outline has an xmlUrl that begins with http: or https:")]
    NoSource,
}

/// The sources of an OPML document; an address that stands twice is listed once.
///
/// # Errors
/// [`Unusable`].
pub(super) fn sources(document: &str) -> Result<Vec<ListedSource>, Unusable> {
    let mut reader = Reader::from_str(document);
    let mut folders: Vec<Option<String>> = Vec::new();
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    let mut keep = |source: Option<ListedSource>| {
        found.extend(source.filter(|source| seen.insert(source.url.clone())));
    };
    loop {
        match reader.read_event().map_err(|error| not_opml(text::log_safe(&error.to_string())))? {
            Event::Start(tag) => {
                check_root(&tag, folders.len())?;
                let outline = Outline::of(&tag)?;
                let title = outline.title();
                keep(outline.source(&folders));
                folders.push(is_outline(&tag).then_some(title).filter(|title| !title.is_empty()));
                if folders.len() > MOST_DEPTH {
                    return Err(Unusable::TooDeep);
                }
            }
            Event::Empty(tag) => {
                check_root(&tag, folders.len())?;
                keep(Outline::of(&tag)?.source(&folders));
            }
            Event::End(_) => drop(folders.pop()),
            Event::DocType(_) => return Err(Unusable::Dtd),
            Event::Eof if !folders.is_empty() => return Err(Unusable::CutShort),
            Event::Eof => break,
            _ => {}
        }
    }
    if found.is_empty() { Err(Unusable::NoSource) } else { Ok(found) }
}

fn not_opml(why: impl Into<String>) -> Unusable {
    Unusable::NotOpml { why: why.into() }
}

fn check_root(tag: &BytesStart<'_>, depth: usize) -> Result<(), Unusable> {
    if depth == 0 && !tag.local_name().as_ref().eq_ignore_ascii_case(b"opml") {
        let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
        return Err(not_opml(format!("it begins with <{}>", text::log_safe(&text::truncate(&name, 40)))));
    }
    Ok(())
}

fn is_outline(tag: &BytesStart<'_>) -> bool {
    tag.local_name().as_ref().eq_ignore_ascii_case(b"outline")
}

/// The attributes of an outline that we know.
#[derive(Default)]
struct Outline {
    text: String,
    title: String,
    feed: String,
    page: String,
    language: String,
}

impl Outline {
    /// The attributes of an outline; of any other element none.
    fn of(tag: &BytesStart<'_>) -> Result<Self, Unusable> {
        let mut outline = Self::default();
        if !is_outline(tag) {
            return Ok(outline);
        }
        // duplicates are let pass, the last one counts: the check for them is quadratic
        for (count, attribute) in tag.attributes().with_checks(false).enumerate() {
            if count == MOST_ATTRIBUTES {
                return Err(Unusable::TooManyAttributes);
            }
            let attribute = attribute.map_err(|error| not_opml(error.to_string()))?;
            let name = attribute.key.local_name().as_ref().to_ascii_lowercase();
            let field = match name.as_slice() {
                b"text" => &mut outline.text,
                b"title" => &mut outline.title,
                b"xmlurl" => &mut outline.feed,
                b"htmlurl" => &mut outline.page,
                b"language" => &mut outline.language,
                _ => continue,
            };
            *field = value(&attribute);
        }
        Ok(outline)
    }

    fn title(&self) -> String {
        let stated =
            [&self.title, &self.text].into_iter().map(|text| text::clean_line(text)).find(|text| !text.is_empty());
        text::truncate(&stated.unwrap_or_default(), LONGEST_TITLE)
    }

    fn source(&self, folders: &[Option<String>]) -> Option<ListedSource> {
        Some(ListedSource {
            folder: folders.iter().rev().flatten().next().cloned(),
            title: self.title(),
            url: web_address(&self.feed)?,
            page: web_address(&self.page),
            language: Some(&self.language).filter(|language| is_language(language)).cloned(),
        })
    }
}

/// An attribute's value; one with references that nobody knows (`&nbsp;`, a bare `&`) as it stands.
fn value(attribute: &Attribute<'_>) -> String {
    match attribute.unescape_value() {
        Ok(value) => value.into_owned(),
        Err(_) => String::from_utf8_lossy(&attribute.value).into_owned(),
    }
}

/// An http(s) address without credentials; `feed:` addresses, as some readers write them, are http.
fn web_address(text: &str) -> Option<Url> {
    let text = text.trim();
    let plain = match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    };
    let mut url = Url::parse(&plain).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    url.set_fragment(None);
    (url.username().is_empty() && url.password().is_none()).then_some(url)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let primary =
        parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && part.bytes().all(|b| b.is_ascii_lowercase()));
    primary
        && text.len() <= 35
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outlines_with_an_address_are_sources() {
        let found = sources(
            "\u{feff}<?xml version='1.0'?><opml version='1.0'><head><title>x</title></head><body>\
             <outline text='Báo'><outline text='Xã &amp; hội' XMLURL='https://a.vn/1.rss?a=1&amp;b=2#x' htmlUrl='https://a.vn/'/>\
             <outline type='link' text='no' url='https://a.vn/'/></outline>\
             <outline title=' Tin \n mới ' text='t' xmlUrl='feed://b.vn/2.rss?a=1&b=2' language='vi'></outline>\
             <outline xmlUrl='https://a.vn/1.rss?a=1&amp;b=2'/><outline xmlUrl='javascript:x'/>\
             <outline xmlUrl='https://me:geheim@c.vn/'/></body></opml>",
        )
        .expect("two sources");
        let shown: Vec<_> = found.iter().map(|s| (s.folder.as_deref(), s.title.as_str(), s.url.as_str())).collect();
        assert_eq!(
            shown,
            [(Some("Báo"), "Xã & hội", "https://a.vn/1.rss?a=1&b=2"), (None, "Tin mới", "http://b.vn/2.rss?a=1&b=2")]
        );
        assert_eq!(found[1].language.as_deref(), Some("vi"));
    }

    #[test]
    fn what_is_no_list_of_sources_is_refused() {
        for (document, why) in [
            ("", "lists no feed"),
            ("hello", "lists no feed"),
            ("<html><body/></html>", "begins with <html>"),
            ("<opml><body></body></opml>", "lists no feed"),
            ("<opml><body><outline xmlUrl='https://a.vn/'/>", "ends in the middle"),
            ("<opml><body></opml>", "not OPML"),
            ("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", "DTD"),
            ("<opml><body><outline xmlUrl='https://a.vn/1'/><outline a=></body></opml>", "not OPML"),
        ] {
            let said = sources(document).expect_err(document).to_string();
            assert!(said.contains(why), "{document}: {said}");
        }
    }

    #[test]
    fn nesting_and_attributes_are_bounded() {
        let deep = format!("<opml>{}", "<outline text='a'>".repeat(1_000_000));
        assert!(matches!(sources(&deep), Err(Unusable::TooDeep)));
        let wide = format!("<opml><outline {}/></opml>", "a='1' ".repeat(100_000));
        assert!(matches!(sources(&wide), Err(Unusable::TooManyAttributes)));
    }
}
