//! A list of ten thousand sources is imported and checked in time that grows with the list, good or bad. The measure is the
//! processor time of the real binary, which a busy machine does not stretch; the only test of its process, since the system
//! sums up over all children.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Four times the sources cost four times as much, and sixteen times if each looked at all others.
const MOST_GROWTH: u64 = 8;

fn opml(sources: usize) -> String {
    let mut out = String::from("<opml version='2.0'><body>");
    for n in 0..sources {
        // half of them of one paper, half of papers of their own
        let host = if n % 2 == 0 { 0 } else { n };
        let _ = write!(out, "<outline text='Mục số {n}' xmlUrl='https://www.bao{host}.example/{n}.rss'/>");
    }
    out + "</body></opml>"
}

/// What all children have used so far, in ticks of the processor's clock: proc(5), `cutime`.
fn used() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit_once(')').expect("a name").1;
    fields.split_whitespace().nth(13).and_then(|ticks| ticks.parse().ok()).expect("ticks")
}

/// The least of two runs; and what the last one printed.
fn cost(folder: &Path, arguments: &[&str], code: i32) -> (u64, String) {
    let mut least = u64::MAX;
    let mut printed = String::new();
    for _ in 0..2 {
        let before = used();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.args(arguments).current_dir(folder).env_remove("BANTIN_CONFIG").stdin(Stdio::null());
        let output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        least = least.min(used() - before);
        printed = String::from_utf8(output.stdout).expect("UTF-8");
    }
    (least.max(1), printed)
}

#[test]
fn four_times_the_sources_cost_about_four_times_as_much() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("papers")).expect("a folder");
    fs::write(path("including.toml"), "include = [\"papers/*.toml\"]\n").expect("a configuration");
    let mut costs = Vec::new();
    for sources in [2_500, 10_000] {
        fs::write(path("list.opml"), opml(sources)).expect("a list");
        let (import, text) = cost(folder.path(), &["opml", "import", "list.opml"], 0);
        fs::write(path("good.toml"), &text).expect("a configuration");
        fs::write(path("bad.toml"), text.replace("\nurl = ", "\nevry = \"15m\"\nurl = ")).expect("a configuration");
        for (number, paper) in text.split("\n[[paper]]").skip(1).enumerate() {
            fs::write(path(&format!("papers/{number}.toml")), format!("[[paper]]{paper}")).expect("a configuration");
        }
        let (good, shown) = cost(folder.path(), &["check", "--config", "good.toml"], 0);
        assert!(shown.ends_with(&format!("{sources} sections, 1 warning\n")), "{}", &shown[shown.len() - 200..]);
        let (bad, shown) = cost(folder.path(), &["check", "--json", "--config", "bad.toml"], 78);
        assert_eq!(shown.matches("unknown key").count(), sources);
        let (including, _) = cost(folder.path(), &["check", "--config", "including.toml"], 0);
        costs.push([("import", import), ("check", good), ("check of bad ones", bad), ("check of folders", including)]);
    }
    println!("ticks: {costs:?}");
    for ((what, few), (_, many)) in costs[0].iter().zip(&costs[1]) {
        // a tick is coarse
        assert!(*many <= (few + 1) * MOST_GROWTH, "{what}: {few} ticks, then {many}");
    }
}
