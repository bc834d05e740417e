use super::*;
use crate::config::{Config, Environment, load_text};

/// Two papers, of which the second has all its categories by its sections.
const PAPERS: &str = r#"
[[paper]]
id = "bao"
title = "Báo"
home = "https://a.vn/"
[[paper.section]]
url = "https://a.vn/"
[[paper]]
id = "khac"
title = "Báo Khác"
home = "https://b.vn/"
[[paper.section]]
title = "Xã hội"
url = "https://b.vn/xa-hoi.html"
[[paper.section]]
title = "Thời tiết"
url = "https://b.vn/thoi-tiet.html"
was = ["ban-tin"]
"#;

const NAMED: &str = "[[channel]]\nid = \"nd\"\ntitle = \"Nông dân\"\n";

fn load(channel: &str) -> Result<Config, String> {
    let text = format!("contact = \"a@b.vn\"\n{PAPERS}{channel}");
    load_text("bantin.toml", &text, &Environment::default()).map_err(|error| error.to_string())
}

fn channel_of(keys: &str) -> ChannelSettings {
    load(&format!("{NAMED}{keys}")).expect(keys).channels.remove(0)
}

fn places_of(keys: &str) -> Vec<String> {
    let shown = |place: &Place| {
        let slug = place.category.as_ref().map_or("*", |slug| slug.as_str());
        format!("{}/{slug}", place.paper)
    };
    channel_of(keys).selection.places.iter().map(shown).collect()
}

#[test]
fn channel_without_more_keys_has_everything() {
    let channel = channel_of("");
    assert_eq!((channel.name.as_str(), channel.title.as_str(), channel.selection.limit), ("nd", "Nông dân", 50));
    assert_eq!(channel.selection.only, Only::default());
    assert_eq!(places_of(""), ["bao/*", "khac/*"]);
    let publishing = load(NAMED).expect("good").publishing();
    assert_eq!(publishing.channels, [channel]);
}

#[test]
fn categories_are_those_of_the_papers_that_may_have_them() {
    assert_eq!(places_of("papers = [\"khac\"]"), ["khac/*"]);
    assert_eq!(places_of("categories = [\"xa-hoi\"]"), ["bao/xa-hoi", "khac/xa-hoi"]);
    assert_eq!(places_of("categories = [\"the-thao\", \"the-thao\"]"), ["bao/the-thao"], "labels may name it");
    let two = "papers = [\"khac\"]\ncategories = [\"thoi-tiet\", \"xa-hoi\"]";
    assert_eq!(places_of(two), ["khac/thoi-tiet", "khac/xa-hoi"]);
}

#[test]
fn words_are_folded_and_syntax_is_not() {
    let channel =
        channel_of("words = [\"Hội Nông dân\", 'Giá (Vàng|XĂNG)', 'bão số \\D?\\d+', 'Covid-19']\nnewest-only = true");
    let shown: Vec<_> = channel.selection.only.words.iter().map(WordPattern::as_str).collect();
    assert_eq!(shown, ["hoi nong dan", "gia (vang|xang)", "bao so \\D?\\d+", "covid 19"]);
    assert!(channel.selection.only.newest && !channel.selection.only.series);
    assert!(channel_of("series = true").selection.only.series);
    for (written, folded) in [(r"\p{Lu}Đ", r"\p{Lu}d"), (r"a\\Đ", r"a\\d"), (r"\bĐ\B", r"\bd\B"), (r"Đ\", r"d\")] {
        assert_eq!(folded_syntax(written), folded);
    }
}

#[test]
fn mistakes_are_told_by_their_places() {
    let twice = format!("{NAMED}{NAMED}");
    let long = format!("words = [\"{}\"]", "a".repeat(300));
    let places: String = (0..201).map(|number| format!("\"muc-{number}\", ")).collect();
    let places = format!("categories = [{places}]");
    let many = format!("words = [{}]", "\"a b\", ".repeat(51));
    for (keys, told) in [
        ("[[channel]]\ntitle = \"x\"\n", "[[channel]] has no `id`"),
        ("[[channel]]\nid = \"x\"\n", "[[channel]] has no `title`"),
        ("[[channel]]\nid = \"Thời tiết\"\ntitle = \"x\"\n", "write it like \"thoi-tiet\""),
        (&twice, "two channels have the id `nd`"),
        ("papers = []", "`papers` of a channel is empty"),
        ("categories = []", "`categories` of a channel is empty"),
        ("words = []", "`words` of a channel is empty"),
        ("papers = [\"kha\"]", "did you mean \"khac\"?"),
        ("papers = [\"khac\"]\ncategories = [\"xa-hoii\"]", "did you mean \"xa-hoi\"?"),
        ("papers = [\"khac\"]\ncategories = [\"ban-tin\"]", "it is called \"thoi-tiet\" now"),
        ("categories = [\"Xã hội\"]", "is no category's slug"),
        ("categories = [\"all\"]", "is no category's slug"),
        ("words = [\"(\"]", "is no regular expression"),
        ("words = [\"mưa\", \".*\"]", "is found in everything"),
        ("words = [\"...\"]\nword = 1", "did you mean `words`?"),
        ("words = [\"«»\"]", "is found in everything"),
        ("words = [\"((a{1,99}){1,99}){1,99}\"]", "is too large"),
        (&long, "is too large"),
        (&places, "more than 200 categories"),
        (&many, "more than 50 `words`"),
        ("item-limit = 0", "`item-limit` is out of range"),
        ("newest-only = 1", "`newest-only` must be `true` or `false`"),
        ("limit = 5", "unknown key `limit`"),
    ] {
        let text = if keys.starts_with("[[") { keys.to_owned() } else { format!("{NAMED}{keys}") };
        let refusal = load(&text).expect_err(keys);
        assert!(refusal.contains(told) && refusal.contains("bantin.toml:"), "{keys}: {refusal}");
    }
    let taken = load(&PAPERS.replace("\"khac\"", "\"channel\"")).expect_err("reserved");
    assert!(taken.contains("is an address of the server's own") && taken.contains("bantin.toml:"), "{taken}");
}
