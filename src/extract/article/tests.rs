mod dates;
mod text;
mod title;

use super::*;
use crate::model::{DateOrigin, Precision};
use chrono::{TimeZone, Utc};
use url::Url;

const TEXT: &str = "<p>Sáng 14/2, bà con bản Nà Mòn mở hội xuống đồng đầu năm, với phần lễ cúng ruộng và phần hội ném còn, kéo co.</p>
    <p>Năm nay hội có hơn hai trăm người dự, đông hơn năm trước; các gia đình mang theo xôi màu và bánh dày để góp chung.</p>
    <p>Trưởng bản Lò Văn Tiên nói ruộng đã đủ nước, giống lúa đã phát xong, và vụ này cả bản sẽ cấy cùng một trà.</p>";

fn document(markup: &str) -> Document {
    let url = Url::parse("https://bao.example/xa-hoi/hoi-xuong-dong-Ab3dEf9hK.html").expect("valid");
    let now = Utc.with_ymd_and_hms(2026, 2, 15, 3, 0, 0).single().expect("a moment");
    Document::local(url, None, markup.as_bytes().to_vec(), now)
}

fn parsed(markup: &str) -> dom::Page {
    dom::parse(markup).expect("a page")
}

fn read(markup: &str) -> Entry {
    extract(&document(markup)).expect("an article").entries.remove(0)
}

/// A page in the frame that newspapers have: menu, clock, other articles, foot.
fn page(head: &str, main: &str) -> String {
    format!(
        "<!doctype html><html lang=vi><head><title>Hội xuống đồng bản Nà Mòn - Báo Mẫu</title>{head}</head><body>
        <header><a href=/>Báo Mẫu</a><span class=clock>Chủ nhật, 15/02/2026 10:00</span></header>
        <nav><ul><li><a href=/xa-hoi.html>Xã hội</a></li><li><a href=/kinh-te.html>Kinh tế</a></li></ul></nav>
        <main><h1>Hội xuống đồng bản Nà Mòn</h1>{main}</main>
        <div class=tin-moi><h3>Tin mới</h3><ul><li><a href=/a.html>Chợ phiên vùng cao ngày giáp Tết</a> <span>13/02/2026</span></li>
        <li><a href=/b.html>Mở đường vào bản xa nhất của xã</a> <span>12/02/2026</span></li></ul></div>
        <footer>Giấy phép số 12 cấp ngày 01/01/2020. © 2026 Báo Mẫu</footer></body></html>"
    )
}

fn published(head: &str, main: &str) -> Option<(String, DateOrigin)> {
    let date = read(&page(head, main)).published?;
    let offset = date.offset.map(|offset| offset.to_string()).unwrap_or_default();
    let format = if date.precision == Precision::Day { "%F" } else { "%FT%R" };
    Some((date.local.format(format).to_string() + &offset, date.origin))
}

fn text_of(entry: &Entry) -> String {
    crate::text::plain_text(entry.content.as_deref().unwrap_or_default())
}

#[test]
fn date_is_read_from_each_witness_with_its_offset() {
    let json_ld =
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",
        \"datePublished\":\"2026-02-14T08:30:00+07:00\"}</script>";
    let meta = "<meta property='article:published_time' content='2026-02-14T08:30:00+07:00'>";
    let visible = format!("<span class=when>Thứ Bảy, 14/02/2026 - 08:30 (GMT+7)</span>{TEXT}");
    let time = format!("<time datetime='2026-02-14T08:30:00+07:00'>hôm qua</time>{TEXT}");
    let machine = Some(("2026-02-14T08:30+07:00".to_owned(), DateOrigin::Metadata));
    assert_eq!(published(json_ld, TEXT), machine);
    assert_eq!(published(meta, TEXT), machine);
    assert_eq!(published("", &time), machine);
    assert_eq!(published("", &visible), Some(("2026-02-14T08:30+07:00".to_owned(), DateOrigin::Text)));
}

