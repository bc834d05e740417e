//! What a round tells of the sources that it leaves alone.

use super::*;
use crate::config::{self, Environment};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A host that knows no robots.txt and answers everything else with 429.
async fn throttling() -> String {
    let listener = TcpListener::bind("127.1.0.1:0").await.expect("a port");
    let home = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while let Ok(byte) = stream.read_u8().await {
                head.push(byte);
                if head.ends_with(b"\r\n\r\n") {
                    let is_robots = head.starts_with(b"GET /robots.txt");
                    let answer = if is_robots { "404 X\r\n" } else { "429 X\r\nretry-after: 7200\r\n" };
                    head.clear();
                    let answer = format!("HTTP/1.1 {answer}content-length: 0\r\n\r\n");
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
        }
    });
    home
}

/// The events of one round, as words.
async fn round(folder: &std::path::Path, home: &str) -> Vec<String> {
    let text = format!(
        "state-dir = \"{}\"\n[fetch]\nallow-networks = [\"127.0.0.0/8\"]\nper-host-delay = \"0s\"\n\
         [[paper]]\nid = \"bao\"\ntitle = \"Báo\"\nhome = \"{home}/\"\n\
         [[paper.section]]\nurl = \"{home}/a.rss\"\n[[paper.section]]\nurl = \"{home}/b.rss\"\n",
        folder.display()
    );
    let config = config::load_text("bantin.toml", &text, &Environment::default()).expect("a configuration");
    let mut words = Vec::new();
    let show = |event: OnceEvent<'_>| match event {
        OnceEvent::Polled { report, .. } => {
            let failure = report.state.failure.as_ref().map(|failure| failure.what.clone());
            let wait = report.state.next_poll_at.expect("a time") - Utc::now();
            words.push(format!(
                "{} {} h: {}",
                report.state.state.as_str(),
                wait.num_hours(),
                failure.unwrap_or_default()
            ));
        }
        OnceEvent::LeftAlone { until, .. } => {
            words.push(format!("left alone {} h", (until - Utc::now()).num_hours()));
        }
        OnceEvent::Started { .. } | OnceEvent::Articles { .. } | OnceEvent::ArticleRead => {}
    };
    once(config, show).await.expect("a round");
    words.sort();
    words
}

#[tokio::test]
async fn a_source_whose_host_wants_silence_is_told_with_its_time() {
    let (home, folder) = (throttling().await, tempfile::tempdir().expect("a folder"));
    let first = round(folder.path(), &home).await;
    assert_eq!(first.len(), 2, "{first:?}");
    let has = |words: &str| first.iter().filter(|line| line.contains(words)).count();
    assert_eq!((has("answered 429"), has("asked to wait until")), (1, 1), "{first:?}");
    assert!(first.iter().all(|line| line.starts_with("waiting 1 h") || line.starts_with("waiting 2 h")), "{first:?}");
    let second = round(folder.path(), &home).await;
    assert!(second.len() == 2 && second.iter().all(|line| line.starts_with("left alone")), "{second:?}");
}
