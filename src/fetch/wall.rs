//! Bot walls, as far as the head of an answer gives them away (RULES P12): told to the operator, never evaded.
//!
//! Comes in: status and headers. Goes out: the mark. It does not look into pages; `extract` tells login pages apart.

use reqwest::header::{HeaderMap, SERVER};

/// Headers that walls add to the answers they block, whatever their value; with a status that refuses.
const MARKS: [&str; 4] = ["x-datadome", "x-sucuri-block", "x-px-block", "x-captcha"];
/// What walls call themselves in `Server`, in lower case.
const SERVERS: [&str; 4] = ["ddos-guard", "datadome", "sucuri", "perimeterx"];

/// What gives a bot wall away, if anything.
pub(super) fn mark(status: u16, headers: &HeaderMap) -> Option<String> {
    let value = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_ascii_lowercase);
    if value("cf-mitigated").is_some_and(|v| v.contains("challenge")) {
        return Some("cf-mitigated: challenge".to_owned());
    }
    if value("x-amzn-waf-action").is_some_and(|v| v.contains("captcha") || v.contains("challenge")) {
        return Some("x-amzn-waf-action: captcha".to_owned());
    }
    if !matches!(status, 401 | 403 | 405 | 503) {
        return None;
    }
    if let Some(name) = MARKS.into_iter().find(|name| headers.contains_key(*name)) {
        return Some(name.to_owned());
    }
    let server = value(SERVER.as_str())?;
    SERVERS.into_iter().find(|name| server.contains(name)).map(|name| format!("server: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn walls_are_told_from_plain_refusals() {
        let judged = |status, name, value| {
            mark(status, &HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]))
        };
        assert!(judged(403, "cf-mitigated", "challenge").is_some());
        assert!(judged(200, "cf-mitigated", "challenge").is_some());
        assert!(judged(202, "x-amzn-waf-action", "challenge").is_some());
        assert!(judged(403, "server", "DDoS-Guard").is_some());
        assert!(judged(403, "x-datadome", "protected").is_some());
        assert!(judged(200, "x-datadome", "protected").is_none());
        assert!(judged(403, "server", "cloudflare").is_none());
        assert!(judged(503, "server", "nginx").is_none());
    }
}
