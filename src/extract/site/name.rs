//! What a page calls its paper.

use crate::extract::dom::{self, Page};
use crate::extract::structured_data::{self as data, JsonLd};
use crate::text;
use url::Url;

/// A longer name is a slogan.
const MOST_CHARS: usize = 80;
/// What stands between a page's own name and its site's.
const SEPARATORS: &[&str] = &[" | ", " :: ", " » ", " • ", " · ", " - ", " – ", " — "];
/// What front pages call themselves, folded.
const FRONT: &[&str] = &[
    "trang chu",
    "trang nhat",
    "home",
    "homepage",
    "startseite",
    "inicio",
    "accueil",
    "beranda",
    "tin moi",
    "tin tuc",
];
/// Objects that are the paper or its site (schema.org).
const PUBLISHERS: &[&str] = &["WebSite", "NewsMediaOrganization", "Newspaper"];

/// The paper's name, and whether the page states it as such.
pub(super) fn paper(page: &Page, url: &Url) -> (Option<String>, bool) {
    let usable = |name: &String| !name.is_empty() && name.chars().count() <= MOST_CHARS;
    let stated = meta(page, &["og:site_name", "application-name"]).filter(usable).or_else(|| {
        let json = JsonLd::of(page);
        let objects = json.objects();
        objects.into_iter().filter(|object| data::is_a(object, PUBLISHERS)).find_map(|o| data::text(o, "name"))
    });
    if let Some(name) = stated.map(|name| text::clean_line(&name)).filter(usable) {
        return (Some(name), true);
    }
    let title = dom::elements(page, "title").first().map(|node| text::clean_line(&node.text())).unwrap_or_default();
    let is_front = url.path().trim_matches('/').is_empty();
    let parts = parts(&title);
    let says = |part: &&&str| !FRONT.contains(&text::fold(part).as_str());
    // a front page begins with the paper's name; any other page ends with it, behind a name of its own
    let part = match parts.as_slice() {
        [_] if !is_front => None,
        _ if is_front => parts.iter().find(says),
        _ => parts.iter().rev().find(says),
    };
    (part.map(|part| (*part).to_owned()).filter(usable), false)
}

/// `og:locale` as a language tag.
pub(super) fn locale(page: &Page) -> Option<String> {
    let tag = meta(page, &["og:locale"])?.replace('_', "-");
    let is_tag = tag.len() <= 35 && tag.split('-').all(|part| (1..=8).contains(&part.len()));
    (is_tag && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')).then_some(tag)
}

fn meta(page: &Page, names: &[&str]) -> Option<String> {
    let metas = dom::elements(page, "meta");
    let of = |name: &&str| {
        let is_it = |key: &str, node| dom::attr(node, key).is_some_and(|value| value.eq_ignore_ascii_case(name));
        let node = metas.iter().find(|node| is_it("property", *node) || is_it("name", *node))?;
        dom::attr(node, "content").map(|content| text::clean_line(&content))
    };
    names.iter().find_map(of)
}

/// The parts of a title between separators.
fn parts(title: &str) -> Vec<&str> {
    let mut parts = vec![title];
    for separator in SEPARATORS {
        parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
    }
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}
