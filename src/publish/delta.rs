//! What is new in a feed since a version of before (RFC 3229 with the instance manipulation `feed`).
//!
//! Comes in: a finished document and what stood in the versions before it. Goes out: the document with the new entries alone,
//! head and foot as they are. It does not know what an entry says, nor requests.

use super::ready::{Coding, gzip};
use crate::model::{Format, Publication};
use hyper::body::Bytes;
use memchr::{memchr, memmem};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, OnceLock};

/// Versions of a document that are remembered beside the present one: at a change every few minutes, about an hour.
const MOST_VERSIONS: usize = 8;

/// Entries of all remembered versions together: channels may have 10,000 items.
const MOST_REMEMBERED: usize = 10_000;

/// More than that goes out as all of the document, which is packed already: a reader waits while a delta is packed.
const MOST_DELTA_BYTES: usize = 256 << 10;

/// Deltas up to this size go out as they are: packing would save a packet at the most.
const LEAST_TO_PACK_BYTES: usize = 1 << 10;

/// A reader waits for it, so the cheapest level: within a fifth of the best one's size.
const PACKING: u32 = 1;

/// Whether a document is one of which deltas are made: a channel's RSS or Atom.
pub(super) fn is_cut(path: &str) -> bool {
    let is = |format: Format| path.strip_suffix(format.extension()).is_some_and(|stem| stem.ends_with('.'));
    path.contains('/') && (is(Format::Rss) || is(Format::Atom))
}

/// A version of a document, as far as it is remembered.
#[derive(Debug)]
struct Version {
    /// The opaque part of its tag, which all encodings share.
    tag: Box<str>,
    /// What stood in it, as numbers in their order.
    entries: Box<[u64]>,
}

/// A version of before, and the delta since then, made when the first reader asks for it and shared by all: slow readers hold
/// no bytes of their own.
#[derive(Debug)]
struct Before {
    version: Arc<Version>,
    plain: OnceLock<Option<Bytes>>,
    packed: OnceLock<Option<Bytes>>,
}

/// Where a document can be cut, and what is remembered of the versions before it.
///
/// An entry costs 8 bytes a version and 12 in the present one: a channel of 50 items some 4 KiB in each of its two formats with
/// eight versions, and never more than 80 KiB a format. Beside that stand the deltas that readers asked for, until the next
/// change: a few new entries as a rule, each 256 KiB at the most.
#[derive(Debug)]
pub(super) struct Cuts {
    /// Where each entry begins; it ends where the next begins, the last at the foot.
    starts: Box<[u32]>,
    foot: u32,
    /// The entries as numbers, in the document's order.
    entries: Box<[u64]>,
    present: Arc<Version>,
    /// The newest first.
    past: Box<[Before]>,
}

/// A document that holds only what is new.
#[derive(Debug)]
pub struct Delta {
    /// The document.
    pub body: Bytes,
    /// How it is packed: as gzip, or not.
    pub coding: Coding,
}

impl Cuts {
    /// Looks where a document can be cut, and takes over what was remembered `before`. The numbers of entries come from
    /// `keyed`, whose key nobody knows: nobody can write two articles of one number. `None`: it has another shape than our
    /// writers give it, or is no feed.
    pub(super) fn of(publication: &Publication, keyed: &RandomState, before: Option<&Self>) -> Option<Self> {
        let opaque = publication.etag.trim_matches('"');
        let outline = is_cut(&publication.path).then(|| Outline::of(&publication.body))??;
        let slices = outline.starts.iter().zip(outline.ends());
        let entries: Box<[u64]> =
            slices.map(|(start, end)| keyed.hash_one(&publication.body[*start as usize..end as usize])).collect();
        let mut sorted = entries.clone();
        sorted.sort_unstable();
        let present = Arc::new(Version { tag: opaque.into(), entries: sorted });
        let known = before
            .into_iter()
            .flat_map(|before| std::iter::once(&before.present).chain(before.past.iter().map(|past| &past.version)));
        let mut room = MOST_REMEMBERED;
        // a document may become again what it was
        let past = known.filter(|version| *version.tag != *opaque).take(MOST_VERSIONS).map_while(|version| {
            room = room.checked_sub(version.entries.len())?;
            Some(Before { version: Arc::clone(version), plain: OnceLock::new(), packed: OnceLock::new() })
        });
        let past = past.collect();
        Some(Self { starts: outline.starts.into(), foot: outline.foot, entries, present, past })
    }

