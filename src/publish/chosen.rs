//! What the configuration chooses (`[[channel]]`) as channels.
//!
//! Comes in: settings. Goes out: a channel. It does not know items.

use super::channels::{PaperSettings, Settings};
use crate::model::{Channel, ChannelId, ChannelName, Format, Selection};
use chrono::{DateTime, Utc};

/// Papers that a channel names in a sentence; the others are counted.
const MOST_NAMED: usize = 3;

/// One `[[channel]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelSettings {
    /// Last part of its addresses.
    pub name: ChannelName,
    /// `Thời tiết`.
    pub title: String,
    /// Which items.
    pub selection: Selection,
}

/// The channel; `None` where none of its papers is published. Language and time are those of its first paper.
pub(super) fn chosen(settings: &Settings, of: &ChannelSettings, epoch: DateTime<Utc>) -> Option<Channel> {
    let is_of = |paper: &&PaperSettings| of.selection.places.iter().any(|place| place.paper == paper.id);
    let papers: Vec<&PaperSettings> = settings.papers.iter().filter(is_of).collect();
    let first = *papers.first()?;
    let names = titles(&papers);
    let mut channel = Channel {
        id: ChannelId::Chosen(of.name.clone()),
        title: if papers.len() == 1 { format!("{} - {names}", of.title) } else { of.title.clone() },
        category_title: None,
        papers: papers.iter().map(|paper| paper.of_channel()).collect(),
        link: first.home.clone(),
        base_url: settings.base_url.clone(),
        hub: settings.hub.clone(),
        copyright: if papers.len() == 1 { first.copyright.clone() } else { None },
        description: match first.is_vietnamese() {
            true => format!("{}: bài chọn lọc của {names}.", of.title),
            false => format!("{}: chosen from {names}.", of.title),
        },
        paper_title: names,
        language: first.language.clone(),
        timezone: first.timezone,
        full_content: papers.iter().any(|paper| paper.full_content),
        selection: of.selection.clone(),
        ttl_minutes: settings.ttl_minutes,
        epoch,
        query: None,
        page: None,
        prev_archive: None,
    };
    if let (true, Ok(page)) = (channel.is_of_several(), channel.url(Format::Html).parse()) {
        // no paper's own page shows the same
        channel.link = page;
    }
    Some(channel)
}

/// The titles of papers as one, in the words of the first.
#[must_use]
pub fn titles(papers: &[&PaperSettings]) -> String {
    let named: Vec<&str> = papers.iter().take(MOST_NAMED).map(|paper| paper.title.as_str()).collect();
    let others = papers.len() - named.len();
    let named = named.join(", ");
    match (others, papers.first().is_some_and(|first| first.is_vietnamese())) {
        (0, _) => named,
        (others, true) => format!("{named} và {others} báo khác"),
        (others, false) => format!("{named} and {others} more"),
    }
}
