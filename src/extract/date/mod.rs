//! Dates in text, Vietnamese and machine forms.
//!
//! Comes in: a text, its witness, and when the document was fetched. Goes out: the wall clock time that stands there with
//! the offset that stands there. It does not know the paper's timezone, and asks no clock.

mod calendar;
mod clock;
mod names;
mod relative;
mod token;

use crate::model::{DateOrigin, Precision, StatedDate};
use calendar::Day;
use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use clock::Clock;
use token::{Token, Tokens};

/// A longer text is no date.
const LONGEST_DATE: usize = 200;
/// How much of a text is searched for a date.
const LONGEST_SEARCH: usize = 4000;
/// Clocks differ, and a date without an offset may be a day ahead of UTC.
const SLACK_DAYS: u64 = 1;

/// Reads a date that is the whole of `text`, in any form of the field; labels ("Cập nhật:", "Published on") and the day of
/// the week may stand beside it. Of `14/2/2026` the first number is the day. `now` is when the document was fetched:
/// relative dates ("2 giờ trước") count from it, and a date more than a day after it is none.
#[must_use]
pub fn parse(text: &str, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_DATE {
        return None;
    }
    if let Some(date) = epoch(text, origin, now) {
        return Some(date);
    }
    let tokens = Tokens::of(text);
    relative::read(&tokens, origin, now).or_else(|| whole(&tokens, origin, now))
}

