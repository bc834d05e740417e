//! Documents to read, made up in the measure of real ones: bytes a story, tags and attributes a kilobyte, share of scripts.
//!
//! Real section pages of 100 to 300 KB have 7 to 13 tags and 12 to 18 attributes a kilobyte, 200 to 500 links, and a tenth of
//! their bytes in scripts; so has [`section`].

use std::fmt::Write as _;

const WORDS: &[&str] = &[
    "bà",
    "con",
    "bản",
    "vùng",
    "cao",
    "mùa",
    "gặt",
    "chợ",
    "phiên",
    "hội",
    "xuân",
    "đường",
    "mới",
    "trường",
    "học",
    "nước",
    "sạch",
    "rừng",
    "nương",
    "ngô",
    "mận",
    "cà",
    "phê",
    "giá",
    "tăng",
    "giảm",
    "khánh",
    "thành",
    "cầu",
    "treo",
    "đón",
    "khách",
    "du",
    "lịch",
    "phòng",
    "chống",
    "rét",
    "đàn",
    "gia",
    "súc",
    "tỉnh",
    "huyện",
    "xã",
    "nông",
    "thôn",
];
const SECTIONS: &[&str] =
    &["Thời sự", "Kinh tế", "Xã hội", "Văn hóa", "Thể thao", "Giáo dục", "Y tế", "Du lịch", "Pháp luật"];

/// Writing to a String cannot fail.
macro_rules! push {
    ($out:expr, $($what:tt)*) => { let _ = write!($out, $($what)*); };
}

/// Words that differ with the seed.
fn words(seed: usize, count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        let word = WORDS[(seed * 31 + at * 17 + seed * at) % WORDS.len()];
        text.push_str(if at == 0 { "" } else { " " });
        text.push_str(word);
    }
    text.replacen(char::is_alphabetic, "B", 1)
}

fn slug(seed: usize) -> String {
    const LATIN: &[&str] = &["ba", "con", "ban", "vung", "cao", "mua", "gat", "cho", "phien", "hoi", "xuan", "duong"];
    let words: Vec<&str> = (0..8).map(|at| LATIN[(seed * 7 + at * 5 + seed * at) % LATIN.len()]).collect();
    format!("/xa-hoi/{}-a{:05}Kx{}.html", words.join("-"), seed * 7919 % 99_991, seed)
}

/// A section page of some 200 KB: menu, stories, boxes beside them, footer, scripts and JSON-LD.
pub(crate) fn section() -> String {
    let mut main = String::new();
    for story in 0..56 {
        push_story(&mut main, story);
    }
    let mut side = String::new();
    for (at, name) in ["Đọc nhiều", "Tin mới nhất", "Video", "Ảnh", "Góc nhìn"].iter().enumerate() {
        push!(
            side,
            "<section class=\"box box--side box-{at}\" id=\"box-{at}\" data-zone=\"side-{at}\">\n<h3 class=\"box__heading\"><span>{name}</span></h3>\n<ul class=\"box__list list-unstyled\">\n"
        );
        for item in 0..14 {
            push_side_story(&mut side, 100 + at * 20 + item);
        }
        side.push_str("</ul>\n</section>\n");
    }
    let layout = format!(
        "<div class=\"container site-content\"><div class=\"row\"><main class=\"col-main\" id=\"main\" role=\"main\">\n\
         <h1 class=\"page-title\"><a href=\"/xa-hoi/\">Xã hội</a></h1>\n<div class=\"list-news\" data-page=\"1\">\n{main}</div>\n\
         <div class=\"pagination\">{}</div></main>\n<aside class=\"col-side sidebar\">\n{side}</aside></div></div>\n",
        (2..9)
            .map(|page| format!("<a class=\"pagination__link\" href=\"/xa-hoi/trang-{page}.html\">{page}</a>"))
            .collect::<String>()
    );
    page("Xã hội", &stated_list(), &layout)
}

