//! Hubs at the door: what is confirmed, what is believed, and what nobody learns.

use super::{Heard as Said, *};
use crate::model::Secret;
use crate::serve::websub::Heard as Came;
use ring::hmac;
use url::form_urlencoded;

const TOPIC: &str = "https://bao.example/tin.rss?a=1";
const PATH: &str = "/websub/t0ken";
const MOST: u64 = 4096;
const SECRET: &str = "a secret";

struct Door {
    server: Server,
    callback: Arc<Callback>,
}

impl Door {
    async fn open() -> Self {
        let server = Server::start(100).await;
        let callback = Arc::new(Callback::new(Url::parse(TOPIC).expect("a URL"), Secret::new(SECRET)));
        let by_token = [("t0ken".to_owned(), Arc::clone(&callback))].into_iter().collect();
        server.app.inner.callbacks.replace(by_token, MOST);
        Self { server, callback }
    }

    async fn verify(&self, path: &str, mode: &str, topic: &str, rest: &str) -> Said {
        let topic: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
        self.server.get(&format!("{path}?hub.mode={mode}&hub.topic={topic}{rest}"), &[]).await
    }

    async fn push(&self, path: &str, signature: Option<&str>, body: &[u8]) -> Said {
        let mut stream = self.server.connect().await;
        let signature = signature.map(|text| format!("X-Hub-Signature: {text}\r\n")).unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/rss+xml\r\n{signature}\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        // a door that closes early has said enough
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("in time").expect("read");
        Said::of(&answer)
    }
}

fn signed(algorithm: hmac::Algorithm, method: &str, secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{method}={hex}")
}

fn sha256(secret: &str, body: &[u8]) -> String {
    signed(hmac::HMAC_SHA256, "sha256", secret, body)
}

#[tokio::test]
async fn awaited_intent_is_confirmed_as_plain_text() {
    let door = Door::open().await;
    door.callback.set(Some(Intent::Subscribe), false);
    let said = door.verify(PATH, "subscribe", TOPIC, "&hub.challenge=%3Cb%3Eabc%26&hub.lease_seconds=864000").await;
    assert_eq!((said.status, said.text()), (200, "<b>abc&"));
    assert_eq!(said.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(said.field("x-content-type-options"), Some("nosniff"));
    assert!(said.field("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    assert_eq!(door.callback.take().verified, Some((Intent::Subscribe, Some(864_000))));
    door.callback.set(Some(Intent::Unsubscribe), true);
    assert_eq!(door.verify(PATH, "unsubscribe", TOPIC, "&hub.challenge=x").await.text(), "x");
    assert_eq!(door.callback.take().verified, Some((Intent::Unsubscribe, None)));
}

#[tokio::test]
async fn what_was_never_asked_is_never_confirmed() {
    let door = Door::open().await;
    let long = format!("&hub.challenge={}", "x".repeat(1025));
    let cases = [
        (None, PATH, "subscribe", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Subscribe), "/websub/other", "subscribe", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Subscribe), "/websub/", "subscribe", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Subscribe), PATH, "unsubscribe", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Subscribe), PATH, "subscribe", "https://bao.example/other.rss", "&hub.challenge=x"),
        (Some(Intent::Subscribe), PATH, "subscribe", "", "&hub.challenge=x"),
        (Some(Intent::Subscribe), PATH, "subscribe", TOPIC, ""),
        (Some(Intent::Subscribe), PATH, "subscribe", TOPIC, "&hub.challenge=a%0d%0ab"),
        (Some(Intent::Subscribe), PATH, "subscribe", TOPIC, &long),
        (Some(Intent::Subscribe), PATH, "publish", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Unsubscribe), PATH, "subscribe", TOPIC, "&hub.challenge=x"),
        (Some(Intent::Subscribe), PATH, "denied", "https://bao.example/other.rss", "&hub.reason=x"),
    ];
    for (awaited, path, mode, topic, rest) in cases {
        door.callback.set(awaited, awaited == Some(Intent::Unsubscribe));
        let said = door.verify(path, mode, topic, rest).await;
        assert_eq!(said.status, 404, "{awaited:?} {path} {mode} {topic} {rest}");
        assert_eq!(door.callback.take(), Came::default(), "{mode} {topic}");
    }
}

