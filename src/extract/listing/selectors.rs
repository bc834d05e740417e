//! Hand-written selectors: what they name wins, what they leave out is found as on any page.

use super::blocks::Block;
use super::links::Links;
use super::outline::Outline;
use super::story::{Reader, Stated};
use crate::extract::ExtractError;
use crate::extract::dom::{self, Matcher, Node, Page};
use crate::model::{Entry, Selectors};

/// Most items that are read.
const MOST_ITEMS: usize = 5_000;

/// Selectors that were compiled; all but `item` are optional and relative to it.
#[derive(Debug)]
pub(super) struct Compiled {
    item: Matcher,
    link: Option<Matcher>,
    title: Option<Matcher>,
    summary: Option<Matcher>,
    category: Option<Matcher>,
    time: Option<Matcher>,
    image: Option<Matcher>,
}

impl Compiled {
    /// Compiles selectors; `None` where no item is named.
    ///
    /// # Errors
    /// [`ExtractError::BadSelector`].
    pub(super) fn of(selectors: &Selectors) -> Result<Option<Self>, ExtractError> {
        let Some(item) = matcher(selectors.item.as_deref())? else { return Ok(None) };
        Ok(Some(Self {
            item,
            link: matcher(selectors.link.as_deref())?,
            title: matcher(selectors.title.as_deref())?,
            summary: matcher(selectors.summary.as_deref())?,
            category: matcher(selectors.category.as_deref())?,
            time: matcher(selectors.time.as_deref())?,
            image: matcher(selectors.image.as_deref())?,
        }))
    }

    /// The entries that the selectors find, each address once, with a place in the outline.
    pub(super) fn entries(&self, page: &Page, reader: &Reader<'_, '_>) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for item in dom::select(&page.root(), &self.item).into_iter().take(MOST_ITEMS) {
            let Some(place) = reader.outline.place_of(&item) else { continue };
            let block = self.story(&item, place, reader);
            let headline = block.as_ref().map(|block| reader.links.links[block.link].place);
            let entry = self.entry(&item, block.as_ref(), reader);
            let is_known =
                entry.link.is_some() && found.iter().rev().take(200).any(|known| known.entry.link == entry.link);
            if !is_known && (entry.link.is_some() || entry.title.is_some()) {
                found.push(Found { entry, headline, start: place, end: reader.outline.parts[place].end });
            }
        }
        found
    }

    fn entry(&self, item: &Node<'_>, block: Option<&Block>, reader: &Reader<'_, '_>) -> Entry {
        let first = |matcher: &Option<Matcher>| matcher.as_ref().and_then(|m| dom::select(item, m).into_iter().next());
        let stated = Stated {
            summary: self.summary.is_some(),
            categories: self.category.is_some(),
            published: self.time.is_some(),
            image: self.image.is_some(),
        };
        let mut entry = block.map(|block| reader.entry_beside(block, stated)).unwrap_or_default();
        if let Some(title) = first(&self.title).map(|node| dom::line(&node)).filter(|line| !line.is_empty()) {
            entry.title = Some(title);
        }
        if self.summary.is_some() {
            entry.summary = first(&self.summary).map(|node| dom::line(&node)).filter(|line| !line.is_empty());
        }
        if let Some(category) = &self.category {
            let labels = dom::select(item, category).into_iter().take(8).map(|node| dom::line(&node));
            entry.categories =
                labels.map(|label| super::story::bare_label(&label).to_owned()).filter(|l| !l.is_empty()).collect();
        }
        if self.time.is_some() {
            entry.published = first(&self.time).and_then(|node| reader.date_of(&node));
        }
        if self.image.is_some() {
            let picture = first(&self.image).and_then(|node| dom::first_picture(&node, reader.base));
            entry.image_size = picture.as_ref().and_then(|p| p.size);
            entry.image = picture.map(|p| p.url);
        }
        entry
    }

    /// The item as a block: its link is the one named, else the first with a headline, else the first.
    fn story(&self, item: &Node<'_>, place: usize, reader: &Reader<'_, '_>) -> Option<Block> {
        let (outline, links) = (reader.outline, reader.links);
        let end = outline.parts[place].end;
        let named = self.link.as_ref().and_then(|matcher| {
            let node = dom::select(item, matcher).into_iter().next()?;
            let at = outline.place_of(&node)?;
            link_at(outline, links, at)
        });
        let inside = || links.links.iter().enumerate().filter(|(_, link)| (place..end).contains(&link.place));
        let link = named
            .or_else(|| inside().find(|(_, link)| link.headline.is_some()).map(|(index, _)| index))
            .or_else(|| inside().next().map(|(index, _)| index))
            .or_else(|| link_at(outline, links, place))?;
        let target = links.links[link].target;
        Some(Block { target, link, start: place, end, holes: Vec::new() })
    }
}

/// An entry and where it stands.
#[derive(Debug)]
pub(super) struct Found {
    /// The entry.
    pub(super) entry: Entry,
    /// The place of its headline's link.
    pub(super) headline: Option<usize>,
    /// From this place …
    pub(super) start: usize,
    /// … to before this one.
    pub(super) end: usize,
}

/// The link at, inside or around a place.
fn link_at(outline: &Outline<'_>, links: &Links, place: usize) -> Option<usize> {
    let end = outline.parts[place].end;
    let inside = links.links.iter().position(|link| (place..end).contains(&link.place));
    inside.or_else(|| outline.ancestors(place).find_map(|at| links.links.iter().position(|link| link.place == at)))
}

fn matcher(selector: Option<&str>) -> Result<Option<Matcher>, ExtractError> {
    let Some(selector) = selector else { return Ok(None) };
    Matcher::new(selector).map(Some).map_err(|_| ExtractError::BadSelector { selector: selector.to_owned() })
}
