use super::*;
use crate::model::Document;
use chrono::DateTime;

fn document(address: &str, markup: &str) -> Document {
    let url = Url::parse(address).expect("valid");
    Document::local(url, Some("text/html".to_owned()), markup.as_bytes().to_vec(), DateTime::UNIX_EPOCH)
}

fn read(markup: &str) -> Site {
    site(&document("https://bao.example/", markup)).expect("a page")
}

fn shown(links: &[NamedLink]) -> Vec<(Option<&str>, &str)> {
    links.iter().map(|link| (link.title.as_deref(), link.url.as_str())).collect()
}

#[test]
fn feeds_of_the_head_are_told_from_comments_and_other_alternates() {
    let site = read(
        "<head><link rel='alternate' type='application/rss+xml; charset=utf-8' title='Tin mới' href='/rss/home.rss'>
         <link rel='alternate' type='application/rss+xml' href='/comments/feed/'>
         <link rel='alternate' hreflang='en' href='/en/'><link rel=alternate type='application/feed+json' href='/f.json'>
         <link rel='alternate' type='application/rss+xml' href='/rss/home.rss'><link rel=sitemap href='/sm.xml'></head>",
    );
    assert_eq!(
        shown(&site.feeds),
        [(Some("Tin mới"), "https://bao.example/rss/home.rss"), (None, "https://bao.example/f.json")]
    );
    assert_eq!(site.sitemaps[0].as_str(), "https://bao.example/sm.xml");
}

#[test]
fn a_link_called_rss_leads_to_feeds_and_a_page_of_feeds_names_them() {
    let front =
        read("<body><footer><a href='/rss.html'><img alt='RSS'></a><a href='/tro-giup.html'>Trợ giúp</a></footer>");
    assert_eq!(shown(&front.feed_pages), [(None, "https://bao.example/rss.html")]);
    let list = site(&document(
        "https://bao.example/rss.html",
        "<ul><li>Xã hội <a href='/rss/xa-hoi.rss'>RSS</a></li><li><a href='/rss/kinh-te.rss'>Kinh tế</a></li>
         <li><a href='/the-thao.html'>Thể thao</a></li><li><a href='https://khac.example/a.rss'>Khác</a></li></ul>",
    ));
    assert_eq!(
        shown(&list.expect("a page").linked_feeds),
        [
            (Some("Xã hội"), "https://bao.example/rss/xa-hoi.rss"),
            (Some("Kinh tế"), "https://bao.example/rss/kinh-te.rss")
        ]
    );
}

#[test]
fn the_menu_names_sections_and_neither_articles_nor_services() {
    let site = read(
        "<header><nav><a href='/'>Trang chủ</a><a href='/xa-hoi.html'>Xã hội</a><a href='/phap-luat.html'>Pháp luật</a>
         <a href='/danh-muc/van-hoa/'>Văn hóa</a><a href='/dang-nhap.html'>Đăng nhập</a><a href='/lien-he'>Liên hệ</a>
         <a href='/tag/lu-quet'>Lũ quét</a><a href='https://www.facebook.com/bao'>Facebook</a>
         <a href='/xa-hoi/cho-phien-vung-cao-ngay-tet-51YnYvXDR.html'>Chợ phiên vùng cao</a>
         <a href='/xa-hoi.html'>Xã hội</a></nav></header>
         <main><a href='/the-thao.html'>Thể thao</a></main>
         <footer><a href='/rss.html'>RSS</a><a href='/quoc-te.html'>Quốc tế</a></footer>",
    );
    let titles: Vec<&str> = site.menu.iter().filter_map(|link| link.title.as_deref()).collect();
    assert_eq!(titles, ["Xã hội", "Pháp luật", "Văn hóa"]);
}

#[test]
fn a_row_of_labels_is_a_menu_where_nothing_is_marked_as_one() {
    let labels = ["Xã hội", "Kinh tế", "Văn hóa", "Pháp luật", "Du lịch"];
    let row: String =
        labels.iter().enumerate().map(|(n, label)| format!("<li><a href='/m{n}.html'>{label}</a></li>")).collect();
    let site = read(&format!("<body><ul class='cate-24h'>{row}</ul><p><a href='/x.html'>Đọc báo</a></p>"));
    assert_eq!(site.menu.len(), labels.len());
}

#[test]
fn the_paper_is_named_by_its_own_word_else_by_a_part_of_the_title() {
    let stated = read("<meta property='og:site_name' content='Báo Mẫu'><title>Trang nhất | Báo Mẫu điện tử</title>");
    assert_eq!((stated.title.as_deref(), stated.title_is_stated), (Some("Báo Mẫu"), true));
    let front = read("<title>Báo Mẫu - Tin nhanh mỗi ngày</title>");
    assert_eq!((front.title.as_deref(), front.title_is_stated), (Some("Báo Mẫu"), false));
    let section = site(&document("https://bao.example/xa-hoi.html", "<title>Xã hội - Đời sống | Báo Mẫu</title>"));
    assert_eq!(section.expect("a page").title.as_deref(), Some("Báo Mẫu"));
}
