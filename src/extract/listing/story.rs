//! One story's facts from its block.

use super::blocks::Block;
use super::chunk::{self, Chunk, Run, units};
use super::links::{self, Links};
use super::outline::Outline;
use super::vocabulary::{self, Marks};
use crate::extract::explain::Trace;
use crate::extract::{date, dom};
use crate::model::{DateOrigin, Entry, StatedDate};
use crate::text;
use chrono::{DateTime, Utc};
use url::Url;

/// A shorter text is no teaser.
const LEAST_TEASER_UNITS: f32 = 24.0;
/// A longer teaser is cut: it is the article itself.
const MOST_TEASER_CHARS: usize = 2_000;
/// Most parts of a block that are read.
const MOST_PARTS: usize = 5_000;

/// A longer text is no date.
const MOST_DATE_CHARS: usize = 80;
/// Most category labels of one story.
const MOST_LABELS: usize = 8;
/// What stands in these is no category.
const NO_LABEL: Marks =
    Marks::AUTHOR.and(Marks::DATE).and(Marks::META).and(Marks::COMMENT).and(Marks::SOCIAL).and(Marks::TAGS);

/// What all stories of a page are read with.
#[derive(Debug)]
pub(super) struct Reader<'o, 'a> {
    /// The page.
    pub(super) outline: &'o Outline<'a>,
    /// Its links.
    pub(super) links: &'o Links,
    /// The base of relative addresses.
    pub(super) base: &'o Url,
    /// When the page was fetched.
    pub(super) now: DateTime<Utc>,
    /// The page's language, which says whether a short date begins with the month.
    pub(super) language: Option<&'o str>,
    /// Names of the paper's sections, folded, in order.
    pub(super) sections: &'o [String],
    /// Where it is written down why.
    pub(super) trace: Trace,
}

/// Facts of a story that somebody else states: they are not looked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stated {
    /// Its teaser.
    pub(super) summary: bool,
    /// Its labels.
    pub(super) categories: bool,
    /// Its date.
    pub(super) published: bool,
    /// Its picture.
    pub(super) image: bool,
}

impl Reader<'_, '_> {
    /// Reads a story.
    pub(super) fn entry(&self, block: &Block) -> Entry {
        self.entry_beside(block, Stated::default())
    }

    /// Reads of a story what nobody else states.
    pub(super) fn entry_beside(&self, block: &Block, stated: Stated) -> Entry {
        let link = &self.links.links[block.link];
        let end = block.end.min(block.start + MOST_PARTS);
        let mut holes = block.holes.clone();
        holes.extend(link.headline.as_ref().map(|headline| (headline.start, headline.end)));
        holes.sort_unstable();
        let anchor = link.headline.as_ref().map_or(link.place, |headline| headline.start);
        let attribute = self.outline.parts[link.place].attr("title");
        let title = link.headline.as_ref().map(|headline| links::whole(&headline.text, attribute));
        let title = title.unwrap_or_default();
        let lines = if stated.summary && stated.published && stated.categories {
            Vec::new()
        } else {
            chunk::chunks(self.outline, (block.start, end), &holes, Some(anchor))
        };
        let mut facts = Facts { block, title: &title, title_folded: text::fold(&title), lines };
        let categories = self.categories(&mut facts);
        let published = if stated.published { None } else { self.published(block, end, &facts) };
        facts.lines.iter_mut().for_each(Chunk::keep_teaser);
        let picture = if stated.image { None } else { self.image(block, end) };
        Entry {
            link: Some(link.url.clone()),
            summary: if stated.summary { None } else { self.summary(&facts) },
            authors: self.authors(block, end),
            image_size: picture.as_ref().and_then(|p| p.size),
            image: picture.map(|p| p.url),
            categories,
            published,
            title: (!title.is_empty()).then_some(title),
            ..Entry::default()
        }
    }

    /// The places of a block that are its own.
    fn own(&self, block: &Block, end: usize) -> impl Iterator<Item = usize> {
        let mut holes = block.holes.clone();
        holes.sort_unstable();
        let mut holes = holes.into_iter().peekable();
        let mut next = block.start;
        std::iter::from_fn(move || {
            while holes.next_if(|(_, until)| *until <= next).is_some() {}
            while let Some((_, until)) = holes.next_if(|(from, _)| *from <= next) {
                next = next.max(until);
            }
            let place = next;
            next += 1;
            (place < end).then_some(place)
        })
    }

