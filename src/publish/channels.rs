//! Which channels there are: of each paper all its items, each configured category, each category that the store has items of;
//! then what the configuration chooses of them all.
//!
//! Comes in: settings and what the store knows. Goes out: channels in the order of the configuration. It does not know items.

use super::chosen::{ChannelSettings, chosen};
use crate::model::{Category, CategorySlug, Channel, ChannelId, ChannelPaper, PaperId, Revision, Selection};
use crate::store::ChannelHead;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use url::Url;

/// What `publish` needs to know of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The public base of all our addresses, ending in `/`; never from a request.
    pub base_url: Url,
    /// The WebSub hub that tells of changes: our own, or another that is told.
    pub hub: Option<Url>,
    /// RSS 2.0 `<ttl>`: how long readers need not ask, in minutes.
    pub ttl_minutes: u32,
    /// The papers, in the order of the configuration.
    pub papers: Vec<PaperSettings>,
    /// What is chosen of their items, in the order of the configuration.
    pub channels: Vec<ChannelSettings>,
}

/// One paper.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperSettings {
    /// First part of every path.
    pub id: PaperId,
    /// `Báo Sơn La`.
    pub title: String,
    /// Its home page.
    pub home: Url,
    /// BCP 47.
    pub language: String,
    /// Who holds the rights, as feeds state it.
    pub copyright: Option<String>,
    /// Of the dates in feeds and pages.
    pub timezone: Tz,
    /// Items in a feed document.
    pub item_limit: u32,
    /// Whether the article's text is published too.
    pub full_content: bool,
    /// Its sections, in the order of the configuration.
    pub sections: Vec<SectionSettings>,
}

impl PaperSettings {
    /// What a channel that has items of this paper knows of it.
    #[must_use]
    pub fn of_channel(&self) -> ChannelPaper {
        ChannelPaper {
            id: self.id.clone(),
            title: self.title.clone(),
            home: self.home.clone(),
            language: self.language.clone(),
            full_content: self.full_content,
        }
    }

    pub(super) fn is_vietnamese(&self) -> bool {
        self.language.split('-').next().is_some_and(|language| language.eq_ignore_ascii_case("vi"))
    }
}

/// One section.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionSettings {
    /// The category of all its items; `None`: the items' own labels decide.
    pub category: Option<Category>,
    /// Where it is read.
    pub url: Url,
}

/// A channel and the revision that its documents should show.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) channel: Channel,
    pub(super) revision: Revision,
}

/// The channels that the configuration alone names: of each paper all its items, and each section's category; and what it
/// chooses.
#[must_use]
pub fn configured_channels(settings: &Settings, epoch: DateTime<Utc>) -> Vec<Channel> {
    plan(settings, &[], epoch).into_iter().map(|planned| planned.channel).collect()
}

/// All channels: papers in the order of the configuration, in each `all` first, then its sections' categories in their
/// order, then the categories that only labels name, by slug; behind all papers what is chosen of them.
pub(super) fn plan(settings: &Settings, heads: &[ChannelHead], epoch: DateTime<Utc>) -> Vec<Planned> {
    let known: HashMap<&ChannelId, &ChannelHead> = heads.iter().map(|head| (&head.id, head)).collect();
    let mut planned = Vec::new();
    for paper in &settings.papers {
        for (category, link) in categories(paper, heads) {
            planned.push(channel(settings, paper, category, link, epoch));
        }
    }
    planned.extend(settings.channels.iter().filter_map(|of| chosen(settings, of, epoch)));
    let revision = |channel: &Channel| {
        let places = channel.selection.places.iter().cloned();
        let heads = places.filter_map(|place| known.get(&ChannelId::of(place.paper, place.category)));
        heads.map(|head| head.revision).max().unwrap_or_default()
    };
    planned.into_iter().map(|channel| Planned { revision: revision(&channel), channel }).collect()
}

/// The categories of a paper with the page that each mirrors; `None` is all.
fn categories<'a>(paper: &'a PaperSettings, heads: &'a [ChannelHead]) -> Vec<(Option<&'a Category>, &'a Url)> {
    let mut found: Vec<(Option<&Category>, &Url)> = vec![(None, &paper.home)];
    let has = |found: &[(Option<&Category>, &Url)], slug: &CategorySlug| {
        found.iter().any(|(there, _)| there.is_some_and(|category| category.slug == *slug))
    };
    for section in &paper.sections {
        if let Some(category) = section.category.as_ref().filter(|category| !has(&found, &category.slug)) {
            found.push((Some(category), &section.url));
        }
    }
    let mut labels: Vec<&Category> = heads
        .iter()
        .filter(|head| head.id.paper() == Some(&paper.id) && !head.is_over)
        .filter_map(|head| head.category.as_ref())
        .collect();
    labels.sort_by(|a, b| a.slug.cmp(&b.slug));
    for category in labels {
        if !has(&found, &category.slug) {
            found.push((Some(category), &paper.home));
        }
    }
    found
}

