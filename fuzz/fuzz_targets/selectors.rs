//! Any texts as selectors of any page: seven lines of selectors, then the page.

#![no_main]

use bantin::extract::{ExtractError, is_selector};
use bantin::model::{Recipe, Selectors};
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut lines = input.splitn(8, |b| *b == b'\n');
    let mut next = || {
        let line = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        (!line.is_empty()).then_some(line)
    };
    let selectors = Selectors {
        item: next(),
        link: next(),
        title: next(),
        summary: next(),
        category: next(),
        time: next(),
        image: next(),
    };
    let page = lines.next().unwrap_or_default();
    let parts = [
        &selectors.item,
        &selectors.link,
        &selectors.title,
        &selectors.summary,
        &selectors.category,
        &selectors.time,
        &selectors.image,
    ];
    let all_fit = parts.into_iter().flatten().all(|selector| is_selector(selector));
    let has_item = selectors.item.is_some();
    let read = read(page, Some("text/html; charset=utf-8"), &Recipe::Listing(selectors));
    // what the configuration's check lets pass, extraction takes, and the other way round
    let refused = matches!(read, Err(ExtractError::BadSelector { .. }));
    assert_eq!(refused, has_item && !all_fit && !page.is_empty());
});
