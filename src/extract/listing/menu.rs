//! The sections that a page's menu names.
//!
//! Comes in: a page. Goes out: label and address of each link that could be a section: on the site, short, and neither an
//! article nor a service. The menu is what is marked so; where nothing is, the footer, else any row of labels.

use super::chunk::units;
use super::links::{Link, Links};
use super::outline::Outline;
use super::vocabulary::{self, Marks};
use crate::extract::dom::{self, Page};
use crate::text;
use std::collections::{HashMap, HashSet};
use url::Url;

/// A longer text is no section's name; an ideograph counts as a word's part.
const MOST_LABEL_UNITS: f32 = 40.0;
/// Nor is one of more words.
const MOST_LABEL_WORDS: usize = 7;
/// Fewer sections are no menu.
const LEAST_SECTIONS: usize = 3;
/// Fewer labels side by side are no row.
const LEAST_ROW: usize = 5;
/// Parts of a link that are read for its label.
const MOST_LABEL_PARTS: usize = 40;
/// What is no menu, whatever it stands in.
const NO_MENU: Marks = Marks::TAGS.and(Marks::SOCIAL).and(Marks::COMMENT).and(Marks::RANK).and(Marks::RELATED);

/// Words of labels that lead to services, folded.
const SERVICES: &[&str] = &[
    "dang nhap",
    "dang ky",
    "dang xuat",
    "lien he",
    "toa soan",
    "quang cao",
    "gioi thieu",
    "tim kiem",
    "duong day nong",
    "dat bao",
    "dieu khoan",
    "chinh sach bao mat",
    "login",
    "log in",
    "sign in",
    "sign up",
    "register",
    "subscribe",
    "contact",
    "about us",
    "privacy",
    "cookie",
    "advertis",
    "impressum",
    "datenschutz",
    "kontakt",
    "newsletter",
    "anmelden",
    "iniciar sesion",
    "site map",
    "sitemap",
    "so do site",
    "copyright",
    "terms of",
    "logout",
    "log out",
    "settings",
    "publicidad",
    "suscripc",
    "contatti",
    "pagina successiva",
    "next page",
    "abonnement",
    "nyhetsbrev",
    "mediadaten",
];
/// Whole labels of what is no section, folded.
const NO_SECTIONS: &[&str] = &[
    "trang chu",
    "home",
    "homepage",
    "trang nhat",
    "startseite",
    "inicio",
    "accueil",
    "beranda",
    "menu",
    "search",
    "rss",
    "about",
    "help",
    "faq",
    "terms",
    "english",
    "tieng viet",
    "vietnamese",
    "tieng anh",
    "francais",
    "espanol",
    "deutsch",
    "russian",
    "中文",
    "日本語",
    "한국어",
    "lao",
    "bao in",
    "bao giay",
    "epaper",
    "e-paper",
    "app",
    "shop",
    "all",
    "tat ca",
    "more",
    "xem them",
    "hotline",
    "facebook",
    "youtube",
    "zalo",
    "tiktok",
    "twitter",
    "instagram",
];
/// Folders in which sections stand.
const FOLDERS: &[&str] = &["category", "categories", "categoria", "kategorie", "danh-muc", "chuyen-muc"];
/// Endings of files that are no page.
const FILES: &[&str] = &["pdf", "jpg", "png", "xml", "rss", "atom", "apk", "mp4", "mp3", "zip", "doc", "docx"];

/// Where a label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Menu,
    Foot,
    Row,
}

/// The sections of a page's menu, each address once, in document order.
pub(in crate::extract) fn menu(page: &Page, page_url: &Url, base: &Url) -> Vec<(String, Url)> {
    let outline = Outline::of(page);
    let links = Links::of(&outline, page_url, base);
    let rows = rows(&outline, &links);
    let mut found: Vec<(Stand, usize, String)> = Vec::new();
    for link in &links.links {
        let Some(label) = label(&outline, link).filter(|label| is_section(&links, link, label)) else { continue };
        if let Some(stand) = stand(&outline, link.place, &rows) {
            found.push((stand, link.target, label));
        }
    }
    let distinct = |stand: Stand| {
        let of: HashSet<usize> = found.iter().filter(|(at, ..)| *at == stand).map(|(_, target, _)| *target).collect();
        of.len() >= LEAST_SECTIONS
    };
    let best = [Stand::Menu, Stand::Foot, Stand::Row].into_iter().find(|stand| distinct(*stand));
    let mut seen = HashSet::new();
    found.retain(|(stand, target, _)| best.is_none_or(|best| best == *stand) && seen.insert(*target));
    found.into_iter().map(|(_, target, label)| (label, links.targets[target].url.clone())).collect()
}

fn stand(outline: &Outline<'_>, place: usize, rows: &HashSet<usize>) -> Option<Stand> {
    let marks = outline.ancestors(place).fold(Marks::default(), |marks, at| marks | outline.parts[at].marks);
    if marks.any(NO_MENU) {
        None
    } else if marks.any(Marks::FOOT) {
        Some(Stand::Foot)
    } else if marks.any(Marks::NAV.and(Marks::HEADER)) {
        Some(Stand::Menu)
    } else {
        row(outline, place).filter(|row| rows.contains(row)).map(|_| Stand::Row)
    }
}

/// The box that holds a link and those beside it.
fn row(outline: &Outline<'_>, place: usize) -> Option<usize> {
    outline.ancestors(place).find(|at| matches!(outline.parts[*at].tag.as_str(), "ul" | "ol" | "tr" | "div" | "p"))
}

/// Boxes whose links are labels, most of them at least.
fn rows(outline: &Outline<'_>, links: &Links) -> HashSet<usize> {
    let mut counts: HashMap<usize, (usize, usize)> = HashMap::new();
    for link in &links.links {
        let Some(row) = row(outline, link.place) else { continue };
        let (labels, all) = counts.entry(row).or_default();
        *all += 1;
        *labels += usize::from(label(outline, link).is_some());
    }
    let is_row = |(labels, all): &(usize, usize)| *labels >= LEAST_ROW && labels * 4 >= all * 3;
    counts.into_iter().filter(|(_, count)| is_row(count)).map(|(row, _)| row).collect()
}

/// What a link says, where that is short enough for a name.
fn label(outline: &Outline<'_>, link: &Link) -> Option<String> {
    let part = &outline.parts[link.place];
    if part.end - link.place > MOST_LABEL_PARTS {
        return None;
    }
    let text = outline.line(link.place, part.end);
    let text = if text.is_empty() { text::clean_line(&dom::attr(&part.node, "title")?) } else { text };
    let fits = text.chars().count() >= 2
        && units(&text) <= MOST_LABEL_UNITS
        && text.split_whitespace().count() <= MOST_LABEL_WORDS
        && text.chars().any(char::is_alphabetic);
    (fits && !vocabulary::leads_on(&text)).then_some(text)
}

fn is_section(links: &Links, link: &Link, label: &str) -> bool {
    let folded = text::fold(label);
    if NO_SECTIONS.contains(&folded.as_str()) || SERVICES.iter().any(|words| folded.contains(words)) {
        return false;
    }
    let target = &links.targets[link.target];
    let signs = &target.signs;
    let path = target.url.path().to_ascii_lowercase();
    let has_folder = path.split('/').any(|segment| FOLDERS.contains(&segment));
    let is_article = signs.has_date || signs.slug_words >= 7 || signs.has_id && signs.slug_words >= 4;
    let is_file = path.rsplit_once('.').is_some_and(|(_, extension)| FILES.contains(&extension));
    !signs.off_site && !signs.is_network && !is_article && !is_file && (!signs.is_service || has_folder)
}
