//! Any bytes as an article's own page: at most one entry comes of it.

#![no_main]

use bantin::model::Recipe;
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(extraction) = read(body, Some("text/html; charset=utf-8"), &Recipe::Article) {
        assert!(extraction.entries.len() <= 1, "{} articles on one page", extraction.entries.len());
    }
});
