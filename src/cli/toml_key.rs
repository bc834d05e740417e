//! Keys of configuration text that a command prints.

use std::fmt::Write as _;

/// `key = "value"`, the value escaped as TOML's basic strings are.
pub(super) fn write_key(out: &mut String, key: &str, value: &str) {
    let _ = writeln!(out, "{key} = {}", quoted(value));
}

/// A TOML basic string.
pub(super) fn quoted(value: &str) -> String {
    let mut out = String::from('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
