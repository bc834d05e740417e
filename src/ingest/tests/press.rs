//! A paper in a test: articles, the ways in which its feeds and pages show them, and what its editors do to them.

use super::source;
use crate::model::{
    Category, CategorySlug, DateOrigin, Draft, Entry, Kind, Precision, Recipe, Source, SourceId, StatedDate,
};
use crate::normalize::{Context, SiteIdRule, normalize};
use crate::store::{Arrival, Batch};
use crate::text::fold;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use url::Url;

/// SplitMix64: the same numbers for the same seed, whatever the version of anything.
pub(in crate::ingest) struct Dice(u64);

impl Dice {
    pub(in crate::ingest) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(in crate::ingest) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 on, below `end`.
    pub(in crate::ingest) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("below a usize")
    }

    pub(in crate::ingest) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(in crate::ingest) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(in crate::ingest) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// An article as its editors have it now.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ingest) struct Article {
    /// What it is in truth; travels as an author, which recognizes nothing.
    pub(in crate::ingest) truth: String,
    pub(in crate::ingest) title: String,
    pub(in crate::ingest) summary: String,
    pub(in crate::ingest) slug: String,
    pub(in crate::ingest) section: String,
    /// The site's own id.
    pub(in crate::ingest) id: String,
    /// The feed's.
    pub(in crate::ingest) guid: String,
    pub(in crate::ingest) published: DateTime<Utc>,
}

impl Article {
    pub(in crate::ingest) fn new(number: usize, title: &str, summary: &str, published: DateTime<Utc>) -> Self {
        Self {
            truth: format!("bài {number}"),
            title: title.to_owned(),
            summary: summary.to_owned(),
            slug: slug(title),
            section: "xa-hoi".to_owned(),
            id: site_id(number),
            guid: format!("urn:bao:{number}"),
            published,
        }
    }
}

/// Nine letters and digits, as Báo Sơn La has them.
fn site_id(number: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
    let mut dice = Dice::new(number as u64);
    let mut id: String = (0..7).map(|_| char::from(*dice.pick(LETTERS))).collect();
    id.insert(1, 'x');
    id.insert(3, char::from(b'0' + u8::try_from(number % 10).expect("a digit")));
    id
}

pub(in crate::ingest) fn slug(title: &str) -> String {
    let folded = fold(title);
    let words: Vec<&str> = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("-")
}

/// What a feed says as its items' ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Ids {
    /// The feed's own.
    Own,
    /// The article's address.
    Address,
    /// It is a page, and has none.
    Page,
}

/// How a source shows its articles.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct Manner {
    pub(in crate::ingest) ids: Ids,
    pub(in crate::ingest) site_ids: bool,
    pub(in crate::ingest) dated: bool,
}

impl Manner {
    pub(in crate::ingest) fn all() -> impl Iterator<Item = Self> {
        let of_ids = |ids| [(true, true), (true, false), (false, true), (false, false)].map(|(s, d)| (ids, s, d));
        let manners = [Ids::Own, Ids::Address, Ids::Page].into_iter().flat_map(of_ids);
        manners.map(|(ids, site_ids, dated)| Self { ids, site_ids, dated })
    }

    fn kind(self) -> Kind {
        if self.ids == Ids::Page { Kind::Listing } else { Kind::Feed }
    }
}

/// The forms of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Form {
    Plain,
    Http,
    Www,
    Tracked(usize),
}

pub(in crate::ingest) const FORMS: [Form; 5] = [Form::Plain, Form::Http, Form::Www, Form::Tracked(1), Form::Tracked(2)];

pub(in crate::ingest) fn address(article: &Article, site_ids: bool, form: Form) -> Url {
    let (scheme, host, query) = match form {
        Form::Plain => ("https", "bao.vn", String::new()),
        Form::Http => ("http", "bao.vn", String::new()),
        Form::Www => ("https", "www.bao.vn", String::new()),
        Form::Tracked(n) => ("https", "bao.vn", format!("?utm_source=rss{n}&fbclid=F{n}")),
    };
    let id = if site_ids { format!("-{}", article.id) } else { String::new() };
    let Article { section, slug, .. } = article;
    Url::parse(&format!("{scheme}://{host}/{section}/{slug}{id}.html{query}")).expect("an address")
}

/// A section of the paper.
pub(in crate::ingest) fn section(name: &str) -> Source {
    let home = Url::parse("https://bao.vn/").expect("a URL");
    let made = source(home, Recipe::Auto);
    let category = Category { slug: CategorySlug::new(name).expect("a slug"), title: name.to_owned() };
    Source { id: SourceId::new(&made.paper, name).expect("a slug"), category: Some(category), ..made }
}

/// Where the paper's addresses hold its ids, as the daemon learns it from what it has seen.
pub(in crate::ingest) fn rule(articles: &[Article], manner: Manner) -> Option<SiteIdRule> {
    let addresses: Vec<Url> = articles.iter().map(|a| address(a, manner.site_ids, Form::Plain)).collect();
    SiteIdRule::learn(&addresses)
}

