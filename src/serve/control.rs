//! The operators' door: a unix socket, one order and one reply a connection, each a line of JSON.
//!
//! Comes in: orders of the user that runs the daemon, and of root. Goes out: what was done, in lines for people. It does not
//! know how an order is carried out.
//!
//! The socket's address is abstract (unix(7)), named after the state folder's device and inode: a killed daemon leaves nothing
//! behind, the folder can be copied whole, and no path is too long. Who is at the other end is asked of the kernel, by both.

use crate::model::SourceId;
use serde::{Deserialize, Serialize};
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

/// What an operator may have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// The held items of a source go on.
    Release {
        /// Which.
        source: SourceId,
    },
    /// An item leaves the feeds; it stays in the history.
    Withdraw {
        /// Which.
        item: ItemName,
    },
    /// An item is erased for good.
    Erase {
        /// Which.
        item: ItemName,
    },
    /// Kept documents are read anew, to correct what is stored.
    Replay {
        /// Of which source; `None`: of all.
        source: Option<SourceId>,
        /// Every kept document, not the newest alone.
        all: bool,
    },
    /// The configuration is taken anew.
    Reload,
}

impl Order {
    /// As the log shows it: without the articles that it names.
    #[must_use]
    pub fn in_log(&self) -> String {
        match self {
            Self::Withdraw { item } => format!("withdraw, item {item:?}"),
            Self::Erase { item } => format!("erase, item {item:?}"),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

/// What an operator calls an item: its guid or its address. An address tells the title, so that no log shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemName(pub String);

impl std::fmt::Debug for ItemName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not shown")
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum OrderReply {
    /// It was carried out.
    Done {
        /// What was done, in lines for people.
        lines: Vec<String>,
    },
    /// It names what is not there.
    Unknown {
        /// What, and what there is.
        why: String,
    },
    /// It could not be carried out.
    Failed {
        /// Why.
        why: String,
    },
}

/// An order on its way to whoever carries it out.
pub type Call = (Order, oneshot::Sender<OrderReply>);

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
pub async fn ask(folder: &Path, half: Half, order: &Order) -> io::Result<Option<OrderReply>> {
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
    write_line(&mut stream, order).await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    serde_json::from_str(&line).map(Some).map_err(|_| io::Error::other("the daemon ended before it replied"))
}

async fn take(mut stream: UnixStream, desk: mpsc::Sender<Call>) {
    let mut line = Vec::new();
    let mut reader = BufReader::new((&mut stream).take(LONGEST_LINE));
    let read = timeout(READING, reader.read_until(b'\n', &mut line)).await;
    let reply = match read {
        Ok(Ok(_)) => reply(&line, &desk).await,
        _ => return,
    };
    // an operator that went away needs no reply
    let _ = write_line(&mut stream, &reply).await;
}

async fn reply(line: &[u8], desk: &mpsc::Sender<Call>) -> OrderReply {
    let stopping = || OrderReply::Failed { why: "the daemon is stopping".to_owned() };
    match serde_json::from_slice(line) {
        Ok(order) => {
            let (tell, told) = oneshot::channel();
            if desk.send((order, tell)).await.is_err() {
                return stopping();
            }
            told.await.unwrap_or_else(|_| stopping())
        }
        Err(error) => OrderReply::Unknown { why: format!("the running daemon does not know this order: {error}") },
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

    fn order() -> Order {
        Order::Release { source: SourceId::try_from("bao/xa-hoi".to_owned()).expect("an id") }
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
            while let Some((order, tell)) = calls.recv().await {
                let _ = tell.send(OrderReply::Done { lines: vec![format!("{order:?}")] });
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
        let reply = with_door(folder.path(), ask(folder.path(), Half::Polling, &order())).await.expect("an answer");
        assert_eq!(reply, Some(OrderReply::Done { lines: vec![format!("{:?}", order())] }));
        assert_eq!(
            ask(folder.path(), Half::Polling, &order()).await.expect("no error"),
            None,
            "the door goes with its process"
        );
    }

    #[tokio::test]
    async fn nobody_is_there() {
        let folder = folder();
        assert_eq!(ask(folder.path(), Half::Polling, &order()).await.expect("no error"), None);
        assert_eq!(ask(&folder.path().join("none"), Half::Polling, &order()).await.expect("no error"), None);
    }

    #[tokio::test]
    async fn two_folders_have_two_doors() {
        let (one, other) = (folder(), folder());
        let _door = Door::open(one.path(), Half::Polling).expect("a socket");
        assert!(Door::open(one.path(), Half::Polling).is_err(), "it is taken");
        assert!(Door::open(other.path(), Half::Polling).is_ok());
        assert!(Door::open(one.path(), Half::Serving).is_ok(), "so have the halves of a pair");
    }

    #[test]
    fn no_log_shows_the_address_of_an_article() {
        let item = ItemName("https://bao.vn/ten-cua-mot-nguoi.html".into());
        for order in [Order::Erase { item: item.clone() }, Order::Withdraw { item }] {
            let shown = format!("{order:?} {}", order.in_log());
            assert!(!shown.contains("nguoi") && shown.contains("not shown"), "{shown}");
        }
        assert_eq!(order().in_log(), r#"{"order":"release","source":"bao/xa-hoi"}"#);
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
            assert!(ask(folder.path(), Half::Polling, &order()).await.expect("an answer").is_some());
            said
        })
        .await;
        assert!(said[0].contains("does not know this order"), "{said:?}");
    }
}
