//! Made-up rhythms over a year: no false alarm, and a stop is told in time.

use super::*;
use chrono::TimeZone;
use chrono_tz::Asia::Ho_Chi_Minh;
use proptest::prelude::*;

const POLL: TimeDelta = TimeDelta::minutes(15);

/// A small generator of its own (SplitMix64): the same seed, the same year.
struct Chance(u64);

impl Chance {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).expect("32 bits")) / 4_294_967_296.0
    }

    /// Around 0, mostly within 2 (a sum of twelve).
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A wait of a process without memory.
    fn wait(&mut self, mean_minutes: f64) -> f64 {
        -mean_minutes * (1.0 - self.unit()).ln()
    }
}

#[derive(Debug, Clone, Copy)]
enum Paper {
    /// Each day about 06:30, a quarter of an hour early or late.
    Bulletin,
    /// The same from Monday to Friday.
    WorkdayBulletin,
    /// From 06:00 to 22:00, by chance, this many an hour.
    Section(f64),
    /// As a section, but from Monday to Friday.
    WorkdaySection(f64),
    /// Sundays at 09:00, some hours early or late.
    Column,
    /// By chance, day and night: so many minutes from one to the next.
    Irregular(f64),
}

/// Minutes of publications in so many days, which begin at a local midnight of a Monday.
fn year(paper: Paper, days: u32, chance: &mut Chance) -> Vec<f64> {
    let day = 1440.0;
    match paper {
        Paper::Irregular(mean) => {
            let mut at = 0.0;
            std::iter::from_fn(|| {
                at += chance.wait(mean);
                (at < f64::from(days) * day).then_some(at)
            })
            .collect()
        }
        _ => (0..days).flat_map(|number| of_day(paper, number, chance)).collect(),
    }
}

