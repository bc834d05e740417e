//! A history that is made up: articles of some forty words, in the frequencies of a provincial paper, over the bench's `SECTIONS`.

use crate::SECTIONS;
use bantin::model::{
    Category, CategorySlug, DateOrigin, Draft, ItemKey, PaperId, Permalink, Precision, PubDate, SafeHtml, SourceId,
};
use bantin::store::sqlite::SqliteStore;
use bantin::store::{Arrival, Batch, Coverage, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use url::Url;

const A_LISTING: usize = 30;
const A_BATCH: usize = 2_000;

/// Words that stand in most articles, in many, and in few.
const COMMON: &[&str] = &["và", "của", "tỉnh", "trong", "đạt", "người", "được", "các", "năm", "xã", "hội", "la"];
const USUAL: &[&str] = &[
    "nông",
    "dân",
    "đất",
    "cầu",
    "đường",
    "học",
    "sinh",
    "bản",
    "huyện",
    "giống",
    "lúa",
    "mưa",
    "lũ",
    "điện",
    "biên",
    "phòng",
    "công",
    "an",
    "trường",
    "thuốc",
    "thương",
    "nghề",
    "nước",
    "rừng",
    "chè",
    "cà",
    "phê",
    "giá",
    "thành",
    "phố",
];
const RARE: &[&str] = &["nậm", "sốp", "cộp", "phiêng", "khoài", "chiềng", "sinh", "tạ", "bú", "mường", "lạn"];

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_056_000, 0).expect("2026-02-14 08:00")
}

pub(crate) fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

/// Commits so many articles, the newest last.
pub(crate) async fn fill(folder: &Path, items: usize) {
    let store = SqliteStore::open(folder, now()).expect("a store");
    let mut from = 0;
    while from < items {
        let to = (from + A_BATCH).min(items);
        let drafts = (from..to).map(|n| article(n, items)).collect();
        store.commit(Batch { coverage: Coverage::Part, ..batch(drafts) }).await.expect("a commit");
        from = to;
    }
    store.commit(listing(items)).await.expect("a commit");
    store.optimize().await.expect("house work");
    store.close();
}

/// The newest articles of a section, as its page lists them.
pub(crate) fn listing(items: usize) -> Batch {
    let of_section = (0..items).rev().filter(|n| n % SECTIONS == 3).take(A_LISTING);
    batch(of_section.map(|n| article(n, items)).collect())
}

/// One article more, the newest; of the same section as the listing where its number leaves 3.
pub(crate) fn one_more(number: usize) -> Batch {
    Batch { coverage: Coverage::Part, ..batch(vec![article(number, number)]) }
}

/// The listing, its first article with another title each time.
pub(crate) fn edited_listing(items: usize) -> impl Fn() -> Batch {
    let turn = Cell::new(0);
    move || {
        turn.set(turn.get() + 1);
        let mut batch = listing(items);
        Arc::make_mut(&mut batch.drafts)[0].title = format!("Tin đã sửa lần thứ {}", turn.get());
        batch
    }
}

fn batch(mut drafts: Vec<Draft>) -> Batch {
    for (place, draft) in drafts.iter_mut().enumerate() {
        draft.place = place;
    }
    Batch {
        source: SourceId::new(&paper(), "muc-3").expect("a slug"),
        paper: paper(),
        authority: "bao.example".into(),
        now: now(),
        poll: None,
        memory: None,
        drafts: Arc::new(drafts),
        coverage: Coverage::Whole,
        arrival: Arrival::Ready,
        release: Vec::new(),
        article: None,
        origins: Vec::new(),
        body: None,
        anew: None,
    }
}

fn article(number: usize, of: usize) -> Draft {
    let mut seed = number as u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % below
    };
    let mut words = |count: usize| -> String {
        let mut word = || match next(10) {
            0..4 => COMMON[next(COMMON.len())],
            4..9 => USUAL[next(USUAL.len())],
            _ => RARE[next(RARE.len())],
        };
        (0..count).map(|_| word()).collect::<Vec<_>>().join(" ")
    };
    let (title, summary, text) = (words(8), words(30), words(60));
    let title = format!("{title} số {}", number % 1_000);
    let section = number % SECTIONS;
    let path = format!("bao.example/muc-{section}/bai-viet-so-{number}-A{number}b.html");
    let age = i64::try_from(of - number).unwrap_or(0);
    let category = Category {
        slug: CategorySlug::new(format!("muc-{section}")).expect("a slug"),
        title: format!("Mục {section}"),
    };
    Draft {
        source: SourceId::new(&paper(), &format!("muc-{section}")).expect("a slug"),
        paper: paper(),
        keys: vec![ItemKey::Permalink(path.clone()), ItemKey::SiteId(format!("bao.example|A{number}b"))],
        permalink: Permalink::new(Url::parse(&format!("https://{path}")).expect("a URL")).expect("a web address"),
        title,
        summary: Some(summary),
        content: Some(SafeHtml::vouch(format!("<p>{text}</p>"))),
        categories: vec![category],
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: Some(PubDate {
            at: now() - TimeDelta::minutes(age),
            precision: Precision::Second,
            origin: DateOrigin::Feed,
        }),
        updated: None,
        place: 0,
        fingerprint: number as u64,
    }
}
