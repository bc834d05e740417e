//! What all formats say of an item, settled once: same title, same address, same dates everywhere.
//!
//! Comes in: an item and its channel. Goes out: facts that may stand in any document: text without control characters
//! (XML 1.0 §2.2), absolute http(s) addresses, dates on the paper's clock. It does not know a format.

use super::address::{address, is_web};
use super::date::local;
use super::{clean_line, without_lost_characters};
use crate::model::{Channel, ChannelPaper, Enclosure, Image, Item, Precision};
use crate::text::{self, Kind};
use chrono::{DateTime, FixedOffset};
use memchr::memmem;
use url::Url;

/// Longest excerpt that stands for a summary that the paper did not give.
const EXCERPT_CHARACTERS: usize = 300;

/// An item as its readers get it.
pub(super) struct Article<'a> {
    /// The paper that it comes from, as far as the channel knows it.
    pub(super) paper: Option<&'a ChannelPaper>,
    /// The same, where the channel has several papers, so that each article must say its own.
    pub(super) source: Option<&'a ChannelPaper>,
    pub(super) guid: String,
    pub(super) link: String,
    /// One line of plain text, never empty.
    pub(super) title: String,
    /// Plain text.
    pub(super) summary: Option<String>,
    /// Sanitized markup, where the channel publishes it.
    pub(super) content: Option<String>,
    pub(super) labels: Vec<Label<'a>>,
    /// What its title says that it is.
    pub(super) kind: Option<Kind>,
    pub(super) authors: Vec<String>,
    /// Where it is not the channel's.
    pub(super) language: Option<&'a str>,
    pub(super) image: Option<Picture>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) published: DateTime<FixedOffset>,
    pub(super) precision: Precision,
    /// Later than `published`, or absent.
    pub(super) updated: Option<DateTime<FixedOffset>>,
}

/// A category of an item.
pub(super) struct Label<'a> {
    pub(super) slug: &'a str,
    pub(super) title: String,
}

/// A lead picture; sizes in pixels.
pub(super) struct Picture {
    pub(super) url: String,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    /// As far as its address tells.
    pub(super) media_type: Option<&'static str>,
}

/// An attached file.
#[derive(Clone)]
pub(super) struct Attachment {
    pub(super) url: String,
    pub(super) media_type: String,
    /// 0 if unknown.
    pub(super) length_bytes: u64,
}

impl<'a> Article<'a> {
    /// The facts of an item.
    pub(super) fn of(item: &'a Item, channel: &'a Channel) -> Self {
        let paper = channel.paper(&item.paper);
        let shows_content = channel.full_content && paper.is_some_and(|paper| paper.full_content);
        let language = item.language.as_deref().or(paper.map(|paper| paper.language.as_str()));
        let link = address(item.permalink.url());
        let published = local(item.published.at, channel.timezone);
        let content = item.content.as_ref().filter(|_| shows_content).map(|markup| legal_markup(markup.as_str()));
        let content = content.filter(|markup| !markup.trim().is_empty());
        let image = item.image.as_ref().and_then(picture);
        let title = Some(clean_line(&item.title)).filter(|title| !title.is_empty());
        Self {
            paper,
            source: paper.filter(|_| channel.is_of_several()),
            guid: clean_line(&item.guid),
            kind: title.as_deref().and_then(text::kind),
            title: title.unwrap_or_else(|| link.clone()),
            summary: summary(item, content.as_deref()),
            content: content.map(|markup| with_picture(markup, image.as_ref())),
            labels: labels(item),
            authors: lines(&item.authors),
            language: language.filter(|tag| is_language(tag) && *tag != channel.language),
            image,
            attachments: item.enclosures.iter().filter_map(attachment).collect(),
            published,
            precision: item.published.precision,
            updated: item.updated.map(|at| local(at, channel.timezone)).filter(|at| *at > published),
            link,
        }
    }

    /// When it last changed for its readers (RFC 4287 §4.2.15).
    pub(super) fn changed(&self) -> DateTime<FixedOffset> {
        self.updated.unwrap_or(self.published)
    }

    /// The length of its longer texts.
    pub(super) fn text_bytes(&self) -> usize {
        let texts = [Some(&self.title), self.summary.as_ref(), self.content.as_ref()];
        texts.into_iter().flatten().map(String::len).sum()
    }

    /// What is attached, and last the lead picture, where its address tells its type and it is not attached anyway.
    pub(super) fn files(&self) -> impl Iterator<Item = Attachment> {
        let picture = self.image.as_ref().filter(|picture| self.attachments.iter().all(|file| file.url != picture.url));
        let attached = picture.and_then(|picture| {
            Some(Attachment { url: picture.url.clone(), media_type: picture.media_type?.to_owned(), length_bytes: 0 })
        });
        self.attachments.iter().cloned().chain(attached)
    }
}

/// The paper's own summary; else, where the article's text is published anyway, how it begins.
fn summary(item: &Item, content: Option<&str>) -> Option<String> {
    let stated = item
        .summary
        .as_deref()
        .map(|summary| text::clean_block(&without_lost_characters(summary)))
        .filter(|summary| !summary.is_empty());
    let excerpt = || Some(text::truncate(&clean_line(&text::plain_text(content?)), EXCERPT_CHARACTERS));
    stated.or_else(excerpt).filter(|summary| !summary.is_empty())
}

fn labels(item: &Item) -> Vec<Label<'_>> {
    let all = item.categories.iter().map(|c| Label { slug: c.slug.as_str(), title: clean_line(&c.title) });
    all.filter(|label| !label.title.is_empty()).collect()
}

fn lines(texts: &[String]) -> Vec<String> {
    texts.iter().map(|line| clean_line(line)).filter(|line| !line.is_empty()).collect()
}

