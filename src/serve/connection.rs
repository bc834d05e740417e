//! One connection: plain requests for documents first (`direct.rs`), then HTTP/1.1 by hyper, over a stream that loses patience
//! with readers who hold it and send or take nothing.
//!
//! Comes in: a stream and the order to stop. Goes out: answers, each whole. It does not know what is answered.

use super::direct::{self, End};
use super::readers::Visitor;
use super::{App, Visited};
use crate::observe::metrics::Metrics;
use crate::store::Store;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep};

/// From the connection's start, or the last byte we sent, to the end of the next request's header: slow headers and idle
/// connections alike. It is counted here and not by hyper, whose timer also runs while a slow reader takes the answer before.
const HEADER_WAIT: Duration = Duration::from_secs(10);

/// While there is something to send and the reader takes none of it.
const STALL: Duration = Duration::from_secs(30);

/// After our last byte, for the reader to close: a socket closed over unread requests would destroy bytes on their way.
const LINGER: Duration = Duration::from_secs(2);

/// What is read and thrown away meanwhile.
const LINGER_BYTES: usize = 1 << 20;

/// The longest header of a request, and what hyper buffers.
const HEADER_BYTES: usize = 64 << 10;

/// Answers the requests of one connection until its reader ends it, stalls, or `stopping` turns true: then the answer under
/// way is the last.
pub(super) async fn serve<S, T>(stream: T, peer: Option<IpAddr>, app: App<S>, stopping: watch::Receiver<bool>)
where
    S: Store,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let _open = Open::new(app.inner.metrics.clone());
    let (mut stream, mut visitor) = (Patient::new(stream), Visitor::new(peer));
    match direct::answer(&mut stream, &app, &mut visitor, &stopping).await {
        End::Closed => return,
        // An error is the reader's.
        End::Stopped => return stream.shutdown().await.unwrap_or_default(),
        End::Other(unread) => stream.unread = unread.into(),
    }
    // On the heap, so that the many connections that never need it are small.
    Box::pin(serve_rest(stream, app.visited_by(visitor), stopping)).await;
}

async fn serve_rest<S, T>(stream: Patient<T>, app: Visited<S>, mut stopping: watch::Receiver<bool>)
where
    S: Store,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut http = http1::Builder::new();
    http.half_close(true).header_read_timeout(None).max_buf_size(HEADER_BYTES).max_header_size(HEADER_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), app));
    // An error is the reader's: it went away, stalled, or spoke no HTTP. It reads before it hears of a stop: hyper closes at
    // once what has read nothing yet, and a request would be lost.
    tokio::select! {
        biased;
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|stopping| *stopping) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Counts a connection while it is open, however it ends.
struct Open(Arc<Metrics>);

impl Open {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.http_opened();
        Self(metrics)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.http_closed();
    }
}

/// A stream with deadlines, whose end never destroys what was sent.
struct Patient<T> {
    stream: T,
    deadline: Pin<Box<Sleep>>,
    /// The start, or when the reader last took bytes.
    progress: Instant,
    /// There are bytes that the reader does not take yet.
    blocked: bool,
    /// Ours is closed; what is still read and thrown away.
    lingering: Option<usize>,
    /// What was read before and is to be read again.
    unread: Bytes,
}

impl<T> Patient<T> {
    fn new(stream: T) -> Self {
        let deadline = Box::pin(sleep(HEADER_WAIT));
        Self { stream, deadline, progress: Instant::now(), blocked: false, lingering: None, unread: Bytes::new() }
    }

    fn limit(&self) -> Duration {
        match (self.lingering, self.blocked) {
            (Some(_), _) => LINGER,
            (None, true) => STALL,
            (None, false) => HEADER_WAIT,
        }
    }

    /// Pending while there is time, else the error. The timer is set anew only when it has run out: progress is cheap.
    fn poll_patience<R>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        loop {
            ready!(self.deadline.as_mut().poll(cx));
            let due = self.progress + self.limit();
            if due <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.deadline.as_mut().reset(due);
        }
    }

    fn note(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.blocked = written.is_pending();
        if self.blocked {
            return self.poll_patience(cx);
        }
        self.progress = Instant::now();
        written
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Patient<T> {
    /// Reads until the reader closes, for two seconds and a mebibyte at the most.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; 4096];
        while let Some(left @ 1..) = self.lingering {
            let mut thrown_away = ReadBuf::new(&mut room);
            match Pin::new(&mut self.stream).poll_read(cx, &mut thrown_away) {
                Poll::Ready(Ok(())) if !thrown_away.filled().is_empty() => {
                    self.lingering = Some(left.saturating_sub(thrown_away.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    let _: io::Result<()> = ready!(self.poll_patience(cx));
                    break;
                }
            }
        }
        self.lingering = Some(0);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let some = self.unread.len().min(into.remaining());
            into.put_slice(&self.unread.split_to(some));
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut self.stream).poll_read(cx, into) {
            Poll::Pending => self.poll_patience(cx),
            read => read,
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.note(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.lingering = Some(LINGER_BYTES);
            self.progress = Instant::now();
            self.deadline.as_mut().reset(Instant::now() + LINGER);
        }
        self.poll_linger(cx)
    }
}
