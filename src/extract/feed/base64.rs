//! Base64 (RFC 4648 §4), as Atom's contents use it.

/// The bytes of a text; white space does not count, and padding may be missing. `None` where it is no base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|b| !b.is_ascii_whitespace());
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut padded) = (0u32, 0u32, false);
    for digit in digits {
        if digit == b'=' {
            padded = true;
            continue;
        }
        if padded {
            return None;
        }
        bits = bits << 6 | value(digit)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(out)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded() {
        assert_eq!(decode("WMOj\naOG7mWk=").map(|bytes| bytes.len()), Some(8));
        assert_eq!(decode("PGI+aMOgbmc8L2I+").as_deref(), Some("<b>hàng</b>".as_bytes()));
        assert_eq!(decode("YQ"), Some(b"a".to_vec()));
        assert_eq!(decode("not base64!"), None);
    }
}
