//! What is wrong now, as troubles with a key each: one small function a kind. Pure.
//!
//! Comes in: the facts, and what was told before. Goes out: troubles, and which kinds can be told at all. It does not know
//! whether a trouble is new.

use super::book::Book;
use super::signs::{Facts, SourceFacts, Storing};
use crate::model::{AlertKind, Failure, FailureStage, SourceId, SourceState, WebhookState};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};

/// Failures in a row before they are told: one may be a blip.
const FAILURES: u32 = 2;
/// Sources that fail one after the other, while none succeeds, before it is called an outage: half of them, within these.
const OUTAGE: (usize, usize) = (2, 10);
/// Polls that are due and do not end for so long do not move.
const STUCK: TimeDelta = TimeDelta::minutes(30);
/// Documents that are told of, one by one.
const MOST_REFUSALS: usize = 20;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The same as long as it is the same trouble.
    pub(super) key: String,
    pub(super) kind: AlertKind,
    pub(super) source: Option<SourceId>,
    pub(super) stage: Option<String>,
    pub(super) what: String,
    pub(super) url: Option<String>,
    pub(super) expected: Option<String>,
    pub(super) remedy: String,
}

type Sources<'a> = [(&'a SourceId, &'a SourceFacts)];

impl Trouble {
    fn new(kind: AlertKind, of: &str, what: String, remedy: impl Into<String>) -> Self {
        let key = if of.is_empty() { kind.as_str().to_owned() } else { format!("{}/{of}", kind.as_str()) };
        Self { key, kind, source: None, stage: None, what, url: None, expected: None, remedy: remedy.into() }
    }

    fn of_source(kind: AlertKind, id: &SourceId, facts: &SourceFacts, what: String, remedy: String) -> Self {
        let stage = facts.failure.as_ref().map(|failure| failure.stage.as_str().to_owned());
        let (source, url) = (Some(id.clone()), Some(facts.url.clone()));
        Self { source, url, stage, ..Self::new(kind, id.as_str(), what, remedy) }
    }

    fn expecting(self, what: &str) -> Self {
        Self { expected: Some(what.to_owned()), ..self }
    }
}

/// Whether somebody has said how things of this kind go, so that no trouble means that all is well.
pub(super) fn is_known(facts: &Facts, kind: AlertKind) -> bool {
    use AlertKind as Kind;
    match kind {
        Kind::Failing | Kind::Drift | Kind::Silent | Kind::Held | Kind::Outage | Kind::Stalled => {
            facts.sources.is_some()
        }
        Kind::Storage => [Storing::Claims, Storing::Feeds].iter().all(|what| facts.stored.contains_key(what)),
        Kind::Publication => facts.refused.is_some(),
        Kind::Webhook => facts.webhooks.is_some(),
    }
}

/// All that is wrong now.
pub(super) fn all(facts: &Facts, told: &Book, now: DateTime<Utc>) -> Vec<Trouble> {
    let unknown = HashMap::new();
    let mut sources: Vec<_> = facts.sources.as_ref().unwrap_or(&unknown).iter().collect();
    sources.sort_unstable_by_key(|(id, _)| *id);
    let mut troubles = outages(&sources, told);
    let alone = |(id, facts): &(&SourceId, &SourceFacts)| !is_of_an_outage(id, facts, &troubles, told);
    let failing: Vec<_> = sources.iter().copied().filter(alone).filter_map(|source| failing(source, told)).collect();
    troubles.extend(failing);
    for source in sources {
        troubles.extend(drift(source));
        troubles.extend(held(source));
        troubles.extend(silent(source, now));
    }
    troubles.extend(storage(facts));
    troubles.extend(stalled(facts, now));
    troubles.extend(publications(facts));
    troubles.extend(webhooks(facts));
    troubles
}

/// The network, or a paper's server: one alert, not one a source. An outage of everything stands for that of each paper.
fn outages(sources: &Sources<'_>, told: &Book) -> Vec<Trouble> {
    let mut papers: BTreeMap<String, Vec<(&SourceId, &SourceFacts)>> = BTreeMap::new();
    for source in sources {
        papers.entry(source.0.paper().to_string()).or_default().push(*source);
    }
    let everything = (papers.len() > 1).then(|| outage("", sources)).flatten();
    let is_everything = everything.is_some();
    let of_papers = papers.iter().filter_map(|(paper, sources)| outage(paper, sources));
    let of_papers = of_papers.filter(|trouble| !is_everything || told.is_open(&trouble.key));
    of_papers.chain(everything).collect()
}

fn outage(paper: &str, sources: &Sources<'_>) -> Option<Trouble> {
    let success = sources.iter().filter_map(|(_, facts)| facts.last_success).max();
    let lost: Vec<_> = sources.iter().filter(|(_, facts)| lost(facts).is_some_and(|f| Some(f.at) > success)).collect();
    let is_sure = lost.len() > 2 || lost.iter().any(|(_, facts)| facts.failures >= FAILURES);
    if lost.len() < sources.len().div_ceil(2).clamp(OUTAGE.0, OUTAGE.1) || !is_sure {
        return None;
    }
    let whose = if paper.is_empty() { "no paper".to_owned() } else { format!("nothing of {paper}") };
    let (_, first) = lost.first()?;
    let why = first.failure.as_ref().map_or("", |failure| &failure.what);
    let what =
        format!("{whose} can be fetched: {} sources failed one after the other, the first with: {why}", lost.len());
    let remedy = format!("see whether this machine reaches it: curl -I {}", first.url);
    let trouble = Trouble::new(AlertKind::Outage, paper, what, remedy).expecting("an answer of the paper's server");
    Some(Trouble { stage: Some(FailureStage::Fetch.as_str().to_owned()), url: Some(first.url.clone()), ..trouble })
}

