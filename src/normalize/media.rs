//! Pictures and attached files: absolute web addresses only, with a media type in any case.

use crate::model::{Enclosure, Image, StatedEnclosure};
use url::Url;

const MOST: usize = 16;
const LONGEST_ADDRESS: usize = 2048;

/// The lead picture, where its address is one that readers can follow.
pub(super) fn image(url: Option<Url>, size: Option<(u32, u32)>) -> Option<Image> {
    let url = url.filter(is_web)?;
    let size = size.filter(|(width, height)| *width > 0 && *height > 0);
    Some(Image { url, width: size.map(|(width, _)| width), height: size.map(|(_, height)| height) })
}

/// The attached files, each once.
pub(super) fn enclosures(stated: Vec<StatedEnclosure>) -> Vec<Enclosure> {
    let mut found: Vec<Enclosure> = Vec::new();
    for file in stated.into_iter().filter(|file| is_web(&file.url)) {
        if found.len() == MOST || found.iter().any(|known| known.url == file.url) {
            continue;
        }
        let media_type =
            file.media_type.as_deref().and_then(media_type).unwrap_or_else(|| guessed(&file.url).to_owned());
        found.push(Enclosure { media_type, length_bytes: file.length_bytes.unwrap_or(0), url: file.url });
    }
    found
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host() && url.as_str().len() <= LONGEST_ADDRESS
}

/// `type/subtype` without parameters, lower case (RFC 9110 §8.3.1).
fn media_type(stated: &str) -> Option<String> {
    let essence = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = essence.split_once('/')?;
    let is_token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    (essence.len() <= 100 && is_token(kind) && is_token(subtype)).then_some(essence)
}

fn guessed(url: &Url) -> &'static str {
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "mp3" => "audio/mpeg",
        "m4a" | "aac" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "m3u8" => "application/vnd.apple.mpegurl",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str, media_type: Option<&str>) -> StatedEnclosure {
        StatedEnclosure {
            url: Url::parse(url).expect("a URL of the test"),
            media_type: media_type.map(str::to_owned),
            length_bytes: None,
        }
    }

    #[test]
    fn every_enclosure_has_a_media_type() {
        let stated = vec![
            file("https://b.vn/a.MP3", None),
            file("https://b.vn/b", Some("Audio/MPEG; x=y")),
            file("https://b.vn/c.jpg", Some("<script>")),
            file("https://b.vn/d", None),
            file("ftp://b.vn/e.mp3", None),
            file("https://b.vn/d", None),
        ];
        let types: Vec<String> = enclosures(stated).into_iter().map(|e| e.media_type).collect();
        assert_eq!(types, ["audio/mpeg", "audio/mpeg", "image/jpeg", "application/octet-stream"]);
    }

    #[test]
    fn only_pictures_on_the_web_count() {
        let url = |text: &str| Url::parse(text).ok();
        assert_eq!(image(url("data:image/gif;base64,R0lGOD"), None), None);
        let found = image(url("https://b.vn/a.jpg"), Some((0, 5))).expect("a picture");
        assert_eq!((found.width, found.height), (None, None));
    }
}