    /// The remembered version of this opaque tag: the lower, the newer.
    pub(super) fn version(&self, tag: &str) -> Option<usize> {
        self.past.iter().position(|past| *past.version.tag == *tag)
    }

    /// The delta of the document since this version; `None`: it would not be smaller than `full_bytes`.
    pub(super) fn since(&self, version: usize, document: &[u8], packing: Coding, full_bytes: usize) -> Option<Delta> {
        let past = self.past.get(version)?;
        let plain = past.plain.get_or_init(|| {
            let parts = self.parts(&past.version, document);
            let is_worth_it = parts.iter().map(|part| part.len()).sum::<usize>() <= MOST_DELTA_BYTES;
            is_worth_it.then(|| parts.concat().into())
        });
        let plain = plain.as_ref()?;
        let pack = || gzip(plain, PACKING).ok().filter(|packed| packed.len() < plain.len()).map(Bytes::from);
        let is_packed = packing == Coding::Gzip && plain.len() > LEAST_TO_PACK_BYTES;
        let packed = is_packed.then(|| past.packed.get_or_init(pack).clone()).flatten();
        let (coding, body) = packed.map_or((Coding::Identity, plain.clone()), |packed| (Coding::Gzip, packed));
        (body.len() < full_bytes).then_some(Delta { body, coding })
    }

    /// Head, new entries in their order, foot.
    fn parts<'a>(&self, since: &Version, document: &'a [u8]) -> Vec<&'a [u8]> {
        let (foot, mut parts) = (self.foot as usize, Vec::new());
        let ends = self.starts.iter().skip(1).chain([&self.foot]);
        parts.push(&document[..self.starts.first().map_or(foot, |start| *start as usize)]);
        for ((start, end), number) in self.starts.iter().zip(ends).zip(&self.entries) {
            if since.entries.binary_search(number).is_err() {
                parts.push(&document[*start as usize..*end as usize]);
            }
        }
        parts.push(&document[foot..]);
        parts
    }
}

/// Where the entries of a document begin, and where its foot does.
#[derive(Debug, PartialEq, Eq)]
struct Outline {
    starts: Vec<u32>,
    foot: u32,
}

/// What entries begin with and end with, by the format's rules of writing: each on a line of its own.
const ENTRIES: [(&[u8], &[u8]); 3] =
    [(b"<item>", b"</item>"), (b"<entry>", b"</entry>"), (b"<at:deleted-entry ", b"/>")];

const FEET: [&[u8]; 2] = [b"</channel></rss>", b"</feed>"];

impl Outline {
    /// Reads what our writers write: text and attributes never hold a `<`, and CDATA sections are passed over whole. Whatever
    /// does not come out as entries from the first to the foot is not cut at all.
    fn of(document: &[u8]) -> Option<Self> {
        const OPEN: &[u8] = b"<![CDATA[";
        const CLOSE: &[u8] = b"]]>";
        let (mut starts, mut ending, mut at) = (Vec::new(), None::<&[u8]>, 0);
        while let Some(found) = memchr(b'<', &document[at..]) {
            at += found;
            let rest = &document[at..];
            if rest.starts_with(OPEN) {
                at += memmem::find(rest, CLOSE)? + CLOSE.len();
                continue;
            }
            let begins = ENTRIES.into_iter().find(|(start, _)| rest.starts_with(start));
            let is_foot = FEET.contains(&rest);
            if begins.is_some() || is_foot {
                let start = at.checked_sub(1).filter(|line| document[*line] == b'\n')?;
                if ending.is_some_and(|ending| !document[..start].ends_with(ending)) {
                    return None;
                }
                let start = u32::try_from(start).ok()?;
                if is_foot {
                    return Some(Self { starts, foot: start });
                }
                starts.push(start);
                ending = begins.map(|(_, ending)| ending);
            }
            at += 1;
        }
        None
    }

    fn ends(&self) -> impl Iterator<Item = u32> {
        self.starts.iter().skip(1).copied().chain([self.foot])
    }
}

#[cfg(test)]
mod tests;
