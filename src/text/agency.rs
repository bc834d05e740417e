//! The sign of an agency or a desk at the head of a teaser.

/// A longer sign is a word of the teaser.
const LONGEST_SIGN: usize = 12;
/// A longer name in brackets is a sentence.
const LONGEST_NAME: usize = 24;

/// A teaser without the sign before it: `TPO - …`, `(NLĐO) - …`, `(Dân trí) – …`.
#[must_use]
pub fn without_agency(teaser: &str) -> &str {
    let Some((sign, body)) = enclosed(teaser).or_else(|| capitals(teaser)) else { return teaser };
    let behind = body.trim_start();
    let text = behind.strip_prefix(['-', '–', '—']).filter(|text| text.starts_with(' ')).map(str::trim_start);
    text.filter(|text| text.len() > sign.len()).unwrap_or(teaser)
}

/// `(Dân trí)` and what follows.
fn enclosed(teaser: &str) -> Option<(&str, &str)> {
    let (sign, body) = teaser.strip_prefix('(')?.split_once(')')?;
    (sign.chars().count() <= LONGEST_NAME && sign.chars().any(char::is_uppercase)).then_some((sign, body))
}

/// `TPO`, `SGGP.ORG` and what follows.
fn capitals(teaser: &str) -> Option<(&str, &str)> {
    let (sign, body) = teaser.split_at(teaser.find([' ', '-', '–', '—'])?);
    let letters = sign.chars().filter(|c| c.is_alphabetic()).count();
    let is_sign = letters >= 2 && sign.chars().count() <= LONGEST_SIGN;
    (is_sign && sign.chars().all(|c| c.is_uppercase() || c == '.')).then_some((sign, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_leave_and_teasers_stay() {
        for teaser in
            ["TPO - Sáng 14/2, trời rét.", "(NLĐO) – Sáng 14/2, trời rét.", "(Dân trí) - Sáng 14/2, trời rét."]
        {
            assert_eq!(without_agency(teaser), "Sáng 14/2, trời rét.");
        }
        for teaser in [
            "UBND tỉnh - nơi làm việc",
            "Sơn La - vùng đất của mận",
            "A - B",
            "(Ảnh minh họa) trời rét",
            "TPO -",
            "Hà Nội - Huế chậm tàu.",
            "COVID-19 đã lui.",
        ] {
            assert_eq!(without_agency(teaser), teaser);
        }
    }
}
