//! What of a feed is new since a version that a reader has: the differences of RFC 3229, of the kind "feed".
//!
//! Comes in: a feed document, and what stood there before. Goes out: the same document with the new and changed entries alone.
//! It knows the feeds that we write, not what an entry says.

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use memchr::{memchr, memmem};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

/// Versions that a document remembers.
const MOST_VERSIONS: usize = 8;
/// Entries of all remembered versions of a document, eight bytes each.
const MOST_ENTRIES: usize = 4_096;

/// The entries of a feed document, and those of the versions before it.
#[derive(Debug)]
pub(super) struct Versions {
    entries: Vec<Range<usize>>,
    hashes: Vec<u64>,
    past: Vec<Past>,
}

/// A version of before: its tags, one an encoding, and what its entries were.
#[derive(Debug, Clone)]
struct Past {
    tags: [HeaderValue; 3],
    hashes: Vec<u64>,
}

/// The difference between two versions of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// A feed with what is new or changed alone.
    pub body: Bytes,
    /// The tag of the version that the reader has.
    pub base: HeaderValue,
}

impl Versions {
    /// Of a document in the place of another: `before` are that one's tags and versions, unless it was the same.
    pub(super) fn of(document: &[u8], before: Option<(&[HeaderValue; 3], &Self)>, is_same: bool) -> Self {
        let entries = entries(document);
        let hashes = entries.iter().map(|entry| hash(&document[entry.clone()])).collect();
        let mut past = Vec::new();
        if let Some((tags, before)) = before {
            if !is_same {
                past.push(Past { tags: tags.clone(), hashes: before.hashes.clone() });
            }
            past.extend(before.past.iter().cloned());
        }
        past.truncate(MOST_VERSIONS);
        let mut room = MOST_ENTRIES;
        past.retain(|version| {
            let fits = version.hashes.len() <= room;
            room = if fits { room - version.hashes.len() } else { 0 };
            fits
        });
        Self { entries, hashes, past }
    }

    /// What is new since the newest version that the reader has, if one is known.
    pub(super) fn since(&self, document: &[u8], has: impl Fn(&HeaderValue) -> bool) -> Option<Delta> {
        let known = |version: &Past| version.tags.iter().find(|tag| has(tag)).cloned();
        let (version, base) = self.past.iter().find_map(|version| Some((version, known(version)?)))?;
        let (first, last) = (self.entries.first()?, self.entries.last()?);
        let old: HashSet<u64> = version.hashes.iter().copied().collect();
        let mut body = document[..first.start].to_vec();
        for (entry, hash) in self.entries.iter().zip(&self.hashes) {
            if !old.contains(hash) {
                body.extend_from_slice(&document[entry.clone()]);
                body.push(b'\n');
            }
        }
        body.extend_from_slice(&document[last.end..]);
        Some(Delta { body: body.into(), base })
    }
}

fn hash(entry: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(entry);
    hasher.finish()
}

/// Where the items of RSS stand, and the entries and tombstones of Atom. What looks so within a CDATA section is text.
fn entries(document: &[u8]) -> Vec<Range<usize>> {
    const CDATA: (&[u8], &[u8]) = (b"<![CDATA[", b"]]>");
    const KINDS: [(&[u8], &[u8]); 3] =
        [(b"<item>", b"</item>"), (b"<entry>", b"</entry>"), (b"<at:deleted-entry ", b"\"/>")];
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(next) = memchr(b'<', &document[at..]) {
        let start = at + next;
        let rest = &document[start..];
        at = if rest.starts_with(CDATA.0) {
            start + memmem::find(rest, CDATA.1).map_or(rest.len(), |end| end + CDATA.1.len())
        } else if let Some((_, close)) = KINDS.into_iter().find(|(open, _)| rest.starts_with(open)) {
            let end = start + end_of(rest, close);
            found.push(start..end);
            end
        } else {
            start + 1
        };
    }
    found
}

