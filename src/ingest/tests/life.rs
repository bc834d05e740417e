//! A paper that lives on while one strict reader follows it: every article once, its guid and date as ever.

use super::press::*;
use super::properties::{SECTIONS, all_items, an_article, equal, hold_for_all_cases, minutes, paper, start, truth};
use crate::ingest::guard::{self, Extent, Sighting};
use crate::model::{Profile, Source, SourceId};
use crate::normalize::SiteIdRule;
use crate::store::sqlite::in_memory::InMemory;
use crate::store::{Arrival, Batch};
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeSet, HashMap};
use url::Url;

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
        addresses.truncate(20);
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
            let what = dice.below(10);
            let step = match what {
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
            // nothing else changes what is kept
            if what >= 5 {
                life.read()?;
            }
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
