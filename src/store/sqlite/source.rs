//! The tables `source` and `origin`: how polling stands.

use super::row;
use crate::model::{Memory, Origin, PollState, SourceId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use url::Url;

const STATES: &str = "select id, state from source where state is not null";

const PUT_STATE: &str =
    "insert into source (id, state) values (?1, ?2) on conflict (id) do update set state = excluded.state";

const PUT_MEMORY: &str = "insert into source (id, memory) values (?1, ?2) on conflict (id) do update \
    set memory = excluded.memory where memory is not excluded.memory";

const MEMORY: &str = "select memory from source where id = ?1";

const EXISTS: &str = "select exists (select 1 from source where id = ?1)";

const BY_URL: &str = "select id from source where url = ?1 and id <> ?2 order by id";

const PUT_URL: &str = "insert into source (id, url) values (?1, ?2) on conflict (id) do update set url = excluded.url";

const ORIGINS: &str = "select state from origin";

const PUT_ORIGIN: &str =
    "insert into origin (key, state) values (?1, ?2) on conflict (key) do update set state = excluded.state";

/// All sources' states. One that cannot be read, of another version perhaps, starts anew.
pub(super) fn states(db: &Connection) -> row::Result<HashMap<SourceId, PollState>> {
    let mut statement = db.prepare_cached(STATES)?;
    let mut rows = statement.query([])?;
    let mut states = HashMap::new();
    while let Some(row) = rows.next()? {
        let state: String = row.get(1)?;
        states.insert(row::id("source", row.get(0)?)?, serde_json::from_str(&state).unwrap_or_default());
    }
    Ok(states)
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
