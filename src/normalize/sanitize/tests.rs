use super::*;
use proptest::prelude::*;

fn clean(markup: &str) -> String {
    let base = Url::parse("https://bao.example/xa-hoi/bai.html").expect("an address");
    let safe = sanitize(markup, Some(&base)).as_str().to_owned();
    assert_eq!(sanitize(&safe, Some(&base)).as_str(), safe, "not settled: {markup}");
    safe
}

#[test]
fn ordinary_markup_stays() {
    let markup =
        "<p>Mưa <b>lớn</b> ở <em>Sơn La</em></p><ul><li>một</li></ul><table><tbody><tr><td>1</td></tr></tbody></table>";
    assert_eq!(clean(markup), markup);
    assert_eq!(clean("a & b < c"), "a &amp; b &lt; c");
}

#[test]
fn nothing_that_acts_survives() {
    for payload in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='&#106;ava\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src=//evil.example></iframe>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<form action=/x><input type=text autofocus onfocus=alert(1)><button>x</button></form>",
        "<p style='position:fixed' class=x id=y onclick=alert(1)>x</p>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><script>alert(1)</script></template>",
        "<base href='https://evil.example/'><meta http-equiv=refresh content='0;url=javascript:x'>",
        "<object data=x><param name=y></object><embed src=x>",
        "<textarea><script>alert(1)</script></textarea>",
        "<p title='</p><img src=x onerror=alert(1)>'>x</p>",
        "<!-- --><img src=x onerror=alert(1)> -->",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
    ] {
        let cleaned = clean(payload);
        for forbidden in
            ["script", "onerror=\"", "javascript:", "data:", "<svg", "<math", "<form", "<input", "style=", "<iframe"]
        {
            let allowed_text = cleaned.replace("ipt&gt;", "").replace("&lt;", "");
            let tags: String = allowed_text.split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect();
            assert!(!tags.contains(forbidden), "{forbidden} in {cleaned} of {payload}");
        }
    }
}

#[test]
fn addresses_become_absolute() {
    assert_eq!(
        clean("<a href=khac.html>x</a><a href='mailto:a@b.vn'>y</a>"),
        "<a href=\"https://bao.example/xa-hoi/khac.html\" rel=\"noopener nofollow\">x</a>\
         <a href=\"mailto:a@b.vn\" rel=\"noopener nofollow\">y</a>"
    );
    assert_eq!(sanitize("<a href=khac.html>x</a>", None).as_str(), "<a rel=\"noopener nofollow\">x</a>");
}

#[test]
fn lazy_pictures_are_real_ones() {
    for markup in [
        "<img src='data:image/gif;base64,R0lGOD' data-src='/anh.jpg' alt='Ảnh'>",
        "<img data-original='/anh.jpg' src='/blank.gif' alt='Ảnh'>",
        "<img srcset='/nho.jpg 300w, /anh.jpg 900w' alt='Ảnh'>",
        "<img data-src='/anh.jpg' alt='Ảnh'><noscript><img src='/anh.jpg' alt='Ảnh'></noscript>",
    ] {
        assert_eq!(clean(markup), "<img src=\"https://bao.example/anh.jpg\" alt=\"Ảnh\">", "{markup}");
    }
}

#[test]
fn pixels_and_placeholders_go() {
    assert_eq!(clean("<p>a<img src='https://t.example/p.gif' width=1 height=1></p>"), "<p>a</p>");
    assert_eq!(clean("a<img src='data:image/gif;base64,R0lGOD'>"), "a");
}

#[test]
fn raw_text_does_not_swallow_the_rest() {
    for markup in ["a<iframe src=x/> b", "a<iframe src=x> b", "a<iframe src=x></iframe> b", "a<script src=x /> b"] {
        assert_eq!(clean(markup), "a b", "{markup}");
    }
}

#[test]
fn unwrapped_markup_settles() {
    assert_eq!(clean("<p>a<marquee><p>b</p></marquee></p>"), clean(&clean("<p>a<marquee><p>b</p></marquee></p>")));
}

#[test]
fn letters_are_composed_and_never_join_a_tag() {
    assert_eq!(clean("<b>ho\u{302}\u{323}i</b>"), "<b>hội</b>");
    assert_eq!(clean("<b>&#824;x</b>"), "<b>\u{338}x</b>");
}

