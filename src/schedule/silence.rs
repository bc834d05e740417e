//! When a source that says nothing is overdue, by what it has done so far. Pure.
//!
//! Comes in: what each poll brought. Goes out: the moment from which its silence is a fault. Two ways, the earlier counts:
//! *by the day*, where its first news of a day comes at much the same time (a bulletin, a section that wakes up each
//! morning), on the days of the week on which it comes; *by the gap*, where the silence is a clear multiple of the longest
//! one so far. Both want a long history first: a false alarm costs more trust than a late one.

use crate::model::{Arrivals, NewsDay};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

/// Days that are remembered: a pause of once is forgotten after four weeks.
const MOST_DAYS: usize = 28;
/// Days with news before a time of the day is believed.
const LEAST_DAYS: usize = 14;
/// Two looks farther apart say nothing of the time of day.
const CLOSE_LOOKS: TimeDelta = TimeDelta::hours(4);
/// Two looks farther apart say nothing at all.
const FAR_LOOKS: TimeDelta = TimeDelta::hours(24);
/// What a first news of the day may be late: at least so many minutes, and so many times the usual lateness. What comes once a
/// day keeps its time, more or less, while the first of many comes by chance.
const BULLETIN_LATE: (u16, u16) = (90, 2);
const SECTION_LATE: (u16, u16) = (210, 6);
/// Silences of a bulletin, in minutes.
const BULLETIN_GAP: u32 = 12 * 60;
/// The usual silence of a section that has news all day long, in minutes: a day of it without any is no chance, and two are none
/// at all.
const SECTION_GAP: u32 = 3 * 60;
/// Silences before the longest of them is believed, and the multiple of it that is told.
const LEAST_GAPS: u32 = 30;
const LONGER: u32 = 4;
/// What is rare is less sure.
const RARELY_LONGER: u32 = 5;
/// The longest silence fades by this part with each day of news: a weekend is known on the next, and Tết is not for ever.
const FADING: u32 = 64;
/// Silences that make a rhythm where they are alike and long.
const RHYTHM: usize = 8;
const RARE: u32 = 2 * 24 * 60;
/// In minutes.
const DAY: u16 = 24 * 60;

/// The record after a poll that found `new` articles since the last one that could be read, at `since`.
#[must_use]
pub fn observed(
    mut arrivals: Arrivals,
    new: usize,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    zone: Tz,
) -> Arrivals {
    let local = now.with_timezone(&zone);
    let today = local.num_days_from_ce();
    let apart = since.map_or(TimeDelta::MAX, |since| now - since);
    let is_watched = apart >= TimeDelta::zero() && apart <= CLOSE_LOOKS;
    turn_to(&mut arrivals, today, if is_watched { NewsDay::Quiet } else { NewsDay::Unknown });
    if let Some(day) = arrivals.days.first_mut() {
        match *day {
            NewsDay::Quiet if !is_watched => *day = NewsDay::Unknown,
            NewsDay::Quiet if new > 0 => *day = NewsDay::From(minute_of(local.time())),
            _ => {}
        }
    }
    if new > 0 {
        if let Some(last) = arrivals.last.filter(|last| apart <= FAR_LOOKS && *last < now) {
            if last.with_timezone(&zone).date_naive() < local.date_naive() {
                arrivals.longest -= arrivals.longest / FADING;
            }
            count(&mut arrivals, u32::try_from((now - last).num_minutes()).unwrap_or(u32::MAX));
        }
        arrivals.last = Some(now);
    }
    arrivals
}

/// The moment from which the silence of a source is a fault; `None`: too little is known of it.
#[must_use]
pub fn overdue(arrivals: &Arrivals, zone: Tz) -> Option<DateTime<Utc>> {
    let last = arrivals.last?;
    let by_day = expected_by(arrivals, zone).and_then(|(day, minute)| moment(day, minute, zone));
    let by_gap = longest_silence(arrivals).map(|gap| last + gap);
    // news of tomorrow may come early: what is overdue is measured from the last news in any case
    [by_day.filter(|at| *at > last), by_gap].into_iter().flatten().min()
}

/// Goes on to a day; those between were not looked at.
fn turn_to(arrivals: &mut Arrivals, today: i32, as_what: NewsDay) {
    let passed = today - arrivals.day;
    if arrivals.days.is_empty() || !(-1..=400).contains(&passed) {
        // the first day is seen in part
        (arrivals.day, arrivals.days) = (today, vec![NewsDay::Unknown]);
        return;
    }
    for day in 1..=passed {
        arrivals.days.insert(0, if day == passed { as_what } else { NewsDay::Unknown });
    }
    arrivals.day = arrivals.day.max(today);
    arrivals.days.truncate(MOST_DAYS);
}

