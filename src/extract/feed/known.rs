//! What the feed library makes of a feed: the only file that names `feed-rs`.
//!
//! Comes in: repaired XML, or JSON. Goes out: for each entry what our own reading may lack, above all Media RSS. The library
//! refuses a whole feed for one odd element and knows no bases of content and no dates without offset; so it is the second
//! reader, and where it refuses, nothing is lost.

use super::tree;
use crate::model::{Entry, StatedEnclosure};
use crate::text;
use feed_rs::model;
use std::borrow::Cow;
use url::Url;

/// An entry as the library reads it.
#[derive(Debug)]
pub(super) struct Known(model::Entry);

/// Reads a feed; one `Known` an entry, in document order. `None` where the library refuses it.
pub(super) fn read(document: &str, base: &Url) -> Option<Vec<Known>> {
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(base.as_str()))
        // an entry without an id stays without: random ones would be new at every poll
        .id_generator(|_, _, _| String::new())
        .sanitize_content(false)
        // dates are read with their offsets by `feed::date`
        .timestamp_parser(|_| None)
        .build();
    // a panic in a foreign parser loses its reading, not the feed
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| parser.parse(accepted(document).as_bytes())));
    Some(read.ok()?.ok()?.entries.into_iter().map(Known).collect())
}

/// The library knows RSS of a few versions only, and reads all of them alike.
fn accepted(document: &str) -> Cow<'_, str> {
    let Some((head, rest)) = document.split_once('>').filter(|(head, _)| head.starts_with("<rss")) else {
        return Cow::Borrowed(document);
    };
    let name = " version=\"";
    let unversioned = match head.split_once(name) {
        Some((before, after)) => format!("{before}{}", after.split_once('"').map_or("", |(_, after)| after)),
        None => head.to_owned(),
    };
    Cow::Owned(format!("{unversioned}{name}2.0\">{rest}"))
}

impl Known {
    /// Fills what an entry lacks.
    pub(super) fn complement(self, entry: &mut Entry, base: &Url) {
        let known = self.0;
        if entry.id.is_none() && !known.id.is_empty() {
            entry.id = Some(known.id);
        }
        if entry.title.is_none() {
            let title = known.title.map(|title| text::clean_line(&title.content));
            entry.title = title.filter(|title| !title.is_empty() && !title.contains('<'));
        }
        if entry.categories.is_empty() {
            let labels = known.categories.into_iter().map(|category| category.label.unwrap_or(category.term));
            entry.categories = labels.map(|label| text::clean_line(&label)).filter(|label| !label.is_empty()).collect();
        }
        if entry.authors.is_empty() {
            entry.authors = known.authors.into_iter().filter_map(|person| super::author::name(&person.name?)).collect();
        }
        for media in known.media {
            complement_media(media, entry, base);
        }
    }
}

fn complement_media(media: model::MediaObject, entry: &mut Entry, base: &Url) {
    let thumbnails = media.thumbnails.into_iter().map(|thumbnail| thumbnail.image);
    for content in media.content {
        let Some(url) = content.url.filter(|url| matches!(url.scheme(), "http" | "https")) else { continue };
        let kind = content.content_type.map(|kind| kind.to_string());
        let is_picture = kind.as_ref().map_or_else(|| names_picture(&url), |kind| kind.starts_with("image/"));
        if is_picture {
            offer_image(entry, url, content.width.zip(content.height));
        } else if kind.is_some() && !entry.enclosures.iter().any(|known| known.url == url) {
            entry.enclosures.push(StatedEnclosure { url, media_type: kind, length_bytes: content.size });
        }
    }
    for image in thumbnails {
        if let Some(url) = tree::resolve(Some(base), &image.uri) {
            offer_image(entry, url, image.width.zip(image.height));
        }
    }
}

/// The first picture stays, unless a later one says that it is larger.
fn offer_image(entry: &mut Entry, url: Url, size: Option<(u32, u32)>) {
    let area = |size: Option<(u32, u32)>| size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    let is_tiny = size.is_some_and(|(width, height)| width <= 1 || height <= 1);
    let is_larger = entry.image_size.is_some() && area(size) > area(entry.image_size);
    if !is_tiny && (entry.image.is_none() || is_larger) {
        entry.image = Some(url);
        entry.image_size = size;
    }
}

fn names_picture(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"].iter().any(|ending| path.ends_with(ending))
}
