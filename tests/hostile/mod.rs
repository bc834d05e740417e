//! Channels and items that nobody would write: made from seeds, for the round trip and for readers' and validators' runs.

use bantin::model::{
    Category, CategorySlug, Channel, ChannelId, ChannelPaper, DateOrigin, Enclosure, Image, Item, ItemId, PaperId,
    Permalink, Precision, PubDate, Revision, Selection, Standing,
};
use bantin::normalize::sanitize;
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// SplitMix64: the same numbers from the same seed, everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        // mixed, since streams that begin a step apart are one stream
        Self(Self(seed).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Whether texts may speak of markup: the validator warns of a title that does, and is right to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    Any,
    NoMarkup,
}

const PLAIN: &[&str] = &[
    "Sơn La",
    "thời tiết",
    "ngày 14/2/2026",
    "Kỳ 1:",
    "AT&T",
    "a & b",
    "&",
    "\"trích\"",
    "'đơn'",
    "100%",
    "%41",
    "\u{301}",
    "e\u{301}\u{323}",
    "ﬁ",
    "Ｆｕｌｌ",
    "\u{202e}đảo",
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "العربية",
    "日本語",
    "🌞",
    "👩‍👩‍👧",
    "\u{e000}",
    "\u{1f1fb}\u{1f1f3}",
    "\u{10ffff}",
    "\u{fdd0}",
    "\u{fffd}",
    "\0",
    "\u{b}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{fffe}",
    "\n",
    "\t",
    "\r\n",
    "  ",
    "\u{a0}",
    "{{x}}",
    "${x}",
    "\\",
    "..",
    "-->",
    "1 > 0",
    "]]",
    "]]>",
    "?>",
];
const MARKUP: &[&str] = &[
    "</b>",
    "<b>",
    "<script>alert(1)</script>",
    "&amp;",
    "&lt;",
    "&#38;",
    "&#x3c;",
    "&nbsp;",
    "&bogus;",
    "<!--",
    "<![CDATA[",
    "</title><item>",
    "<?xml",
    "<",
    "a<b",
    "< 5",
    "</channel>",
];

fn text(dice: &mut Dice, words: Words) -> String {
    let count = 1 + dice.below(8);
    let pieces: Vec<&str> = (0..count)
        .map(|_| match words {
            Words::Any if dice.one_in(3) => dice.pick(MARKUP),
            _ => dice.pick(PLAIN),
        })
        .collect();
    pieces.join(if dice.one_in(2) { " " } else { "" })
}

const ADDRESSES: &[&str] = &[
    "https://bao.example/xa-hoi/bai-51YnYvXDR.html",
    "https://bao.example/a|b.html?c={d}&e=f",
    "https://bao.example/xã hội?q=[1]",
    "http://[2001:db8::1]:8080/a",
    "https://báo.example/\u{1f31e}",
    "https://bao.example/%zz%",
    "https://bao.example/?a=1&amp;b=2#c",
    "https://bao.example/'\"<>`",
    "https://user@bao.example/x",
    "https://bao.example/a^b\\c",
];
const PICTURES: &[&str] = &[
    "https://anh.example/a.jpg",
    "https://anh.example/a.PNG?w=1&h=2",
    "https://anh.example/anh",
    "https://anh.example/x'y\".webp",
];
const MARKUPS: &[&str] = &[
    "<p>Một <b>đoạn</b> &amp; hết.</p>",
    "<p>]]> <a href=\"https://bao.example/?a=1&b=2\">x</a></p>",
    "<script>alert(1)</script><p>x</p>",
    "<p onclick=x style='color:red'>a<br>b</p>",
    "<img src=\"https://anh.example/a.jpg\" alt=\"a &lt; b\">",
    "<ul><li>một<li>hai</ul>",
    "<table><tr><td>1</td></tr></table>",
    "<p>không đóng",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<blockquote>x</blockquote>\0\u{fffe}",
    "<iframe src=\"https://x.example\"></iframe>",
    "<video src=\"https://anh.example/a.mp4\" controls></video>",
    "<p>&bogus; &nbsp;</p>",
];
const TYPES: &[&str] = &["audio/mpeg", "image/jpeg", "x", "mp3 <x>", "", "audio/mpeg; a=\"b\""];

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn category(dice: &mut Dice, words: Words) -> Category {
    let slug = CategorySlug::new(dice.pick(&["xa-hoi", "thoi-tiet", "x", "a-1"])).expect("a slug");
    Category { slug, title: text(dice, words) }
}

