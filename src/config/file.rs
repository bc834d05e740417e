//! The configuration as written: every key with its place, nothing judged but keys and types.
//!
//! Comes in: the text of one file. Goes out: its tables as they stand there. It knows no default and no meaning.
//! Not by derived deserializers: they stop at the first mistake, and people want all of them.

use super::channel::ChannelTable;
use super::error::{Problem, Report};
use super::place::{Place, Text, Written};
use super::schema;
use super::table::{Named, Table};
use super::webhook::WebhookTable;
use crate::text;
use std::collections::BTreeMap;
use toml::de::DeTable;

/// One file.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Whether nothing at all stands there.
    pub(super) is_blank: bool,
    pub(super) state_dir: Option<Text>,
    pub(super) publish_dir: Option<Text>,
    pub(super) listen: Option<Text>,
    pub(super) base_url: Option<Text>,
    pub(super) contact: Option<Text>,
    pub(super) include: Vec<Text>,
    pub(super) serve: ServeTable,
    pub(super) fetch: FetchTable,
    pub(super) history: HistoryTable,
    pub(super) backup: BackupTable,
    pub(super) hub: HubTable,
    pub(super) papers: Vec<PaperTable>,
    pub(super) channels: Vec<ChannelTable>,
    pub(super) webhooks: Vec<WebhookTable>,
}

/// `[serve]`.
#[derive(Debug, Default)]
pub(super) struct ServeTable {
    pub(super) max_connections: Option<Written<i64>>,
    pub(super) requests_per_minute: Option<Written<i64>>,
    pub(super) trusted_proxies: Option<Vec<Text>>,
}

/// `[fetch]`.
#[derive(Debug, Default)]
pub(super) struct FetchTable {
    pub(super) allow_networks: Vec<Text>,
    pub(super) min_interval: Option<Text>,
    pub(super) max_interval: Option<Text>,
    pub(super) per_host_delay: Option<Text>,
    pub(super) max_body: Option<Text>,
    pub(super) timeout: Option<Text>,
    pub(super) requests_per_day: Option<Written<i64>>,
    pub(super) bytes_per_day: Option<Text>,
    pub(super) websub: Option<Written<bool>>,
    pub(super) proxy: Option<Text>,
    pub(super) proxy_login: Option<SecretTable>,
    pub(super) no_proxy: Vec<Text>,
    pub(super) ca_file: Option<Text>,
}

/// `[history]`.
#[derive(Debug, Default)]
pub(super) struct HistoryTable {
    pub(super) keep: Option<Text>,
    pub(super) keep_least: Option<Written<i64>>,
    pub(super) max_size: Option<Text>,
    pub(super) bodies: Option<Text>,
}

/// `[backup]`.
#[derive(Debug, Default)]
pub(super) struct BackupTable {
    pub(super) dir: Option<Text>,
    pub(super) every: Option<Text>,
    pub(super) keep: Option<Written<i64>>,
}

/// `[hub]`.
#[derive(Debug, Default)]
pub(super) struct HubTable {
    pub(super) enabled: Option<Written<bool>>,
    pub(super) url: Option<Text>,
}

/// `[[paper]]`.
#[derive(Debug)]
pub(super) struct PaperTable {
    /// Where the table is opened.
    pub(super) place: Place,
    pub(super) id: Option<Text>,
    pub(super) title: Option<Text>,
    pub(super) home: Option<Text>,
    pub(super) language: Option<Text>,
    pub(super) copyright: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) read_articles: Option<Written<bool>>,
    pub(super) article_grace: Option<Text>,
    pub(super) content: Option<Text>,
    pub(super) item_limit: Option<Written<i64>>,
    pub(super) login: Option<SecretTable>,
    pub(super) headers: Vec<HeaderEntry>,
    pub(super) sections: Vec<SectionTable>,
}

/// `[[paper.section]]`.
#[derive(Debug)]
pub(super) struct SectionTable {
    /// Where the table is opened.
    pub(super) place: Place,
    pub(super) title: Option<Text>,
    pub(super) url: Option<Text>,
    pub(super) every: Option<Text>,
    pub(super) quiet_every: Option<Text>,
    pub(super) cron: Option<Text>,
    pub(super) id: Option<Text>,
    pub(super) was: Vec<Text>,
    pub(super) selectors: Option<SelectorsTable>,
    pub(super) robots: Option<Text>,
    pub(super) login: Option<SecretTable>,
    pub(super) headers: Vec<HeaderEntry>,
}

/// `selectors = { … }`.
#[derive(Debug)]
pub(super) struct SelectorsTable {
    /// Where the table is opened.
    pub(super) place: Place,
    pub(super) item: Option<Text>,
    pub(super) link: Option<Text>,
    pub(super) title: Option<Text>,
    pub(super) summary: Option<Text>,
    pub(super) category: Option<Text>,
    pub(super) time: Option<Text>,
    pub(super) image: Option<Text>,
}