fn push_story(out: &mut String, seed: usize) {
    let (path, title, teaser) = (slug(seed), words(seed, 13), words(seed + 3, 34));
    let label = SECTIONS[seed % SECTIONS.len()];
    push!(
        out,
        "<article class=\"story story--horizontal js-story\" data-id=\"{id}\" data-position=\"{seed}\">\n  \
         <figure class=\"story__thumb\">\n    <a class=\"cms-link\" href=\"{path}\" title=\"{title}\">\n      \
         <picture>\n        <source media=\"(min-width: 768px)\" data-srcset=\"https://anh.bao.example/w640/2026/02/14/{id}.webp 1x, https://anh.bao.example/w1280/2026/02/14/{id}.webp 2x\" type=\"image/webp\">\n        \
         <img class=\"lazyload img-fluid\" src=\"data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==\" data-src=\"https://anh.bao.example/w640/2026/02/14/{id}.jpg\" width=\"640\" height=\"426\" alt=\"{title}\">\n      \
         </picture>\n    </a>\n  </figure>\n  <div class=\"story__body\">\n    \
         <div class=\"story__meta\"><a class=\"story__category\" href=\"/{category}/\">{label}</a><span class=\"story__dot\">·</span>\
         <time class=\"story__time\" datetime=\"2026-02-14T{hour:02}:{minute:02}:00+07:00\">{hour:02}:{minute:02} 14/02/2026</time></div>\n    \
         <h2 class=\"story__heading\"><a class=\"cms-link\" href=\"{path}\" title=\"{title}\">{title}</a></h2>\n    \
         <div class=\"story__summary sapo\"><p>{teaser}.</p></div>\n    \
         <div class=\"story__tools\"><span class=\"story__author\">Lò Minh</span><span class=\"ico-comment\"><i class=\"icon\"></i>{seed}</span>\
         <a class=\"share share--fb\" rel=\"nofollow noopener\" target=\"_blank\" href=\"https://www.facebook.com/sharer.php?u=https%3A%2F%2Fbao.example{path}\"><i class=\"icon icon-fb\"></i></a></div>\n  </div>\n</article>\n",
        id = 480_000 + seed,
        category = ["thoi-su", "kinh-te", "xa-hoi"][seed % 3],
        hour = seed % 24,
        minute = seed * 7 % 60,
    );
}

fn push_side_story(out: &mut String, seed: usize) {
    let (path, title) = (slug(seed), words(seed, 11));
    push!(
        out,
        "<li class=\"box__item\"><a class=\"box__thumb\" href=\"{path}\" title=\"{title}\"><img class=\"lazyload\" src=\"/img/blank.gif\" \
         data-src=\"https://anh.bao.example/w120/{seed}.jpg\" alt=\"\" width=\"120\" height=\"80\"></a>\
         <h4 class=\"box__title\"><a href=\"{path}\">{title}</a></h4><span class=\"date\">13/02/2026</span></li>\n"
    );
}

/// The list once more as JSON-LD, as many content systems print it.
fn stated_list() -> String {
    let items: Vec<String> = (0..56)
        .map(|at| {
            format!(
                "{{\"@type\":\"ListItem\",\"position\":{at},\"url\":\"https://bao.example{}\",\"name\":\"{}\"}}",
                slug(at),
                words(at, 13)
            )
        })
        .collect();
    format!(
        "<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"ItemList\",\"itemListElement\":[{}]}}</script>\n",
        items.join(",")
    )
}

/// An article page of some 100 KB: the text is the smaller part of it.
pub(crate) fn article() -> String {
    let mut text = String::new();
    for paragraph in 0..28 {
        push!(text, "<p class=\"body__p\">{}. {}.</p>\n", words(paragraph, 40), words(paragraph + 9, 25));
        if paragraph % 7 == 3 {
            push!(
                text,
                "<figure class=\"body__figure\"><img data-src=\"https://anh.bao.example/w960/{paragraph}.jpg\" width=\"960\" height=\"640\" alt=\"\"><figcaption>{}</figcaption></figure>\n",
                words(paragraph, 12)
            );
        }
    }
    let mut more = String::new();
    for story in 0..20 {
        push_story(&mut more, 200 + story);
    }
    let stated = "<meta property=\"og:type\" content=\"article\">\n<meta property=\"article:published_time\" content=\"2026-02-14T08:30:00+07:00\">\n\
         <script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",\
         \"datePublished\":\"2026-02-14T08:30:00+07:00\",\"author\":{\"@type\":\"Person\",\"name\":\"Lò Minh\"}}</script>\n";
    let main = format!(
        "<div class=\"container\"><article class=\"article\"><h1 class=\"article__title\">Hội xuống đồng bản Nà Mòn</h1>\n\
         <div class=\"article__meta\"><span class=\"article__author\">Lò Minh</span> <time datetime=\"2026-02-14T08:30:00+07:00\">Thứ Bảy, 14/02/2026 - 08:30</time></div>\n\
         <div class=\"article__sapo\"><b>{}</b></div>\n<div class=\"article__body\">\n{text}</div></article>\n\
         <section class=\"related\"><h3>Tin liên quan</h3>\n{more}</section></div>\n",
        words(5, 30)
    );
    page("Hội xuống đồng bản Nà Mòn", stated, &main)
}