    fn is_other(&self, block: &Block, link: usize) -> bool {
        self.links.target_at(link) != Some(block.target)
    }

    fn prop(&self, place: usize) -> Option<&str> {
        self.outline.parts[place].attr("itemprop")
    }

    /// Labels: links and elements that are named so, "Xã hội -" at the head of a line. What is taken leaves the lines.
    fn categories(&self, facts: &mut Facts<'_>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut add = |label: String| {
            if !found.contains(&label) && found.len() < MOST_LABELS {
                found.push(label);
            }
        };
        for line in &mut facts.lines {
            let runs: Vec<Run> = std::mem::take(&mut line.runs).into_iter().flat_map(Run::parts).collect();
            let (mut at_head, count) = (true, runs.len());
            for mut run in runs {
                if let Some(label) = self.label(line.marks, &run, at_head, facts.block) {
                    add(label);
                    continue;
                }
                if at_head && let Some((label, rest)) = self.prefix(&run.text) {
                    add(label);
                    run.cut(&rest);
                }
                at_head &= !run.text.chars().any(char::is_alphanumeric);
                line.runs.push(run);
            }
            if line.runs.len() != count || line.text.contains(is_bar) || !at_head {
                line.settle();
            }
        }
        found
    }

    /// The label that a run is.
    fn label(&self, line: Marks, run: &Run, at_head: bool, block: &Block) -> Option<String> {
        let bare = run.text.trim_matches(is_separator).trim();
        let length = bare.chars().count();
        if !(2..=48).contains(&length) || chunk::is_dated(bare) || vocabulary::leads_on(bare) {
            return None;
        }
        let rel = run.link.and_then(|link| self.outline.parts[link].attr("rel"));
        let is_rel = rel.is_some_and(|rel| rel.split_whitespace().any(|r| r == "category"));
        let marks = line | run.marks;
        let is_person = run.marks.any(NO_LABEL) || line.any(NO_LABEL) && !marks.any(Marks::CATEGORY);
        let is_known = self.is_section(bare);
        let ends_in_dash = run.text.trim_end().ends_with(['-', '–', '—', '|', ':']) && run.element.is_some() && at_head;
        let leads_up = run.link.is_some_and(|link| self.is_other(block, link) && self.leads_up(link, block));
        let is_marked = marks.any(Marks::CATEGORY) && !marks.any(Marks::SUMMARY | Marks::TITLE) && units(bare) < 40.0;
        let is_label = is_rel
            || (!is_person
                && (is_known
                    && (run.link.is_some_and(|link| self.is_other(block, link))
                        || run.link.is_none() && run.element.is_some())
                    || ends_in_dash
                    || leads_up
                    || is_marked));
        is_label.then(|| bare.to_owned())
    }

    fn is_section(&self, label: &str) -> bool {
        self.sections.binary_search(&text::fold(label)).is_ok()
    }

    /// Whether a link leads to what holds the story: `/xa-hoi/` of `/xa-hoi/cho-phien.html`, or to a category's page.
    fn leads_up(&self, link: usize, block: &Block) -> bool {
        let Some(target) = self.links.target_at(link) else { return false };
        let (label, story) = (&self.links.targets[target].url, &self.links.targets[block.target].url);
        let stem =
            |url: &Url| url.path().trim_end_matches('/').trim_end_matches(".html").trim_end_matches(".htm").to_owned();
        let path = stem(label);
        let is_category = ["/category/", "/categoria/", "/chuyen-muc/", "/danh-muc/", "/section/", "/rubrik/"];
        !path.is_empty() && stem(story).starts_with(&format!("{path}/")) && label.host_str() == story.host_str()
            || is_category.iter().any(|part| label.path().contains(part))
    }

    /// "Xã hội - Những ngày này …" where the paper has a section of that name.
    fn prefix(&self, line: &str) -> Option<(String, String)> {
        for separator in [" - ", " – ", " — ", " | "] {
            let mut from = 0;
            while let Some(at) = line.get(from..)?.find(separator).map(|at| at + from) {
                let (label, rest) = (&line[..at], &line[at + separator.len()..]);
                if label.chars().count() > 48 {
                    break;
                }
                if self.is_section(label) {
                    return Some((label.to_owned(), rest.trim().to_owned()));
                }
                from = at + separator.len();
            }
        }
        None
    }

    /// Reads a date; without a year it begins with the month in East Asia.
    fn date(&self, stated: &str, origin: DateOrigin) -> Option<StatedDate> {
        let stated = stated.trim();
        let is_month_first = self.language.is_some_and(|language| {
            ["ko", "ja", "zh"].contains(&language.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str())
        });
        match day_first(stated).filter(|_| is_month_first) {
            Some(turned) => date::parse(&turned, origin, self.now),
            None => date::parse(stated, origin, self.now),
        }
    }

    /// The date that one element states.
    pub(super) fn date_of(&self, node: &dom::Node<'_>) -> Option<StatedDate> {
        let read = |stated: &str, origin| self.date(stated, origin);
        let attributes = ["datetime", "content", "data-time", "data-timestamp", "title"];
        let element = dom::Element::of(node);
        let stated = element.and_then(|e| attributes.iter().find_map(|name| read(e.attr(name)?, DateOrigin::Metadata)));
        stated.or_else(|| read(&dom::line(node), DateOrigin::Text))
    }

    fn published(&self, block: &Block, end: usize, facts: &Facts<'_>) -> Option<StatedDate> {
        let read = |stated: &str, origin| self.date(stated, origin);
        let mut found = None;
        for place in self.own(block, end) {
            let part = &self.outline.parts[place];
            if part.is_text() || found.is_some() {
                continue;
            }
            let is_named = self.prop(place).is_some_and(|p| matches!(p, "datePublished" | "dateCreated"));
            if part.tag == "time" || is_named {
                found = self.date_of(&part.node);
            } else if part.marks.any(Marks::DATE) {
                found = read(&self.outline.line(place, part.end.min(place + 40)), DateOrigin::Text);
            }
        }
        for line in &facts.lines {
            if found.is_none() {
                let short = |text: &str| text.chars().count() <= MOST_DATE_CHARS;
                let own = line.runs.iter().filter(|run| run.element.is_some() && short(&run.text));
                let whole = || short(&line.text).then(|| read(&line.text, DateOrigin::Text)).flatten();
                found = own.filter_map(|run| read(&run.text, DateOrigin::Text)).next().or_else(whole);
            }
        }
        found
    }

    fn authors(&self, block: &Block, end: usize) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for place in self.own(block, end) {
            let part = &self.outline.parts[place];
            let is_author = part.marks.any(Marks::AUTHOR)
                || self.prop(place) == Some("author")
                || part.attr("rel") == Some("author");
            if part.is_text() || !is_author || place == block.start || part.end - place > 24 {
                continue;
            }
            let line = self.outline.line(place, part.end);
            let name = without_by(&line).to_owned();
            let length = name.chars().count();
            if (3..=60).contains(&length)
                && !name.bytes().any(|b| b.is_ascii_digit())
                && !found.iter().any(|f| f.contains(&name) || name.contains(f.as_str()))
            {
                found.push(name);
            }
        }
        found.truncate(8);
        found
    }

    fn image(&self, block: &Block, end: usize) -> Option<dom::Picture> {
        let mut others = Vec::new();
        for place in self.own(block, end) {
            let part = &self.outline.parts[place];
            if !part.may_show_picture() || part.marks.any(Marks::AUTHOR | Marks::SOCIAL) {
                continue;
            }
            if !matches!(part.tag.as_str(), "img" | "amp-img" | "video") {
                others.push(place);
            } else if let Some(picture) = part.picture(self.base).filter(|picture| !is_icon(picture)) {
                return Some(picture);
            }
        }
        others.iter().find_map(|place| self.outline.parts[*place].picture(self.base)).or_else(|| {
            let node = &self.outline.parts[block.start].node;
            if block.holes.is_empty() { dom::first_picture(node, self.base) } else { None }
        })
    }

    /// The teaser: the line that is named so, else the longest that is about nothing but the story.
    fn summary(&self, facts: &Facts<'_>) -> Option<String> {
        let fits = |line: &&Chunk| self.is_teaser(line, facts);
        let mut best: Option<(&Chunk, f32)> = None;
        for line in facts.lines.iter().filter(fits) {
            let named = if line.marks.any(Marks::SUMMARY) { 200.0 } else { 0.0 };
            let paragraph = if self.outline.parts[line.block].tag == "p" { 30.0 } else { 0.0 };
            let score = units(&line.text).min(300.0) + named + paragraph;
            if best.is_none_or(|(_, known)| score > known) {
                best = Some((line, score));
            }
        }
        let summary = best.map(|(line, _)| line.text.clone())?;
        let summary = text::without_agency(without_more(&summary));
        Some(text::truncate(summary, MOST_TEASER_CHARS))
    }

    fn is_teaser(&self, line: &Chunk, facts: &Facts<'_>) -> bool {
        let length = units(&line.text);
        let least = if line.marks.any(Marks::SUMMARY) { LEAST_TEASER_UNITS / 2.0 } else { LEAST_TEASER_UNITS };
        if length < least || line.marks.any(Marks::ABOUT) && !line.marks.any(Marks::SUMMARY) {
            return false;
        }
        let repeats_title = facts.title_repeats(&line.text);
        let is_elsewhere = line.linked_percent(|link| self.is_other(facts.block, link)) > 50;
        let words = line.text.split_whitespace().count();
        // scripts without spaces have no words to count
        let chars = line.text.chars().count();
        let is_label = words < 4 && length < 40.0 && (chars <= 12 || line.text.is_ascii());
        !repeats_title
            && !is_elsewhere
            && !is_label
            && !chunk::is_dated(&line.text)
            && !vocabulary::leads_on(&line.text)
    }
}