#[tokio::test]
async fn denial_is_kept_with_its_words_made_safe() {
    let door = Door::open().await;
    assert_eq!(door.verify(PATH, "denied", TOPIC, "&hub.reason=no%0aroom%1b%5b31m").await.status, 200);
    let reason = door.callback.take().denied.expect("a denial");
    assert!(reason.starts_with("no") && !reason.contains(['\n', '\x1b']), "{reason:?}");
}

#[tokio::test]
async fn good_signature_of_every_method_is_a_push() {
    let door = Door::open().await;
    let body = "<rss>Bản tin</rss>".as_bytes();
    for (algorithm, method) in [
        (hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, "sha1"),
        (hmac::HMAC_SHA256, "sha256"),
        (hmac::HMAC_SHA384, "SHA384"),
        (hmac::HMAC_SHA512, "sha512"),
    ] {
        let said = door.push(PATH, Some(&signed(algorithm, method, SECRET, body)), body).await;
        assert_eq!((said.status, said.text()), (202, ""), "{method}");
        assert_eq!(door.callback.take(), Came { pushes: 1, ..Came::default() }, "{method}");
    }
    door.push(PATH, Some(&sha256(SECRET, body).to_uppercase().replace("SHA", "sha")), body).await;
    assert_eq!(door.callback.take().pushes, 1);
    door.push(PATH, Some(&sha256(SECRET, b"")), b"").await;
    assert_eq!(door.callback.take().pushes, 1, "an empty push is one, too");
}

#[tokio::test]
async fn bad_signature_gets_the_same_answer_and_is_ignored() {
    let door = Door::open().await;
    let body = b"<rss/>";
    let good = door.push(PATH, Some(&sha256(SECRET, body)), body).await;
    let _ = door.callback.take();
    let cut = sha256(SECRET, body);
    let cut = &cut[..cut.len() - 2];
    let md5 = format!("md5={}", "0".repeat(32));
    let odd = format!("{}0", sha256(SECRET, body));
    let wrong = [
        None,
        Some(sha256("another secret", body)),
        Some(sha256(SECRET, b"<rss> </rss>")),
        Some(cut.to_owned()),
        Some(md5),
        Some(odd),
        Some("sha256=".to_owned()),
        Some("sha256".to_owned()),
        Some("sha256=thôi".to_owned()),
        Some(sha256(SECRET, body).replace("sha256", "sha1")),
    ];
    for signature in wrong {
        let said = door.push(PATH, signature.as_deref(), body).await;
        assert_eq!((said.status, &said.body), (good.status, &good.body), "{signature:?}");
        assert_eq!(door.callback.take(), Came { ignored: 1, ..Came::default() }, "{signature:?}");
    }
    let metrics = door.server.get("/metrics", &[]).await;
    assert!(metrics.text().contains("bantin_websub_pushes_total{result=\"ignored\"} 10"), "{}", metrics.text());
}

#[tokio::test]
async fn push_that_is_too_long_broken_or_misplaced_counts_for_nothing() {
    let door = Door::open().await;
    let long = vec![b'x'; MOST as usize + 1];
    assert_eq!(door.push(PATH, Some(&sha256(SECRET, &long)), &long).await.status, 413);
    assert_eq!(door.callback.take(), Came { ignored: 1, ..Came::default() });
    let most = &long[1..];
    assert_eq!(door.push(PATH, Some(&sha256(SECRET, most)), most).await.status, 202);
    assert_eq!(door.callback.take().pushes, 1);
    assert_eq!(door.push("/websub/other", Some(&sha256(SECRET, b"x")), b"x").await.status, 404);
    assert_eq!(door.push("/bao/all.rss", None, b"x").await.status, 405);
    assert_eq!(door.server.ask("PUT", PATH, &[]).await.field("allow"), Some("get, post"));
    door.callback.set(None, true);
    assert_eq!(door.push(PATH, Some(&sha256(SECRET, b"x")), b"x").await.status, 410);
    assert_eq!(door.callback.take(), Came::default());
}

#[tokio::test]
async fn flood_of_pushes_leaves_a_number_and_wakes_once() {
    let door = Door::open().await;
    let signature = sha256(SECRET, b"x");
    for _ in 0..50 {
        door.push(PATH, Some(&signature), b"x").await;
    }
    let callbacks = Arc::clone(&door.server.app.inner.callbacks);
    callbacks.heard().await;
    assert_eq!(door.callback.take(), Came { pushes: 50, ..Came::default() });
    let again = timeout(Duration::from_millis(1), callbacks.heard()).await;
    assert!(again.is_err(), "fifty pushes are one awakening");
}
