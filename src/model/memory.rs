//! What reading a source has taught: kept between two polls, so that a redesign finds somebody who knows the articles.

use serde::{Deserialize, Serialize};

/// What `extract` remembers of a source; goes in, comes back renewed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// The learned list.
    pub template: Option<Template>,
    /// A list learned anew after the template failed, until the next page proves it.
    pub trial: Option<Template>,
    /// Shapes of the article addresses seen so far.
    pub url_shapes: Vec<String>,
    /// The newest known articles, as (address, title): the ground truth for learning a list anew.
    pub known: Vec<(String, String)>,
}

/// A learned list: what its stories look like on the page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    /// The looks of its stories: most lists have one, some have a large first story, front pages have many.
    pub looks: Vec<Look>,
    /// Stories of a usual reading (moving average).
    pub usual: f32,
    /// Readings that it was learned from.
    pub readings: u32,
}

/// One look of a list's stories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// The elements down to the headline's link, each with its first class: `article.story>h2.title>a`.
    pub path: String,
    /// Whether its links are stories of the list; else it waits.
    pub is_trusted: bool,
    /// Readings that showed it.
    pub sights: u32,
    /// Readings in a row that did not show it.
    pub unseen: u32,
}

/// How a section page was read, against what its source usually shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListReading {
    /// The witness that found the list: `selectors`, `template`, `structured`, `blocks`.
    pub witness: String,
    /// Stories that it found.
    pub stories: usize,
    /// Stories of a usual reading; 0 where there is no history.
    pub usual: f32,
    /// Stories that the selectors of the configuration found, where there are any.
    pub by_selectors: Option<usize>,
    /// What was repaired on the way.
    pub repair: Option<Repair>,
}

/// How far the repair of a lost list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repair {
    /// The list that was learned yields too little; another one was learned, and the next page must prove it.
    OnTrial,
    /// The next page has proven it: it is the source's list from now on.
    Swapped,
}
