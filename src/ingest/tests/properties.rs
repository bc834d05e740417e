//! What must hold of identity over anything that may come: cases from seeds, over a database in memory.
//!
//! A case that fails prints its seed and its steps; `BANTIN_SEED` runs that one alone.

use super::press::*;
use crate::ingest::guard::{self, Extent, Sighting};
use crate::model::{HoldReason, Item, PaperId, Profile, Selection, Source, SourceId};
use crate::normalize::SiteIdRule;
use crate::store::sqlite::in_memory::InMemory;
use crate::store::{Arrival, Batch};
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use url::Url;

/// In a release build, as CI makes it, ten thousand of each; `BANTIN_CASES` asks for more or fewer.
const CASES: u64 = if cfg!(debug_assertions) { 150 } else { 10_000 };

/// What was done, and what was wrong in the end.
type Case = fn(&InMemory, &mut Dice, &mut Vec<String>) -> Result<(), String>;

fn hold_for_all_cases(case: Case) {
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

fn start() -> DateTime<Utc> {
    "2026-02-14T01:00:00Z".parse().expect("a moment")
}

fn minutes(count: usize) -> Duration {
    Duration::minutes(i64::try_from(count).expect("minutes"))
}

fn paper() -> PaperId {
    PaperId::new("bao").expect("a slug")
}

fn all_items(store: &InMemory) -> Vec<Item> {
    store.items(&Selection { paper: paper(), category: None, limit: 1_000 })
}

fn truth(item: &Item) -> &str {
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
fn an_article(number: usize, others: &[Article], at: DateTime<Utc>, dice: &mut Dice) -> Article {
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

const SECTIONS: [&str; 4] = ["xa-hoi", "phap-luat", "kinh-te", "the-thao"];

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

fn equal<T: PartialEq + Debug>(a: &T, b: &T, what: &str) -> Result<(), String> {
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

/// A section as it is configured now, and what is known of it.
struct Section {
    source: Source,
    manner: Manner,
    profile: Profile,
    is_held: bool,
    known: Vec<Url>,
}

/// A paper that lives on while it is read: its editors, its configuration, and one strict reader of its feed.
struct Life<'a> {
    store: &'a InMemory,
    now: DateTime<Utc>,
    authority: &'static str,
    articles: Vec<Article>,
    /// Which articles each section lists, newest first.
    lists: Vec<Vec<usize>>,
    sections: Vec<Section>,
    shown: BTreeSet<String>,
    reader: HashMap<String, (String, DateTime<Utc>)>,
}

/// Articles on a page.
const PAGE: usize = 10;

impl Life<'_> {
    fn publish(&mut self, dice: &mut Dice) -> String {
        let number = self.articles.len();
        let mut article = an_article(number, &self.articles, self.now, dice);
        let at = dice.below(self.lists.len());
        article.section = SECTIONS[at].to_owned();
        self.lists[at].insert(0, number);
        if dice.chance(25) {
            let other = (at + 1) % self.lists.len();
            self.lists[other].insert(0, number);
        }
        self.articles.push(article);
        format!("article {number} in {}", SECTIONS[at])
    }

    /// An edit that leaves something to recognize the article by.
    fn edit(&mut self, dice: &mut Dice) -> String {
        let list = dice.below(self.lists.len());
        let place = dice.below(self.lists[list].len().min(PAGE));
        let number = self.lists[list][place];
        let lists = self.lists.iter().filter(|list| list.contains(&number)).count();
        let manner = self.sections[list].manner;
        let article = &mut self.articles[number];
        let what = dice.below(5);
        match what {
            0 => {
                let edit = *dice.pick(&TITLE_EDITS);
                article.title = edited_title(article, edit, dice);
            }
            1 => article.summary = edited_summary(&article.summary, dice),
            2 if manner.site_ids || manner.ids == Ids::Own && lists == 1 => {
                article.slug = format!("{}-moi", article.slug)
            }
            3 if manner.site_ids => {
                let other = (list + 1) % self.lists.len();
                article.section = SECTIONS[other].to_owned();
                if lists == 1 {
                    self.lists[list].remove(place);
                    self.lists[other].insert(0, number);
                }
            }
            4 if manner.site_ids => article.guid = format!("urn:moi:{}", dice.next()),
            _ => return "nothing".to_owned(),
        }
        format!("edit {what} of article {number}: {:?}", self.articles[number])
    }

    /// The configuration changes: a section gets another id and title, or the paper another home.
    fn configure(&mut self, dice: &mut Dice) -> String {
        let at = dice.below(self.sections.len());
        // what was edited under the old id is seen under it; ids of a feed are ids within their source
        self.poll(at, dice);
        self.authority = *dice.pick(&["bao.vn", "www.bao.vn", "tin.bao.vn"]);
        let id = format!("muc-{}", dice.below(1_000));
        let section = &mut self.sections[at];
        section.source.id = SourceId::new(&paper(), &id).expect("a slug");
        if let Some(category) = &mut section.source.category {
            category.title = format!("Mục {id}");
        }
        section.profile = Profile::default();
        section.is_held = false;
        section.known.clear();
        // a new source is polled at once
        self.poll(at, dice);
        format!("section {at} is now {id}, and was polled; the home is {}", self.authority)
    }

    /// As if the process had been stopped and started: nothing is known but what was written.
    fn restart(&mut self) -> String {
        for section in &mut self.sections {
            let written = serde_json::to_string(&section.profile).expect("plain data");
            section.profile = serde_json::from_str(&written).expect("what was written");
        }
        "restart".to_owned()
    }

    /// One poll as the daemon makes it: recognize, guard, commit.
    fn poll(&mut self, at: usize, dice: &mut Dice) -> String {
        let section = &mut self.sections[at];
        let list: Vec<usize> = self.lists[at].iter().copied().take(PAGE).collect();
        let manner = section.manner;
        let forms: Vec<Form> = list.iter().map(|_| *dice.pick(&FORMS)).collect();
        let addresses =
            list.iter().zip(&forms).map(|(number, form)| address(&self.articles[*number], manner.site_ids, *form));
        let mut addresses: Vec<Url> = addresses.collect();
        addresses.extend(section.known.iter().cloned());
        let rule = SiteIdRule::learn(&addresses);
        let drafts = list.iter().zip(&forms).enumerate().map(|(place, (number, form))| {
            draft(&self.articles[*number], manner, *form, &section.source, rule.as_ref(), place, self.now)
        });
        let drafts: Vec<_> = drafts.collect();
        let known = self.store.recognize(&paper(), &drafts, self.now);
        let sightings: Vec<Sighting<'_>> =
            drafts.iter().zip(&known).map(|(draft, recognition)| Sighting { draft, recognition }).collect();
        let doubt = guard::verdict(&section.profile, &sightings, Extent::Whole, self.now);
        let release = match section.is_held {
            true => self.store.held(&section.source.id).into_iter().map(|held| held.item).collect(),
            false => Vec::new(),
        };
        section.is_held = doubt.is_some();
        if doubt.is_none() {
            section.profile = guard::learned(
                std::mem::take(&mut section.profile),
                drafts.len(),
                drafts.iter(),
                Extent::Whole,
                self.now,
            );
        }
        addresses.truncate(40);
        section.known = addresses;
        self.shown.extend(list.iter().map(|number| self.articles[*number].truth.clone()));
        let arrival = doubt.map_or(Arrival::Ready, Arrival::Held);
        let commit = self.store.commit(&Batch {
            arrival,
            release,
            authority: self.authority.to_owned(),
            ..batch(&section.source, drafts, self.now)
        });
        format!("poll of {}: {list:?}, {arrival:?}, new {}", section.source.id, commit.new)
    }

    /// The reader looks: every article once, its guid and date as ever.
    fn read(&mut self) -> Result<(), String> {
        let items = all_items(self.store);
        let mut standing: HashMap<&str, &str> = HashMap::new();
        for item in &items {
            if let Some(other) = standing.insert(truth(item), &item.guid) {
                return Err(format!("{} stands twice: {other} and {}", truth(item), item.guid));
            }
            let now = (item.guid.clone(), item.published.at);
            let before = self.reader.entry(truth(item).to_owned()).or_insert_with(|| now.clone());
            equal(&now, before, &format!("guid and date of {}", truth(item)))?;
        }
        match self.reader.keys().find(|known| !standing.contains_key(known.as_str())) {
            Some(lost) => Err(format!("{lost} is gone")),
            None => Ok(()),
        }
    }
}

fn a_life<'a>(store: &'a InMemory, dice: &mut Dice) -> Life<'a> {
    let (site_ids, now) = (dice.chance(60), start());
    let made = |name: &&str, dice: &mut Dice| Section {
        source: section(name),
        manner: Manner { ids: *dice.pick(&[Ids::Own, Ids::Address, Ids::Page]), site_ids, dated: dice.chance(50) },
        profile: Profile::default(),
        is_held: false,
        known: Vec::new(),
    };
    let sections: Vec<Section> = SECTIONS[..2].iter().map(|name| made(name, dice)).collect();
    let lists = vec![Vec::new(); sections.len()];
    let (articles, shown, reader) = (Vec::new(), BTreeSet::new(), HashMap::new());
    let mut life = Life { store, now, authority: "bao.vn", articles, lists, sections, shown, reader };
    while life.lists.iter().any(|list| list.len() < PAGE - 1) {
        life.publish(dice);
    }
    life
}

#[test]
fn a_strict_reader_sees_every_article_once_for_ever() {
    hold_for_all_cases(|store, dice, steps| {
        let mut life = a_life(store, dice);
        steps.push(life.poll(0, dice));
        steps.push(life.poll(1, dice));
        life.read()?;
        for _ in 0..12 {
            life.now += if dice.chance(20) { Duration::days(2) } else { minutes(1 + dice.below(90)) };
            let step = match dice.below(10) {
                0 => life.publish(dice),
                1..=4 => life.edit(dice),
                5 => life.configure(dice),
                6 => life.restart(),
                _ => {
                    let at = dice.below(life.sections.len());
                    life.poll(at, dice)
                }
            };
            steps.push(step);
            life.read()?;
        }
        for at in [0, 1, 0, 1] {
            life.now += minutes(15);
            steps.push(life.poll(at, dice));
            life.read()?;
        }
        let missing: Vec<&String> = life.shown.iter().filter(|article| !life.reader.contains_key(*article)).collect();
        equal(&missing, &Vec::new(), "articles that never came")
    });
}
