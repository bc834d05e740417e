//! What the first bytes of a document are, whatever its label says.

/// Bytes that are looked at.
const FIRST_BYTES: usize = 1024;

/// Magic numbers of what is never a text.
const BINARY: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed bytes"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed bytes"),
    (b"BZh", "bzip2-compressed bytes"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x7fELF", "a program"),
    (b"OggS", "Ogg media"),
    (b"ID3", "MP3 audio"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
];

/// The name of what is no text, by its magic number; `None`: it may be one.
pub(super) fn binary(body: &[u8]) -> Option<&'static str> {
    if body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP") {
        return Some("a WebP picture");
    }
    if body.get(4..8) == Some(b"ftyp") {
        return Some("a video or an AVIF picture");
    }
    BINARY.iter().find(|(magic, _)| body.starts_with(magic)).map(|(_, name)| *name)
}

/// What the first bytes are, in a word for people: `HTML`, `RSS`, `JSON`, `a PNG picture`.
#[must_use]
pub fn first_bytes(body: &[u8]) -> &'static str {
    if let Some(name) = binary(body) {
        return name;
    }
    let head: Vec<u8> = body.iter().take(FIRST_BYTES).filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let has = |tag: &[u8]| head.windows(tag.len()).any(|window| window == tag);
    match head {
        [] => "nothing",
        [b'{' | b'[', ..] => "JSON",
        _ if has(b"<rss") => "RSS",
        _ if has(b"<feed") => "Atom",
        _ if has(b"<rdf:rdf") => "RDF",
        _ if has(b"<urlset") || has(b"<sitemapindex") => "a sitemap",
        _ if has(b"<!doctype html") || has(b"<html") || has(b"<head") || has(b"<body") => "HTML",
        [b'<', b'?', b'x', b'm', b'l', ..] => "XML",
        [b'<', ..] => "markup",
        _ => "plain text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_what_came() {
        for (body, name) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], "a PNG picture"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP picture"),
            (b"\xef\xbb\xbf \n<!DOCTYPE html><title>x", "HTML"),
            (b"<?xml version='1.0'?><rss version='2.0'>", "RSS"),
            (b"<\0?\0x\0m\0l\0 \0?\0>\0<\0f\0e\0e\0d\0", "Atom"),
            (b"<?xml version='1.0'?><opml>", "XML"),
            (b"{\"version\": 1}", "JSON"),
            (b"  ", "nothing"),
            (b"Service unavailable", "plain text"),
        ] {
            assert_eq!(first_bytes(body), name);
        }
    }
}
