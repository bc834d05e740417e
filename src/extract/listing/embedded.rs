//! Stories in the state that a page's scripts begin with (`__NEXT_DATA__`, `window.__INITIAL_STATE__ = {…}`): a witness
//! beside what the page shows, and the only one where scripts draw the list.
//!
//! Comes in: a page. Goes out: the lists of stories in that state, each in its order. No script is ever run.

use super::address;
use crate::extract::date;
use crate::extract::dom::{self, Page};
use crate::extract::structured_data::{self as data, Object};
use crate::model::{DateOrigin, Entry};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

/// A list of fewer stories is no list.
const LEAST_STORIES: usize = 3;
/// Most bytes of state that are read of one page.
const MOST_BYTES: usize = 4 << 20;
/// Most states that are read of one page.
const MOST_STATES: usize = 32;
/// Most assignments of one script that are tried.
const MOST_ASSIGNMENTS: usize = 256;
/// Most values that are looked at.
const MOST_VALUES: usize = 200_000;
/// Most stories that are read.
const MOST_STORIES: usize = 2_000;
/// A shorter text is a label.
const LEAST_TITLE_CHARS: usize = 12;
/// An item of a list may stand in a wrapper: `{"node": {…}}`.
const MOST_WRAPPERS: usize = 2;

/// The names under which publishing systems keep a story's facts.
const TITLES: &[&str] = &["title", "headline", "name"];
const ADDRESSES: &[&str] =
    &["url", "link", "href", "permalink", "canonicalUrl", "canonical_url", "webUrl", "shareUrl", "share_url", "path"];
const SUMMARIES: &[&str] = &["description", "summary", "excerpt", "sapo", "lead", "teaser", "standfirst", "dek"];
const DATES: &[&str] = &[
    "datePublished",
    "publishedAt",
    "published_at",
    "publishDate",
    "publish_date",
    "publishTime",
    "publishedDate",
    "published",
    "pubDate",
    "date",
];
const IMAGES: &[&str] = &["image", "thumbnail", "thumb", "thumbnailUrl", "imageUrl", "image_url", "cover", "avatar"];
const CATEGORIES: &[&str] = &["articleSection", "category", "section", "categoryName", "zone"];
const AUTHORS: &[&str] = &["author", "authors", "byline"];

/// The lists of stories that a page's state holds, in document order.
pub(super) fn lists(page: &Page, base: &Url, now: DateTime<Utc>) -> Vec<Vec<Entry>> {
    let states = states(page);
    let mut pending: Vec<&Value> = states.iter().rev().collect();
    let (mut found, mut stories, mut looked_at) = (Vec::new(), 0, 0);
    while let Some(value) = pending.pop() {
        looked_at += 1;
        if looked_at > MOST_VALUES || stories > MOST_STORIES {
            break;
        }
        match value {
            Value::Array(items) => {
                let list = list(items, base, now);
                stories += list.len();
                if list.len() >= LEAST_STORIES {
                    found.push(list);
                } else {
                    pending.extend(items.iter().rev());
                }
            }
            Value::Object(object) => pending.extend(object.values().rev()),
            _ => {}
        }
    }
    found
}

/// The list that can stand for a page that shows none: the longest one of articles' addresses.
pub(super) fn longest(lists: &[Vec<Entry>], page: &Url) -> Option<Vec<Entry>> {
    let is_article = |entry: &&Entry| {
        let signs = entry.link.as_ref().map(|link| address::signs(link, page));
        signs.is_some_and(|s| !s.is_service && !s.off_site && (s.has_id || s.has_date || s.slug_words >= 3))
    };
    let is_list = |list: &&Vec<Entry>| list.iter().filter(is_article).count() * 3 >= list.len() * 2;
    // of equals the first
    lists.iter().filter(is_list).rev().max_by_key(|list| list.len()).cloned()
}

/// The JSON that scripts hold or assign.
fn states(page: &Page) -> Vec<Value> {
    let mut left = MOST_BYTES;
    let mut found = Vec::new();
    for script in dom::elements(page, "script") {
        let kind = dom::attr(&script, "type").unwrap_or_default().to_ascii_lowercase();
        let is_data = kind == "application/json";
        if !(is_data || kind.is_empty() || kind.ends_with("javascript")) || found.len() >= MOST_STATES {
            continue;
        }
        let text = script.text();
        if text.len() > left || !names_stories(&text) {
            continue;
        }
        left -= text.len();
        if is_data {
            found.extend(serde_json::from_str(&text).ok());
        } else {
            found.extend(assigned(&text));
        }
    }
    found
}

fn names_stories(text: &str) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| text.contains(&format!("\"{name}\":")));
    has(TITLES) && has(ADDRESSES)
}

