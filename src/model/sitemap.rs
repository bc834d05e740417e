//! What is remembered of a sitemap that an index lists: each has validators and a lifetime of its own.

use super::Validators;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// A sitemap that a source's index lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedSitemap {
    /// Where it is.
    pub url: Url,
    /// The index that lists it, where that is itself listed; `None`: the source's own document does.
    #[serde(default)]
    pub listed_by: Option<Url>,
    /// Its last edit as the index states it, for comparing with `read` alone.
    #[serde(default)]
    pub edited: Option<DateTime<Utc>>,
    /// The edit that was stated when it was last read.
    #[serde(default)]
    pub read: Option<DateTime<Utc>>,
    /// The last request for it.
    #[serde(default)]
    pub asked_at: Option<DateTime<Utc>>,
    /// No request before this moment: it is fresh, or it failed.
    #[serde(default)]
    pub not_before: Option<DateTime<Utc>>,
    /// Failures since it was last read.
    #[serde(default)]
    pub failures: u32,
    /// What to ask with.
    #[serde(default)]
    pub validators: Validators,
    /// The address that gave the validators (after redirects).
    #[serde(default)]
    pub validated_url: Option<Url>,
}

impl ListedSitemap {
    /// One that was never asked for.
    #[must_use]
    pub fn new(url: Url, edited: Option<DateTime<Utc>>) -> Self {
        Self {
            url,
            listed_by: None,
            edited,
            read: None,
            asked_at: None,
            not_before: None,
            failures: 0,
            validators: Validators::default(),
            validated_url: None,
        }
    }

    /// Whether it may hold what was not read yet, and may be asked for at `now`. One without a stated edit always may.
    #[must_use]
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let is_read =
            self.asked_at.is_some() && self.failures == 0 && self.edited.is_some() && self.edited == self.read;
        !is_read && self.not_before.is_none_or(|at| at <= now)
    }
}
