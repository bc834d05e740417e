//! What identity is worth, measured on `corpus/vi-clusters`: 229 articles of 72 events, which must stay 229 items, and edits
//! of them made up from a seed, which must stay the items that they were.
//!
//! The folder of corpora is `$BANTIN_CORPUS`, by default `../shared/corpus`; without it these tests say so and pass.

use super::press::*;
use crate::model::Draft;
use crate::normalize::{SiteIdRule, distance, fingerprint};
use crate::store::sqlite::in_memory::{InMemory, says_the_same};
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SEEDS: [u64; 3] = [1, 20_261_122, 0x6261_6e74_696e];
/// Articles of one poll.
const PAGE: usize = 10;

fn now() -> DateTime<Utc> {
    "2013-11-30T10:00:00Z".parse().expect("a moment")
}

/// The articles with the number of their event.
fn articles() -> Option<Vec<(String, Article)>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("BANTIN_CORPUS").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(corpus.join("vi-clusters/clusters.jsonl")) else {
        eprintln!("skipped: no vi-clusters in {}", corpus.display());
        return None;
    };
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a row"));
    let made = rows.enumerate().map(|(number, row)| {
        let field = |name: &str| row[name].as_str().expect("a text").to_owned();
        let stated = NaiveDateTime::parse_from_str(&field("time"), "%d/%m/%Y %H:%M").expect("a time").and_utc();
        let mut article = Article::new(number, &field("title"), &field("summary"), stated.min(now()));
        // two reports of one event may have one wording, and still lie at two addresses
        article.slug = format!("{}-{}", article.slug, char::from(b'a' + u8::try_from(number % 26).expect("a letter")));
        (field("cluster"), article)
    });
    Some(made.collect())
}

/// What an edited article can still be recognized by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Address,
    SiteId,
    OwnId,
    TitleAndDay,
    TextAlone,
}

/// One edit of an article, and how it comes.
#[derive(Debug, Clone)]
struct Edit {
    title: TitleEdit,
    address: &'static str,
    form: Form,
    new_guid: bool,
    summary: bool,
    /// The source that shows it first: the one that had it, or another one.
    elsewhere: bool,
    hours: i64,
}

fn an_edit(dice: &mut Dice) -> Edit {
    let title = if dice.chance(60) { *dice.pick(&TITLE_EDITS) } else { TitleEdit::None };
    let address = *dice.pick(&["same", "same", "slug", "section", "slug and section"]);
    let form = *dice.pick(&FORMS);
    Edit {
        title,
        address,
        form,
        new_guid: dice.chance(30),
        summary: dice.chance(30),
        elsewhere: dice.chance(30),
        hours: i64::try_from(dice.below(20)).expect("hours") + 1,
    }
}

fn edited(article: &Article, edit: &Edit, dice: &mut Dice) -> Article {
    let mut after = Article { title: edited_title(article, edit.title, dice), ..article.clone() };
    if edit.address.contains("slug") {
        after.slug = format!(
            "{}-sua-lan-{}",
            slug(&after.title),
            char::from(b'b' + u8::try_from(dice.below(20)).expect("a letter"))
        );
    }
    if edit.address.contains("section") {
        after.section = "phap-luat".to_owned();
    }
    if edit.new_guid {
        after.guid = format!("urn:moi:{}", dice.next());
    }
    if edit.summary {
        after.summary = edited_summary(&article.summary, dice);
    }
    after
}

fn left(edit: &Edit, before: &Article, after: &Article, manner: Manner) -> Left {
    let same_day_title = manner.dated && fold_title(&before.title) == fold_title(&after.title);
    if edit.address == "same" {
        Left::Address
    } else if manner.site_ids {
        Left::SiteId
    } else if manner.ids == Ids::Own && !edit.new_guid && !edit.elsewhere {
        Left::OwnId
    } else if same_day_title && (manner.ids != Ids::Address || edit.elsewhere) {
        Left::TitleAndDay
    } else {
        Left::TextAlone
    }
}

fn fold_title(title: &str) -> String {
    slug(title)
}

/// An origin that gives another address and another id of its own says twice that it is another article: by design it is,
/// and where it happens to a whole page, the guard holds it.
fn is_another_by_design(edit: &Edit, manner: Manner) -> bool {
    manner.ids == Ids::Own && !manner.site_ids && edit.address != "same" && edit.new_guid && !edit.elsewhere
}

#[derive(Default)]
struct Tally {
    tried: usize,
    found: usize,
    wrong: usize,
}

/// A store that has taken in all articles, one poll after the other.
struct Taken<'a> {
    store: &'a InMemory,
    manner: Manner,
    rule: Option<SiteIdRule>,
    articles: &'a [Article],
    drafts: Vec<Draft>,
}

