//! `[[webhook]]` as written.

use super::file::SecretTable;
use super::place::{Place, Text};
use super::schema;
use super::table::Table;

/// Where changes are delivered.
#[derive(Debug)]
pub(super) struct WebhookTable {
    pub(super) place: Place,
    pub(super) url: Option<Text>,
    pub(super) secret: Option<SecretTable>,
    pub(super) papers: Option<Vec<Text>>,
    pub(super) kinds: Option<Vec<Text>>,
}

impl WebhookTable {
    pub(super) fn all(root: &Table<'_>) -> Vec<Self> {
        root.tables("webhook", &schema::WEBHOOK).iter().map(Self::of).collect()
    }

    fn of(table: &Table<'_>) -> Self {
        for (key, what) in [("url", "where changes are delivered"), ("secret", "what deliveries are signed with")] {
            if !table.has(key) {
                table.missing(key, what);
            }
        }
        let texts = |key| table.has(key).then(|| table.texts(key));
        Self {
            place: table.place,
            url: table.text("url"),
            secret: SecretTable::at(table, "secret"),
            papers: texts("papers"),
            kinds: texts("kinds"),
        }
    }
}
