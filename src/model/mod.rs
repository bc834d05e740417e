//! The nouns of `bantin`: what is polled, what an origin stated, what is kept and what is published.
//!
//! Nothing here knows a stage, a clock, a database or a network; a noun has no behavior beyond its own invariants.

mod archive;
mod channel;
mod days;
mod document;
mod draft;
mod entry;
mod failure;
mod id;
mod item;
mod memory;
mod origin;
mod poll;
mod refusal;
mod sitemap;
mod size;
mod source;
mod step;
mod subscriber;
mod subscription;
mod webhook;
mod word_pattern;

pub use archive::{ArchiveMembers, ArchivePage, FinishedPage, Month, PackedPublication, Unarchived};
pub use channel::{Channel, ChannelId, ChannelPaper, Format, Only, Place, Publication, RenamedCategory, Selection};
pub use days::{DayTally, Days, MOST_DAYS};
pub use document::{Document, Freshness, Validators};
pub use draft::{
    Category, CategorySlug, DateOrigin, Draft, Enclosure, Image, InvalidSlug, ItemKey, Permalink, PubDate, SafeHtml,
};
pub use entry::{
    Entry, ExtractMethod, Extraction, Flaw, Hints, Kind, ListFinding, Precision, StatedDate, StatedEnclosure,
};
pub use failure::FailureKind;
pub use id::{ChannelName, InvalidId, ItemId, PaperId, Revision, SourceId};
pub use item::{HoldReason, Item, Standing, Tombstone};
pub use memory::{ListReading, Look, Memory, Repair, Template};
pub use origin::{Ledger, Origin, Robots, RobotsVerdict, Tally};
pub use poll::{Failure, FailureStage, Habit, Hop, Outcome, PollState, Profile, RedirectMemory, SourceState};
pub use refusal::Refusal;
pub use sitemap::ListedSitemap;
pub use size::StoreSize;
pub use source::{Recipe, RobotsPolicy, Secret, Selectors, Source};
pub use step::{Step, Watcher};
pub use subscriber::{Delivery, Subscriber, SubscriberCounts};
pub use subscription::{Links, Progress, PushRecord, Subscription, SubscriptionState, Terms};
pub use webhook::{Webhook, WebhookMark, WebhookPlace, WebhookState};
pub use word_pattern::{InvalidPattern, LONGEST_PATTERN, WordPattern};
