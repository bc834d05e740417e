//! How requests leave: through which proxy, and whose certificates are trusted.

use super::super::error::Problem;
use super::super::file::FetchTable;
use super::super::place::Text;
use super::super::value::{self, Refusal};
use super::{Lowering, secret};
use crate::fetch::{Exception, OwnAuthorities, Proxy};
use std::io::Read;
use url::Url;

/// Every authority of the world takes a quarter of it.
const MOST_CA_BYTES: u64 = 4 << 20;

/// The outgoing proxy, where there is one.
pub(super) fn proxy(lowering: Lowering<'_>, written: &FetchTable) -> Option<Proxy> {
    let except = written.no_proxy.iter().filter_map(|text| lowering.value(Some(text), exception)).collect();
    let login = written.proxy_login.as_ref().and_then(|table| secret::login(lowering, table));
    let url = lowering.optional(written.proxy.as_ref(), proxy_address);
    if written.proxy.as_ref().is_none_or(|proxy| proxy.value.is_empty()) {
        let lonely = written.no_proxy.first().map(|text| text.place);
        if let Some(place) = lonely.or(written.proxy_login.as_ref().map(|table| table.place)) {
            lowering.report.warning(
                Problem::at(place, "`no-proxy` and `proxy-login` mean nothing without a `proxy`")
                    .help("add `proxy = \"http://proxy.example:3128\"`, or leave them out"),
            );
        }
    }
    Some(Proxy { url: url?, login, except })
}

fn proxy_address(text: &str) -> Result<Url, Refusal> {
    const REMEDY: &str = "write it like \"http://proxy.example:3128\", \"https://…\" or \"socks5h://…\"";
    let Ok(url) = Url::parse(text) else { return value::refuse("is no address", REMEDY) };
    if value::has_credentials(&url) {
        return value::refuse(
            "holds a user name or password",
            "leave it out: proxy-login = { file = \"/etc/bantin/proxy-login\" } or { credential = \"proxy-login\" }",
        );
    }
    match url.scheme() {
        _ if !url.has_host() => value::refuse("names no host", REMEDY),
        "http" | "https" | "socks5h" if matches!(url.path(), "" | "/") && url.query().is_none() => Ok(url),
        "http" | "https" | "socks5h" => value::refuse("is more than scheme, host and port", REMEDY),
        "socks5" | "socks" => {
            value::refuse("would look names up here and not at the proxy", format!("write socks5h: {REMEDY}"))
        }
        other => value::refuse(
            format!("is of a kind that bantin does not speak, `{}`", crate::text::log_safe(other)),
            REMEDY,
        ),
    }
}

fn exception(text: &str) -> Result<Exception, Refusal> {
    text.parse().or_else(|_| {
        value::refuse(
            "is neither a host nor a network",
            "write a host (all hosts below it are meant too), such as \"intranet.vn\", or a network, such as \"10.0.0.0/8\"",
        )
    })
}

/// The operator's own certificate authorities.
pub(super) fn own_authorities(lowering: Lowering<'_>, written: Option<&Text>) -> OwnAuthorities {
    lowering.optional(written, authorities).unwrap_or_default()
}

fn authorities(path: &str) -> Result<OwnAuthorities, Refusal> {
    const REMEDY: &str =
        "write the path of a file with certificates in PEM form, readable for the user that bantin runs as";
    let mut pem = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MOST_CA_BYTES + 1).read_to_end(&mut pem));
    match read {
        Err(error) => value::refuse(format!("names a file that cannot be read: {error}"), REMEDY),
        Ok(_) if pem.len() as u64 > MOST_CA_BYTES => {
            value::refuse(format!("names a file of more than {MOST_CA_BYTES} bytes"), REMEDY)
        }
        Ok(_) => {
            OwnAuthorities::of_pem(&pem).or_else(|error| value::refuse(format!("names a file that {error}"), REMEDY))
        }
    }
}
