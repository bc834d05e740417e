//! The tables `source`, `poll` and `origin`: how polling stands.

use super::row::{self, Moment};
use crate::model::{Memory, Origin, PollState, SourceId};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use url::Url;

const STATES: &str = "select source, state, claimed_at, claimed_until from poll";

const PUT_STATE: &str =
    "insert into poll (source, state) values (?1, ?2) on conflict (source) do update set state = excluded.state";

const CLAIM: &str = "insert into poll (source, claimed_at, claimed_until) values (?1, ?2, ?3) \
    on conflict (source) do update set claimed_at = excluded.claimed_at, claimed_until = excluded.claimed_until";

const PUT_MEMORY: &str = "insert into source (id, memory) values (?1, ?2) on conflict (id) do update \
    set memory = excluded.memory where memory is not excluded.memory";

const MEMORY: &str = "select memory from source where id = ?1";

const EXISTS: &str = "select exists (select 1 from source where id = ?1)";

const BY_URL: &str = "select id from source where url = ?1 and id <> ?2 order by id";

const PUT_URL: &str = "insert into source (id, url) values (?1, ?2) on conflict (id) do update set url = excluded.url \
    where url is not excluded.url";

const ORIGINS: &str = "select state from origin";

const PUT_ORIGIN: &str =
    "insert into origin (key, state) values (?1, ?2) on conflict (key) do update set state = excluded.state";

/// All sources' states. One that cannot be read, of another version perhaps, starts anew. A claim without a later state is of
/// a poll that never ended.
pub(super) fn states(db: &Connection) -> row::Result<HashMap<SourceId, Box<PollState>>> {
    let mut statement = db.prepare_cached(STATES)?;
    let mut rows = statement.query([])?;
    let mut states = HashMap::new();
    while let Some(row) = rows.next()? {
        let text = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        let mut state: Box<PollState> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let claim: (Option<Moment>, Option<Moment>) = (row.get(2)?, row.get(3)?);
        if let (Some(at), Some(until)) = claim
            && state.scheduled_at.is_none_or(|scheduled| scheduled < at.0)
        {
            state.scheduled_at = Some(at.0);
            state.next_poll_at = Some(until.0);
        }
        states.insert(row::id("poll", row.get(0)?)?, state);
    }
    Ok(states)
}

pub(super) fn claim(db: &Connection, claims: &[(SourceId, DateTime<Utc>)], now: DateTime<Utc>) -> row::Result<()> {
    let mut claim = db.prepare_cached(CLAIM)?;
    for (source, until) in claims {
        claim.execute(params![source.as_str(), Moment(now), Moment(*until)])?;
    }
    Ok(())
}

pub(super) fn put_states(db: &Connection, states: &[(SourceId, PollState)]) -> row::Result<()> {
    let mut put = db.prepare_cached(PUT_STATE)?;
    for (source, state) in states {
        put.execute(params![source.as_str(), row::json(state)?])?;
    }
    Ok(())
}

/// What `extract` remembers of a source; nothing where it cannot be read.
pub(super) fn memory(db: &Connection, source: &SourceId) -> row::Result<Memory> {
    let mut statement = db.prepare_cached(MEMORY)?;
    let text: Option<Option<String>> = statement.query_row([source.as_str()], |row| row.get(0)).optional()?;
    Ok(text.flatten().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

pub(super) fn put_memory(db: &Connection, source: &SourceId, memory: &Memory) -> row::Result<()> {
    db.prepare_cached(PUT_MEMORY)?.execute(params![source.as_str(), row::json(memory)?])?;
    Ok(())
}

/// Notes the configured addresses; gives back what [`renamed`] says of them.
pub(super) fn put_addresses(db: &Connection, sources: &[(SourceId, Url)]) -> row::Result<Vec<(SourceId, SourceId)>> {
    let renamed = renamed(db, sources)?;
    for (id, url) in sources {
        db.prepare_cached(PUT_URL)?.execute(params![id.as_str(), url.as_str()])?;
    }
    Ok(renamed)
}

/// The new sources whose address was another one's that is gone, each with that other one.
pub(super) fn renamed(db: &Connection, sources: &[(SourceId, Url)]) -> row::Result<Vec<(SourceId, SourceId)>> {
    let configured: HashSet<&SourceId> = sources.iter().map(|(id, _)| id).collect();
    let mut renamed = Vec::new();
    for (id, url) in sources {
        let is_known: bool = db.prepare_cached(EXISTS)?.query_row([id.as_str()], |row| row.get(0))?;
        if !is_known {
            let mut by_url = db.prepare_cached(BY_URL)?;
            let mut rows = by_url.query(params![url.as_str(), id.as_str()])?;
            while let Some(row) = rows.next()? {
                let other: SourceId = row::id("source", row.get(0)?)?;
                if !configured.contains(&other) {
                    renamed.push((id.clone(), other));
                }
            }
        }
    }
    Ok(renamed)
}

/// All origins but those that cannot be read.
pub(super) fn origins(db: &Connection) -> row::Result<Vec<Origin>> {
    let mut statement = db.prepare_cached(ORIGINS)?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}

pub(super) fn put_origins(db: &Connection, origins: &[Origin]) -> row::Result<()> {
    let mut put = db.prepare_cached(PUT_ORIGIN)?;
    for origin in origins {
        put.execute(params![origin.key, row::json(origin)?])?;
    }
    Ok(())
}
