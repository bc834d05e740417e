use super::*;
use crate::model::{
    Category, CategorySlug, DateOrigin, ItemKey, PaperId, Precision, Recipe, RobotsPolicy, SourceId, StatedDate,
};

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL of the test")
}

fn source() -> Source {
    let paper = PaperId::new("bao").expect("a slug");
    Source {
        id: SourceId::new(&paper, "xa-hoi").expect("a slug"),
        paper,
        url: url("https://bao.vn/xa-hoi.html"),
        recipe: Recipe::Auto,
        category: None,
        read_articles: false,
        article_grace: std::time::Duration::from_secs(3600),
        robots: RobotsPolicy::Obey,
        headers: Vec::new(),
        home: url("https://bao.vn/"),
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        language: "vi".into(),
    }
}

fn made(entry: Entry, kind: Kind) -> Result<Draft, Rejection> {
    made_by(entry, kind, &source())
}

fn made_by(entry: Entry, kind: Kind, source: &Source) -> Result<Draft, Rejection> {
    let now = "2026-02-14T10:00:00Z".parse().expect("a moment");
    let base = url("https://bao.vn/xa-hoi.html");
    normalize(entry, &Context { source, kind, base: &base, now, first_sight: now, place: 0, site_id: None })
}

fn entry(link: &str, title: &str) -> Entry {
    Entry { link: Url::parse(link).ok(), title: Some(title.into()), ..Entry::default() }
}

fn dated(mut entry: Entry, local: &str) -> Entry {
    let local = local.parse().expect("a local time of the test");
    entry.published = Some(StatedDate { local, offset: None, precision: Precision::Minute, origin: DateOrigin::Feed });
    entry
}

#[test]
fn plain_facts_are_cleaned() {
    let draft = made(
        Entry {
            summary: Some(" Một \u{b}hai\n\n\nba ".into()),
            content: Some("<p onclick=x>nội dung<script>1</script></p>".into()),
            categories: vec!["Xã hội -".into(), "xã hội".into(), "all".into()],
            authors: vec![" Lò  Minh ".into(), "lò minh".into(), String::new()],
            language: Some("vi-VN".into()),
            image: Some(url("https://bao.vn/a.jpg")),
            ..entry("https://bao.vn/a.html?utm_source=rss#x", "  Xa\u{303}  hô\u{323}i ")
        },
        Kind::Feed,
    )
    .expect("a good entry");
    assert_eq!(draft.permalink.as_str(), "https://bao.vn/a.html");
    assert_eq!(draft.title, "Xã hội");
    assert_eq!(draft.summary.as_deref(), Some("Một hai\n\nba"));
    assert_eq!(draft.content.as_ref().map(SafeHtml::as_str), Some("<p>nội dung</p>"));
    assert_eq!(draft.categories.iter().map(|c| c.slug.as_str()).collect::<Vec<_>>(), ["xa-hoi"]);
    assert_eq!((draft.authors, draft.language), (vec!["Lò Minh".to_owned()], None));
}

#[test]
fn configured_category_wins_over_labels() {
    let category = Category { slug: CategorySlug::new("tin-moi").expect("a slug"), title: "Tin mới".into() };
    let source = Source { category: Some(category.clone()), ..source() };
    let stated = Entry { categories: vec!["Khác".into()], ..entry("https://bao.vn/a", "Một tin") };
    assert_eq!(made_by(stated, Kind::Listing, &source).expect("a good entry").categories, [category]);
}

#[test]
fn entries_without_link_or_title_are_refused() {
    assert_eq!(made(entry("", "Một tin"), Kind::Feed).map(|d| d.title), Err(Rejection::NoLink));
    assert_eq!(made(entry("javascript:1", "Một tin"), Kind::Feed).map(|d| d.title), Err(Rejection::NoLink));
    assert_eq!(made(entry("https://bao.vn/a", " \u{0} "), Kind::Feed).map(|d| d.title), Err(Rejection::NoTitle));
    let summary = Entry { summary: Some("Một tin dài".into()), ..entry("https://bao.vn/a", "") };
    assert_eq!(made(summary, Kind::Feed).map(|d| d.title), Ok("Một tin dài".to_owned()));
    let by_id = Entry { id: Some("https://bao.vn/b".into()), ..entry("", "Một tin") };
    assert_eq!(made(by_id, Kind::Feed).map(|d| d.permalink.to_string()), Ok("https://bao.vn/b".to_owned()));
}

#[test]
fn section_page_entry_off_the_site_is_refused() {
    let off = || entry("https://ads.example/x", "Mua ngay");
    let host = "ads.example".to_owned();
    assert_eq!(made(off(), Kind::Listing).map(|d| d.title), Err(Rejection::OffSite { host }));
    assert!(made(off(), Kind::Feed).is_ok());
    assert!(made(entry("https://media.bao.vn/x", "Một tin"), Kind::Listing).is_ok());
}

#[test]
fn keys_stand_strongest_first() {
    let stated = Entry { id: Some("urn:1".into()), ..entry("http://www.bao.vn/a/", "Một tin rất mới") };
    let draft = made(dated(stated, "2026-02-14T00:30:00"), Kind::Feed).expect("a good entry");
    let id = ItemKey::OriginId(source().id, "urn:1".into());
    let permalink = ItemKey::Permalink("bao.vn/a".into());
    assert_eq!(draft.keys, [id, permalink, ItemKey::TitleDay("mot tin rat moi|2026-02-14".into())]);
}

#[test]
fn id_that_is_an_address_is_compared_as_one() {
    let with = |query: &str| {
        let id = format!("https://bao.vn/a?{query}");
        made(Entry { id: Some(id.clone()), ..entry(&id, "Một tin") }, Kind::Feed).expect("a good entry").keys
    };
    assert_eq!(with("utm_source=1&fbclid=a"), with("utm_source=2"));
}

#[test]
fn canonical_of_an_article_page_is_a_key() {
    let page = |canonical: &str| Entry { canonical: Some(url(canonical)), ..entry("https://bao.vn/a", "Một tin") };
    let keys = |canonical| made(page(canonical), Kind::Article).expect("a good entry").keys.len();
    assert_eq!(keys("https://bao.vn/b"), 2);
    assert_eq!(keys("http://bao.vn/a/"), 1);
    assert_eq!(keys("https://bao.vn/"), 1);
    assert_eq!(keys("https://khac.vn/b"), 1);
}

#[test]
fn article_page_without_link_is_its_own_address() {
    let draft = made(entry("", "Một tin"), Kind::Article).expect("a good entry");
    assert_eq!(draft.permalink.as_str(), "https://bao.vn/xa-hoi.html");
}

#[test]
fn undated_entry_has_no_title_key_and_no_date() {
    let draft = made(entry("https://bao.vn/a", "Một tin rất mới"), Kind::Listing).expect("a good entry");
    assert_eq!((draft.published, draft.keys.len()), (None, 1));
}

#[test]
fn long_and_hostile_texts_are_bounded() {
    let stated = Entry {
        summary: Some("y ".repeat(1 << 20)),
        authors: (0..10_000).map(|n| format!("A {n}")).collect(),
        categories: (0..10_000).map(|n| format!("Mục {n}")).collect(),
        ..entry("https://bao.vn/a", &"x".repeat(1 << 20))
    };
    let draft = made(stated, Kind::Feed).expect("a good entry");
    assert!(draft.title.chars().count() <= 501 && draft.summary.is_some_and(|s| s.chars().count() <= 10_001));
    assert_eq!((draft.authors.len(), draft.categories.len()), (20, 16));
}
