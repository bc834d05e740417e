//! `[[alert]]` as written.

use super::file::SecretTable;
use super::place::{Place, Text};
use super::schema;
use super::table::Table;

/// How operators are told of trouble.
#[derive(Debug)]
pub(super) struct AlertTable {
    pub(super) place: Place,
    pub(super) url: Option<Text>,
    pub(super) secret: Option<SecretTable>,
    pub(super) command: Option<Vec<Text>>,
    pub(super) mail: Option<Vec<Text>>,
    pub(super) from: Option<Text>,
    pub(super) sendmail: Option<Vec<Text>>,
    pub(super) kinds: Option<Vec<Text>>,
}

impl AlertTable {
    pub(super) fn all(root: &Table<'_>) -> Vec<Self> {
        root.tables("alert", &schema::ALERT).iter().map(Self::of).collect()
    }

    fn of(table: &Table<'_>) -> Self {
        let needs = [("url", "secret", "what deliveries are signed with"), ("mail", "from", "who sends the mail")];
        for (key, other, what) in needs {
            if table.has(key) && !table.has(other) {
                table.missing(other, what);
            }
        }
        let texts = |key| table.has(key).then(|| table.texts(key));
        Self {
            place: table.place,
            url: table.text("url"),
            secret: SecretTable::at(table, "secret"),
            command: texts("command"),
            mail: texts("mail"),
            from: table.text("from"),
            sendmail: texts("sendmail"),
            kinds: texts("kinds"),
        }
    }
}
