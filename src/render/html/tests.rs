use super::{Listed, index};
use crate::model::{Channel, Format, Item, PaperId, Precision};
use crate::render::fixture::{all, at, channel, item, nasty_items, rich_item, url};
use crate::render::{STYLE, render};
use crate::text::check_markup;

fn page(channel: &Channel, items: &[Item]) -> String {
    String::from_utf8(render(channel, items, Format::Html).body.to_vec()).expect("UTF-8")
}

fn front(feeds: &[Listed<'_>]) -> String {
    String::from_utf8(index(feeds, at(0)).body.to_vec()).expect("UTF-8")
}

#[test]
fn page_leads_to_its_feeds() {
    let text = page(&channel(), &[]);
    assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"vi\">"), "{}", &text[..60]);
    for format in [Format::Rss, Format::Atom, Format::Json] {
        let (url, media_type) = (channel().url(format), format.media_type());
        assert!(text.contains(&format!("<link rel=\"alternate\" type=\"{media_type}\" title=\"Xã hội - Báo Sơn La (")));
        assert_eq!(text.matches(&format!("href=\"{url}\"")).count(), 2, "in the head and for people");
    }
    assert!(text.contains("<title>Xã hội - Báo Sơn La</title>"));
    assert!(text.contains("Chưa có bài nào."));
}

#[test]
fn every_article_is_linked_at_the_address_of_the_feeds() {
    let mut odd = item(3, "Ba");
    odd.permalink = crate::model::Permalink::new(url("https://baosonla.vn/a|b.html?c=d&e=f")).expect("web");
    let text = page(&channel(), &[rich_item(1), item(2, "Hai"), odd]);
    assert!(text.contains("<a href=\"https://baosonla.vn/xa-hoi/bai-1.html\">Con đường mới về bản</a>"));
    assert!(text.contains("<a href=\"https://baosonla.vn/a%7Cb.html?c=d&#38;e=f\">Ba</a>"));
    assert_eq!(text.matches("<article").count(), 3);
}

#[test]
fn page_shows_what_is_known_of_an_article() {
    let text = page(&channel(), &[rich_item(1)]);
    assert!(text.contains("<article lang=\"en\">"));
    assert!(text.contains("src=\"https://media.baosonla.vn/a.jpg?w=8&#38;h=6\" alt=\"\" loading=\"lazy\""));
    assert!(text.contains("width=\"800\" height=\"600\""));
    assert!(text.contains("<time datetime=\"2026-02-14T08:29:00+07:00\">08:29</time>"));
    assert!(text.contains("<bdi>Lò Thị Mai, Hà &#34;Bắc&#34; &#60;Nam&#62;</bdi>"));
    assert!(text.contains("<a href=\"ban-doc.html\">Bạn đọc &#38; bạn viết</a>"));
    assert!(!text.contains("href=\"xa-hoi.html\""), "its own category needs no link");
    assert!(page(&all(), &[rich_item(1)]).contains("<a href=\"xa-hoi.html\">Xã hội</a>"));
}

#[test]
fn articles_stand_under_the_day_on_the_papers_clock() {
    let items = [item(0, "Sáng"), item(9 * 60, "Đêm qua")];
    let text = page(&channel(), &items);
    let place = |mark: &str| text.find(mark).expect("there");
    let order = ["<h2>Thứ Bảy, 14/02/2026</h2>", "Sáng", "<h2>Thứ Sáu, 13/02/2026</h2>", "Đêm qua"].map(place);
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn article_known_by_its_day_shows_no_time() {
    let mut dated = item(0, "Một");
    dated.published.precision = Precision::Day;
    let text = page(&channel(), &[dated]);
    assert!(text.contains("datetime=\"2026-02-14\"") && !text.contains("08:30"), "{text}");
}

#[test]
fn nasty_texts_stay_text() {
    let text = page(&channel(), &nasty_items());
    assert!(!text.contains("<script") && !text.contains("<b>") && !text.contains("<item>"));
    assert!(
        text.contains("Dòng &#60;b&#62;đậm&#60;/b&#62; và &#60;script&#62;alert(1)&#60;/script&#62; trong tiêu đề")
    );
    assert_eq!(text.matches("<article").count(), nasty_items().len());
    assert_eq!(check_markup(&text), Ok(()));
    let hostile =
        Channel { title: "\"><script>x</script>".to_owned(), language: "\"><script>".to_owned(), ..channel() };
    assert!(!page(&hostile, &[]).contains("<script"));
}

#[test]
fn pages_run_no_scripts_and_hold_the_hashed_style_sheet() {
    let all = all();
    let listed = [Listed { channel: &all, newest: &[] }];
    for text in [page(&channel(), &nasty_items()), front(&listed)] {
        assert!(!text.contains("<script") && !text.contains("javascript:") && !text.contains(" style=\""));
        assert!(!text.contains(" on"), "an event handler?");
        let start = text.find("<style>").expect("a style sheet") + "<style>".len();
        let end = text.find("</style>").expect("its end");
        assert_eq!(&text[start..end], STYLE);
    }
}

#[test]
fn page_in_another_language_speaks_english() {
    let english = Channel { language: "en-GB".to_owned(), category_title: Some("Society".to_owned()), ..channel() };
    let text = page(&english, &[item(0, "One")]);
    assert!(text.contains("<html lang=\"en-GB\">") && text.contains("<h2>Saturday, 14 February 2026</h2>"));
    assert!(text.contains("Skip to the content"));
}

#[test]
fn index_shows_every_feed_with_its_three_addresses() {
    let (all, one) = (all(), channel());
    let mut other = Channel { paper_title: "Báo <Khác>".to_owned(), ..all.clone() };
    other.id = crate::model::ChannelId::Paper(PaperId::new("bao-khac").expect("an id"));
    let newest: Vec<Item> = (0..9).map(|n| item(n, &format!("Bài số {n}"))).collect();
    let feeds = [(&all, &newest[..]), (&one, &newest[..]), (&other, &[])];
    let feeds = feeds.map(|(channel, newest)| Listed { channel, newest });
    let publication = index(&feeds, at(7));
    assert_eq!((publication.path.as_str(), publication.last_modified), ("index.html", at(7)));
    let text = String::from_utf8(publication.body.to_vec()).expect("UTF-8");
    for channel in [&all, &one, &other] {
        for format in [Format::Rss, Format::Atom, Format::Json] {
            let url = channel.url(format);
            assert!(
                text.contains(&format!("<code>{url}</code>")) && text.contains(&format!("href=\"{url}\"")),
                "{url}"
            );
        }
        assert!(text.contains(&format!("href=\"{}\"", channel.path(Format::Html))));
    }
    assert!(
        text.contains("Báo &#60;Khác&#62;") && text.contains("href=\"feeds.opml\"") && text.contains("Cách theo dõi")
    );
    assert_eq!(text.matches(">Bài số ").count(), 6, "headlines of the paper's channel of everything alone");
}

#[test]
fn index_without_feeds_is_a_page() {
    assert!(front(&[]).contains("No articles yet."));
}
