//! The operator's secrets: whom they reach, and whom they never do.

use super::*;

const LOGIN: &str = "Basic YmFudGluOmdlaGVpbQ==";

fn with_login(url: Url) -> Request {
    let headers =
        vec![("authorization".to_owned(), Secret::new(LOGIN)), ("x-partner".to_owned(), Secret::new("geheim"))];
    Request { headers, ..request(url) }
}

/// Whether any request that a site saw carried a secret.
fn saw_a_secret(site: &Site) -> bool {
    let seen = site.seen.lock().expect("not poisoned");
    seen.iter().any(|(_, head)| {
        let head = String::from_utf8_lossy(head);
        head.contains(LOGIN) || head.contains("geheim") || head.contains("authorization")
    })
}

#[tokio::test]
async fn no_redirect_carries_a_secret_to_another_host_or_port() {
    let other_port = Site::new(|_, _| ok("", b"x")).await;
    let other_host = Site::at("127.1.0.2:0", |_, _| ok("", b"x")).await;
    let targets = [other_port.url("/x").to_string(), other_host.url("/x").to_string()];
    let all = targets.clone();
    let site = Site::new(move |path, _| {
        let mut parts = path.trim_start_matches('/').split('/');
        let status_and_target = parts.next().zip(parts.next());
        match status_and_target.and_then(|(code, n)| Some((code.parse().ok()?, all.get(n.parse::<usize>().ok()?)?))) {
            Some((code, target)) => status(code, &format!("location: {target}\r\n")),
            None => not_found(),
        }
    })
    .await;
    let fetcher = fetcher();
    for code in [301, 302, 303, 307, 308] {
        for n in 0..2 {
            fetcher.fetch(with_login(site.url(&format!("/{code}/{n}")))).await.expect("an answer");
        }
    }
    assert!(saw_a_secret(&site), "its own origin gets them");
    assert!(!saw_a_secret(&other_port) && !saw_a_secret(&other_host));
    assert_eq!((other_port.paths().len(), other_host.paths().len()), (6, 6), "five pages and one robots.txt each");
}

#[tokio::test]
async fn redirect_on_the_same_origin_keeps_the_login_and_robots_txt_has_none() {
    let site = Site::new(|path, _| match path {
        "/old" => status(302, "location: /new\r\n"),
        "/new" => ok("", b"x"),
        _ => not_found(),
    })
    .await;
    fetcher().fetch(with_login(site.url("/old"))).await.expect("an answer");
    assert_eq!(site.paths(), ["/robots.txt", "/old", "/new"]);
    let sent = |n| site.header(n, "authorization").map(|value| String::from_utf8(value).expect("text"));
    assert_eq!((sent(0), sent(1).as_deref(), sent(2).as_deref()), (None, Some(LOGIN), Some(LOGIN)));
}

#[tokio::test]
async fn refused_login_is_told_without_it() {
    let site = Site::new(|path, _| if path == "/x" { status(401, "") } else { not_found() }).await;
    let asked = with_login(site.url("/x"));
    assert!(!format!("{asked:?}").contains("geheim") && !format!("{asked:?}").contains(LOGIN));
    let error = fetcher().fetch(asked).await.expect_err("401");
    assert!(
        error
            .to_string()
            .ends_with("answered 401; it asks for a login: the section's or the paper's `login` can carry one"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains(LOGIN));
}
