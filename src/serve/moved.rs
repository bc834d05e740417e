//! Feeds at the address that they had before their category was renamed: 301 to where they stand now.
//!
//! Comes in: the renamed categories, and paths. Goes out: addresses. It does not know what stands there.

use super::answer::{self, Reply};
use crate::model::{ChannelId, Format, RenamedCategory};
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use std::collections::HashMap;
use url::Url;

/// A day: who is told to move for good need not ask again soon, and a slip of the configuration can be mended.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Where feeds stood, without base and ending, and the whole address of where they stand.
#[derive(Debug, Default)]
pub(super) struct Moved(HashMap<String, String>);

impl Moved {
    pub(super) fn new(base_url: &Url, renamed: Vec<RenamedCategory>) -> Self {
        let stem = |paper, category| ChannelId::Category(paper, category).stem();
        let moved =
            |of: RenamedCategory| (stem(of.paper.clone(), of.from), format!("{base_url}{}", stem(of.paper, of.to)));
        Self(renamed.into_iter().map(moved).collect())
    }

    /// Where a path without its leading slash leads now.
    pub(super) fn location(&self, path: &str) -> Option<String> {
        let (place, ending) = path.rsplit_once('.')?;
        let ending = Format::ALL.iter().map(|format| format.extension()).find(|known| *known == ending)?;
        let (stem, page) = place.find("/archive/").map_or((place, ""), |at| place.split_at(at));
        Some(format!("{}{page}.{ending}", self.0.get(stem)?))
    }
}

/// Moved Permanently (RFC 9110 §15.4.2): readers take the new address for good.
pub(super) fn answer(location: &str) -> Reply {
    let Ok(location) = HeaderValue::try_from(location) else { return answer::not_found() };
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer::reply(StatusCode::MOVED_PERMANENTLY, headers, Bytes::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CategorySlug, PaperId};

    #[test]
    fn every_document_of_a_renamed_category_has_its_new_address_and_nothing_else_has() {
        let slug = |text: &str| CategorySlug::new(text).expect("a slug");
        let paper = PaperId::new("bao").expect("a slug");
        let renamed = vec![RenamedCategory { paper, from: slug("van-hoa"), to: slug("van-hoa-xa-hoi") }];
        let moved = Moved::new(&Url::parse("https://feeds.example.vn/").expect("a URL"), renamed);
        for ending in ["rss", "atom", "json", "html"] {
            let expected = format!("https://feeds.example.vn/bao/van-hoa-xa-hoi.{ending}");
            assert_eq!(moved.location(&format!("bao/van-hoa.{ending}")), Some(expected));
        }
        let page = moved.location("bao/van-hoa/archive/2026-11-2.rss");
        assert_eq!(page.as_deref(), Some("https://feeds.example.vn/bao/van-hoa-xa-hoi/archive/2026-11-2.rss"));
        for other in ["bao/van-hoa", "bao/van-hoa.xml", "khac/van-hoa.rss", "bao/van-hoa-xa-hoi.rss", "van-hoa.rss", ""]
        {
            assert_eq!(moved.location(other), None, "{other}");
        }
        let reply = answer("https://feeds.example.vn/bao/van-hoa-xa-hoi.rss");
        assert_eq!(
            (reply.status().as_u16(), &reply.headers()[header::LOCATION]),
            (301, &HeaderValue::from_static("https://feeds.example.vn/bao/van-hoa-xa-hoi.rss"))
        );
        assert_eq!(answer("https://x/\r\nSet-Cookie: a").status(), StatusCode::NOT_FOUND);
    }
}
