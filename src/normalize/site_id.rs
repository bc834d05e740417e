//! The site's own id in its article addresses, learned from the addresses themselves.
//!
//! Comes in: addresses of articles. Goes out: a [`SiteIdRule`], if one position holds a token that is one article's alone.
//! An address without such a token simply has no site id.

use super::permalink::{folded, host_key};
use crate::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use url::Url;

/// Fewer addresses prove nothing.
const FEWEST: usize = 8;
/// So many of a hundred addresses must have the token.
const LEAST_PERCENT: usize = 90;
/// More are not looked at: the newest tell as much.
const MOST: usize = 400;
const SHORTEST_NUMBER: usize = 4;
const SHORTEST_MIXED: usize = 5;
const LONGEST: usize = 40;

/// Where the id stands in an address and what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteIdRule {
    position: Position,
    alphabet: Alphabet,
    shortest: usize,
    longest: usize,
}

/// Where in the address, in the order in which equals are preferred.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Position {
    /// `/xa-hoi/tieu-de-51YnYvXDR.html`: behind the last separator of the last segment.
    LastToken,
    /// `/123456-tieu-de.html`.
    FirstToken,
    /// `?id=123456`.
    Query(String),
    /// `/123456/tieu-de`: a whole segment, counted from the end.
    Segment(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Alphabet {
    Digits,
    LettersAndDigits,
}

impl SiteIdRule {
    /// Finds the position whose tokens are ids: steady in form, one article's alone, no words and no dates.
    #[must_use]
    pub fn learn(urls: &[Url]) -> Option<Self> {
        let mut seen = HashSet::new();
        let urls: Vec<&Url> = urls.iter().filter(|url| seen.insert(folded(url))).take(MOST).collect();
        if urls.len() < FEWEST {
            return None;
        }
        let mut positions = vec![Position::LastToken, Position::FirstToken];
        let names: BTreeSet<String> = urls.iter().flat_map(|u| u.query_pairs()).map(|(n, _)| n.into_owned()).collect();
        positions.extend(names.into_iter().take(16).map(Position::Query));
        positions.extend([Position::Segment(1), Position::Segment(2)]);
        positions.into_iter().find_map(|position| Self::at(position, &urls))
    }

    /// The id in an address as a key text: the folded host, and the id. `None` where the address has none.
    #[must_use]
    pub fn id(&self, url: &Url) -> Option<String> {
        let token = self.position.token(url)?;
        let fits = Alphabet::of(&token) == Some(self.alphabet) && (self.shortest..=self.longest).contains(&token.len());
        fits.then(|| format!("{}|{}{token}", host_key(url), self.position.mark()))
    }

    fn at(position: Position, urls: &[&Url]) -> Option<Self> {
        let found: Vec<(String, &Url)> = urls
            .iter()
            .filter_map(|url| position.token(url).filter(|t| Alphabet::of(t).is_some()).map(|token| (token, *url)))
            .collect();
        [Alphabet::LettersAndDigits, Alphabet::Digits]
            .into_iter()
            .find_map(|alphabet| Self::of_alphabet(&position, alphabet, &found, urls.len()))
    }

    fn of_alphabet(position: &Position, alphabet: Alphabet, found: &[(String, &Url)], all: usize) -> Option<Self> {
        let of_it: Vec<&(String, &Url)> = found.iter().filter(|(t, _)| Alphabet::of(t) == Some(alphabet)).collect();
        let usual = usual_length(of_it.iter().map(|(token, _)| token.len()))?;
        // numbers grow by a digit now and then
        let slack = usize::from(alphabet == Alphabet::Digits);
        let (shortest, longest) = (usual - slack, usual + slack);
        let fit: Vec<&(String, &Url)> =
            of_it.into_iter().filter(|(token, _)| (shortest..=longest).contains(&token.len())).collect();
        let enough = fit.len() >= FEWEST && fit.len() * 100 >= all * LEAST_PERCENT;
        (enough && !are_short_days(&fit) && are_unique(&fit)).then(|| Self {
            position: position.clone(),
            alphabet,
            shortest,
            longest,
        })
    }
}

impl Position {
    fn token(&self, url: &Url) -> Option<String> {
        match self {
            Self::LastToken => stem(url)?.rsplit(is_separator).next().map(str::to_owned),
            Self::FirstToken => stem(url)?.split_once(is_separator).map(|(first, _)| first.to_owned()),
            Self::Query(name) => url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned()),
            Self::Segment(back) => segments(url).rev().nth(*back).map(str::to_owned),
        }
    }

    /// Keeps ids of different positions apart.
    fn mark(&self) -> String {
        match self {
            Self::LastToken => String::new(),
            Self::FirstToken => "^".to_owned(),
            Self::Query(name) => format!("{name}="),
            Self::Segment(back) => format!("{back}/"),
        }
    }
}

