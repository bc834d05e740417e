//! `[[channel]]` as written.

use super::place::{Place, Text, Written};
use super::schema;
use super::table::Table;

/// A selection of the papers' items.
#[derive(Debug)]
pub(super) struct ChannelTable {
    pub(super) place: Place,
    pub(super) id: Option<Text>,
    pub(super) title: Option<Text>,
    pub(super) papers: Option<Vec<Text>>,
    pub(super) categories: Option<Vec<Text>>,
    pub(super) words: Option<Vec<Text>>,
    pub(super) series: Option<Written<bool>>,
    pub(super) newest_only: Option<Written<bool>>,
    pub(super) item_limit: Option<Written<i64>>,
}

impl ChannelTable {
    pub(super) fn all(root: &Table<'_>) -> Vec<Self> {
        root.tables("channel", &schema::CHANNEL).iter().map(Self::of).collect()
    }

    fn of(table: &Table<'_>) -> Self {
        for (key, what) in [("id", "a short name for addresses"), ("title", "its name")] {
            if !table.has(key) {
                table.missing(key, what);
            }
        }
        let texts = |key| table.has(key).then(|| table.texts(key));
        Self {
            place: table.place,
            id: table.text("id"),
            title: table.text("title"),
            papers: texts("papers"),
            categories: texts("categories"),
            words: texts("words"),
            series: table.flag("series"),
            newest_only: table.flag("newest-only"),
            item_limit: table.integer("item-limit"),
        }
    }
}
