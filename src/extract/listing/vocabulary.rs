//! What class names, ids and roles say of an element, in the words that the web's templates use.
//!
//! Comes in: the words of an element's attributes. Goes out: a set of [`Marks`]. A mark is a hint among others, never a
//! verdict: `story-header-nav` may be anything.

use std::collections::HashMap;
use std::ops::BitOr;
use std::sync::LazyLock;

/// A set of hints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks(u32);

impl Marks {
    /// A menu, breadcrumbs, the way to the next page.
    pub(super) const NAV: Self = Self(1);
    /// The page's footer.
    pub(super) const FOOT: Self = Self(1 << 1);
    /// The column beside the main one.
    pub(super) const SIDE: Self = Self(1 << 2);
    /// Most read, trending.
    pub(super) const RANK: Self = Self(1 << 3);
    /// Related to the story above.
    pub(super) const RELATED: Self = Self(1 << 4);
    /// What readers say.
    pub(super) const COMMENT: Self = Self(1 << 5);
    /// Keywords.
    pub(super) const TAGS: Self = Self(1 << 6);
    /// Buttons for other networks.
    pub(super) const SOCIAL: Self = Self(1 << 7);
    /// Paid for.
    pub(super) const AD: Self = Self(1 << 8);
    /// A headline.
    pub(super) const TITLE: Self = Self(1 << 9);
    /// A teaser.
    pub(super) const SUMMARY: Self = Self(1 << 10);
    /// A category label.
    pub(super) const CATEGORY: Self = Self(1 << 11);
    /// A date.
    pub(super) const DATE: Self = Self(1 << 12);
    /// Who wrote it.
    pub(super) const AUTHOR: Self = Self(1 << 13);
    /// "Read more", a button.
    pub(super) const MORE: Self = Self(1 << 14);
    /// Not shown.
    pub(super) const HIDDEN: Self = Self(1 << 15);
    /// Counts, reading time and the like.
    pub(super) const META: Self = Self(1 << 16);
    /// A list of things.
    pub(super) const LIST: Self = Self(1 << 17);
    /// The page's header.
    pub(super) const HEADER: Self = Self(1 << 18);

    /// What surrounds the content of a page and never is it.
    pub(super) const FRAME: Self =
        Self(Self::NAV.0 | Self::FOOT.0 | Self::COMMENT.0 | Self::TAGS.0 | Self::SOCIAL.0 | Self::HEADER.0);
    /// Boxes beside the list.
    pub(super) const BESIDE: Self = Self(Self::SIDE.0 | Self::RANK.0 | Self::RELATED.0 | Self::AD.0);
    /// Texts about a story that are not its teaser.
    pub(super) const ABOUT: Self = Self(
        Self::DATE.0
            | Self::AUTHOR.0
            | Self::MORE.0
            | Self::META.0
            | Self::CATEGORY.0
            | Self::HIDDEN.0
            | Self::NAV.0
            | Self::FOOT.0
            | Self::COMMENT.0
            | Self::TAGS.0
            | Self::SOCIAL.0
            | Self::RELATED.0,
    );

    /// Whether one of these hints is there.
    pub(super) fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Both sets together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The hints that are not in the other set.
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The hints that are also in the other set.
    pub(super) fn only(self, of: Self) -> Self {
        Self(self.0 & of.0)
    }
}

