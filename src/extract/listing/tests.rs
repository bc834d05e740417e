use super::extract;
use crate::model::{Document, ExtractMethod, Extraction, ListFinding, Memory, Selectors};
use chrono::{TimeZone, Utc};
use url::Url;

const STORIES: &[(&str, &str, &str)] = &[
    (
        "mua-man-chin-som-o-van-ho-Kd83nQxTz",
        "Mùa mận chín sớm ở Vân Hồ",
        "Nắng ấm từ giữa tháng hai giúp các vườn mận chín sớm hơn mọi năm gần mười ngày.",
    ),
    (
        "khanh-thanh-cau-treo-ban-pa-Rt52mLwYb",
        "Khánh thành cầu treo bản Pá",
        "Cây cầu dài sáu mươi mét nối hai bờ suối, học sinh không còn phải lội nước tới trường.",
    ),
    (
        "tap-huan-phong-chay-rung-Hq94vBcJs",
        "Tập huấn phòng cháy rừng cho kiểm lâm",
        "Hơn bốn mươi cán bộ được hướng dẫn cách dùng máy thổi gió và bản đồ cảnh báo.",
    ),
    (
        "giai-bong-da-thieu-nhi-he-Wp37kDfGx",
        "Khai mạc giải bóng đá thiếu nhi hè",
        "Mười hai đội bóng của các xã tranh tài trong hai tuần trên sân vận động huyện.",
    ),
];

fn frame(title: &str, main: &str) -> String {
    let menu = ["Kinh tế", "Xã hội", "Văn hóa", "Bạn đọc", "Phòng, chống tham nhũng, lãng phí"];
    let menu: String =
        menu.iter().enumerate().map(|(n, name)| format!("<li><a href='/muc-{n}.html'>{name}</a></li>")).collect();
    format!(
        "<!doctype html><html lang='vi'><head><title>{title} - Báo Vùng Cao</title></head><body>
         <header><a href='/'>Báo Vùng Cao điện tử</a><nav><ul>{menu}</ul></nav></header><main>{main}</main>
         <footer><a href='/lien-he.html'>Liên hệ với tòa soạn của chúng tôi</a></footer></body></html>"
    )
}

fn read_with(page: &str, selectors: &Selectors) -> Extraction {
    let url = Url::parse("https://vungcao.example/xa-hoi.html").expect("valid");
    let now = Utc.with_ymd_and_hms(2026, 3, 1, 5, 0, 0).single().expect("valid");
    let document = Document::local(url, None, page.as_bytes().to_vec(), now);
    extract(&document, selectors, &Memory::default()).expect("a page")
}

fn read(page: &str) -> Extraction {
    read_with(page, &Selectors::default())
}

fn titles(extraction: &Extraction) -> Vec<&str> {
    extraction.entries.iter().filter_map(|entry| entry.title.as_deref()).collect()
}

fn expected() -> Vec<&'static str> {
    STORIES.iter().map(|(_, title, _)| *title).collect()
}

fn each(story: impl Fn(&str, &str, &str) -> String) -> String {
    STORIES.iter().map(|(slug, title, teaser)| story(&format!("/xa-hoi/{slug}.html"), title, teaser)).collect()
}

/// A card whose picture and headline both lead to the story.
fn card(url: &str, title: &str, teaser: &str) -> String {
    format!(
        "<article class='tin'><figure><a href='{url}'><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='{url}.jpg'
         alt='Ảnh: phóng viên'></a></figure><h3><a href='{url}'> {title} </a></h3><p class='trich'>{teaser}</p></article>"
    )
}

#[test]
fn each_card_is_one_story_with_its_picture() {
    let read = read(&frame("Xã hội", &format!("<h1>Xã hội</h1><div class='ds'>{}</div>", each(card))));
    assert_eq!(titles(&read), expected());
    assert_eq!(read.finding, ListFinding::Found);
    assert_eq!(read.method, ExtractMethod::Blocks);
    assert_eq!(read.title.as_deref(), Some("Xã hội"));
    assert_eq!(read.language.as_deref(), Some("vi"));
    let first = &read.entries[0];
    assert_eq!(first.summary.as_deref(), Some(STORIES[0].2));
    assert!(first.image.as_ref().is_some_and(|image| image.path().ends_with(".html.jpg")));
    assert!(first.categories.is_empty() && first.authors.is_empty());
}

#[test]
fn label_before_the_teaser_is_the_category() {
    let label = |url: &str, title: &str, teaser: &str| {
        format!("<li><h4><a href='{url}'>{title}</a></h4><div><i>Xã hội -</i> {teaser}</div></li>")
    };
    let read = read(&frame("Tin mới", &format!("<ul>{}</ul>", each(label))));
    assert_eq!(titles(&read), expected());
    assert!(read.entries.iter().all(|entry| entry.categories == ["Xã hội"]));
    assert_eq!(read.entries[1].summary.as_deref(), Some(STORIES[1].2));
}