/// One of `headers = { … }`.
#[derive(Debug)]
pub(super) struct HeaderEntry {
    /// The header's name.
    pub(super) name: Text,
    /// Where its value is to be found; `Err`: the place of something that names no such place.
    pub(super) value: Result<SecretTable, Place>,
}

/// `{ file = … }` or `{ credential = … }`.
#[derive(Debug)]
pub(super) struct SecretTable {
    /// Where the table is opened.
    pub(super) place: Place,
    pub(super) file: Option<Text>,
    pub(super) credential: Option<Text>,
}

/// Reads the main file.
pub(super) fn read_main(name: &str, text: &str, report: &Report) -> File {
    let mut file = File::default();
    with_root(name, text, &schema::FILE, report, |root| file = File::of(root));
    file.is_blank = text.trim().is_empty();
    file
}

/// Reads an included file, which holds papers only.
pub(super) fn read_included(name: &str, text: &str, report: &Report) -> Vec<PaperTable> {
    let mut papers = Vec::new();
    with_root(name, text, &schema::INCLUDED, report, |root| papers = PaperTable::all(root));
    papers
}

/// Parses a text and hands its top table on. After a syntax error nothing is handed on: what would follow from the
/// broken place are no mistakes of the operator's.
fn with_root(name: &str, text: &str, of: &'static schema::Schema, report: &Report, read: impl FnOnce(&Table<'_>)) {
    let number = report.add_file(name, text);
    let (root, errors) = DeTable::parse_recoverable(text);
    for (place, message) in first_of_each_line(text, number, &errors) {
        report.problem(syntax_problem(place, message));
    }
    if errors.is_empty() {
        let start = Place { file: number, start: 0, end: 0 };
        read(&Table::open(root.get_ref(), of, start, report));
    }
}

/// The parser's words for a name that is given twice.
const DUPLICATE: &str = "duplicate key";

fn syntax_problem(place: Place, message: &str) -> Problem {
    if message == DUPLICATE {
        Problem::at(place, "this stands twice").label("given before").help("leave one of them out")
    } else {
        Problem::at(place, "this is not TOML").label(text::log_safe(message)).help(syntax_remedy(message))
    }
}

/// What to write instead, by the parser's words for what it found.
fn syntax_remedy(message: &str) -> &'static str {
    const REMEDIES: &[(&[&str], &str)] = &[
        (&["escape"], "write a backslash as two, or the text in single quotes: 'a\\b'"),
        (&["string", "quote"], "write a text in double quotes on one line: title = \"Xã hội\""),
        (&["inline table", "between key-value pairs"], "write a table on one line like { file = \"/path\", … }"),
        (&["table"], "write a table's name on a line of its own: [fetch], or [[paper]] where there may be several"),
        (&["array"], "write a list like [\"one\", \"two\"]"),
        (&["comment"], "remove what cannot be printed"),
        (&["boolean"], "write true or false, without quotes"),
    ];
    let fits = |words: &&[&str]| words.iter().any(|word| message.contains(word));
    let remedy = REMEDIES.iter().find(|(words, _)| fits(words)).map(|(_, remedy)| *remedy);
    remedy.unwrap_or("write one `key = value` a line; begin a line that is no setting with #")
}

/// One mistake often makes several errors of its line: the first one tells, and a syntax error tells more than a duplicate.
fn first_of_each_line<'a>(text: &str, file: usize, errors: &'a [toml::de::Error]) -> Vec<(Place, &'a str)> {
    let mut of_lines: BTreeMap<usize, (Place, &str)> = BTreeMap::new();
    for error in errors {
        let span = error.span().unwrap_or_default();
        let place = Place { file, start: span.start, end: span.end };
        let line =
            text.as_bytes()[..span.start.min(text.len())].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let kept = of_lines.entry(line).or_insert((place, error.message()));
        if kept.1 == DUPLICATE {
            *kept = (place, error.message());
        }
    }
    of_lines.into_values().collect()
}

impl File {
    fn of(root: &Table<'_>) -> Self {
        Self {
            is_blank: false,
            state_dir: root.text("state-dir"),
            publish_dir: root.text("publish-dir"),
            listen: root.text("listen"),
            base_url: root.text("base-url"),
            contact: root.text("contact"),
            include: root.texts("include"),
            serve: root.table("serve", &schema::SERVE).map(|table| ServeTable::of(&table)).unwrap_or_default(),
            fetch: root.table("fetch", &schema::FETCH).map(|table| FetchTable::of(&table)).unwrap_or_default(),
            history: root.table("history", &schema::HISTORY).map(|table| HistoryTable::of(&table)).unwrap_or_default(),
            backup: root.table("backup", &schema::BACKUP).map(|table| BackupTable::of(&table)).unwrap_or_default(),
            hub: root.table("hub", &schema::HUB).map(|table| HubTable::of(&table)).unwrap_or_default(),
            papers: PaperTable::all(root),
            channels: ChannelTable::all(root),
            webhooks: WebhookTable::all(root),
        }
    }
}

