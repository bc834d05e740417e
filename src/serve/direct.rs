//! Plain requests for documents, answered from their bytes before hyper sees them.
//!
//! Comes in: a connection. Goes out: whole answers, as long as every request is a GET or HEAD of a document with nothing
//! unusual about it. The first that is anything else goes to hyper with all that was read, and the connection with it: so
//! whatever is odd, wrong or rare about HTTP is judged in one place, which is not this one.

use super::App;
use super::feeds::{Share, share};
use super::readers::{Answered, Visitor};
use crate::store::Store;
use chrono::{DateTime, Utc};
use hyper::body::Bytes;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice, Write};
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::timeout;

/// Header fields of a plain request.
const MOST_FIELDS: usize = 48;

/// A plain request is shorter.
const LONGEST_HEAD: usize = 8 << 10;

/// Read at once, on the stack: an idle connection holds no room for what may come.
const READ_BYTES: usize = 4 << 10;

/// What an idle connection may hold on to.
const KEPT_BYTES: usize = 512;

/// After the order to stop, for the first request of a connection that was taken just before.
const FIRST_REQUEST: Duration = Duration::from_millis(500);

/// An answer up to this long goes out in one piece: copying it costs less than gathering it.
const SMALL: usize = 1 << 10;

/// How the plain requests of a connection ended.
pub(super) enum End {
    /// The reader closed, or its connection broke.
    Closed,
    /// The daemon stops, and the last answer is sent.
    Stopped,
    /// What was read and not answered is hyper's.
    Other(Vec<u8>),
}

/// Answers plain requests until another one comes, the reader closes, or `stopping` turns true: then the answer under way is
/// the last. A reader that has only just connected gets its first.
pub(super) async fn answer<S: Store, T: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut T,
    app: &App<S>,
    visitor: &mut Visitor,
    stopping: &watch::Receiver<bool>,
) -> End {
    let (mut unread, mut date, mut is_first) = (Vec::new(), Date::default(), true);
    let mut told = stopping.clone();
    let mut order = pin!(async move { drop(told.wait_for(|stopping| *stopping).await) });
    // asked once here and then only when something woke us: each answer looks at the value, which costs less
    let is_ordered = poll_fn(|cx| Poll::Ready(order.as_mut().poll(cx).is_ready())).await;
    loop {
        let mut is_awake = is_ordered;
        let read = poll_fn(|cx| match poll_some(Pin::new(&mut *stream), cx, &mut unread) {
            Poll::Pending if is_ordered || is_awake && order.as_mut().poll(cx).is_ready() => Poll::Ready(None),
            read => {
                is_awake = true;
                read.map(Some)
            }
        });
        let read = match read.await {
            None if is_first => timeout(FIRST_REQUEST, read_some(stream, &mut unread)).await.ok(),
            read => read,
        };
        match read {
            Some(Ok(1..)) => {}
            Some(Ok(0)) | None if unread.is_empty() => return if read.is_some() { End::Closed } else { End::Stopped },
            // a request that was cut short
            Some(Ok(0)) | None => return End::Other(unread),
            Some(Err(_)) => return End::Closed,
        }
        while !unread.is_empty() {
            let now = (app.inner.clock)();
            match next(&unread, app, visitor, now) {
                Next::Answer { taken, answer } => {
                    unread.drain(..taken);
                    if send(stream, &answer, date.field(now)).await.is_err() {
                        return End::Closed;
                    }
                    is_first = false;
                    if *stopping.borrow() {
                        return End::Stopped;
                    }
                }
                Next::More if !*stopping.borrow() => break,
                Next::More | Next::Other => return End::Other(unread),
            }
        }
        if unread.is_empty() {
            unread.shrink_to(KEPT_BYTES);
        }
    }
}

/// What is to be done with the bytes that were read.
enum Next {
    Answer { taken: usize, answer: Ordered },
    More,
    Other,
}

/// An answer but for its date.
struct Ordered {
    head: Bytes,
    body: Bytes,
}

