//! The title among its witnesses, and the authors.

use super::*;

fn titled(head: &str, body: &str) -> Option<String> {
    read(&format!("{head}{body}{TEXT}")).title
}

#[test]
fn the_heading_speaks_where_the_window_alone_differs() {
    let head = "<title>Báo Mẫu: tin tức Sơn La</title>";
    assert_eq!(titled(head, "<h1>Mưa lớn ở vùng cao</h1>").as_deref(), Some("Mưa lớn ở vùng cao"));
    let stated = format!("{head}<meta property='og:title' content='Mưa lớn gây sạt lở'>");
    assert_eq!(titled(&stated, "<h1>Tin nóng</h1>").as_deref(), Some("Mưa lớn gây sạt lở"));
}

#[test]
fn the_sign_of_the_site_is_no_title() {
    let head = "<title>Mưa lớn ở vùng cao - Báo Mẫu ngày nay</title>";
    let body = "<h1>Báo Mẫu ngày nay</h1><h1>Mưa lớn ở vùng cao</h1>";
    assert_eq!(titled(head, body).as_deref(), Some("Mưa lớn ở vùng cao"));
    assert_eq!(titled("<title>Mưa lớn ở vùng cao - bao.example</title>", "").as_deref(), Some("Mưa lớn ở vùng cao"));
}

#[test]
fn two_statements_know_kicker_and_subtitle() {
    let head = |title: &str| {
        format!(
            "<meta property='og:title' content='{title}'>
            <script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"{title}\"}}</script>"
        )
    };
    let kicker = "Thời tiết: Mưa lớn ở vùng cao";
    assert_eq!(titled(&head(kicker), "<h1>Mưa lớn ở vùng cao</h1>").as_deref(), Some(kicker));
    let shown = "<h1>Mưa lớn ở vùng cao <small>Nhiều bản bị chia cắt</small></h1>";
    assert_eq!(titled(&head("Mưa lớn ở vùng cao"), shown).as_deref(), Some("Mưa lớn ở vùng cao"));
}

#[test]
fn the_paper_signs_where_nobody_else_does() {
    let head = "<meta property='og:site_name' content='Báo Mẫu'><meta name=author content='Báo Mẫu'>";
    assert_eq!(read(&page(head, TEXT)).authors, ["Báo Mẫu"]);
    assert_eq!(read(&page(head, &format!("<p class=author>Lò Thị Mai</p>{TEXT}"))).authors, ["Lò Thị Mai"]);
}
