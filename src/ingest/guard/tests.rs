use super::*;
use crate::ingest::tests::press::{self, Article, Form, Ids, Manner};
use crate::model::{ItemId, Permalink};
use chrono::Duration;

type Entry = (Draft, Recognition);

fn now() -> DateTime<Utc> {
    "2026-02-14T10:00:00Z".parse().expect("a moment")
}

/// Articles an hour apart, with titles of some fifty characters.
fn article(number: usize) -> Draft {
    let hours = i64::try_from(number).expect("hours");
    let title = format!("Người dân bản Nà Sản gặt vụ lúa đầu tiên số {number}");
    let article = Article::new(number, &title, "Năng suất cao hơn mọi năm.", now() - Duration::hours(hours));
    let manner = Manner { ids: Ids::Page, site_ids: true, dated: true };
    press::draft(&article, manner, Form::Plain, &press::section("xa-hoi"), None, 0, now())
}

fn at(address: &str) -> Draft {
    let url = Url::parse(address).expect("a URL");
    Draft { permalink: Permalink::new(url).expect("a web address"), ..article(7) }
}

fn titled(number: usize, title: &str) -> Draft {
    Draft { title: title.to_owned(), ..article(number) }
}

fn dated(number: usize, days_ago: i64, precision: Precision) -> Draft {
    let known = article(number);
    let published =
        known.published.map(|date| crate::model::PubDate { at: now() - Duration::days(days_ago), precision, ..date });
    Draft { published, ..known }
}

fn history() -> Profile {
    let drafts: Vec<Draft> = (0..12).map(article).collect();
    learned(Profile::default(), drafts.len(), drafts.iter(), Extent::Whole, now())
}

fn judged_as(extent: Extent, profile: &Profile, entries: &[Entry]) -> Option<HoldReason> {
    let sightings: Vec<Sighting<'_>> =
        entries.iter().map(|(draft, recognition)| Sighting { draft, recognition }).collect();
    verdict(profile, &sightings, extent, now())
}

fn judge(profile: &Profile, entries: &[Entry]) -> Option<HoldReason> {
    judged_as(Extent::Whole, profile, entries)
}

fn new(drafts: impl IntoIterator<Item = Draft>) -> Vec<Entry> {
    drafts.into_iter().map(|draft| (draft, Recognition::New)).collect()
}

fn page(known: usize, fresh: usize) -> Vec<Entry> {
    let seen = |n| (article(n), Recognition::Known { item: ItemId(1), held: false });
    (0..known).map(seen).chain(new((100..100 + fresh).map(article))).collect()
}

/// A page of known entries with others among them.
fn with(known: usize, others: impl IntoIterator<Item = Draft>) -> Vec<Entry> {
    let mut entries = page(known, 0);
    entries.extend(new(others));
    entries
}

#[test]
fn first_poll_is_accepted() {
    assert_eq!(judge(&Profile::default(), &page(0, 30)), None);
}

#[test]
fn ordinary_news_is_accepted() {
    assert_eq!(judge(&history(), &page(11, 1)), None);
    assert_eq!(judge(&history(), &page(2, 10)), None);
}

#[test]
fn a_page_of_strangers_is_held() {
    assert_eq!(judge(&history(), &page(0, 12)), Some(HoldReason::NearlyAllNew));
    assert_eq!(judge(&history(), &page(1, 29)), Some(HoldReason::NearlyAllNew));
}

#[test]
fn changes_alone_are_neither_strange_nor_a_lesson() {
    assert_eq!(judged_as(Extent::Changes, &history(), &page(0, 29)), None);
    let menu = new((0..9).map(|n| at(&format!("https://bao.vn/muc{n}.html"))));
    assert_eq!(
        judged_as(Extent::Changes, &history(), &menu),
        Some(HoldReason::Unlike),
        "strange addresses stay strange"
    );
    let archive = new((0..9).map(|n| dated(n, 4_000, Precision::Second)));
    assert_eq!(judged_as(Extent::Changes, &history(), &archive), None, "an old sitemap's turn has come");
    let after = learned(history(), 1, [article(77)].iter(), Extent::Changes, now());
    assert_eq!((after.usual_count, after.accepted), (12.0, 2));
}

#[test]
fn known_titles_under_new_addresses_are_held() {
    let mut entries = page(2, 0);
    entries.extend((0..10).map(|n| (article(200 + n), Recognition::OldTitle)));
    assert_eq!(judge(&history(), &entries), Some(HoldReason::OldTitlesNewAddresses));
}

