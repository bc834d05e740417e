//! The accept loop: takes connections up to a limit, and ends without tearing an answer.
//!
//! Comes in: a listening socket and the moment to stop. Goes out: nothing; it returns when the last answer is finished.

use super::App;
use super::connection::serve;
use crate::store::Store;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Files that the rest of the daemon may need: database, requests to origins, published files.
const FILES_SPARED: usize = 128;

/// How long answers under way may take after the order to stop; the whole daemon has five seconds.
const DRAIN: Duration = Duration::from_secs(4);

/// After an error of accept that will not go away at once, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nX-Content-Type-Options: nosniff\r\n\
    Content-Length: 0\r\nConnection: close\r\n\r\n";

/// A bound socket that does not block, made here or inherited.
#[derive(Debug)]
pub enum Listener {
    /// An address.
    Tcp(std::net::TcpListener),
    /// A path.
    Unix(std::os::unix::net::UnixListener),
}

/// The same, on the runtime that serves.
enum Door {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Door {
    fn open(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Listener::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(listener) => Ok(Stream::Unix(listener.accept().await?.0)),
        }
    }
}

/// Serves until `shutdown` is done; then takes no more connections, closes the idle ones, finishes the answers under way,
/// and returns after four seconds at the latest.
///
/// # Errors
/// The system's word where the socket cannot be used.
pub async fn run<S: Store>(listener: Listener, app: App<S>, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let door = Door::open(listener)?;
    let (stop, stopping) = watch::channel(false);
    let limit = app.inner.readers.most_connections().min(files_left());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = door.accept() => match accepted {
                Ok(stream) if connections.len() >= limit => refuse(&stream, &app),
                Ok(stream) => {
                    connections.spawn(connection(stream, app.clone(), stopping.clone()));
                }
                Err(error) => after_error(&error, &app).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    // who is in the queue has connected already, and nobody else would answer
    loop {
        tokio::select! {
            biased;
            Ok(stream) = door.accept(), if connections.len() < limit => {
                connections.spawn(connection(stream, app.clone(), stopping.clone()));
            }
            () = std::future::ready(()) => break,
        }
    }
    drop(door);
    stop.send_replace(true);
    let _ = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    connections.shutdown().await;
    Ok(())
}

async fn connection<S: Store>(stream: Stream, app: App<S>, stopping: watch::Receiver<bool>) {
    match stream {
        Stream::Tcp(stream) => {
            let peer = stream.peer_addr().ok().map(|address| address.ip());
            serve(stream, peer, app, stopping).await;
        }
        Stream::Unix(stream) => serve(stream, None, app, stopping).await,
    }
}

/// Says so at once and without waiting; the reader may not get it whole.
fn refuse<S>(stream: &Stream, app: &App<S>) {
    app.inner.metrics.http_refused();
    let _ = match stream {
        Stream::Tcp(stream) => stream.try_write(BUSY),
        Stream::Unix(stream) => stream.try_write(BUSY),
    };
}

/// A connection that ended before it was taken is of no matter; anything else would come again at once.
async fn after_error<S>(error: &io::Error, app: &App<S>) {
    if !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::InvalidInput
    ) {
        app.inner.metrics.http_refused();
        sleep(ACCEPT_PAUSE).await;
    }
}

/// As many readers as the limit on open files leaves, so that a flood of them cannot stop the polls.
fn files_left() -> usize {
    const LEAST: usize = 16;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok());
    files.map_or(usize::MAX, |files: usize| files.saturating_sub(FILES_SPARED).max(LEAST))
}
