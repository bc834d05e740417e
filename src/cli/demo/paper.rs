//! The sample paper: which articles stand in it at a moment. All of it follows from the moment of its founding.

use super::articles::{BULLETIN, LATER, OLD, STOCK, Text};
use chrono::{DateTime, Datelike, Duration, FixedOffset, Utc};
use std::time::Duration as Wait;

/// A new article appears so often.
const RHYTHM: Wait = Wait::from_secs(20);
/// Weather bulletins of the days before the founding.
const BULLETINS: i64 = 5;
const HOURS_OF_VIETNAM: i32 = 7;

/// The sample paper.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    founded: DateTime<Utc>,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(super) home: String,
}

/// An article of the sample paper.
#[derive(Debug, Clone)]
pub(super) struct Article {
    /// The nine characters that end its address.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) paragraphs: Vec<String>,
    pub(super) author: &'static str,
    /// Slugs of the sections that list it; the first stands in its address.
    pub(super) sections: Vec<&'static str>,
    pub(super) published: DateTime<FixedOffset>,
}

/// The sections with their titles; the last is known from labels alone.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("xa-hoi", "Xã hội"),
    ("phong-su", "Phóng sự"),
    ("ban-can-biet", "Bạn cần biết"),
    ("ban-tin-thoi-tiet", "Bản tin thời tiết"),
];

impl Paper {
    /// A paper founded at a moment: dates are counted back from it.
    pub(super) fn founded(at: DateTime<Utc>, home: String) -> Self {
        Self { founded: at, home }
    }

    /// All articles that stand in it at a moment, the newest first.
    pub(super) fn articles(&self, now: DateTime<Utc>) -> Vec<Article> {
        let start = self.founded.with_timezone(&vietnam());
        let mut all: Vec<Article> =
            (0..BULLETINS).filter_map(|days| bulletin(start - Duration::days(days), days)).collect();
        all.retain(|article| article.published <= start);
        for (number, text) in OLD.iter().enumerate() {
            let hours = 2 + 5 * i64::try_from(number).unwrap_or_default();
            all.push(article(text, text.title.to_owned(), start - Duration::minutes(60 * hours + 7)));
        }
        let rounds = (now - self.founded).to_std().unwrap_or_default().as_secs() / RHYTHM.as_secs();
        for round in 1..=rounds {
            let at = self.founded + RHYTHM * u32::try_from(round).unwrap_or(u32::MAX);
            all.push(later(usize::try_from(round).unwrap_or_default() - 1, at.with_timezone(&vietnam())));
        }
        all.sort_by_key(|article| std::cmp::Reverse(article.published));
        all
    }

    /// The articles that a section lists, the newest first, at most a page of them.
    pub(super) fn listed(&self, section: &str, now: DateTime<Utc>) -> Vec<Article> {
        let mut listed = self.articles(now);
        listed.retain(|article| article.sections.contains(&section));
        listed.truncate(20);
        listed
    }

    /// The address of an article.
    pub(super) fn address(&self, article: &Article) -> String {
        format!("{}{}", self.home, article.path())
    }
}

impl Article {
    /// The path of its address.
    pub(super) fn path(&self) -> String {
        let slug = crate::text::slug(&self.title).unwrap_or_default();
        format!("/{}/{slug}-{}.html", self.sections[0], self.key)
    }

    /// The title of its first section.
    pub(super) fn label(&self) -> &'static str {
        title_of(self.sections[0])
    }
}

/// The title of a section.
pub(super) fn title_of(slug: &str) -> &'static str {
    SECTIONS.iter().find(|(known, _)| *known == slug).map_or("", |(_, title)| title)
}

/// The article that appears in a round: first those written for it, then short news with the hour in the title.
fn later(round: usize, at: DateTime<FixedOffset>) -> Article {
    if let Some(text) = LATER.get(round) {
        return article(text, text.title.to_owned(), at);
    }
    let text = &STOCK[round % STOCK.len()];
    article(text, format!("{} lúc {}", text.title, at.format("%H giờ %M phút %S giây")), at)
}

fn article(text: &Text, title: String, published: DateTime<FixedOffset>) -> Article {
    Article {
        key: key(&title),
        title,
        summary: text.summary.to_owned(),
        paragraphs: text.paragraphs.iter().map(|&p| p.to_owned()).collect(),
        author: text.author,
        sections: text.sections.to_vec(),
        published,
    }
}

/// The weather bulletin of a day, at 05:30: its title differs from the others' by the date alone.
fn bulletin(day: DateTime<FixedOffset>, nth: i64) -> Option<Article> {
    let at = day.date_naive().and_hms_opt(5, 30, 0)?.and_local_timezone(vietnam()).single()?;
    let title = format!("{} ngày {}/{}/{}", BULLETIN.title, day.day(), day.month(), day.year());
    let mut made = article(&BULLETIN, title, at);
    made.summary = format!("{} Nhiệt độ thấp nhất {} độ.", BULLETIN.summary, 13 + nth % 4);
    Some(made)
}

/// Nine letters and digits that follow from the title.
fn key(title: &str) -> String {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in title.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..9)
        .map(|_| {
            let letter = ALPHABET[usize::try_from(hash % 58).unwrap_or_default()];
            hash = (hash / 58) ^ (hash << 37);
            char::from(letter)
        })
        .collect()
}

fn vietnam() -> FixedOffset {
    FixedOffset::east_opt(HOURS_OF_VIETNAM * 3_600).unwrap_or(FixedOffset::east_opt(0).expect("an offset of zero"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn paper() -> (Paper, DateTime<Utc>) {
        let founded = "2026-02-14T02:00:00Z".parse().expect("a time");
        (Paper::founded(founded, "http://127.0.0.1:1".to_owned()), founded)
    }

    #[test]
    fn addresses_and_titles_are_one_an_article() {
        let (paper, founded) = paper();
        let all = paper.articles(founded + Duration::hours(1));
        assert!(all.len() > 180, "{}", all.len());
        assert_eq!(all.iter().map(Article::path).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|a| &a.title).collect::<HashSet<_>>().len(), all.len());
    }

    #[test]
    fn news_comes_about_every_twenty_seconds_and_never_from_the_future() {
        let (paper, founded) = paper();
        let at_first = paper.articles(founded).len();
        assert_eq!(paper.articles(founded + Duration::seconds(61)).len(), at_first + 3);
        assert!(paper.articles(founded).iter().all(|a| a.published <= founded));
    }

    #[test]
    fn one_article_stands_in_three_sections_and_the_weather_comes_daily() {
        let (paper, founded) = paper();
        assert!(paper.articles(founded).iter().any(|a| a.sections.len() == 3));
        let bulletins = paper.listed("ban-tin-thoi-tiet", founded);
        assert!(bulletins.len() >= 4, "{}", bulletins.len());
    }
}
