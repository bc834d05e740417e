//! The one writer: a thread that takes waiting units of work together into one transaction.
//!
//! A unit is all or nothing. Where one of a group fails, the group is rolled back and each unit runs again by itself, so
//! that one bad unit, or a disk that is full for one, costs the others nothing.

use super::connection::Database;
use super::folder::Lock;
use super::row::{Error, Result as RowResult};
use crate::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Units that may wait: each holds the facts of a poll.
const WAITING: usize = 256;
/// Units in one transaction: a reader of the reply waits for all of them.
const GROUP: usize = 128;

/// The door to the writer's thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

enum Message {
    Unit(Box<dyn Unit>),
    Optimize(oneshot::Sender<Result<bool, StoreError>>),
    Stop,
}

trait Unit: Send {
    /// Does the work, perhaps once more after a rollback; keeps its answer.
    fn run(&mut self, db: &Connection) -> RowResult<()>;
    /// Gives the answer back after the commit, or the error.
    fn reply(self: Box<Self>, error: Option<Error>, database: &Database);
}

struct Work<T, F> {
    doing: &'static str,
    work: F,
    answer: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    /// Makes room in the queue when the unit is done.
    _room: OwnedSemaphorePermit,
}

impl<T, F> Unit for Work<T, F>
where
    T: Send,
    F: Fn(&Connection) -> RowResult<T> + Send,
{
    fn run(&mut self, db: &Connection) -> RowResult<()> {
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(db)));
        let broken =
            || StoreError::Database { doing: self.doing, source: "a defect of bantin; please report it".into() };
        self.answer = Some(worked.unwrap_or_else(|_| Err(broken().into()))?);
        Ok(())
    }

    fn reply(self: Box<Self>, error: Option<Error>, database: &Database) {
        let answer = match (error, self.answer) {
            (Some(error), _) => Err(database.error(self.doing, error)),
            (None, Some(answer)) => Ok(answer),
            (None, None) => Err(StoreError::Closed),
        };
        // who asked may be gone: a poll that was given up
        let _ = self.reply.send(answer);
    }
}

impl Writer {
    /// Starts the thread, which owns the connection and the folder's lock.
    pub(super) fn start(connection: Connection, database: Database, lock: Lock) -> Result<Self, StoreError> {
        let (queue, messages) = mpsc::channel();
        let work = move || {
            write(connection, &database, &messages);
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(work);
        let thread =
            thread.map_err(|error| StoreError::Database { doing: "starting the writer", source: error.into() })?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(WAITING)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs a unit of work in a transaction that is on the disk when this returns.
    pub(super) async fn run<T, F>(&self, doing: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> RowResult<T> + Send + 'static,
    {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let unit = Work { doing, work, answer: None, reply, _room: room };
        self.queue.send(Message::Unit(Box::new(unit))).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Does the house work, outside of any transaction; says whether nothing is left in the log.
    pub(super) async fn optimize(&self) -> Result<bool, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Message::Optimize(reply)).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Ends the thread behind all that waits, and waits for it.
    pub(super) fn stop(&self) {
        self.room.close();
        let _ = self.queue.send(Message::Stop);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // a panic was already told by the panic hook; nothing is left to save
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write(mut connection: Connection, database: &Database, messages: &mpsc::Receiver<Message>) {
    let mut is_open = true;
    while is_open {
        let Ok(first) = messages.recv() else { break };
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next.take() {
            match message {
                Message::Unit(unit) => group.push(unit),
                Message::Optimize(reply) => {
                    run_group(&mut connection, database, std::mem::take(&mut group));
                    let _ = reply.send(house_work(&connection).map_err(|e| database.error("house work", e.into())));
                }
                Message::Stop => is_open = false,
            }
            if is_open && group.len() < GROUP {
                next = messages.try_recv().ok();
            }
        }
        run_group(&mut connection, database, group);
    }
    let _ = house_work(&connection);
}

fn run_group(connection: &mut Connection, database: &Database, mut group: Vec<Box<dyn Unit>>) {
    let together = transact(connection, &mut group);
    if together.is_ok() || group.len() == 1 {
        let mut error = together.err();
        for unit in group {
            unit.reply(error.take(), database);
        }
        return;
    }
    for unit in group {
        let mut alone = [unit];
        let error = transact(connection, &mut alone).err();
        let [unit] = alone;
        unit.reply(error, database);
    }
}

/// All units or none; rolled back when it returns an error.
fn transact(connection: &mut Connection, units: &mut [Box<dyn Unit>]) -> RowResult<()> {
    if units.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for unit in units {
        unit.run(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Query statistics where they are stale, and the write-ahead log into the database; whether all of it went.
fn house_work(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch("pragma analysis_limit = 400; pragma optimize;")?;
    connection.query_row("pragma wal_checkpoint(truncate)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}
