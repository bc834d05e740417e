//! A simulated day of many sources, with outages: nobody is asked too early, nothing comes in a burst, all come back.

#[path = "../benches/schedule/day.rs"]
mod day;

use chrono::TimeDelta;

/// All of them where the code is fast, as many as a debug build can bear else.
const SOURCES: usize = if cfg!(debug_assertions) { 3_000 } else { 100_000 };

#[test]
fn a_day_of_many_sources_keeps_the_rules_and_recovers_by_itself() {
    let report = day::simulate(SOURCES);
    assert_eq!(report.too_early, 0, "{report:?}");
    assert_eq!(report.too_rare, 0, "{report:?}");
    assert!(f64::from(report.busiest_minute) <= 2.0 * report.mean_minute, "{report:?}");
    assert!(report.failed > 0 && report.polls > 20 * SOURCES as u64, "the day is worth its name: {report:?}");
    assert_eq!(report.lost, 0, "{report:?}");
    assert!(report.slowest_recovery < TimeDelta::hours(18), "{report:?}");
}
