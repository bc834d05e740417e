//! Which series an article is of, as far as its title tells: what the titles of today's and yesterday's bulletin share.
//!
//! Comes in: a title. Goes out: its words without days and numbers. It does not know the article.

use super::fold;

/// Days and months by name, folded.
const DAYS: [&str; 20] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "cn",
];
/// What follows `thứ` in the name of a day, folded.
const WEEKDAYS: [&str; 6] = ["hai", "ba", "tu", "nam", "sau", "bay"];

/// What tells one series from another: bulletins of two days have the same. `None`: the title says nothing but a day.
#[must_use]
pub fn series(title: &str) -> Option<String> {
    let folded = fold(title);
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut out = String::with_capacity(folded.len());
    while let Some(word) = words.next() {
        let is_weekday = match word {
            "thu" => words.next_if(|next| WEEKDAYS.contains(next)).is_some(),
            "chu" => words.next_if_eq(&"nhat").is_some(),
            _ => false,
        };
        if is_weekday || DAYS.contains(&word) || word.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulletins_of_two_days_are_of_one_series() {
        for (a, b) in [
            ("Dự báo thời tiết toàn tỉnh Sơn La ngày 14/2/2026", "Dự báo thời tiết toàn tỉnh Sơn La ngày 15/02/2026"),
            ("Thời tiết Thứ Bảy, 14-2", "THỜI TIẾT chủ nhật 15-2"),
            ("Weather forecast for Saturday, 14 February", "Weather forecast for Sunday, 1 March"),
            ("Giá vàng 14/2: 172,5 triệu", "Giá vàng 15/2: 173 triệu"),
        ] {
            assert!(series(a).is_some() && series(a) == series(b), "{a} | {b}");
        }
    }

    #[test]
    fn other_places_and_things_are_other_series() {
        for (a, b) in [
            ("Dự báo thời tiết tỉnh Sơn La ngày 14/2", "Dự báo thời tiết huyện Mộc Châu ngày 14/2"),
            ("Giá vàng 14/2", "Giá xăng dầu 14/2"),
            ("Giữ rừng - Kỳ 1: Đi tuần", "Giữ rừng - Kỳ 2: Về bản"),
        ] {
            assert_ne!(series(a), series(b));
        }
        assert_eq!(series("14/2/2026"), None);
        assert_eq!(series("Thư bạn đọc"), Some("thu ban doc".to_owned()), "no day of the week");
    }
}
