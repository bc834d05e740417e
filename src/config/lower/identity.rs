//! The ids of a paper's sections: those that are given, and the defaults, so that each stands once.
//!
//! A default is the title's slug, else the last part of the address, else `home`. Where sections share a title (a page
//! and a feed of one category) the later ones add what tells their addresses apart.

use super::super::error::Problem;
use super::super::file::SectionTable;
use super::super::place::Place;
use super::Lowering;
use crate::model::{PaperId, SourceId};
use crate::text;
use std::collections::HashMap;
use url::Url;

/// What a section without title and path is called.
const HOME: &str = "home";
/// Room for a number behind a default id.
const LONGEST_STEM: usize = 56;

/// The sections' ids, in their order; ids that are given twice or have no form are problems.
pub(super) fn source_ids(lowering: Lowering<'_>, paper: &PaperId, tables: &[SectionTable]) -> Vec<SourceId> {
    let mut taken: HashMap<String, Place> = HashMap::new();
    for id in tables.iter().filter_map(|table| table.id.as_ref()) {
        if let Some(earlier) = taken.get(&id.value) {
            let position = lowering.report.position(*earlier);
            lowering.report.problem(
                Problem::at(id.place, format!("two sections of `{paper}` have the id `{}`", text::log_safe(&id.value)))
                    .label(format!("first given at {position}"))
                    .help("give one of them another id"),
            );
        } else {
            taken.insert(id.value.clone(), id.place);
        }
    }
    let mut counters = HashMap::new();
    tables.iter().map(|table| source_id(lowering, paper, table, &mut taken, &mut counters)).collect()
}

fn source_id(
    lowering: Lowering<'_>,
    paper: &PaperId,
    table: &SectionTable,
    taken: &mut HashMap<String, Place>,
    counters: &mut HashMap<String, usize>,
) -> SourceId {
    let stand_in = || SourceId::new(paper, HOME).expect("a slug");
    let Some(written) = &table.id else {
        let id = default_id(table, taken, counters);
        taken.insert(id.clone(), table.place);
        return SourceId::new(paper, &id).unwrap_or_else(|_| stand_in());
    };
    SourceId::new(paper, &written.value).unwrap_or_else(|_| {
        let like = text::slug(&written.value).unwrap_or_else(|| "xa-hoi".to_owned());
        lowering.report.problem(
            Problem::at(written.place, "`id` is no id: 1 to 64 of the characters a-z, 0-9 and -")
                .label("has other characters, or is too long or empty")
                .help(format!("write it like \"{like}\", or leave it out")),
        );
        stand_in()
    })
}

/// The first default that is still free.
fn default_id(table: &SectionTable, taken: &HashMap<String, Place>, counters: &mut HashMap<String, usize>) -> String {
    let url = table.url.as_ref().and_then(|url| Url::parse(&url.value).ok());
    let of_url = |part: fn(&Url) -> Option<String>| url.as_ref().and_then(part);
    let last = of_url(last_part);
    let stem = last.as_deref().and_then(|last| text::slug(last.rsplit_once('.').map_or(last, |(stem, _)| stem)));
    let title = table.title.as_ref().and_then(|title| text::slug(&title.value));
    let base = title.or_else(|| stem.clone()).unwrap_or_else(|| HOME.to_owned());
    let with = |more: Option<&str>| text::slug(&format!("{base} {}", more?));
    let candidates = [
        Some(base.clone()),
        with(stem.as_deref().filter(|stem| *stem != base)),
        last.as_deref().and_then(text::slug).filter(|last| last.starts_with(&base)),
        with(last.as_deref()),
        with(of_url(|url| Some(url[url::Position::BeforePath..].to_owned())).as_deref()),
        with(of_url(|url| Some(url[url::Position::BeforeHost..].to_owned())).as_deref()),
    ];
    candidates
        .into_iter()
        .flatten()
        .find(|id| !taken.contains_key(id))
        .unwrap_or_else(|| numbered(&base, taken, counters))
}

/// The base with the next free number.
fn numbered(base: &str, taken: &HashMap<String, Place>, counters: &mut HashMap<String, usize>) -> String {
    let base = &base[..base.len().min(LONGEST_STEM)];
    let counter = counters.entry(base.to_owned()).or_insert(1);
    loop {
        *counter += 1;
        let id = format!("{base}-{counter}");
        if !taken.contains_key(&id) {
            return id;
        }
    }
}

/// The last part of an address's path that is not empty.
fn last_part(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    Some(last.to_owned())
}
