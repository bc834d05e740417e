//! The operators' guide is true: its commands are run in their order through the real binary, and what it says that bantin says
//! stands in the source.

#[allow(dead_code, reason = "each file of tests uses its part")]
mod common;

use common::{Daemon, Desk, paper_with, path_of, text};
use std::fs;
use std::path::Path;

const GUIDE: &str = include_str!("../docs/operating.md");

/// The commands of the guide, in their order.
fn commands() -> impl Iterator<Item = &'static str> {
    let blocks = GUIDE.split("```sh\n").skip(1);
    blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines()).filter(|line| !line.is_empty())
}

/// As on a machine with the service: `bantin` is ours, and systemctl starts, stops and reloads it.
#[test]
fn every_command_of_the_guide_works_where_it_stands() {
    let paper = paper_with(5);
    let desk = Desk::new(&paper, &[("Xã hội", "/xa-hoi.html")]);
    let file = desk.folder.path().join("bantin.toml");
    let text_before = fs::read_to_string(&file).expect("a configuration");
    let ours = text_before.replace("id = \"bao\"", "id = \"bao-son-la\"");
    fs::write(&file, ours.replace("[fetch]\n", "[fetch]\nmin-interval = \"1s\"\n")).expect("a configuration");
    paper.put(
        "/",
        format!("<html lang=vi><body><nav><a href=\"/xa-hoi.html\">Xã hội</a></nav><a href=\"{}\">Tin</a>", path_of(1)),
    );
    let place = |path: &str| desk.folder.path().join(path.trim_start_matches('/')).to_string_lossy().into_owned();
    fs::create_dir(desk.folder.path().join("tmp")).expect("a folder");

    let (mut daemon, mut pair) = (None::<Daemon>, None);
    let mut ran = 0;
    for line in commands() {
        let words: Vec<&str> = line.trim_start_matches("sudo ").split(' ').collect();
        match words[..] {
            ["systemctl", "enable", "--now", "bantin"] | ["systemctl", "start", "bantin"] => {
                daemon.get_or_insert_with(|| Daemon::start(&desk));
            }
            ["systemctl", "stop", "bantin"] => {
                assert_eq!(daemon.take().map(Daemon::terminate), Some(Some(0)), "{line}");
            }
            ["systemctl", "disable", "--now", "bantin", "bantin.socket"] => {
                assert_eq!(daemon.take().map(Daemon::terminate), Some(Some(0)), "{line}");
            }
            ["systemctl", "enable", "--now", "bantin-poll", "bantin-serve"] => {
                let polling = Daemon::of(desk.command(&["run", "--only", "poll"]));
                let serving = Daemon::of(desk.command(&["run", "--only", "serve", "--listen", "127.0.0.1:0"]));
                assert!(serving.get("/readyz").starts_with("HTTP/1.1 200 "), "{line}");
                pair = Some([polling, serving]);
            }
            ["systemctl", "disable", "--now", "bantin-serve", "bantin-serve.socket", "bantin-poll"] => {
                let pair: [Daemon; 2] = pair.take().expect("a pair");
                assert_eq!(pair.map(Daemon::terminate), [Some(0); 2], "{line}");
            }
            ["systemctl", "reload", "bantin" | "bantin-poll"] => {
                assert!(desk.bantin(&["reload"]).status.success(), "{line}")
            }
            // tests/package.py and tests/boot.py do these
            ["apt", ..] | ["systemctl", ..] | ["journalctl", ..] => {}
            ["bantin", ref arguments @ ..] => {
                let (arguments, into) =
                    arguments.split_at(arguments.iter().position(|word| *word == ">").unwrap_or(arguments.len()));
                let ours = |word: &&str| match word.strip_prefix("https://baosonla.vn") {
                    Some(path) => format!("{}{path}", paper.home),
                    None if word.starts_with("/tmp/") => place(word),
                    None => (*word).to_owned(),
                };
                let arguments: Vec<String> = arguments.iter().map(ours).collect();
                let output = desk.bantin(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
                // the daemon may have polled it just now: then the time is told
                let is_early = arguments[0] == "poll" && output.status.code() == Some(75);
                assert!(output.status.success() || is_early, "{line}: {:?}\n{}", output.status, text(&output.stderr));
                if let [_, file] = into {
                    fs::write(place(file), &output.stdout).expect("a file");
                }
                ran += 1;
            }
            _ => panic!("nobody tries `{line}`"),
        }
    }
    assert!(ran > 12, "{ran} commands");
    assert_eq!(daemon.map(Daemon::terminate), Some(Some(0)));
}

/// Each fragment of what the table of troubles quotes.
#[test]
fn what_the_guide_quotes_is_what_bantin_says() {
    fn read(folder: &Path, into: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                read(&path, into);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                *into += &fs::read_to_string(path).expect("a file");
            }
        }
    }
    let mut source = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
    let table =
        GUIDE.split("## When something is wrong").nth(1).expect("a chapter").split("## ").next().expect("a table");
    let mut quoted = 0;
    for row in table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| it says") && !line.starts_with("| ---"))
    {
        let what = row.split('|').nth(1).expect("a cell").split('`').nth(1).expect("a quotation");
        for part in what.split('…').map(str::trim).filter(|part| !part.is_empty()) {
            // metrics get their prefix and ending from the registry
            let part = part.trim_start_matches("bantin_").trim_end_matches("_total");
            assert!(source.contains(part), "nothing says `{part}`");
            quoted += 1;
        }
    }
    assert!(quoted >= 10, "{quoted}");
}

/// Blocks for nginx are what nginx takes, where it is installed.
#[test]
fn configurations_of_nginx_are_taken_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, block) in GUIDE.split("```nginx\n").skip(1).enumerate() {
        let server = block.split("```").next().expect("a block").replace("listen 80", "listen 127.0.0.1:18080");
        let file = folder.path().join(format!("{number}.conf"));
        let whole = format!(
            "pid {0}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{server}\n}}\n",
            folder.path().display()
        );
        fs::write(&file, whole).expect("a file");
        let Ok(output) =
            std::process::Command::new("nginx").arg("-t").arg("-p").arg(folder.path()).arg("-c").arg(&file).output()
        else {
            eprintln!("nginx is not here: its configurations were not tried");
            return;
        };
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}
