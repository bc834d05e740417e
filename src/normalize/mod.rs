//! What we mean by an entry: pure; knows no database, no network and no document.
//!
//! Comes in: an [`Entry`](crate::model::Entry) as stated. Goes out: a [`Draft`](crate::model::Draft) or the reason why not.

mod sanitize;

pub use sanitize::sanitize;
