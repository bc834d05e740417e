//! Bodies within their limits: unpacked piece by piece, counted, and given up early.
//!
//! Comes in: an answer. Goes out: its bytes after content decoding (RFC 9110 §8.4), or why there are none. Decoding is
//! done here, not in the client, since only so both sizes are known. No length is believed, nothing is allocated ahead.

use super::FetchError;
use super::client::Deadline;
use super::diagnosis::last_words;
use super::fault::Fault;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use flate2::write::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use std::io::Write;

/// Bodies that unpack to more are given up (RULES P13)…
const MOST_RATIO: usize = 200;
/// …beyond this size: short bodies may pack very well.
const RATIO_BEYOND_BYTES: usize = 1 << 20;
/// What is unpacked in one step: so many packed bytes become half a mebibyte at most before they are counted.
const STEP_BYTES: usize = 512;
const BUFFER_BYTES: usize = 16 << 10;

/// What happens to a body that is longer than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenLonger {
    /// It is refused.
    Refuse,
    /// Its beginning is taken, the rest never read.
    Cut,
}

/// Reads a body of at most `most_bytes` after decoding; what came over the wire is added to `paid_bytes`.
pub(super) async fn read(
    response: &mut Response,
    most_bytes: u64,
    longer: WhenLonger,
    deadline: &Deadline,
    paid_bytes: &mut u64,
) -> Result<Vec<u8>, FetchError> {
    let url = FetchError::shown(response.url());
    let broken = |why: String| FetchError::BrokenBody { url: url.clone(), why };
    let mut sink = Sink { out: Vec::new(), most: usize::try_from(most_bytes).unwrap_or(usize::MAX), packed: None };
    let coding = response.headers().get(CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut decoder = Decoder::of(coding.as_deref().unwrap_or_default()).map_err(broken)?;
    if !matches!(decoder, Decoder::Identity) {
        sink.packed = Some(0);
    }
    let stop = loop {
        let chunk = match deadline.stalled(response.chunk()).await? {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break decoder.finish(&mut sink).err(),
            Err(error) => {
                return Err(FetchError::Connection { url, fault: Fault::Broken { why: last_words(&error) } });
            }
        };
        *paid_bytes += chunk.len() as u64;
        sink.packed = sink.packed.map(|sum| sum + chunk.len());
        if let Err(stop) = chunk.chunks(STEP_BYTES).try_for_each(|piece| decoder.take(piece, &mut sink)) {
            break Some(stop);
        }
    };
    match stop {
        None => Ok(sink.out),
        Some(Stop::TooLong) if longer == WhenLonger::Cut => Ok(sink.out),
        Some(Stop::TooLong) => Err(FetchError::BodyTooLarge { url, limit_bytes: most_bytes }),
        Some(Stop::Bomb) => Err(FetchError::Bomb { url, ratio: MOST_RATIO as u32 }),
        Some(Stop::Broken(why)) => Err(broken(why)),
    }
}

/// Reads what is left of an answer that nobody wants, if it is short, so that its connection can serve the next request.
pub(super) async fn discard(response: &mut Response, deadline: &Deadline, paid_bytes: &mut u64) {
    const MOST_BYTES: usize = 16 << 10;
    if response.content_length().is_none_or(|length| length > MOST_BYTES as u64) {
        return;
    }
    let mut left = MOST_BYTES;
    while let Ok(Ok(Some(chunk))) = deadline.stalled(response.chunk()).await {
        *paid_bytes += chunk.len() as u64;
        let Some(rest) = left.checked_sub(chunk.len()) else { return };
        left = rest;
    }
}

/// Why reading ended before the body did.
enum Stop {
    TooLong,
    Bomb,
    Broken(String),
}

/// The unpacked bytes, counted.
struct Sink {
    out: Vec<u8>,
    most: usize,
    /// Bytes that came over the wire, where they are packed.
    packed: Option<usize>,
}

impl Sink {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let room = self.most - self.out.len();
        self.out.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            return Err(Stop::TooLong);
        }
        let unpacked = self.out.len();
        match self.packed {
            Some(packed) if unpacked > RATIO_BEYOND_BYTES && unpacked / MOST_RATIO > packed => Err(Stop::Bomb),
            _ => Ok(()),
        }
    }
}

type Brotli = BrotliState<HeapAlloc<u8>, HeapAlloc<u32>, HeapAlloc<HuffmanCode>>;

