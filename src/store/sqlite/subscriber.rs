//! The table `subscriber`: who subscribed to our feeds, as their WebSub hub.

use super::row;
use crate::model::{Secret, Subscriber, SubscriberCounts};
use rusqlite::{Connection, params};
use url::Url;

const ALL: &str = "select topic, callback, secret, state from subscriber order by topic, callback";

const PUT: &str = "insert into subscriber (topic, callback, secret, state, failures) values (?1, ?2, ?3, ?4, ?5) \
    on conflict (topic, callback) do update set secret = excluded.secret, state = excluded.state, \
    failures = excluded.failures";

const DROP: &str = "delete from subscriber where topic = ?1 and callback = ?2";

const COUNT: &str = "select count(*), count(*) filter (where failures > 0) from subscriber";

/// All subscribers but those that cannot be read, of another version perhaps: they subscribe again when their lease is over.
pub(super) fn all(db: &Connection) -> row::Result<Vec<Subscriber>> {
    let mut statement = db.prepare_cached(ALL)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let [topic, callback, state] = [row.get::<_, String>(0)?, row.get(1)?, row.get(3)?];
        let addresses = Url::parse(&topic).ok().zip(Url::parse(&callback).ok());
        if let (Some((topic, callback)), Ok(delivery)) = (addresses, serde_json::from_str(&state)) {
            let secret = row.get::<_, Option<String>>(2)?.map(Secret::new);
            found.push(Subscriber { topic, callback, secret, delivery });
        }
    }
    Ok(found)
}

pub(super) fn put(db: &Connection, changed: &[Subscriber], gone: &[(Url, Url)]) -> row::Result<()> {
    let mut put = db.prepare_cached(PUT)?;
    for Subscriber { topic, callback, secret, delivery } in changed {
        let secret = secret.as_ref().map(Secret::reveal);
        put.execute(params![topic.as_str(), callback.as_str(), secret, row::json(delivery)?, delivery.failures])?;
    }
    let mut drop = db.prepare_cached(DROP)?;
    for (topic, callback) in gone {
        drop.execute([topic.as_str(), callback.as_str()])?;
    }
    Ok(())
}

pub(super) fn counts(db: &Connection) -> row::Result<SubscriberCounts> {
    let count = |row: &rusqlite::Row<'_>| {
        Ok(SubscriberCounts { subscriptions: row::unsigned(row.get(0)?), failing: row::unsigned(row.get(1)?) })
    };
    Ok(db.prepare_cached(COUNT)?.query_row([], count)?)
}
