//! What the publishing rooms need to know of the configuration.

use super::{Config, Paper};
use crate::publish::{PaperSettings, SectionSettings, Settings};
use std::time::Duration;
use url::Url;

const SECONDS_A_MINUTE: u64 = 60;
/// Readers of a feed whose sections are looked at by cron alone are told to come back so often.
const USUAL_TTL: Duration = Duration::from_secs(15 * SECONDS_A_MINUTE);

impl Config {
    /// Sets the public base where the configuration has none: where readers are served.
    ///
    /// Without a port or a host that could be told, the base stays unset; `publishing` has its own answer to that.
    pub fn base_url_or(&mut self, address: &str) {
        if self.base_url.is_none() {
            self.base_url = Url::parse(address).ok().filter(Url::has_host);
        }
    }

    /// The settings of the publisher.
    #[must_use]
    pub fn publishing(&self) -> Settings {
        let usual = Url::parse("http://localhost/").expect("a valid address");
        Settings {
            base_url: self.base_url.clone().unwrap_or(usual),
            ttl_minutes: ttl_minutes(self),
            papers: self.papers.iter().map(paper).collect(),
        }
    }
}

/// The shortest interval of any section, in whole minutes, at least one.
fn ttl_minutes(config: &Config) -> u32 {
    let shortest = config.sections().filter_map(|section| section.rhythm.interval()).min().unwrap_or(USUAL_TTL);
    let wait = shortest.max(config.cadence.min_interval);
    u32::try_from(wait.as_secs() / SECONDS_A_MINUTE).unwrap_or(u32::MAX).max(1)
}

fn paper(paper: &Paper) -> PaperSettings {
    let section =
        |s: &super::Section| SectionSettings { category: s.source.category.clone(), url: s.source.url.clone() };
    PaperSettings {
        id: paper.id.clone(),
        title: paper.title.clone(),
        home: paper.home.clone(),
        language: paper.language.clone(),
        timezone: paper.timezone,
        item_limit: paper.item_limit,
        full_content: paper.full_content,
        sections: paper.sections.iter().map(section).collect(),
    }
}