impl Alphabet {
    /// The alphabet of a token that may be an id; `None`: a word, a year, a date, or no single token.
    fn of(token: &str) -> Option<Self> {
        if token.len() > LONGEST || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        if token.bytes().all(|b| b.is_ascii_digit()) {
            return (token.len() >= SHORTEST_NUMBER && !is_date(token)).then_some(Self::Digits);
        }
        let has = |is: fn(&u8) -> bool| token.bytes().any(|b| is(&b));
        let mixed_case = has(u8::is_ascii_lowercase) && token.bytes().skip(1).any(|b| b.is_ascii_uppercase());
        let id = has(u8::is_ascii_digit) || mixed_case;
        (token.len() >= SHORTEST_MIXED && id).then_some(Self::LettersAndDigits)
    }
}

/// A year, a month, a day, or a moment to the hour, minute or second, the day either way round. Two articles may well be of
/// one second; with milliseconds it is an id.
fn is_date(digits: &str) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let year = |n: u32| (1900..=2099).contains(&n);
    let day_of_month = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let day = || {
        year(number(0, 4)) && day_of_month(number(6, 8), number(4, 6))
            || year(number(4, 8)) && day_of_month(number(0, 2), number(2, 4))
    };
    let time = || number(8, 10) < 24 && number(10, 12) < 60 && number(12, 14) < 60;
    match digits.len() {
        4 => year(number(0, 4)),
        6 => year(number(0, 4)) && day_of_month(1, number(4, 6)),
        8 => day(),
        10 | 12 | 14 => day() && time(),
        _ => false,
    }
}

/// Days with two digits for the year, either way round. A number of six digits looks like one by chance: all must, and those
/// that end in the year must be of one.
fn are_short_days(tokens: &[&(String, &Url)]) -> bool {
    let part = |token: &str, at: usize| token.get(at..at + 2).and_then(|two| two.parse::<u32>().ok()).unwrap_or(0);
    let is_day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let all = |is: &dyn Fn(&str) -> bool| tokens.iter().all(|(token, _)| token.len() == 6 && is(token));
    let year = tokens.first().map(|(token, _)| part(token, 4));
    all(&|token| is_day(part(token, 4), part(token, 2)))
        || all(&|token| is_day(part(token, 0), part(token, 2)) && Some(part(token, 4)) == year)
}

/// The last segment without its extension.
fn stem(url: &Url) -> Option<&str> {
    let last = segments(url).next_back()?;
    Some(last.rsplit_once('.').filter(|(_, ending)| is_extension(ending)).map_or(last, |(stem, _)| stem))
}

fn segments(url: &Url) -> impl DoubleEndedIterator<Item = &str> {
    url.path().split('/').filter(|segment| !segment.is_empty())
}

fn is_extension(ending: &str) -> bool {
    (2..=5).contains(&ending.len())
        && ending.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && ending.bytes().any(|b| b.is_ascii_lowercase())
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ',' | '~')
}

fn usual_length(lengths: impl Iterator<Item = usize>) -> Option<usize> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for length in lengths {
        *counts.entry(length).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(length, count)| (*count, *length)).map(|(length, _)| length)
}

/// No token stands for two articles. One token in two addresses with alike words is one article that moved or was renamed.
fn are_unique(found: &[&(String, &Url)]) -> bool {
    let mut first: HashMap<&str, &Url> = HashMap::new();
    let shared = found
        .iter()
        .filter(|(token, url)| match first.get(token.as_str()) {
            Some(other) => !alike(url, other),
            None => {
                first.insert(token, url);
                false
            }
        })
        .count();
    shared * 50 <= found.len() && first.len() >= FEWEST.min(found.len() / 2 + 1)
}

