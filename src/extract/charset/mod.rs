//! Bytes to text: the one place that decides which character encoding a document has.
//!
//! Comes in: a body and the `Content-Type` it came with. Goes out: its text, the encoding's name, and whether bytes were
//! lost. Valid UTF-8 wins over any label; then byte order mark, HTTP header, the document's own declaration, detection.
//! It does not know markup beyond those declarations.

mod wide;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;
use wide::Wide;

/// Declarations stand in the first bytes: 1,024 by HTML's rule (§13.2.3.2), more for pages that do not keep it.
const DECLARATION_BYTES: usize = 4096;
/// Detection reads no more than this; later bytes of a document change no verdict.
const DETECTION_BYTES: usize = 1 << 20;
/// A text that is UTF-8 but for one sequence in so many was cut or spliced; it is not in another encoding.
const BROKEN_UTF8_SHARE: usize = 10;
/// Where it is also said to be UTF-8, half of it may be broken.
const BROKEN_STATED_SHARE: usize = 1;

/// A document's text and how its bytes were read.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    /// The text, without a byte order mark; the body itself where that is UTF-8.
    pub(super) text: Cow<'a, str>,
    /// The encoding's IANA label in lower case.
    pub(super) encoding: String,
    /// Whether some bytes had no meaning in it, or its label was wrong.
    pub(super) lossy: bool,
}

/// Decodes an HTML page: valid UTF-8 wins over a wrong label; then byte order mark, HTTP header, meta, detection.
pub(super) fn decode_page<'a>(body: &'a [u8], media_type: Option<&str>) -> Decoded<'a> {
    decode(body, [media_type.and_then(header_label), meta_label(body)])
}

/// Decodes XML: as [`decode_page`], with the XML declaration instead of `<meta>` (XML 1.0 appendix F).
pub(super) fn decode_xml<'a>(body: &'a [u8], media_type: Option<&str>) -> Decoded<'a> {
    decode(body, [media_type.and_then(header_label), xml_label(body)])
}

/// The character of a byte in windows-1252, as HTML reads references such as `&#146;` (HTML §13.2.5.80).
pub(super) fn windows_1252(byte: u8) -> char {
    let byte = [byte];
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn decode(body: &[u8], labels: [Option<String>; 2]) -> Decoded<'_> {
    if let Some((wide, mark_bytes)) = wide::sniff(body) {
        return decode_wide(&body[mark_bytes..], wide);
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let encodings = labels.each_ref().map(|label| label.as_deref().and_then(eight_bit));
    match std::str::from_utf8(body) {
        Ok(text) if !is_escaped_japanese(body, encodings) => Decoded {
            text: Cow::Borrowed(text),
            encoding: "utf-8".to_owned(),
            lossy: labels.iter().flatten().any(|label| is_untrue(label)),
        },
        _ => decode_legacy(body, encodings),
    }
}

fn decode_wide(body: &[u8], wide: Wide) -> Decoded<'_> {
    let (text, lossy) = match wide {
        Wide::Utf16Le => UTF_16LE.decode_without_bom_handling(body),
        Wide::Utf16Be => UTF_16BE.decode_without_bom_handling(body),
        other => {
            let (text, lossy) = wide::decode(body, other);
            (Cow::Owned(text), lossy)
        }
    };
    Decoded { text, encoding: wide.name().to_owned(), lossy }
}

/// Bytes that are no UTF-8: the first label that reads all of them, else what they look like.
fn decode_legacy<'a>(body: &'a [u8], encodings: [Option<&'static Encoding>; 2]) -> Decoded<'a> {
    let stated = || encodings.into_iter().flatten();
    for encoding in stated().filter(|encoding| *encoding != UTF_8) {
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
            return read_as(encoding, text, false);
        }
    }
    let share = if encodings.contains(&Some(UTF_8)) { BROKEN_STATED_SHARE } else { BROKEN_UTF8_SHARE };
    if is_broken_utf8(body, share) {
        return read_as(UTF_8, String::from_utf8_lossy(body), true);
    }
    let detected = detect(body);
    let (text, lossy) = detected.decode_without_bom_handling(body);
    if lossy && let Some(encoding) = stated().find(|encoding| *encoding != UTF_8) {
        let (text, _) = encoding.decode_without_bom_handling(body);
        return read_as(encoding, text, true);
    }
    // an undeclared or wrongly declared encoding is a flaw even where the guess reads every byte
    read_as(detected, text, true)
}

fn read_as<'a>(encoding: &'static Encoding, text: Cow<'a, str>, lossy: bool) -> Decoded<'a> {
    Decoded { text, encoding: encoding.name().to_ascii_lowercase(), lossy }
}

fn detect(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&body[..body.len().min(DETECTION_BYTES)], true);
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-8 with at most one broken sequence to `share` whole ones.
fn is_broken_utf8(body: &[u8], share: usize) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > 0 && broken * share <= whole
}

