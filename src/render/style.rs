//! The style sheet of all pages, and its hash for the Content-Security-Policy.
//!
//! A page carries the sheet inline, so it needs no second request and works as a file; the hash lets a policy allow this
//! sheet and nothing else (CSP Level 3 §2.3.1).

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The style sheet as it stands between `<style>` and `</style>`.
pub const STYLE: &str = include_str!("../../templates/style.css");

/// The source expression that allows the style sheet: `'sha256-…'`, quotes included, for `style-src`.
#[must_use]
pub fn style_csp_hash() -> &'static str {
    static HASH: LazyLock<String> = LazyLock::new(|| format!("'sha256-{}'", base64(&Sha256::digest(STYLE.as_bytes()))));
    &HASH
}

/// RFC 4648 §4, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0usize, |group, at| group << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let digit = ALPHABET[group >> (18 - 6 * at) & 63];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(words.map(|word| base64(word.as_bytes())), coded);
    }

    #[test]
    fn style_sheet_cannot_end_its_element_or_load_anything() {
        assert!(!STYLE.contains('<') && !STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('\r'));
        assert_eq!(style_csp_hash().len(), "'sha256-'".len() + 44);
    }
}