impl<'a> Taken<'a> {
    fn of(store: &'a InMemory, articles: &'a [Article], manner: Manner) -> Self {
        let (rule, section) = (rule(articles, manner), section("xa-hoi"));
        assert_eq!(rule.is_some(), manner.site_ids, "the id is learned where there is one");
        let mut drafts = Vec::new();
        for page in articles.chunks(PAGE) {
            let place = |(place, a)| draft(a, manner, Form::Plain, &section, rule.as_ref(), place, now());
            let page: Vec<Draft> = page.iter().enumerate().map(place).collect();
            let commit = store.commit(&batch(&section, page.clone(), now()));
            assert_eq!(commit.new as usize, page.len(), "two articles on one event became one, {manner:?}");
            drafts.extend(page);
        }
        Self { store, manner, rule, articles, drafts }
    }

    /// Shows an edited article at the top of a page of old ones, then on a page of the other section.
    fn show(&self, at: usize, after: &Article, edit: &Edit) -> (Draft, u32) {
        let section = section(if edit.elsewhere { "phap-luat" } else { "xa-hoi" });
        let when = now() + Duration::hours(edit.hours);
        let first = at / PAGE * PAGE;
        let page = first..(first + PAGE).min(self.articles.len());
        let mut drafts = Vec::new();
        for (place, number) in page.enumerate() {
            let is_edited = number == at;
            let (article, form) = if is_edited { (after, edit.form) } else { (&self.articles[number], Form::Plain) };
            drafts.push(draft(article, self.manner, form, &section, self.rule.as_ref(), place, when));
        }
        let shown = drafts[at - first].clone();
        let commit = self.store.commit(&batch(&section, drafts, when));
        assert!(commit.repairs.is_empty(), "{:?}", commit.repairs);
        (shown, commit.new)
    }
}

