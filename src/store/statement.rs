//! What a source says of an item, as digests: a change of its own words is an edit, another source's other words are none.

use crate::model::{Draft, Enclosure, Image, Item, Precision, SafeHtml};

/// The parts of a statement, each of which can be edited by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    Summary,
    Content,
    Image,
    Permalink,
    Names,
}

impl Part {
    /// All parts, in the order of their digests.
    pub(super) const ALL: [Self; 6] =
        [Self::Title, Self::Summary, Self::Content, Self::Image, Self::Permalink, Self::Names];
}

/// Those, then categories, dates and keys, which are only ever added.
const PARTS: usize = 9;

/// A digest of each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement([u64; PARTS]);

impl Statement {
    /// The digests of a draft; `keys` are those that count of its own.
    pub(super) fn of(draft: &Draft, keys: &[String]) -> Self {
        Self([
            text(Some(&draft.title)),
            text(draft.summary.as_deref()),
            text(draft.content.as_ref().map(SafeHtml::as_str)),
            text(picture(draft.image.as_ref())),
            text(Some(draft.permalink.as_str())),
            names(&draft.authors, draft.language.as_deref(), &draft.enclosures),
            digest(&draft.categories.iter().map(|c| c.slug.as_str().as_bytes()).collect::<Vec<_>>()),
            dates(draft),
            digest(&keys.iter().map(String::as_bytes).collect::<Vec<_>>()),
        ])
    }

    /// Whether a part of an item is as this statement has it: nobody said otherwise since.
    pub(super) fn is_kept_in(&self, item: &Item, part: Part) -> bool {
        let kept = match part {
            Part::Title => text(Some(&item.title)),
            Part::Summary => text(item.summary.as_deref()),
            Part::Content => text(item.content.as_ref().map(SafeHtml::as_str)),
            Part::Image => text(picture(item.image.as_ref())),
            Part::Permalink => text(Some(item.permalink.as_str())),
            Part::Names => names(&item.authors, item.language.as_deref(), &item.enclosures),
        };
        self.0[part as usize] == kept
    }

    /// Whether a part was said otherwise before.
    pub(super) fn differs(&self, before: &Self, part: Part) -> bool {
        self.0[part as usize] != before.0[part as usize]
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.0.iter().flat_map(|digest| digest.to_le_bytes()).collect()
    }

    /// Reads what [`Statement::to_bytes`] wrote; anything else, such as the form of another version, is no statement.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != PARTS * 8 {
            return None;
        }
        let mut parts = [0; PARTS];
        for (part, bytes) in parts.iter_mut().zip(bytes.chunks_exact(8)) {
            *part = u64::from_le_bytes(bytes.try_into().ok()?);
        }
        Some(Self(parts))
    }
}

fn text(text: Option<&str>) -> u64 {
    text.map_or(0, |text| digest(&[text.as_bytes()]))
}

fn picture(image: Option<&Image>) -> Option<&str> {
    image.map(|image| image.url.as_str().split('?').next().unwrap_or_default())
}

fn names(authors: &[String], language: Option<&str>, enclosures: &[Enclosure]) -> u64 {
    let authors = authors.iter().map(String::as_bytes);
    let files = enclosures.iter().map(|e| e.url.as_str().as_bytes());
    let all = authors.chain([b"|".as_slice(), language.unwrap_or_default().as_bytes()]).chain(files);
    digest(&all.collect::<Vec<_>>())
}

/// A day without a time moves with the first sight and so counts by its witness alone.
fn dates(draft: &Draft) -> u64 {
    let published = draft.published.map_or_else(Vec::new, |date| {
        let at = if date.precision == Precision::Day { 0 } else { date.at.timestamp() };
        let mut bytes = at.to_le_bytes().to_vec();
        bytes.extend([date.precision as u8 + 1, date.origin as u8]);
        bytes
    });
    let updated = draft.updated.map_or(0, |at| at.timestamp());
    digest(&[&published, &updated.to_le_bytes()])
}

/// A digest of texts, each with its length: 64 bits, eight bytes a step.
pub(super) fn digest(texts: &[&[u8]]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = PRIME;
    let mut take = |word: u64| {
        sum = (sum ^ word).wrapping_mul(PRIME);
        sum ^= sum >> 29;
    };
    for text in texts {
        take(text.len() as u64);
        let mut chunks = text.chunks_exact(8);
        for chunk in &mut chunks {
            take(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let mut last = [0; 8];
        last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
        take(u64::from_le_bytes(last));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_apart() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"a"]), digest(&[b"a\0"]));
        assert_ne!(digest(&[]), digest(&[b""]));
    }

    #[test]
    fn bytes_give_the_statement_back() {
        let statement = Statement([1, 2, 3, 4, 5, 6, 7, 8, u64::MAX]);
        assert_eq!(Statement::from_bytes(&statement.to_bytes()), Some(statement));
        assert_eq!(Statement::from_bytes(b"older"), None);
    }
}
