//! Why a document is read as it is, for people, in eighty columns.

use crate::cli::columns::{COLUMNS, cut, padded, wrapped};
use crate::extract::{Explanation, LinkGroup};
use crate::model::{Entry, ExtractMethod, Extraction, Kind, Precision, StatedDate};
use crate::text;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use url::Url;

/// Columns of the names on the left.
const LEFT: usize = 12;
/// Flaws that are shown one by one.
const MOST_FLAWS: usize = 20;
/// The facts of an entry that a witness gives.
const FIELDS: [&str; 8] = ["title", "summary", "content", "date", "updated", "categories", "authors", "picture"];

/// The report.
pub(super) fn report(of: &Extraction, why: &Explanation, url: &Url) -> String {
    let mut out = String::new();
    let is_nowhere = url.host_str().is_some_and(|host| host.ends_with(".invalid"));
    let address = if is_nowhere { "(no address: --url gives one)" } else { url.as_str() };
    let _ = writeln!(out, "{}", cut(address, COLUMNS));
    let kind = match of.kind {
        Kind::Feed => "a feed",
        Kind::Listing => "a list",
        Kind::Article => "an article",
    };
    line(&mut out, "read as", &format!("{kind}, by {}", of.method.as_str()));
    line(&mut out, "title", of.title.as_deref().unwrap_or("none"));
    line(&mut out, "language", of.language.as_deref().unwrap_or("not stated"));
    line(&mut out, "encoding", &of.encoding);
    for note in &why.notes {
        line(&mut out, "", note);
    }
    if let Some(reading) = &of.reading {
        line(&mut out, "witnesses", &reading.witnesses());
    }
    if of.kind == Kind::Article {
        article(&mut out, of, why);
    } else {
        entries(&mut out, of, why);
    }
    groups(&mut out, why);
    flaws(&mut out, of);
    out
}

/// A name on the left, what is to say on the right.
fn line(out: &mut String, name: &str, words: &str) {
    let first = format!("  {}", padded(name, LEFT));
    out.push_str(&wrapped(&first, &" ".repeat(LEFT + 2), &text::clean_line(words)));
}

/// Which witness gave which fact, counted and entry by entry.
fn entries(out: &mut String, of: &Extraction, why: &Explanation) {
    let known: Vec<BTreeMap<&str, &str>> =
        of.entries.iter().enumerate().map(|(place, entry)| witnesses(place, entry, of.method, why)).collect();
    let _ = writeln!(out, "\nFacts of {} entries", of.entries.len());
    for field in FIELDS {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for witness in known.iter().filter_map(|fields| fields.get(field)) {
            *counts.entry(witness).or_default() += 1;
        }
        let told: Vec<String> = counts.iter().map(|(witness, count)| format!("{count} by {witness}")).collect();
        line(out, field, &if told.is_empty() { "none".to_owned() } else { told.join(", ") });
    }
    out.push_str("\nEntries\n");
    for (place, (entry, fields)) in of.entries.iter().zip(&known).enumerate() {
        let title = entry.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "{:>4}  {}", place + 1, cut(&text::clean_line(title), COLUMNS - 6));
        let link = entry.link.as_ref().map_or("(no link)", |url| &url[url::Position::BeforePath..]);
        let _ = writeln!(out, "      {}", cut(&text::clean_line(link), COLUMNS - 6));
        out.push_str(&wrapped("      ", "      ", &told(entry, fields)));
    }
}

/// Who gave each fact that an entry has.
fn witnesses<'w>(
    place: usize,
    entry: &Entry,
    method: ExtractMethod,
    why: &'w Explanation,
) -> BTreeMap<&'static str, &'w str> {
    let base = why.base.unwrap_or(match method {
        ExtractMethod::Selectors => "the selectors",
        ExtractMethod::Template => "its place in the learned list",
        ExtractMethod::Structured => "stated data",
        ExtractMethod::Blocks => "its block",
        _ => "our own reading",
    });
    let has = [
        entry.title.is_some(),
        entry.summary.is_some(),
        entry.content.is_some(),
        entry.published.is_some(),
        entry.updated.is_some(),
        !entry.categories.is_empty(),
        !entry.authors.is_empty(),
        entry.image.is_some(),
    ];
    let mut fields: BTreeMap<&str, &str> =
        FIELDS.into_iter().zip(has).filter(|(_, has)| *has).map(|(field, _)| (field, base)).collect();
    for fill in why.fills.iter().filter(|fill| fill.entry == place) {
        if let Some(witness) = fields.get_mut(fill.field) {
            *witness = fill.witness;
        }
    }
    fields
}

