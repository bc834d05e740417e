//! What reading a source has taught: kept between two polls, so that a redesign finds somebody who knows the articles.

use super::ListFinding;
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
    /// What the page showed.
    pub finding: ListFinding,
    /// The witness that found the list: `selectors`, `template`, `structured`, `blocks`.
    pub witness: String,
    /// Stories that it found.
    pub stories: usize,
    /// Stories of a usual reading; 0 where there is no history.
    pub usual: f32,
    /// Stories that the selectors of the configuration found, where there are any.
    pub by_selectors: Option<usize>,
    /// Stories in the places that were learned, where there was a template.
    pub by_template: Option<usize>,
    /// Stories that the page states in JSON-LD, microdata or embedded state.
    pub by_structured: usize,
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

impl Repair {
    /// Both steps.
    pub const ALL: [Self; 2] = [Self::OnTrial, Self::Swapped];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTrial => "on-trial",
            Self::Swapped => "swapped",
        }
    }
}

impl ListReading {
    /// What each witness found, for people: `selectors 0, learned list 0 of 15, JSON-LD and microdata 0, page 0`.
    #[must_use]
    pub fn witnesses(&self) -> String {
        let mut told = Vec::new();
        if let Some(count) = self.by_selectors {
            told.push(format!("selectors {count}"));
        }
        if let Some(count) = self.by_template {
            told.push(format!("learned list {count} of usually {:.0}", self.usual));
        }
        told.push(format!("stated data {}", self.by_structured));
        told.push(format!("page {}", self.stories));
        told.join(", ")
    }

    /// Whether the selectors of the configuration no longer find the list, and something else did.
    #[must_use]
    pub fn selectors_broke(&self) -> bool {
        self.by_selectors.is_some() && self.witness != "selectors" && self.stories > 0
    }

    /// What the operator should know of a list that was read none the less.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        let repair = self.repair.map(|repair| match repair {
            Repair::OnTrial => {
                "the list stands elsewhere than it was learned; it was found again by the articles known \
                                already, and the next page must prove it"
            }
            Repair::Swapped => "the list was learned anew after a redesign",
        });
        let selectors = self.selectors_broke().then(|| {
            let found = self.by_selectors.unwrap_or_default();
            format!("the selectors find {found} stories and the page has {}: it is read without them; correct or remove `selectors`", self.stories)
        });
        selectors.or_else(|| repair.map(str::to_owned))
    }
}