impl BitOr for Marks {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Single words of a class name (`post-title` has two).
const WORDS: &[(Marks, &[&str])] = &[
    (
        Marks::NAV,
        &[
            "nav",
            "navi",
            "navbar",
            "navigation",
            "menu",
            "submenu",
            "dropdown",
            "breadcrumb",
            "breadcrumbs",
            "crumb",
            "crumbs",
            "pagination",
            "pager",
            "paging",
            "pagenavi",
            "sitemap",
            "megamenu",
            "menuitem",
            "menubar",
        ],
    ),
    (Marks::FOOT, &["footer", "foot", "copyright", "colophon", "contentinfo"]),
    (Marks::SIDE, &["sidebar", "aside", "rail", "complementary"]),
    (Marks::RANK, &["popular", "ranking", "mostread"]),
    (Marks::RELATED, &["related", "relate", "lienquan", "terkait"]),
    (Marks::COMMENT, &["comment", "comments", "reply", "replies", "disqus", "binhluan", "komentar", "kommentare"]),
    (Marks::TAGS, &["tags", "tagcloud", "keywords", "hashtag", "hashtags"]),
    (Marks::SOCIAL, &["share", "sharing", "shares", "social", "facebook", "twitter", "whatsapp", "follow", "addthis"]),
    (
        Marks::AD,
        &[
            "ad",
            "ads",
            "advert",
            "adverts",
            "advertisement",
            "adsense",
            "banner",
            "banners",
            "sponsor",
            "sponsored",
            "promoted",
            "advertorial",
            "quangcao",
            "outbrain",
            "taboola",
            "rennab",
        ],
    ),
    (Marks::TITLE, &["title", "headline", "heading", "tieude", "hed", "titulo", "titel"]),
    (
        Marks::SUMMARY,
        &[
            "summary",
            "sapo",
            "excerpt",
            "desc",
            "description",
            "descr",
            "lead",
            "lede",
            "intro",
            "abstract",
            "standfirst",
            "dek",
            "deck",
            "snippet",
            "synopsis",
            "subtitle",
            "subhead",
            "trich",
        ],
    ),
    (
        Marks::CATEGORY,
        &[
            "category",
            "categories",
            "cat",
            "cats",
            "cate",
            "kicker",
            "section",
            "label",
            "topic",
            "topics",
            "channel",
            "rubric",
            "rubrik",
            "chuyenmuc",
            "overline",
            "eyebrow",
            "genre",
        ],
    ),
    (
        Marks::DATE,
        &[
            "date",
            "dates",
            "time",
            "datetime",
            "published",
            "timestamp",
            "ago",
            "posted",
            "clock",
            "ngay",
            "fecha",
            "datum",
            "thoigian",
            "pubdate",
        ],
    ),
    (Marks::AUTHOR, &["author", "authors", "byline", "writer", "tacgia", "autor", "auteur", "reporter"]),
    (Marks::MORE, &["more", "readmore", "button", "btn", "cta", "continue"]),
    (Marks::HIDDEN, &["hidden", "hide", "invisible"]),
    (Marks::META, &["meta", "count", "counter", "views", "view", "stats", "likes", "rating", "length", "duration"]),
    (
        Marks::LIST,
        &[
            "list", "lists", "listing", "news", "tiles", "tile", "stories", "articles", "posts", "feed", "items",
            "stream", "timeline", "archive", "grid", "results", "blog",
        ],
    ),
];

/// Parts of a class name with its separators taken out.
const COMPOUNDS: &[(Marks, &[&str])] = &[
    (
        Marks::RANK,
        &[
            "mostread",
            "mostview",
            "mostpopular",
            "docnhieu",
            "xemnhieu",
            "topview",
            "topread",
            "toplist",
            "popularpost",
        ],
    ),
    (Marks::SIDE, &["sidebar", "widgetarea", "rightcol", "colright", "sidecol", "subcol"]),
    (Marks::HIDDEN, &["sronly", "visuallyhidden", "screenreader"]),
    (Marks::RELATED, &["tinlienquan", "relatedpost", "relatednews"]),
    (Marks::MORE, &["readmore", "morelink", "loadmore", "xemthem"]),
];

/// The hints in a `class`, `id` or `role`.
pub(super) fn marks(attribute: &str) -> Marks {
    attribute.split_ascii_whitespace().take(64).map(token_marks).fold(Marks::default(), Marks::bitor)
}

fn token_marks(token: &str) -> Marks {
    let (letters, ends) = words(token);
    let mut found = Marks::default();
    let mut start = 0;
    for end in ends {
        found = found | WORD_MARKS.get(&letters[start..end]).copied().unwrap_or_default();
        start = end;
    }
    for (mark, names) in COMPOUNDS {
        if names.iter().any(|name| holds(&letters, name)) {
            found = found | *mark;
        }
    }
    found
}

/// Each word once, with all that it says.
static WORD_MARKS: LazyLock<HashMap<&'static str, Marks>> = LazyLock::new(|| {
    let mut marks = HashMap::new();
    for (mark, words) in WORDS {
        for word in *words {
            let known: &mut Marks = marks.entry(*word).or_default();
            *known = *known | *mark;
        }
    }
    marks
});

/// Whether a short text holds a shorter one: class names are too short for a searcher to pay.
fn holds(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|window| window == part.as_bytes())
}

