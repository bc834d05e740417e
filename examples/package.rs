//! What a package holds beside the program: man pages and completions, made of the definitions that the program itself has.
//!
//! `cargo run --example package -- FOLDER` writes `bantin.1`, one page a command, `bantin.toml.5`, completions for bash, zsh and
//! fish, and the configuration that the package installs.

use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, italic, roman};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::{env, fs, io};

const REFERENCE: &str = include_str!("../config/reference.toml");

/// So that commands find what the service keeps, whoever calls them and from wherever.
const STATE_DIR: &str = "state-dir = \"/var/lib/bantin\"\n\n";

fn main() -> io::Result<()> {
    let folder =
        env::args_os().nth(1).ok_or_else(|| io::Error::other("which folder? cargo run --example package -- FOLDER"))?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let mut command = bantin::cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command.clone(), folder)?;
    let mut page = OpenOptions::new().append(true).open(folder.join("bantin.1"))?;
    page.write_all(files().as_bytes())?;
    fs::write(folder.join("bantin.toml.5"), configuration())?;
    let shipped = include_str!("../config/baosonla.toml");
    let (comment, papers) =
        shipped.split_once("[[paper]]").ok_or_else(|| io::Error::other("a configuration without a paper"))?;
    fs::write(folder.join("bantin.toml"), format!("{comment}{STATE_DIR}[[paper]]{papers}"))?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, "bantin", folder)?;
    }
    Ok(())
}

/// What the page of the program says beside its arguments.
fn files() -> String {
    let mut page = Roff::new();
    page.control("SH", ["FILES"]);
    for (file, what) in [
        ("/etc/bantin/bantin.toml", "The configuration; see bantin.toml(5)."),
        ("/var/lib/bantin", "The database and its backups, where the service runs."),
    ] {
        page.control("TP", []).text([italic(file)]).text([roman(what)]);
    }
    page.control("SH", ["SEE ALSO"]).text([bold("bantin.toml"), roman("(5), "), bold("systemctl"), roman("(1)")]);
    page.to_roff()
}

/// The page of the configuration: the reference itself, its comments as text and its keys as they are written.
fn configuration() -> String {
    let mut page = Roff::new();
    let title = ["BANTIN.TOML", "5", "", concat!("bantin ", env!("CARGO_PKG_VERSION")), "File Formats"];
    page.control("TH", title).control("SH", ["NAME"]);
    page.text([roman("bantin.toml - the configuration of bantin")]).control("SH", ["DESCRIPTION"]);
    for block in REFERENCE.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        let lines: Vec<&str> = block.lines().collect();
        if let Some(section) = lines.iter().find_map(|line| heading(line)) {
            page.control("SH", [section.to_uppercase().as_str()]);
        }
        let is_said = |line: &&&str| line.starts_with('#') && heading(line).is_none() && !is_key(line);
        let said: Vec<&str> = lines.iter().filter(is_said).map(|line| line.trim_start_matches('#').trim()).collect();
        let written: Vec<&&str> = lines.iter().filter(|line| !line.starts_with('#') || is_key(line)).collect();
        if !written.is_empty() {
            page.control("PP", []).control("nf", []);
            written.iter().for_each(|line| _ = page.text([bold(line.trim_start_matches("# "))]));
            page.control("fi", []);
        }
        if !said.is_empty() {
            page.control(if written.is_empty() { "PP" } else { "IP" }, []);
            said.iter().for_each(|line| _ = page.text([roman(*line)]));
        }
    }
    page.control("SH", ["SEE ALSO"]).text([bold("bantin"), roman("(1)")]);
    page.to_roff()
}

/// `# --- How readers are served -----`: what a part of the file is about.
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("# --- ").map(|line| line.trim_end_matches('-').trim())
}

/// A line that shows a key without a default: `# cron = …`.
fn is_key(line: &str) -> bool {
    let Some((key, _)) = line.strip_prefix("# ").and_then(|line| line.split_once(" = ")) else { return false };
    !key.is_empty() && key.trim().bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}
