//! Feeds that have ended: no section of theirs is polled any more. 410, so that readers stop asking.
//!
//! Comes in: the channels that ended, and paths. Goes out: what to say. It does not know why they ended.

use super::answer::{self, Reply};
use crate::model::{ChannelId, PaperId};
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use std::collections::HashSet;
use url::Url;

/// An hour: a slip of the configuration can be mended.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The channels that ended, without base and ending; of a paper that ended, its id alone.
#[derive(Debug, Default)]
pub(super) struct Over {
    base_url: String,
    stems: HashSet<String>,
}

impl Over {
    pub(super) fn new(base_url: &Url, over: &[ChannelId]) -> Self {
        let stem = |channel: &ChannelId| match channel {
            ChannelId::Paper(paper) => paper.to_string(),
            other => other.stem(),
        };
        Self { base_url: base_url.to_string(), stems: over.iter().map(stem).collect() }
    }

    /// What is said of a path without its leading slash, where it led to a document or a page of the archives that ended.
    pub(super) fn note(&self, path: &str) -> Option<String> {
        let (paper, rest) = path.split_once('/')?;
        if self.stems.contains(paper) {
            return Some("410 Gone: this paper is not published here any more\n".to_owned());
        }
        let slug = &rest[..rest.find(['.', '/'])?];
        let is_over = self.stems.contains(&path[..paper.len() + 1 + slug.len()]);
        let all = ChannelId::Paper(PaperId::new(paper).ok()?).stem();
        is_over.then(|| format!("410 Gone: this feed has ended; its articles stay in {}{all}.rss\n", self.base_url))
    }
}

/// Gone (RFC 9110 §15.5.11).
pub(super) fn answer(note: String) -> Reply {
    let mut reply = answer::told(StatusCode::GONE, note);
    reply.headers_mut().insert(header::CACHE_CONTROL, CACHE_CONTROL);
    reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CategorySlug;

    #[test]
    fn every_document_of_an_ended_channel_is_gone_and_nothing_else_is() {
        let paper = |id: &str| PaperId::new(id).expect("a slug");
        let category = ChannelId::Category(paper("bao"), CategorySlug::new("xa-hoi").expect("a slug"));
        let over = Over::new(
            &Url::parse("https://feeds.example.vn/").expect("a URL"),
            &[category, ChannelId::Paper(paper("bao-cu"))],
        );
        for path in ["xa-hoi.rss", "xa-hoi.html", "xa-hoi.fragment.html", "xa-hoi/archive/2026-11.atom"] {
            let note = over.note(&format!("bao/{path}")).expect("gone");
            assert!(note.contains("stay in https://feeds.example.vn/bao/all.rss"), "{note}");
        }
        for path in ["bao-cu/all.rss", "bao-cu/the-thao.json", "bao-cu/changes"] {
            assert!(over.note(path).is_some_and(|note| note.contains("this paper")), "{path}");
        }
        for path in
            ["bao/all.rss", "bao/xa-hoi-moi.rss", "bao/xa", "xa-hoi.rss", "bao-cu", "bao/", "khac/xa-hoi.rss", ""]
        {
            assert_eq!(over.note(path), None, "{path}");
        }
        let reply = answer(over.note("bao/xa-hoi.rss").expect("gone"));
        assert_eq!((reply.status(), &reply.headers()[header::CACHE_CONTROL]), (StatusCode::GONE, &CACHE_CONTROL));
    }
}
