//! Dates that count from the moment of fetching: "2 giờ trước", "hôm qua 08:30".

use super::names;
use super::token::{Token, Tokens};
use super::{calendar::Day, checked, clock, skip_filler, stated, utc};
use crate::model::{DateOrigin, Precision, StatedDate};
use chrono::{DateTime, Datelike, Days, Months, NaiveTime, TimeDelta, Utc};

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Reads a text that is a relative date and nothing else.
pub(super) fn read(tokens: &Tokens, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    if tokens.len() > 12 {
        return None;
    }
    just_now(tokens, origin, now).or_else(|| ago(tokens, origin, now)).or_else(|| named_day(tokens, origin, now))
}

fn just_now(tokens: &Tokens, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let words: Vec<&str> = (0..tokens.len()).map_while(|at| tokens.word(at)).collect();
    let is_now = matches!(
        words.as_slice(),
        ["vua", "xong" | "dang"] | ["moi", "day" | "dang"] | ["just", "now"] | ["now"] | ["gerade", "eben"] | ["nu"]
    );
    (is_now && words.len() == tokens.len()).then(|| moment(now, origin))?
}

fn moment(at: DateTime<Utc>, origin: DateOrigin) -> Option<StatedDate> {
    use chrono::Timelike;
    let local = at.naive_utc().with_second(0)?.with_nanosecond(0)?;
    checked(local, Some(utc()), Precision::Minute, origin, at)
}

/// A number, its unit and a word that says "ago", with nothing else but fillers beside them.
fn ago(tokens: &Tokens, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let (mut back, mut said_ago, mut at) = (None, false, 0);
    while at < tokens.len() {
        if back.is_none()
            && let Some((count, unit, next)) = amount(tokens, at)
        {
            (back, at) = (Some((count, unit)), next);
            continue;
        }
        if let Some(next) = names::ago(tokens, at) {
            (said_ago, at) = (true, next);
            continue;
        }
        // "1 giờ 20 phút trước": the smaller unit adds nothing that matters
        at = match amount(tokens, at) {
            Some((_, Unit::Minute | Unit::Second | Unit::Hour, next)) => next,
            _ => skip_filler(tokens, at)?,
        };
    }
    let (count, unit) = back.filter(|_| said_ago)?;
    before(count, unit, origin, now)
}

fn amount(tokens: &Tokens, at: usize) -> Option<(u32, Unit, usize)> {
    match tokens.at(at)? {
        Token::Number { value, digits } if *digits <= 3 => {
            let (unit, next) = names::unit(tokens, at + 1)?;
            Some((*value, unit, next))
        }
        // "an hour ago", "vor einem Tag", "une heure"
        Token::Word(word) if names::is_one(word) => {
            let (unit, next) = names::unit(tokens, at + 1)?;
            Some((1, unit, next))
        }
        _ => None,
    }
}

fn before(count: u32, unit: Unit, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let seconds = |each: i64| now.checked_sub_signed(TimeDelta::seconds(each * i64::from(count)));
    let day = match unit {
        Unit::Second => return moment(seconds(1)?, origin),
        Unit::Minute => return moment(seconds(60)?, origin),
        Unit::Hour => return moment(seconds(3600)?, origin),
        Unit::Day => now.checked_sub_days(Days::new(count.into()))?,
        Unit::Week => now.checked_sub_days(Days::new(u64::from(count) * 7))?,
        Unit::Month => now.checked_sub_months(Months::new(count))?,
        Unit::Year => now.checked_sub_months(Months::new(count.checked_mul(12)?))?,
    };
    checked(day.date_naive().and_time(NaiveTime::MIN), None, Precision::Day, origin, now)
}

/// "hôm nay", "hôm qua 08:30", "Yesterday at 8:30 am".
fn named_day(tokens: &Tokens, origin: DateOrigin, now: DateTime<Utc>) -> Option<StatedDate> {
    let (mut back, mut time, mut at) = (None, None, 0);
    while at < tokens.len() {
        if back.is_none()
            && let Some((days, next)) = names::day(tokens, at)
        {
            (back, at) = (Some(days), next);
        } else if time.is_none()
            && let Some((clock, next)) = clock::read(tokens, at)
        {
            (time, at) = (Some(clock), next);
        } else if let Some(clock) = time.as_mut()
            && let Some((offset, next)) = clock::offset(tokens, at)
        {
            clock.offset = Some(offset);
            at = next;
        } else {
            at = skip_filler(tokens, at)?;
        }
    }
    let date = now.date_naive().checked_sub_days(Days::new(back?))?;
    let day = Day { year: u32::try_from(date.year()).ok(), month: date.month(), day: date.day() };
    stated(day, time, origin, now)
}