#[test]
fn known_section_is_split_off_a_bare_line() {
    let label = |url: &str, title: &str, teaser: &str| {
        format!("<li><b><a href='{url}'>{title}</a></b><p>Văn hóa - {teaser}</p></li>")
    };
    let read = read(&frame("Tin mới", &format!("<ul>{}</ul>", each(label))));
    assert_eq!(read.entries[0].categories, ["Văn hóa"]);
    assert_eq!(read.entries[0].summary.as_deref(), Some(STORIES[0].2));
}

#[test]
fn tile_that_is_one_link_gives_title_and_teaser() {
    let tile = |url: &str, title: &str, teaser: &str| {
        format!("<a class='o' href='{url}'><div>{title}</div><div>{teaser}</div></a>")
    };
    let read = read(&frame("Xã hội", &format!("<div>{}</div>", each(tile))));
    assert_eq!(titles(&read), expected());
    assert_eq!(read.entries[2].summary.as_deref(), Some(STORIES[2].2));
}

#[test]
fn flat_list_ends_a_story_at_the_next_headline() {
    let flat = |url: &str, title: &str, teaser: &str| format!("<h3><a href='{url}'>{title}</a></h3><p>{teaser}</p>");
    let read = read(&frame("Xã hội", &format!("<div>{}</div>", each(flat))));
    let summaries: Vec<_> = read.entries.iter().filter_map(|entry| entry.summary.as_deref()).collect();
    assert_eq!(summaries, STORIES.iter().map(|(_, _, teaser)| *teaser).collect::<Vec<_>>());
}

#[test]
fn headline_that_is_no_link_is_lent_to_read_more() {
    let lent = |url: &str, title: &str, teaser: &str| {
        format!("<div class='the'><h2>{title}</h2><p>{teaser}</p><a href='{url}'>Đọc tiếp</a></div>")
    };
    let read = read(&frame("Xã hội", &format!("<div>{}</div>", each(lent))));
    assert_eq!(titles(&read), expected());
    assert_eq!(read.entries[3].summary.as_deref(), Some(STORIES[3].2));
}

#[test]
fn one_story_is_a_list_too() {
    let (slug, title, teaser) = STORIES[0];
    let one = card(&format!("/xa-hoi/{slug}.html"), title, teaser);
    let read = read(&frame("Xã hội", &format!("<h1>Xã hội</h1><div class='ds'>{one}</div>")));
    assert_eq!(titles(&read), [title]);
}

#[test]
fn most_read_box_is_left_out() {
    let most_read = "<aside><h4>Đọc nhiều nhất</h4><ol>\
        <li><a href='/kinh-te/gia-ca-phe-tang-manh-tro-lai-Zx81cVbNm.html'>Giá cà phê tăng mạnh trở lại</a></li>\
        <li><a href='/kinh-te/cho-phien-dong-khach-cuoi-nam-Qw29eRtYu.html'>Chợ phiên đông khách cuối năm</a></li></ol></aside>";
    let read = read(&frame("Xã hội", &format!("<div>{}</div>{most_read}", each(card))));
    assert_eq!(titles(&read), expected());
}

#[test]
fn bulletins_that_differ_by_their_day_are_stories() {
    let lines: String = (10..16)
        .map(|day| {
            let slug = format!("du-bao-thoi-tiet-toan-tinh-ngay-{day}-2-2026-5{day}YnYvXD");
            format!("<li><a href='/thoi-tiet/{slug}.html'>Dự báo thời tiết toàn tỉnh ngày {day}/2/2026</a></li>")
        })
        .collect();
    assert_eq!(read(&frame("Bản tin thời tiết", &format!("<ul>{lines}</ul>"))).entries.len(), 6);
}

#[test]
fn empty_list_is_told_from_a_missing_one() {
    let finding = |main: &str| {
        let read = read(&frame("Xã hội", main));
        assert!(read.entries.is_empty(), "{:?}", titles(&read));
        read.finding
    };
    assert_eq!(finding("<h1>Xã hội</h1><div class='news-list'> </div>"), ListFinding::Empty);
    assert_eq!(finding("<h1>Xã hội</h1><p>Chưa có bài viết nào trong mục này.</p>"), ListFinding::Empty);
    assert_eq!(
        finding("<h1>Lỗi kết nối</h1><p>Xin quay lại <a href='/'>trang nhất của báo</a> sau.</p>"),
        ListFinding::FrameOnly
    );
    let places: String = ["Vân Hồ", "Mường La", "Sông Mã", "Yên Châu"]
        .iter()
        .enumerate()
        .map(|(n, place)| {
            format!("<li><a href='/dia-phuong/trang-tin-huyen-{n}.html'>Trang tin của huyện {place}</a></li>")
        })
        .collect();
    assert_eq!(finding(&format!("<ul>{places}</ul>")), ListFinding::FrameOnly);
    let prose = "Tòa soạn xin gửi tới bạn đọc lời cảm ơn chân thành vì đã đồng hành cùng báo trong năm qua. ".repeat(4);
    assert_eq!(finding(&format!("<h1>Thư tòa soạn</h1><p>{prose}</p>")), ListFinding::Missing);
}

