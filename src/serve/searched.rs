//! What is looked for, and the answers that are kept: at most so many, at most so large, the longest unasked go first.
//!
//! Comes in: the query of an address. Goes out: a question in one spelling, so that those who ask the same share an answer.

use crate::model::{Format, PaperId, Revision};
use crate::publish::{Ready, Settings};
use crate::text::clean_line;
use std::collections::HashMap;
use std::sync::Arc;
use url::form_urlencoded;

/// Longest text that is looked for.
const MOST_CHARACTERS: usize = 200;
/// Longest query of an address: that text, each character as up to four escaped bytes, and a paper.
const MOST_QUERY_BYTES: usize = 3_000;
/// Answers that are kept.
const MOST_KEPT: usize = 512;
/// Bytes of kept answers, in all encodings.
const MOST_KEPT_BYTES: usize = 4 << 20;

const TOO_LONG: &str = "400 Bad Request: more is asked than is looked for, which is 200 characters at most\n";
const NOTHING: &str = "400 Bad Request: the address says nothing to look for: ?q=WORDS\n";
const NO_PAPER: &str = "400 Bad Request: `paper` is no paper's id\n";

/// What is looked for, and in which form it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) format: Format,
    /// One line; empty on the page where nothing was typed yet.
    pub(super) text: String,
    /// In this paper alone.
    pub(super) paper: Option<PaperId>,
}

impl Question {
    /// Reads a query, or says why it is none. Parameters that are not ours are left out.
    pub(super) fn read(format: Format, query: &str) -> Result<Self, &'static str> {
        if query.len() > MOST_QUERY_BYTES {
            return Err(TOO_LONG);
        }
        let (mut text, mut paper) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => _ = text.get_or_insert_with(|| clean_line(&value)),
                "paper" => _ = paper.get_or_insert(value.into_owned()),
                _ => {}
            }
        }
        let text = text.unwrap_or_default();
        if text.chars().count() > MOST_CHARACTERS {
            return Err(TOO_LONG);
        }
        if text.is_empty() && format != Format::Html {
            return Err(NOTHING);
        }
        let paper = paper.filter(|paper| !paper.is_empty()).map(|paper| PaperId::new(&paper)).transpose();
        Ok(Self { format, text, paper: paper.map_err(|_| NO_PAPER)? })
    }

    /// The query of its address, in one spelling.
    pub(super) fn address(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &self.text);
        if let Some(paper) = &self.paper {
            query.append_pair("paper", paper.as_str());
        }
        query.finish()
    }
}

/// The answers that are kept.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    answers: HashMap<Question, Kept>,
    bytes: usize,
    /// Grows with every look-up: who has the smallest was unasked the longest.
    clock: u64,
}

#[derive(Debug)]
struct Kept {
    ready: Arc<Ready>,
    revision: Revision,
    settings: Arc<Settings>,
    bytes: usize,
    asked: u64,
}

impl Shelf {
    /// The answer of this state of the store and of this configuration.
    pub(super) fn get(
        &mut self,
        question: &Question,
        revision: Revision,
        settings: &Arc<Settings>,
    ) -> Option<Arc<Ready>> {
        self.clock += 1;
        let kept = self.answers.get_mut(question)?;
        if kept.revision != revision || !Arc::ptr_eq(&kept.settings, settings) {
            return None;
        }
        kept.asked = self.clock;
        Some(Arc::clone(&kept.ready))
    }

