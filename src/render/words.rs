//! What our pages say, in Vietnamese and in English, and how they write dates.
//!
//! Comes in: a language and moments. Goes out: words. It does not know what they are about.

use chrono::{DateTime, Datelike, FixedOffset};

/// The words of a page.
#[derive(Debug)]
pub(super) struct Words {
    /// BCP 47.
    pub(super) language: &'static str,
    pub(super) skip: &'static str,
    pub(super) all_feeds: &'static str,
    pub(super) all_articles: &'static str,
    pub(super) subscribe: &'static str,
    pub(super) original_page: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) latest: &'static str,
    pub(super) feeds: &'static str,
    pub(super) chosen: &'static str,
    pub(super) addresses: &'static str,
    pub(super) how_title: &'static str,
    pub(super) how: [&'static str; 3],
    pub(super) opml: &'static str,
    pub(super) bulletin: &'static str,
    pub(super) about: &'static str,
    pub(super) new_in: &'static str,
    pub(super) search: &'static str,
    pub(super) search_label: &'static str,
    pub(super) search_hint: &'static str,
    pub(super) too_long: &'static str,
    pub(super) follow_search: &'static str,
    pub(super) paper: &'static str,
    pub(super) all_papers: &'static str,
    pub(super) source: &'static str,
    weekdays: Option<[&'static str; 7]>,
}

static VIETNAMESE: Words = Words {
    language: "vi",
    skip: "Đến nội dung chính",
    all_feeds: "Tất cả bản tin",
    all_articles: "Tất cả bài",
    subscribe: "Theo dõi",
    original_page: "Trang gốc",
    nothing_yet: "Chưa có bài nào.",
    latest: "Tin mới",
    feeds: "Chuyên mục",
    chosen: "Kênh chọn lọc",
    addresses: "Địa chỉ để chép",
    how_title: "Cách theo dõi",
    how: [
        "Trình đọc tin là ứng dụng tự lấy bài mới từ những nguồn bạn chọn; không cần tài khoản, không cần để lại địa chỉ thư.",
        "Chọn một chuyên mục, chép địa chỉ RSS của nó rồi dán vào mục “Thêm nguồn” của trình đọc tin. RSS, Atom và JSON có cùng nội dung; nếu phân vân, hãy dùng RSS.",
        "Muốn theo dõi mọi chuyên mục cùng lúc, hãy nhập tệp OPML vào trình đọc tin.",
    ],
    opml: "Tải tệp OPML",
    bulletin: "Bản tin",
    about: "Trang do bantin lập từ những gì tòa soạn công bố. Mỗi tiêu đề dẫn đến bài gốc.",
    new_in: "Bài mới từ mọi chuyên mục, và cách theo dõi chúng bằng trình đọc tin.",
    search: "Tìm kiếm",
    search_label: "Tìm trong các bài",
    search_hint: "Hãy gõ vài từ, có dấu hay không dấu đều được. Đặt một cụm từ trong dấu “ngoặc kép” để tìm đúng cụm ấy.",
    too_long: "Câu cần tìm quá dài: nhiều nhất là 200 ký tự.",
    follow_search: "Theo dõi kết quả",
    paper: "Báo",
    all_papers: "Mọi báo",
    source: "Nguồn:",
    weekdays: Some(["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"]),
};

static ENGLISH: Words = Words {
    language: "en",
    skip: "Skip to the content",
    all_feeds: "All feeds",
    all_articles: "All articles",
    subscribe: "Subscribe",
    original_page: "Original page",
    nothing_yet: "No articles yet.",
    latest: "Latest",
    feeds: "Categories",
    chosen: "Channels",
    addresses: "Addresses to copy",
    how_title: "How to subscribe",
    how: [
        "A feed reader is an application that brings new articles from the sources you choose; it needs no account and no mail address.",
        "Choose a category, copy its RSS address, and paste it where your feed reader says “add a feed”. RSS, Atom and JSON hold the same; when in doubt, take RSS.",
        "To follow every category at once, import the OPML file into your feed reader.",
    ],
    opml: "Download the OPML file",
    bulletin: "Feeds",
    about: "Made by bantin from what the paper publishes. Every headline leads to the original article.",
    new_in: "The newest of every category, and how to follow them with a feed reader.",
    search: "Search",
    search_label: "Search the articles",
    search_hint: "Type some words. Put words in “quotes” to find them in exactly this order.",
    too_long: "That is too long to look for: 200 characters at most.",
    follow_search: "Follow this search",
    paper: "Paper",
    all_papers: "All papers",
    source: "Source:",
    weekdays: None,
};

impl Words {
    /// The words for a page in a language (BCP 47): Vietnamese, else English.
    pub(super) fn of(language: &str) -> &'static Self {
        let primary = language.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("vi") { &VIETNAMESE } else { &ENGLISH }
    }

    /// What is looked for, as a heading.
    pub(super) fn search_for(&self, typed: &str) -> String {
        if self.is_vietnamese() { format!("Tìm “{typed}”") } else { format!("Search for “{typed}”") }
    }

    /// How much was found.
    pub(super) fn hits(&self, count: usize) -> String {
        match (self.is_vietnamese(), count) {
            (true, _) => format!("{count} bài"),
            (false, 1) => "1 article".to_owned(),
            (false, _) => format!("{count} articles"),
        }
    }

    /// Nothing was found, and what to do.
    pub(super) fn no_hits(&self, typed: &str) -> String {
        if self.is_vietnamese() {
            format!("Không có bài nào có “{typed}”. Hãy thử ít từ hơn, hoặc từ khác.")
        } else {
            format!("No article has “{typed}”. Try fewer words, or other ones.")
        }
    }

    /// What the feed of a search holds, as a sentence.
    pub(super) fn found_in(&self, typed: &str, paper: Option<&str>) -> String {
        match (self.is_vietnamese(), paper) {
            (true, Some(paper)) => format!("Bài mới của {paper} có “{typed}”."),
            (true, None) => format!("Bài mới có “{typed}”."),
            (false, Some(paper)) => format!("The latest from {paper} with “{typed}”."),
            (false, None) => format!("The latest with “{typed}”."),
        }
    }

    fn is_vietnamese(&self) -> bool {
        self.weekdays.is_some()
    }

    /// A day: `Thứ Bảy, 14/02/2026`, `Saturday, 14 February 2026`.
    pub(super) fn day(&self, at: DateTime<FixedOffset>) -> String {
        match self.weekdays {
            Some(names) => {
                let name = names[at.weekday().num_days_from_monday() as usize % names.len()];
                format!("{name}, {}", at.format("%d/%m/%Y"))
            }
            None => at.format("%A, %-d %B %Y").to_string(),
        }
    }

    /// A moment on one line: `08:30 14/02/2026`, `14 Feb 2026, 08:30`.
    pub(super) fn moment(&self, at: DateTime<FixedOffset>) -> String {
        at.format(if self.is_vietnamese() { "%H:%M %d/%m/%Y" } else { "%-d %b %Y, %H:%M" }).to_string()
    }

    /// A day on one line: `14/02/2026`, `14 Feb 2026`.
    pub(super) fn short_day(&self, at: DateTime<FixedOffset>) -> String {
        at.format(if self.is_vietnamese() { "%d/%m/%Y" } else { "%-d %b %Y" }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_the_papers_readers_do() {
        let at = DateTime::parse_from_rfc3339("2026-02-14T08:30:00+07:00").expect("a date");
        let (vi, en) = (Words::of("vi-VN"), Words::of("en"));
        assert_eq!((vi.day(at).as_str(), en.day(at).as_str()), ("Thứ Bảy, 14/02/2026", "Saturday, 14 February 2026"));
        assert_eq!((vi.moment(at).as_str(), en.moment(at).as_str()), ("08:30 14/02/2026", "14 Feb 2026, 08:30"));
        assert_eq!(vi.day(at + chrono::TimeDelta::days(1)), "Chủ nhật, 15/02/2026");
        assert_eq!((Words::of("VI").language, Words::of("vie").language), ("vi", "en"));
    }
}
