//! Forms against hubs on loopback: those that accept, refuse, redirect, stall, and lead astray.

use super::*;

/// What a hub answers to a path; none keeps the caller waiting.
type Script = fn(&str) -> Option<String>;

/// A scripted hub that keeps each request with its body.
struct Hub {
    base: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    async fn new(script: Script) -> Self {
        let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
        let base = Url::parse(&format!("http://{}/", listener.local_addr().expect("bound"))).expect("a URL");
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    while let Some(request) = whole_request(&mut stream).await {
                        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                        kept.lock().expect("not poisoned").push(request);
                        match script(&path) {
                            Some(answer) if stream.write_all(answer.as_bytes()).await.is_ok() => {}
                            Some(_) => return,
                            None => std::future::pending().await,
                        }
                    }
                });
            }
        });
        Self { base, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").clone()
    }

    async fn post(&self, fetcher: &Fetcher, path: &str) -> Result<(), PostError> {
        let fields = vec![("hub.mode", "subscribe".to_owned()), ("hub.topic", "https://bao.vn/a?b=c&d".to_owned())];
        let url = self.base.join(path).expect("a path");
        fetcher.post(&Form { url, fields, retry_base: Duration::from_secs(60), now: now() }).await
    }
}

pub(super) async fn whole_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        bytes.push(stream.read_u8().await.ok()?);
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
}

fn said(code: u16, headers: &str, body: &str) -> Option<String> {
    Some(format!("HTTP/1.1 {code} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
}

#[tokio::test]
async fn form_is_sent_encoded_without_cookies_or_robots_and_any_2xx_accepts_it() {
    let hub = Hub::new(|path| said(if path == "/old" { 204 } else { 202 }, "set-cookie: a=b\r\n", "")).await;
    let fetcher = fetcher();
    for path in ["new", "old"] {
        hub.post(&fetcher, path).await.expect("accepted");
    }
    let seen = hub.seen();
    assert_eq!(seen.len(), 2, "robots.txt is not asked: {seen:?}");
    assert!(seen[0].starts_with("POST /new HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(
        seen[0].ends_with("\r\n\r\nhub.mode=subscribe&hub.topic=https%3A%2F%2Fbao.vn%2Fa%3Fb%3Dc%26d"),
        "{}",
        seen[0]
    );
    let head = seen[1].to_ascii_lowercase();
    assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
    assert!(head.contains("user-agent: bantin/") && !head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn redirects_that_keep_the_method_are_followed_with_the_form() {
    let hub = Hub::new(|path| match path {
        "/a" => said(307, "location: /b\r\n", ""),
        "/b" => said(308, "location: /c\r\n", ""),
        "/other-method" => said(302, "location: /c\r\n", ""),
        "/round" => said(307, "location: /round\r\n", ""),
        _ => said(202, "", ""),
    })
    .await;
    let fetcher = fetcher();
    hub.post(&fetcher, "a").await.expect("accepted");
    let seen = hub.seen();
    assert!(seen[2].starts_with("POST /c ") && seen[2].contains("hub.mode=subscribe"), "{seen:?}");
    let refused = hub.post(&fetcher, "other-method").await.expect_err("not followed");
    assert!(matches!(refused, PostError::Refused { status: 302, .. }), "{refused}");
    let endless = hub.post(&fetcher, "round").await.expect_err("endless");
    assert!(matches!(endless, PostError::Fetch(FetchError::Redirect { .. })), "{endless}");
    assert_eq!(hub.seen().len(), 3 + 1 + 6);
}

#[tokio::test]
async fn no_form_reaches_a_closed_address() {
    let hub = Hub::new(|path| match path {
        "/private" => said(307, "location: http://10.0.0.1/\r\n", ""),
        "/loopback" => said(308, "location: http://127.0.0.1:1/\r\n", ""),
        _ => said(307, "location: file:///etc/passwd\r\n", ""),
    })
    .await;
    for path in ["private", "loopback", "file"] {
        let refused = hub.post(&fetcher(), path).await.expect_err("refused");
        assert!(matches!(refused, PostError::Fetch(FetchError::AddressRefused { .. })), "{path}: {refused}");
    }
    let elsewhere = Hub { base: Url::parse("http://192.168.0.1/").expect("a URL"), seen: Arc::default() };
    let refused = elsewhere.post(&fetcher(), "hub").await.expect_err("refused");
    assert!(matches!(refused, PostError::Fetch(FetchError::AddressRefused { .. })), "{refused}");
}

#[tokio::test]
async fn refusal_is_told_in_the_hubs_own_words_made_safe() {
    let hub = Hub::new(|path| match path {
        "/words" => said(422, "", "topic not\u{1b}[31m known\nsecond line"),
        "/markup" => said(500, "", "<html><h1>Oops</h1>"),
        _ => said(400, "", &"x".repeat(5000)),
    })
    .await;
    let fetcher = fetcher();
    let words = hub.post(&fetcher, "words").await.expect_err("refused").to_string();
    assert!(words.contains("answered 422: topic not") && !words.contains(['\u{1b}', '\n']), "{words}");
    let markup = hub.post(&fetcher, "markup").await.expect_err("refused").to_string();
    assert!(markup.ends_with("answered 500"), "{markup}");
    assert!(hub.post(&fetcher, "long").await.expect_err("refused").to_string().len() < 300);
}

#[tokio::test]
async fn throttled_hub_is_left_alone_as_long_as_it_asks() {
    let hub = Hub::new(|_| said(429, "retry-after: 600\r\n", "")).await;
    let fetcher = fetcher();
    let first = hub.post(&fetcher, "hub").await.expect_err("throttled");
    assert_eq!(first.retry_after(), Some(Duration::from_secs(600)));
    let second = hub.post(&fetcher, "hub").await.expect_err("cooling down");
    assert!(second.until().is_some_and(|until| until > now()), "{second}");
    assert_eq!(hub.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn hub_that_never_answers_is_given_up() {
    let hub = Hub::new(|_| None).await;
    let error = hub.post(&fetcher(), "hub").await.expect_err("no answer");
    assert!(matches!(error, PostError::Fetch(FetchError::Timeout { .. })), "{error}");
}
