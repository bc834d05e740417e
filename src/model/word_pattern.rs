//! What is looked for in the words of an article.

use regex::{Regex, RegexBuilder};

/// The longest pattern, in characters.
pub const LONGEST_PATTERN: usize = 200;
/// What a compiled pattern and its cache may take: repetitions of repetitions do not fit.
const MOST_BYTES: usize = 256 * 1024;
/// How deep groups may nest.
const MOST_NESTED: u32 = 32;

/// A text that is no pattern.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPattern {
    /// It fits a text without any word.
    #[error("is found in everything")]
    FitsNothing,
    /// Too long, or too large when compiled.
    #[error("is too large")]
    TooLarge,
    /// It has no form.
    #[error("is no regular expression")]
    Syntax,
}

/// A regular expression over folded words, one space between two. It stands for whole words, and takes time in proportion to
/// the text alone (the `regex` crate).
#[derive(Debug, Clone)]
pub struct WordPattern {
    text: String,
    regex: Regex,
}

impl WordPattern {
    /// Compiles a pattern that is written in folded letters.
    ///
    /// # Errors
    /// [`InvalidPattern`] says what is wrong with it.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidPattern> {
        let text = text.into();
        if text.chars().count() > LONGEST_PATTERN {
            return Err(InvalidPattern::TooLarge);
        }
        // alone first: no parenthesis of its own closes ours
        compiled(&text)?;
        if compiled(&format!("^(?:{text})$"))?.is_match("") {
            return Err(InvalidPattern::FitsNothing);
        }
        let regex = compiled(&format!("(?:^| )(?:{text})(?:$| )"))?;
        Ok(Self { text, regex })
    }

    /// Whether it is somewhere in folded words.
    #[must_use]
    pub fn is_in(&self, words: &str) -> bool {
        self.regex.is_match(words)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for WordPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for WordPattern {}

fn compiled(text: &str) -> Result<Regex, InvalidPattern> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(MOST_BYTES).dfa_size_limit(MOST_BYTES).nest_limit(MOST_NESTED);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => InvalidPattern::TooLarge,
        _ => InvalidPattern::Syntax,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_stands_for_whole_words() {
        let found = |pattern: &str, words: &str| WordPattern::new(pattern).expect(pattern).is_in(words);
        assert!(
            found("hoi nong dan", "dai hoi nong dan tinh") && found("lu", "lu") && found("mua|lu quet", "lu quet ve")
        );
        assert!(!found("lu", "luat moi") && !found("lu", "phu luc") && !found("an", "dan"));
        assert!(found("gia (vang|xang)", "bang gia xang") && found("bao so \\d+", "con bao so 12"));
        assert!(found("^hop", "hop bao") && !found("^hop", "cuoc hop"));
    }

    #[test]
    fn hostile_patterns_are_refused() {
        for (text, why) in [
            ("", InvalidPattern::FitsNothing),
            ("a*", InvalidPattern::FitsNothing),
            ("(lu|)", InvalidPattern::FitsNothing),
            ("a)|(b", InvalidPattern::Syntax),
            ("(", InvalidPattern::Syntax),
            ("(?x)a #", InvalidPattern::Syntax),
            ("(a)\\1", InvalidPattern::Syntax),
            ("((a{1,100}){1,100}){1,100}", InvalidPattern::TooLarge),
            ("\\w{1000}", InvalidPattern::TooLarge),
            (&"(".repeat(100), InvalidPattern::Syntax),
            (&"a".repeat(LONGEST_PATTERN + 1), InvalidPattern::TooLarge),
        ] {
            assert_eq!(WordPattern::new(text).err(), Some(why), "{text}");
        }
    }

    #[test]
    fn pattern_that_would_backtrack_takes_time_in_proportion_to_the_text() {
        let pattern = WordPattern::new("(a|a)*(a|aa)+b").expect("a pattern");
        // 2 to the power of 200,000 steps would never end
        assert!(!pattern.is_in(&"a".repeat(200_000)));
    }
}