/// A feed of some 40 KB.
pub(crate) fn feed() -> String {
    let mut items = String::new();
    for item in 0..40 {
        push!(
            items,
            "<item>\n<title><![CDATA[{title}]]></title>\n<link>https://bao.example{path}</link>\n<guid isPermaLink=\"true\">https://bao.example{path}</guid>\n\
             <description><![CDATA[<a href=\"https://bao.example{path}\"><img src=\"https://anh.bao.example/{item}.jpg\"></a></br>{teaser}]]></description>\n\
             <category>Xã hội</category>\n<dc:creator>Lò Minh</dc:creator>\n<pubDate>Sat, 14 Feb 2026 {:02}:30:00 +0700</pubDate>\n\
             <media:content url=\"https://anh.bao.example/{item}.jpg\" medium=\"image\" width=\"640\" height=\"426\"/>\n</item>\n",
            item % 24,
            title = words(item, 13),
            path = slug(item),
            teaser = words(item + 3, 60),
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\
         <channel><title>Xã hội - Báo Mẫu</title><link>https://bao.example/</link><description>Xã hội</description><ttl>15</ttl>\n{items}</channel></rss>\n"
    )
}

/// The frame of every page: head with scripts, a menu of two levels, a footer.
fn page(title: &str, stated: &str, main: &str) -> String {
    let mut menu = String::new();
    for (at, name) in SECTIONS.iter().enumerate() {
        push!(
            menu,
            "<li class=\"menu-item menu-item-has-children\"><a class=\"menu-link\" href=\"/muc-{at}/\" title=\"{name}\">{name}</a><ul class=\"sub-menu\">"
        );
        for sub in 0..8 {
            push!(
                menu,
                "<li class=\"menu-item\"><a class=\"menu-link\" href=\"/muc-{at}/con-{sub}/\" title=\"{0}\">{0}</a></li>",
                words(at * 8 + sub, 2)
            );
        }
        menu.push_str("</ul></li>\n");
    }
    let mut scripts = String::new();
    for at in 0..12 {
        push!(
            scripts,
            "<script>(function(w,d){{var q{at}=w.q{at}||[];q{at}.push(function(){{if(d.querySelector('.ad-{at}')&&w.innerWidth<768){{d.write('<div class=\"ad\"></div>');}}}});}})(window,document);{}</script>\n",
            "/* đo lường, quảng cáo */ var cauHinh={a:1,b:[1,2,3],c:'<b>'};".repeat(12)
        );
    }
    let meta: String =
        (0..20).map(|at| format!("<meta property=\"og:x{at}\" content=\"{}\">\n", words(at, 8))).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title} - Báo Mẫu</title>\n\
         <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/rss/xa-hoi.rss\">\n{meta}{stated}<style>{}</style>\n</head>\n\
         <body class=\"page page--section\">\n<header class=\"site-header\"><a class=\"logo\" href=\"/\"><img src=\"/logo.svg\" alt=\"Báo Mẫu\"></a>\
         <nav class=\"main-nav\" id=\"nav\"><ul class=\"menu\">\n{menu}</ul></nav></header>\n{main}{scripts}\
         <footer class=\"site-footer\"><ul class=\"footer-menu\">\n{menu}</ul><p>Giấy phép số 12/GP-BTTTT. Tòa soạn: 1 đường Hoa Ban. Điện thoại: 0212 000 000</p></footer>\n</body>\n</html>\n",
        ".a{color:#123;margin:0 auto}\n".repeat(120)
    )
}