/// One article of a document, as it goes into the store.
pub(in crate::ingest) fn draft(
    article: &Article,
    manner: Manner,
    form: Form,
    source: &Source,
    rule: Option<&SiteIdRule>,
    place: usize,
    now: DateTime<Utc>,
) -> Draft {
    let link = address(article, manner.site_ids, form);
    let stated = StatedDate {
        local: article.published.naive_utc(),
        offset: Some(chrono::FixedOffset::east_opt(0).expect("an offset")),
        precision: Precision::Second,
        origin: if manner.ids == Ids::Page { DateOrigin::Text } else { DateOrigin::Feed },
    };
    let entry = Entry {
        id: match manner.ids {
            Ids::Own => Some(article.guid.clone()),
            Ids::Address => Some(link.to_string()),
            Ids::Page => None,
        },
        link: Some(link),
        title: Some(article.title.clone()),
        summary: (!article.summary.is_empty()).then(|| article.summary.clone()),
        authors: vec![article.truth.clone()],
        published: manner.dated.then_some(stated),
        ..Entry::default()
    };
    let context =
        Context { source, kind: manner.kind(), base: &source.url, now, first_sight: now, place, site_id: rule };
    normalize(entry, &context).expect("an article")
}

pub(in crate::ingest) fn batch(source: &Source, drafts: Vec<Draft>, now: DateTime<Utc>) -> Batch {
    Batch {
        source: source.id.clone(),
        paper: source.paper.clone(),
        authority: "bao.vn".to_owned(),
        now,
        poll: None,
        memory: None,
        drafts: Arc::new(drafts),
        coverage: crate::store::Coverage::Whole,
        arrival: Arrival::Ready,
        release: Vec::new(),
        article: None,
        origins: Vec::new(),
        body: None,
        anew: None,
    }
}

/// What editors do to a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ingest) enum TitleEdit {
    None,
    Marked,
    WordAdded,
    WordDropped,
    WordsSwapped,
    Typo,
    Punctuation,
}

pub(in crate::ingest) const TITLE_EDITS: [TitleEdit; 6] = [
    TitleEdit::Marked,
    TitleEdit::WordAdded,
    TitleEdit::WordDropped,
    TitleEdit::WordsSwapped,
    TitleEdit::Typo,
    TitleEdit::Punctuation,
];

pub(in crate::ingest) fn edited_title(article: &Article, edit: TitleEdit, dice: &mut Dice) -> String {
    let mut words: Vec<String> = article.title.split_whitespace().map(str::to_owned).collect();
    let at = dice.below(words.len());
    match edit {
        TitleEdit::None => {}
        TitleEdit::Marked => words.push((*dice.pick(&["(bổ sung)", "(cập nhật)", "(có video)"])).to_owned()),
        TitleEdit::WordAdded => {
            let of_text: Vec<&str> = article.summary.split_whitespace().filter(|w| is_word(w)).collect();
            let word = if of_text.is_empty() { "vừa" } else { *dice.pick(&of_text) };
            words.insert(at, word.to_owned());
        }
        TitleEdit::WordDropped => {
            // a number is what an article is about, not how it is said
            let plain: Vec<usize> = (0..words.len()).filter(|at| is_word(&words[*at])).collect();
            if words.len() > 4 && !plain.is_empty() {
                words.remove(*dice.pick(&plain));
            }
        }
        TitleEdit::WordsSwapped => {
            let next = (at + 1).min(words.len() - 1);
            words.swap(at, next);
        }
        TitleEdit::Typo => {
            let plain: Vec<usize> = (0..words.len()).filter(|at| is_word(&words[*at])).collect();
            if let Some(at) = (!plain.is_empty()).then(|| *dice.pick(&plain)) {
                let last = words[at].chars().last().expect("a letter");
                words[at].push(last);
            }
        }
        TitleEdit::Punctuation => words[at].push_str(if dice.chance(50) { "," } else { " -" }),
    }
    words.join(" ")
}

/// A word of letters, of more than two.
fn is_word(word: &str) -> bool {
    word.chars().all(char::is_alphabetic) && word.chars().count() > 2
}

/// What editors do to a teaser: its end goes, a sentence comes, or a letter is put right.
pub(in crate::ingest) fn edited_summary(summary: &str, dice: &mut Dice) -> String {
    let mut words: Vec<&str> = summary.split_whitespace().collect();
    match dice.below(3) {
        0 if words.len() > 20 => words.truncate(words.len() - 4),
        1 => words.extend("Chúng tôi tiếp tục cập nhật.".split(' ')),
        _ => {
            let at = dice.below(words.len());
            words[at] = "vẫn";
        }
    }
    words.join(" ")
}
