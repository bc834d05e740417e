//! The lead picture of an entry that names none: the first one that it attaches or shows.
//!
//! Comes in: an entry. Goes out: the same, with a picture where its markup has one.

use super::construct::is_modest;
use crate::extract::dom::{self, Picture};
use crate::extract::simple;
use crate::model::Entry;
use url::Url;

/// Fills in the picture: an attached one, else the first in the content that is no placeholder and no tracking pixel.
pub(super) fn complement(entry: &mut Entry) {
    if entry.image.is_some() {
        return;
    }
    let is_image = |kind: &str| kind.trim().to_ascii_lowercase().starts_with("image/");
    let attached = entry.enclosures.iter().find(|file| file.media_type.as_deref().is_some_and(is_image));
    entry.image = attached.map(|file| file.url.clone());
    if entry.image.is_none()
        && let (Some(content), Some(base)) = (&entry.content, &entry.content_base)
        && shows_media(content)
        && let Some(picture) = simple::first_picture(content, base).unwrap_or_else(|| parsed(content, base))
    {
        entry.image = Some(picture.url);
        entry.image_size = picture.size;
    }
}

fn parsed(content: &str, base: &Url) -> Option<Picture> {
    if !is_modest(content) {
        return None;
    }
    dom::first_picture(&dom::parse(content).ok()?.root(), base)
}

/// Whether a parse can find anything.
fn shows_media(markup: &str) -> bool {
    let starts = |at: usize, name: &str| {
        markup.as_bytes().get(at + 1..=at + name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
    };
    markup
        .match_indices('<')
        .any(|(at, _)| ["img", "amp-img", "picture", "video", "image"].iter().any(|name| starts(at, name)))
}
