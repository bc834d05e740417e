//! The archives of each channel (RFC 5005 §4): what left the current feed, or is of a month that is over, goes onto pages that
//! never change.
//!
//! Comes in: the planned channels. Goes out: pages to the store, and the link to the newest page to each channel. A page is
//! written before the feed is published that no longer shows its items, so that feed and pages together have all there is.

use super::PublishError;
use super::channels::{Planned, Settings};
use super::publisher::Judged;
use super::ready::{PACKING, gzip};
use crate::model::{
    ArchiveMembers, ArchivePage, Channel, ChannelId, FinishedPage, Item, ItemId, Month, PackedPublication, Publication,
    Revision, Unarchived,
};
use crate::render::render;
use crate::store::Store;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::spawn_blocking;

/// Items on a page.
const MOST_ITEMS: usize = 250;
/// Pages that are written in one round, so that readers never wait long for their feeds.
const MOST_PAGES: usize = 16;

/// What is known from the rounds before.
#[derive(Debug, Default)]
pub(super) struct Archives {
    /// The newest page of each channel; `None`: not read yet.
    heads: Option<HashMap<ChannelId, ArchivePage>>,
    /// As of which revision, and in which month, nothing of a channel was left to do.
    settled: HashMap<ChannelId, (Revision, Month)>,
}

/// What a round did to the archives.
#[derive(Debug, Default)]
pub(super) struct Archived {
    /// Pages that were written.
    pub(super) pages: usize,
    /// More is to be written.
    pub(super) more: bool,
    /// Documents of pages that were written.
    pub(super) valid: Vec<String>,
    /// Documents that the linter refused; their pages are not written.
    pub(super) refused: Vec<Judged>,
    /// What failed.
    pub(super) problems: Vec<PublishError>,
}

/// A round over the archives: one at a time.
pub(super) struct Keeper<'a, S> {
    pub(super) store: &'a S,
    pub(super) settings: &'a Settings,
    pub(super) stopping: &'a AtomicBool,
    pub(super) now: DateTime<Utc>,
    pub(super) done: Archived,
}

