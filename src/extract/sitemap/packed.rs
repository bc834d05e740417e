//! Sitemap files that are packed themselves (`sitemap.xml.gz`), whatever they were labeled with.
//!
//! Comes in: bytes that begin as gzip does. Goes out: what they unpack to, within the limits of bodies. It does not know
//! what is in it. A body that was packed for the way only, `fetch` has unpacked already.

use flate2::bufread::GzDecoder;
use std::io::Read;

/// The longest sitemap that the protocol allows, unpacked.
const MOST_BYTES: usize = 50 << 20;
/// What unpacks to more is given up (RULES P13)…
const MOST_RATIO: usize = 200;
/// …beyond this size.
const RATIO_BEYOND_BYTES: usize = 1 << 20;

/// Whether a body is a gzip file, by its magic number (RFC 1952 §2.3.1).
pub(super) fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(b"\x1f\x8b\x08")
}

/// Unpacks a gzip file with all its members; one that is cut off is none. What follows the last member is padding.
pub(super) fn unpack(body: &[u8]) -> Result<Vec<u8>, String> {
    let most = MOST_BYTES.min(body.len().saturating_mul(MOST_RATIO).max(RATIO_BEYOND_BYTES));
    let (mut rest, mut out) = (body, Vec::new());
    while is_gzip(rest) {
        let mut member = GzDecoder::new(rest);
        let room = (most - out.len()) as u64;
        let read = member.by_ref().take(room + 1).read_to_end(&mut out);
        read.map_err(|error| crate::text::log_safe(&error.to_string()))?;
        if out.len() > most {
            return Err(format!("it unpacks to more than {most} bytes"));
        }
        rest = member.into_inner();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    #[test]
    fn file_is_unpacked_whole_or_not_at_all() {
        let text = b"<urlset><url><loc>https://bao.example/a</loc></url></urlset>".repeat(40);
        let body = pack(&text);
        assert!(is_gzip(&body));
        assert_eq!(unpack(&body), Ok(text.clone()));
        assert_eq!(unpack(&[body.clone(), body.clone()].concat()).map(|t| t.len()), Ok(text.len() * 2), "two members");
        assert!(unpack(&body[..body.len() - 9]).is_err());
        assert!(unpack(b"\x1f\x8b\x08 and then noise").is_err());
    }

    #[test]
    fn bomb_is_given_up() {
        let why = unpack(&pack(&vec![b' '; 4 << 20])).expect_err("a bomb");
        assert!(why.contains("unpacks to more than 1048576 bytes"), "{why}");
        assert_eq!(unpack(&pack(&vec![b' '; 1 << 20])).map(|text| text.len()), Ok(1 << 20));
    }
}
