//! Renamed categories: the slugs that a section's category had before.

use super::super::Section;
use super::super::error::Problem;
use super::super::file::PaperTable;
use super::super::place::{Place, Text};
use super::Lowering;
use crate::model::{Category, CategorySlug, PaperId, RenamedCategory};
use crate::text;
use std::collections::HashMap;

/// The renamed categories of a paper; `sections` are those of its tables, in their order.
pub(super) fn renamed(
    lowering: Lowering<'_>,
    paper: &PaperId,
    table: &PaperTable,
    sections: &[Section],
) -> Vec<RenamedCategory> {
    let live: Vec<&Category> = sections.iter().filter_map(|section| section.source.category.as_ref()).collect();
    let mut first = HashMap::new();
    let mut found = Vec::new();
    for (table, section) in table.sections.iter().zip(sections) {
        for written in &table.was {
            let category = section.source.category.as_ref();
            match renaming(lowering, written, category, &live, &mut first) {
                Ok((from, to)) => found.push(RenamedCategory { paper: paper.clone(), from, to }),
                Err(problem) => lowering.report.problem(problem),
            }
        }
    }
    found
}

fn renaming(
    lowering: Lowering<'_>,
    written: &Text,
    category: Option<&Category>,
    live: &[&Category],
    first: &mut HashMap<String, Place>,
) -> Result<(CategorySlug, CategorySlug), Problem> {
    let problem = |what: String| Problem::at(written.place, what);
    let shown = text::log_safe(&written.value);
    let Some(category) = category else {
        return Err(problem(format!("`was` names `{shown}`, but the section has no category"))
            .label("nothing of this section is called so now")
            .help("give the section a `title`, or leave `was` out"));
    };
    let Ok(from) = CategorySlug::new(&written.value) else {
        return Err(problem(format!("`was` names `{shown}`, which no category ever had as its slug"))
            .label("has other characters, is too long, empty, or `all`")
            .help("write the part of the old feed's address between the paper and the ending, such as \"xa-hoi\""));
    };
    if from == category.slug {
        return Err(problem(format!("`was` names `{from}`, which the category is called now"))
            .label("its own slug")
            .help("leave it out"));
    }
    if let Some(other) = live.iter().find(|other| other.slug == from) {
        let title = text::log_safe(&other.title);
        return Err(problem(format!("`was` names `{from}`, which is a category of the paper"))
            .label(format!("the section \"{title}\" stands at this address"))
            .help("leave it out, or give that section another title"));
    }
    if let Some(earlier) = first.insert(written.value.clone(), written.place) {
        let position = lowering.report.position(earlier);
        return Err(problem(format!("two `was` of the paper name `{from}`"))
            .label(format!("first named at {position}"))
            .help("leave it where the category's items went"));
    }
    Ok((from, category.slug.clone()))
}
