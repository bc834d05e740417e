//! The real `bantin check` and `bantin opml`: exit codes, and what stands on which stream.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const GOOD: &str = r#"contact = "https://feeds.example.vn/about"
base-url = "https://feeds.example.vn/"

[fetch]
allow-networks = ["127.1.0.0/16"]
min-interval = "1s"
per-host-delay = "0s"

[[paper]]
id = "bao"
title = "Báo"
home = "http://127.1.0.1:4000/"

[[paper.section]]
title = "Xã hội"
url = "http://127.1.0.1:4000/rss/xa-hoi.rss"
every = "1s"
"#;

fn bantin(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
    command.args(arguments).env_remove("BANTIN_CONFIG").stdin(Stdio::null());
    command
}

fn check(file: &Path) -> Output {
    bantin(&["check", "--config", file.to_str().expect("UTF-8")]).output().expect("it runs")
}

fn check_text(text: &[u8]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bantin.toml");
    std::fs::write(&file, text).expect("written");
    let output = check(&file);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn shipped(name: &str) -> String {
    format!("{}/config/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_good_configuration_is_summed_up_on_standard_output() {
    let (code, out, err) = check_text(GOOD.as_bytes());
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("  bao/xa-hoi  every 1s  http://127.1.0.1:4000/rss/xa-hoi.rss\n"), "{out}");
    assert!(out.ends_with("bantin.toml is good: 1 paper, 1 section, 0 warnings\n"), "{out}");
}

#[test]
fn a_broken_configuration_ends_with_78_and_names_file_and_line() {
    let from_paper = &GOOD[GOOD.find("[[paper]]").expect("a paper")..];
    let cases: [(&str, Vec<u8>); 8] = [
        ("syntax", format!("{GOOD}\n[fetch\n").into()),
        ("unknown key", format!("pollls = 3\n{GOOD}").into()),
        ("wrong type", GOOD.replace("\"1s\"", "[1]").into()),
        ("bad duration", GOOD.replace("min-interval = \"1s\"", "min-interval = \"soon\"").into()),
        ("bad URL", GOOD.replace("\nurl = \"http://", "\nurl = \"ht!tp:").into()),
        ("two papers with one id", format!("{GOOD}{from_paper}").into()),
        ("empty file", Vec::new()),
        ("not UTF-8", [GOOD.as_bytes(), b"\n# \xff\xfe"].concat()),
    ];
    for (name, text) in cases {
        let (code, out, err) = check_text(&text);
        assert_eq!((code, out.as_str()), (Some(78), ""), "{name}: {err}");
        let place = err.split_once("bantin.toml:").map(|(_, rest)| rest).unwrap_or_default();
        assert!(place.starts_with(|c: char| c.is_ascii_digit()), "{name}: no file:line in:\n{err}");
        assert!(!err.contains('\u{1b}'), "{name}: colors away from a terminal");
    }
}

#[test]
fn a_missing_file_ends_with_78() {
    let output = check(Path::new("/no/such/bantin.toml"));
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("/no/such/bantin.toml cannot be read: there is no such file"), "{said}");
}

#[test]
fn shipped_configurations_pass() {
    for name in ["baosonla", "minimal", "reference"] {
        let output = check(Path::new(&shipped(name)));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_environment_names_the_configuration() {
    let output = bantin(&["check"]).env("BANTIN_CONFIG", "/no/such.toml").output().expect("it runs");
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such.toml"));
}

#[test]
fn an_imported_list_is_a_good_configuration() {
    let good = import("<opml version='2.0'><body><outline text='Tin' xmlUrl='https://a.vn/tin.rss'/></body></opml>");
    assert_eq!(good.status.code(), Some(0));
    let (code, out, err) = check_text(&good.stdout);
    assert_eq!(code, Some(0), "{out}{err}");
}

#[test]
fn an_unusable_list_ends_with_65() {
    for bad in ["", "<rss/>", "<!DOCTYPE opml><opml/>", "<opml><body>"] {
        let output = import(bad);
        assert_eq!(output.status.code(), Some(65), "{bad}");
        assert!(output.stdout.is_empty(), "{bad}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("bantin: -: "), "{bad}");
    }
}

#[test]
fn published_feeds_are_exported() {
    let output = bantin(&["opml", "export", "--config", &shipped("minimal")]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let opml = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(opml.contains("xmlUrl=\"http://127.0.0.1:8080/bao-son-la/xa-hoi.rss\""), "{opml}");
    assert!(opml.contains("xmlUrl=\"http://127.0.0.1:8080/bao-son-la/all.rss\""), "{opml}");
}

/// Gives a list to `bantin opml import -`.
fn import(opml: &str) -> Output {
    let mut command = bantin(&["opml", "import", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut input = child.stdin.take().expect("piped");
    // one that refuses early may be gone already
    let _ = input.write_all(opml.as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}
