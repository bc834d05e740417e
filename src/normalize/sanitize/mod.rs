//! The only maker of [`SafeHtml`]: an allow-list over foreign markup.
//!
//! Comes in: markup from anywhere, and the base of its addresses. Goes out: markup that is safe to publish and that a second
//! pass leaves as it is. Markup that the gate refuses, or that no pass leaves alone, becomes plain paragraphs of its text.

mod allowed;
mod media;

use crate::model::SafeHtml;
use crate::text;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;
use url::Url;

/// Unwrapping what is not allowed can leave markup that parses differently; it settles in two or three passes.
const MOST_PASSES: usize = 5;
/// An article has hundreds of tags; unclosed ones in tables cost a parser the square of their number.
const MOST_TAGS: usize = 20_000;
/// Longer text goes through the gate like markup.
const MOST_BARE_BYTES: usize = 4 << 20;
/// What is left of refused markup, at most.
const MOST_PLAIN_BYTES: usize = 512 << 10;
const MOST_PARAGRAPHS: usize = 2000;

/// Sanitizes markup; relative addresses resolve against `base`, and those that cannot go.
#[must_use]
pub fn sanitize(markup: &str, base: Option<&Url>) -> SafeHtml {
    let cleaned = simple(markup, base).or_else(|| settled(markup, base));
    SafeHtml::vouch(cleaned.unwrap_or_else(|| paragraphs(markup)))
}

/// Cleans until nothing changes any more: a publisher that sanitizes again must find the same markup.
fn settled(markup: &str, base: Option<&Url>) -> Option<String> {
    let mut cleaned = pass(&without_raw_text(markup), base)?;
    for _ in 0..MOST_PASSES {
        // escaped text reads as itself
        if !cleaned.contains('<') {
            return Some(cleaned);
        }
        let again = pass(&cleaned, base)?;
        if again == cleaned {
            return Some(cleaned);
        }
        cleaned = again;
    }
    None
}

/// Markup that needs no tree is cleaned piece by piece, and settled at once: what comes out of it is simple again.
fn simple(markup: &str, base: Option<&Url>) -> Option<String> {
    let cleaned = allowed::clean_simple(&text::simple_markup(markup)?, base)?;
    Some(composed(&media::rewrite(&cleaned, base)))
}

/// Markup whose elements of raw text cannot swallow what follows them. `<noscript>` and `<iframe>` hold markup like any other:
/// lazily loaded pages keep their pictures there. An element that XHTML's habit closes in its own tag, or that nobody closes, would
/// hold all the rest; what comes of their removal is cleaned like everything else.
fn without_raw_text(markup: &str) -> Cow<'_, str> {
    static TRANSPARENT: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)</?(?:noscript|iframe)(?:[\\s/][^>]*)?>"));
    static SELF_CLOSED: LazyLock<Regex> =
        LazyLock::new(|| pattern("(?i)<(?:script|style|title|textarea|noframes|noembed|xmp|plaintext)(?:\\s[^>]*)?/>"));
    static OPEN: LazyLock<Regex> =
        LazyLock::new(|| pattern("(?i)<(?:title|textarea|noframes|noembed|xmp|plaintext)(?:\\s[^>]*)?>"));
    static CLOSED: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)</(?:title|textarea|noframes|noembed|xmp)"));
    let mut out = TRANSPARENT.replace_all(markup, "");
    for (tags, goes) in [(&SELF_CLOSED, true), (&OPEN, !CLOSED.is_match(markup))] {
        if goes && tags.is_match(&out) {
            out = Cow::Owned(tags.replace_all(&out, "").into_owned());
        }
    }
    out
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is constant and well-formed")
}

/// One pass; `None` where the gate refuses the markup.
fn pass(markup: &str, base: Option<&Url>) -> Option<String> {
    if markup.len() <= MOST_BARE_BYTES && is_bare_text(markup) {
        let escaped = markup.replace('<', "&lt;").replace('>', "&gt;").replace('\u{a0}', "&nbsp;");
        return Some(composed(&escaped));
    }
    text::check_markup(markup).ok()?;
    if markup.matches('<').count() > MOST_TAGS {
        return None;
    }
    Some(composed(&media::rewrite(&allowed::clean(markup, base), base)))
}

/// Text without tags, references and what a parser would change: as good as most titles, and no parse is worth it.
fn is_bare_text(markup: &str) -> bool {
    let opens =
        |at: usize| markup.as_bytes().get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || b"/!?".contains(b));
    !markup.contains(['&', '\r']) && !markup.match_indices('<').any(|(at, _)| opens(at))
}

/// The text between tags in NFC, and nowhere a character that XML 1.0 cannot hold or nobody sees. Each run by itself: no
/// letter may join with a `>`.
fn composed(markup: &str) -> String {
    let markup: Cow<'_, str> =
        if may_hold_forbidden(markup) { markup.chars().filter(|c| !is_forbidden(*c)).collect() } else { markup.into() };
    let markup = markup.trim();
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        out.push_str(&text::nfc(&rest[..open]));
        let close = rest[open..].find('>').map_or(rest.len(), |end| open + end + 1);
        out.push_str(&rest[open..close]);
        rest = &rest[close..];
    }
    out.push_str(&text::nfc(rest));
    out
}

/// A quick look at the bytes: forbidden characters begin with these.
fn may_hold_forbidden(markup: &str) -> bool {
    markup.bytes().any(|b| matches!(b, 0..=8 | 0xb..=0x1f | 0x7f | 0xc2 | 0xef..))
}

fn is_forbidden(c: char) -> bool {
    let code = u32::from(c);
    let is_nothing = c == '\u{feff}' || code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code);
    is_nothing || c.is_control() && !matches!(c, '\n' | '\t')
}

/// The text of refused markup.
fn paragraphs(markup: &str) -> String {
    let stripped = text::clean_block(&text::strip_tags(markup));
    let mut out = String::new();
    for line in stripped.lines().filter(|line| !line.is_empty()).take(MOST_PARAGRAPHS) {
        let line = text::truncate(line, MOST_PLAIN_BYTES / 8);
        let escaped = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if out.len() + escaped.len() > MOST_PLAIN_BYTES {
            break;
        }
        out.push_str("<p>");
        out.push_str(&escaped);
        out.push_str("</p>");
    }
    out
}

#[cfg(test)]
mod tests;
