//! The sample paper's own web server: pages, article pages, a feed and robots.txt, with validators.

use super::pages;
use super::paper::Paper;
use chrono::Utc;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const HTML: &str = "text/html; charset=utf-8";
/// After an accept that failed, such as with too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the paper until it is aborted.
pub(super) async fn serve(listener: TcpListener, paper: Paper) {
    let paper = Arc::new(paper);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let paper = Arc::clone(&paper);
        tokio::spawn(async move {
            let answering = service_fn(|request| {
                let answer = answer(&paper, &request);
                async move { Ok::<_, Infallible>(answer) }
            });
            // A reader that went away is no concern of the paper.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answering).await;
        });
    }
}

fn answer(paper: &Paper, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let Some((media_type, body)) = document(paper, request.uri().path()) else {
        return response(StatusCode::NOT_FOUND, HTML, None, "<h1>Không tìm thấy trang</h1>".to_owned());
    };
    let digest: String = Sha256::digest(&body).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::from_str(&format!("\"{digest}\"")).ok();
    if etag.is_some() && request.headers().get(IF_NONE_MATCH) == etag.as_ref() {
        return response(StatusCode::NOT_MODIFIED, media_type, etag, String::new());
    }
    response(StatusCode::OK, media_type, etag, body)
}

fn response(
    status: StatusCode,
    media_type: &'static str,
    etag: Option<HeaderValue>,
    body: String,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Some(etag) = etag {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

/// The document at a path, with its media type.
fn document(paper: &Paper, path: &str) -> Option<(&'static str, String)> {
    let now = Utc::now();
    if let Some(key) = path.strip_prefix("/anh/").and_then(|name| name.strip_suffix(".svg")) {
        return Some(("image/svg+xml", pages::picture(key)));
    }
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