#[test]
fn invisible_characters_go() {
    assert_eq!(clean("\u{feff}a\u{8}b&#8;c<b title='d&#1;e'>f</b>"), "abc<b title=\"de\">f</b>");
}

#[test]
fn refused_markup_becomes_text() {
    let deep = format!("{}a &lt; b<script>x</script>", "<div>".repeat(1000));
    let cleaned = clean(&deep);
    assert!(cleaned.starts_with("<p>") && cleaned.contains("a &amp;lt; b"), "{cleaned}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sanitizing_twice_changes_nothing(parts in prop::collection::vec(part(), 0..40)) {
        clean(&parts.concat());
    }

    #[test]
    fn simple_markup_is_cleaned_as_the_sanitizer_would(parts in prop::collection::vec(simple_part(), 0..16)) {
        let base = Url::parse("https://bao.example/xa-hoi/bai.html").expect("an address");
        let markup = parts.concat();
        for base in [Some(&base), None] {
            if let Some(cleaned) = simple(&markup, base) {
                assert_eq!(Some(cleaned), settled(&markup, base), "{markup}");
            }
        }
    }

    #[test]
    fn any_text_is_settled(text in ".{0,200}") {
        clean(&text);
    }
}

/// Whole elements one within another, as feeds write them, and some that a parser would move.
fn simple_part() -> impl Strategy<Value = String> {
    const INSIDE: &[&str] = &[
        "chữ",
        " a &amp; b ",
        "&nbsp;",
        "&lt;p&gt;",
        "\u{a0}\n",
        "\u{338}",
        "\u{feff}",
        "\"'",
        "<br>",
        "<br />",
        "<img src=\"/anh.jpg?a=1&b=2\" width=\"480px\" alt=\"Ảnh &quot;1&quot;\">",
        "<img src=\"/anh.jpg\" width=\"1\" height=\"1\"/>",
        "<img alt='x' data-src=\"b.jpg\" src=\"/blank.gif\">",
        "<img class=\"x\" title=\"y\" width=\"no\" alt=\"z\">",
        "<img src=\"data:image/gif;base64,R0\">",
        "<img src=\"http://[\">",
    ];
    const TAGS: &[&str] = &[
        "p",
        "b",
        "i",
        "em",
        "strong",
        "u",
        "s",
        "small",
        "span",
        "sub",
        "div",
        "ul",
        "ol",
        "li",
        "h2",
        "blockquote",
        "figure",
        "figcaption",
        "p class=\"x\" dir=\"rtl\" lang='vi'",
        "a href=\"/x\" target=\"_blank\" rel=\"y\"",
        "a href=\" javascript:x\"",
        "a title=\"t &amp; u\" href='mailto:a@b.vn'",
        "a href=\"\" dir=\"up\"",
        "blockquote cite=\"https://x.vn/\"",
        "blockquote cite=\"/x\"",
        "li value=\"3\"",
        "ol start=\"2\" reversed=\"\"",
    ];
    let leaf = prop::sample::select(INSIDE).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        (prop::sample::select(TAGS), prop::collection::vec(inner, 0..4)).prop_map(|(tag, inside)| {
            let name = tag.split(' ').next().unwrap_or_default();
            format!("<{tag}>{}</{name}>", inside.concat())
        })
    })
}

/// Pieces that markup is made of, in any order.
fn part() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<a href=/x>",
        "</a>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<title>",
        "</title>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "</template>",
        "<select>",
        "<option>",
        "</select>",
        "<form>",
        "<object>",
        "</object>",
        "<marquee>",
        "<ul>",
        "<li>",
        "<dl>",
        "<dd>",
        "<pre>\n",
        "</pre>",
        "<textarea>",
        "</textarea>",
        "<img src=a.jpg>",
        "<img data-src=b>",
        "<br>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&lt;",
        "&amp;",
        "&nbsp;",
        "&#824;",
        "\u{338}",
        "\"",
        "'",
        "<",
        ">",
        "=",
        " ",
        "<q cite=\"",
        "<i title='",
        "<plaintext>",
        "<xmp>",
        "<iframe>",
        "<h1>",
        "<ruby>",
        "<rt>",
        "<font color=red>",
        "<nobr>",
        "chữ",
        "x\u{0}",
        "\r\n",
        "<mglyph>",
        "<desc>",
        "<foreignobject>",
        "<annotation-xml encoding='text/html'>",
        "<button>",
    ];
    prop_oneof![3 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => "[a-z ]{0,6}"]
}
