//! robots.txt (RFC 9309), pure: bytes in, rules for our product token out.
//!
//! Comes in: the file's bytes, a path. Goes out: allowed or not, and the `Crawl-delay`. It does not know where the file
//! came from; `permission.rs` fetches it.

use std::fmt::Write;
use std::time::Duration;

/// The product token of this program.
pub(super) const TOKEN: &str = "bantin";
/// What is read of a robots.txt (RFC 9309 §2.5); the rest does not count.
pub(super) const MOST_BYTES: usize = 500 << 10;
/// What is read of a line: eight times the longest address that browsers take.
const MOST_LINE_BYTES: usize = 2083 * 8 - 1;
/// `Sitemap` records that are read …
const MOST_SITEMAPS: usize = 8;
/// … and the longest of them.
const MOST_SITEMAP_BYTES: usize = 500;
/// A longer `Crawl-delay` is taken for this one: it is no part of the standard, and a typing error must not end polling.
pub(super) const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// The rules that hold for one product token.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// The least gap between requests.
    pub(super) crawl_delay: Option<Duration>,
    /// The addresses of `Sitemap` records, as they stand there; they belong to no group, and are not kept.
    pub(super) sitemaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allows: bool,
    /// In normal form: see [`normalized`].
    pattern: Vec<u8>,
}

/// Whom a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Us,
    Everybody,
    Others,
}

impl Rules {
    /// The groups of `token`, merged; where there is none, those of `*` (RFC 9309 §2.2.1).
    pub(super) fn parse(file: &[u8], token: &str) -> Self {
        let file = file.get(..MOST_BYTES).unwrap_or(file);
        Self::read(file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file), token, MOST_LINE_BYTES)
    }

    /// What [`Rules::to_text`] wrote: within the limits already, but escapes may have made it longer.
    pub(super) fn of_text(text: &str) -> Self {
        Self::read(text.as_bytes(), TOKEN, usize::MAX)
    }

    fn read(file: &[u8], token: &str, most_line_bytes: usize) -> Self {
        let (mut own, mut everybody) = (None::<Self>, Self::default());
        let mut group: Vec<For> = Vec::new();
        let mut in_rules = false;
        let mut sitemaps = Vec::new();
        for (key, value) in file.split(|b| matches!(b, b'\n' | b'\r')).filter_map(|line| record(line, most_line_bytes))
        {
            if key.eq_ignore_ascii_case(b"user-agent") {
                if std::mem::take(&mut in_rules) {
                    group.clear();
                }
                let whom = whom(value, token);
                if whom == For::Us {
                    own.get_or_insert_default();
                }
                if !group.contains(&whom) {
                    group.push(whom);
                }
                continue;
            }
            if key.eq_ignore_ascii_case(b"sitemap")
                && value.len() <= MOST_SITEMAP_BYTES
                && sitemaps.len() < MOST_SITEMAPS
            {
                sitemaps.push(String::from_utf8_lossy(value).into_owned());
            }
            let Some(line) = Line::read(key, value) else { continue };
            // other records do not end the list of agents (§2.2.4), and the delay is one of them
            in_rules |= matches!(line, Line::Rule(_));
            for whom in &group {
                match whom {
                    For::Us => own.get_or_insert_default().take(&line),
                    For::Everybody => everybody.take(&line),
                    For::Others => {}
                }
            }
        }
        Self { sitemaps, ..own.unwrap_or(everybody) }
    }

    fn take(&mut self, line: &Line) {
        match line {
            Line::Rule(rule) if rule.pattern.is_empty() => {}
            Line::Rule(rule) => self.rules.push(rule.clone()),
            Line::Delay(delay) => self.crawl_delay = self.crawl_delay.max(Some(*delay)),
        }
    }

    /// Whether `path` (with its query) may be asked: the longest matching rule wins, `Allow` where two are as long.
    pub(super) fn allow(&self, path: &str) -> bool {
        self.deciding(path).is_none_or(|rule| rule.allows)
    }

    /// The line that decides on `path`, as a robots.txt would have it; `None` where no rule matches.
    pub(super) fn deciding_line(&self, path: &str) -> Option<String> {
        self.deciding(path).map(Rule::line)
    }

    fn deciding(&self, path: &str) -> Option<&Rule> {
        let path = normalized(if path.is_empty() { "/" } else { path }.as_bytes(), Raw::Kept);
        if path == b"/robots.txt" {
            return None;
        }
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &path));
        matching.max_by_key(|rule| (rule.pattern.len(), rule.allows))
    }

    /// These rules as a robots.txt of their own, for keeping: nothing of other agents' groups.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("User-agent: {TOKEN}\n");
        if let Some(delay) = self.crawl_delay {
            let _ = writeln!(text, "Crawl-delay: {}", delay.as_secs_f64());
        }
        for rule in &self.rules {
            let _ = writeln!(text, "{}", rule.line());
        }
        text
    }
}

