//! Dates as feeds write them: RFC 822 and its many variants, ISO 8601, and some countries' own forms.
//!
//! Comes in: the text of a date element. Goes out: the wall clock time that stands there, with its offset. Any date that is
//! stated is kept, also one in 1970 or in the future: `normalize` judges. Other forms are left to `extract::date`.

use crate::extract::date;
use crate::model::{DateOrigin, Precision, StatedDate};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

/// A longer text is no date.
const MOST_BYTES: usize = 200;

/// Reads a feed's date; `now` is when the feed was fetched.
pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Option<StatedDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST_BYTES {
        return None;
    }
    iso(text)
        .or_else(|| rfc822(text))
        .or_else(|| korean(text))
        .or_else(|| hungarian(text))
        .map(|read| read.stated())
        .or_else(|| date::parse(text, DateOrigin::Feed, now))
}

/// What was read of a date.
#[derive(Debug, Clone, Copy)]
struct Read {
    day: NaiveDate,
    clock: Option<Clock>,
    offset: Option<FixedOffset>,
}

#[derive(Debug, Clone, Copy)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    precision: Precision,
}

impl Read {
    fn stated(self) -> StatedDate {
        let precision = self.clock.map_or(Precision::Day, |clock| clock.precision);
        let local = self.clock.map_or(self.day.into(), |clock| clock.on(self.day));
        StatedDate { local, offset: self.offset, precision, origin: DateOrigin::Feed }
    }
}

impl Clock {
    /// 24:00 is midnight of the next day, and a leap second the second after it.
    fn on(self, day: NaiveDate) -> NaiveDateTime {
        let day = if self.hour == 24 { day.checked_add_days(Days::new(1)).unwrap_or(day) } else { day };
        let leap = i64::from(self.second == 60);
        let (hour, second) = (self.hour % 24, self.second.min(59));
        let time = NaiveTime::from_hms_nano_opt(hour, self.minute, second, self.nanos).unwrap_or_default();
        day.and_time(time) + TimeDelta::seconds(leap)
    }
}

/// A text that is read from its start.
#[derive(Debug, Clone, Copy)]
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip(&mut self, wanted: &[char]) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// A number of so many digits.
    fn digits(&mut self, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
        let digits = self.leading(|c| c.is_ascii_digit());
        let taken = digits.len().min(*count.end());
        (taken >= *count.start()).then_some(())?;
        let number = digits[..taken].parse().ok()?;
        self.0 = &self.0[taken..];
        Some(number)
    }

    fn leading(&self, wanted: impl Fn(char) -> bool) -> &'a str {
        &self.0[..self.0.find(|c| !wanted(c)).unwrap_or(self.0.len())]
    }

    fn word(&mut self) -> &'a str {
        let word = self.leading(char::is_alphabetic);
        self.0 = &self.0[word.len()..];
        word
    }
}

/// ISO 8601: calendar, ordinal and week dates, extended and basic, cut at any place (W3CDTF), with or without a time.
fn iso(text: &str) -> Option<Read> {
    let mut at = Cursor(text);
    let day = iso_day(&mut at)?;
    let (mut clock, mut offset) = (None, None);
    let before = at;
    at.skip(&['T', 't', ':']);
    at.skip_spaces();
    if !at.0.is_empty() {
        match clock_of(&mut at) {
            Some(found) => {
                clock = Some(found);
                at.skip_spaces();
                offset = offset_of(at.0);
            }
            // a day with a zone, or cut after the `T`
            None if matches!(before.0.trim(), "Z" | "T") => {}
            None => return None,
        }
    }
    Some(Read { day, clock, offset })
}

fn iso_day(at: &mut Cursor<'_>) -> Option<NaiveDate> {
    let digits = at.leading(|c| c.is_ascii_digit()).len();
    // YYMMDD and YYMM-D… are too like other numbers: only `YY-MM` of the short forms is a date
    let year = match digits {
        4 | 6 | 7 | 8 | 14 => i32::try_from(at.digits(4..=4)?).ok()?,
        2 if at.0[2..].starts_with('-') => full_year(at.digits(2..=2)?),
        _ => return None,
    };
    let first = |month| NaiveDate::from_ymd_opt(year, month, 1);
    let dash = at.skip(&['-']);
    if !dash && !at.0.starts_with(|c: char| c.is_ascii_digit() || c == 'W') {
        return if digits == 4 { first(1) } else { None };
    }
    if at.skip(&['W']) {
        let week = at.digits(2..=2)?;
        at.skip(&['-']);
        let weekday = at.digits(1..=1).unwrap_or(1);
        return NaiveDate::from_isoywd_opt(
            year,
            week,
            Weekday::try_from(u8::try_from(weekday.checked_sub(1)?).ok()?).ok()?,
        );
    }
    if at.leading(|c| c.is_ascii_digit()).len() == 3 {
        return NaiveDate::from_yo_opt(year, at.digits(3..=3)?);
    }
    let month = at.digits(1..=2)?;
    // basic form has no dashes at all
    let goes_on = at.skip(&['-']) || !dash;
    if !goes_on || !at.0.starts_with(|c: char| c.is_ascii_digit()) {
        return first(month);
    }
    NaiveDate::from_ymd_opt(year, month, at.digits(1..=2)?)
}

