//! The configuration: what was written, and what is needed.
//!
//! Comes in: TOML. Goes out: a [`Config`] with the settings of every stage, or a [`ConfigError`] with every problem of
//! every file. Two steps: `file` reads what stands there, `lower` makes of it what is needed. Nobody below knows TOML.

mod alert;
mod channel;
mod error;
mod file;
mod include;
mod listen;
mod lower;
mod place;
mod schema;
mod table;
mod value;
mod webhook;

pub use error::{ConfigError, StatedProblem, Warning};
pub use listen::{InvalidListen, Listen};
use schema::nearest;

use crate::model::{AlertWay, PaperId, RenamedCategory, Source, SourceId, Webhook};
use crate::schedule::{self, Rhythm};
use crate::serve::ReaderSettings;
use crate::store::Retention;
use crate::{fetch, publish};
use chrono_tz::Tz;
use error::Report;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Where the configuration stands when nobody says where.
pub const USUAL_FILE: &str = "/etc/bantin/bantin.toml";
/// The configuration that the program carries: Báo Sơn La.
pub const BUILT_IN: &str = include_str!("../../config/baosonla.toml");
/// The name of the built-in configuration in messages.
const BUILT_IN_NAME: &str = "baosonla.toml (built in)";
/// A longer RSS `<ttl>` would keep readers from a day's news.
const MOST_TTL_MINUTES: u32 = 60;

/// The source that was probably meant: of the same paper by its section's name, else by the whole id.
#[must_use]
pub fn nearest_source<'a>(id: &SourceId, known: &[&'a str]) -> Option<&'a str> {
    let prefix = format!("{}/", id.paper());
    let sections: Vec<&str> = known.iter().filter_map(|known| known.strip_prefix(&prefix)).collect();
    if sections.is_empty() {
        return nearest(id.as_str(), known.iter().copied());
    }
    let section = nearest(id.section(), sections.into_iter())?;
    known.iter().copied().find(|known| known.strip_prefix(&prefix) == Some(section))
}

/// Everything that is needed to run.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that it came from, for messages.
    pub origin: String,
    /// The folder of the database.
    pub state_dir: PathBuf,
    /// The folder for the feeds as files.
    pub publish_dir: Option<PathBuf>,
    /// Where readers are served.
    pub listen: Listen,
    /// The public base of all addresses, ending in `/`; `None`: `http://LISTEN/`, known when the socket is bound.
    pub base_url: Option<Url>,
    /// Where hubs reach us: `base-url`, if it is public and `fetch.websub` is on; `None`: nothing is subscribed to.
    pub callback_base: Option<Url>,
    /// Who tells subscribers of changes.
    pub hub: Hub,
    /// Whom origins can ask.
    pub contact: Option<String>,
    /// How requests are made.
    pub fetch: fetch::Settings,
    /// How readers are served.
    pub readers: ReaderSettings,
    /// The bounds of all intervals.
    pub cadence: schedule::Bounds,
    /// What is kept of the past.
    pub retention: Retention,
    /// The bound over all kept documents, packed; 0: none are kept.
    pub kept_bytes: u64,
    /// Copies of the database.
    pub backup: Backup,
    /// The papers, at least one, in the order of the files.
    pub papers: Vec<Paper>,
    /// What is chosen of all papers' items, in the order of the file.
    pub channels: Vec<publish::ChannelSettings>,
    /// Where changes are delivered, in the order of the file.
    pub webhooks: Vec<Webhook>,
    /// How operators are told of trouble, in the order of the file.
    pub alerts: Vec<AlertWay>,
    /// What the operator should know.
    pub warnings: Vec<Warning>,
}

/// Who tells subscribers of changes (WebSub).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hub {
    /// Nobody: switched off, or `base-url` is none that others can reach.
    Off,
    /// We do, at `{base-url}hub`.
    Own,
    /// Another hub, which is told.
    Other(Url),
}

/// Copies of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Where they stand.
    pub dir: PathBuf,
    /// How often one is made.
    pub every: Duration,
    /// How many are kept, at least one.
    pub keep: u32,
}

/// A paper.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The first part of its feeds' addresses.
    pub id: PaperId,
    /// Its name.
    pub title: String,
    /// Its home page.
    pub home: Url,
    /// BCP 47.
    pub language: String,
    /// Who holds the rights, as its feeds state it.
    pub copyright: Option<String>,
    /// Of dates without an offset.
    pub timezone: Tz,
    /// Whether each new article's page is read once.
    pub read_articles: bool,
    /// An item is published without its article so long after the first read that failed.
    pub article_grace: Duration,
    /// Whether the articles' text is published too, not the summary alone.
    pub full_content: bool,
    /// Items in a feed document, 1 to 10000.
    pub item_limit: u32,
    /// What is polled.
    pub sections: Vec<Section>,
    /// Categories that had another slug before.
    pub renamed: Vec<RenamedCategory>,
}

/// A section of a paper, and when it is polled.
#[derive(Debug, Clone)]
pub struct Section {
    /// What is polled, and how it is read.
    pub source: Arc<Source>,
    /// When.
    pub rhythm: Rhythm,
    /// When, as it is written: `every 15m`, or `cron` with the expression and its timezone.
    pub rhythm_text: String,
}