impl Rule {
    fn line(&self) -> String {
        let pattern = String::from_utf8_lossy(&self.pattern);
        format!("{}: {pattern}", if self.allows { "Allow" } else { "Disallow" })
    }
}

enum Line {
    Rule(Rule),
    Delay(Duration),
}

impl Line {
    fn read(key: &[u8], value: &[u8]) -> Option<Self> {
        let rule = |allows| Some(Self::Rule(Rule { allows, pattern: normalized(value, Raw::Encoded) }));
        match key {
            k if k.eq_ignore_ascii_case(b"allow") => rule(true),
            k if k.eq_ignore_ascii_case(b"disallow") => rule(false),
            k if k.eq_ignore_ascii_case(b"crawl-delay") => {
                let seconds: f64 = std::str::from_utf8(value).ok()?.parse().ok().filter(|s: &f64| !s.is_nan())?;
                let delay = Duration::try_from_secs_f64(seconds.min(LONGEST_DELAY.as_secs_f64())).ok()?;
                Some(Self::Delay(delay))
            }
            _ => None,
        }
    }
}

/// Key and value of a line, without comment and white space around.
fn record(line: &[u8], most_bytes: usize) -> Option<(&[u8], &[u8])> {
    let line = line.get(..most_bytes).unwrap_or(line);
    let line = line.split(|b| *b == b'#').next().unwrap_or_default();
    let colon = line.iter().position(|b| *b == b':')?;
    Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii()))
}

/// Compares the product token that a value begins with (§2.2.1), in any letter case.
fn whom(value: &[u8], token: &str) -> For {
    if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
        return For::Everybody;
    }
    let end = value.iter().position(|b| !(b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))).unwrap_or(value.len());
    if value[..end].eq_ignore_ascii_case(token.as_bytes()) { For::Us } else { For::Others }
}

/// What is done with bytes that cannot stand in an address: a rule may hold them, an address never does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Raw {
    Encoded,
    Kept,
}

/// Percent-encoding in one form (§2.2.2): unreserved characters plain, other escapes in capitals.
fn normalized(text: &[u8], raw: Raw) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escape = (byte == b'%').then(|| Some((hex(*text.get(at + 1)?)?, hex(*text.get(at + 2)?)?))).flatten();
        at += if escape.is_some() { 3 } else { 1 };
        match escape.map(|(high, low)| high << 4 | low) {
            Some(plain)
                if (plain.is_ascii_alphanumeric() || b"-._~".contains(&plain)) && !ends_an_escape(&out, plain) =>
            {
                out.push(plain);
            }
            Some(other) => encode(&mut out, other),
            None if raw == Raw::Encoded && !byte.is_ascii_graphic() => encode(&mut out, byte),
            None => out.push(byte),
        }
    }
    out
}