/// `08`, `08:30`, `0830`, `08:30:15.5`, `8:30 PM`.
fn clock_of(at: &mut Cursor<'_>) -> Option<Clock> {
    let mut hour = at.digits(1..=2)?;
    let mut clock = Clock { hour, minute: 0, second: 0, nanos: 0, precision: Precision::Minute };
    at.skip(&[':', '.']);
    if let Some(minute) = at.digits(1..=2) {
        clock.minute = minute;
        if at.skip(&[':', '.']) || at.0.starts_with(|c: char| c.is_ascii_digit()) {
            clock.second = at.digits(1..=2)?;
            clock.precision = Precision::Second;
        }
    }
    if at.skip(&['.', ',']) {
        let fraction = at.leading(|c| c.is_ascii_digit());
        at.0 = &at.0[fraction.len()..];
        let nanos: u32 = format!("{:0<9.9}", fraction).parse().ok()?;
        clock.nanos = nanos;
    }
    let mut half = *at;
    half.skip_spaces();
    match half.word().to_ascii_lowercase().as_str() {
        "pm" if hour < 12 => hour += 12,
        "am" if hour == 12 => hour = 0,
        "am" | "pm" => {}
        _ => half = *at,
    }
    *at = half;
    clock.hour = hour;
    let is_time = hour < 24 || hour == 24 && clock.minute == 0 && clock.second == 0;
    (is_time && clock.minute < 60 && clock.second <= 60).then_some(clock)
}

/// A numeric offset or a zone's name; `None` where neither is known. A broken offset counts as none.
fn offset_of(text: &str) -> Option<FixedOffset> {
    let mut at = Cursor(text.trim());
    let name = at.word();
    let from_name = if name.is_empty() { None } else { zone(name) };
    at.skip_spaces();
    let numeric = matches!(name.to_ascii_uppercase().as_str(), "" | "GMT" | "UTC" | "UT" | "Z");
    if numeric && at.0.starts_with(['+', '-', '\u{2212}']) {
        let west = !at.skip(&['+']);
        if west {
            at.skip(&['-', '\u{2212}']);
        }
        let digits = at.leading(|c| c.is_ascii_digit()).len();
        let hours = at.digits(1..=if digits == 3 { 1 } else { 2 })?;
        at.skip(&[':', '.']);
        let minutes = at.digits(2..=2).unwrap_or(0);
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        return FixedOffset::east_opt(if west { -seconds } else { seconds });
    }
    from_name
}

/// Zones by the names that feeds use (RFC 822 §5.1 and common ones).
fn zone(name: &str) -> Option<FixedOffset> {
    const ZONES: &[(&str, i32)] = &[
        ("UT", 0),
        ("UTC", 0),
        ("GMT", 0),
        ("Z", 0),
        ("WET", 0),
        ("AST", -240),
        ("ADT", -180),
        ("EST", -300),
        ("EDT", -240),
        ("ET", -300),
        ("CST", -360),
        ("CDT", -300),
        ("CT", -360),
        ("MST", -420),
        ("MDT", -360),
        ("MT", -420),
        ("PST", -480),
        ("PDT", -420),
        ("PT", -480),
        ("AKST", -540),
        ("AKDT", -480),
        ("HST", -600),
        ("NST", -210),
        ("NDT", -150),
        ("BRT", -180),
        ("ART", -180),
        ("CLT", -240),
        ("BST", 60),
        ("WEST", 60),
        ("CET", 60),
        ("MEZ", 60),
        ("MET", 60),
        ("CEST", 120),
        ("MESZ", 120),
        ("MEST", 120),
        ("EET", 120),
        ("SAST", 120),
        ("EEST", 180),
        ("MSK", 180),
        ("MSD", 240),
        ("PKT", 300),
        ("IST", 330),
        ("ICT", 420),
        ("WIB", 420),
        ("HKT", 480),
        ("SGT", 480),
        ("MYT", 480),
        ("PHT", 480),
        ("AWST", 480),
        ("JST", 540),
        ("KST", 540),
        ("ACST", 570),
        ("AEST", 600),
        ("ACDT", 630),
        ("AEDT", 660),
        ("NZST", 720),
        ("NZDT", 780),
    ];
    let found = ZONES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    FixedOffset::east_opt(found.1 * 60)
}

