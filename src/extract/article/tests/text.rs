//! What stays of the text, and what does not.

use super::*;

/// The text of a page whose main part is this.
fn text(main: &str) -> String {
    text_of(&read(&page("", main)))
}

fn lacks(main: &str, gone: &[&str]) {
    let text = text(main);
    assert!(text.contains("mở hội xuống đồng") && text.contains("cùng một trà"), "{text}");
    for gone in gone {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
}

#[test]
fn title_stamp_and_reading_time_above_the_text_go() {
    lacks(
        &format!(
            "<div><h2>Xã hội: Hội xuống đồng bản Nà Mòn</h2><p>Cập nhật lúc 08:30 | Đăng 07:15</p><p>4 phút đọc</p>
            <time datetime='2026-02-14'>Thứ bảy</time>{TEXT}</div>"
        ),
        &["Xã hội:", "08:30", "phút đọc", "Thứ bảy"],
    );
}

#[test]
fn dated_lists_in_the_text_stay() {
    let first = "<p>Hội xuống đồng năm nay kéo dài ba ngày, với nhiều hoạt động của bà con các bản trong xã và khách từ nơi xa về dự hội đông vui.</p>";
    let list = "<ul><li>Lễ cúng ruộng ngày 14/2/2026</li><li>Ném còn ngày 15/2/2026</li></ul>";
    assert!(text(&format!("<div>{first}{list}{TEXT}</div>")).contains("Lễ cúng ruộng ngày"));
}

#[test]
fn invitations_and_the_author_below_the_text_go() {
    let main = format!(
        "<p class=author>Lò Thị Mai</p><div>{TEXT}
        <p>Lò Thị Mai là phóng viên của Báo Mẫu ở vùng cao, viết về đời sống của bà con.</p>
        <p>Mời bạn đọc theo dõi Báo Mẫu trên <a href=https://zalo.example/bao>Zalo</a> để nhận tin mới mỗi ngày.</p>
        <p>Bình luận của bạn sẽ được duyệt trước khi đăng.</p><p>Mọi ý kiến xin gửi về toasoan@bao.example</p></div>"
    );
    lacks(&main, &["phóng viên của Báo Mẫu", "Zalo", "được duyệt", "toasoan"]);
}

#[test]
fn a_last_sentence_about_a_channel_stays() {
    let last = "<p>Từ nay bà con có thể đăng ký cấp giống qua Zalo của xã, không phải lên trụ sở.</p>";
    assert!(text(&format!("<div>{TEXT}{last}</div>")).contains("không phải lên trụ sở"));
    let notice = "<p>Độc giả đăng ký nhận bản tin (newsletter) của Báo Mẫu tại trụ sở của báo trong giờ làm việc.</p>";
    assert!(text(notice).contains("nhận bản tin"));
}

#[test]
fn a_line_in_three_places_is_a_label() {
    let label = "<p>Đăng ký để bình chọn</p>";
    lacks(&format!("<div>{label}{TEXT}{label}{label}</div>"), &["bình chọn"]);
    let speaker = "<p>Phóng viên:</p>";
    assert!(
        text(&format!("<div>{speaker}{TEXT}{speaker}{speaker}<p>Hội có từ bao giờ?</p></div>")).contains("Phóng viên")
    );
    let cells = "<table><tr><td><p>Không đạt</p></td><td><p>Không đạt</p></td><td><p>Không đạt</p></td></tr></table>";
    assert!(text(&format!("<div>{TEXT}{cells}{TEXT}</div>")).contains("Không đạt"));
}

#[test]
fn a_linked_article_within_the_article_goes() {
    let other = "<article><h3><a href=/khac.html>Chợ phiên vùng cao</a></h3><p>Chợ phiên cuối năm đông người mua bán.</p></article>";
    lacks(&format!("<article><div>{TEXT}{other}</div></article>"), &["Chợ phiên cuối năm"]);
    let covered = "<article><a href=/khac.html></a><h3>Chợ phiên vùng cao</h3><p>Chợ phiên cuối năm đông người mua bán.</p></article>";
    lacks(&format!("<article><div>{TEXT}{covered}</div></article>"), &["Chợ phiên cuối năm"]);
}

#[test]
fn captions_lose_their_agency_and_nothing_else() {
    let figure = |caption: &str| format!("<figure><img src=/1.jpg><figcaption>{caption}</figcaption></figure>");
    let of = |caption: &str| text(&format!("<div>{TEXT}{}{TEXT}</div>", figure(caption)));
    for caption in ["Bà con dựng nêu ở bản <span>TTXVN</span>", "Bà con dựng nêu ở bản (Ảnh: TTXVN)"]
    {
        let text = of(caption);
        assert!(text.contains("dựng nêu ở bản") && !text.contains("TTXVN"), "{text}");
    }
    assert!(!of("Bà con dựng nêu ở bản. / <span>Reuters</span>").contains("nêu ở bản. /"));
    assert!(!of("Bà con dựng nêu ở bản. /AP").contains("/AP"));
    assert!(of("Phóng viên TTXVN đến thăm bản.").contains("TTXVN"));
    assert!(of("Giá 5.000 đồng/kg").contains("đồng/kg"));
    lacks(&format!("<div>{TEXT}<p>Lò Minh/Getty Images</p>{TEXT}</div>"), &["Getty"]);
}

#[test]
fn a_film_beside_the_text_goes_and_a_time_of_a_race_stays() {
    lacks(&format!("<div>{TEXT}<p>Hội xuống đồng qua ống kính. 14/02/2026 | 3:18 min</p></div>"), &["ống kính"]);
    let race = "<p>Ở nội dung 800 mét, vận động viên của bản về nhất với thành tích 2:18 min</p>";
    assert!(text(&format!("<div>{TEXT}{race}</div>")).contains("800 mét"));
}

#[test]
fn a_heading_stays_whatever_its_class() {
    let main = format!(
        "<div>{TEXT}<h3 class='scroll-mt-4'>Phần hội kéo dài đến chiều</h3>{}</div>",
        TEXT.replace("hội", "lễ")
    );
    assert!(text(&main).contains("Phần hội kéo dài"));
}

#[test]
fn what_is_said_of_links_aloud_goes() {
    let link = "<p>Theo <a href=/nguon.html>số liệu của xã<span class=x>(mở trong cửa sổ mới)</span></a>, hội có hai trăm người dự và ba bản cùng góp.</p>";
    lacks(&format!("<div>{TEXT}{link}</div>"), &["cửa sổ mới"]);
}
