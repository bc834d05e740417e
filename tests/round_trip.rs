//! What other people's readers get out of our feeds is what was meant, whatever came in.
//!
//! A case that fails prints its seed; `BANTIN_SEED` runs that one alone. `BANTIN_FEEDS=FOLDER` writes feeds of such items to
//! a folder, for readers and validators in other languages.

mod hostile;

use bantin::model::{Channel, Format, Item, Publication};
use bantin::render::{lint, opml, render};
use bantin::text::{clean_block, clean_line};
use chrono::{DateTime, SubsecRound, Utc};
use hostile::{Dice, Words};

/// As CI runs it ten thousand; `BANTIN_CASES` asks for more or fewer.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 10_000 };

/// An item as a reader should have it.
#[derive(Debug, PartialEq)]
struct Meant {
    id: String,
    title: String,
    link: String,
    published: DateTime<Utc>,
    authors: Vec<String>,
    summary: Option<String>,
}

fn line(text: &str) -> Option<String> {
    Some(clean_line(&text.replace(char::REPLACEMENT_CHARACTER, ""))).filter(|text| !text.is_empty())
}

/// Bytes that RFC 3986 forbids are percent-encoded; a reader's URL parser sees the same address.
fn address(text: &str) -> String {
    url::Url::parse(text).expect("an address").to_string()
}

fn published(item: &Item) -> DateTime<Utc> {
    item.published.at.trunc_subsecs(0)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>\n")
}

fn cases(case: impl Fn(u64)) {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = number("BANTIN_SEED") {
        return case(seed);
    }
    for seed in 0..number("BANTIN_CASES").unwrap_or(CASES) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(seed)));
        assert!(outcome.is_ok(), "BANTIN_SEED={seed}");
    }
}

fn feed_of(seed: u64, words: Words) -> (Channel, Vec<Item>) {
    let mut dice = Dice::new(seed);
    let channel = hostile::channel(&mut dice, words);
    (channel, hostile::items(&mut dice, words))
}

/// In the order of the feed. `None` for the summary where the content's beginning stands for it.
fn meant(channel: &Channel, items: &[Item]) -> Vec<Meant> {
    let mut items: Vec<&Item> = items.iter().collect();
    items.sort_by_key(|item| (std::cmp::Reverse(item.published.at), item.guid.clone()));
    let of = |item: &&Item| Meant {
        id: item.guid.clone(),
        title: line(&item.title).unwrap_or_else(|| written(channel, item)),
        link: written(channel, item),
        published: published(item),
        authors: item.authors.iter().filter_map(|author| line(author)).collect(),
        summary: item
            .summary
            .as_deref()
            .map(|text| clean_block(&text.replace(char::REPLACEMENT_CHARACTER, "")))
            .filter(|summary| !summary.is_empty()),
    };
    items.iter().map(of).collect()
}