fn key_of(kind: AlertKind, id: &SourceId) -> String {
    format!("{}/{id}", kind.as_str())
}

/// Its failure, where no document came.
fn lost(facts: &SourceFacts) -> Option<&Failure> {
    let failure = facts.failure.as_ref().filter(|failure| failure.stage == FailureStage::Fetch);
    failure.filter(|_| facts.state == SourceState::Failing)
}

/// Whether an outage explains a failure: one that goes on, or one that was over after it. What was told before stays told.
fn is_of_an_outage(id: &SourceId, facts: &SourceFacts, troubles: &[Trouble], told: &Book) -> bool {
    let Some(failure) = lost(facts) else { return false };
    let explains = |of: &str| {
        let key = Trouble::new(AlertKind::Outage, of, String::new(), "").key;
        let goes_on = troubles.iter().any(|trouble| trouble.key == key) || told.is_open(&key);
        goes_on || told.over_at(&key).is_some_and(|over| failure.at <= over)
    };
    !told.is_open(&key_of(AlertKind::Failing, id)) && (explains(id.paper().as_str()) || explains(""))
}

/// What was told goes on until a poll succeeds: how often it failed may not have outlived a restart.
fn failing((id, facts): (&SourceId, &SourceFacts), told: &Book) -> Option<Trouble> {
    let is_told = match facts.state {
        SourceState::Blocked | SourceState::Gone => true,
        SourceState::Failing => facts.failures >= FAILURES || told.is_open(&key_of(AlertKind::Failing, id)),
        _ => false,
    };
    let failure = facts.failure.as_ref().filter(|_| is_told)?;
    let remedy = match facts.state {
        SourceState::Gone => "give the section its new `url`, or take it out of the configuration".to_owned(),
        _ => format!("see what comes now: bantin poll {id} --dry-run"),
    };
    let trouble = Trouble::of_source(AlertKind::Failing, id, facts, failure.what.clone(), remedy);
    Some(trouble.expecting("a document that can be read"))
}

fn drift((id, facts): (&SourceId, &SourceFacts)) -> Option<Trouble> {
    let failure = facts.failure.as_ref().filter(|_| facts.state == SourceState::Drift)?;
    let remedy = format!("see what the page is read as now: bantin probe {}; then set `selectors` or `url`", facts.url);
    let trouble = Trouble::of_source(AlertKind::Drift, id, facts, failure.what.clone(), remedy);
    Some(trouble.expecting("the list of articles that the page had before"))
}

fn held((id, facts): (&SourceId, &SourceFacts)) -> Option<Trouble> {
    let why = facts.held.filter(|_| facts.state == SourceState::Held)?;
    let what = format!("its newest items are held back from the feeds: {}", why.as_str());
    let remedy = format!("look at {}, and where the items are right: bantin release {id}", facts.url);
    Some(Trouble::of_source(AlertKind::Held, id, facts, what, remedy).expecting("items like those before"))
}

/// Only a look after the moment proves that nothing came.
fn silent((id, facts): (&SourceId, &SourceFacts), now: DateTime<Utc>) -> Option<Trouble> {
    let (overdue, last) = (facts.overdue.filter(|at| *at <= now)?, facts.last_news?);
    facts.last_success.filter(|look| *look >= overdue)?;
    let what = format!(
        "nothing new since {}; by its habit there would be news by {}",
        stamp(last, facts.zone),
        stamp(overdue, facts.zone)
    );
    let remedy =
        format!("look at {}; if there is news: bantin poll {id} --dry-run; a holiday wants nothing", facts.url);
    Some(Trouble::of_source(AlertKind::Silent, id, facts, what, remedy).expecting("news at its usual time"))
}

fn storage(facts: &Facts) -> Option<Trouble> {
    let problem = facts.stored.values().flatten().next()?;
    let what = format!("something could not be stored, and is tried again; the last good feeds are served: {problem}");
    Some(Trouble::new(
        AlertKind::Storage,
        "",
        what,
        "make room, or give the folder back to the service; then: bantin doctor",
    ))
}

fn stalled(facts: &Facts, now: DateTime<Utc>) -> Option<Trouble> {
    let since = facts.stuck_since.filter(|since| now - *since >= STUCK)?;
    let what = format!("polls are due, and none has ended since {}", stamp(since, Tz::UTC));
    Some(Trouble::new(
        AlertKind::Stalled,
        "",
        what,
        "see the log: journalctl -u bantin; then: systemctl restart bantin",
    ))
}

fn publications(facts: &Facts) -> Vec<Trouble> {
    let told = facts.refused.iter().flatten().take(MOST_REFUSALS).map(|refusal| {
        let what = format!(
            "{} is not valid and stays back, the last good one stays: {}: {}",
            refusal.path, refusal.rule, refusal.what
        );
        Trouble::new(
            AlertKind::Publication,
            &refusal.path,
            what,
            "a fault of bantin itself: please report it, with this line",
        )
    });
    told.collect()
}

fn webhooks(facts: &Facts) -> Vec<Trouble> {
    let broken = facts.webhooks.iter().flatten().filter(|mark| mark.state != WebhookState::Ok);
    let told = broken.map(|mark| {
        let problem = mark.problem.as_deref().unwrap_or_default();
        let what = format!("the webhook at {} does not take what it is told: {problem}", mark.host);
        let remedy = match mark.state {
            WebhookState::Off => "take it out of the configuration, or begin again: bantin reload",
            _ => "see that its receiver answers; what it missed comes again by itself",
        };
        Trouble::new(AlertKind::Webhook, &mark.key, what, remedy).expecting("an answer of 200 to 299")
    });
    told.collect()
}

fn stamp(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %:z").to_string()
}

#[cfg(test)]
mod tests;
