//! What a page says of its article in machine-readable words: meta tags, and the JSON-LD or microdata object that is it.

use crate::extract::dom::{self, Node, Page};
use crate::extract::structured_data::{self, ARTICLE_TYPES, JsonLd, Object};
use crate::text;
use chrono::{DateTime, Utc};
use url::Url;

/// A page's `<meta>` tags: key (`property`, `name` or `itemprop`, in lower case) and content, in document order.
#[derive(Debug, Default)]
pub(super) struct Metas(Vec<(String, String)>);

impl Metas {
    pub(super) fn of(page: &Page) -> Self {
        const MOST: usize = 2000;
        let mut found = Vec::new();
        for meta in dom::elements(page, "meta").iter().take(MOST) {
            let Some(content) = dom::attr(meta, "content").map(|content| text::clean_line(&content)) else { continue };
            for key in ["property", "name", "itemprop"].iter().filter_map(|name| dom::attr(meta, name)) {
                if !content.is_empty() {
                    found.push((key.to_lowercase(), content.clone()));
                }
            }
        }
        Self(found)
    }

    /// The content of the first of these keys that is there.
    pub(super) fn first(&self, keys: &[&str]) -> Option<&str> {
        let of = |key: &str| self.0.iter().find(|(known, _)| known == key).map(|(_, content)| content.as_str());
        keys.iter().find_map(|key| of(key))
    }

    /// All contents of one key.
    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == key).map(|(_, content)| content.as_str())
    }
}

/// The machine-readable part of a page.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) base: Url,
    pub(super) page_url: Url,
    pub(super) canonical: Option<Url>,
    pub(super) language: Option<String>,
    pub(super) metas: Metas,
    /// The text of `<title>`.
    pub(super) head_title: Option<String>,
    /// The object that describes the article.
    pub(super) article: Option<Object>,
    /// All other objects of the page.
    pub(super) others: Vec<Object>,
    pub(super) now: DateTime<Utc>,
}

impl Facts {
    pub(super) fn of(page: &Page, page_url: &Url, now: DateTime<Utc>) -> Self {
        let base = dom::base_url(page, page_url);
        let metas = Metas::of(page);
        let head_title = dom::elements(page, "title")
            .iter()
            .find(|title| dom::closest(title, &["svg", "symbol"]).is_none())
            .map(|title| text::clean_line(&title.text()))
            .filter(|title| !title.is_empty());
        let canonical = canonical(page, &base);
        let mut objects: Vec<Object> = JsonLd::of(page).objects().into_iter().cloned().collect();
        objects.extend(structured_data::microdata(page, &base));
        let stated = metas.first(&["og:title", "twitter:title"]).map(str::to_owned).or_else(|| head_title.clone());
        let addresses: Vec<&Url> = canonical.iter().chain([page_url]).collect();
        let place = main_object(&objects, stated.as_deref(), &addresses, &base);
        let article = place.map(|place| objects.remove(place));
        let language = dom::language(page)
            .or_else(|| article.as_ref().and_then(|object| structured_data::text(object, "inLanguage")))
            .or_else(|| metas.first(&["og:locale"]).map(|locale| locale.replace('_', "-")))
            .filter(|tag| tag.len() <= 35);
        Self { base, page_url: page_url.clone(), canonical, language, metas, head_title, article, others: objects, now }
    }

    /// A property of the article's object as one line.
    pub(super) fn article_line(&self, property: &str) -> Option<String> {
        structured_data::text(self.article.as_ref()?, property)
    }

    /// A property of the article's object as it stands there.
    pub(super) fn article_text(&self, property: &str) -> Option<String> {
        let text = structured_data::each(self.article.as_ref()?, property).first()?.as_str()?;
        (!text.trim().is_empty()).then(|| text.to_owned())
    }

    /// What the page says that the article is about, in its own words.
    pub(super) fn descriptions(&self) -> Vec<String> {
        let metas =
            ["og:description", "description", "twitter:description"].iter().filter_map(|key| self.metas.first(&[key]));
        metas.map(dom::fragment_line).chain(self.article_line("description")).collect()
    }

    /// Whether a link leads to another article: "3 comments", "top of the page" and an author's name do not.
    pub(super) fn leads_elsewhere(&self, link: &Node<'_>) -> bool {
        const RELATIONS: &[&str] = &["author", "tag", "category"];
        if dom::attr(link, "rel").is_some_and(|rel| rel.split_whitespace().any(|word| RELATIONS.contains(&word))) {
            return false;
        }
        let Some(url) = dom::attr(link, "href").and_then(|address| dom::resolve(&self.base, &address)) else {
            return false;
        };
        !self.canonical.iter().chain([&self.page_url]).any(|own| same_page(&url, own))
    }

    /// The article's address: the page's own, where it has one.
    pub(super) fn link(&self, page_url: &Url) -> Option<Url> {
        let nowhere = page_url.host_str().is_none_or(|host| host.ends_with(".invalid"));
        let stated = || self.metas.first(&["og:url"]).and_then(|address| dom::resolve(&self.base, address));
        if nowhere { self.canonical.clone().or_else(stated) } else { Some(page_url.clone()) }
    }
}

fn canonical(page: &Page, base: &Url) -> Option<Url> {
    let links = dom::elements(page, "link");
    let is_canonical = |rel: String| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical"));
    let link = links.iter().find(|link| dom::attr(link, "rel").is_some_and(is_canonical))?;
    dom::resolve(base, &dom::attr(link, "href")?)
}

/// Which object describes the page's article: of the right type, with the page's title or address, or the only one.
fn main_object(objects: &[Object], title: Option<&str>, addresses: &[&Url], base: &Url) -> Option<usize> {
    let of_type = |object: &Object| structured_data::is_a(object, ARTICLE_TYPES);
    let articles = objects.iter().filter(|object| of_type(object)).count();
    let rated = objects.iter().enumerate().filter_map(|(place, object)| {
        let is_article = of_type(object);
        if !is_article && !structured_data::is_a(object, &["WebPage", "VideoObject", "NewsVideo", "CreativeWork"]) {
            return None;
        }
        let headline = structured_data::text(object, "headline").or_else(|| structured_data::text(object, "name"));
        let same_title = headline.zip(title).is_some_and(|(one, other)| alike(&one, other));
        let same_address = ["url", "mainEntityOfPage", "@id"].iter().any(|property| {
            let url = structured_data::url(object, property, base);
            url.is_some_and(|url| addresses.iter().any(|address| same_page(&url, address)))
        });
        let alone = is_article && articles == 1;
        let stated = ["datePublished", "articleBody", "author"].iter().filter(|key| object.contains_key(**key)).count();
        let identity = 4 * usize::from(same_title) + 3 * usize::from(same_address) + 2 * usize::from(alone);
        let weight = if is_article { 10 } else { 0 };
        (identity > 0 && (is_article || stated > 0)).then_some((weight + identity + stated, place))
    });
    // the first of equals
    rated.max_by_key(|(score, place)| (*score, usize::MAX - place)).map(|(_, place)| place)
}

/// Whether two titles are one, or one is the other with the site's name beside it.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (letters(one), letters(other));
    let shorter = one.len().min(other.len());
    shorter > 0 && (one == other || shorter >= 10 && (one.contains(&other) || other.contains(&one)))
}

/// Letters and digits alone, folded.
pub(super) fn letters(title: &str) -> String {
    text::fold(title).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether two addresses are of one page: query and fragment aside.
fn same_page(one: &Url, other: &Url) -> bool {
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let host = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    host(one) == host(other) && path(one) == path(other) && !path(one).is_empty()
}
