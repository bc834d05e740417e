//! The linter against what we write, against planted faults, and against the W3C validator's own cases.

use super::lint;
use crate::model::{Format, Publication, Tombstone};
use crate::render::fixture::{all, at, channel, item, nasty_items, page, rich_item};
use crate::render::{opml, render, render_all};
use std::path::PathBuf;

fn rules_of(publication: &Publication) -> Vec<&'static str> {
    lint(publication).into_iter().map(|finding| finding.rule).collect()
}

/// The rules that are found after a text of the document was replaced by another one.
fn rules_after(format: Format, from: &str, to: &str) -> Vec<&'static str> {
    let full = crate::model::Channel { full_content: true, ..channel() };
    let mut publication = render(&full, &[rich_item(1), item(2, "Hai")], format);
    let text = String::from_utf8(publication.body.to_vec()).expect("UTF-8");
    assert!(text.contains(from), "{from} is not in {text}");
    publication.body = text.replacen(from, to, 1).into_bytes().into();
    rules_of(&publication)
}

#[test]
fn what_we_write_has_no_finding() {
    let mut items = nasty_items();
    items.push(rich_item(20));
    for full_content in [false, true] {
        let channel = crate::model::Channel { full_content, ..channel() };
        for format in Format::ALL {
            for items in [&items[..], &[]] {
                assert_eq!(lint(&render(&channel, items, format)), [], "{format:?}");
            }
        }
    }
    let search = crate::model::Channel { query: Some("q=a.b%26c&paper=bao".to_owned()), ..channel() };
    for format in [Format::Rss, Format::Atom, Format::Json] {
        let mut publication = render(&search, &items, format);
        assert_eq!(lint(&publication), [], "{}", publication.path);
        publication.body = vec![].into();
        assert_eq!(rules_of(&publication), ["SAXError"], "{}", publication.path);
    }
    let gone = [Tombstone { guid: "tag:bao.example,2026:bao/gone".to_owned(), at: at(60) }];
    assert!(render_all(&channel(), &items, &gone).iter().all(|publication| lint(publication).is_empty()));
    assert_eq!(lint(&opml(&[all(), channel()], "Tin & <b>", at(0))), []);
    assert_eq!(lint(&opml(&[], "", at(0))), []);
}

#[test]
fn page_of_the_archives_names_the_current_feed() {
    let old = crate::model::Channel { page: Some(page("2026-01", 1)), ..channel() };
    for format in [Format::Rss, Format::Atom] {
        let mut publication = render(&old, &[rich_item(1)], format);
        assert_eq!(lint(&publication), []);
        let text = String::from_utf8(publication.body.to_vec()).expect("UTF-8");
        publication.body = text.replace("rel=\"current\"", "rel=\"via\"").into_bytes().into();
        assert_eq!(rules_of(&publication), ["MissingCurrentInArchive"]);
    }
}

#[test]
fn faults_of_rss_are_named() {
    let date = "Sat, 14 Feb 2026 08:29:00 +0700";
    for (from, to, rule) in [
        (date, "Fri, 14 Feb 2026 08:29:00 +0700", "InvalidRFC2822Date"),
        (date, "14/02/2026", "InvalidRFC2822Date"),
        ("rel=\"self\"", "rel=\"me\"", "MissingAtomSelfLink"),
        ("bao-son-la/xa-hoi.rss\"", "bao-son-la/all.rss\"", "SelfDoesntMatchLocation"),
        ("<language>vi", "<language>tiếng", "InvalidLanguage"),
        ("<ttl>15", "<ttl>0", "InvalidPositiveInteger"),
        ("</language>", "</language><language>vi</language>", "DuplicateElement"),
        (" length=\"1234\"", "", "MissingAttribute"),
        ("length=\"1234\"", "length=\"-1\"", "InvalidIntegerAttribute"),
        ("bao-son-la/2</guid>", "bao-son-la/1</guid>", "DuplicateValue"),
        ("isPermaLink=\"false\"", "isPermaLink=\"true\"", "InvalidHttpGUID"),
        ("<b>thông xe</b>", "<script>thông xe</script>", "SecurityRisk"),
        ("<b>thông xe</b>", "<a href=\"/x\">thông xe</a>", "ContainsRelRef"),
        ("<b>thông xe</b>", "<b onclick=\"x\">thông xe</b>", "SecurityRiskAttr"),
        ("</title>", "</titel>", "SAXError"),
        ("<title>", "<title>&nbsp;", "SAXError"),
        ("<title>", "<title>\u{1b}", "BadCharacters"),
        ("<title>Xã hội - Báo Sơn La</title>", "<title> </title>", "NotBlank"),
        ("<title>Xã hội - Báo Sơn La</title>", "", "MissingTitle"),
        ("https://baosonla.vn/xa-hoi.html</link>", "/xa-hoi.html</link>", "InvalidLink"),
    ] {
        assert!(rules_after(Format::Rss, from, to).contains(&rule), "{rule}");
    }
}

