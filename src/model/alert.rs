//! An alert: what is wrong, told to the operator when it begins and when it is over.

use super::{Secret, SourceId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// What is wrong, for an operator. Its JSON is public surface: fields are added, never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The same at its beginning and its end, and of no other.
    pub id: String,
    /// What kind of trouble.
    pub kind: AlertKind,
    /// The source, where it is of one.
    pub source: Option<SourceId>,
    /// When it was seen first.
    pub since: DateTime<Utc>,
    /// When it was over; `None`: it is not.
    pub until: Option<DateTime<Utc>>,
    /// The stage that failed, where it was one.
    pub stage: Option<String>,
    /// One sentence.
    pub what: String,
    /// The address that it is about, without credentials.
    pub url: Option<String>,
    /// What there should be, in words.
    pub expected: Option<String>,
    /// What to do: the next command.
    pub remedy: String,
}

/// The kinds of trouble; the words of `/status.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertKind {
    /// A source cannot be fetched or read.
    Failing,
    /// A source's page no longer shows its list: a redesign.
    Drift,
    /// A source is silent against its habit.
    Silent,
    /// A source's newest items are held.
    Held,
    /// The database, or the folder of the feeds, cannot be written.
    Storage,
    /// Every poll fails.
    Outage,
    /// Nothing is polled.
    Stalled,
    /// A finished document is not valid and stays back.
    Publication,
    /// A webhook does not take what it is told.
    Webhook,
}

impl AlertKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Failing,
        Self::Drift,
        Self::Silent,
        Self::Held,
        Self::Storage,
        Self::Outage,
        Self::Stalled,
        Self::Publication,
        Self::Webhook,
    ];

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Drift => "drift",
            Self::Silent => "silent",
            Self::Held => "held",
            Self::Storage => "storage",
            Self::Outage => "outage",
            Self::Stalled => "stalled",
            Self::Publication => "publication",
            Self::Webhook => "webhook",
        }
    }
}

/// What was told of a trouble; outlives restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertMark {
    /// The trouble: its kind and what it is of.
    pub key: String,
    /// Its last alert.
    pub alert: Alert,
    /// How often it came back soon after it was over.
    pub returns: u32,
    /// Since when it is gone, while nobody was told.
    pub gone_since: Option<DateTime<Utc>>,
    /// What has yet to be told, the oldest first.
    pub owed: Vec<Owed>,
}

/// An alert as it was at its beginning or end, and the way that has yet to tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// [`AlertWay::key`].
    pub way: String,
    /// What it says.
    pub alert: Alert,
}

/// A way to tell alerts, as the configuration says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertWay {
    /// Tells it apart in the store, and says nothing of a secret.
    pub key: String,
    /// What goes this way.
    pub kinds: Vec<AlertKind>,
    /// How.
    pub way: Way,
}

/// How an alert is told.
#[derive(Clone, PartialEq, Eq)]
pub enum Way {
    /// A signed POST of JSON.
    Webhook {
        /// Where; may be a secret.
        url: Url,
        /// What it is signed with, in base64.
        secret: Secret,
    },
    /// A program that reads JSON from its standard input.
    Command(Vec<String>),
    /// A mail.
    Mail {
        /// The program that sends it, as `sendmail -i -t` does.
        sendmail: Vec<String>,
        /// The sender.
        from: String,
        /// The receivers.
        to: Vec<String>,
    },
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Way {
    /// What may be shown of it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Webhook { url, .. } => format!("the webhook at {}", url.host_str().unwrap_or_default()),
            Self::Command(argv) => format!("the command {}", argv.first().map_or("", String::as_str)),
            Self::Mail { to, .. } => format!("mail to {}", to.join(", ")),
        }
    }
}
