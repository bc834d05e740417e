//! The operators' door: a unix socket, one order and one reply a connection, each a line of JSON.
//!
//! Comes in: orders of the user that runs the daemon, and of root. Goes out: what was done, in lines for people. It does not
//! know how an order is carried out.
//!
//! The socket's address is abstract (unix(7)), named after the state folder's device and inode: a killed daemon leaves nothing
//! behind, the folder can be copied whole, and no path is too long. Who is at the other end is asked of the kernel, by both.

use super::order::{Envelope, Order, OrderReply};
use crate::model::{Step, Watcher};
use serde::Serialize;
use std::fs;
use std::future::Future;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

const LONGEST_LINE: u64 = 64 * 1024;
/// Orders at the same time.
const MOST: usize = 8;
const READING: Duration = Duration::from_secs(10);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An order on its way to whoever carries it out, who is to tell of its progress and then what became of it.
pub type Call = (Order, Watcher, oneshot::Sender<OrderReply>);

/// Whose door it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Of the process that holds the state folder's lock.
    Polling,
    /// Of the one of a pair that only serves.
    Serving,
}

/// The bound door.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    owner: u32,
}

impl Door {
    /// Opens the door of a state folder; that of [`Half::Polling`] is for whoever has locked it.
    ///
    /// # Errors
    /// The system's.
    pub fn open(folder: &Path, half: Half) -> io::Result<Self> {
        Ok(Self { listener: UnixListener::bind(address(folder, half)?)?, owner: fs::metadata("/proc/self")?.uid() })
    }

    /// Takes orders until `shutdown`; those that were taken get their replies.
    pub async fn serve(self, desk: mpsc::Sender<Call>, shutdown: impl Future<Output = ()>) {
        let mut callers = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = self.listener.accept(), if callers.len() < MOST => match accepted {
                    Ok((stream, _)) if self.may_order(&stream) => {
                        callers.spawn(take(stream, desk.clone()));
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = callers.join_next() => {}
            }
        }
        callers.shutdown().await;
    }

    fn may_order(&self, stream: &UnixStream) -> bool {
        stream.peer_cred().is_ok_and(|peer| peer.uid() == self.owner || peer.uid() == 0)
    }
}

/// Gives an order to the daemon, or that half of a pair, that runs on a state folder; `None`: none does, as far as can be seen
/// from this network namespace.
///
/// # Errors
/// The system's, and a reply that cannot be read.
pub async fn ask(
    folder: &Path,
    half: Half,
    order: &Order,
    mut tell: impl FnMut(&str, u64, u64),
) -> io::Result<Option<OrderReply>> {
    use io::ErrorKind::{ConnectionRefused, NotFound, PermissionDenied};
    let connected = match address(folder, half) {
        Ok(address) => UnixStream::connect(address).await,
        Err(error) => Err(error),
    };
    let mut stream = match connected {
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => return Ok(None),
        connected => connected?,
    };
    // anybody may take a name; the daemon is whoever may write the folder
    let (peer, owner) = (stream.peer_cred()?.uid(), fs::metadata(folder.join("bantin.lock"))?.uid());
    if peer != owner && peer != 0 {
        return Err(io::Error::new(PermissionDenied, format!("user {peer} answers in place of the daemon")));
    }
    write_line(&mut stream, &Envelope { order: order.clone(), progress: true }).await?;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let line = lines.next_line().await?.unwrap_or_default();
        match serde_json::from_str(&line) {
            Ok(OrderReply::Progress { what, done, of }) => tell(&what, done, of),
            Ok(reply) => return Ok(Some(reply)),
            Err(_) => return Err(io::Error::other("the daemon ended before it replied")),
        }
    }
}

async fn take(mut stream: UnixStream, desk: mpsc::Sender<Call>) {
    let mut line = Vec::new();
    let mut reader = BufReader::new((&mut stream).take(LONGEST_LINE));
    let read = timeout(READING, reader.read_until(b'\n', &mut line)).await;
    if !matches!(read, Ok(Ok(_))) {
        return;
    }
    let reply = match serde_json::from_slice(&line) {
        Ok(envelope) => carried_out(&mut stream, envelope, &desk).await,
        Err(error) => OrderReply::Unknown { why: format!("the running daemon does not know this order: {error}") },
    };
    // an operator that went away needs no reply
    let _ = write_line(&mut stream, &reply).await;
}

