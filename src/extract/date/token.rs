//! A text as numbers, words and punctuation.

use crate::text;
use std::ops::RangeInclusive;

/// More tokens than any date has, and as many as are searched for one.
const MOST_TOKENS: usize = 1500;

/// One piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Decimal digits of any script.
    Number { value: u32, digits: usize },
    /// Letters, folded; a character of Chinese, Japanese or Korean is a word of its own.
    Word(String),
    /// Anything else but white space.
    Punctuation(char),
}

/// The pieces of a text, each with whether white space stands before it.
#[derive(Debug)]
pub(super) struct Tokens {
    list: Vec<(Token, bool)>,
}

impl Tokens {
    pub(super) fn of(text: &str) -> Self {
        let mut list = Vec::new();
        let mut chars = text.chars().peekable();
        let mut spaced = false;
        while let Some(&first) = chars.peek() {
            if list.len() >= MOST_TOKENS {
                break;
            }
            if first.is_whitespace() || is_invisible(first) {
                spaced = true;
                chars.next();
                continue;
            }
            let token = if digit(first).is_some() {
                number(&mut chars)
            } else if is_letter(first) {
                word(&mut chars)
            } else {
                chars.next();
                Token::Punctuation(plain(first))
            };
            list.push((token, spaced));
            spaced = false;
        }
        Self { list }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn at(&self, at: usize) -> Option<&Token> {
        self.list.get(at).map(|(token, _)| token)
    }

    /// Whether white space stands before a token.
    pub(super) fn is_spaced(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|(_, spaced)| *spaced)
    }

    /// A number of so many digits.
    pub(super) fn number(&self, at: usize, width: RangeInclusive<usize>) -> Option<u32> {
        match self.at(at) {
            Some(Token::Number { value, digits }) if width.contains(digits) => Some(*value),
            _ => None,
        }
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        match self.at(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    pub(super) fn is_word(&self, at: usize, words: &[&str]) -> bool {
        self.word(at).is_some_and(|word| words.contains(&word))
    }

    pub(super) fn punctuation(&self, at: usize) -> Option<char> {
        match self.at(at) {
            Some(Token::Punctuation(mark)) => Some(*mark),
            _ => None,
        }
    }

    pub(super) fn is_punctuation(&self, at: usize, mark: char) -> bool {
        self.punctuation(at) == Some(mark)
    }
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Token {
    let (mut value, mut digits) = (0u32, 0);
    while let Some(d) = chars.peek().copied().and_then(digit) {
        value = value.saturating_mul(10).saturating_add(d);
        digits += 1;
        chars.next();
    }
    Token::Number { value, digits }
}

fn word(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Token {
    let mut raw = String::new();
    while let Some(&c) = chars.peek() {
        if !is_letter(c) || is_ideograph(c) && !raw.is_empty() {
            break;
        }
        raw.push(c);
        chars.next();
        if is_ideograph(c) {
            return Token::Word(raw);
        }
    }
    Token::Word(text::fold(&raw))
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}' | '\u{93c}' | '\u{94d}' | '\u{9bc}' | '\u{9cd}')
}

/// Scripts that put no spaces between a number, its unit and the next number.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn digit(c: char) -> Option<u32> {
    const ZEROS: [char; 6] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{ff10}'];
    ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10))
}

fn plain(mark: char) -> char {
    match mark {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{ff1a}' => ':',
        '\u{ff0f}' => '/',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        '\u{2019}' | '\u{2032}' => '\'',
        _ => mark,
    }
}
