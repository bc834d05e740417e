//! What the configuration chooses: `[[channel]]`, over all papers.

use super::super::Paper;
use super::super::channel::ChannelTable;
use super::super::error::Problem;
use super::super::place::{Place as Written, Text};
use super::super::schema::nearest;
use super::super::value::{self, Refusal};
use super::{Lowering, paper, title};
use crate::model::{ChannelName, InvalidPattern, LONGEST_PATTERN, Only, Place, Selection, WordPattern};
use crate::publish::ChannelSettings;
use crate::text;
use std::collections::HashMap;

/// Patterns of one channel.
const MOST_PATTERNS: usize = 50;
/// Categories, over all papers, of one channel: each is a walk of its own through the store.
const MOST_PLACES: usize = 200;
/// What a regular expression is written with beside words.
const SYNTAX: &str = "\\.+*?()|[]{}^$";

/// Lowers all channels; `papers` are those that there are.
pub(super) fn channels(lowering: Lowering<'_>, tables: &[ChannelTable], papers: &[Paper]) -> Vec<ChannelSettings> {
    let mut first: HashMap<&str, Written> = HashMap::new();
    for id in tables.iter().filter_map(|table| table.id.as_ref()) {
        if let Some(earlier) = first.insert(&id.value, id.place) {
            let position = lowering.report.position(earlier);
            lowering.report.problem(
                Problem::at(id.place, format!("two channels have the id `{}`", text::log_safe(&id.value)))
                    .label(format!("first given at {position}"))
                    .help("give one of them another id"),
            );
        }
    }
    tables.iter().map(|table| channel(lowering, table, papers)).collect()
}

fn channel(lowering: Lowering<'_>, table: &ChannelTable, papers: &[Paper]) -> ChannelSettings {
    let name = lowering.value(table.id.as_ref(), name);
    for (key, texts) in [("papers", &table.papers), ("categories", &table.categories), ("words", &table.words)] {
        if texts.as_ref().is_some_and(Vec::is_empty) {
            lowering.report.problem(
                Problem::at(table.place, format!("`{key}` of a channel is empty, so nothing would ever stand in it"))
                    .help(format!("name some, or leave `{key}` out: then all are meant")),
            );
        }
    }
    let papers = papers_named(lowering, table.papers.as_deref(), papers);
    let is_set = |flag: &Option<super::super::place::Written<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    ChannelSettings {
        name: name.unwrap_or_else(|| ChannelName::new("unnamed").expect("a slug")),
        title: lowering.value(table.title.as_ref(), title).unwrap_or_default(),
        selection: Selection {
            places: places(lowering, table, &papers),
            only: Only {
                words: words(lowering, table),
                series: is_set(&table.series),
                newest: is_set(&table.newest_only),
            },
            limit: lowering.number(table.item_limit.as_ref(), 1..=10_000, paper::ITEM_LIMIT),
        },
    }
}

/// A channel's id: the last part of its feeds' addresses.
fn name(text: &str) -> Result<ChannelName, Refusal> {
    ChannelName::new(text).or_else(|_| {
        let like = text::slug(text).unwrap_or_else(|| "thoi-tiet".to_owned());
        value::refuse("is no id: 1 to 64 of the characters a-z, 0-9 and -", format!("write it like \"{like}\""))
    })
}

/// The papers with these ids; all of them where none is named.
pub(super) fn papers_named<'a>(lowering: Lowering<'_>, named: Option<&[Text]>, papers: &'a [Paper]) -> Vec<&'a Paper> {
    let Some(named) = named else { return papers.iter().collect() };
    for written in named.iter().filter(|written| papers.iter().all(|paper| paper.id.as_str() != written.value)) {
        let near = nearest(&written.value, papers.iter().map(|paper| paper.id.as_str()));
        let unknown = format!("`papers` names `{}`, which is no paper's id", text::log_safe(&written.value));
        let problem = Problem::at(written.place, unknown).label("there is no such [[paper]]");
        lowering.report.problem(problem.help(match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write the `id` of a [[paper]], or leave `papers` out for all of them".to_owned(),
        }));
    }
    papers.iter().filter(|paper| named.iter().any(|written| written.value == paper.id.as_str())).collect()
}

