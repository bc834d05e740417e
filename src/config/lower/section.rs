//! Sections: what is polled, how it is read, and when.

use super::super::error::Problem;
use super::super::file::{PaperTable, SectionTable, SelectorsTable};
use super::super::place::{Place, Text};
use super::super::value::{self, Refusal};
use super::super::{Paper, Section};
use super::{Lowering, identity, paper, secret, title};
use crate::extract;
use crate::model::{Category, CategorySlug, Recipe, RobotsPolicy, Selectors, Source, SourceId};
use crate::schedule::{Bounds, Rhythm};
use crate::text;
use chrono_tz::Tz;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Default of `every`.
pub(in super::super) const EVERY: Duration = Duration::from_secs(15 * 60);

/// Lowers the sections of a paper.
pub(super) fn sections(lowering: Lowering<'_>, of: &Paper, paper: &PaperTable, cadence: &Bounds) -> Vec<Section> {
    let tables = &paper.sections;
    let ids = identity::source_ids(lowering, &of.id, tables);
    warn_of_same_addresses(lowering, tables);
    let shared = secret::headers(lowering, &paper.headers, paper.login.as_ref());
    let mut titles = HashMap::new();
    tables
        .iter()
        .zip(ids)
        .map(|(table, id)| {
            let (rhythm, rhythm_text) = rhythm(lowering, of, table, cadence);
            Section { source: Arc::new(source(lowering, of, table, id, &shared, &mut titles)), rhythm, rhythm_text }
        })
        .collect()
}

/// The titles of a paper's categories by slug, each with the place where it was first written.
type Titles = HashMap<String, (String, Place)>;

fn source(
    lowering: Lowering<'_>,
    of: &Paper,
    table: &SectionTable,
    id: SourceId,
    shared: &[secret::Header],
    titles: &mut Titles,
) -> Source {
    let own = secret::headers(lowering, &table.headers, table.login.as_ref());
    let headers = secret::own_first(own, shared);
    let url = lowering.value(table.url.as_ref(), value::web_address).unwrap_or_else(paper::nowhere);
    if let Some(written) = table.url.as_ref().filter(|_| secret::is_readable_on_the_way(&url, &headers)) {
        lowering.report.warning(
            Problem::at(written.place, format!("the login of {id} goes over http, readable for everybody on the way"))
                .help("write the address with https:, where the origin offers it"),
        );
    }
    Source {
        id,
        paper: of.id.clone(),
        url,
        recipe: table.selectors.as_ref().map_or(Recipe::Auto, |table| selectors(lowering, table)),
        category: table.title.as_ref().and_then(|title| category(lowering, title, titles)),
        read_articles: of.read_articles,
        article_grace: of.article_grace,
        robots: lowering.value(table.robots.as_ref(), robots).unwrap_or_default(),
        headers,
        home: of.home.clone(),
        timezone: of.timezone,
        language: of.language.clone(),
    }
}

/// The category that a title names. Two titles that fold to one slug would share an address: that is a problem.
fn category(lowering: Lowering<'_>, written: &Text, titles: &mut Titles) -> Option<Category> {
    let title = lowering.value(Some(written), title)?;
    let slug = lowering.value(Some(written), |_| slug(&title))?;
    let (first, place) = titles.entry(slug.as_str().to_owned()).or_insert_with(|| (title.clone(), written.place));
    if *first != title {
        let position = lowering.report.position(*place);
        lowering.report.problem(
            Problem::at(written.place, format!("two categories of the paper would have the slug `{slug}`"))
                .label(format!("at {position} it is written \"{}\"", text::log_safe(first)))
                .help("write the titles alike where they are one category, else make them differ by a word"),
        );
    }
    Some(Category { slug, title })
}

fn slug(title: &str) -> Result<CategorySlug, Refusal> {
    let Some(slug) = text::slug(title) else {
        return value::refuse("has no letter or digit for an address", "add a word in Latin letters");
    };
    CategorySlug::new(slug).or_else(|_| {
        value::refuse("would be `all`, which is every item of the paper", "write another, or leave the title out")
    })
}

/// A category by its slug, as other tables name it.
pub(super) fn category_slug(text: &str) -> Result<CategorySlug, Refusal> {
    CategorySlug::new(text).or_else(|_| {
        let like = text::slug(text).filter(|slug| slug != "all").unwrap_or_else(|| "xa-hoi".to_owned());
        value::refuse(
            "is no category's slug",
            format!("write the part of its feed's address between the paper and the ending, like \"{like}\""),
        )
    })
}

