//! Calls to callbacks on loopback: what is sent, what is read, and where none may lead.

use super::*;
use crate::fetch::{Call, Called, Parcel};
use hyper::body::Bytes;

/// Answers each request with a script of its path, and keeps it.
async fn callback(script: fn(&str) -> &'static str) -> (Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                while let Some(request) = post::whole_request(&mut stream).await {
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    kept.lock().expect("lock").push(request);
                    if stream.write_all(script(&path).as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (base, seen)
}

fn parcel(body: &str) -> Option<Parcel> {
    let headers = vec![("content-type", "application/rss+xml".to_owned()), ("link", "<a>; rel=\"hub\"".to_owned())];
    Some(Parcel { headers, body: Bytes::from(body.to_owned()) })
}

async fn called(fetcher: &Fetcher, url: Url, parcel: Option<Parcel>) -> Result<Called, FetchError> {
    fetcher.call(Call { url, parcel, now: now() }).await
}

#[tokio::test]
async fn question_keeps_the_callbacks_query_and_reads_a_short_answer() {
    let (base, seen) = callback(|_| "HTTP/1.1 200 X\r\ncontent-length: 5\r\n\r\nhello").await;
    let answer = called(&fetcher(), base.join("a?b=c&d").expect("a URL"), None).await.expect("an answer");
    assert_eq!(answer, Called { status: 200, body: b"hello".to_vec(), retry_after: None });
    let seen = seen.lock().expect("lock").clone();
    assert_eq!(seen.len(), 1, "robots.txt is not asked: {seen:?}");
    assert!(seen[0].starts_with("GET /a?b=c&d HTTP/1.1\r\n"), "{seen:?}");
}

#[tokio::test]
async fn parcel_is_sent_as_it_is_and_redirects_are_not_followed() {
    let (base, seen) = callback(|path| match path {
        "/moved" => "HTTP/1.1 307 X\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n",
        _ => "HTTP/1.1 503 X\r\nretry-after: 90\r\ncontent-length: 0\r\n\r\n",
    })
    .await;
    let fetcher = fetcher();
    let moved = called(&fetcher, base.join("moved").expect("a URL"), parcel("<rss/>")).await.expect("an answer");
    assert_eq!(moved.status, 307);
    let busy = called(&fetcher, base.join("busy").expect("a URL"), parcel("<rss/>")).await.expect("an answer");
    assert_eq!((busy.status, busy.retry_after), (503, Some(Duration::from_secs(90))));
    let again = called(&fetcher, base.join("busy").expect("a URL"), parcel("")).await.expect("an answer");
    assert_eq!(again.status, 503, "a callback that is busy is no origin that is left alone");
    let seen = seen.lock().expect("lock").clone();
    assert_eq!(seen.len(), 3);
    let text = seen[0].to_ascii_lowercase();
    assert!(text.starts_with("post /moved http/1.1\r\n") && text.ends_with("\r\n\r\n<rss/>"), "{text}");
    assert!(text.contains("content-type: application/rss+xml\r\n") && text.contains("link: <a>; rel=\"hub\"\r\n"));
    assert!(fetcher.take_changed_origins().is_empty(), "strangers' hosts are not kept");
}

#[tokio::test]
async fn no_call_reaches_a_closed_address() {
    let fetcher = fetcher();
    for closed in ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://192.168.1.1:8080/"] {
        let url = Url::parse(closed).expect("a URL");
        assert!(matches!(fetcher.check_callback(&url), Err(FetchError::AddressRefused { .. })), "{closed}");
        let refused = called(&fetcher, url, None).await.expect_err("refused");
        assert!(matches!(refused, FetchError::AddressRefused { .. }), "{closed}: {refused}");
    }
}
