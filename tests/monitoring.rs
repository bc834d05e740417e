//! The dashboard and the alert rules in `docs/` ask for metrics that there are.

use bantin::model::SourceState;
use bantin::observe::metrics::Metrics;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(file)).expect("a file of docs/")
}

/// Every metric's name with its kind, as `/metrics` tells them.
fn known() -> BTreeMap<String, String> {
    let text = Metrics::new("0.0.0").encode();
    let told = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    told.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// What a metric of a kind is asked by.
fn suffixes(kind: &str) -> &'static [&'static str] {
    match kind {
        "counter" => &["_total"],
        "histogram" => &["_bucket", "_sum", "_count"],
        _ => &[""],
    }
}

#[test]
fn every_metric_that_is_asked_for_is_told() {
    let (known, named) = (known(), Regex::new(r"\bbantin_[a-z_]+").expect("a pattern"));
    let exists = |asked: &str| {
        known.iter().any(|(name, kind)| suffixes(kind).iter().any(|suffix| asked == format!("{name}{suffix}")))
    };
    for file in ["grafana-dashboard.json", "prometheus-alerts.yml"] {
        let text = read(file);
        let asked: Vec<&str> = named.find_iter(&text).map(|found| found.as_str()).collect();
        assert!(asked.len() >= 8, "{file} asks for {asked:?}");
        let unknown: Vec<_> = asked.into_iter().filter(|name| !exists(name)).collect();
        assert!(unknown.is_empty(), "{file} asks for what /metrics does not tell: {unknown:?}");
    }
}

#[test]
fn states_that_alert_are_states_that_there_are() {
    let states = Regex::new(r#"bantin_source_state\{state=~?"([a-z|]+)"\}"#).expect("a pattern");
    let rules = read("prometheus-alerts.yml");
    let asked: Vec<&str> =
        states.captures_iter(&rules).flat_map(|found| found.extract::<1>().1[0].split('|')).collect();
    assert!(asked.len() >= 5, "{asked:?}");
    let known = SourceState::ALL.map(SourceState::as_str);
    assert!(asked.iter().all(|state| known.contains(state)), "{asked:?}");
}

#[test]
fn dashboard_is_json_with_a_title_and_a_query_in_every_panel() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("grafana-dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    assert!(panels.len() >= 10);
    for panel in panels {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{panel}");
    }
}
