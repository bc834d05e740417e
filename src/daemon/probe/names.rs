//! What feeds and sections are called, compared: pure.

use super::report::Found;
use crate::text;
use url::Url;

/// Words around a section's name in a feed's title, folded.
const NOISE: &[&str] = &["rss", "feed", "feeds", "chuyen muc", "kenh", "tin tuc"];
/// Names that say "everything", folded.
const GENERAL: &[&str] = &[
    "trang chu",
    "trang nhat",
    "home",
    "homepage",
    "front page",
    "startseite",
    "tin moi",
    "tin moi nhat",
    "moi nhat",
    "tat ca",
    "latest",
    "latest news",
    "news",
    "tin tuc",
    "all",
    "all news",
    "top stories",
    "main",
];
/// Last parts of addresses that name no section.
const GENERIC_PARTS: &[&str] = &["feed", "feeds", "rss", "index", "atom", "rss2", "home"];
/// Sections of pictures, films and games, folded: they list few articles.
const MEDIA: &[&str] = &[
    "video",
    "podcast",
    "multimedia",
    "infographic",
    "emagazine",
    "e-magazine",
    "anh",
    "tin anh",
    "phong su anh",
    "photo",
    "foto",
    "mega story",
    "megastory",
    "longform",
    "timeline",
    "truyen hinh",
    "web story",
    "game",
    "live",
    "tv",
    "radio",
];
/// Words that say so in any name.
const MEDIA_WORDS: &[&str] = &["video", "podcast", "multimedia", "infographic", "emagazine", "e-magazine"];
/// What stands between a section's name and the paper's.
const SEPARATORS: &[&str] = &[" | ", " :: ", " » ", " - ", " – ", " — ", ": "];

/// A section's name out of a feed's or page's title: without the paper's name, and without words such as "RSS".
pub(super) fn section_name(title: &str, paper: &str) -> Option<String> {
    let paper = text::fold(paper);
    let mut parts = vec![title];
    for separator in SEPARATORS {
        parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
    }
    let says = |part: &&str| {
        let folded = text::fold(part.trim());
        let is_paper = !paper.is_empty() && (folded == paper || folded.contains(&paper) || paper.contains(&folded));
        !folded.is_empty() && !is_paper && !NOISE.contains(&folded.as_str())
    };
    let name = parts.into_iter().find(says)?.trim();
    let words: Vec<&str> = name.split_whitespace().filter(|word| !is_rss(word)).collect();
    let name = text::clean_line(&words.join(" "));
    let folded = text::fold(&name);
    let is_domain = !folded.contains(' ') && folded.contains('.');
    (!folded.is_empty() && !is_domain && !GENERAL.contains(&folded.as_str())).then_some(name)
}

fn is_rss(word: &str) -> bool {
    matches!(text::fold(word).as_str(), "rss" | "feed" | "rss:" | "(rss)")
}

/// Whether a section's name says that it lists pictures, films or games.
pub(super) fn is_media(title: &str) -> bool {
    let folded = text::fold(title);
    let mut words = folded.split_whitespace().map(|word| word.trim_end_matches('s'));
    MEDIA.contains(&folded.as_str()) || words.any(|word| MEDIA_WORDS.contains(&word))
}

/// Whether a feed and a page are of one section: called alike, or the last parts of their addresses are alike.
pub(super) fn same_section(feed: &Found, section: &Found, paper: &str) -> bool {
    let name = |found: &Found| {
        let own = || found.reading().and_then(|reading| reading.title.as_deref());
        let named = found.title.as_deref().and_then(|title| section_name(title, paper));
        named.or_else(|| section_name(own()?, paper)).and_then(|name| text::slug(&name))
    };
    let alike = |one: Option<String>, other: Option<String>| one.is_some() && one == other;
    alike(name(feed), name(section)) || alike(stem(&feed.url), stem(&section.url))
}

/// The last part of an address that could name a section, without its ending.
fn stem(url: &Url) -> Option<String> {
    let mut parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    while let Some(last) = parts.pop() {
        let stem = last.split('.').next().unwrap_or(last);
        if !GENERIC_PARTS.contains(&stem.to_ascii_lowercase().as_str()) {
            return text::slug(stem);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feeds_title_gives_the_sections_name() {
        for (title, name) in [
            ("Xã hội", Some("Xã hội")),
            ("RSS Xã hội", Some("Xã hội")),
            ("Báo Mẫu - Xã hội", Some("Xã hội")),
            ("Xã hội | Báo Mẫu điện tử", Some("Xã hội")),
            ("Báo Mẫu RSS", None),
            ("Tin mới nhất - Báo Mẫu", None),
            ("bao-mau.vn", None),
        ] {
            assert_eq!(section_name(title, "Báo Mẫu").as_deref(), name, "{title}");
        }
    }

    #[test]
    fn addresses_of_one_section_have_one_stem() {
        let stem = |address| stem(&Url::parse(address).expect("valid"));
        for address in ["https://b.vn/xa-hoi.html", "https://b.vn/rss/xa-hoi.rss", "https://b.vn/xa-hoi/feed/"] {
            assert_eq!(stem(address).as_deref(), Some("xa-hoi"), "{address}");
        }
        assert_eq!(stem("https://b.vn/rss"), None);
    }
}
