//! Papers: their facts, and that no two are called alike.

use super::super::Paper;
use super::super::error::Problem;
use super::super::file::PaperTable;
use super::super::place::Place;
use super::super::value::{self, Refusal};
use super::{Lowering, renamed, section, title};
use crate::model::PaperId;
use crate::schedule::Bounds;
use crate::text;
use chrono_tz::Tz;
use std::collections::HashMap;
use std::time::Duration;
use url::Url;

/// Default of `language`.
const LANGUAGE: &str = "vi";
/// Default of `timezone`.
const TIMEZONE: Tz = chrono_tz::Asia::Ho_Chi_Minh;
/// Default of `article-grace`.
const ARTICLE_GRACE: Duration = Duration::from_secs(60 * 60);
/// Default of `item-limit`.
pub(super) const ITEM_LIMIT: u32 = 50;
/// First parts of addresses that the server keeps for itself, now or later.
const RESERVED: [&str; 14] = [
    "all", "api", "archive", "assets", "channel", "feeds", "healthz", "hub", "metrics", "readyz", "search", "static",
    "status", "websub",
];

/// Lowers all papers.
pub(super) fn papers(lowering: Lowering<'_>, tables: &[PaperTable], cadence: &Bounds) -> Vec<Paper> {
    let mut first: HashMap<&str, Place> = HashMap::new();
    for id in tables.iter().filter_map(|table| table.id.as_ref()) {
        if let Some(earlier) = first.get(id.value.as_str()) {
            let position = lowering.report.position(*earlier);
            lowering.report.problem(
                Problem::at(id.place, format!("two papers have the id `{}`", text::log_safe(&id.value)))
                    .label(format!("first given at {position}"))
                    .help(
                        "give one of them another id; where it is one paper, put all its sections into one [[paper]]",
                    ),
            );
        } else {
            first.insert(&id.value, id.place);
        }
    }
    tables.iter().map(|table| paper(lowering, table, cadence)).collect()
}

fn paper(lowering: Lowering<'_>, table: &PaperTable, cadence: &Bounds) -> Paper {
    let id = lowering.value(table.id.as_ref(), paper_id);
    let facts = Paper {
        id: id.unwrap_or_else(|| PaperId::new("unnamed").expect("a slug")),
        title: lowering.value(table.title.as_ref(), title).unwrap_or_default(),
        home: lowering.value(table.home.as_ref(), value::web_address).unwrap_or_else(nowhere),
        language: lowering.value(table.language.as_ref(), value::language).unwrap_or_else(|| LANGUAGE.to_owned()),
        copyright: lowering.value(table.copyright.as_ref(), title),
        timezone: lowering.value(table.timezone.as_ref(), value::timezone).unwrap_or(TIMEZONE),
        read_articles: table.read_articles.as_ref().is_none_or(|written| written.value),
        article_grace: lowering.wait(table.article_grace.as_ref(), ARTICLE_GRACE),
        full_content: lowering.value(table.content.as_ref(), content).unwrap_or(false),
        item_limit: lowering.number(table.item_limit.as_ref(), 1..=10_000, ITEM_LIMIT),
        sections: Vec::new(),
        renamed: Vec::new(),
    };
    if table.sections.is_empty() {
        lowering.report.warning(
            Problem::at(table.place, format!("the paper `{}` has no section, so nothing of it is polled", facts.id))
                .help("add a [[paper.section]] with a `url`"),
        );
    }
    let sections = section::sections(lowering, &facts, table, cadence);
    let renamed = renamed::renamed(lowering, &facts.id, table, &sections);
    Paper { sections, renamed, ..facts }
}

/// A paper's id: the first part of its feeds' addresses.
pub(in super::super) fn paper_id(text: &str) -> Result<PaperId, Refusal> {
    let Ok(id) = PaperId::new(text) else {
        let like = text::slug(text).unwrap_or_else(|| "bao-son-la".to_owned());
        return value::refuse(
            "is no id: 1 to 64 of the characters a-z, 0-9 and -",
            format!("write it like \"{like}\""),
        );
    };
    if RESERVED.contains(&text) {
        return value::refuse("is an address of the server's own", format!("write another, such as \"bao-{text}\""));
    }
    Ok(id)
}

/// `content`: whether the articles' text is published.
fn content(text: &str) -> Result<bool, Refusal> {
    match text {
        "summary" => Ok(false),
        "full" => Ok(true),
        _ => value::refuse(
            "is neither \"summary\" nor \"full\"",
            "write \"summary\", or \"full\" where the paper agrees",
        ),
    }
}

/// Stands in for an address that was refused.
pub(super) fn nowhere() -> Url {
    Url::parse("https://refused.invalid/").expect("an address")
}