#[test]
fn clock_menu_and_foot_are_no_witnesses() {
    assert_eq!(published("", TEXT), None);
    let sentence = format!(
        "<p>Ngày 10/2/2026, Ban tổ chức đã họp và thống nhất chương trình của hội xuống đồng năm nay.</p>{TEXT}"
    );
    assert_eq!(published("", &sentence), None);
    let bulletin = page("", TEXT).replace("Hội xuống đồng bản Nà Mòn", "Dự báo thời tiết ngày 14/2/2026");
    assert_eq!(read(&bulletin).published, None);
}

#[test]
fn comments_and_other_articles_are_no_witnesses() {
    let comments = format!(
        "{TEXT}<div class=comments><p>Hay quá!</p><time datetime='2026-02-14T20:00:00+07:00'>hôm qua</time></div>"
    );
    assert_eq!(published("", &comments), None);
    let related = format!("{TEXT}<div class='tin-lien-quan'><span class=date>11/02/2026</span></div>");
    assert_eq!(published("", &related), None);
}

#[test]
fn a_more_exact_witness_of_the_same_day_wins() {
    let meta = "<meta name=pubdate content='2026-02-14'>";
    let visible = format!("<span>08:30 14/02/2026</span>{TEXT}");
    assert_eq!(published(meta, &visible).map(|(date, _)| date).as_deref(), Some("2026-02-14T08:30"));
}

