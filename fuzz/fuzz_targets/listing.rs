//! Any bytes as a section page, and as a document that says itself what it is.

#![no_main]

use bantin::model::{Recipe, Selectors};
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let _ = read(body, Some("text/html; charset=utf-8"), &Recipe::Listing(Selectors::default()));
    let _ = read(body, None, &Recipe::Auto);
});
