//! Any bytes as a feed.

#![no_main]

use bantin::model::{Kind, Recipe};
use bantin_fuzz::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(extraction) = read(body, None, &Recipe::Feed) {
        assert_eq!(extraction.kind, Kind::Feed);
    }
});
