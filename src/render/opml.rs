//! OPML 2.0: every feed, grouped by paper, for one import into a feed reader.
//!
//! Comes in: the channels and when they last changed. Goes out: `feeds.opml`.

use super::words::Words;
use super::{address, clean_line, date, presentable, publication};
use crate::model::{Channel, Format, Publication};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::io;

const PATH: &str = "feeds.opml";
const MEDIA_TYPE: &str = "text/x-opml";

/// The list of all feeds, in the order of the channels; `changed_at` is when the list or a feed's facts last changed.
#[must_use]
pub fn opml(channels: &[Channel], title: &str, changed_at: DateTime<Utc>) -> Publication {
    let channels: Vec<Channel> = channels.iter().map(presentable).collect();
    let body = document(&channels, title, changed_at).expect("writing into memory cannot fail");
    publication(PATH.to_owned(), MEDIA_TYPE, body, changed_at)
}

fn document(channels: &[Channel], title: &str, changed_at: DateTime<Utc>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.write_event(Event::Start(BytesStart::new("opml").with_attributes([("version", "2.0")])))?;
    xml.write_event(Event::Start(BytesStart::new("head")))?;
    let modified = date::rfc822(date::local(changed_at, Tz::UTC));
    for (name, value) in [("title", clean_line(title).as_str()), ("dateModified", &modified)] {
        xml.create_element(name).write_text_content(BytesText::new(value))?;
    }
    xml.write_event(Event::End(BytesEnd::new("head")))?;
    xml.write_event(Event::Start(BytesStart::new("body")))?;
    for group in papers(channels) {
        let first = group[0];
        let name = match first.id.paper() {
            Some(_) => clean_line(&first.paper_title),
            None => Words::of(&first.language).chosen.to_owned(),
        };
        xml.write_event(Event::Start(BytesStart::new("outline").with_attributes([("text", name.as_str())])))?;
        group.iter().try_for_each(|channel| write_feed(&mut xml, channel))?;
        xml.write_event(Event::End(BytesEnd::new("outline")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("body")))?;
    xml.write_event(Event::End(BytesEnd::new("opml")))?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// The channels of each paper, and those of none, in the order in which they come. No group is empty.
pub(super) fn papers(channels: &[Channel]) -> Vec<Vec<&Channel>> {
    let mut groups: Vec<Vec<&Channel>> = Vec::new();
    for channel in channels {
        match groups.iter_mut().find(|group| group[0].id.paper() == channel.id.paper()) {
            Some(group) => group.push(channel),
            None => groups.push(vec![channel]),
        }
    }
    groups
}

fn write_feed(xml: &mut Writer<Vec<u8>>, channel: &Channel) -> io::Result<()> {
    let (title, page) = (clean_line(&channel.title), address::address(&channel.link));
    let (feed, description) = (channel.url(Format::Rss), clean_line(&channel.description));
    let outline = BytesStart::new("outline").with_attributes([
        ("type", "rss"),
        ("text", title.as_str()),
        ("title", &title),
        ("description", &description),
        ("language", &channel.language),
        ("version", "RSS2"),
        ("xmlUrl", &feed),
        ("htmlUrl", &page),
    ]);
    xml.write_event(Event::Empty(outline))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{all, at, channel};
    use super::*;
    use quick_xml::Reader;

    fn outlines(body: &[u8]) -> Vec<Vec<(String, String)>> {
        let mut reader = Reader::from_reader(body);
        let mut found = Vec::new();
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(e) | Event::Empty(e) if e.name().as_ref() == b"outline" => found.push(
                    e.attributes()
                        .map(|a| a.expect("an attribute"))
                        .map(|a| {
                            let name = String::from_utf8_lossy(a.key.as_ref()).into_owned();
                            (name, a.unescape_value().expect("a value").into_owned())
                        })
                        .collect(),
                ),
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn every_feed_is_listed_under_its_paper() {
        let mut other = channel();
        let khac = crate::model::PaperId::new("bao-khac").expect("an id");
        other.id = crate::model::ChannelId::of(khac, other.id.category().cloned());
        other.paper_title = "Báo \"Khác\" & <Mới>".to_owned();
        let publication = opml(&[all(), other.clone(), channel()], "Bản tin", at(0));
        let found = outlines(&publication.body);
        let value = |of: &[(String, String)], name: &str| of.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let urls: Vec<_> = found.iter().map(|o| value(o, "xmlUrl")).collect();
        let url = |c: &Channel| Some(c.url(Format::Rss));
        assert_eq!(urls, [None, url(&all()), url(&channel()), None, url(&other)]);
        assert_eq!(value(&found[3], "text").as_deref(), Some("Báo \"Khác\" & <Mới>"));
        for feed in found.iter().filter(|o| value(o, "xmlUrl").is_some()) {
            assert_eq!(value(feed, "type").as_deref(), Some("rss"));
            assert!(["text", "title", "htmlUrl", "language"].iter().all(|name| value(feed, name).is_some()));
        }
    }

    #[test]
    fn head_has_title_and_a_date_with_a_numeric_offset() {
        let publication = opml(&[], "Tin & <b>\u{0}", at(0));
        let text = String::from_utf8(publication.body.to_vec()).expect("UTF-8");
        assert!(text.contains("<title>Tin &amp; &lt;b&gt;</title>"), "{text}");
        assert!(text.contains("<dateModified>Sat, 14 Feb 2026 01:30:00 +0000</dateModified>"), "{text}");
        assert_eq!((publication.path.as_str(), publication.media_type), ("feeds.opml", "text/x-opml"));
        assert_eq!(publication.last_modified, at(0));
    }
}
