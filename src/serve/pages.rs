//! The status page: every source, those that need somebody first.
//!
//! Comes in: a report. Goes out: a page without scripts, in the style of all pages. It does not know where the report comes from.

use super::answer::{self, Reply};
use super::charts::{Chart, charts};
use super::health::{SourceReport, StatusReport};
use super::ledger::OriginReport;
use crate::model::{Alert, RobotsVerdict};
use crate::render::STYLE;
use askama::Template;
use chrono::{DateTime, Utc};

/// Alerts that are over and shown here; all are in the feed.
const MOST_OVER: usize = 5;

/// The page of a report.
pub(super) fn status(report: &StatusReport) -> Reply {
    let (well, unwell) = report.sources.iter().partition(|source| matches!(source.state, "ok" | "new"));
    let page = StatusPage { style: STYLE, report, groups: [("Need attention", unwell), ("Well", well)] };
    page.render().map_or_else(|_| answer::unavailable("the status page cannot be rendered\n"), answer::page)
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    style: &'static str,
    report: &'a StatusReport,
    groups: [(&'static str, Vec<&'a SourceReport>); 2],
}

impl StatusPage<'_> {
    fn well(&self) -> usize {
        self.groups[1].1.len()
    }

    /// What goes on, and the last that is over.
    fn alerts(&self) -> impl Iterator<Item = &Alert> {
        let over = self.report.alerts.iter().filter(|alert| alert.until.is_some()).take(MOST_OVER);
        self.report.alerts.iter().filter(|alert| alert.until.is_none()).chain(over)
    }

    fn robots(&self, origin: &OriginReport) -> &'static str {
        match origin.robots {
            RobotsVerdict::Unknown => "never asked",
            RobotsVerdict::Fetched => "obeyed",
            RobotsVerdict::Allowed => "not there",
            RobotsVerdict::Paused => "not to be had: paused",
        }
    }

    fn charts(&self, source: &SourceReport) -> Vec<Chart> {
        charts(&source.days)
    }

    fn moment(&self, at: &Option<DateTime<Utc>>) -> String {
        at.as_ref().map_or_else(|| "never".to_owned(), |at| self.stamp(at))
    }

    fn stamp(&self, at: &DateTime<Utc>) -> String {
        at.format("%Y-%m-%d %H:%M:%S").to_string()
    }
}