fn picture(image: &Image) -> Option<Picture> {
    let known = |size: Option<u32>| size.filter(|pixels| *pixels > 0);
    is_web(&image.url).then(|| Picture {
        url: address(&image.url),
        width: known(image.width),
        height: known(image.height),
        media_type: image_type(&image.url),
    })
}

fn attachment(enclosure: &Enclosure) -> Option<Attachment> {
    let media_type = enclosure.media_type.trim();
    is_web(&enclosure.url).then(|| Attachment {
        url: address(&enclosure.url),
        media_type: if is_media_type(media_type) { media_type } else { "application/octet-stream" }.to_owned(),
        length_bytes: enclosure.length_bytes,
    })
}

/// By the ending of the address.
fn image_type(url: &Url) -> Option<&'static str> {
    let (_, ending) = url.path().rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        _ => None,
    }
}

/// The article's text with the lead picture before it, unless that stands in it already, maybe in another size: then a
/// picture in it has the same file name.
fn with_picture(markup: String, picture: Option<&Picture>) -> String {
    let Some(picture) = picture else { return markup };
    let path = picture.url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let is_same = |source: &str| source.contains(file) || source.contains(&picture.url.replace('&', "&amp;"));
    let is_there = markup.split("<img").skip(1).any(|tag| is_same(tag.split('>').next().unwrap_or_default()));
    if is_there && !file.is_empty() {
        return markup;
    }
    let size = |name: &str, pixels: Option<u32>| pixels.map_or_else(String::new, |p| format!(" {name}=\"{p}\""));
    let url = picture.url.replace('&', "&amp;").replace('\'', "&#39;");
    let (width, height) = (size("width", picture.width), size("height", picture.height));
    format!("<figure><img src=\"{url}\" alt=\"\"{width}{height}></figure>\n{markup}")
}

/// `type/subtype` of RFC 9110 §5.6.2 tokens, without parameters.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~%".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// The form of a language tag (RFC 5646 §2.1).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first_is_word =
        parts.next().is_some_and(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphabetic()));
    first_is_word && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Markup without the characters that XML 1.0 §2.2 forbids or that no text needs, and without `]]>`, which would end a
/// CDATA section: in text and in attributes of HTML `]]&gt;` means the same.
fn legal_markup(markup: &str) -> String {
    // those are of ASCII, or begin with one of few bytes: most markup has none
    let may_begin_one = |byte: u8| matches!(byte, ..b'\t' | 0x0b..b' ' | 0x7f | 0xc2 | 0xef..);
    let forbidden =
        |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(u32::from(c) & 0xffff, 0xfffd..);
    let legal = if markup.bytes().any(may_begin_one) { markup.replace(forbidden, "") } else { markup.to_owned() };
    if memmem::find(legal.as_bytes(), b"]]>").is_some() { legal.replace("]]>", "]]&gt;") } else { legal }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{channel, item};
    use super::*;
    use crate::model::SafeHtml;

    #[test]
    fn content_is_published_only_where_the_paper_agrees() {
        let (mut channel, mut item) = (channel(), item(1, "Một"));
        item.content = Some(SafeHtml::vouch("<p>Toàn văn</p>".to_owned()));
        item.summary = None;
        assert!(Article::of(&item, &channel).content.is_none());
        assert!(Article::of(&item, &channel).summary.is_none());
        channel.full_content = true;
        assert_eq!(Article::of(&item, &channel).content.as_deref(), Some("<p>Toàn văn</p>"));
        assert_eq!(Article::of(&item, &channel).summary.as_deref(), Some("Toàn văn"));
    }

    #[test]
    fn an_edit_before_the_publication_is_no_update() {
        let channel = channel();
        let mut item = item(1, "Một");
        item.updated = Some(item.published.at - chrono::TimeDelta::hours(1));
        let article_was_never_updated = Article::of(&item, &channel);
        assert_eq!(article_was_never_updated.updated, None);
        assert_eq!(article_was_never_updated.changed(), article_was_never_updated.published);
    }

    #[test]
    fn only_web_addresses_go_out() {
        let channel = channel();
        let mut item = item(1, "Một");
        let url = |text: &str| url::Url::parse(text).expect("a URL");
        item.image = Some(Image { url: url("data:image/gif;base64,R0"), width: None, height: None });
        item.enclosures = vec![
            Enclosure { url: url("file:///etc/passwd"), media_type: "text/plain".to_owned(), length_bytes: 1 },
            Enclosure { url: url("https://a.vn/b.mp3"), media_type: "mp3 <x>".to_owned(), length_bytes: 1 },
        ];
        let article = Article::of(&item, &channel);
        assert!(article.image.is_none());
        assert_eq!(article.attachments.len(), 1);
        assert_eq!(article.attachments[0].media_type, "application/octet-stream");
    }

    #[test]
    fn empty_facts_are_absent() {
        let channel = channel();
        let mut item = item(1, " \u{0} ");
        item.summary = Some(" \n".to_owned());
        item.authors = vec!["\u{7}".to_owned(), " Lò Văn  A ".to_owned()];
        item.language = Some("vi\"><script>".to_owned());
        let article = Article::of(&item, &channel);
        assert_eq!(article.title, article.link);
        assert_eq!((article.summary, article.authors, article.language), (None, vec!["Lò Văn A".to_owned()], None));
    }

    #[test]
    fn markup_cannot_end_a_cdata_section() {
        assert_eq!(legal_markup("<p title=\"]]>\">a]]>\u{c}\u{fffe}b\n</p>"), "<p title=\"]]&gt;\">a]]&gt;b\n</p>");
    }
}