fn next<S: Store>(unread: &[u8], app: &App<S>, visitor: &mut Visitor, now: DateTime<Utc>) -> Next {
    let mut room = [MaybeUninit::uninit(); MOST_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let taken = match request.parse_with_uninit_headers(unread, &mut room) {
        Ok(httparse::Status::Complete(taken)) => taken,
        Ok(httparse::Status::Partial) if unread.len() < LONGEST_HEAD => return Next::More,
        _ => return Next::Other,
    };
    ordered(&request, app, visitor, now).map_or(Next::Other, |answer| Next::Answer { taken, answer })
}

fn ordered<S: Store>(
    request: &httparse::Request<'_, '_>,
    app: &App<S>,
    visitor: &mut Visitor,
    now: DateTime<Utc>,
) -> Option<Ordered> {
    let is_head = match request.method? {
        "GET" => false,
        "HEAD" => true,
        _ => return None,
    };
    if request.version != Some(1) || !request.headers.is_plain() {
        return None;
    }
    let path = request.path?.strip_prefix('/')?;
    let path = memchr::memchr(b'?', path.as_bytes()).map_or(path, |end| &path[..end]);
    let path = if path.is_empty() { super::INDEX } else { path };
    let ready = app.inner.shelf.look_up(path)?;
    let fields = &*request.headers;
    if app.inner.readers.wait(visitor, fields).is_some() {
        return None;
    }
    let (status, head, body) = match share(&ready, fields) {
        Share::Full(coding) => {
            let found = ready.representation(coding)?;
            (200, found.head.clone(), if is_head { Bytes::new() } else { found.body.clone() })
        }
        Share::NotModified(coding) => (304, ready.not_modified_head(coding).clone(), Bytes::new()),
    };
    app.inner.metrics.http_request(status);
    let answered = Answered { path, status, bytes: body.len() };
    app.inner.readers.count(visitor, fields, answered, now);
    Some(Ordered { head, body })
}

trait Plain {
    /// One host, no body, nothing that changes what an answer or a connection is.
    fn is_plain(&self) -> bool;
}

impl Plain for [httparse::Header<'_>] {
    fn is_plain(&self) -> bool {
        let mut hosts = 0;
        for field in self {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name);
            if is("host") {
                hosts += 1;
            } else if is("connection") {
                if !field.value.eq_ignore_ascii_case(b"keep-alive") {
                    return false;
                }
            } else if ["content-length", "transfer-encoding", "expect", "upgrade", "a-im"].into_iter().any(is) {
                return false;
            }
        }
        hosts == 1
    }
}

/// Reads what there is; 0 is the end.
async fn read_some<T: AsyncRead + Unpin>(stream: &mut T, into: &mut Vec<u8>) -> io::Result<usize> {
    poll_fn(|cx| poll_some(Pin::new(&mut *stream), cx, into)).await
}

fn poll_some<T: AsyncRead>(stream: Pin<&mut T>, cx: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
    let mut room = [MaybeUninit::uninit(); READ_BYTES];
    let mut read = ReadBuf::uninit(&mut room);
    ready!(stream.poll_read(cx, &mut read))?;
    into.extend_from_slice(read.filled());
    Poll::Ready(Ok(read.filled().len()))
}

async fn send<T: AsyncWrite + Unpin>(stream: &mut T, answer: &Ordered, date: &[u8]) -> io::Result<()> {
    let mut parts = [IoSlice::new(&answer.head), IoSlice::new(date), IoSlice::new(&answer.body)];
    let mut rest = &mut parts[..];
    while rest.iter().any(|part| !part.is_empty()) {
        let written = poll_fn(|cx| poll_send(Pin::new(&mut *stream), cx, rest)).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut rest, written);
    }
    Ok(())
}

fn poll_send<T: AsyncWrite>(
    stream: Pin<&mut T>,
    cx: &mut Context<'_>,
    parts: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let mut room = [0; SMALL];
    let mut length = 0;
    for part in parts {
        let Some(place) = room.get_mut(length..length + part.len()) else {
            return stream.poll_write_vectored(cx, parts);
        };
        place.copy_from_slice(part);
        length += part.len();
    }
    stream.poll_write(cx, &room[..length])
}

/// The field `Date` and the empty line (RFC 9110 §6.6.1), made once a second.
struct Date {
    second: i64,
    field: [u8; Self::LENGTH],
}

impl Default for Date {
    fn default() -> Self {
        Self { second: i64::MIN, field: [b' '; Self::LENGTH] }
    }
}

impl Date {
    const LENGTH: usize = "date: Sat, 14 Feb 2026 01:30:00 GMT\r\n\r\n".len();

    fn field(&mut self, now: DateTime<Utc>) -> &[u8] {
        if now.timestamp() != self.second {
            self.second = now.timestamp();
            // as long as the year has four digits
            let _ = write!(&mut self.field[..], "{}\r\n\r\n", now.format("date: %a, %d %b %Y %H:%M:%S GMT"));
        }
        &self.field
    }
}
