//! A year of ordinary polls, simulated: how often the guard holds what nobody doubts.

use super::press::*;
use crate::ingest::guard::{self, Extent, Sighting};
use crate::model::{Draft, HoldReason, ItemId, Profile};
use crate::store::Recognition;
use chrono::{DateTime, Duration, Timelike, Utc};
use std::collections::BTreeMap;

const DAYS: i64 = 365;

/// How a section lives: articles a day, articles a page, minutes between polls, and what it does now and then.
struct Section {
    name: &'static str,
    a_day: f64,
    page: usize,
    every: i64,
    /// Days on which nobody could poll it, at a time, twice a year.
    outage_days: i64,
    /// Articles that come together at one moment, every week.
    together: usize,
}

const SECTIONS: &[Section] = &[
    Section { name: "busy", a_day: 70.0, page: 30, every: 15, outage_days: 0, together: 4 },
    Section { name: "section", a_day: 12.0, page: 20, every: 15, outage_days: 1, together: 4 },
    Section { name: "quiet", a_day: 2.0, page: 15, every: 15, outage_days: 3, together: 3 },
    Section { name: "weekly", a_day: 0.2, page: 12, every: 60, outage_days: 3, together: 5 },
    Section { name: "away for a week", a_day: 8.0, page: 20, every: 15, outage_days: 7, together: 3 },
];

fn start() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().expect("a moment")
}

/// A title of any usual length: some words, many words, now and then a standing head.
fn title(number: usize, dice: &mut Dice) -> String {
    let words =
        ["người", "dân", "bản", "Nà Sản", "gặt", "vụ", "lúa", "đầu", "tiên", "trên", "đồng", "ở", "tỉnh", "Sơn La"];
    let count = if dice.chance(5) { 2 } else { 6 + dice.below(14) };
    let made: Vec<&str> = (0..count).map(|_| *dice.pick(&words)).collect();
    format!("{} {number}", made.join(" "))
}

/// The shown page, newest first.
struct Page {
    drafts: Vec<(usize, Draft)>,
    next: usize,
}

impl Page {
    fn publish(&mut self, at: DateTime<Utc>, most: usize, dice: &mut Dice) {
        let manner = Manner { ids: Ids::Page, site_ids: true, dated: true };
        // an old article is shown anew now and then
        let stated = if dice.chance(2) { at - Duration::days(700) } else { at };
        let article = Article::new(self.next, &title(self.next, dice), "Năng suất cao hơn mọi năm.", stated);
        self.drafts.insert(0, (self.next, draft(&article, manner, Form::Plain, &section("xa-hoi"), None, 0, at)));
        self.drafts.truncate(most);
        self.next += 1;
    }
}

/// Polls that brought something, and those of them that were held, by reason.
fn a_year(of: &Section, dice: &mut Dice) -> (usize, BTreeMap<&'static str, usize>) {
    let mut page = Page { drafts: Vec::new(), next: 0 };
    for _ in 0..of.page {
        page.publish(start() - Duration::hours(5), of.page, dice);
    }
    let (mut profile, mut polls, mut held) = (Profile::default(), 0, BTreeMap::new());
    let mut newest_known = 0;
    let mut at = start();
    while at < start() + Duration::days(DAYS) {
        at += Duration::minutes(of.every);
        // nobody writes at night
        let is_day = (0..14).contains(&at.hour());
        #[expect(clippy::cast_precision_loss, reason = "a share of a day")]
        let per_mille = (of.a_day * of.every as f64 / (14.0 * 60.0) * 1_000.0) as usize;
        let mut fresh = if is_day { per_mille / 1_000 + usize::from(dice.below(1_000) < per_mille % 1_000) } else { 0 };
        let days = (at - start()).num_days();
        let is_weekly = days % 7 == 3 && at.hour() == 1 && at.minute() < u32::try_from(of.every).expect("minutes");
        fresh += if is_weekly { of.together } else { 0 };
        for _ in 0..fresh {
            page.publish(at, of.page, dice);
        }
        let is_away = of.outage_days > 0 && (days - 90) % 180 < of.outage_days && days >= 90;
        let is_unchanged = page.drafts[0].0 < newest_known || is_away;
        if is_unchanged {
            continue;
        }
        polls += 1;
        let known = Recognition::Known { item: ItemId(1), held: false };
        let sightings: Vec<Sighting<'_>> = page
            .drafts
            .iter()
            .map(|(number, draft)| Sighting {
                draft,
                recognition: if *number < newest_known { &known } else { &Recognition::New },
            })
            .collect();
        match guard::verdict(&profile, &sightings, Extent::Whole, at) {
            Some(why) => *held.entry(why.as_str()).or_default() += 1,
            None => {
                let drafts = page.drafts.iter().map(|(_, draft)| draft);
                profile = guard::learned(profile, page.drafts.len(), drafts, Extent::Whole, at);
            }
        }
        // what is held now is released by the next poll
        newest_known = page.next;
    }
    (polls, held)
}

#[test]
fn a_year_of_ordinary_polls_is_held_only_after_an_outage() {
    let mut dice = Dice::new(365);
    for of in SECTIONS {
        let (polls, mut held) = a_year(of, &mut dice);
        println!("{}: {polls} polls with news, held {held:?}", of.name);
        assert!(polls >= 40, "{}", of.name);
        let after_outages = held.remove_entry(HoldReason::NearlyAllNew.as_str()).map_or(0, |(_, count)| count);
        assert!(held.is_empty(), "{}: {held:?}", of.name);
        assert!(after_outages <= if of.outage_days > 0 { 2 } else { 0 }, "{}: {after_outages}", of.name);
    }
}