#[test]
fn error_page_with_a_list_of_newest_articles_is_no_list() {
    for title in [
        "404 - Không tìm thấy trang",
        "Error 404: Page not found",
        "503 Service Unavailable",
        "Trang không tồn tại",
        "404 Error",
    ] {
        let read = read(&frame(title, &format!("<p>Có thể bạn quan tâm</p><div class='ds'>{}</div>", each(card))));
        assert_eq!((read.finding, read.entries.len()), (ListFinding::ErrorPage, 0), "{title}");
    }
    let named = read(&frame("Oops", &format!("<div class='ds'>{}</div>", each(card))));
    assert_eq!(named.finding, ListFinding::Found, "a section may have that name");
    assert_eq!(read(&frame("Oops", "<p>Có gì đó sai.</p>")).finding, ListFinding::ErrorPage);
    let read = read(&frame("Lỗi 404 của giao thông nông thôn", &format!("<div class='ds'>{}</div>", each(card))));
    assert_eq!(read.finding, ListFinding::Found);
}

#[test]
fn login_and_challenge_pages_are_walls() {
    let login = "<h1>Đăng nhập</h1><form><input type='password'></form><a href='/quen-mat-khau-dang-nhap.html'>Quên mật khẩu?</a>";
    assert_eq!(read(&frame("Đăng nhập", login)).finding, ListFinding::Login);
    let challenge = "<title>Just a moment...</title><div id='challenge-platform'>Checking</div>";
    assert_eq!(read(challenge).finding, ListFinding::Captcha);
}

#[test]
fn selectors_win_until_they_break() {
    let page = frame("Xã hội", &format!("<div>{}</div>", each(card)));
    let selectors = |item: &str| Selectors {
        item: Some(item.to_owned()),
        title: Some("h3".to_owned()),
        summary: Some(".trich".to_owned()),
        ..Selectors::default()
    };
    let hand = read_with(&page, &selectors("article.tin"));
    assert_eq!(hand.method, ExtractMethod::Selectors);
    assert_eq!(titles(&hand), expected());
    assert_eq!(hand.entries[0].summary.as_deref(), Some(STORIES[0].2));
    let broken = read_with(&page, &selectors("div.khong-con"));
    assert_eq!(broken.method, ExtractMethod::Blocks);
    assert_eq!(titles(&broken), expected());
    assert!(broken.flaws.iter().any(|flaw| flaw.what.contains("selectors")));
}

#[test]
fn stated_list_stands_where_nothing_is_shown() {
    let items: Vec<String> = STORIES
        .iter()
        .map(|(slug, title, teaser)| {
            format!(r#"{{"@type":"ListItem","item":{{"@type":"NewsArticle","url":"/xa-hoi/{slug}.html","headline":"{title}","description":"{teaser}"}}}}"#)
        })
        .collect();
    let json =
        format!(r#"{{"@context":"https://schema.org","@type":"ItemList","itemListElement":[{}]}}"#, items.join(","));
    let read =
        read(&frame("Xã hội", &format!("<script type='application/ld+json'>{json}</script><div id='app'></div>")));
    assert_eq!(read.method, ExtractMethod::Structured);
    assert_eq!(titles(&read), expected());
    assert_eq!(read.entries[0].summary.as_deref(), Some(STORIES[0].2));
}

#[test]
fn memory_keeps_the_newest_and_the_shapes() {
    let read = read(&frame("Xã hội", &format!("<div>{}</div>", each(card))));
    assert_eq!(read.memory.url_shapes, ["/{w}/{slug}-{id}.html"]);
    assert_eq!(read.memory.known.len(), STORIES.len());
    assert_eq!(read.memory.known[0].1, STORIES[0].1);
}

#[test]
fn announced_feed_is_a_hint() {
    let page = frame("Xã hội", &each(card))
        .replace("</head>", "<link rel='alternate' type='application/rss+xml' href='/rss/xa-hoi.rss'></head>");
    assert_eq!(read(&page).hints.feed.map(String::from).as_deref(), Some("https://vungcao.example/rss/xa-hoi.rss"));
}

#[test]
fn hub_is_named_in_the_head_alone() {
    let links = "<link rel='hub' href='https://hub.example/'><link rel='self' href='/xa-hoi.html'>";
    let page = frame("Xã hội", &each(card));
    let hints = read(&page.replace("</head>", &format!("{links}</head>"))).hints;
    let named = (hints.hub.map(String::from), hints.topic.map(String::from));
    assert_eq!(named, (Some("https://hub.example/".into()), Some("https://vungcao.example/xa-hoi.html".into())));
    let hints = read(&page.replace("</body>", &format!("<p>{links}</p></body>"))).hints;
    assert_eq!((hints.hub, hints.topic), (None, None), "what stands in the body may be a reader's");
}

#[test]
fn off_site_entries_stay_entries() {
    let away = |url: &str, title: &str, teaser: &str| card(&format!("https://bao-ban.example.org{url}"), title, teaser);
    assert_eq!(read(&frame("Xã hội", &format!("<div>{}</div>", each(away)))).entries.len(), STORIES.len());
}