#[test]
fn articles_of_one_event_stay_apart_and_edited_ones_are_found() {
    let Some(articles) = articles() else { return };
    let articles: Vec<Article> = articles.into_iter().map(|(_, article)| article).collect();
    let store = InMemory::new();
    let mut tallies: BTreeMap<(Left, TitleEdit), Tally> = BTreeMap::new();
    // a debug build takes a minute for all three
    let seeds = if cfg!(debug_assertions) { &SEEDS[..1] } else { &SEEDS[..] };
    for seed in seeds {
        let mut dice = Dice::new(*seed);
        for manner in Manner::all() {
            store.case(|| {
                let taken = Taken::of(&store, &articles, manner);
                for (at, before) in articles.iter().enumerate() {
                    let edit = an_edit(&mut dice);
                    let after = edited(before, &edit, &mut dice);
                    if is_another_by_design(&edit, manner) {
                        continue;
                    }
                    let own = store.item_at(&taken.drafts[at]);
                    let (is_found, is_wrong) = store.case(|| {
                        let (shown, new) = taken.show(at, &after, &edit);
                        let item = store.item_at(&shown);
                        (item == own && new == 0, new == 0 && item != own)
                    });
                    let tally = tallies.entry((left(&edit, before, &after, manner), edit.title)).or_default();
                    tally.tried += 1;
                    tally.found += usize::from(is_found);
                    tally.wrong += usize::from(is_wrong);
                }
            });
        }
    }
    let sum = |of: fn(&Tally) -> usize| tallies.values().map(of).sum::<usize>();
    let (tried, found, wrong) = (sum(|t| t.tried), sum(|t| t.found), sum(|t| t.wrong));
    for ((left, title), Tally { tried, found, wrong }) in &tallies {
        println!("{left:?}, title {title:?}: tried {tried}, found {found}, wrong {wrong}");
    }
    let percent = percent(found, tried);
    println!("seeds {seeds:?}: tried {tried} edits, found {found} ({percent:.2} %), wrong merges {wrong}");
    assert_eq!(wrong, 0, "wrong merges");
    assert!(percent >= 98.0, "only {percent:.2} % of the edits were found");
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn percent(part: usize, of: usize) -> f64 {
    part as f64 * 100.0 / of.max(1) as f64
}

/// Articles that are made of one form: what differs tells them apart, however alike the rest is.
fn look_alikes(article: &Article, dice: &mut Dice) -> Vec<Article> {
    let other = |title: String, summary: &str| Article {
        slug: slug(&title),
        id: format!("Zz{}yX", dice_word(&title)),
        guid: format!("urn:khac:{title}"),
        summary: summary.to_owned(),
        title,
        ..article.clone()
    };
    let day = dice.below(27) + 1;
    let (title, text) = (&article.title, &article.summary);
    let filled_in = |degrees: usize| format!("{text} Nhiệt độ cao nhất {degrees} độ.");
    let again = |name: &str, degrees: usize| {
        let form = other(title.clone(), &filled_in(degrees));
        Article { slug: format!("{}-{name}", form.slug), id: format!("Zy{name}{degrees:02}"), ..form }
    };
    vec![
        other(format!("{title} ngày {day}/2/2026"), text),
        other(format!("{title} (Kỳ 2)"), text),
        other(format!("{title} (Kỳ cuối)"), text),
        other(format!("{title}: Bản tin chiều"), text),
        other(format!("{title} tại Phiêng Cằm"), text),
        again("mot", day),
        again("hai", day + 1),
    ]
}

fn dice_word(title: &str) -> String {
    format!("{:05}", fingerprint(title) % 100_000)
}

#[test]
fn look_alikes_of_each_article_stay_apart() {
    let Some(articles) = articles() else { return };
    let store = InMemory::new();
    let mut pairs = 0;
    for seed in SEEDS {
        let mut dice = Dice::new(seed);
        for manner in Manner::all() {
            for (_, article) in articles.iter().step_by(5) {
                let mut shown = look_alikes(article, &mut dice);
                // one title twice on a day is one article by rule, unless ids say otherwise
                let forms = shown.split_off(shown.len() - 2);
                if manner.dated || manner.ids == Ids::Own {
                    shown.push(article.clone());
                } else {
                    shown.extend(forms);
                }
                dice.shuffle(&mut shown);
                let section = section("xa-hoi");
                store.case(|| {
                    for (turn, article) in shown.iter().enumerate() {
                        let when = now() + Duration::minutes(i64::try_from(turn).expect("few"));
                        let drafts = vec![draft(article, manner, Form::Plain, &section, None, 0, when)];
                        let commit = store.commit(&batch(&section, drafts, when));
                        assert_eq!(commit.new, 1, "seed {seed}, {manner:?}: {:?} in {:#?}", article.title, shown);
                        pairs += turn;
                    }
                });
            }
        }
    }
    println!("seeds {SEEDS:?}: {pairs} pairs of look-alikes, wrong merges 0");
}

/// Distances of the simhash, and the words' verdict beside it: the table of `store/dedup/near.rs`.
#[test]
fn curve_of_the_near_duplicates() {
    let Some(articles) = articles() else { return };
    let manner = Manner { ids: Ids::Page, site_ids: false, dated: false };
    let section = section("xa-hoi");
    let of = |article: &Article| draft(article, manner, Form::Plain, &section, None, 0, now());
    let drafts: Vec<Draft> = articles.iter().map(|(_, article)| of(article)).collect();
    let mut apart: Vec<(u32, bool)> = Vec::new();
    for (at, a) in drafts.iter().enumerate() {
        for b in &drafts[..at] {
            apart.push((distance(a.fingerprint, b.fingerprint), says_the_same(a, b)));
        }
    }
    let mut one: Vec<(u32, bool)> = Vec::new();
    for seed in SEEDS {
        let mut dice = Dice::new(seed);
        for ((_, article), before) in articles.iter().zip(&drafts) {
            for title in TITLE_EDITS {
                let mut after = Article { title: edited_title(article, title, &mut dice), ..article.clone() };
                if dice.chance(50) {
                    after.summary = edited_summary(&article.summary, &mut dice);
                }
                let after = of(&after);
                one.push((distance(before.fingerprint, after.fingerprint), says_the_same(&after, before)));
            }
        }
    }
    println!("seeds {SEEDS:?}: {} edits, {} pairs of two articles", one.len(), apart.len());
    println!("| distance | found | wrong | found with words | wrong with words |");
    for limit in (0..=32).step_by(2) {
        let near = |pairs: &[(u32, bool)]| pairs.iter().filter(|(d, _)| *d <= limit).count();
        let both = |pairs: &[(u32, bool)]| pairs.iter().filter(|(d, same)| *d <= limit && *same).count();
        println!(
            "| {limit} | {:.1} % | {} | {:.1} % | {} |",
            percent(near(&one), one.len()),
            near(&apart),
            percent(both(&one), one.len()),
            both(&apart)
        );
    }
    let wrong = apart.iter().filter(|(_, same)| *same).count();
    assert_eq!(wrong, 0, "words alone take two articles for one");
    let found = one.iter().filter(|(d, same)| *d <= 16 && *same).count();
    assert!(percent(found, one.len()) >= 90.0, "{found} of {}", one.len());
}