/// A channel, its items newest first.
pub(crate) fn channel(dice: &mut Dice, words: Words) -> Channel {
    let paper = PaperId::new("bao").expect("a slug");
    let slug = CategorySlug::new("xa-hoi").expect("a slug");
    let zones =
        [chrono_tz::Asia::Ho_Chi_Minh, chrono_tz::UTC, chrono_tz::America::St_Johns, chrono_tz::Asia::Kathmandu];
    let (paper_title, language) = (text(dice, words), dice.pick(&["vi", "en-GB", "zh-Hant-TW"]).to_owned());
    let known = ChannelPaper {
        id: paper.clone(),
        title: paper_title.clone(),
        home: url("https://bao.example/"),
        language: language.clone(),
        full_content: true,
    };
    Channel {
        id: ChannelId::Category(paper.clone(), slug.clone()),
        title: text(dice, words),
        category_title: Some(text(dice, words)),
        paper_title,
        papers: vec![known],
        link: url("https://bao.example/xa-hoi.html?a=1&b=2"),
        base_url: url("https://feeds.example.vn/"),
        description: text(dice, words),
        language,
        copyright: dice.one_in(2).then(|| text(dice, words)),
        timezone: zones[dice.below(zones.len())],
        full_content: dice.one_in(2),
        selection: Selection::of(paper, Some(slug), 50),
        ttl_minutes: 15,
        hub: None,
        query: None,
        page: None,
        prev_archive: None,
        epoch: start(),
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_771_032_600, 0).expect("a moment")
}

pub(crate) fn items(dice: &mut Dice, words: Words) -> Vec<Item> {
    let count = i64::try_from(dice.below(6)).expect("few");
    (0..count).map(|number| item(dice, words, number)).collect()
}

fn item(dice: &mut Dice, words: Words, number: i64) -> Item {
    let at = start() - TimeDelta::minutes(number) + TimeDelta::milliseconds(dice.below(1000) as i64);
    let image = dice.one_in(2).then(|| Image {
        url: url(dice.pick(PICTURES)),
        width: dice.one_in(2).then_some(800),
        height: dice.one_in(2).then_some(0),
    });
    let enclosure = |dice: &mut Dice| Enclosure {
        url: url(&format!("https://media.example/{}.mp3?a=1&b=2", dice.below(100))),
        media_type: dice.pick(TYPES).to_owned(),
        length_bytes: dice.below(3) as u64 * 1234,
    };
    Item {
        id: ItemId(number),
        paper: PaperId::new("bao").expect("a slug"),
        guid: format!("tag:bao.example,2026:bao/{number}-{:x}", dice.next()),
        first_seen: at,
        revision: Revision(1),
        changed_at: at,
        standing: Standing::Ready,
        permalink: Permalink::new(url(dice.pick(ADDRESSES))).expect("a web address"),
        title: text(dice, words),
        summary: dice.one_in(2).then(|| text(dice, words)),
        content: dice.one_in(2).then(|| sanitize(dice.pick(MARKUPS), None)),
        categories: (0..dice.below(3)).map(|_| category(dice, words)).collect(),
        authors: (0..dice.below(3)).map(|_| text(dice, words)).collect(),
        language: dice.one_in(3).then(|| dice.pick(&["en", "vi\"><x>", "ar"]).to_owned()),
        image,
        enclosures: (0..dice.below(3)).map(|_| enclosure(dice)).collect(),
        published: PubDate { at, precision: Precision::Second, origin: DateOrigin::Feed },
        updated: dice.one_in(3).then(|| at + TimeDelta::hours(2)),
    }
}
