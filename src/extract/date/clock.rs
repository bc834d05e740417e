//! The time of the day, and its offset from UTC.

use super::token::Tokens;
use chrono::{FixedOffset, NaiveTime};

/// A time as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// `None`: 24:00, the end of the day.
    pub(super) time: Option<NaiveTime>,
    pub(super) has_seconds: bool,
    pub(super) offset: Option<FixedOffset>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Before,
    After,
}

/// A time that begins at a token, and the place after it.
pub(super) fn read(tokens: &Tokens, at: usize) -> Option<(Clock, usize)> {
    // ISO 8601's `T`; `klo 8.30`, `à 8h30`: after these a dot may part hour and minute
    if tokens.is_word(at, &["t"]) || tokens.is_word(at, &["klo", "kl", "um", "pukul", "jam", "alle", "ore", "as", "a"])
    {
        let next = if tokens.is_punctuation(at + 1, '.') { at + 2 } else { at + 1 };
        return digits(tokens, next, true);
    }
    if let Some((half, next)) = half(tokens, at) {
        let (clock, next) = digits(tokens, next, true)?;
        return Some((with_half(clock, half)?, next));
    }
    digits(tokens, at, false)
}

fn digits(tokens: &Tokens, at: usize, dot_allowed: bool) -> Option<(Clock, usize)> {
    if let Some(found) = compact(tokens, at) {
        return Some(found);
    }
    let hour = tokens.number(at, 1..=2).filter(|hour| *hour <= 24)?;
    let (minute, second, next) = parts(tokens, at, dot_allowed)?;
    let (half, next) = half(tokens, next).map_or((None, next), |(half, next)| (Some(half), next));
    let clock = clock(hour, minute.unwrap_or(0), second)?;
    let clock = half.map_or(Some(clock), |half| with_half(clock, half))?;
    // "8 am" and "8h" are times, a bare "8" is none
    let is_time = minute.is_some() || half.is_some() || next > at + 1;
    is_time.then_some((clock, skip_word(tokens, next, &["uhr", "hrs", "hod", "val"])))
}

/// Minute, second and the place after them.
fn parts(tokens: &Tokens, at: usize, dot_allowed: bool) -> Option<(Option<u32>, Option<u32>, usize)> {
    if tokens.is_word(at + 1, &["h", "g", "gio", "時", "时", "點", "点", "시"]) {
        let next = skip_word(tokens, at + 2, &["간"]);
        let Some(minute) = tokens.number(next, 1..=2).filter(|_| !is_date_ahead(tokens, next)) else {
            return Some((None, None, next));
        };
        let next = skip_word(tokens, next + 1, &["phut", "p", "分", "분", "min", "ph", "m"]);
        let next = if tokens.is_punctuation(next, '\'') { next + 1 } else { next };
        let seconds = tokens.number(next, 1..=2).filter(|_| tokens.is_word(next + 1, &["秒", "초"]));
        return Some((Some(minute), seconds, if seconds.is_some() { next + 2 } else { next }));
    }
    let mark = tokens.punctuation(at + 1).filter(|mark| *mark == ':' || *mark == '.');
    let tight = !tokens.is_spaced(at + 1) && !tokens.is_spaced(at + 2);
    let minute = tokens.number(at + 2, 2..=2).filter(|_| {
        let colon = mark == Some(':');
        colon || mark == Some('.') && tight && (dot_allowed || is_clock_word(tokens, at + 3))
    });
    let Some(minute) = minute else {
        // "8 am", "8 Uhr"
        let named = half(tokens, at + 1).is_some() || is_clock_word(tokens, at + 1);
        return named.then_some((None, None, at + 1));
    };
    let same = tokens.punctuation(at + 3) == mark && !tokens.is_spaced(at + 3) && !tokens.is_spaced(at + 4);
    let Some(second) = tokens.number(at + 4, 2..=2).filter(|_| same) else {
        return Some((Some(minute), None, at + 3));
    };
    let has_fraction = matches!(tokens.punctuation(at + 5), Some('.' | ','))
        && !tokens.is_spaced(at + 6)
        && tokens.number(at + 6, 1..=12).is_some();
    Some((Some(minute), Some(second), if has_fraction { at + 7 } else { at + 5 }))
}

/// `T083000`, behind a date without separators.
fn compact(tokens: &Tokens, at: usize) -> Option<(Clock, usize)> {
    if at == 0 || !tokens.is_word(at - 1, &["t"]) || tokens.is_spaced(at) {
        return None;
    }
    if let Some(value) = tokens.number(at, 6..=6) {
        return Some((clock(value / 10_000, value / 100 % 100, Some(value % 100))?, at + 1));
    }
    let value = tokens.number(at, 4..=4)?;
    Some((clock(value / 100, value % 100, None)?, at + 1))
}

/// A day that follows a bare hour: "8h 14/02/2026".
fn is_date_ahead(tokens: &Tokens, at: usize) -> bool {
    matches!(tokens.punctuation(at + 1), Some('/' | '-' | '.')) && tokens.number(at + 2, 1..=4).is_some()
}

fn is_clock_word(tokens: &Tokens, at: usize) -> bool {
    tokens.is_word(at, &["uhr", "hrs", "wib", "wita", "wit"])
}

