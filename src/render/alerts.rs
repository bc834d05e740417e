//! Alerts for operators: as text, and as an Atom feed (RFC 4287).
//!
//! Comes in: alerts. Goes out: text, and the bytes of `/alerts.atom`. An alert and its end are one entry, whose `updated` moves,
//! so that a reader shows it anew.

use super::{GENERATOR, VERSION, date};
use crate::model::Alert;
use crate::text::log_safe;
use atom_syndication::{Category, Content, Entry, Feed, Generator, Link, Person, Text};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use std::fmt::Write as _;
use url::Url;

/// As that of the papers' feeds: it never changes.
const ID_YEAR: u16 = 2026;

/// The feed at `/alerts.atom`; `since` is its date while it is empty.
#[must_use]
pub fn feed(alerts: &[Alert], base_url: &Url, since: DateTime<Utc>) -> Vec<u8> {
    let at = |moment| date::local(moment, Tz::UTC);
    let host = base_url.host_str().unwrap_or("localhost");
    let mut newest: Vec<&Alert> = alerts.iter().collect();
    newest.sort_by_key(|alert| std::cmp::Reverse((changed(alert), &alert.id)));
    let link = |rel: &str, path: &str, media_type: &str| Link {
        href: base_url.join(path).map_or_else(|_| path.to_owned(), String::from),
        rel: rel.to_owned(),
        mime_type: Some(media_type.to_owned()),
        ..Link::default()
    };
    let entry = |alert: &&Alert| Entry {
        title: Text::plain(title(alert)),
        id: format!("tag:{host},{ID_YEAR}:alert/{}", alert.id),
        updated: at(changed(alert)),
        published: Some(at(alert.since)),
        categories: vec![Category { term: alert.kind.as_str().to_owned(), ..Category::default() }],
        links: vec![link("alternate", "status", "text/html")],
        content: Some(Content {
            value: Some(paragraph(alert)),
            content_type: Some("text".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    };
    let feed = Feed {
        title: Text::plain("bantin: alerts"),
        id: format!("tag:{host},{ID_YEAR}:alerts"),
        updated: at(newest.first().map_or(since, |alert| changed(alert))),
        authors: vec![Person { name: "bantin".to_owned(), ..Person::default() }],
        generator: Some(Generator { value: GENERATOR.to_owned(), uri: None, version: Some(VERSION.to_owned()) }),
        links: vec![link("self", "alerts.atom", "application/atom+xml"), link("alternate", "status", "text/html")],
        subtitle: Some(Text::plain("What operators are told of, once when it begins and once when it is over")),
        entries: newest.iter().map(entry).collect(),
        lang: Some("en".to_owned()),
        ..Feed::default()
    };
    feed.write_to(Vec::new()).expect("writing into memory cannot fail")
}

fn changed(alert: &Alert) -> DateTime<Utc> {
    alert.until.unwrap_or(alert.since)
}

/// One line: what began, or is over.
#[must_use]
pub fn title(alert: &Alert) -> String {
    let over = if alert.until.is_some() { "over: " } else { "" };
    let whose = alert.source.as_ref().map_or_else(String::new, |source| format!(" {source}"));
    log_safe(&format!("{over}{}{whose}: {}", alert.kind.as_str(), alert.what))
}

/// All that is said of an alert, a line each.
#[must_use]
pub fn paragraph(alert: &Alert) -> String {
    let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut text = title(alert) + "\n";
    let lines = [
        ("since", Some(stamp(alert.since))),
        ("until", alert.until.map(stamp)),
        ("stage", alert.stage.clone()),
        ("address", alert.url.clone()),
        ("expected", alert.expected.clone()),
        ("to do", Some(alert.remedy.clone()).filter(|_| alert.until.is_none())),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            // writing to a String cannot fail
            let _ = writeln!(text, "  {name}: {}", log_safe(&value));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AlertKind;

    #[test]
    fn an_alert_and_its_end_are_one_entry() {
        let since = DateTime::from_timestamp(1_771_032_600, 0).expect("a moment");
        let alert = Alert {
            id: "drift/bao/xa-hoi/20260214T013000.000Z".to_owned(),
            kind: AlertKind::Drift,
            source: "bao/xa-hoi".to_owned().try_into().ok(),
            since,
            until: None,
            stage: Some("extract".to_owned()),
            what: "no <list> & nothing\u{202e} else\nat all".to_owned(),
            url: Some("https://bao.example/?a=1&b=2".to_owned()),
            expected: None,
            remedy: "bantin probe https://bao.example/".to_owned(),
        };
        let over = Alert { until: Some(since + chrono::TimeDelta::hours(1)), ..alert.clone() };
        let base = Url::parse("https://feeds.example/tin/").expect("a URL");
        let read = |alerts: &[Alert]| {
            let text = String::from_utf8(feed(alerts, &base, since)).expect("UTF-8");
            roxmltree::Document::parse(&text).expect("XML");
            text.parse::<Feed>().expect("a feed")
        };
        let (begun, ended) = (read(std::slice::from_ref(&alert)), read(std::slice::from_ref(&over)));
        assert_eq!(begun.entries[0].id, ended.entries[0].id);
        assert!(begun.entries[0].updated < ended.entries[0].updated && begun.updated < ended.updated);
        assert!(begun.entries[0].title.value.starts_with("drift bao/xa-hoi: no <list> & nothing"), "{begun:?}");
        assert!(ended.entries[0].title.value.starts_with("over: drift"));
        assert_eq!(begun.links[0].href, "https://feeds.example/tin/alerts.atom");
        assert!(paragraph(&alert).contains("to do: bantin probe") && !paragraph(&over).contains("to do"));
        assert_eq!(read(&[]).updated.to_utc(), since);
    }
}
