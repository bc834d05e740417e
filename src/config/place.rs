//! Where something was written: files, spans, and the line and column of a span.

/// One file of the configuration.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// As messages call it.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
}

/// A span of bytes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the file.
    pub(super) file: usize,
    /// Its first byte.
    pub(super) start: usize,
    /// The byte behind its last.
    pub(super) end: usize,
}

/// A value, the key that it stands at and its place.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    /// The key, as the schema spells it.
    pub(super) key: &'static str,
    /// The value as written.
    pub(super) value: T,
    /// The place of the value.
    pub(super) place: Place,
}

/// A text value.
pub(super) type Text = Written<String>;

/// The first line of a place.
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// From 1, in characters.
    pub(super) column: usize,
    /// The line, without its end.
    pub(super) text: &'a str,
    /// The place within `text`, cut at the line's end.
    pub(super) span: std::ops::Range<usize>,
}

impl SourceFile {
    /// The line where a place begins.
    pub(super) fn line(&self, place: Place) -> Line<'_> {
        let start = self.boundary(place.start);
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let text = self.text[from..to].trim_end_matches('\r');
        let end = self.boundary(place.end).clamp(start, from + text.len().max(start - from));
        Line {
            number: self.text[..from].matches('\n').count() + 1,
            column: self.text[from..start].chars().count() + 1,
            text,
            span: (start - from).min(text.len())..(end - from).min(text.len()),
        }
    }

    /// `FILE:LINE:COLUMN`.
    pub(super) fn position(&self, place: Place) -> String {
        let line = self.line(place);
        format!("{}:{}:{}", self.name, line.number, line.column)
    }

    /// The character that a byte belongs to.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_end_with_the_line() {
        let file = SourceFile { name: "a.toml".into(), text: "x = 1\r\ntên = [\r\n2]\n".into() };
        let at = file.text.find('[').expect("there");
        let place = Place { file: 0, start: at, end: at + 5 };
        let line = file.line(place);
        assert_eq!((line.number, line.column, line.text, line.span), (2, 7, "tên = [", 7..8));
        assert_eq!(file.position(Place { file: 0, start: 999, end: 1000 }), "a.toml:4:1");
    }
}