enum Decoder {
    Identity,
    /// Nothing came yet.
    DeflateStart,
    Deflate(Box<Decompress>),
    Gzip {
        inner: Box<GzDecoder<Vec<u8>>>,
        begun: bool,
    },
    Brotli {
        state: Box<Brotli>,
        begun: bool,
    },
    /// The coding's own end came; what follows is padding.
    Ended,
}

impl Decoder {
    fn of(coding: &str) -> Result<Self, String> {
        Ok(match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Self::Identity,
            "gzip" | "x-gzip" => Self::Gzip { inner: Box::new(GzDecoder::new(Vec::new())), begun: false },
            "deflate" => Self::DeflateStart,
            "br" => Self::Brotli {
                // strict: no "large window", which asks for a gigabyte
                state: Box::new(BrotliState::new_strict(
                    HeapAlloc::new(0),
                    HeapAlloc::new(0),
                    HeapAlloc::new(HuffmanCode::default()),
                )),
                begun: false,
            },
            other => {
                return Err(format!("it has the coding {}, which was not asked for", crate::text::log_safe(other)));
            }
        })
    }

    fn take(&mut self, input: &[u8], sink: &mut Sink) -> Result<(), Stop> {
        if let (Self::DeflateStart, Some(first)) = (&*self, input.first()) {
            // zlib, as the standard says, or the bare stream that some servers send: zlib's method is 8
            *self = Self::Deflate(Box::new(Decompress::new(first & 0x0f == 8)));
        }
        let ended = match self {
            Self::Identity => return sink.push(input),
            Self::Gzip { inner, begun } => {
                *begun = true;
                gunzip(inner, input, sink)?
            }
            Self::Deflate(inner) => inflate(inner, input, sink)?,
            Self::Brotli { state, begun } => {
                *begun = true;
                unbrotli(state, input, sink)?
            }
            Self::DeflateStart | Self::Ended => false,
        };
        if ended {
            *self = Self::Ended;
        }
        Ok(())
    }

    /// The body is over: whether the coding is, too. An empty body is whole in any coding.
    fn finish(self, sink: &mut Sink) -> Result<(), Stop> {
        match self {
            Self::Gzip { inner, begun: true } => {
                let rest = inner.finish().map_err(|_| Stop::Broken("it ends amid its gzip coding".to_owned()))?;
                sink.push(&rest)
            }
            // the end may still be unread where the last piece filled the buffer
            Self::Deflate(mut inner) => match inner.decompress(&[], &mut [0], FlushDecompress::Finish) {
                Ok(Status::StreamEnd) => Ok(()),
                _ => Err(Stop::Broken("it ends amid its deflate coding".to_owned())),
            },
            Self::Brotli { begun: true, .. } => Err(Stop::Broken("it ends amid its brotli coding".to_owned())),
            _ => Ok(()),
        }
    }
}

fn gunzip(inner: &mut GzDecoder<Vec<u8>>, mut input: &[u8], sink: &mut Sink) -> Result<bool, Stop> {
    while !input.is_empty() {
        let taken = inner.write(input).map_err(|error| Stop::Broken(format!("its gzip coding is broken: {error}")))?;
        let ready = inner.get_mut();
        sink.push(ready)?;
        ready.clear();
        if taken == 0 {
            // the trailer was read; `finish` checks it
            return Ok(false);
        }
        input = &input[taken..];
    }
    Ok(false)
}

fn inflate(inner: &mut Decompress, mut input: &[u8], sink: &mut Sink) -> Result<bool, Stop> {
    let mut buffer = [0; BUFFER_BYTES];
    loop {
        let (before_in, before_out) = (inner.total_in(), inner.total_out());
        let status = inner
            .decompress(input, &mut buffer, FlushDecompress::None)
            .map_err(|error| Stop::Broken(format!("its deflate coding is broken: {error}")))?;
        let made = usize::try_from(inner.total_out() - before_out).unwrap_or(BUFFER_BYTES);
        let taken = usize::try_from(inner.total_in() - before_in).unwrap_or(input.len());
        sink.push(&buffer[..made])?;
        input = &input[taken..];
        if status == Status::StreamEnd {
            return Ok(true);
        }
        if (made < BUFFER_BYTES && input.is_empty()) || (made == 0 && taken == 0) {
            return Ok(false);
        }
    }
}

