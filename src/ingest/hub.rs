//! Which hub a source has, and of which topic (WebSub §4): the word of the header fields comes before the document's own.

use crate::fetch::same_site;
use crate::model::{Hints, Links};
use url::Url;

/// Settles the hub and the topic of a document that `asked` gave at `answered`, after redirects. A stated topic is taken from
/// where the hub is named, and believed only on the source's own site: a hub must not push us another paper's changes as
/// this one's. Without one the topic is the address that gave the document.
pub(super) fn settle(hints: &mut Hints, links: Links, asked: &Url, answered: &Url) {
    let (hub, stated) = match links.hub {
        Some(hub) => (Some(hub), links.topic),
        None => (hints.hub.take(), hints.topic.take()),
    };
    let own = |topic: &Url| same_site(topic, asked) && topic.username().is_empty() && topic.password().is_none();
    let topic = stated.filter(own).or_else(|| Some(answered.clone()).filter(own)).unwrap_or_else(|| asked.clone());
    hints.topic = hub.is_some().then_some(topic).map(without_fragment);
    hints.hub = hub.map(without_fragment);
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    /// The hub and the topic, from what header and document name of each.
    fn settled(header: (&str, &str), document: (&str, &str), answered: &str) -> (Option<String>, Option<String>) {
        let named = |text: &str| Some(text).filter(|text| !text.is_empty()).map(url);
        let mut hints = Hints { hub: named(document.0), topic: named(document.1), ..Hints::default() };
        let links = Links { hub: named(header.0), topic: named(header.1) };
        settle(&mut hints, links, &url("https://bao.example/tin.rss"), &url(answered));
        (hints.hub.map(String::from), hints.topic.map(String::from))
    }

    #[test]
    fn header_comes_first_and_topics_of_other_sites_are_not_believed() {
        const ASKED: &str = "https://bao.example/tin.rss";
        const HUB: &str = "https://hub.example/";
        const OTHER: &str = "https://other-hub.example/";
        let some = |hub: &str, topic: &str| (Some(hub.to_owned()), Some(topic.to_owned()));
        for (header, document, answered, expected) in [
            (("", ""), ("", ASKED), ASKED, (None, None)),
            (("", "https://bao.example/self"), ("", ""), ASKED, (None, None)),
            ((HUB, ""), ("", ""), ASKED, some(HUB, ASKED)),
            (
                (HUB, "https://www.bao.example/feed"),
                (OTHER, "https://bao.example/doc"),
                ASKED,
                some(HUB, "https://www.bao.example/feed"),
            ),
            (
                ("", "https://bao.example/head"),
                (OTHER, "https://bao.example/doc#x"),
                ASKED,
                some(OTHER, "https://bao.example/doc"),
            ),
            ((HUB, ""), (OTHER, "https://bao.example/doc"), ASKED, some(HUB, ASKED)),
            ((HUB, "https://other.example/feed"), ("", ""), ASKED, some(HUB, ASKED)),
            ((HUB, "https://me@bao.example/feed"), ("", ""), ASKED, some(HUB, ASKED)),
            ((HUB, ""), ("", ""), "https://feeds.bao.example/new.rss", some(HUB, "https://feeds.bao.example/new.rss")),
            ((HUB, "https://cdn.example/x"), ("", ""), "https://cdn.example/x", some(HUB, ASKED)),
        ] {
            assert_eq!(settled(header, document, answered), expected, "{header:?} {document:?} {answered}");
        }
    }
}
