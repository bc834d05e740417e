//! The sample paper's own web server: pages, article pages, a feed and robots.txt, with validators.

use super::pages;
use super::paper::Paper;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::net::TcpListener;

const HTML: &str = "text/html; charset=utf-8";

/// Serves the paper until it is aborted.
pub(super) async fn serve(listener: TcpListener, paper: Paper) {
    let router = Router::new().fallback(answer).with_state(Arc::new(paper));
    // It ends with the demo; an accept that fails is tried again by the library.
    let _ = axum::serve(listener, router).await;
}

async fn answer(State(paper): State<Arc<Paper>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some((media_type, body)) = document(&paper, uri.path()) else {
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, HTML)], "<h1>Không tìm thấy trang</h1>")
            .into_response();
    };
    let digest = Sha256::digest(&body);
    let etag = format!(
        "\"{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}\"",
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5]
    );
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::CONTENT_TYPE, media_type.to_owned()), (header::ETAG, etag)], body).into_response()
}

/// The document at a path, with its media type.
fn document(paper: &Paper, path: &str) -> Option<(&'static str, String)> {
    let now = Utc::now();
    let page = match path {
        "/robots.txt" => return Some(("text/plain", "User-agent: *\nDisallow: /quan-tri/\n".to_owned())),
        "/rss/ban-can-biet.rss" => return Some(("application/rss+xml", pages::feed(paper, "ban-can-biet", now))),
        "/" => pages::front(paper, now),
        "/xa-hoi.html" => pages::stories(paper, "xa-hoi", now),
        "/phong-su.html" => pages::tiles(paper, "phong-su", now),
        _ => pages::article(paper, paper.articles(now).iter().find(|article| article.path() == path)?),
    };
    Some((HTML, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_paper_has_a_document() {
        let paper = Paper::founded(Utc::now(), "http://127.0.0.1:1".to_owned());
        for path in ["/", "/xa-hoi.html", "/phong-su.html", "/rss/ban-can-biet.rss", "/robots.txt"] {
            assert!(document(&paper, path).is_some(), "{path}");
        }
        for article in paper.articles(Utc::now()) {
            assert!(document(&paper, &article.path()).is_some(), "{}", article.path());
        }
        assert!(document(&paper, "/khong-co.html").is_none());
    }
}
