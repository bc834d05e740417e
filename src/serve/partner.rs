//! The other half of a pair: what this process may not do itself is handed to the one that polls, over its unix socket.
//!
//! Comes in: requests that end in the store, such as a subscription. Goes out: what the poller answers, who takes them with the
//! same code as from readers of its own. It does not know what they are about.
//!
//! The socket is a file in the state folder: an abstract one lives in a network namespace, which a process without network does
//! not share. It is only there with a pair, and made anew at each start.

use super::answer::{self, Reply};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests at the poller at the same time.
const MOST: usize = 64;
/// The longest answer: the poller's metrics.
const MOST_ANSWER_BYTES: usize = 4 << 20;
/// A slow push, its verdict included.
const PATIENCE: Duration = Duration::from_secs(60);
/// A poller that takes longer to say how it is does not answer.
const READINESS: Duration = Duration::from_secs(3);

/// What is between this connection and the other side's, and not for the one behind (RFC 9110 §7.6.1).
const OF_THE_CONNECTION: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
];

type Failure = Box<dyn Error + Send + Sync>;

/// The socket of a pair, in the state folder.
#[must_use]
pub fn partner_socket(folder: &Path) -> PathBuf {
    folder.join("serve.sock")
}

/// Where the poller of a pair is asked.
#[derive(Debug)]
pub struct Partner {
    socket: PathBuf,
    turns: Semaphore,
}

impl Partner {
    /// The poller of a state folder, whether it runs or not.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { socket: partner_socket(folder), turns: Semaphore::new(MOST) }
    }

    /// Hands a request to the poller as one for `place`; where it is away, whoever asks is told to come again.
    pub(super) async fn forward<B>(&self, place: Uri, request: Request<B>) -> Reply
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Failure>,
    {
        let (mut head, body) = request.into_parts();
        for name in OF_THE_CONNECTION {
            head.headers.remove(name);
        }
        (head.uri, head.version) = (place, Version::HTTP_11);
        match timeout(PATIENCE, self.exchange(Request::from_parts(head, body))).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) | Err(_) => answer::partner_away(),
        }
    }

    /// Whether the poller says that it is well; else what `/readyz` says.
    pub(super) async fn readiness(&self) -> Result<(), &'static str> {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.uri_mut() = Uri::from_static("/readyz");
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("poller"));
        match timeout(READINESS, self.exchange(request)).await {
            Ok(Ok(reply)) if reply.status().is_success() => Ok(()),
            Ok(Ok(_)) => Err("not ready: the poller is starting, stopping, or makes no progress\n"),
            Ok(Err(_)) | Err(_) => Err("not ready: the poller does not run; what it published is served on\n"),
        }
    }

    async fn exchange<B>(&self, request: Request<B>) -> Result<Reply, Failure>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Failure>,
    {
        let _turn = self.turns.try_acquire()?;
        let stream = UnixStream::connect(&self.socket).await?;
        let (mut poller, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let asking = async move {
            let (head, body) = poller.send_request(request).await?.into_parts();
            let body = Limited::new(body, MOST_ANSWER_BYTES).collect().await?.to_bytes();
            Ok(reply(head.status, head.headers, body))
        };
        let (mut asking, mut connection) = (pin!(asking), pin!(connection));
        tokio::select! {
            answered = &mut asking => return answered,
            // its end: what was answered is there, what was not never will be
            _ = &mut connection => {}
        }
        asking.await
    }
}

/// The poller's answer as one of ours.
fn reply(status: StatusCode, mut headers: HeaderMap, body: Bytes) -> Reply {
    for name in OF_THE_CONNECTION.iter().chain(&[header::DATE, header::CONTENT_LENGTH]) {
        headers.remove(name);
    }
    answer::reply(status, headers, body)
}

/// What a request is to the poller; `None`: this process answers it.
pub(super) fn place_at_partner(method: &Method, uri: &Uri) -> Option<Uri> {
    match uri.path() {
        // the counts of polling are the poller's
        "/metrics/poller" if matches!(*method, Method::GET | Method::HEAD) => Some(Uri::from_static("/metrics")),
        path if super::hub::is_at(path) || super::websub::token(path).is_some() => {
            uri.path_and_query().map(|place| Uri::from(place.clone()))
        }
        _ => None,
    }
}
