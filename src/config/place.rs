//! Where something was written: files, spans, and the line and column of a span.

/// A place's table is looked for in so many lines above it.
const MOST_ABOVE: usize = 5_000;

/// One file of the configuration.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// As messages call it.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
    /// Where its lines begin: problems may be many, and each asks for its line.
    starts: Vec<usize>,
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
    pub(super) fn new(name: &str, text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.to_owned(), text: text.to_owned(), starts }
    }

    /// The number of the line where a place begins, from 1.
    pub(super) fn line_number(&self, place: Place) -> usize {
        self.starts.partition_point(|start| *start <= place.start.min(self.text.len()))
    }

    /// The key that a place belongs to, with the table that it stands in, as far as the lines tell: `fetch.timeout`.
    pub(super) fn key(&self, place: Place) -> Option<String> {
        let lines = &self.starts[..self.line_number(place)];
        let mut key = None;
        for (above, start) in lines.iter().rev().enumerate() {
            let line = self.text[*start..].lines().next().unwrap_or_default().trim();
            if let Some(table) = line.strip_prefix('[').map(|rest| rest.trim_start_matches('[')) {
                let table = table.split(']').next().unwrap_or_default().trim();
                let is_name = !table.is_empty() && table.chars().all(is_of_key);
                // a list that goes over lines may begin so as well
                match key {
                    None if is_name && above == 0 => return Some(table.to_owned()),
                    Some(key) if is_name => return Some(format!("{table}.{key}")),
                    _ => continue,
                }
            }
            let name = line.split_once('=').map(|(name, _)| name.trim());
            key = key.or_else(|| name.filter(|name| !name.is_empty() && name.chars().all(is_of_key)));
            if above == MOST_ABOVE {
                break;
            }
        }
        key.map(str::to_owned)
    }

    /// The line where a place begins.
    pub(super) fn line(&self, place: Place) -> Line<'_> {
        let start = self.boundary(place.start);
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let text = self.text[from..to].trim_end_matches('\r');
        let end = self.boundary(place.end).clamp(start, from + text.len().max(start - from));
        Line {
            number: self.line_number(place),
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

fn is_of_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '"' | '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_end_with_the_line() {
        let file = SourceFile::new("a.toml", "x = 1\r\ntên = [\r\n2]\n");
        let at = file.text.find('[').expect("there");
        let place = Place { file: 0, start: at, end: at + 5 };
        let line = file.line(place);
        assert_eq!((line.number, line.column, line.text, line.span), (2, 7, "tên = [", 7..8));
        assert_eq!(file.position(Place { file: 0, start: 999, end: 1000 }), "a.toml:4:1");
    }

    #[test]
    fn the_key_of_a_place_has_its_table() {
        let text =
            "include = [\n  \"a\",\n]\n[fetch]\ntimeout = 3\n[[paper]]\nid = 1\n[[paper.section]]\nurl = \"x=y\"\n";
        let file = SourceFile::new("a.toml", text);
        let key = |of: &str| {
            let start = text.find(of).expect("there");
            file.key(Place { file: 0, start, end: start + 1 })
        };
        let stated = ["\"a\"", "3", "[fetch]", "1", "\"x"].map(|of| key(of).unwrap_or_default());
        assert_eq!(stated, ["include", "fetch.timeout", "fetch", "paper.id", "paper.section.url"]);
    }
}
