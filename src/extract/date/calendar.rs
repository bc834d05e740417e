//! The day: numbers and month names in the orders of the field.

use super::names;
use super::token::{Token, Tokens};
use crate::model::DateOrigin;
use chrono::{Datelike, Days, NaiveDate};

/// A day as written, not yet known to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<u32>,
    pub(super) month: u32,
    pub(super) day: u32,
}

impl Day {
    /// Whether the year stands there.
    pub(super) fn is_complete(self) -> bool {
        self.year.is_some()
    }

    /// The day of the calendar; without a year the last such day up to tomorrow.
    pub(super) fn resolve(self, today: NaiveDate) -> Option<NaiveDate> {
        if let Some(year) = self.year {
            return NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, self.month, self.day);
        }
        let tomorrow = today.checked_add_days(Days::new(1))?;
        let of = |year| NaiveDate::from_ymd_opt(year, self.month, self.day).filter(|day| *day <= tomorrow);
        of(tomorrow.year()).or_else(|| of(tomorrow.year() - 1))
    }

    fn new(year: Option<u32>, month: u32, day: u32) -> Option<Self> {
        let possible = (1..=12).contains(&month) && (1..=31).contains(&day) && year.is_none_or(|y| y >= 1000);
        possible.then_some(Self { year, month, day })
    }
}

/// A day that begins at a token, and the place after it.
pub(super) fn read(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    compact(tokens, at)
        .or_else(|| year_first(tokens, at))
        .or_else(|| day_first(tokens, at))
        .or_else(|| day_and_name(tokens, at))
        .or_else(|| name_and_day(tokens, at))
        .or_else(|| ideographs(tokens, at))
}

/// W3C-DTF and ISO 8601 without a day: `2026-02`, `2026`, `2026-045`; a feed or a machine-readable tag may say so.
pub(super) fn coarse(tokens: &Tokens, origin: DateOrigin) -> Option<Day> {
    if origin != DateOrigin::Feed {
        return None;
    }
    let year = tokens.number(0, 4..=4)?;
    let rest = if tokens.is_punctuation(1, '-') { 2 } else { 1 };
    match (tokens.len().saturating_sub(rest), tokens.number(rest, 2..=3)) {
        (0, _) if rest == 1 => Day::new(Some(year), 1, 1),
        (1, Some(month)) if month <= 12 => Day::new(Some(year), month, 1),
        (1, Some(ordinal)) => {
            let date = NaiveDate::from_yo_opt(i32::try_from(year).ok()?, ordinal)?;
            Day::new(Some(year), date.month(), date.day())
        }
        _ => None,
    }
}

/// `20260214`, also with the time attached.
fn compact(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let value = tokens.number(at, 8..=8)?;
    let day = Day::new(Some(value / 10_000), value / 100 % 100, value % 100)?;
    (1900..2200).contains(&(value / 10_000)).then_some((day, at + 1))
}

/// `2026-02-14`, `2026/2/14`, `2026. 2. 14.`
fn year_first(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let year = tokens.number(at, 4..=4)?;
    let mark = separator(tokens, at + 1)?;
    if let Some((month, next)) = names::month(tokens, at + 2) {
        let next = if tokens.is_punctuation(next, mark) { next + 1 } else { next };
        return Some((Day::new(Some(year), month, tokens.number(next, 1..=2)?)?, next + 1));
    }
    let month = tokens.number(at + 2, 1..=2)?;
    let day = tokens.number(at + 4, 1..=2).filter(|_| tokens.is_punctuation(at + 3, mark))?;
    Some((Day::new(Some(year), month, day)?, at + 5))
}

/// `14/02/2026`, `14-2-2026`, `14.02.26`; month first only where it cannot be otherwise.
fn day_first(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let (first, mark) = (tokens.number(at, 1..=2)?, separator(tokens, at + 1)?);
    let second = tokens.number(at + 2, 1..=2)?;
    let year = if tokens.is_punctuation(at + 3, mark) { year(tokens, at + 4) } else { None };
    let Some(year) = year else {
        return yearless(tokens, at, first, second).map(|day| (day, at + 3));
    };
    let day = Day::new(Some(year), second, first).or_else(|| Day::new(Some(year), first, second))?;
    Some((day, at + 5))
}

