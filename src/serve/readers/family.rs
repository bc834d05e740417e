//! Which kind of reader asks, and for how many: what the field `User-Agent` says.
//!
//! Comes in: its value. Goes out: a family out of a fixed list, and the number of subscribers that aggregators state.

/// What names a family, in lower case, and the family's name; the first that is found counts.
const FAMILIES: [(&str, &str); 36] = [
    ("feedly", "Feedly"),
    ("inoreader", "Inoreader"),
    ("newsblur", "NewsBlur"),
    ("feedbin", "Feedbin"),
    ("theoldreader", "The Old Reader"),
    ("bazqux", "BazQux"),
    ("feedwrangler", "Feed Wrangler"),
    ("flipboard", "Flipboard"),
    ("freshrss", "FreshRSS"),
    ("miniflux", "Miniflux"),
    ("tiny tiny rss", "Tiny Tiny RSS"),
    ("nextcloud-news", "Nextcloud News"),
    ("commafeed", "CommaFeed"),
    ("netnewswire", "NetNewsWire"),
    ("reeder", "Reeder"),
    ("newsflash", "Newsflash"),
    ("thunderbird", "Thunderbird"),
    ("newsboat", "Newsboat"),
    ("liferea", "Liferea"),
    ("akregator", "Akregator"),
    ("quiterss", "QuiteRSS"),
    ("rssguard", "RSS Guard"),
    ("feeder", "Feeder"),
    ("rss2email", "rss2email"),
    ("rss-bridge", "RSS-Bridge"),
    ("rsshub", "RSSHub"),
    ("feedparser", "feedparser"),
    ("bantin", "bantin"),
    ("feedfetcher", "Google Feedfetcher"),
    ("bot", "crawlers"),
    ("crawler", "crawlers"),
    ("spider", "crawlers"),
    ("mozilla", "browsers"),
    ("curl", "programs"),
    ("wget", "programs"),
    ("python", "programs"),
];
const OTHER: &str = "others";
const SILENT: &str = "without a name";
/// Of a longer value the beginning counts.
const MOST_BYTES: usize = 256;

/// The reader of a connection, as it last named itself: most say the same with every request.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    value: Vec<u8>,
    pub(super) family: &'static str,
    pub(super) subscribers: Option<u64>,
}

impl Default for Agent {
    fn default() -> Self {
        Self { value: Vec::new(), family: SILENT, subscribers: None }
    }
}

impl Agent {
    pub(super) fn renew(&mut self, value: &[u8]) {
        let value = value.get(..MOST_BYTES).unwrap_or(value);
        if self.value == value {
            return;
        }
        let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
        let family = FAMILIES.iter().find(|(part, _)| lower.contains(part)).map_or(OTHER, |(_, name)| name);
        *self = Self {
            value: value.to_vec(),
            family: if lower.trim().is_empty() { SILENT } else { family },
            subscribers: subscribers(&lower),
        };
    }

    pub(super) fn value(&self) -> &[u8] {
        &self.value
    }
}

/// `… 16 subscribers; …`, `… - 10 subscribers`, `… 3 readers`.
fn subscribers(lower: &str) -> Option<u64> {
    let end = lower.find(" subscriber").or_else(|| lower.find(" reader"))?;
    let start = lower[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    lower[start..end].parse().ok().filter(|count| *count <= 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_and_their_subscribers_are_found() {
        for (value, family, subscribers) in [
            (
                "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
                "Feedly",
                Some(16),
            ),
            ("Mozilla/5.0 (compatible; inoreader.com; 12 subscribers; feed-id=1234)", "Inoreader", Some(12)),
            ("NewsBlur Feed Fetcher - 123 subscribers - http://www.newsblur.com/site/1/x", "NewsBlur", Some(123)),
            ("Feedbin feed-id:1374565 - 1 subscribers", "Feedbin", Some(1)),
            ("theoldreader.com (10 subscribers; feed-id=1)", "The Old Reader", Some(10)),
            ("Miniflux/2.2.3 (https://miniflux.app)", "Miniflux", None),
            ("newsboat/2.32 (Linux x86_64)", "Newsboat", None),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", "crawlers", None),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0", "browsers", None),
            ("curl/8.5", "programs", None),
            ("Strange/1", "others", None),
            ("", "without a name", None),
            ("x 99999999999999999999 subscribers", "others", None),
            (" subscribers", "others", None),
        ] {
            let mut agent = Agent::default();
            agent.renew(value.as_bytes());
            assert_eq!((agent.family, agent.subscribers), (family, subscribers), "{value}");
        }
    }
}