fn alike(a: &Url, b: &Url) -> bool {
    let words = |url: &Url| -> HashSet<String> {
        fold(stem(url).unwrap_or_default()).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
    };
    let (a, b) = (words(a), words(b));
    let both = a.intersection(&b).count();
    // the token itself is always shared
    both > 1 && both * 2 >= a.len().min(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 10] = [
        "51YnYvXDR",
        "aB3dE5gH7",
        "Zx9Yw8Vu7",
        "qwErTy12p",
        "PoiuyT5re",
        "mNbVc4xzA",
        "lKjHg7fdS",
        "yTrEw2qAs",
        "gHjKl8mNb",
        "cVbNm6QwE",
    ];

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL of the test")
    }

    fn learn(urls: impl Iterator<Item = String>) -> Option<SiteIdRule> {
        SiteIdRule::learn(&urls.map(|text| url(&text)).collect::<Vec<_>>())
    }

    fn slugs(n: usize) -> String {
        format!("{}-{}-trong-tinh", ["lua-moi", "truong-hoc", "duong-lang", "cho-phien", "ho-nuoc"][n % 5], n)
    }

    #[test]
    fn trailing_token_is_the_id() {
        let rule = learn(IDS.iter().enumerate().map(|(n, id)| format!("https://b.vn/xa-hoi/{}-{id}.html", slugs(n))));
        let rule = rule.expect("ten unique tokens of nine");
        assert_eq!(rule.id(&url("http://www.b.vn/kinh-te/khac-han-51YnYvXDR.html")).as_deref(), Some("b.vn|51YnYvXDR"));
        assert_eq!(rule.id(&url("http://b.vn/xa-hoi/nha-nuoc-microsoft.html")), None);
        assert_eq!(rule.id(&url("http://b.vn/xa-hoi.html")), None);
    }

    #[test]
    fn numbers_in_other_places_are_ids() {
        let numbers = || (0..12).map(|n| 4_512_345 + n * 37);
        let tail = learn(numbers().map(|n| format!("https://b.vn/{}-{n}.htm", slugs(n)))).expect("a rule");
        assert_eq!(tail.id(&url("https://b.vn/x-10000001.htm")).as_deref(), Some("b.vn|10000001"));
        let query = learn(numbers().map(|n| format!("https://b.vn/tin.aspx?muc=3&id={n}"))).expect("a rule");
        assert_eq!(query.id(&url("https://b.vn/?id=4512346")).as_deref(), Some("b.vn|id=4512346"));
        let head = learn(numbers().map(|n| format!("https://b.vn/{n}-mot-bai-viet"))).expect("a rule");
        assert_eq!(head.id(&url("https://b.vn/4512346-khac")).as_deref(), Some("b.vn|^4512346"));
        let segment = learn(numbers().map(|n| format!("https://b.vn/tin/{n}/mot-bai-viet/"))).expect("a rule");
        assert_eq!(segment.id(&url("https://b.vn/tin/4512346/khac")).as_deref(), Some("b.vn|1/4512346"));
    }

    #[test]
    fn dates_and_words_are_no_ids() {
        assert_eq!(learn((1..20).map(|n| format!("https://b.vn/2026/02/14/{}", slugs(n)))), None);
        assert_eq!(learn((10..28).map(|n| format!("https://b.vn/du-bao-thoi-tiet-{n}022026.html"))), None);
        assert_eq!(learn((10..28).map(|n| format!("https://b.vn/du-bao-thoi-tiet-ngay-{n}-2-2026.html"))), None);
        let shared = (0..20).map(|n| format!("https://b.vn/{}-{}.html", slugs(n), 70_001 + n / 4));
        assert_eq!(learn(shared), None);
    }

    #[test]
    fn moments_are_no_ids_but_for_those_to_the_millisecond() {
        let of = |moment: fn(usize) -> String| {
            learn((10..30).map(|n| format!("https://b.vn/{}-{}.html", slugs(n), moment(n))))
        };
        assert_eq!(of(|n| format!("20260214{n}")), None, "an hour");
        assert_eq!(of(|n| format!("202602140{}{n}", n % 10)), None, "a minute");
        assert_eq!(of(|n| format!("202602140830{n}")), None, "a second");
        assert_eq!(of(|n| format!("{n}0226")), None, "a day with a short year");
        assert_eq!(of(|n| format!("2602{n}")), None, "the other way round");
        assert_eq!(of(|n| format!("2026{:02}", n % 12 + 1)), None, "a month");
        assert!(of(|n| format!("20260214083015{n}7")).is_some());
        assert!(of(|n| format!("18826021408{n}15123")).is_some(), "with a number of the paper before it");
        assert!(of(|n| format!("{}", 983_650 + n * 7)).is_some());
        assert!(of(|n| format!("{}", 120_310 + n * 3)).is_some(), "a number that looks like days by chance");
        assert!(of(|n| format!("{}", 1_771_000_000 + n * 977)).is_some(), "seconds since 1970");
    }

    #[test]
    fn what_all_addresses_share_or_repeat_is_no_id() {
        let of = |address: fn(usize) -> String| learn((0..20).map(address));
        assert_eq!(of(|n| format!("https://b.vn/{}-Ab3dEf9hK.html", slugs(n))), None, "a mark of the site");
        assert_eq!(of(|n| format!("https://b.vn/{}.html?v=17710{}", slugs(n), n % 3)), None, "a version");
        assert_eq!(of(|n| format!("https://b.vn/chuyen-de-{}/{}", 4001 + n % 4, slugs(n))), None, "a dossier");
        assert_eq!(of(|n| format!("https://b.vn/{}-trang-2.html", slugs(n))), None);
        assert_eq!(of(|n| format!("https://b.vn/giai-u23-luot-{n}-covid19.html")), None);
        assert_eq!(of(|n| format!("https://b.vn/{}/", "a-".repeat(900 + n))), None);
    }

    #[test]
    fn renamed_articles_do_not_unlearn_the_id() {
        let old = IDS.iter().enumerate().map(|(n, id)| format!("https://b.vn/xa-hoi/{}-{id}.html", slugs(n)));
        let new = IDS.iter().enumerate().map(|(n, id)| format!("https://b.vn/xa-hoi/{}-bo-sung-{id}.html", slugs(n)));
        assert!(learn(old.chain(new)).is_some());
    }

    #[test]
    fn few_addresses_prove_nothing() {
        assert_eq!(learn(IDS[..7].iter().map(|id| format!("https://b.vn/tin-{id}.html"))), None);
    }

    #[test]
    fn rule_survives_being_kept() {
        let rule = learn(IDS.iter().map(|id| format!("https://b.vn/tin-{id}.html"))).expect("a rule");
        let kept = serde_json::to_string(&rule).expect("plain data");
        assert_eq!(serde_json::from_str::<SiteIdRule>(&kept).expect("what was written"), rule);
    }
}
