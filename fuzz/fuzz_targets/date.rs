//! Any text as a date: one that is understood is written in one form of ISO 8601 and means the same there.

#![no_main]

use bantin::extract::date;
use bantin::model::{DateOrigin, Precision, StatedDate};
use bantin_fuzz::now;
use chrono::{Duration, Offset};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for origin in [DateOrigin::Metadata, DateOrigin::Text, DateOrigin::Feed] {
        let read = date::parse(text, origin, now());
        assert_eq!(read, date::parse(&format!(" {}\n", text.trim()), origin, now()), "space around a date matters");
        for found in read.into_iter().chain(date::find(text, origin, now())) {
            holds(text, found, origin);
        }
    }
});

fn holds(text: &str, found: StatedDate, origin: DateOrigin) {
    assert_eq!(found.origin, origin);
    let offset = found.offset.map_or(0, |offset| offset.fix().local_minus_utc());
    assert!(offset.abs() < 24 * 3600);
    let utc = found.local - Duration::seconds(i64::from(offset));
    // a day of slack, and a zone that is not known yet
    assert!(utc <= now().naive_utc() + Duration::hours(49), "{text:?} is {found:?}, long after it was fetched");
    let again = date::parse(&written(found), origin, now());
    let again = again.unwrap_or_else(|| panic!("{text:?} was read as {}, which is no date", written(found)));
    // a day alone is written without the offset that stood beside it
    let offset = found.offset.filter(|_| found.precision != Precision::Day);
    assert_eq!((again.local, again.offset), (found.local, offset), "{text:?}");
}

fn written(date: StatedDate) -> String {
    let zone = date.offset.map(|offset| offset.to_string()).unwrap_or_default();
    match date.precision {
        Precision::Day => date.local.format("%Y-%m-%d").to_string(),
        _ => format!("{}{zone}", date.local.format("%Y-%m-%dT%H:%M:%S")),
    }
}