async fn carried_out(stream: &mut UnixStream, envelope: Envelope, desk: &mpsc::Sender<Call>) -> OrderReply {
    let stopping = || OrderReply::Failed { why: "the daemon is stopping".to_owned() };
    let (tell, mut told) = oneshot::channel();
    let (stepped, mut steps) = mpsc::channel::<Step>(1);
    // a step that finds another one unsent is not missed
    let watcher = Watcher::new(move |step| {
        let _ = stepped.try_send(step);
    });
    let watcher = if envelope.progress { watcher } else { Watcher::default() };
    if desk.send((envelope.order, watcher, tell)).await.is_err() {
        return stopping();
    }
    loop {
        tokio::select! {
            biased;
            reply = &mut told => return reply.unwrap_or_else(|_| stopping()),
            Some(Step { what, done, of }) = steps.recv() => {
                let _ = write_line(stream, &OrderReply::Progress { what: what.to_owned(), done, of }).await;
            }
        }
    }
}

async fn write_line(stream: &mut UnixStream, said: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    stream.flush().await
}

/// The abstract address: the null byte says so.
fn address(folder: &Path, half: Half) -> io::Result<String> {
    let folder = fs::metadata(folder)?;
    let name = match half {
        Half::Polling => "bantin",
        Half::Serving => "bantin-serve",
    };
    Ok(format!("\0{name}-{:x}-{:x}", folder.dev(), folder.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn order() -> Order {
        Order::Release { source: SourceId::try_from("bao/xa-hoi".to_owned()).expect("an id") }
    }

    fn done(order: &Order) -> OrderReply {
        OrderReply::Done { lines: vec![format!("{order:?}")], facts: serde_json::Value::Null }
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("bantin.lock"), "1").expect("a lock");
        folder
    }

    /// A door whose desk answers with what it was told.
    async fn with_door<T>(folder: &Path, ask: impl Future<Output = T>) -> T {
        let door = Door::open(folder, Half::Polling).expect("a socket");
        let (desk, mut calls) = mpsc::channel::<Call>(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(door.serve(desk, async move {
            let _ = stopped.await;
        }));
        let answering = tokio::spawn(async move {
            while let Some((order, watcher, tell)) = calls.recv().await {
                watcher.step("well", 1, 2);
                // the door tells it on before the reply comes
                tokio::task::yield_now().await;
                let _ = tell.send(done(&order));
            }
        });
        let answer = ask.await;
        drop(stop);
        serving.await.expect("the door ends");
        answering.await.expect("so does the desk");
        answer
    }

    #[tokio::test]
    async fn an_order_gets_its_reply() {
        let folder = folder();
        let mut steps = Vec::new();
        let order = order();
        let asked = ask(folder.path(), Half::Polling, &order, |what, done, of| steps.push((what.to_owned(), done, of)));
        let reply = with_door(folder.path(), asked).await.expect("an answer");
        assert!(steps.iter().all(|step| *step == ("well".to_owned(), 1, 2)), "{steps:?}");
        assert_eq!(reply, Some(done(&order)));
        assert_eq!(
            ask(folder.path(), Half::Polling, &order, |_, _, _| ()).await.expect("no error"),
            None,
            "the door goes with its process"
        );
    }

    #[tokio::test]
    async fn nobody_is_there() {
        let folder = folder();
        let none = folder.path().join("none");
        assert_eq!(ask(folder.path(), Half::Polling, &order(), |_, _, _| ()).await.expect("no error"), None);
        assert_eq!(ask(&none, Half::Polling, &order(), |_, _, _| ()).await.expect("no error"), None);
    }

    #[tokio::test]
    async fn two_folders_have_two_doors() {
        let (one, other) = (folder(), folder());
        let _door = Door::open(one.path(), Half::Polling).expect("a socket");
        assert!(Door::open(one.path(), Half::Polling).is_err(), "it is taken");
        assert!(Door::open(other.path(), Half::Polling).is_ok());
        assert!(Door::open(one.path(), Half::Serving).is_ok(), "so have the halves of a pair");
    }

    #[tokio::test]
    async fn nonsense_is_refused_and_harms_nobody() {
        let folder = folder();
        let path = address(folder.path(), Half::Polling).expect("a folder");
        let said = with_door(folder.path(), async {
            let mut said = Vec::new();
            for nonsense in [&b"{\"order\":\"dance\"}\n"[..], &[0xff; 70_000], b""] {
                let mut stream = UnixStream::connect(&path).await.expect("the door");
                let _ = stream.write_all(nonsense).await;
                let _ = stream.shutdown().await;
                let mut text = String::new();
                let _ = stream.read_to_string(&mut text).await;
                said.push(text);
            }
            assert!(ask(folder.path(), Half::Polling, &order(), |_, _, _| ()).await.expect("an answer").is_some());
            said
        })
        .await;
        assert!(said[0].contains("does not know this order"), "{said:?}");
    }
}