/// RFC 822 §5.1 and what became of it: any order of day, month, year, time and zone that leaves no doubt.
fn rfc822(text: &str) -> Option<Read> {
    let (mut day, mut month, mut year, mut clock, mut offset) = (None, None, None, None, None);
    let spaced: String = text.chars().map(|c| if c == ',' { ' ' } else { c }).collect();
    for word in spaced.split_whitespace().flat_map(date_words) {
        let number = word.trim_end_matches(['.']).parse::<u32>().ok().filter(|_| word.as_bytes()[0].is_ascii_digit());
        if word.contains(':') && clock.is_none() && word.as_bytes()[0].is_ascii_digit() {
            let mut at = Cursor(word);
            clock = Some(clock_of(&mut at)?);
            offset = offset.or_else(|| offset_of(at.0));
        } else if let Some(number) = number {
            match (day, year) {
                (None, _) if word.len() <= 2 && number <= 31 => day = Some(number),
                (_, None) if word.len() == 4 => year = i32::try_from(number).ok(),
                (_, None) if word.len() <= 3 => year = Some(full_year(number)),
                _ => return None,
            }
        } else if let Some(found) = month_named(word) {
            month = month.or(Some(found));
        } else if is_half(word) {
            clock = clock.map(|clock| half_day(clock, word));
        } else if clock.is_some() {
            offset = offset.or_else(|| offset_of(word));
        } else if !is_weekday(word) {
            return None;
        }
    }
    Some(Read { day: NaiveDate::from_ymd_opt(year?, month?, day?)?, clock, offset })
}

/// `01-Jan-2004` is three words; `GMT-5` and `-0500` are one.
fn date_words(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    let is_date = parts.len() == 3 && month_named(parts[1]).is_some() && !parts.contains(&"");
    if is_date { parts } else { vec![word] }
}

fn is_half(word: &str) -> bool {
    ["am", "pm", "a.m.", "p.m."].iter().any(|half| half.eq_ignore_ascii_case(word))
}

fn half_day(mut clock: Clock, word: &str) -> Clock {
    if word.starts_with(['p', 'P']) && clock.hour < 12 {
        clock.hour += 12;
    } else if word.starts_with(['a', 'A']) && clock.hour == 12 {
        clock.hour = 0;
    }
    clock
}

/// Two digits are of 1969 to 2068 (POSIX `strptime`); three count from 1900 (RFC 5322 §4.3).
fn full_year(short: u32) -> i32 {
    let short = i32::try_from(short).unwrap_or_default();
    match short {
        0..=68 => 2000 + short,
        _ => 1900 + short,
    }
}

fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "ιαν"],
        &["feb", "φεβ"],
        &["mar", "μάώ", "μαώ", "μαρ", "μάρ"],
        &["apr", "απρ"],
        &["may", "μάι", "μαϊ", "μαι"],
        &["jun", "ιούν", "ιον", "ιουν"],
        &["jul", "ιούλ", "ιολ", "ιουλ"],
        &["aug", "αύγ", "αυγ"],
        &["sep", "σεπ"],
        &["oct", "οκτ"],
        &["nov", "νοέ", "νοε"],
        &["dec", "δεκ"],
    ];
    let word = word.to_lowercase();
    let found = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    (word.chars().all(|c| c.is_alphabetic() || c == '.')).then(|| u32::try_from(found).ok().map(|at| at + 1))?
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 15] =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "κυρ", "δευ", "τρι", "τετ", "πεμ", "παρ", "σαβ", "σαβ"];
    let word = word.trim_end_matches(['.', ':']).to_lowercase();
    DAYS.iter().any(|day| word.starts_with(day)) && word.chars().all(char::is_alphabetic)
}