/// The categories where they are named, of each paper that has them or may have them by its items' labels; else the papers.
fn places(lowering: Lowering<'_>, table: &ChannelTable, papers: &[&Paper]) -> Vec<Place> {
    let all = |paper: &&Paper| Place { paper: paper.id.clone(), category: None };
    let Some(named) = &table.categories else { return papers.iter().map(all).collect() };
    let mut places: Vec<Place> = Vec::new();
    for written in named {
        let Some(slug) = lowering.value(Some(written), super::section::category_slug) else { continue };
        let having = papers.iter().filter(|paper| may_have(paper, slug.as_str()));
        let found: Vec<Place> =
            having.map(|paper| Place { paper: paper.id.clone(), category: Some(slug.clone()) }).collect();
        if found.is_empty() && !papers.is_empty() {
            lowering.report.problem(unknown_category(written, papers));
        }
        places.extend(found.into_iter().filter(|place| !places.contains(place)).collect::<Vec<_>>());
    }
    if places.len() > MOST_PLACES {
        lowering.report.problem(
            Problem::at(table.place, format!("a channel has more than {MOST_PLACES} categories, over all its papers"))
                .help("name fewer papers or categories, or leave `categories` out for all of them"),
        );
    }
    places
}

/// Whether a paper has a category: one of a section, or, where a section has none, any that its items' labels name.
fn may_have(paper: &Paper, slug: &str) -> bool {
    let mut categories = paper.sections.iter().map(|section| section.source.category.as_ref());
    categories.any(|category| category.is_none_or(|category| category.slug.as_str() == slug))
}

fn unknown_category(written: &Text, papers: &[&Paper]) -> Problem {
    let shown = text::log_safe(&written.value);
    let problem =
        Problem::at(written.place, format!("`categories` names `{shown}`, which no paper of the channel has"))
            .label("all sections of these papers have other titles");
    let mut renamed = papers.iter().flat_map(|paper| &paper.renamed);
    if let Some(renamed) = renamed.find(|renamed| renamed.from.as_str() == written.value) {
        return problem.help(format!("it is called \"{}\" now", renamed.to));
    }
    let known = papers.iter().flat_map(|paper| &paper.sections).filter_map(|section| section.source.category.as_ref());
    let mut known: Vec<&str> = known.map(|category| category.slug.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    problem.help(match nearest(&written.value, known.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("there are: {}", known.join(", ")),
    })
}

fn words(lowering: Lowering<'_>, table: &ChannelTable) -> Vec<WordPattern> {
    let written = table.words.iter().flatten();
    if let Some(beyond) = written.clone().nth(MOST_PATTERNS) {
        lowering.report.problem(
            Problem::at(beyond.place, format!("a channel has more than {MOST_PATTERNS} `words`"))
                .help("join some of them by `|`, or make two channels of it"),
        );
    }
    written.take(MOST_PATTERNS).filter_map(|written| lowering.value(Some(written), pattern)).collect()
}

/// A pattern as it stands over folded words: case and marks of its letters go.
fn pattern(written: &str) -> Result<WordPattern, Refusal> {
    let folded = if written.contains(|c| SYNTAX.contains(c)) { folded_syntax(written) } else { words_of(written) };
    WordPattern::new(folded).or_else(|why| {
        value::refuse(
            why.to_string(),
            match why {
                InvalidPattern::TooLarge => {
                    format!("write at most {LONGEST_PATTERN} characters, with small numbers in braces")
                }
                InvalidPattern::FitsNothing => "write a word that must be there, such as \"hoi nong dan\"".to_owned(),
                _ => "write words such as \"hoi nong dan\", or a regular expression such as \"gia (vang|xang)\""
                    .to_owned(),
            },
        )
    })
}

fn words_of(text: &str) -> String {
    let folded = text::fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Folds all but what follows a backslash, where `\D` and `\d` are not the same.
fn folded_syntax(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    let mut parts = written.split('\\');
    out.push_str(&text::fold(parts.next().unwrap_or_default()));
    while let Some(part) = parts.next() {
        out.push('\\');
        let braces =
            part.find('}').filter(|_| part.starts_with(['p', 'P', 'x', 'u', 'U']) && part[1..].starts_with('{'));
        let end = braces.map_or_else(|| part.chars().next().map_or(0, char::len_utf8), |close| close + 1);
        out.push_str(&part[..end]);
        out.push_str(&text::fold(&part[end..]));
        // a backslash that stands for itself: what follows the second one is text
        if part.is_empty()
            && let Some(next) = parts.next()
        {
            out.push('\\');
            out.push_str(&text::fold(next));
        }
    }
    out
}

#[cfg(test)]
mod tests;