#[test]
fn text_is_kept_and_the_boxes_around_it_go() {
    let main = format!(
        "<div class=sapo>BM - Hội xuống đồng là nét đẹp của người Thái ở vùng lòng chảo, được giữ qua nhiều đời.</div>
        <div class=share-bar><a href=#>Facebook</a></div><div class=text>{TEXT}
        <figure><img src=data:, data-src=/anh/1.jpg><figcaption>Phần lễ cúng ruộng đầu năm.</figcaption></figure>
        <p>Xem thêm: <a href=/c.html>Vụ xuân ở bản Nà Mòn năm ngoái</a></p></div>
        <div class=binh-luan><h3>BÌNH LUẬN</h3><p>Bạn còn 500/500 ký tự</p></div>"
    );
    let entry = read(&page("", &main));
    let text = text_of(&entry);
    for kept in ["nét đẹp của người Thái", "mở hội xuống đồng", "cùng một trà", "Phần lễ cúng ruộng"]
    {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    for gone in ["Facebook", "BÌNH LUẬN", "ký tự", "Tin mới", "Chợ phiên", "Xem thêm", "Giấy phép", "Kinh tế"]
    {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert_eq!(entry.image.map(String::from).as_deref(), Some("https://bao.example/anh/1.jpg"));
}

#[test]
fn photo_story_keeps_its_captions() {
    let figures: String = [
        "Bà con dựng cây nêu trước sân nhà văn hóa bản.",
        "Đội ném còn của thanh niên bản Nà Mòn vào cuộc.",
        "Mâm xôi năm màu được bày ở giữa sân hội.",
    ]
    .iter()
    .map(|caption| format!("<figure><img src=/anh/{}.jpg><figcaption>{caption}</figcaption></figure>", caption.len()))
    .collect();
    let text = text_of(&read(&page("", &format!("<article>{figures}</article>"))));
    assert!(text.contains("cây nêu") && text.contains("năm màu"), "{text}");
}

#[test]
fn facts_come_from_the_head() {
    let head = "<link rel=canonical href='/xa-hoi/hoi-Ab3dEf9hK.html'><meta name=author content='Lò Thị Mai, Tòng Văn Hùng'>
        <meta property='og:site_name' content='Báo Mẫu'><meta property='article:section' content='Xã hội, Văn hóa'>
        <meta property='og:description' content='BM - Hội xuống đồng là nét đẹp của người Thái ở vùng lòng chảo.'>
        <meta name=description content='hoi xuong dong, tin tuc bao mau'><meta property='og:image' content='/anh/lon.jpg'>
        <meta property='og:image:width' content=1200><meta property='og:image:height' content=630>";
    let entry = read(&page(head, TEXT));
    assert_eq!(entry.title.as_deref(), Some("Hội xuống đồng bản Nà Mòn"));
    assert_eq!(entry.summary.as_deref(), Some("Hội xuống đồng là nét đẹp của người Thái ở vùng lòng chảo."));
    assert_eq!(entry.authors, ["Lò Thị Mai", "Tòng Văn Hùng"]);
    assert_eq!(entry.categories, ["Xã hội", "Văn hóa"]);
    assert_eq!(entry.language.as_deref(), Some("vi"));
    assert_eq!(entry.image_size, Some((1200, 630)));
    assert_eq!(entry.canonical.map(String::from).as_deref(), Some("https://bao.example/xa-hoi/hoi-Ab3dEf9hK.html"));
}

#[test]
fn title_is_the_heading_without_kicker_and_site() {
    let titled = |head: &str, heading: &str| {
        read(&format!("<title>{head}</title><meta property='og:site_name' content='Báo Mẫu'><h1>{heading}</h1>{TEXT}"))
            .title
    };
    assert_eq!(titled("Mưa lớn ở vùng cao | Báo Mẫu", "Mưa lớn ở vùng cao").as_deref(), Some("Mưa lớn ở vùng cao"));
    assert_eq!(titled("Mưa lớn ở vùng cao - Báo Mẫu", "Báo Mẫu").as_deref(), Some("Mưa lớn ở vùng cao"));
    assert_eq!(
        titled("Mưa lớn ở vùng cao - Báo Mẫu", "Thời tiết: Mưa lớn ở vùng cao").as_deref(),
        Some("Mưa lớn ở vùng cao")
    );
}

#[test]
fn byline_near_the_heading_is_an_author() {
    let main = format!("<p class=author>Lò Thị Mai</p>{TEXT}");
    assert_eq!(read(&page("", &main)).authors, ["Lò Thị Mai"]);
    assert!(read(&page("", TEXT)).authors.is_empty());
}

#[test]
fn stated_body_counts_where_the_page_shows_little() {
    let body = "Một câu dài của bài viết mà trang chỉ đưa trong dữ liệu. ".repeat(20);
    let head = format!(
        "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"Hội xuống đồng bản Nà Mòn\",\"articleBody\":\"{body}\"}}</script>"
    );
    assert!(
        text_of(&read(&page(&head, "<p>Đăng nhập để đọc tiếp bài viết này của báo.</p>"))).contains("trong dữ liệu")
    );
}

#[test]
fn only_an_article_declares_itself() {
    let article = r#"{"@type":"NewsArticle","headline":"x","datePublished":"2026-02-14"}"#;
    let says = |json: &str| declares_itself(&parsed(&format!("<script type='application/ld+json'>{json}</script>")));
    assert!(says(article));
    assert!(!says(&format!("[{article},{article}]")));
    assert!(!says(&format!("[{article},{{\"@type\":\"ItemList\"}}]")));
    let og = "<meta property='og:type' content=article>";
    assert!(!declares_itself(&parsed(og)));
    assert!(declares_itself(&parsed(&format!("{og}<meta property='article:published_time' content='2026-02-14'>"))));
    assert!(!declares_itself(&parsed(&page("", TEXT))));
}

#[test]
fn hostile_pages_end_in_an_error_or_without_text() {
    assert!(matches!(extract(&document(&"<div>".repeat(100_000))), Err(ExtractError::Gate(_))));
    assert!(matches!(extract(&document("")), Err(ExtractError::Empty)));
    assert!(matches!(extract(&document("<br>")), Err(ExtractError::NoArticle)));
    let many = format!("<title>Hội xuống đồng</title>{}{}", "<div>".repeat(250), "<b>x</b>".repeat(17_000));
    assert_eq!(read(&many).content, None);
}
