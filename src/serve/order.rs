//! What operators order, and what is replied: one line of JSON each.
//!
//! The same words go over the socket and out of `--json`.

use crate::model::SourceId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What an operator may have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// The held items of a source go on.
    Release {
        /// Which.
        source: SourceId,
    },
    /// An item leaves the feeds; it stays in the history.
    Withdraw {
        /// Which.
        item: ItemName,
    },
    /// An item is erased for good.
    Erase {
        /// Which.
        item: ItemName,
    },
    /// Kept documents are read anew, to correct what is stored.
    Replay {
        /// Of which source; `None`: of all.
        source: Option<SourceId>,
        /// Every kept document, not the newest alone.
        all: bool,
    },
    /// A source is polled out of turn.
    Poll {
        /// Which.
        source: SourceId,
        /// What comes is looked at and not kept.
        dry_run: bool,
    },
    /// The configuration is taken anew.
    Reload,
}

impl Order {
    /// As the log shows it: without the articles that it names.
    #[must_use]
    pub fn in_log(&self) -> String {
        match self {
            Self::Withdraw { item } => format!("withdraw, item {item:?}"),
            Self::Erase { item } => format!("erase, item {item:?}"),
            other => serde_json::to_string(other).unwrap_or_default(),
        }
    }
}

/// What an operator calls an item: its guid or its address. An address tells the title, so that no log shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemName(pub String);

impl std::fmt::Debug for ItemName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not shown")
    }
}

/// An order as it goes over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// The order.
    #[serde(flatten)]
    pub(super) order: Order,
    /// Whether who gave it wants to hear of its progress; an older command would not know what that is.
    #[serde(default)]
    pub(super) progress: bool,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum OrderReply {
    /// It was carried out.
    Done {
        /// What was done, in lines for people.
        lines: Vec<String>,
        /// The same for programs.
        #[serde(default)]
        facts: serde_json::Value,
    },
    /// It is under way; the reply proper follows.
    Progress {
        /// What is counted.
        what: String,
        /// So many are done.
        done: u64,
        /// Of so many; 0: nobody knows.
        of: u64,
    },
    /// A source was polled, or a poll tried.
    Polled(Box<PollTold>),
    /// It may not be asked yet.
    NotBefore {
        /// Until then.
        until: DateTime<Utc>,
        /// Why, and what can be done.
        why: String,
    },
    /// It names what is not there.
    Unknown {
        /// What, and what there is.
        why: String,
    },
    /// It could not be carried out.
    Failed {
        /// Why.
        why: String,
    },
}

/// What a poll out of turn came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollTold {
    /// Which source.
    pub source: SourceId,
    /// Whether nothing of it was kept; the facts below are then what would be.
    pub dry_run: bool,
    /// `read`, `not-modified` or `failed`.
    pub outcome: String,
    /// The source's state after it.
    pub state: String,
    /// Entries of the document; `None`: none came that could be read.
    pub entries: Option<usize>,
    /// Items never seen before.
    pub new: u32,
    /// Of these, items that the guard holds.
    pub held: u32,
    /// Items that readers see otherwise than before.
    pub changed: u32,
    /// Of a dry run: the items that would be new or otherwise.
    pub items: Vec<ItemTold>,
    /// Why nothing was taken in, or why items are held.
    pub error: Option<ErrorTold>,
    /// What is wrong with the document, in words.
    pub flaws: Vec<String>,
    /// The next poll.
    pub next_poll: Option<DateTime<Utc>>,
}

/// An item of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTold {
    /// `new`, `held`, `changed`, `published` or `withdrawn`.
    pub fate: String,
    /// Its title; empty where its own page tells it.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// Why a poll brought nothing, or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorTold {
    /// `fetch`, `extract`, `guard` and so on.
    pub stage: String,
    /// The kind, as in `/status.json`.
    pub kind: Option<String>,
    /// In words.
    pub what: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_log_shows_the_address_of_an_article() {
        let item = ItemName("https://bao.vn/ten-cua-mot-nguoi.html".into());
        for order in [Order::Erase { item: item.clone() }, Order::Withdraw { item }] {
            let shown = format!("{order:?} {}", order.in_log());
            assert!(!shown.contains("nguoi") && shown.contains("not shown"), "{shown}");
        }
        let source = SourceId::try_from("bao/xa-hoi".to_owned()).expect("an id");
        assert_eq!(Order::Release { source }.in_log(), r#"{"order":"release","source":"bao/xa-hoi"}"#);
    }

    #[test]
    fn reply_of_an_older_daemon_can_be_read() {
        let reply: OrderReply = serde_json::from_str(r#"{"reply":"done","lines":["well"]}"#).expect("a reply");
        assert_eq!(reply, OrderReply::Done { lines: vec!["well".into()], facts: serde_json::Value::Null });
    }
}