impl ServeTable {
    fn of(table: &Table<'_>) -> Self {
        Self {
            max_connections: table.integer("max-connections"),
            requests_per_minute: table.integer("requests-per-minute"),
            trusted_proxies: table.has("trusted-proxies").then(|| table.texts("trusted-proxies")),
        }
    }
}

impl FetchTable {
    fn of(table: &Table<'_>) -> Self {
        Self {
            allow_networks: table.texts("allow-networks"),
            min_interval: table.text("min-interval"),
            max_interval: table.text("max-interval"),
            per_host_delay: table.text("per-host-delay"),
            max_body: table.text("max-body"),
            timeout: table.text("timeout"),
            requests_per_day: table.integer("requests-per-day"),
            bytes_per_day: table.text("bytes-per-day"),
            websub: table.flag("websub"),
            proxy: table.text("proxy"),
            proxy_login: SecretTable::at(table, "proxy-login"),
            no_proxy: table.texts("no-proxy"),
            ca_file: table.text("ca-file"),
        }
    }
}

impl HistoryTable {
    fn of(table: &Table<'_>) -> Self {
        Self {
            keep: table.text("keep"),
            keep_least: table.integer("keep-least"),
            max_size: table.text("max-size"),
            bodies: table.text("bodies"),
        }
    }
}

impl BackupTable {
    fn of(table: &Table<'_>) -> Self {
        Self { dir: table.text("dir"), every: table.text("every"), keep: table.integer("keep") }
    }
}

impl HubTable {
    fn of(table: &Table<'_>) -> Self {
        Self { enabled: table.flag("enabled"), url: table.text("url") }
    }
}

impl PaperTable {
    fn all(root: &Table<'_>) -> Vec<Self> {
        root.tables("paper", &schema::PAPER).iter().map(Self::of).collect()
    }

    fn of(table: &Table<'_>) -> Self {
        let paper = Self {
            place: table.place,
            id: table.text("id"),
            title: table.text("title"),
            home: table.text("home"),
            language: table.text("language"),
            copyright: table.text("copyright"),
            timezone: table.text("timezone"),
            read_articles: table.flag("read-articles"),
            article_grace: table.text("article-grace"),
            content: table.text("content"),
            item_limit: table.integer("item-limit"),
            login: SecretTable::at(table, "login"),
            headers: HeaderEntry::all(table),
            sections: table.tables("section", &schema::SECTION).iter().map(SectionTable::of).collect(),
        };
        for (key, what) in [("id", "a short name for addresses"), ("title", "its name"), ("home", "its home page")] {
            if !table.has(key) {
                table.missing(key, what);
            }
        }
        paper
    }
}

impl SectionTable {
    fn of(table: &Table<'_>) -> Self {
        if !table.has("url") {
            table.missing("url", "the address of its page or feed");
        }
        Self {
            place: table.place,
            title: table.text("title"),
            url: table.text("url"),
            every: table.text("every"),
            quiet_every: table.text("quiet-every"),
            cron: table.text("cron"),
            id: table.text("id"),
            was: table.texts("was"),
            selectors: table.table("selectors", &schema::SELECTORS).map(|table| SelectorsTable::of(&table)),
            robots: table.text("robots"),
            login: SecretTable::at(table, "login"),
            headers: HeaderEntry::all(table),
        }
    }
}

impl SelectorsTable {
    fn of(table: &Table<'_>) -> Self {
        Self {
            place: table.place,
            item: table.text("item"),
            link: table.text("link"),
            title: table.text("title"),
            summary: table.text("summary"),
            category: table.text("category"),
            time: table.text("time"),
            image: table.text("image"),
        }
    }
}

impl HeaderEntry {
    fn all(table: &Table<'_>) -> Vec<Self> {
        table.named("headers", &schema::SECRET).into_iter().map(Self::of).collect()
    }

    fn of(named: Named<'_>) -> Self {
        Self { name: named.name, value: named.table.map(|table| SecretTable::of(&table)) }
    }
}

impl SecretTable {
    pub(super) fn at(table: &Table<'_>, key: &'static str) -> Option<Self> {
        table.secret(key, &schema::SECRET).map(|table| Self::of(&table))
    }

    fn of(table: &Table<'_>) -> Self {
        Self { place: table.place, file: table.text("file"), credential: table.text("credential") }
    }
}