impl Chunk {
    /// Leaves dates, names, counts and buttons out of a line.
    fn keep_teaser(&mut self) {
        let before = self.runs.len();
        self.runs.retain(|run| {
            let is_about = run.marks.any(Marks::ABOUT) && !run.marks.any(Marks::SUMMARY) && units(&run.text) < 80.0;
            !(is_about || run.element.is_some() && chunk::is_dated(&run.text))
        });
        if self.runs.len() != before {
            self.settle();
        }
    }

    /// Makes the text anew from the runs.
    fn settle(&mut self) {
        self.text =
            Self::text_of(&self.runs).trim_start_matches(is_separator).trim_end_matches(is_bar).trim().to_owned();
    }
}

/// A story's lines while they are read.
struct Facts<'b> {
    block: &'b Block,
    title: &'b str,
    title_folded: String,
    lines: Vec<Chunk>,
}

impl Facts<'_> {
    /// Whether a line is the title once more, or its beginning.
    fn title_repeats(&self, line: &str) -> bool {
        let begins = |text: &str| {
            let folded = text::fold(text);
            folded == self.title_folded || self.title_folded.starts_with(folded.trim_end_matches(['.', '…', ' ']))
        };
        // most lines are told by their first word
        line.find(' ').is_none_or(|at| begins(&line[..at])) && begins(line)
    }
}

