//! What must hold of identity over anything that may come: cases from seeds, over a database in memory.
//!
//! A case that fails prints its seed and its steps; `BANTIN_SEED` runs that one alone.

use super::press::*;
use crate::model::{HoldReason, Item, PaperId, Selection, Source};
use crate::normalize::SiteIdRule;
use crate::store::sqlite::in_memory::InMemory;
use crate::store::{Arrival, Batch};
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// In a release build, as CI makes it, ten thousand of each; `BANTIN_CASES` asks for more or fewer.
const CASES: u64 = if cfg!(debug_assertions) { 100 } else { 10_000 };

/// What was done, and what was wrong in the end.
pub(super) type Case = fn(&InMemory, &mut Dice, &mut Vec<String>) -> Result<(), String>;

pub(super) fn hold_for_all_cases(case: Case) {
    let only = std::env::var("BANTIN_SEED").ok().map(|seed| seed.parse::<u64>().expect("a seed"));
    let cases = std::env::var("BANTIN_CASES").map_or(CASES, |cases| cases.parse().expect("a number of cases"));
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let store = InMemory::new();
                for seed in (thread..cases).step_by(threads as usize).filter(|seed| only.is_none_or(|one| one == *seed))
                {
                    let mut steps = Vec::new();
                    let outcome = store.case(|| case(&store, &mut Dice::new(seed), &mut steps));
                    if let Err(fault) = outcome {
                        panic!("BANTIN_SEED={seed}: {fault}\nafter:\n{}", steps.join("\n"));
                    }
                }
            });
        }
    });
}

pub(super) fn start() -> DateTime<Utc> {
    "2026-02-14T01:00:00Z".parse().expect("a moment")
}

pub(super) fn minutes(count: usize) -> Duration {
    Duration::minutes(i64::try_from(count).expect("minutes"))
}

pub(super) fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

pub(super) fn all_items(store: &InMemory) -> Vec<Item> {
    store.items(&Selection::of(paper(), None, 1_000))
}

pub(super) fn truth(item: &Item) -> &str {
    item.authors.first().map_or("", String::as_str)
}

const WORDS: &[&str] = &[
    "bản",
    "làng",
    "người",
    "dân",
    "vụ",
    "lúa",
    "cầu",
    "mới",
    "trường",
    "học",
    "đường",
    "chợ",
    "phiên",
    "hồ",
    "nước",
    "rừng",
    "xanh",
    "mùa",
    "xoài",
    "cà",
    "phê",
    "giá",
    "nông",
    "hội",
    "phụ",
    "huyện",
    "tỉnh",
    "xã",
    "thanh",
    "niên",
    "lễ",
    "ra",
    "quân",
    "đón",
    "bóng",
    "chuyền",
    "giải",
    "khởi",
    "công",
    "thông",
    "xe",
    "điện",
    "sạch",
    "du",
    "lịch",
    "thác",
    "suối",
    "mưa",
    "rét",
    "đậm",
    "sạt",
    "lở",
    "cứu",
    "trợ",
    "tặng",
    "quà",
    "tết",
    "văn",
    "nghệ",
    "múa",
    "xòe",
    "khèn",
    "dệt",
    "thổ",
];

fn words(count: usize, dice: &mut Dice) -> String {
    (0..count).map(|_| *dice.pick(WORDS)).collect::<Vec<_>>().join(" ")
}

/// A new article; now and then one of a form that is filled in, or the next part of a series.
pub(super) fn an_article(number: usize, others: &[Article], at: DateTime<Utc>, dice: &mut Dice) -> Article {
    let fresh = |dice: &mut Dice| {
        let (title, text) = (6 + dice.below(5), 15 + dice.below(10));
        Article::new(number, &words(title, dice), &words(text, dice), at)
    };
    let mut made = match (dice.below(5), others.last()) {
        (0, _) => {
            let (title, text) =
                (format!("Dự báo thời tiết toàn tỉnh ngày {}/2", number + 1), "Có mây, không mưa, ".repeat(5));
            Article::new(number, &title, &text, at)
        }
        (1, Some(other)) => Article::new(number, &format!("{} (Kỳ {number})", other.title), &other.summary, at),
        _ => fresh(dice),
    };
    made.slug = format!("{}-{}", made.slug, ["a", "b", "c", "d", "e"][number % 5]);
    made
}

/// A poll of a source: what it shows, in which form.
#[derive(Debug, Clone)]
struct Poll {
    section: usize,
    shows: Vec<(usize, Form, String)>,
}

struct World {
    articles: Vec<Article>,
    sections: Vec<(Source, Manner)>,
    rule: Option<SiteIdRule>,
}

pub(super) const SECTIONS: [&str; 4] = ["xa-hoi", "phap-luat", "kinh-te", "the-thao"];