#[test]
fn a_menu_among_known_articles_is_held() {
    let entries = with(3, (0..9).map(|n| at(&format!("https://bao.vn/muc{n}.html"))));
    assert_eq!(judge(&history(), &entries), Some(HoldReason::Unlike));
}

#[test]
fn labels_and_teasers_in_the_place_of_titles_are_held() {
    let labels = with(3, (20..26).map(|n| titled(n, &format!("Mục {n}"))));
    assert_eq!(judge(&history(), &labels), Some(HoldReason::TitlesUnlike));
    let teasers = with(3, (20..26).map(|n| titled(n, &"Năng suất cao hơn mọi năm, ai cũng mừng. ".repeat(5))));
    assert_eq!(judge(&history(), &teasers), Some(HoldReason::TitlesUnlike));
}

#[test]
fn titles_that_are_somewhat_shorter_or_few_are_accepted() {
    assert_eq!(judge(&history(), &with(3, (20..26).map(|n| titled(n, "Gặt vụ lúa đầu tiên")))), None);
    assert_eq!(judge(&history(), &with(3, (20..22).map(|n| titled(n, "Tin vắn")))), None);
    assert_eq!(judge(&history(), &with(9, (20..26).map(|n| titled(n, "Tin vắn")))), None, "most are as ever");
    let untitled = with(3, (20..26).map(|n| titled(n, "")));
    assert_eq!(judge(&history(), &untitled), None, "their pages give the titles");
    let unknown = Profile { usual_title: 0.0, ..history() };
    assert_eq!(judge(&unknown, &with(3, (20..26).map(|n| titled(n, "Tin vắn")))), None, "kept by an older version");
}

#[test]
fn an_archive_in_the_place_of_the_news_is_held() {
    let archive = with(3, (20..26).map(|n| dated(n, 1_500 + i64::try_from(n).expect("days"), Precision::Day)));
    assert_eq!(judge(&history(), &archive), Some(HoldReason::DatesUnlike));
}

#[test]
fn old_articles_are_accepted_where_they_are_few_or_usual() {
    assert_eq!(judge(&history(), &with(9, (20..22).map(|n| dated(n, 1_500, Precision::Day)))), None);
    assert_eq!(judge(&history(), &with(3, (20..26).map(|n| dated(n, 200, Precision::Day)))), None);
    let drafts: Vec<Draft> = (0..12).map(|n| dated(n, 900, Precision::Day)).collect();
    let slow = learned(Profile::default(), drafts.len(), drafts.iter(), Extent::Whole, now());
    assert_eq!(judge(&slow, &with(3, (20..26).map(|n| dated(n, 1_500, Precision::Day)))), None);
}

#[test]
fn one_moment_for_all_is_held() {
    let rebuilt = with(3, (20..26).map(|n| dated(n, 1, Precision::Second)));
    assert_eq!(judge(&history(), &rebuilt), Some(HoldReason::DatesUnlike));
}

#[test]
fn one_day_for_all_is_accepted_and_so_is_a_source_that_always_does_it() {
    assert_eq!(judge(&history(), &with(3, (20..26).map(|n| dated(n, 1, Precision::Day)))), None);
    assert_eq!(
        judge(&history(), &with(3, (20..24).map(|n| dated(n, 1, Precision::Second)))),
        None,
        "an embargo's hour"
    );
    let drafts: Vec<Draft> = (0..12).map(|n| dated(n, 2, Precision::Second)).collect();
    let stamped = learned(Profile::default(), drafts.len(), drafts.iter(), Extent::Whole, now());
    assert_eq!(judge(&stamped, &with(3, (20..29).map(|n| dated(n, 1, Precision::Second)))), None);
}

#[test]
fn what_is_held_already_does_not_count() {
    let held: Vec<Entry> = (0..12).map(|n| (article(n), Recognition::Known { item: ItemId(1), held: true })).collect();
    assert_eq!(judge(&history(), &held), None);
}

#[test]
fn fitting_is_host_and_shape() {
    let profile = history();
    assert!(fits(&profile, article(77).permalink.url()));
    assert!(!fits(&profile, at("https://bao.vn/lien-he.html").permalink.url()));
    assert!(!fits(&profile, at("https://khac.vn/xa-hoi/mot-bai-viet-so-7-Ab3dEf9h7.html").permalink.url()));
}

#[test]
fn every_reason_has_words() {
    use HoldReason::{DatesUnlike, NearlyAllNew, OldTitlesNewAddresses, TitlesUnlike, Unlike};
    let words: std::collections::HashSet<_> =
        [NearlyAllNew, OldTitlesNewAddresses, Unlike, TitlesUnlike, DatesUnlike].map(HoldReason::as_str).into();
    assert_eq!(words.len(), 5);
}
