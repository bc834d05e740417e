//! Why a document was read as it was: written down by the readers while they decide, only when somebody asks.
//!
//! Comes in: a word of each decision. Goes out: an [`Explanation`]. It decides nothing, and without anybody asking it costs
//! nothing: a [`Trace`] that is off takes no note.

use super::{ExtractError, read};
use crate::model::{Document, Entry, Extraction, Memory, Recipe};
use std::cell::RefCell;
use std::rc::Rc;

/// Groups of links that are told of, beside those that hold stories.
pub(super) const MOST_LOSERS: usize = 10;
/// Groups with stories that are told of.
pub(super) const MOST_WINNERS: usize = 10;
/// Notes of one document.
const MOST_NOTES: usize = 64;
/// Facts of entries that another witness filled in.
const MOST_FILLS: usize = 50_000;

/// Why a document was read as it was.
#[derive(Debug, Clone, Default)]
pub struct Explanation {
    /// What was found on the way, in order.
    pub notes: Vec<String>,
    /// Of a page: the groups of links that were weighed, winners first, then the best losers.
    pub groups: Vec<LinkGroup>,
    /// How many groups were weighed.
    pub groups_in_all: usize,
    /// Facts that another witness than the entry's own filled in.
    pub fills: Vec<Fill>,
    /// The witness of the entries themselves, where it is not the method.
    pub base: Option<&'static str>,
    /// Of an article: what each witness says, in rank order.
    pub testimony: Vec<Testimony>,
}

/// A fact of an entry that another witness filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The entry's place, from 0.
    pub entry: usize,
    /// Which fact.
    pub field: &'static str,
    /// Who knew it.
    pub witness: &'static str,
}

/// Links that play the same part on a page.
#[derive(Debug, Clone)]
pub struct LinkGroup {
    /// The elements down to the link, each with its first class.
    pub path: String,
    /// Different addresses.
    pub addresses: usize,
    /// Of these, the stories that were taken from this group.
    pub stories: usize,
    /// The weight of the best link, after its group was heard.
    pub best: f32,
    /// What a link must weigh.
    pub needed: f32,
    /// What the best link's signs weigh, each by itself.
    pub signs: Vec<(&'static str, f32)>,
    /// Why it won or lost.
    pub verdict: &'static str,
    /// The best link's text, and another's.
    pub samples: Vec<String>,
}

/// What one witness says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Testimony {
    /// Which fact.
    pub field: &'static str,
    /// Who says so.
    pub witness: String,
    /// What it says.
    pub value: String,
}

/// Where readers write down why. Cheap to clone: all clones write into one explanation.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Option<Rc<RefCell<Explanation>>>);

impl Trace {
    /// A trace that somebody asked for.
    fn on() -> Self {
        Self(Some(Rc::default()))
    }

    /// Takes a note, if somebody asked.
    pub(super) fn note(&self, write: impl FnOnce(&mut Explanation)) {
        if let Some(explanation) = &self.0 {
            write(&mut explanation.borrow_mut());
        }
    }

    /// Takes a sentence.
    pub(super) fn say(&self, words: impl FnOnce() -> String) {
        self.note(|explanation| {
            if explanation.notes.len() < MOST_NOTES {
                explanation.notes.push(words());
            }
        });
    }

    /// Lets a witness complete an entry, and notes what it filled in.
    pub(super) fn completing(
        &self,
        place: usize,
        witness: &'static str,
        entry: &mut Entry,
        complete: impl FnOnce(&mut Entry),
    ) {
        let before = self.0.is_some().then(|| entry.clone());
        complete(entry);
        let Some(before) = before else { return };
        let gained = gained(&before, entry);
        self.note(|explanation| {
            if explanation.fills.len() < MOST_FILLS {
                let fills = gained.into_iter().map(|field| Fill { entry: place, field, witness });
                explanation.fills.extend(fills);
            }
        });
    }

    fn explanation(self) -> Explanation {
        self.0.map(|explanation| explanation.take()).unwrap_or_default()
    }
}

/// The facts that an entry has now and had not, or not so.
fn gained(before: &Entry, after: &Entry) -> Vec<&'static str> {
    [
        ("id", before.id != after.id),
        ("title", before.title != after.title),
        ("summary", before.summary != after.summary),
        ("content", before.content != after.content),
        ("date", before.published != after.published),
        ("updated", before.updated != after.updated),
        ("picture", before.image != after.image),
        ("categories", before.categories != after.categories),
        ("authors", before.authors != after.authors),
        ("enclosures", before.enclosures != after.enclosures),
    ]
    .into_iter()
    .filter(|(_, has_changed)| *has_changed)
    .map(|(field, _)| field)
    .collect()
}

/// Reads a document as [`extract`](super::extract) does, and says why it was read so.
///
/// # Errors
/// As `extract`, beside the explanation as far as it came.
pub fn explain(
    document: &Document,
    recipe: &Recipe,
    memory: &Memory,
) -> (Result<Extraction, ExtractError>, Explanation) {
    let trace = Trace::on();
    let extraction = read(document, recipe, memory, &trace);
    (extraction, trace.explanation())
}