fn a_world(articles: usize, dice: &mut Dice) -> World {
    let mut made: Vec<Article> = Vec::new();
    for number in 0..articles {
        let at = start() - minutes(dice.below(600));
        made.push(an_article(number, &made, at, dice));
    }
    let site_ids = dice.chance(50);
    let manner = |dice: &mut Dice| Manner {
        ids: *dice.pick(&[Ids::Own, Ids::Address, Ids::Page]),
        site_ids,
        dated: dice.chance(50),
    };
    let sections: Vec<(Source, Manner)> = SECTIONS.iter().map(|name| (section(name), manner(dice))).collect();
    let rule = rule(&made, sections[0].1);
    World { articles: made, sections, rule }
}

impl World {
    /// Some of the articles, in some order, each in some form and perhaps with an edited title.
    fn a_poll(&self, dice: &mut Dice) -> Poll {
        let mut numbers: Vec<usize> = (0..self.articles.len()).collect();
        dice.shuffle(&mut numbers);
        numbers.truncate(1 + dice.below(self.articles.len()));
        let shown = |number: usize, dice: &mut Dice| {
            let edit = if dice.chance(20) { *dice.pick(&TITLE_EDITS) } else { TitleEdit::None };
            (number, *dice.pick(&FORMS), edited_title(&self.articles[number], edit, dice))
        };
        Poll { section: dice.below(SECTIONS.len()), shows: numbers.into_iter().map(|n| shown(n, dice)).collect() }
    }

    fn batch(&self, poll: &Poll, now: DateTime<Utc>) -> Batch {
        let (source, manner) = &self.sections[poll.section];
        let made = poll.shows.iter().enumerate().map(|(place, (number, form, title))| {
            let article = Article { title: title.clone(), ..self.articles[*number].clone() };
            draft(&article, *manner, *form, source, self.rule.as_ref(), place, now)
        });
        batch(source, made.collect(), now)
    }

    fn take(&self, store: &InMemory, polls: &[Poll], steps: &mut Vec<String>) {
        for (turn, poll) in polls.iter().enumerate() {
            steps.push(format!("{} shows {:?}", self.sections[poll.section].0.id, poll.shows));
            store.commit(&self.batch(poll, start() + minutes(turn * 7)));
        }
    }
}

pub(super) fn equal<T: PartialEq + Debug>(a: &T, b: &T, what: &str) -> Result<(), String> {
    if a == b { Ok(()) } else { Err(format!("{what}:\n{a:#?}\n{b:#?}")) }
}

/// Same items: the same articles, each once, under the same guids. Left out is what the first sight decides: when that was,
/// the date of an undated item, the order of categories, and whose wording stands. An article that changes its address gets
/// its guid from the one that was seen first, so articles keep their addresses here.
#[test]
fn any_order_of_polls_gives_the_same_items() {
    hold_for_all_cases(|store, dice, steps| {
        let articles = 9 + dice.below(4);
        let world = a_world(articles, dice);
        let mut polls: Vec<Poll> = (0..3 + dice.below(4)).map(|_| world.a_poll(dice)).collect();
        let outcome = |polls: &[Poll], steps: &mut Vec<String>| {
            store.case(|| {
                steps.clear();
                world.take(store, polls, steps);
                let items = all_items(store);
                items.iter().map(|item| (item.guid.clone(), truth(item).to_owned())).collect::<BTreeMap<_, _>>()
            })
        };
        let first = outcome(&polls, steps);
        let shown: BTreeSet<&str> = polls
            .iter()
            .flat_map(|poll| poll.shows.iter().map(|(number, ..)| world.articles[*number].truth.as_str()))
            .collect();
        equal(&first.values().map(String::as_str).collect(), &shown, "items and articles")?;
        equal(&first.len(), &shown.len(), "items")?;
        dice.shuffle(&mut polls);
        equal(&outcome(&polls, steps), &first, "another order gives other items")
    });
}

#[test]
fn merging_is_idempotent() {
    hold_for_all_cases(|store, dice, steps| {
        let articles = 9 + dice.below(4);
        let mut world = a_world(articles, dice);
        let polls: Vec<Poll> = (0..1 + dice.below(4)).map(|_| world.a_poll(dice)).collect();
        world.take(store, &polls, steps);
        for article in &mut world.articles {
            if dice.chance(30) {
                article.slug = format!("{}-moi", article.slug);
                article.title = format!("{} (bổ sung)", article.title);
            }
        }
        let poll = world.a_poll(dice);
        let when = start() + minutes(100);
        let arrival = *dice.pick(&[
            Arrival::Ready,
            Arrival::Ready,
            Arrival::AwaitArticle,
            Arrival::Held(HoldReason::NearlyAllNew),
        ]);
        steps.push(format!("{arrival:?}, edited: {poll:?}"));
        let batch = Batch { arrival, ..world.batch(&poll, when) };
        let first = store.commit(&batch);
        let kept = store.kept();
        let second = store.commit(&batch);
        equal(&store.kept(), &kept, "the second time changes what is kept")?;
        equal(&(second.new, second.changed, second.published, second.held), &(0, 0, 0, 0), "the second time counts")?;
        equal(&second.revision, &first.revision, "the second time is told")?;
        equal(&second.repairs, &Vec::new(), "the second time repairs")
    });
}
