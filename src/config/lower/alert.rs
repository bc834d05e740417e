//! How operators are told of trouble: `[[alert]]`.

use super::super::alert::AlertTable;
use super::super::error::Problem;
use super::super::place::Text;
use super::super::value::{self, Refusal};
use super::{Lowering, webhook};
use crate::fetch::Network;
use crate::model::{AlertKind, AlertWay, Way};

/// Each is told of everything.
const MOST: usize = 20;
/// Receivers of one mail.
const MOST_RECEIVERS: usize = 20;
const SENDMAIL: [&str; 3] = ["/usr/sbin/sendmail", "-i", "-t"];

/// Lowers all ways.
pub(super) fn alerts(lowering: Lowering<'_>, tables: &[AlertTable], opened: &[Network]) -> Vec<AlertWay> {
    if let Some(table) = tables.get(MOST) {
        lowering.report.problem(
            Problem::at(table.place, format!("there are more than {MOST} [[alert]] tables"))
                .help("have one receiver pass on to others"),
        );
    }
    let mut ways: Vec<AlertWay> = Vec::new();
    for table in tables {
        let Some(way) = way(lowering, table, opened) else { continue };
        let kinds = kinds(lowering, table);
        let key = key(&way);
        if ways.iter().any(|other| other.key == key) {
            lowering.report.problem(
                Problem::at(table.place, format!("two [[alert]] tables tell the same {}", shown(&way)))
                    .help("join them into one"),
            );
        }
        ways.push(AlertWay { key, kinds, way });
    }
    ways
}

fn way(lowering: Lowering<'_>, table: &AlertTable, opened: &[Network]) -> Option<Way> {
    let named = [table.url.is_some(), table.command.is_some(), table.mail.is_some()];
    if named.into_iter().filter(|is_named| *is_named).count() != 1 {
        lowering.report.problem(
            Problem::at(table.place, "an [[alert]] names one way: `url`, `command` or `mail`")
                .help(
                    "write url = \"https://…\" with a `secret`, or command = [\"/path/of/program\"], or mail = [\"…\"]",
                )
                .help("for several ways, write several [[alert]] tables"),
        );
        return None;
    }
    if let Some(command) = &table.command {
        return program(lowering, table, "command", command).map(Way::Command);
    }
    if let Some(receivers) = &table.mail {
        return mail(lowering, table, receivers);
    }
    let secret = table.secret.as_ref().and_then(|table| webhook::key(lowering, table));
    let url = webhook::callable(lowering, table.url.as_ref(), opened)?;
    Some(Way::Webhook { url, secret: secret? })
}

fn mail(lowering: Lowering<'_>, table: &AlertTable, receivers: &[Text]) -> Option<Way> {
    if receivers.is_empty() || receivers.len() > MOST_RECEIVERS {
        lowering.report.problem(
            Problem::at(table.place, format!("`mail` names 1 to {MOST_RECEIVERS} receivers"))
                .help("write mail = [\"operators@example.vn\"]"),
        );
    }
    let to: Vec<String> = receivers.iter().filter_map(|text| lowering.value(Some(text), mail_address)).collect();
    let from = lowering.value(table.from.as_ref(), mail_address);
    let sendmail = match &table.sendmail {
        Some(argv) => program(lowering, table, "sendmail", argv)?,
        None => SENDMAIL.map(str::to_owned).to_vec(),
    };
    Some(Way::Mail { sendmail, from: from?, to })
}

/// A program and its arguments, as they are: no shell reads them.
fn program(lowering: Lowering<'_>, table: &AlertTable, key: &str, argv: &[Text]) -> Option<Vec<String>> {
    let place = argv.first().map_or(table.place, |text| text.place);
    let is_path = argv.first().is_some_and(|text| text.value.starts_with('/'));
    let is_clean = argv.iter().all(|text| !text.value.contains('\0'));
    if !is_path || !is_clean {
        lowering.report.problem(
            Problem::at(place, format!("`{key}` begins with the whole path of a program"))
                .label("no shell reads it, and nothing is searched for")
                .help(format!("write {key} = [\"/usr/local/bin/program\", \"argument\"]")),
        );
        return None;
    }
    Some(argv.iter().map(|text| text.value.clone()).collect())
}

/// `local@domain` of RFC 5321 §4.1.2 without quotes; nothing in it can end a header line or become an option.
fn mail_address(text: &str) -> Result<String, Refusal> {
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let is_domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let good = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.starts_with('-')
            && local.chars().all(is_atom)
            && !domain.is_empty()
            && !domain.starts_with(['-', '.'])
            && domain.chars().all(is_domain)
    });
    match good && text.len() <= 254 {
        true => Ok(text.to_owned()),
        false => value::refuse("is no mail address", "write it bare, such as \"operators@example.vn\""),
    }
}

fn kinds(lowering: Lowering<'_>, table: &AlertTable) -> Vec<AlertKind> {
    let Some(named) = &table.kinds else { return AlertKind::ALL.to_vec() };
    if named.is_empty() {
        lowering.report.problem(
            Problem::at(table.place, "`kinds` of an [[alert]] is empty, so nothing would ever be told")
                .help("name some, or leave `kinds` out"),
        );
    }
    let named = webhook::kinds_named(lowering, named, &AlertKind::ALL.map(AlertKind::as_str), "alert");
    AlertKind::ALL.into_iter().filter(|kind| named.contains(&kind.as_str())).collect()
}

fn key(way: &Way) -> String {
    webhook::fingerprint(&match way {
        Way::Webhook { url, .. } => url.to_string(),
        Way::Command(argv) => format!("command {}", argv.join("\0")),
        Way::Mail { to, .. } => format!("mail {}", to.join(" ")),
    })
}

fn shown(way: &Way) -> &'static str {
    match way {
        Way::Webhook { .. } => "`url`",
        Way::Command(_) => "`command`",
        Way::Mail { .. } => "`mail`",
    }
}

#[cfg(test)]
mod tests;
