//! A look at a site for the one who adds a paper: what it offers to poll, and how well that can be read.
//!
//! Comes in: one address and the settings of requests. Goes out: a [`ProbeReport`]. It asks what the site names, one address
//! after another through the one fetcher, and no more than it is told; it guesses no address and keeps nothing.

mod judge;
mod look;
mod names;
mod proposal;
mod report;
mod walk;
mod zone;

pub use proposal::{Proposal, ProposedSection, Value};
pub use report::{
    ArticleOutcome, ArticleReading, Confidence, Found, FoundArticle, FoundSitemap, Level, NamedBy, Outcome,
    ProbeReport, Reading,
};

use crate::extract::ExtractError;
use crate::fetch::{self, FetchError, Fetcher};
use crate::model::Document;
use url::Url;
use walk::Walk;

/// What came of asking an address.
type Ask = Result<Document, FetchError>;

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The page that was given cannot be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ExtractError),
}

/// What happens while a probe goes on, for the command to show.
#[derive(Debug, Clone, Copy)]
pub enum ProbeEvent<'a> {
    /// An address is asked now.
    Asking {
        /// Which.
        url: &'a Url,
        /// How many were asked before.
        asked: usize,
        /// How many there will be, as far as is known.
        planned: usize,
    },
}

/// Looks at a site, at most `most` of its sections and as many of its feeds.
///
/// # Errors
/// [`ProbeError`] where the given page itself cannot be had or read.
pub async fn probe(
    settings: fetch::Settings,
    url: Url,
    most: usize,
    show: impl FnMut(ProbeEvent<'_>),
) -> Result<ProbeReport, ProbeError> {
    let fetcher = Fetcher::new(settings, Vec::new())?;
    Walk::new(fetcher, most, show).site(url).await
}