/// Where an entry ends: at its closing tag outside of all CDATA sections.
fn end_of(entry: &[u8], close: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &entry[at..];
        let end = memmem::find(rest, close).map_or(rest.len(), |end| end + close.len());
        match memmem::find(&rest[..end], b"<![CDATA[") {
            None => return at + end,
            Some(open) => {
                let text = &rest[open..];
                at += open + memmem::find(text, b"]]>").map_or(text.len(), |end| end + 3);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tags(of: &str) -> [HeaderValue; 3] {
        [format!("\"{of}-br\""), format!("\"{of}-gz\""), format!("\"{of}\"")].map(|tag| tag.parse().expect("a tag"))
    }

    fn feed(items: &[&str]) -> Vec<u8> {
        let items: String = items.iter().map(|item| format!("\n<item><title>{item}</title></item>")).collect();
        format!("<rss><channel><title>Báo</title>{items}\n</channel></rss>").into_bytes()
    }

    /// The documents one after the other, each in the place of the one before; the last and its versions.
    fn after(documents: &[&[&str]]) -> (Vec<u8>, Versions) {
        let mut last: Option<([HeaderValue; 3], Versions)> = None;
        let mut document = Vec::new();
        for (number, items) in documents.iter().enumerate() {
            document = feed(items);
            let before = last.as_ref().map(|(tags, versions)| (tags, versions));
            let versions = Versions::of(&document, before, false);
            last = Some((tags(&number.to_string()), versions));
        }
        (document, last.expect("a document").1)
    }

    fn since(document: &[u8], versions: &Versions, tag: &str) -> Option<String> {
        let delta = versions.since(document, |known| known.as_bytes() == tag.as_bytes())?;
        assert_eq!(delta.base.as_bytes(), tag.as_bytes());
        Some(String::from_utf8(delta.body.to_vec()).expect("UTF-8"))
    }

    #[test]
    fn difference_has_what_is_new_or_changed_between_head_and_foot() {
        let (document, versions) = after(&[&["b", "a"], &["c", "b", "a"], &["d", "c", "B", "a"]]);
        let expected = |items: &str| format!("<rss><channel><title>Báo</title>\n{items}\n</channel></rss>");
        let [d, c, b] = ["d", "c", "B"].map(|item| format!("<item><title>{item}</title></item>\n"));
        assert_eq!(since(&document, &versions, "\"1\""), Some(expected(&format!("{d}{b}"))));
        assert_eq!(since(&document, &versions, "\"0-gz\""), Some(expected(&format!("{d}{c}{b}"))));
        assert_eq!(since(&document, &versions, "\"2\""), None, "that is what the reader has");
        assert_eq!(since(&document, &versions, "\"x\""), None);
    }

    #[test]
    fn few_versions_are_remembered_and_large_ones_fewer() {
        let few: Vec<&[&str]> = vec![&["a"]; MOST_VERSIONS + 3];
        assert_eq!(after(&few).1.past.len(), MOST_VERSIONS);
        let long = vec!["a"; MOST_ENTRIES / 2];
        let large: Vec<&[&str]> = vec![&long; 4];
        assert_eq!(after(&large).1.past.len(), 2);
    }

    #[test]
    fn same_document_put_again_is_no_version_of_before() {
        let (document, before) = after(&[&["a"], &["b"]]);
        let tags = tags("1");
        let again = Versions::of(&document, Some((&tags, &before)), true);
        assert_eq!((again.past.len(), again.past[0].tags[2].to_str().expect("text")), (1, "\"0\""));
    }

    #[test]
    fn entries_are_elements_and_never_text() {
        let tombstone = "<at:deleted-entry ref=\"tag:a>/&quot;/>b\" when=\"2026-02-14T08:30:00+07:00\"/>";
        let entry = "<entry><id>1</id></entry>";
        let atom = format!("<feed><title>&lt;entry></title>\n{entry}\n{tombstone}\n</feed>");
        let found: Vec<&str> = entries(atom.as_bytes()).into_iter().map(|entry| &atom[entry]).collect();
        assert_eq!(found, [entry, tombstone]);
        let item = "<item><a><![CDATA[</item><item>]]></a><b><![CDATA[</item>]]></b></item>";
        let rss = format!("<rss><c><![CDATA[<item></item>]]></c>{item}{item}</rss>");
        let found: Vec<&str> = entries(rss.as_bytes()).into_iter().map(|entry| &rss[entry]).collect();
        assert_eq!(found, [item, item]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(document in "(<item>|</item>|<entry>|<!\\[CDATA\\[|\\]\\]>|<at:deleted-entry |\"/>|[a<>])*") {
            let bytes = document.as_bytes();
            let found = entries(bytes);
            prop_assert!(found.is_sorted_by(|a, b| a.end <= b.start) && found.iter().all(|entry| entry.end <= bytes.len()));
        }
    }
}
