//! The readers: a few connections that never wait for the writer.

use super::connection::{Database, Use};
use super::row::Result as RowResult;
use crate::store::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Connections, each with its own cache.
const MOST: usize = 4;

/// Connections for reading, opened when they are first needed.
#[derive(Debug)]
pub(super) struct Readers {
    database: Database,
    idle: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(database: Database) -> Self {
        Self { database, idle: Arc::default(), turns: Arc::new(Semaphore::new(MOST)) }
    }

    pub(super) fn with(database: Database, (connection, good_for): (Connection, Use)) -> Self {
        let readers = Self::new(database);
        if good_for == Use::Many {
            lock(&readers.idle).push(connection);
        }
        readers
    }

    /// Reads in one transaction: all of it sees the same revision.
    pub(super) async fn run<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> RowResult<T> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (database, idle) = (self.database.clone(), Arc::clone(&self.idle));
        blocking(move || {
            let _turn = turn;
            let kept = lock(&idle).pop().map(|connection| (connection, Use::Many));
            let (connection, good_for) = kept.map_or_else(|| database.open_reader(), Ok)?;
            let answer = read(&connection, work).map_err(|error| database.error(doing, error));
            if good_for == Use::Many {
                lock(&idle).push(connection);
            }
            answer
        })
        .await
    }
}

/// Runs blocking work on the runtime's threads for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}

fn read<T>(connection: &Connection, work: impl FnOnce(&Connection) -> RowResult<T>) -> RowResult<T> {
    let transaction = connection.unchecked_transaction()?;
    let answer = work(&transaction)?;
    transaction.commit()?;
    Ok(answer)
}

fn lock(idle: &Mutex<Vec<Connection>>) -> std::sync::MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