/// Whether a `%` that began no escape would begin one with this byte, so that what is normal would not stay so: `%0%61`.
fn ends_an_escape(before: &[u8], byte: u8) -> bool {
    byte.is_ascii_hexdigit() && matches!(before, [.., b'%'] | [.., b'%', b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
}

fn encode(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a pattern matches from the start: `*` is any run of characters, `$` at its end the end of the path (§2.2.3).
/// Each piece is taken where it comes first, so the time is bounded by both lengths.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, anchored) = pattern.strip_suffix(b"$").map_or((pattern, false), |pattern| (pattern, true));
    let mut pieces = pattern.split(|b| *b == b'*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return !anchored || rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if anchored && pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(found) = find(rest, piece) else { return false };
        rest = &rest[found + piece.len()..];
    }
    true
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() { Some(0) } else { text.windows(piece.len()).position(|window| window == piece) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn allows(file: &str, path: &str) -> bool {
        Rules::parse(file.as_bytes(), TOKEN).allow(path)
    }

    #[test]
    fn longest_rule_wins_and_allow_wins_ties() {
        let file =
            "User-agent: *\nDisallow: /\nAllow: /xa-hoi\nDisallow: /xa-hoi*cu.html$\nAllow: /same\nDisallow: /same";
        for (path, allowed) in [
            ("/", false),
            ("/phap-luat.html", false),
            ("/xa-hoi.html", true),
            ("/xa-hoi-cu.html", false),
            ("/xa-hoi-cu.html.html", true),
            ("/same", true),
            ("/robots.txt", true),
            ("", false),
        ] {
            assert_eq!(allows(file, path), allowed, "{path}");
        }
    }

    #[test]
    fn own_groups_are_merged_and_replace_everybodys() {
        let file = "\u{feff}USER-AGENT : BanTin/1.0 news\r\nDISALLOW:/a\r\rUser-agent: *\nDisallow: /\n\nuser-agent: other\n\
                    user-agent: bantin\n# note\nSitemap: x\nDisallow: /b # note\nUser-agent: bantin-images\nDisallow: /c";
        for (path, allowed) in [("/", true), ("/a", false), ("/b", false), ("/c", true)] {
            assert_eq!(allows(file, path), allowed, "{path}");
        }
        assert!(allows("User-agent: *\nDisallow: /\nUser-agent: bantin\nDisallow:\n", "/x"));
        assert!(allows("User-agent: *\nDisallow: /\nUser-agent: bantin", "/x"));
        assert!(allows("Disallow: /\nUser-agent: *\nAllow: /y", "/x"), "a rule before the first agent is nobody's");
    }

    #[test]
    fn the_deciding_line_and_the_sitemaps_are_named() {
        let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nSitemap: https://bao.example/sitemap.xml\n\
                    User-agent: other\nsitemap:/news.xml";
        let rules = Rules::parse(file.as_bytes(), TOKEN);
        assert_eq!(rules.deciding_line("/a/c").as_deref(), Some("Disallow: /a"));
        assert_eq!(rules.deciding_line("/a/b").as_deref(), Some("Allow: /a/b"));
        assert_eq!(rules.deciding_line("/c"), None);
        assert_eq!(rules.sitemaps, ["https://bao.example/sitemap.xml", "/news.xml"]);
    }

    #[test]
    fn escapes_are_compared_in_one_form() {
        let file =
            "User-agent: *\nDisallow: /th%e1%bb%9Di-s%E1%BB%B1\nDisallow: /xã\nDisallow: /%62%61z\nDisallow: /a%2Fb";
        for (path, allowed) in [
            ("/th%E1%BB%9Di-s%e1%bb%b1.html", false),
            ("/x%C3%A3", false),
            ("/baz", false),
            ("/%62az", false),
            ("/a/b", true),
            ("/a%2fb", false),
            ("/100%", true),
        ] {
            assert_eq!(allows(file, path), allowed, "{path}");
        }
    }

    #[test]
    fn wildcards_match_linearly() {
        for (pattern, path, matched) in [
            ("/*.php$", "/a.php", true),
            ("/*.php$", "/a.php5", false),
            ("/*.php", "/a.php5", true),
            ("*", "/", true),
            ("/a*b*c$", "/abcbc", true),
            ("/a*a$", "/a", false),
            ("$", "/", false),
            ("/$", "/", true),
            ("/**x", "/x", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), path.as_bytes()), matched, "{pattern} {path}");
        }
        let pattern = "*a".repeat(8000) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(60_000).as_bytes()));
    }

    #[test]
    fn rest_beyond_the_limit_does_not_count() {
        let filler = format!("# {}\n", "x".repeat(98));
        let long = |lines| format!("User-agent: *\n{}Disallow: /\n", filler.repeat(lines));
        assert!(!allows(&long(2000), "/x"));
        assert!(allows(&long(MOST_BYTES / 100 + 1), "/x"));
    }

    #[test]
    fn delay_is_read_and_bounded() {
        let delay =
            |value: &str| Rules::parse(format!("user-agent: *\ncrawl-delay: {value}").as_bytes(), TOKEN).crawl_delay;
        assert_eq!(delay("3"), Some(Duration::from_secs(3)));
        assert_eq!(delay("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(delay("86400"), Some(LONGEST_DELAY));
        for garbage in ["", "-1", "NaN", "soon"] {
            assert_eq!(delay(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn kept_text_reads_as_the_same_rules() {
        let file = "User-agent: x\nDisallow: /q\nUser-agent: *\nCrawl-delay: 0.25\nDisallow: /a b*é$\nAllow: /%2a%23\nDisallow:";
        let rules = Rules::parse(file.as_bytes(), TOKEN);
        assert_eq!(rules.rules.len(), 2);
        assert_eq!(Rules::of_text(&rules.to_text()), rules);
        let long = Rules::parse(&[b"user-agent:*\nallow:/", &[0xff; 16_000][..]].concat(), TOKEN);
        assert_eq!(Rules::of_text(&long.to_text()), long);
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read_and_kept(file: Vec<u8>, lines in "((user-agent|allow|disallow|crawl-delay):[ *$%#a-f0-9./é-]{0,9}[\r\n])*") {
            for file in [file, lines.into_bytes()] {
                let rules = Rules::parse(&file, TOKEN);
                rules.allow(&String::from_utf8_lossy(&file));
                assert_eq!(Rules::of_text(&rules.to_text()), rules);
            }
        }
    }

    #[test]
    fn what_is_normal_stays_so() {
        for (text, normal) in
            [("%61%2d", "a-"), ("%0%61", "%0%61"), ("%%30a", "%%30a"), ("%%3a", "%%3A"), ("%zz%61", "%zza")]
        {
            let once = normalized(text.as_bytes(), Raw::Encoded);
            assert_eq!(once, normal.as_bytes(), "{text}");
            assert_eq!(normalized(&once, Raw::Encoded), once, "{text}");
        }
    }

    #[test]
    fn no_bytes_are_too_odd() {
        for file in
            [&b"\xff\xfe\0:\0\r\r\n::::"[..], b"user-agent", b":", b"user-agent:\nallow:%", b"user-agent:*\nallow:%f"]
        {
            assert!(Rules::parse(file, TOKEN).allow("/%/%4/%zz"));
        }
    }

    /// What of google/robotstxt goes beyond RFC 9309, and why; we agree with all of it none the less.
    const BEYOND_THE_STANDARD: &[(&str, &str)] = &[
        ("GoogleOnly_SystemTest", "an agent without a name asks: RFC 9309 §2.2.1 knows none"),
        ("GoogleOnly_AcceptUserAgentUpToFirstSpace", "a group of `Foo Bar`: a product token has no space (§2.2.1)"),
        ("GoogleOnly_LineTooLong", "lines are cut at 16 KiB: the standard bounds the file alone (§2.5)"),
        ("GoogleOnly_DocumentationChecks", "examples of Google's own pages, finer than those of §5"),
    ];

    /// The cases of google/robotstxt, where the folder of corpora is present.
    #[test]
    fn corpus_agrees() {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
        let corpus = std::env::var_os("BANTIN_CORPUS").map_or(beside, PathBuf::from);
        let Ok(text) = std::fs::read_to_string(corpus.join("robots-google/cases.json")) else {
            eprintln!("skipped: no robots-google in {}", corpus.display());
            return;
        };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("cases");
        let field = |case: &serde_json::Value, name: &str| case[name].as_str().expect("a text").to_owned();
        let agrees = |case: &serde_json::Value| {
            let latin1 = |name: &str| -> Vec<u8> {
                field(case, name).chars().map(|c| u8::try_from(c).expect("a byte")).collect()
            };
            let (url, agent) = (field(case, "url_latin1"), field(case, "agent"));
            let path =
                url.split_once("://").map_or(url.as_str(), |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
            let allowed = agent.is_empty() || Rules::parse(&latin1("robots_latin1"), &agent).allow(path);
            Some(allowed) == case["allowed"].as_bool()
        };
        let unknown = |case: &&serde_json::Value| {
            let test = field(case, "test");
            test.starts_with("GoogleOnly_") && !BEYOND_THE_STANDARD.iter().any(|(known, _)| *known == test)
        };
        let named: Vec<String> = cases.iter().filter(unknown).map(|case| case["id"].to_string()).collect();
        assert!(named.is_empty(), "cases beyond the standard without a reason: {named:?}");
        let wrong: Vec<String> = cases.iter().filter(|case| !agrees(case)).map(|case| case["id"].to_string()).collect();
        assert!(!cases.is_empty() && wrong.is_empty(), "{wrong:?} of {}", cases.len());
    }
}
