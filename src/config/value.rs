//! The values that a text can stand for: durations, sizes, addresses, languages. Pure.

use crate::text;
use std::time::Duration;
use url::Url;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A hundred years: what is longer is a slip, and would not fit into a date.
const LONGEST: u64 = 36_525 * DAY;
/// RFC 5646 §4.4.1: tags longer than this are nobody's.
const LONGEST_TAG: usize = 35;

/// Why a text is refused: the cause, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong, in some words that follow "this".
    pub(super) cause: String,
    /// What to write.
    pub(super) remedy: String,
}

/// Makes a refusal.
pub(super) fn refuse<T>(cause: impl Into<String>, remedy: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { cause: cause.into(), remedy: remedy.into() })
}

/// A duration such as `15m`: a whole number and one of `s`, `m`, `h`, `d`, at least `least`.
pub(super) fn duration(text: &str, least: Duration) -> Result<Duration, Refusal> {
    const REMEDY: &str = "write a whole number and a unit (s, m, h or d), such as \"90s\", \"15m\", \"2h\" or \"7d\"";
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        _ if number.is_empty() => return refuse("is no duration", REMEDY),
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "" => return refuse("has no unit", REMEDY),
        _ => return refuse("is no duration", REMEDY),
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds));
    match seconds.filter(|seconds| *seconds <= LONGEST).map(Duration::from_secs) {
        None => refuse("is longer than a hundred years", "write a shorter time"),
        Some(time) if time < least => {
            refuse(format!("is less than {}", shown_duration(least)), "a wait may not be that short here")
        }
        Some(time) => Ok(time),
    }
}

/// A duration as the configuration writes it: `90s`, `15m`, `2h`, `7d`.
pub(super) fn shown_duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm')];
    match units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length)) {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// A size such as `8MiB`, from 1 KiB to 1 GiB, in bytes.
pub(super) fn size(text: &str) -> Result<u64, Refusal> {
    const REMEDY: &str = "write a whole number and a unit (B, KiB, MiB or GiB), such as \"8MiB\"";
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit {
        _ if number.is_empty() => return refuse("is no size", REMEDY),
        "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "" => return refuse("has no unit", REMEDY),
        _ => return refuse("is no size", REMEDY),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    match bytes.filter(|bytes| (1 << 10..=1 << 30).contains(bytes)) {
        Some(bytes) => Ok(bytes),
        None => refuse("is out of range", "write a size from \"1KiB\" to \"1GiB\""),
    }
}

/// An absolute http(s) address with a host and without credentials.
pub(super) fn web_address(text: &str) -> Result<Url, Refusal> {
    const REMEDY: &str = "write an absolute address, such as \"https://baosonla.vn/xa-hoi.html\"";
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refuse(format!("is no address ({error})"), REMEDY),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("begins with `{}:`, not with http: or https:", text::log_safe(url.scheme())), REMEDY);
    }
    if !url.has_host() {
        return refuse("names no host", REMEDY);
    }
    if has_credentials(&url) {
        return refuse(
            "holds a user name or password",
            "leave it out and send it as a header: headers = { authorization = { credential = \"NAME\" } }",
        );
    }
    Ok(url)
}

/// Whether an address holds a user name or a password.
pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// The public base of all addresses: an http(s) address without query and fragment; ends in `/`.
pub(super) fn base_address(text: &str) -> Result<Url, Refusal> {
    let mut url = web_address(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a query or a fragment", "write scheme, host and path alone");
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Where origins can complain: a web or mail address; goes into the User-Agent, so printable ASCII alone.
pub(super) fn contact(text: &str) -> Result<String, Refusal> {
    const REMEDY: &str = "write a web or mail address, such as \"https://feeds.example.vn/\" or \"feeds@example.vn\"";
    if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'\\' | b'"')) {
        return refuse("has characters that a User-Agent cannot carry", REMEDY);
    }
    if text.contains("://") {
        return web_address(text).map(String::from);
    }
    let address = text.strip_prefix("mailto:").unwrap_or(text);
    match address.split_once('@') {
        Some((name, host)) if !name.is_empty() && host.contains('.') && !host.contains('@') => Ok(text.to_owned()),
        _ => refuse("is neither a web nor a mail address", REMEDY),
    }
}

