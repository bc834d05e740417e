//! What a reference stands for: characters, XML's and HTML's entities, and literal text of the internal subset.
//!
//! Comes in: the name between `&` and `;`. Goes out: text, and what is wrong with the reference. No entity's value is
//! parsed again, so none can grow, and none can name anything outside.

use crate::extract::{charset, dom};
use std::collections::HashMap;

/// HTML's names have at most 31 letters.
const MOST_NAME_BYTES: usize = 32;
/// More different names are no feed's.
const MOST_NAMES: usize = 512;
/// A longer value is not a stand-in for a word or an address.
const MOST_VALUE_BYTES: usize = 1024;
/// All uses of declared entities together.
const MOST_EXPANSION_BYTES: usize = 256 << 10;

/// The references of one document.
#[derive(Debug, Default)]
pub(in crate::extract) struct References {
    declared: HashMap<String, String>,
    html: HashMap<String, Option<String>>,
    expanded_bytes: usize,
}

impl References {
    /// Takes in the internal subset: entities whose value is literal text, or one character reference; no others.
    pub(super) fn declare(&mut self, doctype: &str) {
        for declaration in doctype.split("<!ENTITY").skip(1).take(MOST_NAMES) {
            let declaration = declaration.trim_start();
            let Some((name, rest)) = declaration.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some(value) = rest[1..].split(quote).next() else { continue };
            let value = value.strip_prefix("&#").and_then(|code| code.strip_suffix(';')).map_or_else(
                || Some(value.to_owned()).filter(|value| !value.contains(['&', '%', '<'])),
                |code| character(code).map(String::from),
            );
            if let Some(value) = value.filter(|value| value.len() <= MOST_VALUE_BYTES) {
                self.declared.entry(name.to_owned()).or_insert(value);
            }
        }
    }

    /// The text of a reference, and its fault. An unknown one stays as it stands there.
    pub(in crate::extract) fn resolve(&mut self, name: &str) -> (String, Option<&'static str>) {
        if let Some(code) = name.strip_prefix('#') {
            return match character(code) {
                Some(c) => (c.to_string(), None),
                None => (String::new(), Some("a reference to a character that XML cannot hold")),
            };
        }
        if let Some(text) = predefined(name) {
            return (text.to_owned(), None);
        }
        if let Some(value) = self.declared.get(name) {
            self.expanded_bytes += value.len();
            if self.expanded_bytes <= MOST_EXPANSION_BYTES {
                return (value.clone(), None);
            }
            return (format!("&{name};"), Some("entities that grow too large"));
        }
        match self.html(name) {
            Some(text) => (text, Some("an HTML entity that is not declared")),
            None => (format!("&{name};"), Some("an entity that is not declared")),
        }
    }

    fn html(&mut self, name: &str) -> Option<String> {
        if name.len() > MOST_NAME_BYTES || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        if let Some(known) = self.html.get(name) {
            return known.clone();
        }
        if self.html.len() >= MOST_NAMES {
            return None;
        }
        let reference = format!("&{name};");
        // between letters, so that a space survives the cleaning of the line
        let line = dom::fragment_line(&format!("x{reference}x"));
        let text = line.strip_prefix('x').and_then(|line| line.strip_suffix('x')).filter(|text| *text != reference);
        let text = match name {
            "nbsp" => Some("\u{a0}".to_owned()),
            // HTML 4's characters, which the document type of RSS 0.91 declares; HTML 5 has others
            "lang" => Some("\u{2329}".to_owned()),
            "rang" => Some("\u{232a}".to_owned()),
            _ => text.map(str::to_owned),
        };
        self.html.insert(name.to_owned(), text.clone());
        text
    }
}

/// XML's own entities (XML 1.0 §4.6).
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// The character of `38` or `x26`; windows-1252's where HTML reads it so (HTML §13.2.5.80).
fn character(code: &str) -> Option<char> {
    let number = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    let c = match u8::try_from(number) {
        Ok(byte @ 0x80..=0x9f) => charset::windows_1252(byte),
        _ => char::from_u32(number)?,
    };
    (!c.is_control() || matches!(c, '\t' | '\n' | '\r')).then_some(c).filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(references: &mut References, name: &str) -> String {
        references.resolve(name).0
    }

    #[test]
    fn references_stand_for_characters() {
        let mut references = References::default();
        for (name, expected) in
            [("amp", "&"), ("#7897", "ộ"), ("#xe9", "é"), ("#146", "’"), ("eacute", "é"), ("nbsp", "\u{a0}")]
        {
            assert_eq!(text(&mut references, name), expected);
        }
        assert_eq!(references.resolve("#0").0, "");
        assert_eq!(text(&mut references, "no-such"), "&no-such;");
        assert_eq!(text(&mut references, "nosuch"), "&nosuch;");
    }

    #[test]
    fn only_literal_text_of_the_subset_is_known() {
        let mut references = References::default();
        references.declare(
            r#"rss [<!ENTITY paper "Báo"><!ENTITY twice "&paper;&paper;"><!ENTITY out SYSTEM "file:///etc/hostname">
            <!ENTITY % par SYSTEM "http://127.0.0.1/x.dtd"> %par; <!ENTITY quote '&#8220;'>]"#,
        );
        assert_eq!(text(&mut references, "paper"), "Báo");
        assert_eq!(text(&mut references, "quote"), "“");
        for unknown in ["twice", "out"] {
            assert_eq!(text(&mut references, unknown), format!("&{unknown};"));
        }
    }

    #[test]
    fn expansion_is_bounded() {
        let mut references = References::default();
        references.declare(&format!("rss [<!ENTITY long \"{}\">]", "x".repeat(1024)));
        let grown: usize = (0..100_000).map(|_| text(&mut references, "long").len()).sum();
        assert!(grown < 2 << 20);
    }
}