fn selectors(lowering: Lowering<'_>, table: &SelectorsTable) -> Recipe {
    if table.item.is_none() {
        lowering.report.problem(
            Problem::at(table.place, "`selectors` has no `item`").label("`item` is missing here").help(
                "add the selector of one story, such as `item = \"article.story\"`; the others are relative to it",
            ),
        );
    }
    let read = |written: &Option<Text>| lowering.value(written.as_ref(), selector);
    Recipe::Listing(Selectors {
        item: read(&table.item),
        link: read(&table.link),
        title: read(&table.title),
        summary: read(&table.summary),
        category: read(&table.category),
        time: read(&table.time),
        image: read(&table.image),
    })
}

fn selector(text: &str) -> Result<String, Refusal> {
    if !text.trim().is_empty() && extract::is_selector(text) {
        return Ok(text.to_owned());
    }
    value::refuse("is no CSS selector", "write one such as \"article.story\" or \"h2 > a\"")
}

fn robots(text: &str) -> Result<RobotsPolicy, Refusal> {
    match text {
        "obey" => Ok(RobotsPolicy::Obey),
        "own-site" => Ok(RobotsPolicy::OwnSite),
        _ => value::refuse(
            "is neither \"obey\" nor \"own-site\"",
            "write \"obey\", or \"own-site\" where the site is your own",
        ),
    }
}

fn rhythm(lowering: Lowering<'_>, of: &Paper, table: &SectionTable, cadence: &Bounds) -> (Rhythm, String) {
    if let (Some(every), Some(cron)) = (&table.every, &table.cron) {
        let later = every.place.max(cron.place);
        lowering.report.problem(
            Problem::at(later, "a section has either `every` or `cron`")
                .label("the other is given too")
                .help("leave one of them out"),
        );
    }
    if let (Some(quiet), Some(_)) = (&table.quiet_every, &table.cron) {
        lowering.report.problem(
            Problem::at(quiet.place, "`quiet-every` goes with `every`, and this section has `cron`")
                .help("leave one of them out: a cron expression says itself when the section is polled"),
        );
    }
    if let Some(rhythm) = lowering.value(table.cron.as_ref(), |text| cron(text, of.timezone)) {
        let expression = table.cron.as_ref().map_or("", |written| written.value.as_str());
        return (rhythm, format!("cron {expression} ({})", of.timezone));
    }
    let every = lowering.value(table.every.as_ref(), |text| value::duration(text, Duration::from_secs(1)));
    if let (Some(written), Some(every)) = (&table.every, every)
        && every < cadence.min_interval
    {
        let least = value::shown_duration(cadence.min_interval);
        lowering.report.warning(
            Problem::at(written.place, format!("`every = \"{}\"` is less than fetch.min-interval", written.value))
                .help(format!("the section is polled every {least}")),
        );
    }
    let every = every.unwrap_or(EVERY);
    let shown = format!("every {}", value::shown_duration(every));
    match lowering.value(table.quiet_every.as_ref(), |text| quiet(text, every)) {
        Some(quiet) if quiet > every => {
            let shown = format!("{shown} to {}", value::shown_duration(quiet));
            (Rhythm::Adaptive { every, quiet, timezone: of.timezone }, shown)
        }
        _ => (Rhythm::Every(every), shown),
    }
}

/// The longest interval of a section that publishes nothing at that hour.
fn quiet(text: &str, every: Duration) -> Result<Duration, Refusal> {
    let quiet = value::duration(text, Duration::from_secs(1))?;
    if quiet < every {
        return value::refuse(
            "is less than `every`",
            "write a longer time: it is how rarely a quiet section is polled",
        );
    }
    Ok(quiet)
}

/// A cron expression of six fields, the first of them seconds.
fn cron(text: &str, timezone: Tz) -> Result<Rhythm, Refusal> {
    const REMEDY: &str = "write six fields: second minute hour day month weekday, \
        such as \"0 */15 5-22 * * *\" (every 15 minutes by day)";
    match text.split_ascii_whitespace().count() {
        6 => Rhythm::cron(text, timezone).or_else(|error| value::refuse(format!("cannot be used: {error}"), REMEDY)),
        5 => value::refuse("has five fields", format!("put the seconds first: \"0 {text}\"")),
        fields => value::refuse(format!("has {fields} fields"), REMEDY),
    }
}

/// One address in two sections is asked twice.
fn warn_of_same_addresses(lowering: Lowering<'_>, tables: &[SectionTable]) {
    let mut first: HashMap<&str, Place> = HashMap::new();
    for url in tables.iter().filter_map(|table| table.url.as_ref()) {
        if let Some(earlier) = first.get(url.value.as_str()) {
            let position = lowering.report.position(*earlier);
            lowering.report.warning(
                Problem::at(url.place, format!("the address of this section stands at {position} too"))
                    .help("it is asked twice; leave one of the sections out"),
            );
        } else {
            first.insert(&url.value, url.place);
        }
    }
}