fn clock(hour: u32, minute: u32, second: Option<u32>) -> Option<Clock> {
    // a leap second is the second before it (RFC 3339 §5.7)
    let whole = second.map_or(0, |second| if second == 60 { 59 } else { second });
    let time = match hour {
        24 if minute == 0 && whole == 0 => None,
        _ => Some(NaiveTime::from_hms_opt(hour, minute, whole)?),
    };
    Some(Clock { time, has_seconds: second.is_some(), offset: None })
}

/// `17:09 PM` is 17:09; `12:30 AM` is 00:30.
fn with_half(clock: Clock, half: Half) -> Option<Clock> {
    use chrono::Timelike;
    let time = clock.time?;
    let hour = match (half, time.hour()) {
        (Half::After, hour) if hour < 12 => hour + 12,
        (Half::Before, 12) => 0,
        (_, hour) => hour,
    };
    Some(Clock { time: time.with_hour(hour), ..clock })
}

fn half(tokens: &Tokens, at: usize) -> Option<(Half, usize)> {
    let word = tokens.word(at)?;
    let second = tokens.word(at + 1);
    match (word, second) {
        ("오" | "上" | "午", Some("전" | "午" | "前")) => return Some((Half::Before, at + 2)),
        ("오" | "下" | "午", Some("후" | "午" | "後")) => return Some((Half::After, at + 2)),
        _ => {}
    }
    let dotted = |last: &str| {
        let found = tokens.is_punctuation(at + 1, '.') && tokens.is_word(at + 2, &[last]);
        found.then(|| if tokens.is_punctuation(at + 3, '.') { at + 4 } else { at + 3 })
    };
    match word {
        "am" | "sa" | "sang" | "صباحا" | "صباحًا" => Some((Half::Before, at + 1)),
        "pm" | "ch" | "chieu" | "toi" | "مساء" | "مساءً" => Some((Half::After, at + 1)),
        "a" => dotted("m").map(|next| (Half::Before, next)),
        "p" => dotted("m").map(|next| (Half::After, next)),
        _ => None,
    }
}

fn skip_word(tokens: &Tokens, at: usize, words: &[&str]) -> usize {
    if tokens.is_word(at, words) { at + 1 } else { at }
}

/// An offset that begins at a token, and the place after it: `Z`, `+07:00`, `+0700`, `GMT+7`, `EST`.
pub(super) fn offset(tokens: &Tokens, at: usize) -> Option<(FixedOffset, usize)> {
    if tokens.is_word(at, &["utc", "gmt", "ut"]) {
        return signed(tokens, at + 1, Form::Named).or_else(|| Some((hours_east(0)?, at + 1)));
    }
    if let Some(found) = signed(tokens, at, Form::Bare) {
        return Some(found);
    }
    let quarters = quarters_east(tokens.word(at)?)?;
    Some((FixedOffset::east_opt(quarters * 900)?, at + 1))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// After `GMT`: `+7` is enough.
    Named,
    /// On its own, where `- 14` may be the day that follows.
    Bare,
}

fn signed(tokens: &Tokens, at: usize, form: Form) -> Option<(FixedOffset, usize)> {
    let sign = match tokens.punctuation(at)? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    if form == Form::Bare && tokens.is_spaced(at + 1) {
        return None;
    }
    if let Some(value) = tokens.number(at + 1, 4..=4) {
        return Some((east(sign, value / 100, value % 100)?, at + 2));
    }
    let hours = tokens.number(at + 1, 1..=2)?;
    if tokens.is_punctuation(at + 2, ':')
        && let Some(minutes) = tokens.number(at + 3, 2..=2)
    {
        return Some((east(sign, hours, minutes)?, at + 4));
    }
    let stands_close = form == Form::Named || !tokens.is_spaced(at) && tokens.number(at + 1, 2..=2).is_some();
    let is_date = matches!(tokens.punctuation(at + 2), Some('/' | '-' | '.')) && form == Form::Bare;
    (stands_close && !is_date).then_some((east(sign, hours, 0)?, at + 2))
}

fn east(sign: i32, hours: u32, minutes: u32) -> Option<FixedOffset> {
    let minutes = i32::try_from(hours * 60 + minutes).ok().filter(|_| hours <= 14 && minutes < 60)?;
    FixedOffset::east_opt(sign * minutes * 60)
}

fn hours_east(hours: i32) -> Option<FixedOffset> {
    FixedOffset::east_opt(hours * 3600)
}

/// Zone names of RFC 822 §5 and of newspapers, in quarters of an hour.
fn quarters_east(name: &str) -> Option<i32> {
    Some(match name {
        "z" | "wet" => 0,
        "est" | "cdt" => -20,
        "edt" => -16,
        "cst" | "mdt" => -24,
        "mst" | "pdt" => -28,
        "pst" => -32,
        "akst" => -36,
        "akdt" => -32,
        "hst" => -40,
        "brt" => -12,
        "bst" | "cet" | "mez" | "west" => 4,
        "cest" | "mesz" | "eet" | "sast" => 8,
        "eest" | "msk" | "trt" => 12,
        "ist" => 22,
        "ict" | "wib" => 28,
        "wita" | "sgt" | "hkt" | "myt" => 32,
        "jst" | "kst" | "wit" => 36,
        "aest" => 40,
        "aedt" => 44,
        "nzst" => 48,
        "nzdt" => 52,
        _ => return None,
    })
}