/// `postTitle-2` → `posttitle`, and where its words `post` and `title` end.
fn words(token: &str) -> (String, Vec<usize>) {
    let (mut letters, mut ends) = (String::with_capacity(token.len()), Vec::with_capacity(4));
    let (mut start, mut was_lower) = (0, false);
    for c in token.chars() {
        let upper = c.is_ascii_uppercase();
        if (!c.is_ascii_alphabetic() || (upper && was_lower)) && letters.len() > start {
            start = letters.len();
            ends.push(start);
        }
        if c.is_ascii_alphabetic() {
            letters.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    if letters.len() > start {
        ends.push(letters.len());
    }
    (letters, ends)
}

/// Headings of boxes that are not the page's list, folded.
const BESIDE_HEADINGS: &[(Marks, &[&str])] = &[
    (
        Marks::RANK,
        &[
            "doc nhieu",
            "xem nhieu",
            "quan tam nhieu",
            "most read",
            "most popular",
            "most viewed",
            "meistgelesen",
            "mas leido",
            "lo mas",
            "plus lus",
            "piu lett",
            "populer",
            "terpopuler",
            "mais lidas",
            "popularne",
        ],
    ),
    (
        Marks::RELATED,
        &["lien quan", "co the ban quan tam", "related", "you may like", "you might also", "recommended", "terkait"],
    ),
    (Marks::AD, &["quang cao", "sponsored", "advertisement", "from the web", "around the web", "promoted", "anzeige"]),
];

/// What a box's heading says of its stories.
pub(super) fn heading_marks(heading: &str) -> Marks {
    let folded = crate::text::fold(heading);
    let mut found = Marks::default();
    if folded.chars().count() > 40 {
        return found;
    }
    for (mark, phrases) in BESIDE_HEADINGS {
        if phrases.iter().any(|phrase| folded.contains(phrase)) {
            found = found | *mark;
        }
    }
    found
}

/// Texts of links that lead on and are no headline, folded.
const MORE_TEXTS: &[&str] = &[
    "read more",
    "more",
    "continue",
    "continue reading",
    "read full",
    "full story",
    "details",
    "view more",
    "view all",
    "see more",
    "see all",
    "load more",
    "xem them",
    "xem tiep",
    "xem tat ca",
    "doc tiep",
    "doc them",
    "chi tiet",
    "xem chi tiet",
    "leer mas",
    "ver mas",
    "lire la suite",
    "en savoir plus",
    "leggi tutto",
    "continua",
    "weiterlesen",
    "mehr",
    "lees meer",
    "les mer",
    "las mer",
    "lue lisaa",
    "czytaj dalej",
    "wiecej",
    "selengkapnya",
    "baca juga",
    "baca selengkapnya",
    "ver mais",
    "leia mais",
    "saiba mais",
    "podrobnee",
    "подробнее",
    "читать далее",
    "далее",
    "続きを読む",
    "記事を読む",
    "もっと見る",
    "详细",
    "更多",
    "更多>>",
    "阅读全文",
    "더보기",
    "devamini oku",
    "devami",
    "tovabb",
    "citeste mai mult",
    "vice",
    "learn more",
    "click here",
];

/// No invitation is longer.
const MOST_INVITATION_LETTERS: usize = 40;

/// The characters of a text that folding surely leaves as one letter or more: it need not be folded to know that it is long.
pub(super) fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    let is_letter = |c: &char| {
        matches!(c, '0'..='9' | 'a'..='z' | 'A'..='Z' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
            || matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{410}'..='\u{44f}' | '\u{1ea0}'..='\u{1ef9}')
    };
    text.chars().filter(is_letter)
}

/// Whether a text is an invitation to read on.
pub(super) fn leads_on(text: &str) -> bool {
    if letters(text).nth(MOST_INVITATION_LETTERS).is_some() {
        return false;
    }
    let folded = crate::text::fold(text);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    !bare.is_empty() && bare.chars().count() <= MOST_INVITATION_LETTERS && MORE_TEXTS.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_names_are_read_by_their_words() {
        assert!(marks("postTitle-2").any(Marks::TITLE));
        assert!(marks("box box-most-read").any(Marks::RANK));
        assert!(marks("entry-summary").any(Marks::SUMMARY));
        assert!(!marks("navel headliner").any(Marks::NAV));
        assert!(!marks("tag-donald").any(Marks::TAGS));
    }

    #[test]
    fn invitations_are_told_from_headlines() {
        assert!(leads_on("Xem thêm »"));
        assert!(leads_on("Leer más..."));
        assert!(!leads_on("Xem thêm một mùa vàng ở Mường La"));
    }
}
