//! Any bytes as a sitemap or an index of sitemaps, packed or not.

#![no_main]

use bantin::model::{ExtractMethod, Kind, Recipe};
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

/// Entries of one document.
const MOST_PAGES: usize = 350;
const MOST_SITEMAPS: usize = 1_000;

fuzz_target!(|body: &[u8]| {
    if let Ok(extraction) = read(body, None, &Recipe::Sitemap) {
        assert_eq!(extraction.kind, Kind::Listing);
        let most = if extraction.method == ExtractMethod::SitemapIndex { MOST_SITEMAPS } else { MOST_PAGES };
        assert!(extraction.entries.len() <= most, "{} entries", extraction.entries.len());
        assert!(extraction.entries.iter().all(|entry| entry.link.is_some()), "an entry that leads nowhere");
    }
});