/// What the service manager says of folders.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `$STATE_DIRECTORY`: the default of `state-dir`.
    pub state_directory: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY`: where `{ credential = … }` is found.
    pub credentials_directory: Option<PathBuf>,
}

impl Environment {
    /// What this process was started with.
    #[must_use]
    pub fn of_process() -> Self {
        let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // systemd joins several folders by colons; ours has one
        let first = |folders: PathBuf| folders.to_str().and_then(|text| text.split(':').next()).map(PathBuf::from);
        Self {
            state_directory: folder("STATE_DIRECTORY").and_then(first),
            credentials_directory: folder("CREDENTIALS_DIRECTORY"),
        }
    }
}

impl Config {
    /// Every section of every paper.
    pub fn sections(&self) -> impl Iterator<Item = &Section> {
        self.papers.iter().flat_map(|paper| &paper.sections)
    }

    /// Every category that had another slug before.
    #[must_use]
    pub fn renamed(&self) -> Vec<RenamedCategory> {
        self.papers.iter().flat_map(|paper| paper.renamed.iter().cloned()).collect()
    }

    /// Takes another place to listen, as the command line gives it.
    ///
    /// # Errors
    /// A sentence for the operator where the text names no place, or one that needs a `base-url` and there is none.
    pub fn listen_on(&mut self, text: &str) -> Result<(), String> {
        let listen: Listen = text.parse().map_err(|error: InvalidListen| error.to_string())?;
        if self.base_url.is_none() && !listen.is_an_address() {
            return Err(format!(
                "`{listen}` names no address that readers can ask: set `base-url` in the configuration"
            ));
        }
        self.listen = listen;
        Ok(())
    }

    /// Settles the public base: where none is configured it is the address that was bound, `http://ADDR:PORT/`.
    pub fn base_url_or(&mut self, address: &str) {
        let bound = || Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if self.base_url.is_none() {
            self.base_url = bound();
        }
    }

    /// The public base where none is configured and two processes must mean the same: where the configuration listens.
    #[must_use]
    pub fn pair_base(&self) -> String {
        format!("http://{}/", self.listen)
    }

    /// What the outbound journey needs; before [`Self::base_url_or`] the base is where the configuration listens.
    #[must_use]
    pub fn publishing(&self) -> publish::Settings {
        let listen = || Url::parse(&self.pair_base()).ok();
        let base_url = self.base_url.clone().or_else(listen);
        publish::Settings {
            hub: self.hub_url(),
            base_url: base_url.unwrap_or_else(|| Url::parse("http://localhost/").expect("an address")),
            ttl_minutes: self.ttl_minutes(),
            papers: self.papers.iter().map(Paper::publishing).collect(),
            channels: self.channels.clone(),
        }
    }

    /// Where the feeds' hub is.
    #[must_use]
    pub fn hub_url(&self) -> Option<Url> {
        match &self.hub {
            Hub::Off => None,
            Hub::Own => self.base_url.as_ref().and_then(|base| base.join("hub").ok()),
            Hub::Other(url) => Some(url.clone()),
        }
    }

    /// How long readers need not ask: our own shortest interval, within what readers heed.
    fn ttl_minutes(&self) -> u32 {
        let interval = |section: &Section| match section.rhythm {
            Rhythm::Every(time) | Rhythm::Adaptive { every: time, .. } => Some(time.max(self.cadence.min_interval)),
            Rhythm::Cron(_) => None,
        };
        let shortest = self.sections().filter_map(interval).min().unwrap_or(lower::EVERY);
        u32::try_from(shortest.as_secs() / 60).unwrap_or(u32::MAX).clamp(1, MOST_TTL_MINUTES)
    }
}

impl Paper {
    fn publishing(&self) -> publish::PaperSettings {
        let section = |section: &Section| publish::SectionSettings {
            category: section.source.category.clone(),
            url: section.source.url.clone(),
        };
        publish::PaperSettings {
            id: self.id.clone(),
            title: self.title.clone(),
            home: self.home.clone(),
            language: self.language.clone(),
            copyright: self.copyright.clone(),
            timezone: self.timezone,
            item_limit: self.item_limit,
            full_content: self.full_content,
            sections: self.sections.iter().map(section).collect(),
        }
    }
}

/// Whether a text can be a paper's id: `[a-z0-9-]{1,64}`, and no address of the server's own.
#[must_use]
pub fn is_paper_id(text: &str) -> bool {
    lower::paper_id(text).is_ok()
}

/// Loads the configuration: the file that is named, else [`USUAL_FILE`] if there is one, else [`BUILT_IN`].
///
/// # Errors
/// [`ConfigError`] with every problem of every file.
pub fn load(path: Option<&Path>) -> Result<Config, ConfigError> {
    let environment = Environment::of_process();
    let usual = Path::new(USUAL_FILE);
    let Some(path) = path.or_else(|| usual.exists().then_some(usual)) else {
        return load_text(BUILT_IN_NAME, BUILT_IN, &environment);
    };
    let report = Report::default();
    match include::read_text(path, None, &report) {
        Some(text) => read(&path.display().to_string(), &text, &environment, report),
        None => Err(report.into_error()),
    }
}

/// Reads a configuration from a text; `name` is its path: what it includes stands beside it.
///
/// # Errors
/// [`ConfigError`] with every problem of every file.
pub fn load_text(name: &str, text: &str, environment: &Environment) -> Result<Config, ConfigError> {
    read(name, text, environment, Report::default())
}

fn read(name: &str, text: &str, environment: &Environment, report: Report) -> Result<Config, ConfigError> {
    let mut file = file::read_main(name, text, &report);
    file.papers.extend(include::read_all(&file.include, Path::new(name), &report));
    let mut config = lower::lower(&file, environment, &report);
    config.origin = name.to_owned();
    config.warnings = report.finish()?;
    Ok(config)
}

#[cfg(test)]
mod tests;
