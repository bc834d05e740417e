//! Which elements of a page are not its article: the site's frame, other articles, readers' comments, things to click.

use crate::extract::dom::{self, Node};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The words of an element's class and id, in lower case: `articleShare-box` is article, share, box.
pub(super) fn words(node: &Node<'_>) -> Vec<String> {
    const MOST: usize = 60;
    let mut words = Vec::new();
    for value in ["class", "id", "data-testid", "data-component"].iter().filter_map(|name| dom::attr(node, name)) {
        let mut word = String::new();
        let mut last_lower = false;
        for c in value.chars().take(500) {
            let starts = c.is_uppercase() && last_lower;
            if (!c.is_alphanumeric() || starts) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            }
            last_lower = c.is_lowercase();
        }
        if !word.is_empty() {
            words.push(word);
        }
        words.truncate(MOST);
    }
    words
}

/// The site's frame: navigation, foot, side columns.
pub(super) fn is_frame(node: &Node<'_>) -> bool {
    const ROLES: &[&str] =
        &["navigation", "menu", "menubar", "contentinfo", "search", "dialog", "alertdialog", "toolbar"];
    let name = node.node_name().unwrap_or_default();
    let outside = || dom::closest(node, &["article", "main"]).is_none();
    matches!(&*name, "nav" | "dialog" | "menu")
        || &*name == "footer" && outside()
        || &*name == "header" && outside() && !holds_article(node)
        || dom::attr(node, "role").is_some_and(|role| ROLES.contains(&role.as_str()))
}

/// A part that only a whole page has.
pub(super) fn is_site_part(node: &Node<'_>) -> bool {
    let named = || words(node).iter().any(|word| word == "footer" || word == "menu");
    node.is_element() && (is_frame(node) || node.has_name("footer") || named())
}

/// Things that speak of other articles or come from readers.
pub(super) fn is_about_others(node: &Node<'_>) -> bool {
    if matches!(&*node.node_name().unwrap_or_default(), "body" | "html" | "main" | "article" | "time" | "h1") {
        return false;
    }
    let words = words(node);
    let dated = words.iter().any(|word| word == "date" || word == "publish");
    let named = words.iter().any(|word| OTHERS_WORDS.contains(word.as_str())) || says_pair(&words, OTHERS_PAIRS);
    !dated && named && !holds_article(node)
}

/// Whether the heading is below a node: then its class speaks of the layout.
fn holds_article(node: &Node<'_>) -> bool {
    node.descendants_it().any(|below| below.has_name("h1"))
}

/// Boxes that are never part of an article's text.
pub(super) fn is_box(node: &Node<'_>) -> bool {
    let words = words(node);
    let named = words.iter().any(|word| BOX_WORDS.contains(word.as_str()));
    named || says_pair(&words, BOX_PAIRS) || says_pair(&words, OTHERS_PAIRS)
}

fn says_pair(words: &[String], pairs: &[(&str, &str)]) -> bool {
    words.windows(2).any(|pair| pairs.iter().any(|(one, two)| pair[0] == *one && pair[1] == *two))
}

/// Names of boxes with other articles or readers' comments, of two words.
const OTHERS_PAIRS: &[(&str, &str)] = &[
    ("most", "read"),
    ("read", "more"),
    ("read", "next"),
    ("also", "read"),
    ("see", "also"),
    ("more", "from"),
    ("up", "next"),
    ("tin", "lien"),
    ("tin", "moi"),
    ("binh", "luan"),
    ("lien", "quan"),
    ("xem", "them"),
    ("doc", "nhieu"),
    ("xem", "nhieu"),
    ("top", "stories"),
    ("more", "stories"),
];

/// Names of boxes, of two words.
const BOX_PAIRS: &[(&str, &str)] = &[
    // WordPress' own block for lists of articles
    ("block", "query"),
    ("prev", "next"),
    ("author", "bio"),
    ("author", "box"),
    ("about", "author"),
    ("post", "meta"),
    ("entry", "meta"),
    ("article", "meta"),
    ("post", "navigation"),
    ("site", "header"),
    ("page", "header"),
    ("tag", "list"),
    ("article", "tags"),
    ("post", "tags"),
    ("entry", "footer"),
    ("article", "footer"),
    ("post", "footer"),
    ("article", "actions"),
    ("article", "tools"),
    ("call", "action"),
    ("font", "size"),
    ("audio", "player"),
    ("text", "speech"),
    ("sr", "only"),
    ("visually", "hidden"),
];

/// Names of boxes with other articles or readers' comments, and of the frame.
static OTHERS_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "related relatedposts recommended recommendations recommendation comment comments commentlist respond disqus \
     mostread mostpopular popular trending sidebar outbrain taboola binhluan lienquan teaser teasers kommentare \
     commentaires comentarios footer breadcrumb breadcrumbs navigation nav menu"
        .split(' ')
        .collect()
});

/// Names of boxes that are never part of an article's text.
static BOX_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "nav navbar navigation menu submenu breadcrumb breadcrumbs sidebar footer share sharing sharebar shares social \
     socials addthis sharethis sharedaddy related relatedposts relateds comment comments commentlist commentform \
     respond disqus newsletter newsletters subscribe subscription advert adverts advertisement advertising ad ads \
     adsbygoogle sponsor sponsored banner promo promotion recommended recommendation recommendations recirculation \
     recirc mostread mostpopular popular trending toolbar cookie cookies consent gdpr modal popup overlay outbrain \
     taboola pagination pager paginate login signup signin rating ratings tags taglist tagcloud keywords topics \
     skip binhluan lienquan tinlienquan tinmoi readmore seealso widget widgets masthead hidden print noprint \
     screen-reader offscreen donate donation signoff authorbio bio disclaimer teaser teasers playlist copyright"
        .split(' ')
        .collect()
});