/// ISO-2022-JP hides in ASCII, which is UTF-8 too: its label wins where its escapes are there.
fn is_escaped_japanese(body: &[u8], encodings: [Option<&'static Encoding>; 2]) -> bool {
    encodings.contains(&Some(encoding_rs::ISO_2022_JP)) && body.contains(&0x1b)
}

/// A label that no document of single bytes can have, or that nobody knows.
fn is_untrue(label: &str) -> bool {
    Encoding::for_label(label.as_bytes()).is_none_or(|encoding| encoding == UTF_16LE || encoding == UTF_16BE)
}

/// The encoding of a label, where it can be one of a document without wide characters.
fn eight_bit(label: &str) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label.as_bytes())?;
    // a document that can be read up to its label is not UTF-16 (HTML §13.2.3.2)
    if encoding == UTF_16LE || encoding == UTF_16BE { Some(UTF_8) } else { Some(encoding) }
}

/// `charset` of a `Content-Type` (RFC 9110 §8.3.2), with the liberties that origins take.
fn header_label(media_type: &str) -> Option<String> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// `encoding` of the XML declaration.
fn xml_label(body: &[u8]) -> Option<String> {
    let head = declaration_head(body);
    let start = head.find("<?xml")?;
    let declaration = &head[start..start + head[start..].find('>')?];
    let value = declaration[declaration.find("encoding")? + "encoding".len()..].trim_start().strip_prefix('=')?;
    quoted(value.trim_start())
}

/// `charset` of the first `<meta>` that has one, in either form.
fn meta_label(body: &[u8]) -> Option<String> {
    let head = declaration_head(body).to_ascii_lowercase();
    let mut rest = head.as_str();
    while let Some(at) = rest.find("<meta") {
        rest = &rest[at + "<meta".len()..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        if let Some(found) = tag.find("charset")
            && let Some(value) = tag[found + "charset".len()..].trim_start().strip_prefix('=')
        {
            return quoted(value.trim_start());
        }
    }
    xml_label(body)
}

fn declaration_head(body: &[u8]) -> String {
    body[..body.len().min(DECLARATION_BYTES)].iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' }).collect()
}

/// A value in quotes, or up to the next delimiter.
fn quoted(value: &str) -> Option<String> {
    let value = value.trim_start_matches(['"', '\'']).trim_start();
    let end = value.find(|c: char| matches!(c, '"' | '\'' | ';' | '>' | '/' | '?') || c.is_whitespace());
    let label = &value[..end.unwrap_or(value.len())];
    (!label.is_empty()).then(|| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &[u8], media_type: Option<&str>) -> (String, String) {
        let decoded = decode_page(body, media_type);
        (decoded.text.into_owned(), decoded.encoding)
    }

    #[test]
    fn valid_utf8_wins_over_wrong_labels() {
        let body = "<meta charset=windows-1252>Xã hội".as_bytes();
        let (text, encoding) = page(body, Some("text/html; charset=iso-8859-1"));
        assert!(text.ends_with("Xã hội"));
        assert_eq!(encoding, "utf-8");
        let declared_wide = "<?xml version=\"1.0\" encoding=\"utf-16\"?><rss>Sơn La</rss>".as_bytes();
        assert_eq!(decode_xml(declared_wide, None).encoding, "utf-8");
        assert!(decode_xml(declared_wide, None).text.contains("Sơn La"));
    }

    #[test]
    fn header_wins_over_the_document_and_quotes_do_not_matter() {
        let body = b"<?xml version='1.0' encoding='windows-1251'?><a>\xe9</a>";
        assert!(decode_xml(body, Some("text/xml; charset= \"iso-8859-1\"")).text.contains('é'));
        assert!(decode_xml(body, Some("text/xml; charset:iso-8859-1")).text.contains('й'));
    }

    #[test]
    fn meta_is_read_in_both_forms() {
        assert!(page(b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>\xc1", None).0.ends_with('а'));
        assert!(page(b"<META CHARSET=\"windows-1258\">Vi\xea\xf2t", None).0.ends_with("Viê\u{323}t"));
    }

    #[test]
    fn few_broken_bytes_do_not_change_the_encoding() {
        let mut body = "Đại hội đại biểu các dân tộc thiểu số tỉnh Sơn La".as_bytes().to_vec();
        body.push(0xe1);
        let decoded = decode_page(&body, None);
        assert_eq!((decoded.encoding.as_str(), decoded.lossy), ("utf-8", true));
    }

    #[test]
    fn wide_encodings_are_known_by_mark_or_by_zeros() {
        let text = "<?xml version='1.0'?><a>hội</a>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let four: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        for (body, name) in [(little, "utf-16le"), (big, "utf-16be"), (four, "utf-32be")] {
            let decoded = decode_xml(&body, Some("application/xml; charset=iso-8859-1"));
            assert_eq!((&*decoded.text, decoded.encoding.as_str()), (text, name));
        }
    }

    #[test]
    fn undeclared_text_is_detected() {
        let body = encoding_rs::WINDOWS_1251.encode("Сегодня в городе прошёл большой праздник урожая").0.into_owned();
        let decoded = decode_page(&body, None);
        assert_eq!(decoded.encoding, "windows-1251");
        assert!(decoded.text.contains("праздник"));
    }
}
