//! Request headers and logins whose values stand elsewhere: in a file, or in a credential of the service manager.

use super::super::error::Problem;
use super::super::file::{HeaderEntry, SecretTable};
use super::super::place::{Place, Text};
use super::super::value::{Refusal, refuse};
use super::Lowering;
use crate::model::Secret;
use crate::text;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io::Read;
use std::path::{Path, PathBuf};
use url::{Host, Url};

/// Longer values are refused by most servers.
const MOST_BYTES: u64 = 8 << 10;
/// Headers that bantin sets itself, or that belong to one connection (RFC 9110 §7.6.1).
const OWN: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "proxy-authorization",
    "range",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The header of a login (RFC 9110 §11.6.2).
const AUTHORIZATION: &str = "authorization";

/// A request header: its name in lower case, and its value.
pub(super) type Header = (String, Secret);

/// The headers with their values read, that of a login among them.
pub(super) fn headers(
    lowering: Lowering<'_>,
    entries: &[HeaderEntry],
    login_table: Option<&SecretTable>,
) -> Vec<Header> {
    let twice = entries.iter().find(|entry| entry.name.value.eq_ignore_ascii_case(AUTHORIZATION));
    if let (Some(entry), Some(_)) = (twice, login_table) {
        lowering.report.problem(
            Problem::at(entry.name.place, "`headers` sets `authorization`, and so does `login`")
                .label("the same header")
                .help("leave one of them out"),
        );
    }
    let login = login_table.and_then(|table| login(lowering, table)).map(|login| {
        let packed = BASE64_STANDARD.encode(login.reveal());
        (AUTHORIZATION.to_owned(), Secret::new(format!("Basic {packed}")))
    });
    entries
        .iter()
        .filter_map(|entry| {
            let name = lowering.value(Some(&entry.name), header_name);
            let value = match &entry.value {
                Ok(table) => value(lowering, table),
                Err(place) => literal(lowering, &entry.name, *place),
            };
            Some((name?, value?))
        })
        .chain(login)
        .collect()
}

/// A section's headers and those of its paper that it does not set itself.
pub(super) fn own_first(mut own: Vec<Header>, shared: &[Header]) -> Vec<Header> {
    let inherited: Vec<Header> =
        shared.iter().filter(|(name, _)| !own.iter().any(|(set, _)| set == name)).cloned().collect();
    own.extend(inherited);
    own
}

/// Whether a login among the headers leaves this machine unencrypted.
pub(super) fn is_readable_on_the_way(url: &Url, headers: &[Header]) -> bool {
    let stays_here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && !stays_here && headers.iter().any(|(name, _)| name == AUTHORIZATION)
}

/// A user and a password, joined by a colon (RFC 7617 §2).
pub(super) fn login(lowering: Lowering<'_>, table: &SecretTable) -> Option<Secret> {
    let login = value(lowering, table)?;
    if login.reveal().contains(':') {
        return Some(login);
    }
    lowering.report.problem(
        Problem::at(table.place, "the login there has no colon")
            .label("its file is not shown here")
            .help("write the user's name, a colon and the password on one line, such as bantin:PASSWORD"),
    );
    None
}

fn header_name(text: &str) -> Result<String, Refusal> {
    let name = text.to_ascii_lowercase();
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || name.len() > 128 || !name.bytes().all(is_token) {
        return refuse("has a name that no header has", "write a name such as authorization");
    }
    if OWN.contains(&name.as_str()) {
        return refuse("sets a header that bantin sets itself", format!("leave `{name}` out"));
    }
    Ok(name)
}

/// A value in the file itself, where everybody who may read the configuration could read it.
fn literal(lowering: Lowering<'_>, name: &Text, place: Place) -> Option<Secret> {
    lowering.report.secret(place);
    let name = text::log_safe(&name.value);
    lowering.report.problem(
        Problem::at(place, format!("the value of the header `{name}` stands in the configuration itself"))
            .help(format!("put it into a file that only bantin reads: {name} = {{ file = \"/etc/bantin/{name}\" }}"))
            .help(format!("or, under systemd, into a credential: {name} = {{ credential = \"{name}\" }}")),
    );
    None
}

/// The secret that stands in a file or in a credential.
pub(super) fn value(lowering: Lowering<'_>, table: &SecretTable) -> Option<Secret> {
    let (written, path) = match (&table.file, &table.credential) {
        (Some(file), None) => (file, PathBuf::from(&file.value)),
        (None, Some(credential)) => (credential, credential_path(lowering, credential)?),
        _ => {
            lowering.report.problem(
                Problem::at(table.place, "a secret stands either in a `file` or in a `credential`")
                    .label("one of the two")
                    .help("write { file = \"/path\" } or { credential = \"name\" }"),
            );
            return None;
        }
    };
    read(&path)
        .map_err(|cause| {
            lowering.report.problem(
                Problem::at(written.place, format!("the secret in {} {cause}", path.display()))
                    .label("this cannot be used")
                    .help("put the value there, on one line, readable for the user that bantin runs as"),
            );
        })
        .ok()
}

fn credential_path(lowering: Lowering<'_>, written: &Text) -> Option<PathBuf> {
    let plain = !written.value.is_empty() && !written.value.starts_with('.') && !written.value.contains(['/', '\0']);
    let problem = Problem::at(written.place, "this names no credential");
    if !plain {
        lowering.report.problem(problem.label("not a plain name").help("write the name that LoadCredential= gives it"));
        return None;
    }
    let Some(folder) = &lowering.environment.credentials_directory else {
        lowering.report.problem(
            problem.label("$CREDENTIALS_DIRECTORY is not set").help(format!(
                "add LoadCredential={}:/path to the service, or use {{ file = \"/path\" }}",
                written.value
            )),
        );
        return None;
    };
    Some(folder.join(&written.value))
}

fn read(path: &Path) -> Result<Secret, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    file.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("has more than {MOST_BYTES} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not text".to_owned())?;
    let line = text.trim_end_matches(['\n', '\r']);
    if line.is_empty() {
        return Err("is empty".to_owned());
    }
    if line.chars().any(char::is_control) {
        return Err("has more than one line".to_owned());
    }
    Ok(Secret::new(line))
}
