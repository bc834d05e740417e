//! What scheduling costs: two simulated days of a hundred thousand sources, as CPU time a poll and memory a source.
//!
//! `cargo bench --bench schedule [SOURCES]`.

// the report is printed
#![allow(clippy::print_stdout)]

mod day;

use bantin::model::PollState;
use std::time::Instant;

const SOURCES: usize = 100_000;

fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let sources: usize = asked.unwrap_or(SOURCES);
    let (before, begun) = (peak_kib(), Instant::now());
    let report = day::simulate(sources);
    let took = begun.elapsed();
    println!("{sources} sources: {report:#?}");
    let polls = u32::try_from(report.polls_in_all.max(1)).unwrap_or(u32::MAX);
    println!("{took:.2?} for {polls} polls: {:?} a poll, {:?} a simulated day", took / polls, took * 24 / 66);
    if let (Some(before), Some(after)) = (before, peak_kib()) {
        let bytes = (after - before) * 1024 / sources.max(1) as u64;
        println!("{bytes} bytes a source at the peak, {} of them its state", size_of::<PollState>());
    }
}

/// The most memory that the process had so far, where the system says so.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