/// The values of `name = {…}` and `name = […]`, as far as they are JSON.
fn assigned(script: &str) -> Vec<Value> {
    let (mut found, mut from, mut tried) = (Vec::new(), 0, 0);
    while found.len() < MOST_STATES && tried < MOST_ASSIGNMENTS {
        let Some(at) = script.get(from..).and_then(|rest| rest.find('=')).map(|at| from + at + 1) else { break };
        let value = script[at..].trim_start();
        from = at;
        if !value.starts_with(['{', '[']) {
            continue;
        }
        tried += 1;
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<Value>();
        if let Some(Ok(state)) = values.next() {
            from = script.len() - value.len() + values.byte_offset();
            found.push(state);
        }
    }
    found
}

/// The stories of an array, each address once; empty where most of its items are none.
fn list(items: &[Value], base: &Url, now: DateTime<Utc>) -> Vec<Entry> {
    let mut known = HashSet::new();
    let stories: Vec<Entry> = items
        .iter()
        .take(MOST_STORIES)
        .filter_map(|item| story(item, base, now))
        .filter(|entry| entry.link.as_ref().is_some_and(|link| known.insert(address::key(link))))
        .collect();
    if stories.len() * 2 > items.len() { stories } else { Vec::new() }
}

fn story(item: &Value, base: &Url, now: DateTime<Utc>) -> Option<Entry> {
    let mut object = item.as_object()?;
    for _ in 0..MOST_WRAPPERS {
        if TITLES.iter().any(|name| object.contains_key(*name)) {
            break;
        }
        object = object.values().find_map(Value::as_object)?;
    }
    let first = |names: &[&str]| names.iter().find_map(|name| data::text(object, name));
    let title = first(TITLES).filter(|title| title.chars().count() >= LEAST_TITLE_CHARS)?;
    let link = ADDRESSES.iter().find_map(|name| stated_address(object, name, base))?;
    Some(Entry {
        link: Some(link),
        title: Some(title),
        summary: first(SUMMARIES),
        categories: first(CATEGORIES).into_iter().collect(),
        authors: AUTHORS.iter().map(|name| data::texts(object, name)).find(|a| !a.is_empty()).unwrap_or_default(),
        published: DATES.iter().find_map(|name| date::parse(&data::text(object, name)?, DateOrigin::Metadata, now)),
        image: IMAGES.iter().find_map(|name| data::url(object, name, base)),
        ..Entry::default()
    })
}

/// An address that stands there as one: absolute, or from the site's root.
fn stated_address(object: &Object, name: &str, base: &Url) -> Option<Url> {
    let stated = object.get(name)?.as_str()?;
    let is_address = stated.starts_with("http://") || stated.starts_with("https://") || stated.starts_with('/');
    is_address.then(|| dom::resolve(base, stated)).flatten().filter(|url| !address::is_front(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stories(script: &str) -> Vec<Vec<String>> {
        let page = Page::from(format!("<html><body><div id='app'></div>{script}</body></html>"));
        let base = Url::parse("https://bao.example/xa-hoi").expect("a URL");
        let lists = lists(&page, &base, DateTime::UNIX_EPOCH);
        let title = |entry: &Entry| entry.title.clone().unwrap_or_default();
        lists.iter().map(|list| list.iter().map(title).collect()).collect()
    }

    const LIST: &str = r#"[{"title": "Mùa mận chín sớm ở Vân Hồ", "url": "/xa-hoi/mua-man-1001.html"},
        {"title": "Khánh thành cầu treo bản Pá", "url": "/xa-hoi/cau-treo-1002.html", "publishedAt": "2026-02-14T08:30:00+07:00"},
        {"title": "Tập huấn phòng cháy rừng", "url": "/xa-hoi/chay-rung-1003.html"}]"#;

    #[test]
    fn state_of_a_page_drawn_by_scripts_is_read() {
        let expected =
            vec![vec!["Mùa mận chín sớm ở Vân Hồ", "Khánh thành cầu treo bản Pá", "Tập huấn phòng cháy rừng"]];
        for script in [
            format!("<script id='__NEXT_DATA__' type='application/json'>{{\"props\": {{\"items\": {LIST}}}}}</script>"),
            format!("<script>window.__INITIAL_STATE__ = {{\"a\": 1, \"list\": {LIST}}};(function(){{}})()</script>"),
            format!("<script>var x = y; var list = {LIST}, z = 2</script>"),
        ] {
            assert_eq!(stories(&script), expected, "{script}");
        }
    }

    #[test]
    fn menus_and_broken_state_are_no_stories() {
        for script in [
            r#"<script>var menu = [{"title": "Xã hội", "url": "/a"}, {"title": "Kinh tế", "url": "/b"}, {"title": "Y tế", "url": "/c"}]</script>"#,
            r#"<script>window.state = {"title": "Một bài báo nào đó", "url": "/bai-bao-1.html", </script>"#,
            r#"<script type="application/json">{"title": 1, "url": {}}</script>"#,
        ] {
            assert!(stories(script).is_empty(), "{script}");
        }
    }
}
