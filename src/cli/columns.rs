//! Text for a terminal of eighty columns: how wide it is, cut, and broken into lines.

/// What a report may not exceed.
pub(super) const COLUMNS: usize = 80;

/// The columns that a text takes: ideographs take two, combining marks none.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// At most so many columns of a text; what is cut ends in `…`.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_width(c);
        if used > columns {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// A text cut or filled up to so many columns.
pub(super) fn padded(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let missing = columns.saturating_sub(width(&text));
    text + &" ".repeat(missing)
}

/// A text as lines of at most eighty columns, each behind `indent`; the first one behind `first` instead. A word that is
/// wider than a line is broken.
pub(super) fn wrapped(first: &str, indent: &str, text: &str) -> String {
    let mut out = String::from(first);
    let mut used = width(first);
    let room = COLUMNS.saturating_sub(width(indent)).max(1);
    let mut at_start = true;
    for word in text.split_whitespace() {
        let needed = width(word) + usize::from(!at_start);
        if !at_start && used + needed > COLUMNS {
            out.push('\n');
            out.push_str(indent);
            (used, at_start) = (width(indent), true);
        }
        if !at_start {
            out.push(' ');
            used += 1;
        }
        if width(word) <= room {
            out.push_str(word);
            used += width(word);
        } else {
            used = broken(&mut out, indent, word, used);
        }
        at_start = false;
    }
    out.push('\n');
    out
}

/// Writes a word that is wider than a line; gives the columns that its last line uses.
fn broken(out: &mut String, indent: &str, word: &str, mut used: usize) -> usize {
    for c in word.chars() {
        if used + char_width(c) > COLUMNS {
            out.push('\n');
            out.push_str(indent);
            used = width(indent);
        }
        out.push(c);
        used += char_width(c);
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let text = format!("một {} hai {}", "chữ ".repeat(60), "x".repeat(300));
        let lines = wrapped("  why  ", "       ", &text);
        assert!(lines.lines().all(|line| width(line) <= COLUMNS), "{lines}");
        assert_eq!(lines.chars().filter(|c| *c == 'x').count(), 300);
    }

    #[test]
    fn cut_and_padded_count_columns_and_not_characters() {
        assert_eq!(cut("Xã hội", 6), "Xã hội");
        assert_eq!(cut("Thời sự", 5), "Thời…");
        assert_eq!(cut("新聞新聞", 5), "新聞…");
        assert_eq!(padded("新", 4), "新  ");
    }
}