fn count(arrivals: &mut Arrivals, minutes: u32) {
    arrivals.gaps = arrivals.gaps.saturating_add(1);
    arrivals.longest = minutes.max(arrivals.longest);
    arrivals.recent.insert(0, minutes);
    arrivals.recent.truncate(RHYTHM);
}

/// The day and the minute by which news are overdue.
fn expected_by(arrivals: &Arrivals, zone: Tz) -> Option<(i32, u16)> {
    let last_day = arrivals.last?.with_timezone(&zone).num_days_from_ce();
    // a silence goes on: its days are no habit
    let known: Vec<(i32, NewsDay)> = (0..)
        .map(|ago| arrivals.day - ago)
        .zip(arrivals.days.iter().copied())
        .filter(|(day, _)| *day <= last_day)
        .collect();
    let minute = |(_, what): &(i32, NewsDay)| if let NewsDay::From(minute) = what { Some(*minute) } else { None };
    let mut minutes: Vec<u16> = known.iter().filter_map(minute).collect();
    let has_quiet_days = known.iter().any(|(_, what)| *what == NewsDay::Quiet);
    if minutes.len() < LEAST_DAYS || (has_quiet_days && arrivals.days.len() < MOST_DAYS) {
        return None;
    }
    minutes.sort_unstable();
    let (latest, usual) = (*minutes.last()?, minutes[minutes.len() / 2]);
    let is_bulletin = arrivals.recent.len() == RHYTHM && arrivals.recent.iter().all(|gap| *gap >= BULLETIN_GAP);
    let (least, times) = if is_bulletin { BULLETIN_LATE } else { SECTION_LATE };
    let due = latest + least.max(times * (latest - usual));

    let of_weekday = |day: i32| known.iter().filter(move |(other, _)| (day - other).rem_euclid(7) == 0);
    let comes = |day: &i32| of_weekday(*day).any(|(_, what)| matches!(what, NewsDay::From(_)));
    let stays_away = |day: &i32| of_weekday(*day).any(|(_, what)| *what == NewsDay::Quiet);
    let week = last_day + 1..=last_day + 7;
    // where a day of the week is now this, now that, the days of the week explain nothing
    if week.clone().any(|day| comes(&day) && stays_away(&day)) {
        return None;
    }
    let mut days = week.filter(comes);
    let (first, second) = (days.next()?, days.next());
    if due < DAY {
        return Some((first, due));
    }
    let mut gaps = arrivals.recent.clone();
    gaps.sort_unstable();
    let is_busy = gaps.len() == RHYTHM && gaps[RHYTHM / 2] <= SECTION_GAP;
    second.filter(|_| is_busy).map(|day| (day + 1, 0))
}

/// A clear multiple of the silences so far.
fn longest_silence(arrivals: &Arrivals) -> Option<TimeDelta> {
    let (most, least) = (arrivals.recent.iter().max()?, arrivals.recent.iter().min()?);
    let is_rhythm = arrivals.recent.len() == RHYTHM && *least >= RARE && most - least <= least / 4;
    // two of each day of the week
    let is_known = arrivals.gaps >= LEAST_GAPS && arrivals.days.len() > LEAST_DAYS;
    let minutes = if is_rhythm {
        // half as long again as is usual
        (most + most / 2).max(arrivals.longest)
    } else if is_known {
        arrivals.longest.saturating_mul(if arrivals.longest >= RARE { RARELY_LONGER } else { LONGER })
    } else {
        return None;
    };
    // what is found by polls is found late, now more, now less
    Some(TimeDelta::minutes(minutes.into()) + CLOSE_LOOKS)
}

fn minute_of(time: NaiveTime) -> u16 {
    u16::try_from(time.hour() * 60 + time.minute()).unwrap_or_default()
}

fn moment(day: i32, minute: u16, zone: Tz) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0)?;
    let local = NaiveDate::from_num_days_from_ce_opt(day)?.and_time(time);
    // an hour that the clock leaves out is over when it is left out
    let at = local
        .and_local_timezone(zone)
        .latest()
        .or_else(|| (local + TimeDelta::hours(1)).and_local_timezone(zone).latest());
    at.map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests;
