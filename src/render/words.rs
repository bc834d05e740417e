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
    pub(super) addresses: &'static str,
    pub(super) how_title: &'static str,
    pub(super) how: [&'static str; 3],
    pub(super) opml: &'static str,
    pub(super) bulletin: &'static str,
    pub(super) about: &'static str,
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
    weekdays: None,
};

impl Words {
    /// The words for a page in a language (BCP 47): Vietnamese, else English.
    pub(super) fn of(language: &str) -> &'static Self {
        let primary = language.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("vi") { &VIETNAMESE } else { &ENGLISH }
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
        at.format(if self.weekdays.is_some() { "%H:%M %d/%m/%Y" } else { "%-d %b %Y, %H:%M" }).to_string()
    }

    /// A day on one line: `14/02/2026`, `14 Feb 2026`.
    pub(super) fn short_day(&self, at: DateTime<FixedOffset>) -> String {
        at.format(if self.weekdays.is_some() { "%d/%m/%Y" } else { "%-d %b %Y" }).to_string()
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
