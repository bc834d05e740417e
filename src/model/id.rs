//! Identifiers: of papers, sources, items, and the store's revision.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An id that does not have the form `[a-z0-9-]{1,64}`.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an id is 1 to 64 of the characters a-z, 0-9 and -")]
pub struct InvalidId;

/// Says whether a text is a slug: `[a-z0-9-]{1,64}`.
pub(super) fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What all ids of one slug can do.
macro_rules! slug_id {
    ($id:ident) => {
        impl $id {
            /// Checks the form `[a-z0-9-]{1,64}`.
            ///
            /// # Errors
            /// [`InvalidId`] where the text has another form.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if is_slug(&text) { Ok(Self(text)) } else { Err(InvalidId) }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// The id of a paper: the first part of every URL of its feeds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaperId(String);

slug_id!(PaperId);

impl TryFrom<String> for PaperId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
    }
}

impl From<PaperId> for String {
    fn from(id: PaperId) -> Self {
        id.0
    }
}

/// The id of a source: `paper/section`, as commands, logs and JSON write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceId {
    text: String,
    split: usize,
}

impl SourceId {
    /// Joins a paper's id and a section's.
    ///
    /// # Errors
    /// [`InvalidId`] where the section's id has not the form `[a-z0-9-]{1,64}`.
    pub fn new(paper: &PaperId, section: &str) -> Result<Self, InvalidId> {
        if !is_slug(section) {
            return Err(InvalidId);
        }
        Ok(Self { text: format!("{paper}/{section}"), split: paper.as_str().len() })
    }

    /// The whole id, `paper/section`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The section's part.
    #[must_use]
    pub fn section(&self) -> &str {
        &self.text[self.split + 1..]
    }

    /// The paper's part.
    #[must_use]
    pub fn paper(&self) -> PaperId {
        PaperId(self.text[..self.split].to_owned())
    }
}

impl TryFrom<String> for SourceId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        let (paper, section) = text.split_once('/').ok_or(InvalidId)?;
        Self::new(&PaperId::new(paper)?, section)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        id.text
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The id of a channel that the configuration names (`[[channel]]`): the last part of its feeds' addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(String);

slug_id!(ChannelName);

/// The store's own number of an item; never shown to readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(pub i64);

/// Grows by one with every commit that changed something that readers can see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Revision(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_id_splits_where_it_was_joined() {
        let paper = PaperId::new("bao-son-la").expect("a slug");
        let id = SourceId::new(&paper, "xa-hoi").expect("a slug");
        assert_eq!((id.as_str(), id.section(), id.paper()), ("bao-son-la/xa-hoi", "xa-hoi", paper));
        assert_eq!(SourceId::try_from("bao-son-la/xa-hoi".to_owned()), Ok(id));
    }

    #[test]
    fn ids_with_other_characters_are_refused() {
        for text in ["", "Xã-hội", "a/b", "A", "..", &"a".repeat(65)] {
            assert_eq!(PaperId::new(text), Err(InvalidId), "{text}");
        }
    }
}
