//! Every key of the configuration, with an example; and the nearest good key to a wrong one.

/// The keys that one table may have.
#[derive(Debug)]
pub(super) struct Schema {
    /// The table as it is written: `[fetch]`.
    pub(super) table: &'static str,
    /// Its keys with an example value each.
    pub(super) keys: &'static [(&'static str, &'static str)],
}

/// The top of the file.
pub(super) static FILE: Schema = Schema {
    table: "the top of the file",
    keys: &[
        ("state-dir", "\"bantin-data\""),
        ("publish-dir", "\"bantin-data/public\""),
        ("listen", "\"127.0.0.1:8080\""),
        ("base-url", "\"https://feeds.example.vn/\""),
        ("contact", "\"https://feeds.example.vn/\""),
        ("include", "[\"papers/*.toml\"]"),
        ("serve", "[serve]"),
        ("fetch", "[fetch]"),
        ("history", "[history]"),
        ("backup", "[backup]"),
        ("hub", "[hub]"),
        ("paper", "[[paper]]"),
        ("channel", "[[channel]]"),
        ("webhook", "[[webhook]]"),
        ("alert", "[[alert]]"),
    ],
};

/// The top of a file that another one includes.
pub(super) static INCLUDED: Schema =
    Schema { table: "an included file, which holds papers only", keys: &[("paper", "[[paper]]")] };

/// How readers are served.
pub(super) static SERVE: Schema = Schema {
    table: "[serve]",
    keys: &[
        ("max-connections", "16384"),
        ("requests-per-minute", "120"),
        ("trusted-proxies", "[\"127.0.0.0/8\", \"::1/128\"]"),
    ],
};

/// How requests are made.
pub(super) static FETCH: Schema = Schema {
    table: "[fetch]",
    keys: &[
        ("allow-networks", "[\"127.0.0.0/8\"]"),
        ("min-interval", "\"10m\""),
        ("max-interval", "\"24h\""),
        ("per-host-delay", "\"2s\""),
        ("max-body", "\"8MiB\""),
        ("timeout", "\"30s\""),
        ("requests-per-day", "5000"),
        ("bytes-per-day", "\"200MiB\""),
        ("websub", "true"),
        ("proxy", "\"http://proxy.example:3128\""),
        ("proxy-login", "{ credential = \"proxy-login\" }"),
        ("no-proxy", "[\"intranet.vn\", \"10.0.0.0/8\"]"),
        ("ca-file", "\"/etc/bantin/ca.pem\""),
    ],
};

/// What is kept.
pub(super) static HISTORY: Schema = Schema {
    table: "[history]",
    keys: &[("keep", "\"1095d\""), ("keep-least", "1000"), ("max-size", "\"20GiB\""), ("bodies", "\"256MiB\"")],
};

/// Copies of the database.
pub(super) static BACKUP: Schema =
    Schema { table: "[backup]", keys: &[("dir", "\"/var/backups/bantin\""), ("every", "\"1d\""), ("keep", "7")] };

/// Who tells subscribers of changes.
pub(super) static HUB: Schema =
    Schema { table: "[hub]", keys: &[("enabled", "true"), ("url", "\"https://hub.example/\"")] };

/// A paper.
pub(super) static PAPER: Schema = Schema {
    table: "[[paper]]",
    keys: &[
        ("id", "\"bao-son-la\""),
        ("title", "\"Báo Sơn La\""),
        ("home", "\"https://baosonla.vn/\""),
        ("language", "\"vi\""),
        ("copyright", "\"© Báo Sơn La\""),
        ("timezone", "\"Asia/Ho_Chi_Minh\""),
        ("read-articles", "true"),
        ("article-grace", "\"1h\""),
        ("content", "\"summary\""),
        ("item-limit", "50"),
        ("login", "{ credential = \"paper-login\" }"),
        ("headers", "{ authorization = { credential = \"paper-login\" } }"),
        ("section", "[[paper.section]]"),
    ],
};

/// A section of a paper.
pub(super) static SECTION: Schema = Schema {
    table: "[[paper.section]]",
    keys: &[
        ("title", "\"Xã hội\""),
        ("url", "\"https://baosonla.vn/xa-hoi.html\""),
        ("every", "\"15m\""),
        ("quiet-every", "\"3h\""),
        ("cron", "\"0 */15 5-22 * * *\""),
        ("id", "\"xa-hoi\""),
        ("was", "[\"van-hoa\"]"),
        ("selectors", "{ item = \"article.story\" }"),
        ("robots", "\"obey\""),
        ("login", "{ credential = \"paper-login\" }"),
        ("headers", "{ authorization = { credential = \"paper-login\" } }"),
    ],
};

