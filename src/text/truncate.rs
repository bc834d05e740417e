//! Cutting text where a reader would.

/// At most `limit` characters; a longer text is cut after a whole word and ends in `…`.
#[must_use]
pub fn truncate(text: &str, limit: usize) -> String {
    // no more bytes than that are no more characters either
    let beyond = if text.len() > limit { text.char_indices().nth(limit) } else { None };
    let Some((cut, _)) = beyond else {
        return text.to_owned();
    };
    let head = &text[..cut];
    let end = head.rfind(char::is_whitespace).filter(|at| *at > cut / 2).unwrap_or(cut);
    format!("{}…", head[..end].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_falls_between_words() {
        assert_eq!(truncate("một hai ba", 20), "một hai ba");
        assert_eq!(truncate("một hai, ba bốn", 10), "một hai…");
        assert_eq!(truncate("mộthaibabốn", 5), "mộtha…");
    }
}