fn unbrotli(state: &mut Brotli, input: &[u8], sink: &mut Sink) -> Result<bool, Stop> {
    let mut buffer = [0; BUFFER_BYTES];
    let (mut left, mut at, mut total) = (input.len(), 0, 0);
    loop {
        let (mut room, mut made) = (BUFFER_BYTES, 0);
        let result =
            BrotliDecompressStream(&mut left, &mut at, input, &mut room, &mut made, &mut buffer, &mut total, state);
        sink.push(&buffer[..made])?;
        match result {
            BrotliResult::ResultSuccess => return Ok(true),
            BrotliResult::NeedsMoreInput => return Ok(false),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultFailure => return Err(Stop::Broken("its brotli coding is broken".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    /// Packs with each coding; deflate in both its forms.
    fn packed(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        let mut br = Vec::new();
        gzip.write_all(text).and_then(|()| zlib.write_all(text)).and_then(|()| bare.write_all(text)).expect("memory");
        let quick = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
        brotli::BrotliCompress(&mut &text[..], &mut br, &quick).expect("memory");
        let done = "memory";
        vec![
            ("gzip", gzip.finish().expect(done)),
            ("deflate", zlib.finish().expect(done)),
            ("deflate", bare.finish().expect(done)),
            ("br", br),
        ]
    }

    fn unpack(coding: &str, body: &[u8], most: usize) -> Result<Vec<u8>, &'static str> {
        let mut sink = Sink { out: Vec::new(), most, packed: Some(0) };
        let mut decoder = Decoder::of(coding).map_err(|_| "unknown")?;
        let took = body.chunks(STEP_BYTES).try_for_each(|piece| {
            sink.packed = sink.packed.map(|sum| sum + piece.len());
            decoder.take(piece, &mut sink)
        });
        match took.and_then(|()| decoder.finish(&mut sink)) {
            Ok(()) => Ok(sink.out),
            Err(Stop::TooLong) => Err("too long"),
            Err(Stop::Bomb) => Err("bomb"),
            Err(Stop::Broken(_)) => Err("broken"),
        }
    }

    /// Text that packs, but not well.
    fn text(bytes: usize) -> Vec<u8> {
        let mut seed = 1_u32;
        std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + u8::try_from(seed >> 24).expect("a byte") % 26
        })
        .take(bytes)
        .collect()
    }

    #[test]
    fn every_coding_is_unpacked_and_its_padding_ignored() {
        let text = text(300_000);
        for (coding, mut body) in packed(&text) {
            assert_eq!(unpack(coding, &body, 1 << 20).as_deref(), Ok(&text[..]), "{coding}");
            body.extend([0; 700]);
            assert_eq!(unpack(coding, &body, 1 << 20).as_deref(), Ok(&text[..]), "{coding} with padding");
            assert_eq!(unpack(coding, b"", 10).as_deref(), Ok(&b""[..]), "{coding} of nothing");
            assert_eq!(unpack(coding, &body, 299_999), Err("too long"), "{coding}");
            assert_eq!(unpack(coding, &body, 300_000).map(|t| t.len()), Ok(300_000), "{coding}");
        }
        assert_eq!(unpack("X-GZIP", &packed(b"x")[0].1, 10).as_deref(), Ok(&b"x"[..]));
        assert_eq!(unpack("zstd", b"", 10), Err("unknown"));
    }

    #[test]
    fn cut_body_is_broken_at_every_length() {
        for (coding, body) in packed(&text(500)) {
            for length in 1..body.len() {
                assert_eq!(unpack(coding, &body[..length], 1 << 20), Err("broken"), "{coding} cut at {length}");
            }
        }
    }

    #[test]
    fn noise_is_broken() {
        for coding in ["gzip", "br"] {
            assert_eq!(unpack(coding, b"<html>not packed at all</html>", 1 << 20), Err("broken"), "{coding}");
        }
    }

    #[test]
    fn bomb_is_given_up_beyond_a_mebibyte() {
        for (coding, body) in packed(&vec![b' '; 2 << 20]) {
            assert_eq!(unpack(coding, &body, 1 << 30), Err("bomb"), "{coding}");
            assert_eq!(unpack(coding, &body, 1 << 16), Err("too long"), "{coding}");
        }
        for (coding, body) in packed(&vec![b' '; 1 << 20]) {
            assert_eq!(unpack(coding, &body, 1 << 30).map(|t| t.len()), Ok(1 << 20), "{coding}");
        }
    }
}
