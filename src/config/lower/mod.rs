//! From what was written to what is needed: defaults, meanings, and the checks that look at several keys.
//!
//! Comes in: a [`File`]. Goes out: a [`Config`]. A value that is refused becomes a problem and its default stands in, so
//! that every other problem is found too; with a problem in the report the result is worth nothing.

mod alert;
mod channel;
mod connection;
mod hub;
mod identity;
mod paper;
mod renamed;
mod secret;
mod section;
mod webhook;

pub(super) use paper::paper_id;
pub(super) use section::EVERY;

use super::error::{Problem, Report};
use super::file::File;
use super::place::{Place, Text, Written};
use super::value::{self, Refusal};
use super::{Backup, Config, Environment, Listen, listen};
use crate::fetch::{self, Budget, Network};
use crate::schedule::Bounds;
use crate::serve::ReaderSettings;
use crate::store::Retention;
use crate::text;
use std::path::PathBuf;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Default of `state-dir`.
const STATE_DIR: &str = "bantin-data";
/// Default of `listen`.
const LISTEN: &str = "127.0.0.1:8080";
/// Default of `fetch.min-interval`.
const MIN_INTERVAL: Duration = Duration::from_secs(10 * 60);
/// Default of `fetch.max-interval`.
const MAX_INTERVAL: Duration = DAY;
/// Default of `history.keep`: three years.
const KEEP: Duration = Duration::from_secs(1095 * 24 * 60 * 60);
/// Default of `history.keep-least`.
const KEEP_LEAST: u32 = 1000;
/// Default of `history.bodies`: three pages of some 1,700 sections.
const KEPT_BYTES: u64 = 256 << 20;
/// Default of `backup.keep`.
const BACKUPS: u32 = 7;

/// What every part of the lowering needs.
#[derive(Clone, Copy)]
pub(super) struct Lowering<'a> {
    report: &'a Report,
    environment: &'a Environment,
}

/// Makes of a file what is needed.
pub(super) fn lower(file: &File, environment: &Environment, report: &Report) -> Config {
    let lowering = Lowering { report, environment };
    let state_dir = lowering.state_dir(file.state_dir.as_ref());
    let cadence = lowering.cadence(file);
    let contact = lowering.optional(file.contact.as_ref(), value::contact);
    if file.contact.is_none() {
        lowering.warn_of_contact();
    }
    let fetch = lowering.fetch(file, contact.as_deref());
    let base_url = lowering.optional(file.base_url.as_ref(), value::base_address);
    let websub = file.fetch.websub.as_ref().is_none_or(|written| written.value);
    let is_public = |url: &&url::Url| fetch::is_public(url, &fetch.allow_networks);
    let reachable = base_url.as_ref().filter(is_public);
    let callback_base = reachable.filter(|_| websub).cloned();
    let hub = hub::hub(lowering, &file.hub, reachable.is_some());
    let listen = lowering.value(file.listen.as_ref(), listen::parse).unwrap_or_else(|| Listen::Tcp(LISTEN.into()));
    if let (Some(written), false, None) = (&file.listen, listen.is_an_address(), &file.base_url) {
        lowering.report.problem(
            Problem::at(written.place, format!("`listen = \"{listen}\"` needs a `base-url`"))
                .label("names no address that readers can ask")
                .help("say what links to the feeds begin with, such as `base-url = \"https://feeds.example.vn/\"`"),
        );
    }
    let papers = paper::papers(lowering, &file.papers, &cadence);
    let channels = channel::channels(lowering, &file.channels, &papers);
    let webhooks = webhook::webhooks(lowering, &file.webhooks, &papers, &fetch.allow_networks);
    let alerts = alert::alerts(lowering, &file.alerts, &fetch.allow_networks);
    if file.papers.is_empty() && report.is_clean() {
        lowering.no_paper(file);
    }
    Config {
        origin: String::new(),
        publish_dir: lowering.optional(file.publish_dir.as_ref(), folder),
        backup: lowering.backup(file, &state_dir),
        retention: lowering.retention(file),
        readers: lowering.readers(file),
        kept_bytes: lowering.value(file.history.bodies.as_ref(), kept_size).unwrap_or(KEPT_BYTES),
        state_dir,
        listen,
        base_url,
        callback_base,
        hub,
        contact,
        fetch,
        cadence,
        papers,
        channels,
        webhooks,
        alerts,
        warnings: Vec::new(),
    }
}