#[test]
fn faults_of_atom_are_named() {
    let date = "2026-02-14T08:29:00+07:00";
    for (from, to, rule) in [
        (date, "2026-02-30T08:29:00+07:00", "InvalidRFC3339Date"),
        (date, "2026-02-14 08:29:00+07:00", "InvalidRFC3339Date"),
        ("rel=\"self\"", "rel=\"me\"", "MissingSelf"),
        ("http://www.w3.org/2005/Atom", "http://www.w3.org/2005/atom", "InvalidNamespace"),
        ("rel=\"related\"", "rel=\"alternate\"", "DuplicateAtomLink"),
        ("bao-son-la/2</id>", "bao-son-la/1</id>", "DuplicateEntries"),
        ("</feed>", "", "SAXError"),
    ] {
        assert!(rules_after(Format::Atom, from, to).contains(&rule), "{rule}");
    }
}

#[test]
fn faults_of_json_feed_and_pages_are_named() {
    for (from, to, rule) in [
        ("version/1.1", "version/9", "ValidVersion"),
        ("\"feed_url\"", "\"feed\"", "MissingSelf"),
        ("+07:00\"", "\"", "InvalidRFC3339Date"),
        ("bao-son-la/2\"", "bao-son-la/1\"", "DuplicateEntries"),
        ("content_html", "content_htm", "MissingContent"),
        ("}", "", "SAXError"),
    ] {
        assert!(rules_after(Format::Json, from, to).contains(&rule), "{rule}");
    }
    for (from, to, rule) in [
        ("</html>", "", "NotHtml"),
        ("<main", "<script></script><main", "SecurityRisk"),
        ("<title>", "", "MissingTitle"),
    ] {
        assert!(rules_after(Format::Html, from, to).contains(&rule), "{rule}");
    }
}

#[test]
fn a_document_that_is_no_text_is_found() {
    let mut publication = render(&channel(), &[], Format::Rss);
    publication.body = vec![0xff, 0xfe].into();
    assert_eq!(rules_of(&publication), ["UnicodeError"]);
    publication.body = vec![].into();
    assert_eq!(rules_of(&publication), ["SAXError"]);
}

/// The rules that we claim, by the validator's names in its cases; each with our name where that is another one.
const CLAIMED: &[(&str, &str)] = &[
    ("InvalidRFC3339Date", "InvalidRFC3339Date"),
    ("DuplicateAtomLink", "DuplicateAtomLink"),
    ("InvalidNamespace", "InvalidNamespace"),
    ("MissingSelf", "MissingSelf"),
    ("SAXError", "SAXError"),
];

#[test]
fn cases_of_the_w3c_validator_are_judged_alike() {
    let folder = std::env::var_os("BANTIN_CORPUS").map_or_else(|| PathBuf::from("../shared/corpus"), PathBuf::from);
    let folder = folder.join("feedvalidator-cases");
    let Ok(list) = std::fs::read(folder.join("cases.json")) else {
        eprintln!("the corpus is not at {}: nothing was measured", folder.display());
        return;
    };
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&list).expect("cases");
    let (mut judged, mut wrong) = (0, Vec::new());
    for case in &cases {
        let (file, message) = (case["file"].as_str().expect("a file"), case["message"].as_str().unwrap_or_default());
        let negated = case["negated"].as_bool().unwrap_or_default();
        // extensions that we never write
        if file.starts_with("ext/") {
            continue;
        }
        let Ok(bytes) = std::fs::read(folder.join(file)) else { continue };
        let start = String::from_utf8_lossy(&bytes);
        let ending = match (start.contains("<rss"), start.contains("<feed")) {
            (true, _) => "rss",
            (_, true) => "atom",
            _ => continue,
        };
        let Some((_, rule)) = CLAIMED.iter().find(|(name, _)| *name == message) else { continue };
        let publication =
            Publication { path: format!("a/b.{ending}"), body: bytes.into(), ..render(&all(), &[], Format::Rss) };
        judged += 1;
        let has = rules_of(&publication).contains(rule);
        if has == negated {
            wrong.push(format!("{file}: {message}, negated {negated}: {:?}", rules_of(&publication)));
        }
    }
    println!("{judged} cases of the W3C validator, {} judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(judged > 0 && wrong.len() * 20 <= judged, "{} of {judged}", wrong.len());
}
