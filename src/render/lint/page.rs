//! Pages for people, as far as a fault would break all of one: it is whole, it has a title, and no program stands in it.
//!
//! Comes in: text. Goes out: findings. It does not know how the page looks.

use super::Findings;
use memchr::memchr_iter;

/// A piece of a page that other sites embed has neither head nor end of its own.
const FRAGMENT: &str = ".fragment.html";

pub(super) fn check(text: &str, path: &str, found: &mut Findings) {
    let bytes = text.as_bytes();
    let is_program = |at: usize| bytes.get(at + 1..at + 7).is_some_and(|name| name.eq_ignore_ascii_case(b"script"));
    found.check(!memchr_iter(b'<', bytes).any(is_program), "SecurityRisk", "the page", "script");
    if path.ends_with(FRAGMENT) {
        return;
    }
    let begins = text.trim_start().get(..15).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype html>"));
    found.check(begins, "NotHtml", "the page", "no doctype");
    found.check(text.trim_end().ends_with("</html>"), "NotHtml", "the page", "cut off");
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    found.check(title.is_some_and(|(title, _)| !title.trim().is_empty()), "MissingTitle", "the page", "");
}