fn of_day(paper: Paper, number: u32, chance: &mut Chance) -> Vec<f64> {
    let (start, is_workday) = (f64::from(number) * 1440.0, number % 7 < 5);
    match paper {
        Paper::WorkdayBulletin | Paper::WorkdaySection(_) if !is_workday => Vec::new(),
        Paper::Bulletin | Paper::WorkdayBulletin => vec![start + 390.0 + 8.0 * chance.bell()],
        Paper::Column if number % 7 == 6 => vec![start + 540.0 + 60.0 * chance.bell()],
        Paper::Section(rate) | Paper::WorkdaySection(rate) => {
            let mut at = 360.0;
            std::iter::from_fn(|| {
                at += chance.wait(60.0 / rate);
                (at < 1320.0).then_some(start + at)
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

fn start() -> DateTime<Utc> {
    Ho_Chi_Minh.with_ymd_and_hms(2026, 1, 5, 0, 0, 0).single().expect("a time").with_timezone(&Utc)
}

struct Year {
    false_alarms: Vec<DateTime<Utc>>,
    /// What is learned at the end.
    arrivals: Arrivals,
}

/// Polls through so many days, a poll each quarter of an hour.
fn lived(paper: Paper, days: u32, seed: u64) -> Year {
    let published = year(paper, days, &mut Chance(seed));
    let (mut arrivals, mut next, mut false_alarms, mut told) = (Arrivals::default(), 0, Vec::new(), false);
    let mut now = start();
    while now < start() + TimeDelta::days(days.into()) {
        let minutes = f64::from(i32::try_from((now - start()).num_minutes()).expect("a year"));
        let new = published[next..].iter().take_while(|at| **at <= minutes).count();
        next += new;
        let since = (now > start()).then(|| now - POLL);
        arrivals = observed(arrivals, new, since, now, Ho_Chi_Minh);
        let is_overdue = overdue(&arrivals, Ho_Chi_Minh).is_some_and(|at| at <= now);
        if is_overdue && !told {
            false_alarms.push(now);
        }
        told = is_overdue;
        now += POLL;
    }
    Year { false_alarms, arrivals }
}

fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Ho_Chi_Minh).format("%a %H:%M").to_string()
}

/// How long after its last news a paper that stops is told.
fn told_after(paper: Paper, days: u32, seed: u64) -> TimeDelta {
    let arrivals = lived(paper, days, seed).arrivals;
    overdue(&arrivals, Ho_Chi_Minh).expect("enough is known") - arrivals.last.expect("news")
}

#[test]
fn bulletin_of_half_past_six_is_missed_before_nine() {
    for seed in 0..20 {
        for days in [15, 40, 365] {
            let arrivals = lived(Paper::Bulletin, days, seed).arrivals;
            let at = overdue(&arrivals, Ho_Chi_Minh).expect("enough is known").with_timezone(&Ho_Chi_Minh);
            let minute = at.hour() * 60 + at.minute();
            assert!((7 * 60 + 30..=9 * 60).contains(&minute), "{at}");
            assert_eq!(at.num_days_from_ce(), arrivals.day + 1, "the next morning");
        }
    }
}

#[test]
fn bulletin_of_workdays_is_awaited_on_monday() {
    let arrivals = lived(Paper::WorkdayBulletin, 40, 1).arrivals; // ends on a Friday
    let at = overdue(&arrivals, Ho_Chi_Minh).expect("enough is known");
    assert!(local(at).starts_with("Mon 0"), "{}", local(at));
}

#[test]
fn too_little_history_tells_nothing() {
    for (paper, days) in
        [(Paper::Bulletin, 13), (Paper::WorkdayBulletin, 6), (Paper::Column, 35), (Paper::Irregular(1440.0), 20)]
    {
        let arrivals = lived(paper, days, 3).arrivals;
        assert_eq!(overdue(&arrivals, Ho_Chi_Minh), None, "{paper:?}");
    }
    assert_eq!(overdue(&Arrivals::default(), Ho_Chi_Minh), None);
}

#[test]
fn stops_are_told_in_time() {
    for seed in 0..10 {
        for (paper, days, most_hours) in [
            (Paper::Section(1.0), 60, 52),
            (Paper::Section(4.0), 60, 36),
            (Paper::WorkdaySection(2.0), 60, 100),
            (Paper::Column, 100, 13 * 24),
            (Paper::Irregular(300.0), 60, 10 * 24),
        ] {
            let after = told_after(paper, days, seed);
            assert!(after <= TimeDelta::hours(most_hours), "{paper:?}, {seed}: told after {} h", after.num_hours());
        }
    }
}

#[test]
fn day_that_nobody_looked_at_teaches_nothing() {
    let mut arrivals = lived(Paper::Bulletin, 20, 5).arrivals;
    let expected = expected_by(&arrivals, Ho_Chi_Minh).map(|(_, minute)| minute);
    // the daemon was down from morning to evening, and the bulletin is found at 20:00
    let evening = start() + TimeDelta::days(20) + TimeDelta::hours(20);
    arrivals = observed(arrivals, 1, Some(evening - TimeDelta::hours(20)), evening, Ho_Chi_Minh);
    assert_eq!(expected_by(&arrivals, Ho_Chi_Minh).map(|(_, minute)| minute), expected);
    let week = evening + TimeDelta::days(7);
    let after = observed(arrivals.clone(), 1, Some(evening), week, Ho_Chi_Minh);
    assert_eq!((after.gaps, after.longest), (arrivals.gaps, arrivals.longest), "a week without a look is no silence");
}

#[test]
fn record_is_small_and_comes_back() {
    let arrivals = lived(Paper::Section(2.0), 60, 7).arrivals;
    let json = serde_json::to_string(&arrivals).expect("JSON");
    assert!(json.len() < 320, "written with every poll: {json}");
    assert_eq!(serde_json::from_str::<Arrivals>(&json).expect("a record"), arrivals);
}

fn papers() -> impl Strategy<Value = Paper> {
    prop_oneof![
        Just(Paper::Bulletin),
        Just(Paper::WorkdayBulletin),
        Just(Paper::Column),
        (0.5..6.0).prop_map(Paper::Section),
        (0.5..6.0).prop_map(Paper::WorkdaySection),
        (20.0..8_000.0).prop_map(Paper::Irregular),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_year_of_a_rhythm_raises_no_false_alarm(paper in papers(), seed: u64) {
        let year = lived(paper, 365, seed);
        prop_assert!(year.false_alarms.is_empty(), "{:?}", year.false_alarms.into_iter().map(local).collect::<Vec<_>>());
    }
}