fn channel(
    settings: &Settings,
    paper: &PaperSettings,
    category: Option<&Category>,
    link: &Url,
    epoch: DateTime<Utc>,
) -> Channel {
    let slug = category.map(|category| category.slug.clone());
    Channel {
        id: ChannelId::of(paper.id.clone(), slug.clone()),
        title: category.map_or_else(|| paper.title.clone(), |category| format!("{} - {}", category.title, paper.title)),
        category_title: category.map(|category| category.title.clone()),
        paper_title: paper.title.clone(),
        papers: vec![paper.of_channel()],
        link: link.clone(),
        base_url: settings.base_url.clone(),
        hub: settings.hub.clone(),
        description: description(paper, category),
        language: paper.language.clone(),
        copyright: paper.copyright.clone(),
        timezone: paper.timezone,
        full_content: paper.full_content,
        selection: Selection::of(paper.id.clone(), slug, paper.item_limit),
        ttl_minutes: settings.ttl_minutes,
        epoch,
        query: None,
        page: None,
        prev_archive: None,
    }
}

/// One sentence, in the paper's language where that is Vietnamese.
fn description(paper: &PaperSettings, category: Option<&Category>) -> String {
    match (paper.is_vietnamese(), category) {
        (true, Some(category)) => format!("Bài mới của chuyên mục {}, {}.", category.title, paper.title),
        (true, None) => format!("Bài mới của {}.", paper.title),
        (false, Some(category)) => format!("The latest in {} from {}.", category.title, paper.title),
        (false, None) => format!("The latest from {}.", paper.title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChannelName, Format, Only, Place};

    fn category(slug: &str, title: &str) -> Category {
        Category { slug: CategorySlug::new(slug).expect("a slug"), title: title.to_owned() }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    fn settings() -> Settings {
        let section = |category, at: &str| SectionSettings { category, url: url(at) };
        Settings {
            base_url: url("https://feeds.example.vn/"),
            hub: None,
            ttl_minutes: 15,
            channels: Vec::new(),
            papers: vec![PaperSettings {
                id: PaperId::new("bao").expect("a slug"),
                title: "Báo".to_owned(),
                home: url("https://bao.example/"),
                language: "vi".to_owned(),
                copyright: None,
                timezone: chrono_tz::Asia::Ho_Chi_Minh,
                item_limit: 50,
                full_content: false,
                sections: vec![
                    section(None, "https://bao.example/"),
                    section(Some(category("xa-hoi", "Xã hội")), "https://bao.example/xa-hoi.html"),
                    section(Some(category("xa-hoi", "Xã hội")), "https://bao.example/xa-hoi.rss"),
                ],
            }],
        }
    }

    fn head(paper: &str, label: Option<Category>, revision: u64) -> ChannelHead {
        let slug = label.as_ref().map(|category| category.slug.clone());
        let id = ChannelId::of(PaperId::new(paper).expect("a slug"), slug);
        ChannelHead { id, category: label, revision: Revision(revision), is_over: false }
    }

    #[test]
    fn configured_categories_come_first_and_labels_follow_once() {
        let heads = [
            head("bao", None, 9),
            head("bao", Some(category("thoi-tiet", "Thời tiết")), 7),
            head("bao", Some(category("xa-hoi", "XÃ HỘI")), 9),
            head("da-bo", None, 3),
        ];
        let planned = plan(&settings(), &heads, DateTime::UNIX_EPOCH);
        let facts: Vec<_> = planned
            .iter()
            .map(|p| (p.channel.id.stem(), p.channel.title.as_str(), p.channel.link.path(), p.revision.0))
            .collect();
        let expected = [
            ("bao/all".to_owned(), "Báo", "/", 9),
            ("bao/xa-hoi".to_owned(), "Xã hội - Báo", "/xa-hoi.html", 9),
            ("bao/thoi-tiet".to_owned(), "Thời tiết - Báo", "/", 7),
        ];
        assert_eq!(facts, expected);
    }

    #[test]
    fn chosen_channel_is_as_new_as_the_newest_of_its_places() {
        let (bao, thoi_tiet) = (PaperId::new("bao").expect("a slug"), category("thoi-tiet", "Thời tiết"));
        let at = |slug: Option<CategorySlug>| Place { paper: bao.clone(), category: slug };
        let chosen = |name: &str, places| ChannelSettings {
            name: ChannelName::new(name).expect("a slug"),
            title: "Chọn lọc".to_owned(),
            selection: Selection { places, only: Only::default(), limit: 20 },
        };
        let places = vec![at(Some(thoi_tiet.slug.clone())), at(Some(category("kinh-te", "Kinh tế").slug))];
        let channels = vec![chosen("hai", places), chosen("tat-ca", vec![at(None)])];
        let settings = Settings { channels, ..settings() };
        let heads = [head("bao", None, 9), head("bao", Some(thoi_tiet), 7), head("da-bo", None, 30)];
        let planned = plan(&settings, &heads, DateTime::UNIX_EPOCH);
        let facts: Vec<_> = planned.iter().map(|p| (p.channel.path(Format::Rss), p.revision.0)).skip(3).collect();
        assert_eq!(facts, [("channel/hai.rss".to_owned(), 7), ("channel/tat-ca.rss".to_owned(), 9)]);
        assert_eq!(planned[4].channel.title, "Chọn lọc - Báo");
    }

    #[test]
    fn configured_category_without_items_has_a_channel() {
        let planned = plan(&settings(), &[], DateTime::UNIX_EPOCH);
        assert_eq!(planned.iter().map(|p| p.channel.id.stem()).collect::<Vec<_>>(), ["bao/all", "bao/xa-hoi"]);
    }
}
