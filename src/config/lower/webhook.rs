//! Where changes are delivered: `[[webhook]]`, signed as Standard Webhooks has it.

use super::super::Paper;
use super::super::error::Problem;
use super::super::place::{Place, Text};
use super::super::schema::nearest;
use super::super::value;
use super::super::webhook::WebhookTable;
use super::{Lowering, channel, secret};
use crate::fetch::{Network, may_be_called};
use crate::model::{Secret, Webhook};
use crate::text;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use url::Url;

/// Each is asked after each round of publishing.
const MOST: usize = 50;
/// What changes are called in the stream.
const KINDS: [&str; 5] = ["create", "update", "withdraw", "erase", "return"];
const USUAL_KINDS: [&str; 1] = ["create"];
/// How a secret begins, and how long it is (Standard Webhooks, "Symmetric keys").
const PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Lowers all webhooks; `papers` are those that there are.
pub(super) fn webhooks(
    lowering: Lowering<'_>,
    tables: &[WebhookTable],
    papers: &[Paper],
    opened: &[Network],
) -> Vec<Webhook> {
    if let Some(table) = tables.get(MOST) {
        lowering.report.problem(
            Problem::at(table.place, format!("there are more than {MOST} webhooks"))
                .help("have one receiver pass on to others"),
        );
    }
    let mut first: HashMap<String, Place> = HashMap::new();
    tables.iter().filter_map(|table| webhook(lowering, table, papers, opened, &mut first)).collect()
}

fn webhook(
    lowering: Lowering<'_>,
    table: &WebhookTable,
    papers: &[Paper],
    opened: &[Network],
    first: &mut HashMap<String, Place>,
) -> Option<Webhook> {
    for (key, texts) in [("papers", &table.papers), ("kinds", &table.kinds)] {
        if texts.as_ref().is_some_and(Vec::is_empty) {
            lowering.report.problem(
                Problem::at(table.place, format!("`{key}` of a webhook is empty, so nothing would ever be delivered"))
                    .help(format!("name some, or leave `{key}` out")),
            );
        }
    }
    let papers = channel::papers_named(lowering, table.papers.as_deref(), papers);
    let kinds = kinds(lowering, table.kinds.as_deref());
    let secret = table.secret.as_ref().and_then(|table| key(lowering, table));
    let url = callable(lowering, table.url.as_ref(), opened)?;
    let written = table.url.as_ref()?;
    if let Some(earlier) = first.insert(url.to_string(), written.place) {
        let position = lowering.report.position(earlier);
        lowering.report.problem(
            Problem::at(written.place, "two webhooks have this `url`")
                .label(format!("first given at {position}"))
                .help("join them into one, or give them different addresses"),
        );
    }
    let key = fingerprint(url.as_str());
    Some(Webhook { key, url, secret: secret?, papers: papers.iter().map(|paper| paper.id.clone()).collect(), kinds })
}

fn kinds(lowering: Lowering<'_>, named: Option<&[Text]>) -> Vec<&'static str> {
    named.map_or_else(|| USUAL_KINDS.to_vec(), |named| kinds_named(lowering, named, &KINDS, "change"))
}

/// Those of the kinds that are named, in their own order; what is named and is none is a problem.
pub(super) fn kinds_named(
    lowering: Lowering<'_>,
    named: &[Text],
    kinds: &[&'static str],
    of: &str,
) -> Vec<&'static str> {
    for written in named.iter().filter(|written| !kinds.contains(&written.value.as_str())) {
        let unknown = format!("`kinds` names `{}`, which is no kind of {of}", text::log_safe(&written.value));
        let near = nearest(&written.value, kinds.iter().copied());
        lowering.report.problem(Problem::at(written.place, unknown).label("no kind").help(match near {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("write some of {}", kinds.join(", ")),
        }));
    }
    kinds.iter().copied().filter(|kind| named.iter().any(|written| written.value == *kind)).collect()
}

/// An address that may be called.
pub(super) fn callable(lowering: Lowering<'_>, written: Option<&Text>, opened: &[Network]) -> Option<Url> {
    let mut url = lowering.value(written, value::web_address)?;
    url.set_fragment(None);
    if let Err(error) = may_be_called(&url, opened) {
        lowering.report.problem(
            Problem::at(written?.place, format!("`url` may not be called: {error}"))
                .help("name a public address, or open its network under [fetch] with `allow-networks`"),
        );
    }
    Some(url)
}

/// Tells an address apart in the store, and says nothing of it.
pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The key in base64, without its prefix; never shown, whatever is wrong with it.
pub(super) fn key(lowering: Lowering<'_>, table: &super::super::file::SecretTable) -> Option<Secret> {
    let written = secret::value(lowering, table)?;
    let packed = written.reveal().strip_prefix(PREFIX).filter(|packed| {
        BASE64_STANDARD_NO_PAD
            .decode(packed.trim_end_matches('='))
            .is_ok_and(|bytes| SECRET_BYTES.contains(&bytes.len()))
    });
    if packed.is_none() {
        lowering.report.problem(
            Problem::at(table.place, "the secret there is no secret of a webhook")
                .label("its file is not shown here")
                .help("write whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)"),
        );
    }
    packed.map(Secret::new)
}

#[cfg(test)]
mod tests;
