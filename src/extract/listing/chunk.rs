//! The lines of a block as a reader sees them, each with its runs: what stands in an element of its own within the line.

use super::outline::Outline;
use super::vocabulary::{self, Marks};
use crate::text;

/// A piece of a line: text of its own, or all that one inline element holds.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Clean text.
    pub(super) text: String,
    /// The text as it stands, with its spaces.
    raw: String,
    /// What the inline elements around it say.
    pub(super) marks: Marks,
    /// The place of the outermost inline element; `None`: bare text.
    pub(super) element: Option<usize>,
    /// The place of the link that it stands in.
    pub(super) link: Option<usize>,
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// Clean text.
    pub(super) text: String,
    /// What the elements around the whole line say, up to the block.
    pub(super) marks: Marks,
    /// Its runs in order; their texts together are its text.
    pub(super) runs: Vec<Run>,
    /// Where it starts.
    pub(super) start: usize,
    /// Behind its last text.
    pub(super) end: usize,
    /// Stands in one of the six headings.
    pub(super) in_heading: bool,
    /// The name of the nearest block element; empty at the top.
    pub(super) block: usize,
}

impl Chunk {
    /// The text in links to other addresses, as a share of all, in percent.
    pub(super) fn linked_percent(&self, mut counts: impl FnMut(usize) -> bool) -> usize {
        let all: usize = self.runs.iter().map(|run| run.text.len()).sum();
        let linked: usize =
            self.runs.iter().filter(|run| run.link.is_some_and(&mut counts)).map(|run| run.text.len()).sum();
        linked * 100 / all.max(1)
    }

    /// The text of some of its runs.
    pub(super) fn text_of(runs: &[Run]) -> String {
        let raw: String = runs.iter().map(|run| run.raw.as_str()).collect();
        text::clean_line(&raw)
    }
}

impl Run {
    /// Splits a short run of its own at the bars and dots between facts: "Xã hội | 14/02/2026".
    pub(super) fn parts(self) -> Vec<Self> {
        let is_bar = |c: char| matches!(c, '|' | '•' | '·' | '/');
        let is_short = self.element.is_some() && self.text.chars().count() <= 100;
        if !is_short || !self.text.contains(['|', '•', '·']) && !self.text.contains(" / ") {
            return vec![self];
        }
        let pieces = self.text.split(is_bar).map(str::trim).filter(|piece| !piece.is_empty());
        pieces.map(|piece| Self { text: piece.to_owned(), raw: format!("{piece} "), ..self.clone() }).collect()
    }

    /// Takes a prefix away.
    pub(super) fn cut(&mut self, rest: &str) {
        self.text = rest.to_owned();
        self.raw = format!("{rest} ");
    }
}

/// The lines between two places; `skip` names ranges that are left out, in order. What an element says that holds the
/// `anchor`, the headline, it says of the story and not of a line.
pub(super) fn chunks(
    outline: &Outline<'_>,
    (start, end): (usize, usize),
    skip: &[(usize, usize)],
    anchor: Option<usize>,
) -> Vec<Chunk> {
    let mut reader = Reader { outline, anchor, chunks: Vec::new(), open: Vec::new(), raw: Vec::new() };
    let mut skip = skip.iter().copied().peekable();
    let mut place = start;
    while place < end {
        reader.close(place);
        while skip.next_if(|(_, until)| *until <= place).is_some() {}
        if let Some((_, until)) = skip.next_if(|(from, _)| *from <= place) {
            reader.flush();
            place = until;
            continue;
        }
        reader.part(place);
        place += 1;
    }
    reader.flush();
    reader.chunks
}

struct Open {
    place: usize,
    end: usize,
    is_block: bool,
}

struct RawRun {
    text: String,
    element: Option<usize>,
    link: Option<usize>,
    marks: Marks,
    start: usize,
    end: usize,
}

struct Reader<'o, 'a> {
    outline: &'o Outline<'a>,
    anchor: Option<usize>,
    chunks: Vec<Chunk>,
    open: Vec<Open>,
    raw: Vec<RawRun>,
}

impl Reader<'_, '_> {
    fn close(&mut self, place: usize) {
        while self.open.last().is_some_and(|open| place >= open.end) {
            if self.open.last().is_some_and(|open| open.is_block) {
                self.flush();
            }
            self.open.pop();
        }
    }