/// The first complete date (day, month, year) within a longer text, with the time beside it, if there is one. Only the
/// first 4,000 bytes are searched.
#[must_use]
pub fn find(text: &str, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let mut end = text.len().min(LONGEST_SEARCH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let tokens = Tokens::of(&text[..end]);
    (0..tokens.len()).find_map(|at| {
        let (day, next) = calendar::read(&tokens, at).filter(|(day, _)| day.is_complete())?;
        let clock = clock_after(&tokens, next).or_else(|| clock_before(&tokens, at));
        stated(day, clock, origin, now)
    })
}

/// The day that a paragraph opens with, set apart from its first sentence: "Berlin, 14.02.2026 – ", "(14/2/2026) ",
/// "Press release of 14 February 2026 | ". A sentence that begins with a day ("Ngày 14/2/2026, tại…") has none.
#[must_use]
pub fn dateline(text: &str, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    const MOST_BEFORE: usize = 7;
    const LONGEST: usize = 160;
    let opening: String = text.trim_start().chars().take(LONGEST).collect();
    let tokens = Tokens::of(&opening);
    let words = (0..MOST_BEFORE).take_while(|at| !matches!(tokens.at(*at), None | Some(Token::Number { .. }))).count();
    let (day, next) = (0..=words)
        .find_map(|at| calendar::read(&tokens, at))
        .filter(|(day, next)| day.is_complete() && is_set_apart(&tokens, *next))?;
    stated(day, clock_after(&tokens, next), origin, now)
}

/// Whether a text is nothing but labels and times of the day: "Publicerad 22.31", "Cập nhật lúc 08:30".
#[must_use]
pub fn is_stamp(text: &str) -> bool {
    if text.len() > LONGEST_DATE {
        return false;
    }
    let tokens = Tokens::of(text);
    let (mut at, mut has_time) = (0, false);
    while at < tokens.len() {
        let dotted = || {
            let hour = tokens.number(at, 1..=2).filter(|hour| *hour < 24)?;
            let minute =
                tokens.number(at + 2, 2..=2).filter(|minute| *minute < 60 && tokens.is_punctuation(at + 1, '.'))?;
            Some((hour + minute, at + 3))
        };
        if let Some(next) = clock::read(&tokens, at).map(|(_, next)| next).or_else(|| dotted().map(|(_, next)| next)) {
            (has_time, at) = (true, next);
            continue;
        }
        let Some(next) = skip_filler(&tokens, at) else { return false };
        at = next;
    }
    has_time
}

fn is_set_apart(tokens: &Tokens, at: usize) -> bool {
    let mark = tokens.punctuation(at).is_some_and(|mark| "|-:)(]/„“\"»«".contains(mark));
    mark && !matches!(tokens.at(at + 1), Some(Token::Number { .. }))
}

/// All tokens must have a meaning.
fn whole(tokens: &Tokens, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    if let Some(day) = calendar::coarse(tokens, origin) {
        return stated(day, None, origin, now);
    }
    let (mut day, mut clock, mut at) = (None, None::<Clock>, 0);
    while at < tokens.len() {
        if day.is_none() {
            // `Sat Feb 14 08:30:00 2026`: the year comes last
            if let Some((found, found_clock, next)) = asctime(tokens, at) {
                (day, clock, at) = (Some(found), Some(found_clock), next);
                continue;
            }
            if let Some((found, next)) = calendar::read(tokens, at) {
                (day, at) = (Some(found), next);
                continue;
            }
        }
        if clock.is_none()
            && let Some((found, next)) = clock::read(tokens, at)
        {
            (clock, at) = (Some(found), next);
            continue;
        }
        if let Some(clock) = clock.as_mut().filter(|clock| clock.offset.is_none())
            && let Some((offset, next)) = clock::offset(tokens, at)
        {
            clock.offset = Some(offset);
            at = next;
            continue;
        }
        at = skip_filler(tokens, at)?;
    }
    stated(day?, clock, origin, now)
}

fn asctime(tokens: &Tokens, at: usize) -> Option<(Day, Clock, usize)> {
    let (month, next) = names::month(tokens, at)?;
    let day = tokens.number(next, 1..=2)?;
    let (mut clock, mut next) = clock::read(tokens, next + 1)?;
    if let Some((offset, after)) = clock::offset(tokens, next) {
        (clock.offset, next) = (Some(offset), after);
    } else if tokens.number(next, 4..=4).is_none() {
        next += 1;
    }
    let year = tokens.number(next, 4..=4)?;
    Some((Day { year: Some(year), month, day }, clock, next + 1))
}

/// The place after one token that says nothing about the date.
fn skip_filler(tokens: &Tokens, at: usize) -> Option<usize> {
    if let Some(next) = names::weekday(tokens, at) {
        return Some(next);
    }
    match tokens.at(at)? {
        Token::Punctuation(_) => Some(at + 1),
        Token::Word(word) => names::is_filler(word).then_some(at + 1),
        Token::Number { .. } => None,
    }
}

fn clock_after(tokens: &Tokens, mut at: usize) -> Option<Clock> {
    const MOST_BETWEEN: usize = 5;
    for _ in 0..=MOST_BETWEEN {
        if let Some((mut clock, next)) = clock::read(tokens, at) {
            let next = if tokens.is_punctuation(next, '(') { next + 1 } else { next };
            clock.offset = clock.offset.or_else(|| clock::offset(tokens, next).map(|(offset, _)| offset));
            return Some(clock);
        }
        at = skip_filler(tokens, at)?;
    }
    None
}

/// `08:30 | 14/02/2026`: the time that ends where the date begins, but for what says nothing.
fn clock_before(tokens: &Tokens, date_at: usize) -> Option<Clock> {
    const FURTHEST: usize = 12;
    (date_at.saturating_sub(FURTHEST)..date_at).find_map(|at| {
        let (mut clock, mut next) = clock::read(tokens, at)?;
        while next < date_at {
            if clock.offset.is_none()
                && let Some((offset, after)) = clock::offset(tokens, next)
            {
                (clock.offset, next) = (Some(offset), after);
                continue;
            }
            next = skip_filler(tokens, next)?;
        }
        (next == date_at).then_some(clock)
    })
}

/// `data-time="1771032600"`, in seconds or milliseconds; never in visible text.
fn epoch(text: &str, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let seconds = match text.len() {
        _ if origin == DateOrigin::Text || !text.bytes().all(|b| b.is_ascii_digit()) => return None,
        9 | 10 => text.parse().ok()?,
        13 => text.parse::<i64>().ok()? / 1000,
        _ => return None,
    };
    let at = DateTime::from_timestamp(seconds, 0)?;
    checked(at.naive_utc(), Some(utc()), Precision::Second, origin, now)
}

fn utc() -> FixedOffset {
    chrono::Offset::fix(&Utc)
}

fn stated(day: Day, clock: Option<Clock>, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let date = day.resolve(now.date_naive())?;
    let Some(clock) = clock else {
        return checked(date.and_time(NaiveTime::MIN), None, Precision::Day, origin, now);
    };
    // 24:00 is the end of the day (ISO 8601-1 §5.3.2)
    let (date, time) = match clock.time {
        Some(time) => (date, time),
        None => (date.checked_add_days(Days::new(1))?, NaiveTime::MIN),
    };
    // many systems write a day that has no time as its midnight; a feed means what it says
    let day_only = time == NaiveTime::MIN && clock.time.is_some() && origin != DateOrigin::Feed;
    let precision = match clock.has_seconds {
        _ if day_only => Precision::Day,
        true => Precision::Second,
        false => Precision::Minute,
    };
    checked(date.and_time(time), clock.offset, precision, origin, now)
}

fn checked(
    local: NaiveDateTime,
    offset: Option<FixedOffset>,
    precision: Precision,
    origin: DateOrigin,
    now: DateTime<Utc>,
) -> Option<StatedDate> {
    const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 2).expect("a day of the calendar");
    let seconds_east = offset.map_or(0, |offset| offset.local_minus_utc());
    let moment = local.checked_sub_signed(TimeDelta::seconds(seconds_east.into()))?;
    let latest = now.naive_utc().checked_add_days(Days::new(SLACK_DAYS))?;
    let plausible = local.date() >= EARLIEST && local.date().year() <= 9000 && moment <= latest;
    plausible.then_some(StatedDate { local, offset, precision, origin })
}

#[cfg(test)]
mod tests;