impl std::fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts({:?}, {} lines)", self.title, self.lines.len())
    }
}

/// A label without the dash behind it.
pub(super) fn bare_label(label: &str) -> &str {
    label.trim_matches(is_separator).trim()
}

/// "12-01 23:26" with its day and month exchanged; `None` where it is no such date.
fn day_first(stated: &str) -> Option<String> {
    let (date, clock) = stated.split_once(' ').unwrap_or((stated, ""));
    let (month, day) = date.split_once(['-', '/', '.'])?;
    let is_number = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(month) && is_number(day)).then(|| format!("{day}-{month} {clock}").trim_end().to_owned())
}

fn is_bar(c: char) -> bool {
    matches!(c, '|' | '•' | '·')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '–' | '—' | '|' | ':' | '•' | '·' | '/' | '»' | '>' | ',')
}

fn is_icon(picture: &dom::Picture) -> bool {
    picture.size.is_some_and(|(width, height)| width < 40 && height < 40) || is_icon_name(picture.url.path())
}

fn is_icon_name(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or_default();
    if file.ends_with(".svg") {
        return true;
    }
    let words = ["ico-", "ico_", "icon", "logo", "arrow", "avatar", "btn", "button"];
    words.iter().any(|word| file.starts_with(word))
        || ["avatar", "/icons/", "/emoji/"].iter().any(|part| path.contains(part))
}

fn without_by(line: &str) -> &str {
    let lower = line.to_lowercase();
    for prefix in ["by ", "von ", "por ", "par ", "di ", "oleh ", "bởi ", "theo ", "tác giả: ", "author: "] {
        if lower.starts_with(prefix)
            && let Some(rest) = line.get(prefix.len()..)
        {
            return rest.trim();
        }
    }
    line
}

/// Cuts an invitation to read on from a teaser's end.
fn without_more(summary: &str) -> &str {
    let Some(cut) = summary.rfind(['.', '…', ']', '!', '?', ')']) else { return summary };
    let tail_from = cut + summary[cut..].chars().next().map_or(1, char::len_utf8);
    let tail = &summary[tail_from..];
    if vocabulary::leads_on(tail) { summary[..tail_from].trim_end() } else { summary }
}
