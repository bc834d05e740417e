//! How the sample paper looks: three looks of section pages, article pages and a feed.

use super::paper::{Article, Paper, SECTIONS, title_of};
use chrono::{DateTime, Datelike, Utc};
use std::fmt::Write as _;

/// Writing to a String cannot fail.
macro_rules! push {
    ($out:expr, $($what:tt)*) => { let _ = write!($out, $($what)*); };
}

/// The front page: a list of headings, each story with the label of its section.
pub(super) fn front(paper: &Paper, now: DateTime<Utc>) -> String {
    let mut list = String::new();
    for article in paper.articles(now).iter().take(24) {
        push!(
            list,
            "<li><h3><a href=\"{}\">{}</a></h3><div><i>{} -</i><br>{}</div></li>\n",
            escape(&article.path()),
            escape(&article.title),
            article.label(),
            escape(&article.summary)
        );
    }
    page("Trang chủ", "", &format!("<p class=\"crumb\">Tin mới</p><ul class=\"news\">\n{list}</ul>"))
}

/// A section of stories with a picture that loads late: each story is linked twice.
pub(super) fn stories(paper: &Paper, section: &str, now: DateTime<Utc>) -> String {
    let mut list = String::new();
    for article in paper.listed(section, now) {
        let (path, title) = (escape(&article.path()), escape(&article.title));
        push!(
            list,
            "<article class=\"story\"><figure><a href=\"{path}\"><img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" \
             data-src=\"/anh/{key}.svg\" alt=\"Ảnh minh họa\"></a></figure><h2 class=\"story-title\"><a href=\"{path}\" \
             title=\"{title} \"> {title} </a></h2><div class=\"sapo\">{summary}</div></article>\n",
            key = article.key,
            summary = escape(&article.summary)
        );
    }
    let name = title_of(section);
    page(name, "", &format!("<h1>{name}</h1><section class=\"list\">\n{list}</section>"))
}

/// A section of tiles, each of them one link.
pub(super) fn tiles(paper: &Paper, section: &str, now: DateTime<Utc>) -> String {
    let mut list = String::new();
    for article in paper.listed(section, now) {
        push!(
            list,
            "<a class=\"tile\" href=\"{}\"><div class=\"t1\">{}</div><div class=\"t2\">{}</div></a>\n",
            escape(&paper.address(&article)),
            escape(&article.title),
            escape(&article.summary)
        );
    }
    let name = title_of(section);
    page(name, "", &format!("<div class=\"head\">{name}</div><div class=\"tiles\">\n{list}</div>"))
}

/// An article's own page: where its date and author stand.
pub(super) fn article(paper: &Paper, article: &Article) -> String {
    let facts = serde_json::json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "url": paper.address(article),
        "datePublished": article.published.to_rfc3339(),
        "author": { "@type": "Person", "name": article.author },
    });
    let head = format!(
        "<link rel=\"canonical\" href=\"{}\"><meta property=\"og:description\" content=\"{}\">\
         <script type=\"application/ld+json\">{}</script>",
        escape(&paper.address(article)),
        escape(&article.summary),
        facts.to_string().replace('<', "\\u003c")
    );
    let mut text = String::new();
    for paragraph in &article.paragraphs {
        push!(text, "<p>{}</p>\n", escape(paragraph));
    }
    let days = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"];
    let day = days[article.published.weekday().num_days_from_monday() as usize];
    let main = format!(
        "<article><h1>{}</h1><span class=\"when\">{day}, {} (GMT+7)</span><div class=\"sapo\">{}</div>\
         <div class=\"text\">\n{text}</div><p class=\"author\">{}</p></article>",
        escape(&article.title),
        article.published.format("%d/%m/%Y - %H:%M"),
        escape(&article.summary),
        article.author
    );
    page(&article.title, &head, &main)
}

/// The picture of a story: hills whose colors follow from the story's key.
pub(super) fn picture(key: &str) -> String {
    let hue = key.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 360);
    let hills = (hue + 150) % 360;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 600 400\" width=\"600\" height=\"400\">\
         <rect width=\"600\" height=\"400\" fill=\"hsl({hue} 60% 85%)\"/><circle cx=\"{}\" cy=\"110\" r=\"46\" fill=\"#fff6d8\"/>\
         <path d=\"M0 300 L150 170 L290 280 L420 150 L600 290 V400 H0z\" fill=\"hsl({hills} 30% 45%)\"/>\
         <path d=\"M0 350 L200 270 L380 340 L600 260 V400 H0z\" fill=\"hsl({hills} 35% 30%)\"/></svg>",
        120 + hue
    )
}

/// A section as RSS 2.0.
pub(super) fn feed(paper: &Paper, section: &str, now: DateTime<Utc>) -> String {
    let mut items = String::new();
    for article in paper.listed(section, now) {
        let address = escape(&paper.address(&article));
        push!(
            items,
            "<item><title>{}</title><link>{address}</link><guid>{address}</guid><description>{}</description>\
             <category>{}</category><pubDate>{}</pubDate></item>\n",
            escape(&article.title),
            escape(&article.summary),
            title_of(section),
            article.published.to_rfc2822()
        );
    }
    let name = title_of(section);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>{name} - Báo Mẫu</title>\
         <link>{}/</link><description>{name}</description>\n{items}</channel></rss>\n",
        paper.home
    )
}

fn page(title: &str, head: &str, main: &str) -> String {
    let mut menu = String::new();
    for (slug, name) in SECTIONS {
        push!(menu, "<li><a href=\"/{slug}.html\">{name}</a></li>");
    }
    format!(
        "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\"><title>{title} - Báo Mẫu</title>{head}</head>\
         <body><header><a href=\"/\">Báo Mẫu</a><nav class=\"menu\"><ul>{menu}</ul></nav></header><main>{main}</main>\
         <footer><p>Báo Mẫu là một tờ báo không có thật, in ra để dùng thử bantin.</p></footer></body></html>\n",
        title = escape(title)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
