//! The table `subscription`: what we asked WebSub hubs for.

use super::row;
use crate::model::{Progress, Secret, Subscription, Terms};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

const ALL: &str = "select token, source, secret, state from subscription order by token";

const PUT: &str = "insert into subscription (token, source, secret, state) values (?1, ?2, ?3, ?4) \
    on conflict (token) do update set state = excluded.state";

const DROP: &str = "delete from subscription where token = ?1";

/// What stands in the column `state`.
#[derive(Serialize, Deserialize)]
struct State {
    terms: Terms,
    progress: Progress,
}

/// All subscriptions but those that cannot be read, of another version perhaps: their hubs' leases run out.
pub(super) fn all(db: &Connection) -> row::Result<Vec<Subscription>> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let state: String = row.get(3)?;
        if let Ok(State { terms, progress }) = serde_json::from_str(&state) {
            let source = row::id("subscription", row.get(1)?)?;
            let [token, secret] = [row.get::<_, String>(0)?, row.get::<_, String>(2)?].map(Secret::new);
            found.push(Subscription { token, secret, source, terms, progress });
        }
    }
    Ok(found)
}

pub(super) fn put(db: &Connection, changed: &[Subscription], gone: &[Secret]) -> row::Result<()> {
    let mut put = db.prepare_cached(PUT)?;
    for Subscription { token, secret, source, terms, progress } in changed {
        let state = State { terms: terms.clone(), progress: progress.clone() };
        put.execute(params![token.reveal(), source.as_str(), secret.reveal(), row::json(&state)?])?;
    }
    let mut drop = db.prepare_cached(DROP)?;
    for token in gone {
        drop.execute([token.reveal()])?;
    }
    Ok(())
}