/// What is chosen of the papers' items.
pub(super) static CHANNEL: Schema = Schema {
    table: "[[channel]]",
    keys: &[
        ("id", "\"thoi-tiet\""),
        ("title", "\"Thời tiết\""),
        ("papers", "[\"bao-son-la\"]"),
        ("categories", "[\"ban-tin-thoi-tiet\"]"),
        ("words", "[\"du bao thoi tiet\", \"(mua|lu|lut)\"]"),
        ("series", "false"),
        ("newest-only", "true"),
        ("item-limit", "50"),
    ],
};

/// Where changes are delivered.
pub(super) static WEBHOOK: Schema = Schema {
    table: "[[webhook]]",
    keys: &[
        ("url", "\"https://site.example/bantin\""),
        ("secret", "{ credential = \"webhook\" }"),
        ("papers", "[\"bao-son-la\"]"),
        ("kinds", "[\"create\"]"),
    ],
};

/// How operators are told of trouble.
pub(super) static ALERT: Schema = Schema {
    table: "[[alert]]",
    keys: &[
        ("url", "\"https://site.example/alerts\""),
        ("secret", "{ credential = \"alerts\" }"),
        ("command", "[\"/usr/local/bin/tell-operators\"]"),
        ("mail", "[\"operators@example.vn\"]"),
        ("from", "\"bantin@example.vn\""),
        ("sendmail", "[\"/usr/sbin/sendmail\", \"-i\", \"-t\"]"),
        ("kinds", "[\"failing\", \"drift\", \"silent\"]"),
    ],
};

/// Hand-written selectors of a section page.
pub(super) static SELECTORS: Schema = Schema {
    table: "selectors",
    keys: &[
        ("item", "\"article.story\""),
        ("link", "\"a\""),
        ("title", "\"h2\""),
        ("summary", "\".sapo\""),
        ("category", "\".cat\""),
        ("time", "\"time\""),
        ("image", "\"img\""),
    ],
};

/// Where a secret stands.
pub(super) static SECRET: Schema =
    Schema { table: "a secret", keys: &[("file", "\"/etc/bantin/paper-login\""), ("credential", "\"paper-login\"")] };

/// All tables, in the order in which people write them.
pub(super) static ALL: [&Schema; 13] =
    [&FILE, &SERVE, &FETCH, &HISTORY, &BACKUP, &HUB, &PAPER, &SECTION, &SELECTORS, &SECRET, &CHANNEL, &WEBHOOK, &ALERT];

impl Schema {
    /// The schema's own spelling of a key.
    pub(super) fn spelled(&self, key: &str) -> Option<&'static str> {
        self.keys.iter().map(|(name, _)| *name).find(|name| *name == key)
    }

    /// A line that sets a key, as an example.
    pub(super) fn example(&self, key: &str) -> String {
        let value = self.keys.iter().find(|(name, _)| *name == key).map_or("…", |(_, value)| value);
        if value.starts_with('[') && value.ends_with(']') && value.contains(key) {
            value.to_owned()
        } else {
            format!("{key} = {value}")
        }
    }

    /// What to do about a key that this table has not: the nearest good one, and all that are allowed.
    pub(super) fn advice(&self, key: &str) -> Vec<String> {
        let mut advice = Vec::new();
        if let Some(near) = nearest(key, self.keys.iter().map(|(name, _)| *name)) {
            advice.push(format!("did you mean `{near}`?"));
        } else if let Some(other) = ALL.iter().find(|other| other.spelled(key).is_some()) {
            advice.push(format!("`{key}` is a key of {}", other.table));
        }
        let mut names: Vec<_> = self.keys.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        advice.push(format!("allowed here: {}", names.join(", ")));
        advice
    }
}

/// The candidate that a text was probably meant to be: at most a third of its letters differ.
pub(super) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    let text: Vec<char> = text.to_lowercase().replace('_', "-").chars().take(LONGEST).collect();
    candidates
        .map(|candidate| (distance(&text, &candidate.to_lowercase().chars().collect::<Vec<_>>()), candidate))
        .filter(|(distance, candidate)| *distance <= (text.len().max(candidate.len()) / 3).max(1))
        .filter(|(distance, _)| *distance < text.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edit distance with swapped neighbors as one edit (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: [Vec<usize>; 3] = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let substitution = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = substitution.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_fingers_find_their_key() {
        for (typed, meant) in [
            ("state_dir", "state-dir"),
            ("listn", "listen"),
            ("lisetn", "listen"),
            ("base-uri", "base-url"),
            ("papers", "paper"),
            ("Contact", "contact"),
        ] {
            assert_eq!(nearest(typed, FILE.keys.iter().map(|k| k.0)), Some(meant), "{typed}");
        }
        assert_eq!(nearest("pollls", FILE.keys.iter().map(|k| k.0)), None);
        assert_eq!(nearest("i", ["id"].into_iter()), None);
    }

    #[test]
    fn a_key_of_another_table_is_shown_its_place() {
        assert_eq!(FILE.advice("min-interval")[0], "`min-interval` is a key of [fetch]");
    }
}
