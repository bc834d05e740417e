//! The lead picture.

use super::facts::Facts;
use crate::extract::dom::{self, Page, Picture};
use crate::extract::structured_data::{self, Object};
use url::Url;

/// The picture that the page names as its article's.
pub(super) fn lead(facts: &Facts) -> Option<Picture> {
    let og = of_metas(facts);
    let described = facts.article.as_ref().and_then(|object| of_object(object, &facts.base));
    match (og, described) {
        // a page without a picture of its own often names the paper's logo
        (Some(og), Some(described)) if is_logo(&og.url) && !is_logo(&described.url) => Some(described),
        (Some(og), Some(described)) if og.url == described.url && og.size.is_none() => Some(described),
        (og, described) => og.or(described).filter(|picture| !is_logo(&picture.url)),
    }
}

/// What each witness says of the lead picture, in rank order, for people.
pub(super) fn witnesses(facts: &Facts) -> Vec<(&'static str, Url)> {
    let described = facts.article.as_ref().and_then(|object| of_object(object, &facts.base));
    let found = [("meta tags", of_metas(facts)), ("JSON-LD", described)];
    found.into_iter().filter_map(|(witness, picture)| Some((witness, picture?.url))).collect()
}

/// The first picture of the text.
pub(super) fn first_of(content: &str, base: &Url) -> Option<Picture> {
    crate::text::check_markup(content).ok()?;
    dom::first_picture(&Page::fragment(content).root(), base)
}

fn of_metas(facts: &Facts) -> Option<Picture> {
    let keys =
        ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "image", "thumbnail"];
    let stated = ["og:image", "og:image:secure_url"].iter().find_map(|key| facts.metas.first(&[key]));
    let address = stated.or_else(|| facts.metas.first(&keys))?;
    let url = dom::resolve(&facts.base, address)?;
    let pixels = |key| facts.metas.first(&[key]).and_then(|text| text.parse().ok()).filter(|size| *size > 1u32);
    let size = pixels("og:image:width").zip(pixels("og:image:height")).filter(|_| stated.is_some());
    Some(Picture { url, size })
}

fn of_object(object: &Object, base: &Url) -> Option<Picture> {
    let url =
        structured_data::url(object, "image", base).or_else(|| structured_data::url(object, "thumbnailUrl", base))?;
    let image = structured_data::objects(object, "image").next();
    let pixels = |key| structured_data::text(image?, key)?.trim_end_matches("px").trim().parse().ok();
    Some(Picture { url, size: pixels("width").zip(pixels("height")) })
}

fn is_logo(url: &Url) -> bool {
    let file = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    file.split(|c: char| !c.is_ascii_alphabetic()).any(|word| matches!(word, "logo" | "favicon" | "placeholder"))
}
