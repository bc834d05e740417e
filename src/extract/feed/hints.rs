//! What a feed says about polling it: `ttl`, `skipHours`, `skipDays`, the syndication module, a WebSub hub.

use super::namespace::Namespace;
use super::tree::Element;
use crate::model::Hints;
use std::time::Duration;

/// A longer interval is a mistake; RULES bound it further.
const MOST_MINUTES: u64 = 60 * 24 * 366;

/// Collects the hints of a channel.
#[derive(Debug, Default)]
pub(super) struct Collected {
    hints: Hints,
    ttl: Option<Duration>,
    period: Option<Duration>,
    frequency: Option<u32>,
}

impl Collected {
    /// Takes in a child of the channel.
    pub(super) fn add(&mut self, element: &Element) {
        match (element.namespace, element.name.as_str()) {
            (Namespace::Core, "ttl") => self.ttl = element.text().trim().parse().ok().and_then(minutes),
            (Namespace::Core, "skiphours") => {
                let hours = element.elements().filter_map(|hour| hour.text().trim().parse::<u8>().ok());
                // 24 was midnight in RSS 0.91
                self.hints.skip_hours = sorted(hours.filter(|hour| *hour <= 24).map(|hour| hour % 24));
            }
            (Namespace::Core, "skipdays") => {
                self.hints.skip_days = sorted(element.elements().filter_map(|day| weekday(day.text().trim())));
            }
            (Namespace::Core, "link") if element.attribute("rel") == Some("hub") => {
                self.hints.hub = self.hints.hub.take().or_else(|| element.resolve(element.attribute("href")?));
            }
            (Namespace::Core, "link") if element.attribute("rel") == Some("self") => {
                self.hints.topic = self.hints.topic.take().or_else(|| element.resolve(element.attribute("href")?));
            }
            (Namespace::Syndication, "updateperiod") => self.period = period(element.text().trim()),
            (Namespace::Syndication, "updatefrequency") => self.frequency = element.text().trim().parse().ok(),
            _ => {}
        }
    }

    /// The hints: of two intervals the longer one.
    pub(super) fn finish(self) -> Hints {
        let updates = self.period.map(|period| period / self.frequency.unwrap_or(1).max(1));
        Hints { interval: self.ttl.max(updates), ..self.hints }
    }
}

fn minutes(count: u64) -> Option<Duration> {
    (1..=MOST_MINUTES).contains(&count).then(|| Duration::from_secs(count * 60))
}

fn sorted(numbers: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut numbers: Vec<u8> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Monday is 0.
fn weekday(name: &str) -> Option<u8> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?;
    u8::try_from(place).ok()
}

fn period(name: &str) -> Option<Duration> {
    const HOUR: u64 = 3600;
    let hours = match name.to_ascii_lowercase().as_str() {
        "hourly" => 1,
        "daily" => 24,
        "weekly" => 24 * 7,
        "monthly" => 24 * 30,
        "yearly" => 24 * 365,
        _ => return None,
    };
    Some(Duration::from_secs(hours * HOUR))
}
