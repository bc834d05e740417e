//! What a title alone tells of its article's kind: a bulletin, which tomorrow's supersedes, or a part of a series.
//!
//! Comes in: a title. Goes out: its kind. It does not know the article.

use super::{clean_line, fold};

/// A kind of article that readers may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of one day or hour: weather, prices, exchange rates.
    Bulletin,
    /// One of several articles on one thing.
    Series,
}

impl Kind {
    /// The term in feeds.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bulletin => "bulletin",
            Self::Series => "series",
        }
    }
}

/// How bulletins begin, folded.
const BULLETINS: [&str; 9] = [
    "du bao thoi tiet",
    "thoi tiet",
    "ban tin",
    "ban tin thoi tiet",
    "gia vang",
    "gia xang dau",
    "ty gia",
    "weather forecast",
    "weather",
];
/// Before the number of a part, as written: without their marks these are other words, too.
const PARTS: [&str; 4] = ["kỳ", "phần", "tập", "part"];
/// In place of a number.
const LAST: [&str; 3] = ["cuối", "một", "final"];

/// The kind of article, where its title tells.
#[must_use]
pub fn kind(title: &str) -> Option<Kind> {
    let title = clean_line(title);
    let folded = fold(&title);
    let begins = |with: &str| folded.strip_prefix(with).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    if BULLETINS.iter().any(|with| begins(with)) && has_date(&folded) {
        return Some(Kind::Bulletin);
    }
    is_part(&title).then_some(Kind::Series)
}

/// `14/2`, `14/2/2026`, `14-02-2026`: a day and a month of any year.
fn has_date(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let mut numbers = word.split(['/', '-']).map(|part| {
            let digits: String = part.chars().skip_while(|c| !c.is_ascii_digit()).collect();
            digits.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok()
        });
        let (day, month) = (numbers.next().flatten(), numbers.next().flatten());
        day.is_some_and(|day| (1..=31).contains(&day)) && month.is_some_and(|month| (1..=12).contains(&month))
    })
}

/// `Kỳ 1:`, `(Phần 2)`, ` - Kỳ cuối`: the part stands apart from the title's own words, at one of its ends.
fn is_part(title: &str) -> bool {
    let stands_apart = |piece: &str| {
        let mut words = piece.split_whitespace();
        let (Some(part), Some(number), None) = (words.next(), words.next(), words.next()) else { return false };
        PARTS.contains(&part.to_lowercase().as_str())
            && (LAST.contains(&number.to_lowercase().as_str())
                || (number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit())))
    };
    title.split([':', '(', ')', '-', '–', '—', '|', '.', ',']).any(stands_apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulletins_have_a_day() {
        for title in
            ["Dự báo thời tiết toàn tỉnh Sơn La ngày 14/2/2026", "Giá vàng 14/2: tăng nhẹ", "Bản tin ngày 14-02-2026"]
        {
            assert_eq!(kind(title), Some(Kind::Bulletin), "{title}");
        }
        for title in ["Bản tin không có ngày", "Thời tiếtt 14/2", "Họp ngày 14/2/2026", "Dự báo thời tiết 40/13", ""]
        {
            assert_eq!(kind(title), None, "{title}");
        }
    }

    #[test]
    fn parts_of_a_series_stand_apart_in_the_title() {
        for title in [
            "Giữ rừng - Kỳ 1: Đi tuần",
            "Kỳ 12: Về bản",
            "Giữ rừng (Kỳ cuối)",
            "Saving the forest: Part 2",
            "Giữ rừng (phần 2)",
        ] {
            assert_eq!(kind(title), Some(Kind::Series), "{title}");
        }
        for title in
            ["Kỳ họp thứ 2", "Hai kỳ 1 năm", "Tập huấn 3 ngày", "Phần 1 tỷ đồng còn lại", "Học kỳ 1: nhiều đổi mới"]
        {
            assert_eq!(kind(title), None, "{title}");
        }
    }
}