/// The address as the JSON Feed has it, which no XML could have changed, and which must lead where the item's own does.
fn written(channel: &Channel, item: &Item) -> String {
    let json = render(channel, std::slice::from_ref(item), Format::Json);
    let json: serde_json::Value = serde_json::from_slice(&json.body).expect("JSON");
    let text = json["items"][0]["url"].as_str().expect("an address").to_owned();
    let encoded = |text: &str| {
        let special = |c: char| "|^`{}[]\\<>\" ".contains(c);
        let path = text.split_once("://").map_or(text, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        path.split(special).map(str::to_owned).collect::<String>()
    };
    let mut plain = encoded(item.permalink.as_str());
    let mut ours = encoded(&text);
    for code in ["%7C", "%5E", "%60", "%7B", "%7D", "%5B", "%5D", "%5C", "%3C", "%3E", "%22", "%20", "%25", "%"] {
        plain = plain.replace(code, "");
        ours = ours.replace(code, "");
    }
    assert_eq!(ours, plain);
    text
}

#[test]
fn rss_crate_reads_what_was_meant() {
    cases(|seed| {
        let (channel, items) = feed_of(seed, Words::Any);
        let read = rss::Channel::read_from(&*render(&channel, &items, Format::Rss).body).expect("RSS");
        assert_eq!(Some(read.title), line(&channel.title).or(Some("bao/xa-hoi".to_owned())));
        assert_eq!(read.copyright, channel.copyright.as_deref().and_then(line));
        let want = meant(&channel, &items);
        assert_eq!(read.items.len(), want.len());
        for (item, want) in read.items.iter().zip(&want) {
            assert_eq!(item.guid().map(rss::Guid::value), Some(want.id.as_str()));
            assert_eq!(item.title(), Some(want.title.as_str()));
            assert_eq!(item.link(), Some(want.link.as_str()));
            let date = DateTime::parse_from_rfc2822(item.pub_date().expect("a date")).expect("RFC 822");
            assert_eq!(date.to_utc(), want.published);
            let authors = item.dublin_core_ext().map(|dc| dc.creators().to_vec()).unwrap_or_default();
            assert_eq!(authors, want.authors);
            if let Some(summary) = &want.summary {
                assert_eq!(item.description(), Some(escaped(summary).as_str()));
            }
        }
    });
}

/// The text that a reader shows of a summary.
fn said(text: &feed_rs::model::Text) -> String {
    let plain =
        |text: &str| text.replace("<br>\n", "\n").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let is_html = text.content_type.subty() == "html";
    let text = if is_html { plain(&text.content) } else { text.content.clone() };
    text.trim().to_owned()
}

#[test]
fn feed_rs_reads_what_was_meant() {
    cases(|seed| {
        let (channel, items) = feed_of(seed, Words::Any);
        let want = meant(&channel, &items);
        for format in [Format::Rss, Format::Atom, Format::Json] {
            let parser = feed_rs::parser::Builder::new().sanitize_content(false).build();
            let read = parser.parse(&*render(&channel, &items, format).body).expect("a feed");
            assert_eq!(read.entries.len(), want.len(), "{format:?}");
            for (entry, want) in read.entries.iter().zip(&want) {
                assert_eq!(entry.id, want.id, "{format:?}");
                assert_eq!(
                    entry.title.as_ref().map(|title| title.content.trim()),
                    Some(want.title.trim()),
                    "{format:?}"
                );
                assert_eq!(
                    entry.links.first().map(|link| address(&link.href)),
                    Some(address(&want.link)),
                    "{format:?}"
                );
                assert_eq!(entry.published, Some(want.published), "{format:?}");
                if let (Some(summary), Format::Atom) = (&want.summary, format) {
                    assert_eq!(entry.summary.as_ref().map(said).as_deref(), Some(summary.trim()));
                }
            }
        }
    });
}

#[test]
fn any_order_of_the_items_gives_the_same_bytes() {
    cases(|seed| {
        let (channel, mut items) = feed_of(seed, Words::Any);
        items.iter_mut().skip(1).for_each(|item| item.published.at = channel.epoch);
        let before = Format::ALL.map(|format| render(&channel, &items, format));
        items.reverse();
        assert_eq!(Format::ALL.map(|format| render(&channel, &items, format)), before);
    });
}

#[test]
fn linter_finds_nothing_in_what_we_write() {
    cases(|seed| {
        let (channel, items) = feed_of(seed, Words::Any);
        for format in Format::ALL {
            assert_eq!(lint::lint(&render(&channel, &items, format)), [], "{format:?}");
        }
        assert_eq!(lint::lint(&opml(std::slice::from_ref(&channel), &channel.title, channel.epoch)), []);
    });
}

/// Writes feeds where somebody asked for them; `BANTIN_CASES` says how many channels, each in every format.
#[test]
fn feeds_for_other_readers_are_written() {
    let Some(folder) = std::env::var_os("BANTIN_FEEDS").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder");
    cases(|seed| {
        let (channel, items) = feed_of(seed, Words::NoMarkup);
        let write = |publication: Publication, ending: &str| {
            std::fs::write(folder.join(format!("{seed:05}.{ending}")), &publication.body).expect("a file");
        };
        for format in [Format::Rss, Format::Atom, Format::Json] {
            write(render(&channel, &items, format), format.extension());
        }
        write(opml(std::slice::from_ref(&channel), &channel.title, channel.epoch), "opml");
    });
}

/// What the linter costs beside rendering: `cargo test --release --test round_trip -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn cost_of_the_linter() {
    let mut dice = Dice::new(7);
    let channel = Channel { full_content: true, ..hostile::channel(&mut dice, Words::Any) };
    let mut items: Vec<Item> = Vec::new();
    while items.len() < 50 {
        items.extend(hostile::items(&mut dice, Words::Any));
    }
    items.truncate(50);
    for (number, item) in items.iter_mut().enumerate() {
        item.guid = format!("tag:bao.example,2026:bao/{number}");
        item.content = Some(bantin::normalize::sanitize(&"<p>Một <b>đoạn</b> &amp; hết.</p>".repeat(80), None));
    }
    for format in Format::ALL {
        let start = std::time::Instant::now();
        let mut publication = render(&channel, &items, format);
        for _ in 1..200 {
            publication = render(&channel, &items, format);
        }
        let rendering = start.elapsed() / 200;
        let start = std::time::Instant::now();
        let findings: usize = (0..200).map(|_| lint::lint(&publication).len()).sum();
        let linting = start.elapsed() / 200;
        println!("{format:?}: {} bytes, rendered in {rendering:?}, linted in {linting:?}", publication.body.len());
        assert_eq!(findings, 0);
    }
}