    /// Keeps an answer; one that is larger than an eighth of the room is not kept.
    pub(super) fn put(&mut self, question: Question, revision: Revision, settings: Arc<Settings>, ready: &Arc<Ready>) {
        let bytes = ready.size_bytes();
        if bytes > MOST_KEPT_BYTES / 8 {
            return;
        }
        self.clock += 1;
        let kept = Kept { ready: Arc::clone(ready), revision, settings, bytes, asked: self.clock };
        self.bytes += bytes;
        if let Some(before) = self.answers.insert(question, kept) {
            self.bytes -= before.bytes;
        }
        while self.answers.len() > MOST_KEPT || self.bytes > MOST_KEPT_BYTES {
            let oldest = self.answers.iter().min_by_key(|(_, kept)| kept.asked).map(|(question, _)| question.clone());
            let Some(gone) = oldest.and_then(|question| self.answers.remove(&question)) else { break };
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Publication;
    use url::Url;

    fn read(query: &str) -> Result<Question, &'static str> {
        Question::read(Format::Rss, query)
    }

    #[test]
    fn those_who_ask_the_same_share_an_answer() {
        let one = read("q=l%C5%A9+qu%C3%A9t&paper=bao").expect("a question");
        assert_eq!((one.text.as_str(), one.paper.as_ref().map(PaperId::as_str)), ("lũ quét", Some("bao")));
        for other in [
            "paper=bao&q=%20l%C5%A9%20%20qu%C3%A9t%00&utm_source=x",
            "q=lu%CC%83+que%CC%81t&paper=bao",
            "q=lũ quét&paper=bao&q=khac",
        ] {
            assert_eq!(read(other), Ok(one.clone()), "{other}");
        }
        assert_eq!(read(&one.address()), Ok(one.clone()));
        assert_eq!(one.address(), "q=l%C5%A9+qu%C3%A9t&paper=bao");
    }

    #[test]
    fn what_is_no_question_is_refused() {
        assert_eq!(read(""), Err(NOTHING));
        assert_eq!(read("q=+%0a"), Err(NOTHING));
        assert_eq!(read("q=a&paper=../x"), Err(NO_PAPER));
        assert_eq!(read(&format!("q={}", "a".repeat(MOST_CHARACTERS + 1))), Err(TOO_LONG));
        assert_eq!(read(&format!("x={}&q=a", "a".repeat(MOST_QUERY_BYTES))), Err(TOO_LONG));
        assert!(read(&format!("q={}", "%E1%BA%BF".repeat(MOST_CHARACTERS))).is_ok());
        assert!(read("q=%ff%fe%80").is_ok(), "broken UTF-8 is text like any other");
        assert!(Question::read(Format::Html, "paper=").is_ok_and(|page| page.text.is_empty() && page.paper.is_none()));
    }

    fn settings() -> Arc<Settings> {
        let base_url = Url::parse("https://feeds.example.vn/").expect("a URL");
        Arc::new(Settings { base_url, ttl_minutes: 15, hub: None, papers: Vec::new(), channels: Vec::new() })
    }

    fn ready(size: usize) -> Arc<Ready> {
        let publication = Publication {
            path: "search?q=x".to_owned(),
            media_type: "application/rss+xml",
            body: (0..size).map(|n| (n * n % 251) as u8).collect::<Vec<u8>>().into(),
            etag: "\"x\"".to_owned(),
            last_modified: chrono::DateTime::UNIX_EPOCH,
        };
        Arc::new(Ready::of(&publication).expect("fit"))
    }

    #[test]
    fn a_flood_of_questions_fills_no_memory_and_the_longest_unasked_go() {
        let (mut shelf, settings, answer) = (Shelf::default(), settings(), ready(100));
        let question = |n: usize| read(&format!("q=tu{n}")).expect("a question");
        for n in 0..5_000 {
            shelf.put(question(n), Revision(1), Arc::clone(&settings), &answer);
            assert!(shelf.get(&question(0), Revision(1), &settings).is_some(), "asked at every turn");
        }
        assert_eq!((shelf.answers.len(), shelf.bytes), (MOST_KEPT, MOST_KEPT * answer.size_bytes()));
        assert!(shelf.get(&question(1), Revision(1), &settings).is_none());
        let large = ready(MOST_KEPT_BYTES / 10);
        for n in 0..100 {
            shelf.put(question(n), Revision(1), Arc::clone(&settings), &large);
            assert!(shelf.bytes <= MOST_KEPT_BYTES, "{}", shelf.bytes);
        }
        shelf.put(question(9_999), Revision(1), Arc::clone(&settings), &ready(MOST_KEPT_BYTES));
        assert!(shelf.get(&question(9_999), Revision(1), &settings).is_none(), "too large to be kept");
    }

    #[test]
    fn answer_of_another_state_or_configuration_is_not_given() {
        let (mut shelf, before, question) = (Shelf::default(), settings(), read("q=x").expect("a question"));
        shelf.put(question.clone(), Revision(1), Arc::clone(&before), &ready(10));
        assert!(shelf.get(&question, Revision(1), &before).is_some());
        assert!(shelf.get(&question, Revision(2), &before).is_none());
        assert!(shelf.get(&question, Revision(1), &settings()).is_none());
    }
}