    fn marks<'i>(&self, open: impl Iterator<Item = &'i Open>) -> Marks {
        let said = open.filter(|open| !self.anchor.is_some_and(|anchor| (open.place..open.end).contains(&anchor)));
        said.fold(Marks::default(), |marks, open| marks | self.outline.parts[open.place].marks)
    }

    fn part(&mut self, place: usize) {
        let part = &self.outline.parts[place];
        if !part.is_text() {
            if part.is_block() {
                self.flush();
            }
            self.open.push(Open { place, end: part.end, is_block: part.is_block() });
            return;
        }
        let inline_from = self.open.iter().rposition(|open| open.is_block).map_or(0, |at| at + 1);
        let inline = &self.open[inline_from..];
        let element = inline.first().map(|open| open.place);
        let marks = self.marks(inline.iter());
        let link = self.open.iter().rev().find(|open| self.outline.parts[open.place].tag == "a").map(|open| open.place);
        match self.raw.last_mut() {
            Some(last) if last.element == element && last.link == link && element.is_some() => {
                last.text.push_str(&part.text);
                last.marks = last.marks | marks;
                last.end = place + 1;
            }
            _ => self.raw.push(RawRun { text: part.text.clone(), element, link, marks, start: place, end: place + 1 }),
        }
    }

    fn flush(&mut self) {
        let raw = std::mem::take(&mut self.raw);
        let (Some(first), Some(last)) = (raw.first(), raw.last()) else { return };
        let text = match raw.as_slice() {
            [lone] => text::clean_line(&lone.text),
            runs => text::clean_line(&runs.iter().map(|run| run.text.as_str()).collect::<String>()),
        };
        if text.is_empty() {
            return;
        }
        let is_lone = raw.len() == 1;
        let mut blocks = self.open.iter().filter(|open| open.is_block);
        let marks = self.marks(blocks.clone());
        let in_heading = self.open.iter().any(|open| self.outline.parts[open.place].is_heading());
        let block = blocks.next_back().map_or(0, |open| open.place);
        let (start, end) = (first.start, last.end);
        let runs = raw.into_iter().map(|run| {
            let text = if is_lone { text.clone() } else { text::clean_line(&run.text) };
            Run { text, raw: run.text, marks: run.marks, element: run.element, link: run.link }
        });
        let runs = runs.collect();
        self.chunks.push(Chunk { text, marks, runs, start, end, in_heading, block });
    }
}

/// How much text it is: a letter counts one, an ideograph, which is nearly a word, two and a half.
#[expect(clippy::cast_precision_loss, reason = "exact below 8 million letters, and the gate lets no longer text pass")]
pub(super) fn units(text: &str) -> f32 {
    let letters = text.chars().count() as f32;
    // no ideograph begins with a lower byte in UTF-8
    if text.bytes().all(|byte| byte < 0xe3) {
        return letters;
    }
    letters + text.chars().filter(|c| is_ideograph(*c)).count() as f32 * 1.5
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x2ffff)
}

/// A longer text is about more than time.
const MOST_DATE_CHARS: usize = 60;

/// Whether a text is about time and nothing else: short, with a number, and no sentence.
pub(super) fn is_dated(text: &str) -> bool {
    // folding makes no digits, and a long text no shorter
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    if !has_digit || vocabulary::letters(text).nth(MOST_DATE_CHARS).is_some() {
        return false;
    }
    let folded = text::fold(text);
    let length = folded.chars().count();
    if length > MOST_DATE_CHARS {
        return false;
    }
    let rest: String = folded.chars().filter(|c| c.is_alphabetic()).collect();
    let words = folded.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    let unknown = words.filter(|word| !is_time_word(word)).count();
    rest.is_empty() || unknown == 0 || (unknown == 1 && has_clock(&folded) && length <= 30)
}

fn has_clock(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .windows(3)
        .any(|w| w[0].is_ascii_digit() && matches!(w[1], b':' | b'/' | b'.' | b'-') && w[2].is_ascii_digit())
}

/// Words that stand in dates, folded: units of time, days and what binds them.
#[rustfmt::skip]
const TIME_WORDS: &[&str] = &[
    "ngay", "thang", "nam", "gio", "phut", "giay", "truoc", "thu", "chu", "nhat", "hai", "ba", "tu", "sau", "bay",
    "tuan", "hom", "nay", "qua", "luc", "am", "pm", "gmt", "utc", "ict", "wib", "ist", "cet", "est", "h", "m", "s",
    "min", "mins", "minute", "minutes", "hour", "hours", "hrs", "hr", "day", "days", "week", "weeks", "month",
    "months", "year", "years", "ago", "yesterday", "today", "at", "on", "of", "de", "del", "le", "a", "à", "il",
    "den", "am", "um", "uhr", "vor", "stunden", "stunde", "minuten", "heute", "gestern", "st", "nd", "rd", "th",
    "hace", "horas", "hora", "minutos", "dias", "dia", "hoy", "ayer", "il", "y", "jours", "heures", "oggi", "ieri",
    "ore", "fa", "jam", "menit", "lalu", "yang", "hari", "read", "reading", "lectura", "lesezeit", "sec",
    "published", "updated", "posted", "date", "time", "dang", "cap", "年", "月", "日", "時", "分", "시간", "분", "전", "일",
    "小时前", "分钟前", "天前", "часов", "минут", "назад", "дня",
];

/// How names of months and days begin.
#[rustfmt::skip]
const MONTHS_AND_DAYS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "mai", "maj", "jun", "jul", "aug", "sep", "okt", "oct", "nov", "dec", "dez",
    "dic", "ene", "abr", "ago", "gen", "mag", "giu", "lug", "set", "ott", "fev", "out", "juil", "aout", "avr",
    "mei", "agu", "des", "янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек", "mon",
    "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "mie", "jue", "vie",
    "sab", "dom", "mit", "die", "don", "fre", "son", "sen", "sel", "rab", "kam", "jum", "min", "febr", "jän",
];

/// Whether a folded word stands in dates.
fn is_time_word(word: &str) -> bool {
    TIME_WORDS.contains(&word)
        || (word.chars().count() <= 12 && MONTHS_AND_DAYS.iter().any(|month| word.starts_with(month)))
}