/// `2004년 05월 28일 오후 11:31:15` and `2004-05-28 오후 11:31:15`; Korea has one zone.
fn korean(text: &str) -> Option<Read> {
    let afternoon = text.contains("오후");
    if !afternoon && !text.contains("오전") && !text.contains('년') {
        return None;
    }
    let plain: String = text.chars().map(|c| if c.is_ascii_digit() || c == ':' { c } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let [year, month, day, rest @ ..] = words.as_slice() else { return None };
    let day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    let clock = match rest.first() {
        Some(time) => Some(half_day(clock_of(&mut Cursor(time))?, if afternoon { "pm" } else { "am" })),
        None => None,
    };
    Some(Read { day, clock, offset: FixedOffset::east_opt(9 * 3600) })
}

/// `2004-július-13T9:15-05:00`.
fn hungarian(text: &str) -> Option<Read> {
    const MONTHS: [&str; 12] = ["jan", "feb", "márc", "ápr", "máj", "jún", "júl", "aug", "szept", "okt", "nov", "dec"];
    let (year, rest) = text.split_once('-')?;
    let (name, rest) = rest.split_once('-')?;
    let name = name.to_lowercase();
    let month = MONTHS.iter().position(|known| name.starts_with(known))? + 1;
    iso(&format!(
        "{year}-{month:02}-{}",
        if rest.as_bytes().get(1) == Some(&b'T') { format!("0{rest}") } else { rest.to_owned() }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let now = DateTime::from_timestamp(1_770_000_000, 0).expect("a valid time");
        parse(text, now).map_or("none".to_owned(), |date| {
            let offset = date.offset.map_or(String::new(), |offset| offset.to_string());
            let form = if date.precision == Precision::Day { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S" };
            format!("{}{offset}", date.local.format(form))
        })
    }

    #[test]
    fn rfc822_is_read_in_all_its_forms() {
        for (text, expected) in [
            ("Sat, 14 Feb 2026 08:30:00 +0700", "2026-02-14T08:30:00+07:00"),
            ("Sat, 14 Feb 26 08:30:00 GMT", "2026-02-14T08:30:00+00:00"),
            ("14 Feb 2026 08:30 EST", "2026-02-14T08:30:00-05:00"),
            ("Sat Feb 14 08:30:00 2026", "2026-02-14T08:30:00"),
            ("Sat Feb 14 08:30:00 PST 2026", "2026-02-14T08:30:00-08:00"),
            ("Saturday, 14-Feb-2026 08:30:00 UTC", "2026-02-14T08:30:00+00:00"),
            ("February 14, 2026", "2026-02-14"),
            ("Sat, 14 Feb 2026 24:00:00 +0000", "2026-02-15T00:00:00+00:00"),
            ("Sat, 14 Feb 2026 08:30:00 GMT+7", "2026-02-14T08:30:00+07:00"),
            ("Sat, 14 Feb 2026 08:30:00 PM +07", "2026-02-14T20:30:00+07:00"),
            ("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00+00:00"),
            ("Sat, 14 Feb 2026 08:30:00 +99", "2026-02-14T08:30:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn iso_is_read_however_short() {
        for (text, expected) in [
            ("2026", "2026-01-01"),
            ("2026-02", "2026-02-01"),
            ("2026-02-14", "2026-02-14"),
            ("20260214", "2026-02-14"),
            ("2026-045", "2026-02-14"),
            ("2026045", "2026-02-14"),
            ("2026-W07-6", "2026-02-14"),
            ("2026-02-14T08:30Z", "2026-02-14T08:30:00+00:00"),
            ("2026-02-14T08:30:15.25+07:00", "2026-02-14T08:30:15+07:00"),
            ("2026-02-14 08:30:15 +0700", "2026-02-14T08:30:15+07:00"),
            ("2026-02-14T08:30:15", "2026-02-14T08:30:15"),
            ("2026-2-4T8:30:15Z", "2026-02-04T08:30:15+00:00"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn countries_have_forms_of_their_own() {
        assert_eq!(read("2026년 02월 14일 오후 08:30:15"), "2026-02-14T20:30:15+09:00");
        assert_eq!(read("2026-02-14 오전 08:30:15"), "2026-02-14T08:30:15+09:00");
        assert_eq!(read("Σαβ, 14 Φεβ 2026 08:30:00 EET"), "2026-02-14T08:30:00+02:00");
        assert_eq!(read("2026-február-14T8:30+01:00"), "2026-02-14T08:30:00+01:00");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "soon", "31 Feb 2026", "2026-13-01", "12345", "99:99", "0", "1771032600000000", "T", "-", "2026-02-"]
        {
            assert!(["none", "2026-02-01"].contains(&read(text).as_str()), "{text}: {}", read(text));
        }
    }
}
