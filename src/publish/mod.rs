//! Store to targets: level-triggered, so there is no event to lose.
//!
//! Comes in: settings, and the store's channels and items. Goes out: finished documents to every target. [`Publisher`] compares
//! what each target holds with what there should be, and brings it up; after a crash, a full disk or an outage the next round
//! heals it. It does not know how items came into the store, nor who reads the documents.

mod archives;
mod channels;
mod chosen;
mod delta;
mod directory;
mod error;
pub mod policy;
mod publisher;
mod ready;
mod shelf;

#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
pub(crate) mod tests;

pub use channels::{PaperSettings, SectionSettings, Settings, configured_channels};
pub use chosen::{ChannelSettings, titles};
pub use delta::Delta;
pub use directory::Directory;
pub use error::{PublishError, TargetError};
pub use publisher::{Publisher, Reconciled};
pub use ready::{Coding, Ready, Representation, ToldBy, is_topic};
pub use shelf::Shelf;

use crate::model::Publication;
use std::future::Future;
use std::sync::Arc;

/// What a target did with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Written,
    /// The target held these bytes already.
    Unchanged,
}

/// Where documents go. Putting and removing are idempotent; a document is replaced at once and whole, or not at all.
pub trait Target: Send + Sync {
    /// The target's name in messages.
    fn name(&self) -> &'static str;

    /// Takes a document in place of the one of the same path.
    fn put(&self, publication: &Publication) -> impl Future<Output = Result<Put, TargetError>> + Send;

    /// Its channel is gone. One that is not there is no error.
    fn remove(&self, path: &str) -> impl Future<Output = Result<(), TargetError>> + Send;

    /// Makes durable what was put and removed since the last time.
    fn sync(&self) -> impl Future<Output = Result<(), TargetError>> + Send;
}

/// One of the targets there are.
#[derive(Debug, Clone)]
pub enum AnyTarget {
    /// What `serve` answers from.
    Shelf(Arc<Shelf>),
    /// `publish-dir`.
    Directory(Directory),
}

impl Target for AnyTarget {
    fn name(&self) -> &'static str {
        match self {
            Self::Shelf(shelf) => shelf.name(),
            Self::Directory(directory) => directory.name(),
        }
    }

    async fn put(&self, publication: &Publication) -> Result<Put, TargetError> {
        match self {
            Self::Shelf(shelf) => shelf.put(publication).await,
            Self::Directory(directory) => directory.put(publication).await,
        }
    }

    async fn remove(&self, path: &str) -> Result<(), TargetError> {
        match self {
            Self::Shelf(shelf) => shelf.remove(path).await,
            Self::Directory(directory) => directory.remove(path).await,
        }
    }

    async fn sync(&self) -> Result<(), TargetError> {
        match self {
            Self::Shelf(shelf) => shelf.sync().await,
            Self::Directory(directory) => directory.sync().await,
        }
    }
}