/// The facts by witness, then what the date rests on.
fn told(entry: &Entry, fields: &BTreeMap<&str, &str>) -> String {
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for field in FIELDS {
        if let Some(witness) = fields.get(field) {
            by.entry(witness).or_default().push(field);
        }
    }
    let mut parts: Vec<String> =
        by.iter().map(|(witness, fields)| format!("{witness}: {}", fields.join(", "))).collect();
    parts.extend(entry.published.map(|date| format!("dated {} from {}", shown(date), date.origin.as_str())));
    parts.join("; ")
}

fn shown(date: StatedDate) -> String {
    let form = if date.precision == Precision::Day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" };
    let offset = date.offset.map(|offset| format!(" {offset}")).unwrap_or_default();
    format!("{}{offset}", date.local.format(form))
}

/// What was believed of an article, and what each witness said, in rank order.
fn article(out: &mut String, of: &Extraction, why: &Explanation) {
    let Some(entry) = of.entries.first() else { return };
    let date = |date: StatedDate| format!("{} (from {})", shown(date), date.origin.as_str());
    let length = entry.content.as_ref().map(|markup| text::plain_text(markup).chars().count());
    let list = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
    for (field, believed) in [
        ("title", entry.title.clone()),
        ("date", entry.published.map(date)),
        ("updated", entry.updated.map(date)),
        ("authors", list(&entry.authors)),
        ("picture", entry.image.as_ref().map(Url::to_string)),
        ("summary", entry.summary.clone()),
        ("section", list(&entry.categories)),
        ("canonical", entry.canonical.as_ref().map(Url::to_string)),
        ("text", length.map(|length| format!("{length} characters"))),
    ] {
        out.push('\n');
        line(out, field, &text::truncate(believed.as_deref().unwrap_or("none"), 240));
        let said: Vec<_> = why.testimony.iter().filter(|said| said.field == field).collect();
        for (place, said) in said.iter().enumerate() {
            let first = format!("{}{}. {}: ", " ".repeat(LEFT + 2), place + 1, said.witness);
            let words = text::truncate(&text::clean_line(&said.value), 140);
            out.push_str(&wrapped(&cut(&first, COLUMNS - 10), &" ".repeat(LEFT + 5), &words));
        }
    }
}

/// The groups of links that were weighed.
fn groups(out: &mut String, why: &Explanation) {
    if why.groups.is_empty() {
        return;
    }
    let needed = why.groups.first().map_or(0.0, |group| group.needed);
    let _ = writeln!(
        out,
        "\nGroups of links, {} of {} (a link needs {needed:.1}; a group draws its links together)",
        why.groups.len(),
        why.groups_in_all
    );
    for group in &why.groups {
        self::group(out, group);
    }
}

fn group(out: &mut String, group: &LinkGroup) {
    let mark = if group.stories > 0 { '+' } else { '-' };
    let taken = match group.stories {
        0 => format!("none of {} addresses", group.addresses),
        stories => format!("{stories} of {} addresses are stories", group.addresses),
    };
    let head = format!("{taken}; its best weighs {:.1}: {}", group.best, group.verdict);
    out.push_str(&wrapped(&format!("  {mark} "), "    ", &head));
    out.push_str(&wrapped("    ", "    ", &text::clean_line(&group.path)));
    let signs: Vec<String> = group.signs.iter().map(|(sign, weight)| format!("{sign} {weight:+.1}")).collect();
    out.push_str(&wrapped("    ", "    ", &signs.join(", ")));
    for sample in &group.samples {
        let _ = writeln!(out, "    · {}", cut(&text::clean_line(sample), COLUMNS - 6));
    }
}

fn flaws(out: &mut String, of: &Extraction) {
    if of.flaws.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nFlaws: {}", of.flaws.len());
    for flaw in of.flaws.iter().take(MOST_FLAWS) {
        let place = flaw.entry.map_or_else(|| "the document".to_owned(), |place| format!("entry {}", place + 1));
        line(out, &place, &flaw.what);
    }
    if of.flaws.len() > MOST_FLAWS {
        let _ = writeln!(out, "  and {} more", of.flaws.len() - MOST_FLAWS);
    }
}
