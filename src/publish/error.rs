//! Why publishing failed: of the whole round, of one channel, or of one target. Each message is whole: it says the cause, too.

use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// Why a publishing round, or a part of it, failed. The next round tries again; what is published stays until then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The store does not say which channels there are, or does not give back the kept documents.
    #[error("{doing}: {why}")]
    Store {
        /// What was under way.
        doing: &'static str,
        /// The store's error.
        why: StoreError,
    },
    /// A channel's items could not be read; its documents stay as they are.
    #[error("the items of {channel} cannot be read: {why}")]
    Items {
        /// The channel: `bao-son-la/xa-hoi`.
        channel: String,
        /// The store's error.
        why: StoreError,
    },
    /// A channel's archive pages could not be read or written; the feeds go out without them until the next round.
    #[error("the archive pages of {channel} cannot be written: {why}")]
    Archive {
        /// The channel: `bao-son-la/xa-hoi`.
        channel: String,
        /// The store's error.
        why: StoreError,
    },
    /// Rendering ended in a fault of our own; the documents stay as they are.
    #[error("{what} cannot be rendered, a fault of bantin itself; what was published before stays")]
    Render {
        /// The channel, or `feeds.opml and index.html`.
        what: String,
    },
    /// A target did not take a document.
    #[error("{path} was not published to the {target}{}: {why}", nor_more(*.others))]
    Target {
        /// Which target.
        target: &'static str,
        /// The first document that it did not take.
        path: String,
        /// How many more it did not take.
        others: usize,
        /// Why not the first.
        why: TargetError,
    },
    /// The store did not keep the finished documents: after a restart older ones would be served until the first round.
    #[error("the finished documents were not kept for the next start: {why}")]
    Keep {
        /// The store's error.
        why: StoreError,
    },
}

fn nor_more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" (nor {count} more)") }
}

/// Why a target did not take a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The document's path is not one that bantin publishes under.
    #[error("{path:?} is no path of a document")]
    Path {
        /// As it came.
        path: String,
    },
    /// A fact of the document cannot stand in a header field.
    #[error("the {field} of {path} cannot stand in a header field")]
    Header {
        /// The document.
        path: String,
        /// Which field.
        field: &'static str,
    },
    /// The file system.
    #[error("cannot {doing} {}: {why}; {}", path.display(), remedy(why))]
    File {
        /// What was under way.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's error.
        why: io::Error,
    },
    /// The work was cut off by the end of the process.
    #[error("the work was cut off")]
    CutOff,
}

impl TargetError {
    /// Whether the next document would meet the same error, so that this round can spare it.
    #[must_use]
    pub fn is_of_the_target(&self) -> bool {
        match self {
            Self::File { why, .. } => matches!(
                why.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::ReadOnlyFilesystem
            ),
            Self::CutOff => true,
            Self::Path { .. } | Self::Header { .. } => false,
        }
    }
}

/// What the operator can do.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room there; nothing published is lost, and the file is written when there is room"
        }
        io::ErrorKind::PermissionDenied => "give the user that runs bantin write access to the folder",
        io::ErrorKind::ReadOnlyFilesystem => "mount it writable, or set another publish-dir",
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "something else stands there; move it away, or set another publish-dir"
        }
        _ => "it is tried again in the next round",
    }
}