/// A language tag (BCP 47): its form alone is looked at.
pub(super) fn language(text: &str) -> Result<String, Refusal> {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    let primary = (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if primary && rest && text.len() <= LONGEST_TAG {
        Ok(text.to_owned())
    } else {
        refuse("is no language tag (BCP 47)", "write one such as \"vi\", \"en\" or \"zh-Hans\"")
    }
}

/// A timezone of the tz database.
pub(super) fn timezone(text: &str) -> Result<chrono_tz::Tz, Refusal> {
    if let Ok(zone) = text.parse() {
        return Ok(zone);
    }
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let last = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let near = super::schema::nearest(text, names.clone())
        .or_else(|| names.clone().find(|name| text::fold(last(name)).replace('_', " ") == text::fold(text)));
    let remedy = match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "write a name of the tz database, such as \"Asia/Ho_Chi_Minh\" or \"UTC\"".to_owned(),
    };
    refuse("is no timezone", remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_number_and_a_unit() {
        let read = |text| duration(text, Duration::ZERO).map(|time| time.as_secs());
        assert_eq!((read("90s"), read("15m"), read("2h"), read("7d")), (Ok(90), Ok(900), Ok(7200), Ok(604_800)));
        for bad in ["", "soon", "15", "m", "1.5h", "-1s", "1h30m", "15 m", "99999999999999999999s", "99999d", "٣s"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read("0s"), Ok(0));
        assert!(duration("0s", Duration::from_secs(1)).is_err());
    }

    #[test]
    fn durations_are_shown_as_they_are_written() {
        for text in ["0s", "90s", "15m", "2h", "7d"] {
            assert_eq!(duration(text, Duration::ZERO).map(shown_duration), Ok(text.to_owned()));
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!((size("8MiB"), size("2048B"), size("1GiB")), (Ok(8 << 20), Ok(2048), Ok(1 << 30)));
        for bad in ["8", "8MB", "0B", "2GiB", "big", "18446744073709551615GiB"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_absolute_and_hold_no_credentials() {
        assert!(web_address("https://baosonla.vn/xa-hoi.html").is_ok());
        for bad in
            ["baosonla.vn", "/a", "ftp://a.vn/", "http://", "https://u:p@a.vn/", "ht!tp:127.0.0.1/", "mailto:a@b.vn"]
        {
            assert!(web_address(bad).is_err(), "{bad}");
        }
        assert_eq!(base_address("https://a.vn/feeds").map(String::from), Ok("https://a.vn/feeds/".to_owned()));
        assert!(base_address("https://a.vn/?x").is_err());
    }

    #[test]
    fn contacts_fit_into_a_header() {
        assert!(contact("https://a.vn/about").is_ok() && contact("a@b.vn").is_ok());
        for bad in ["me", "a b@c.vn", "a@b.vn)\r\nX: y", "https://u:p@a.vn/", "báo@a.vn"] {
            assert!(contact(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn languages_and_timezones_have_names() {
        assert!(language("vi").is_ok() && language("zh-Hans-CN").is_ok());
        assert!(language("tiếng Việt").is_err() && language("v").is_err() && language("vi-").is_err());
        assert_eq!(timezone("Asia/Ho_Chi_Minh"), Ok(chrono_tz::Asia::Ho_Chi_Minh));
        let remedy = |text| timezone(text).map_err(|refusal| refusal.remedy);
        assert_eq!(remedy("Asia/Ho_Chi_Min"), Err("did you mean \"Asia/Ho_Chi_Minh\"?".to_owned()));
        assert_eq!(remedy("Bangkok"), Err("did you mean \"Asia/Bangkok\"?".to_owned()));
    }
}
