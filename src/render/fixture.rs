//! A paper, its channels and its items, written for the tests.

use crate::model::{
    ArchivePage, Category, CategorySlug, Channel, ChannelId, ChannelName, ChannelPaper, DateOrigin, Enclosure, Image,
    Item, ItemId, PaperId, Permalink, Precision, PubDate, Revision, SafeHtml, Selection, Standing,
};
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// So many minutes after 2026-02-14 08:30 in Sơn La.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let start = DateTime::parse_from_rfc3339("2026-02-14T08:30:00+07:00").expect("a date");
    start.to_utc() + TimeDelta::minutes(minutes)
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn paper() -> PaperId {
    PaperId::new("bao-son-la").expect("an id")
}

pub(super) fn category(slug: &str, title: &str) -> Category {
    Category { slug: CategorySlug::new(slug).expect("a slug"), title: title.to_owned() }
}

/// The channel of one category.
pub(super) fn channel() -> Channel {
    let slug = category("xa-hoi", "Xã hội").slug;
    Channel {
        id: ChannelId::Category(paper(), slug.clone()),
        title: "Xã hội - Báo Sơn La".to_owned(),
        category_title: Some("Xã hội".to_owned()),
        link: url("https://baosonla.vn/xa-hoi.html"),
        description: "Bài mới của chuyên mục Xã hội, Báo Sơn La.".to_owned(),
        selection: Selection::of(paper(), Some(slug), 50),
        ..all()
    }
}

pub(super) fn channel_paper(id: &str, title: &str, home: &str) -> ChannelPaper {
    ChannelPaper {
        id: PaperId::new(id).expect("an id"),
        title: title.to_owned(),
        home: url(home),
        language: "vi".to_owned(),
        full_content: true,
    }
}

/// What is chosen of two papers.
pub(super) fn chosen() -> Channel {
    let (home, khac) = (all().papers, channel_paper("bao-khac", "Báo \"Khác\" & <Mới>", "https://khac.vn/"));
    Channel {
        id: ChannelId::Chosen(ChannelName::new("thoi-tiet").expect("an id")),
        title: "Thời tiết".to_owned(),
        paper_title: "Báo Sơn La, Báo Khác".to_owned(),
        papers: home.into_iter().chain([khac]).collect(),
        link: url("https://feeds.example.vn/channel/thoi-tiet.html"),
        ..all()
    }
}

/// The channel of everything.
pub(super) fn all() -> Channel {
    Channel {
        id: ChannelId::Paper(paper()),
        title: "Báo Sơn La".to_owned(),
        category_title: None,
        paper_title: "Báo Sơn La".to_owned(),
        papers: vec![channel_paper("bao-son-la", "Báo Sơn La", "https://baosonla.vn/")],
        link: url("https://baosonla.vn/"),
        base_url: url("https://feeds.example.vn/"),
        hub: None,
        description: "Bài mới của Báo Sơn La.".to_owned(),
        language: "vi".to_owned(),
        copyright: None,
        timezone: chrono_tz::Asia::Ho_Chi_Minh,
        full_content: false,
        selection: Selection::of(paper(), None, 50),
        ttl_minutes: 15,
        epoch: at(-600),
        query: None,
        page: None,
        prev_archive: None,
    }
}

/// A page of the archives of [`channel`].
pub(super) fn page(month: &str, part: u32) -> ArchivePage {
    ArchivePage { channel: channel().id, month: month.parse().expect("a month"), part }
}

/// An item with the least that an item has; a higher number is older.
pub(super) fn item(number: i64, title: &str) -> Item {
    Item {
        id: ItemId(number),
        paper: paper(),
        guid: format!("tag:baosonla.vn,2026:bao-son-la/{number}"),
        first_seen: at(-number),
        revision: Revision(1),
        changed_at: at(-number),
        standing: Standing::Ready,
        permalink: Permalink::new(url(&format!("https://baosonla.vn/xa-hoi/bai-{number}.html")))
            .expect("a web address"),
        title: title.to_owned(),
        summary: Some(format!("Tóm tắt của bài số {number}.")),
        content: None,
        categories: vec![category("xa-hoi", "Xã hội")],
        authors: Vec::new(),
        language: None,
        image: None,
        enclosures: Vec::new(),
        published: PubDate { at: at(-number), precision: Precision::Minute, origin: DateOrigin::Metadata },
        updated: None,
    }
}

/// An item with everything.
pub(super) fn rich_item(number: i64) -> Item {
    let sound = |name: &str, length_bytes| Enclosure {
        url: url(&format!("https://media.baosonla.vn/{name}.mp3")),
        media_type: "audio/mpeg".to_owned(),
        length_bytes,
    };
    Item {
        content: Some(SafeHtml::vouch(
            "<p>Đường mới <b>thông xe</b> &amp; an toàn.</p>\n<p>Hết ]]> rồi.</p>".to_owned(),
        )),
        categories: vec![category("xa-hoi", "Xã hội"), category("ban-doc", "Bạn đọc & bạn viết")],
        authors: vec!["Lò Thị Mai".to_owned(), "Hà \"Bắc\" <Nam>".to_owned()],
        language: Some("en".to_owned()),
        image: Some(Image { url: url("https://media.baosonla.vn/a.jpg?w=8&h=6"), width: Some(800), height: Some(600) }),
        enclosures: vec![sound("mot", 1234), sound("hai", 0)],
        updated: Some(at(5)),
        changed_at: at(6),
        ..item(number, "Con đường mới về bản")
    }
}

/// Titles that break what is careless.
pub(super) const NASTY: [&str; 9] = [
    "Giá A & B < C, \"chín\" > 'tám' &amp; hết",
    "Dòng <b>đậm</b> và <script>alert(1)</script> trong tiêu đề",
    "Kết ]]></title><item> thúc CDATA",
    "Ký tự \u{b}\u{0}\u{1b}[31m điều\u{fffe} khiển",
    "  Khoảng \n\t trắng   thừa  ",
    "<![CDATA[ trong tiêu đề ]]>",
    "{{ title }} %7B $& \\1 &#x26; &#60;",
    "Mặt trời 🌞 và \u{202e}đảo chiều, العربية",
    "\u{e000}\u{f8ff} dùng riêng",
];

/// One item a nasty title; the summary repeats it.
pub(super) fn nasty_items() -> Vec<Item> {
    let nasty = |(number, title): (i64, &&str)| Item { summary: Some((*title).to_owned()), ..item(number, title) };
    (0..).zip(&NASTY).map(nasty).collect()
}