impl Lowering<'_> {
    /// A value that a text stands for; a refused one is a problem.
    fn value<T>(self, written: Option<&Text>, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Option<T> {
        let written = written?;
        read(&written.value).map_err(|refusal| self.refused(written, &refusal)).ok()
    }

    /// As [`Self::value`], but an empty text is as good as none.
    fn optional<T>(self, written: Option<&Text>, read: impl FnOnce(&str) -> Result<T, Refusal>) -> Option<T> {
        self.value(written.filter(|text| !text.value.is_empty()), read)
    }

    fn refused(self, written: &Text, refusal: &Refusal) {
        let Refusal { cause, remedy } = refusal;
        if let Ok(url) = url::Url::parse(&written.value)
            && value::has_credentials(&url)
        {
            self.report.secret(written.place);
        }
        let problem = Problem::at(written.place, format!("`{}` {cause}", written.key));
        self.report.problem(problem.help(remedy.clone()));
    }

    /// A duration of at least a second, or `default`.
    fn duration(self, written: Option<&Text>, default: Duration) -> Duration {
        self.value(written, |text| value::duration(text, SECOND)).unwrap_or(default)
    }

    /// A duration that may be none, or `default`.
    fn wait(self, written: Option<&Text>, default: Duration) -> Duration {
        self.value(written, |text| value::duration(text, Duration::ZERO)).unwrap_or(default)
    }

    /// A number of a range, or `default`.
    fn number(self, written: Option<&Written<i64>>, range: std::ops::RangeInclusive<u32>, default: u32) -> u32 {
        let Some(written) = written else { return default };
        if let Some(number) = u32::try_from(written.value).ok().filter(|number| range.contains(number)) {
            return number;
        }
        self.report.problem(
            Problem::at(written.place, format!("`{}` is out of range", written.key))
                .label("this is out of range")
                .help(format!("write a number from {} to {}", range.start(), range.end())),
        );
        default
    }

    fn state_dir(self, written: Option<&Text>) -> PathBuf {
        let default = || self.environment.state_directory.clone().unwrap_or_else(|| PathBuf::from(STATE_DIR));
        self.value(written, folder).unwrap_or_else(default)
    }

    fn cadence(self, file: &File) -> Bounds {
        let written = &file.fetch;
        let min_interval = self.duration(written.min_interval.as_ref(), MIN_INTERVAL);
        let max_interval = self.duration(written.max_interval.as_ref(), MAX_INTERVAL.max(min_interval));
        if let Some(of_max) = written.max_interval.as_ref().filter(|_| max_interval < min_interval) {
            self.report.problem(
                Problem::at(of_max.place, "`max-interval` is less than `min-interval`")
                    .label(format!("less than {}", value::shown_duration(min_interval)))
                    .help("make it as long or longer"),
            );
        }
        Bounds { min_interval, max_interval }
    }

    fn fetch(self, file: &File, contact: Option<&str>) -> fetch::Settings {
        let written = &file.fetch;
        let version = env!("CARGO_PKG_VERSION");
        let whole_day = |text: &str| match value::duration(text, SECOND) {
            Ok(time) if time > DAY => value::refuse("is longer than a day", "write a shorter time, such as \"30s\""),
            other => other,
        };
        let agent = contact.map_or(format!("bantin/{version}"), |contact| format!("bantin/{version} (+{contact})"));
        let default = fetch::Settings::new(agent);
        fetch::Settings {
            allow_networks: written.allow_networks.iter().filter_map(|text| self.value(Some(text), network)).collect(),
            per_host_delay: self.wait(written.per_host_delay.as_ref(), default.per_host_delay),
            max_body_bytes: self.value(written.max_body.as_ref(), value::size).unwrap_or(default.max_body_bytes),
            timeout: self.value(written.timeout.as_ref(), whole_day).unwrap_or(default.timeout),
            budget: Budget {
                requests_per_day: Some(self.number(written.requests_per_day.as_ref(), 0..=u32::MAX, 0))
                    .filter(|most| *most > 0)
                    .map(u64::from),
                bytes_per_day: self.optional(written.bytes_per_day.as_ref(), value::size),
            },
            proxy: connection::proxy(self, written),
            own_authorities: connection::own_authorities(self, written.ca_file.as_ref()),
            ..default
        }
    }

    fn readers(self, file: &File) -> ReaderSettings {
        const LEAST_CONNECTIONS: u32 = 16;
        const MOST_CONNECTIONS: u32 = 1_000_000;
        let (written, default) = (&file.serve, ReaderSettings::default());
        let proxies = |texts: &Vec<Text>| texts.iter().filter_map(|text| self.value(Some(text), network)).collect();
        ReaderSettings {
            max_connections: self.number(
                written.max_connections.as_ref(),
                LEAST_CONNECTIONS..=MOST_CONNECTIONS,
                default.max_connections,
            ),
            requests_per_minute: Some(self.number(written.requests_per_minute.as_ref(), 0..=1_000_000, 0))
                .filter(|most| *most > 0),
            trusted_proxies: written.trusted_proxies.as_ref().map_or(default.trusted_proxies, proxies),
        }
    }

    fn retention(self, file: &File) -> Retention {
        Retention {
            keep: self.duration(file.history.keep.as_ref(), KEEP),
            keep_least: self.number(file.history.keep_least.as_ref(), 0..=u32::MAX, KEEP_LEAST),
            max_bytes: self.optional(file.history.max_size.as_ref(), value::size),
        }
    }

    fn backup(self, file: &File, state_dir: &std::path::Path) -> Backup {
        let written = &file.backup;
        Backup {
            dir: self.optional(written.dir.as_ref(), folder).unwrap_or_else(|| state_dir.join("backups")),
            every: self.duration(written.every.as_ref(), DAY),
            keep: self.number(written.keep.as_ref(), 1..=10_000, BACKUPS),
        }
    }

    fn warn_of_contact(self) {
        let warning = Problem::anywhere("no `contact` is configured, so the papers cannot tell who polls them");
        self.report.warning(warning.help("add `contact = \"…\"` with a web or mail address"));
    }

    fn no_paper(self, file: &File) {
        let what = if file.is_blank { "the configuration is empty" } else { "the configuration has no paper" };
        self.report.problem(
            Problem::at(Place { file: 0, start: 0, end: 0 }, what)
                .label("nothing to poll and nothing to publish")
                .help("add a [[paper]] with `id`, `title` and `home`, and below it a [[paper.section]] with `url`"),
        );
    }
}

/// A size that may be none.
fn kept_size(text: &str) -> Result<u64, Refusal> {
    if text == "0" { Ok(0) } else { value::size(text) }
}

fn folder(text: &str) -> Result<PathBuf, Refusal> {
    if text.is_empty() || text.contains('\0') {
        return value::refuse("names no folder", "write a path, such as \"bantin-data\"");
    }
    Ok(PathBuf::from(text))
}

fn network(text: &str) -> Result<Network, Refusal> {
    text.parse().or_else(|_| match text.parse::<std::net::IpAddr>() {
        Ok(ip) => value::refuse(
            "is an address, not a network",
            format!("add its prefix: \"{ip}/{}\"", if ip.is_ipv4() { 32 } else { 128 }),
        ),
        Err(_) => value::refuse("is no network", "write it in CIDR form, such as \"127.0.0.0/8\" or \"fd00::/8\""),
    })
}

/// A title as one clean line; an empty one is refused.
fn title(written: &str) -> Result<String, Refusal> {
    let title = text::clean_line(written);
    if title.is_empty() { value::refuse("is empty", "write the name as readers know it") } else { Ok(title) }
}
