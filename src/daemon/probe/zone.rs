//! The paper's timezone, as far as its dates and its language show it: pure.

use super::proposal::{Findings, Value, readings};
use super::report::ArticleOutcome;
use std::collections::HashMap;

const VIETNAM: &str = "Asia/Ho_Chi_Minh";
const VIETNAM_MINUTES: i32 = 7 * 60;

/// The timezone: of the dates' offset, of the language, else none that is known.
pub(super) fn timezone(of: Findings<'_>, language: &str) -> Value<String> {
    let is_vietnamese = language.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case("vi"));
    let said = |value: &str, is_guess, why: String| Value { value: value.to_owned(), is_guess, why };
    match usual_offset(of) {
        Some(VIETNAM_MINUTES) if is_vietnamese => said(VIETNAM, false, "its dates say +07:00".to_owned()),
        Some(minutes) if minutes != 0 => {
            let stated = shown(minutes);
            match fixed(minutes) {
                Some(zone) => said(&zone, true, format!("its dates say {stated}: write the paper's own zone")),
                None => said("UTC", true, format!("its dates say {stated}: write the paper's own zone")),
            }
        }
        _ if is_vietnamese => said(VIETNAM, true, "from the language".to_owned()),
        _ => said("UTC", true, "nothing shows it: write the paper's own zone".to_owned()),
    }
}

/// The offset that most dates state. Zero says little: servers write UTC wherever they stand.
fn usual_offset(of: Findings<'_>) -> Option<i32> {
    let mut counts: HashMap<i32, usize> = HashMap::new();
    let article = of.article.and_then(|article| match &article.outcome {
        ArticleOutcome::Read { reading } => reading.offset,
        _ => None,
    });
    for offset in readings(of).flat_map(|reading| reading.offsets.iter().copied()).chain(article) {
        *counts.entry(offset).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(offset, count)| (*offset != 0, *count)).map(|(offset, _)| offset)
}

/// A zone of that offset all year, where the tz database has one; its signs are reversed (POSIX).
fn fixed(minutes: i32) -> Option<String> {
    let hours = minutes / 60;
    let sign = if minutes > 0 { '-' } else { '+' };
    (minutes % 60 == 0 && (-12..=14).contains(&hours)).then(|| format!("Etc/GMT{sign}{}", hours.abs()))
}

fn shown(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_zones_are_names_of_the_tz_database() {
        for (minutes, zone) in [(420, Some("Etc/GMT-7")), (-480, Some("Etc/GMT+8")), (330, None)] {
            assert_eq!(fixed(minutes).as_deref(), zone);
            assert!(fixed(minutes).is_none_or(|zone| zone.parse::<chrono_tz::Tz>().is_ok()));
        }
        assert_eq!(shown(-480), "-08:00");
    }
}
