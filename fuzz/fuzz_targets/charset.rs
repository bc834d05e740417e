//! Any bytes under any label, within a page and within a feed. The first line is the label, the rest the bytes.

#![no_main]

use bantin::model::{Recipe, Selectors};
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|b| *b == b'\n').unwrap_or(0).min(60);
    let (label, bytes) = (String::from_utf8_lossy(&input[..at]), &input[at..]);
    let header = format!("text/html; charset={label}");

    // as it stands
    let _ = read(bytes, Some(&header), &Recipe::Auto);

    // within a page and a feed, labeled by the header or by themselves
    let mut page = format!("<!doctype html><meta charset=\"{label}\"><ul>").into_bytes();
    for story in 1..4 {
        page.extend_from_slice(format!("<li><h2><a href=\"/tin-{story}-{story}23456.html\">").as_bytes());
        page.extend_from_slice(bytes);
        page.extend_from_slice(b"</a></h2><p>");
        page.extend_from_slice(bytes);
    }
    let listing = Recipe::Listing(Selectors::default());
    utf8_wins(&page, &label, read(&page, Some(&header), &listing).map(|read| read.encoding));
    let _ = read(&page, None, &listing);

    let mut feed = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><rss version=\"2.0\"><channel><item>").into_bytes();
    feed.extend_from_slice(b"<link>https://bao.example/1.html</link><title>");
    feed.extend_from_slice(bytes);
    feed.extend_from_slice(b"</title></item></channel></rss>");
    let _ = read(&feed, Some(&header.replace("html", "xml")), &Recipe::Feed);
    utf8_wins(&feed, &label, read(&feed, None, &Recipe::Feed).map(|read| read.encoding));
});

/// Valid UTF-8 wins over any label but the one that hides in ASCII.
fn utf8_wins<E>(body: &[u8], label: &str, encoding: Result<String, E>) {
    let may_hide = body.contains(&0x1b);
    if let Ok(encoding) = encoding
        && std::str::from_utf8(body).is_ok()
        && !may_hide
    {
        assert_eq!(encoding, "utf-8", "valid UTF-8 was read otherwise for its label {label:?}");
    }
}