/// `14/02 08:30`: without a year only beside a time.
fn yearless(tokens: &Tokens, at: usize, first: u32, second: u32) -> Option<Day> {
    if tokens.is_punctuation(at + 1, '.') || tokens.punctuation(at + 3) == tokens.punctuation(at + 1) {
        return None;
    }
    let time_follows = tokens.number(at + 3, 1..=2).is_some() && tokens.is_spaced(at + 3)
        || tokens.number(at + 4, 1..=2).is_some() && tokens.punctuation(at + 3).is_some();
    let time_before = at >= 3 && tokens.is_spaced(at) && tokens.number(at - 1, 2..=2).is_some()
        || at >= 4 && tokens.punctuation(at - 1).is_some() && tokens.number(at - 2, 2..=2).is_some();
    let beside_time = time_follows || time_before;
    beside_time.then(|| Day::new(None, second, first).or_else(|| Day::new(None, first, second)))?
}

/// `14 Feb 2026`, `14. Februar 2026`, `14 de febrero de 2026`, `14 tháng 2 năm 2026`, `14-Feb-2026`, `14th of February`.
fn day_and_name(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let day = tokens.number(at, 1..=2)?;
    let mut next = at + 1;
    for _ in 0..2 {
        if is_joint(tokens, next) {
            next += 1;
        }
    }
    let (month, next) = names::month(tokens, next)?;
    let (year, next) = year_behind(tokens, next);
    Some((Day::new(year, month, day)?, next))
}

/// `Feb 14, 2026`, `Feb. 14th 2026`.
fn name_and_day(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let (month, next) = names::month(tokens, at)?;
    let next = if tokens.is_punctuation(next, '.') || tokens.is_punctuation(next, '-') { next + 1 } else { next };
    let day = tokens.number(next, 1..=2)?;
    if tokens.is_punctuation(next + 1, ':') {
        return None;
    }
    let (year, next) = year_behind(tokens, next + 1);
    Some((Day::new(year, month, day)?, next))
}

/// A year a few joints on; else the place where it was looked for.
fn year_behind(tokens: &Tokens, at: usize) -> (Option<u32>, usize) {
    for next in at..at + 3 {
        if let Some(year) = tokens.number(next, 4..=4).filter(|year| (1000..=9999).contains(year)) {
            let is_time = tokens.is_punctuation(next + 1, ':');
            return if is_time { (None, at) } else { (Some(year), next + 1) };
        }
        if let Some(year) = tokens.number(next, 2..=2).filter(|_| next > at && tokens.is_punctuation(next - 1, '-')) {
            return (Some(century(year)), next + 1);
        }
        let apostrophe = tokens.is_punctuation(next, '\'');
        if apostrophe && let Some(year) = tokens.number(next + 1, 2..=2) {
            return (Some(century(year)), next + 2);
        }
        // RFC 822 §5: a year of two digits, before the time
        let time_follows = tokens.is_punctuation(next + 2, ':') && tokens.number(next + 1, 2..=2).is_some();
        if let Some(year) = tokens.number(next, 2..=2).filter(|_| time_follows) {
            return (Some(century(year)), next + 1);
        }
        // "24 نيسان / أبريل 2026": Arab papers name the month twice
        let named_again = || tokens.is_punctuation(next - 1, '/') && names::month(tokens, next).is_some();
        if !is_joint(tokens, next) && !named_again() {
            break;
        }
    }
    (None, at)
}

/// `2026年2月14日`, `2026년 2월 14일`; `2월 14일`.
fn ideographs(tokens: &Tokens, at: usize) -> Option<(Day, usize)> {
    let (year, at) = match tokens.number(at, 4..=4) {
        Some(year) if tokens.is_word(at + 1, &["年", "년"]) => (Some(year), at + 2),
        Some(_) => return None,
        None => (None, at),
    };
    let month = tokens.number(at, 1..=2).filter(|_| tokens.is_word(at + 1, &["月", "월"]))?;
    let day = tokens.number(at + 2, 1..=2).filter(|_| tokens.is_word(at + 3, &["日", "일", "号"]))?;
    Some((Day::new(year, month, day)?, at + 4))
}

fn separator(tokens: &Tokens, at: usize) -> Option<char> {
    tokens.punctuation(at).filter(|mark| matches!(mark, '/' | '-' | '.'))
}

fn year(tokens: &Tokens, at: usize) -> Option<u32> {
    if let Some(year) = tokens.number(at, 4..=4) {
        return Some(year);
    }
    let followed = tokens.is_punctuation(at + 1, ':');
    tokens.number(at, 2..=2).filter(|_| !followed).map(century)
}

fn century(year: u32) -> u32 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// What may stand between day, month and year.
fn is_joint(tokens: &Tokens, at: usize) -> bool {
    match tokens.at(at) {
        Some(Token::Punctuation(mark)) => matches!(mark, '.' | ',' | '-' | '/' | 'º' | '°'),
        Some(Token::Word(word)) => names::is_joint(word),
        _ => false,
    }
}