impl<S: Store> Keeper<'_, S> {
    /// Writes the pages that are due, and says to each channel which one is its newest.
    pub(super) async fn bring_up(mut self, archives: &mut Archives, planned: &mut [Planned]) -> Archived {
        if let Err(problem) = self.write_pages(archives, planned).await {
            self.done.problems.push(problem);
        }
        if let Some(heads) = &archives.heads {
            for planned in planned {
                planned.channel.prev_archive = heads.get(&planned.channel.id).cloned();
            }
        }
        self.done
    }

    async fn write_pages(&mut self, archives: &mut Archives, planned: &[Planned]) -> Result<(), PublishError> {
        let Archives { heads, settled } = archives;
        let heads = match heads {
            Some(heads) => heads,
            None => heads.insert(self.heads().await?),
        };
        let has_archives = |planned: &&Planned| planned.channel.selection.one_place().is_some();
        for Planned { channel, revision } in planned.iter().filter(has_archives) {
            let at = (*revision, Month::of(self.now, channel.timezone));
            if channel.id.paper().is_none() || settled.get(&channel.id) == Some(&at) {
                continue;
            }
            if self.freeze(channel, at.1, heads).await? {
                settled.insert(channel.id.clone(), at);
            }
        }
        self.remake(planned).await
    }

    /// The newest page of each channel. Pages with links to another address than ours are noted.
    async fn heads(&self) -> Result<HashMap<ChannelId, ArchivePage>, PublishError> {
        let failed = |why| PublishError::Store { doing: "reading the archives", why };
        self.store.break_archives(&self.settings.base_url).await.map_err(failed)?;
        let heads = self.store.archive_heads().await.map_err(failed)?;
        Ok(heads.into_iter().map(|page| (page.channel.clone(), page)).collect())
    }

    /// Writes the pages of a channel that are due. Says whether nothing is left to do until the channel changes.
    async fn freeze(
        &mut self,
        channel: &Channel,
        running: Month,
        heads: &mut HashMap<ChannelId, ArchivePage>,
    ) -> Result<bool, PublishError> {
        let failed = |why| PublishError::Archive { channel: channel.id.stem(), why };
        let Some(place) = channel.selection.one_place() else { return Ok(true) };
        if let Some(head) = heads.get(&channel.id)
            && self.store.archive_parts(&channel.id, head.month).await.map_err(failed)? == 0
        {
            // retention took it
            heads.remove(&channel.id);
        }
        loop {
            let waiting = self.store.unarchived(place, channel.selection.limit).await.map_err(failed)?;
            let Some((month, ids)) = due(&waiting, running, channel.timezone) else { return Ok(true) };
            if self.is_enough() {
                return Ok(false);
            }
            let part = self.store.archive_parts(&channel.id, month).await.map_err(failed)? + 1;
            let page = ArchivePage { channel: channel.id.clone(), month, part };
            let members = ArchiveMembers { prev: heads.get(&channel.id).cloned(), items: ids };
            if !self.write(channel, &page, members).await? {
                return Ok(false);
            }
            heads.insert(channel.id.clone(), page);
        }
    }

    /// Writes pages anew of which something was erased, or whose addresses are not ours any more.
    async fn remake(&mut self, planned: &[Planned]) -> Result<(), PublishError> {
        let failed = |why| PublishError::Store { doing: "reading the archives", why };
        for page in self.store.broken_archives().await.map_err(failed)? {
            let Some(of) = planned.iter().find(|planned| planned.channel.id == page.channel) else { continue };
            if self.is_enough() {
                break;
            }
            let members = self.store.archive_members(&page).await.map_err(failed)?;
            self.write(&of.channel, &page, members).await?;
        }
        Ok(())
    }

    /// Whether the rest waits for the next round.
    fn is_enough(&mut self) -> bool {
        self.done.more |= self.done.pages >= MOST_PAGES;
        self.done.more || self.stopping.load(Ordering::Relaxed)
    }

    /// Renders and keeps a page. Says whether that is done: it is not where the linter refuses it, or where its items
    /// changed meanwhile.
    async fn write(
        &mut self,
        channel: &Channel,
        page: &ArchivePage,
        members: ArchiveMembers,
    ) -> Result<bool, PublishError> {
        let failed = |why| PublishError::Archive { channel: channel.id.stem(), why };
        let items = self.store.items_by_id(members.items.clone()).await.map_err(failed)?;
        if items.len() != members.items.len() {
            return Ok(false);
        }
        let channel = Channel { page: Some(page.clone()), prev_archive: members.prev, hub: None, ..channel.clone() };
        let rendering = PublishError::Render { what: page.path(ArchivePage::FORMATS[0]) };
        let documents = spawn_blocking(move || documents(&channel, &items)).await.map_err(|_| rendering)?;
        let documents = match documents {
            Ok(documents) => documents,
            Err(refused) => {
                self.done.refused.push(*refused);
                return Ok(false);
            }
        };
        let paths: Vec<String> = documents.iter().map(|document| document.path.clone()).collect();
        let base_url = self.settings.base_url.clone();
        let finished = FinishedPage { page: page.clone(), base_url, items: members.items, documents };
        let is_written = self.store.put_archive(finished).await.map_err(failed)?;
        if is_written {
            self.done.pages += 1;
            self.done.valid.extend(paths);
        }
        Ok(is_written)
    }
}

/// The documents of a page, or the first that the linter refuses.
fn documents(channel: &Channel, items: &[Item]) -> Result<Vec<PackedPublication>, Box<Judged>> {
    ArchivePage::FORMATS
        .into_iter()
        .map(|format| {
            let judged = Judged::of(render(channel, items, format));
            if judged.fault.is_some() { Err(Box::new(judged)) } else { Ok(packed(&judged.publication)) }
        })
        .collect()
}

fn packed(publication: &Publication) -> PackedPublication {
    PackedPublication {
        path: publication.path.clone(),
        gzip: gzip(&publication.body, PACKING).expect("writing into memory cannot fail").into(),
        etag: publication.etag.clone(),
        last_modified: publication.last_modified,
    }
}

/// The next page of a channel, if one is due: what is left of a month that is over, or what the feed has no room for, together
/// with all but the youngest quarter of the feed, so that pages are few.
fn due(waiting: &Unarchived, running: Month, timezone: Tz) -> Option<(Month, Vec<ItemId>)> {
    let oldest = *waiting.items.first()?;
    let month = Month::of(oldest.0, timezone);
    let is_over = month < running;
    let left = waiting.last.is_some_and(|last| oldest < last);
    if !is_over && !left {
        return None;
    }
    let belongs = |item: &&(_, ItemId)| {
        Month::of(item.0, timezone) == month && (is_over || waiting.quarter.is_none_or(|quarter| **item < quarter))
    };
    Some((month, waiting.items.iter().take_while(belongs).take(MOST_ITEMS).map(|(_, id)| *id).collect()))
}

#[cfg(test)]
mod tests;
