//! The learned list: which parts of the page its headlines' links play, kept between two polls.
//!
//! Comes in: the page's candidates as the free detector weighed them, and what is remembered of the source. Goes out: which
//! of them the list holds for sure and which wait, and the renewed template. A template that yields less than the source's
//! own history is learned anew: the articles known already, by address or title, show where the list stands now. What is
//! learned so is on trial until the next page proves it.

use super::address;
use super::candidate::{Candidate, Stance};
use super::links::{Link, Links};
use super::outline::Outline;
use super::vocabulary::Marks;
use super::weight::THRESHOLD;
use crate::model::{Look, Memory, Repair, Template};
use crate::text;
use std::collections::{HashMap, HashSet};

/// Levels above a link that belong to its look.
const LEVELS: usize = 5;
/// Most looks of one list; front pages have many.
const MOST_LOOKS: usize = 256;
/// A look that so many readings in a row did not show is forgotten.
const MOST_UNSEEN: u32 = 30;
/// How fast the usual count follows.
const FOLLOW: f32 = 0.2;
/// A shorter title proves nothing.
const LEAST_TITLE_CHARS: usize = 16;
/// What so many readings have shown beside the list is a part of the page, whatever it is.
const LONG_STAY: u32 = 12;
/// At most so many stories lead a page before its list.
const MOST_LEADS: usize = 2;
/// The free detector's doubts that a learned look outweighs.
const TRUST: f32 = 3.5;

/// What is remembered of a source, ready to be looked up.
#[derive(Debug)]
pub(super) struct Recall<'m> {
    template: Option<&'m Template>,
    addresses: HashSet<String>,
    titles: HashSet<String>,
    shapes: &'m [String],
}

/// How the remembered list does on this page.
#[derive(Debug, Default)]
pub(super) struct Showing {
    /// Stories in the places that were learned.
    pub(super) shown: usize,
    /// Whether the learned places show as many stories as the source's history lets expect.
    pub(super) is_whole: bool,
    /// Looks that the free detector likes and nothing else vouches for.
    waiting: Vec<String>,
}

impl<'m> Recall<'m> {
    /// Prepares what is remembered.
    pub(super) fn of(memory: &'m Memory) -> Self {
        let addresses = memory.known.iter().filter_map(|(url, _)| url::Url::parse(url).ok());
        let titles = memory.known.iter().map(|(_, title)| text::fold(title));
        Self {
            template: memory.template.as_ref(),
            addresses: addresses.map(|url| address::key(&url)).collect(),
            titles: titles.filter(|title| title.chars().count() >= LEAST_TITLE_CHARS).collect(),
            shapes: &memory.url_shapes,
        }
    }

    /// Lets the memory decide where it can; the rest stays as the free detector has it.
    pub(super) fn apply(&self, outline: &Outline<'_>, links: &Links, candidates: &mut [Candidate]) -> Option<Showing> {
        let template = self.template?;
        let groups = self.groups(outline, links, candidates);
        let learned: HashSet<&str> =
            template.looks.iter().filter(|look| look.is_trusted).map(|look| look.path.as_str()).collect();
        let is_learned = |group: &&Group| learned.contains(group.look.as_str());
        let mut shown: HashSet<usize> = groups.iter().filter(is_learned).flat_map(Group::stories).collect();
        let is_whole = is_enough(shown.len(), template.usual);
        let mut showing = Showing { shown: shown.len(), is_whole, waiting: Vec::new() };
        let mut listed: Vec<usize> = (0..groups.len()).filter(|at| is_whole && is_learned(&&groups[*at])).collect();
        if !is_whole {
            shown.clear();
        }
        listed.extend(self.vouched(&groups, &listed, &mut shown));
        if listed.is_empty() {
            return Some(showing);
        }
        let first = listed.iter().filter_map(|at| groups[*at].first).min().unwrap_or(0);
        let is_shaped = |group: &Group| group.shaped * 2 > group.targets.len();
        let settled: HashSet<&str> =
            template.looks.iter().filter(|look| look.sights >= LONG_STAY).map(|look| look.path.as_str()).collect();
        for (at, group) in groups.iter().enumerate() {
            let leads = group.targets.len() <= MOST_LEADS && group.first.is_some_and(|place| place < first);
            let has_stayed = settled.contains(group.look.as_str());
            let joins = group.is_liked && !group.is_beside && is_shaped(group) && (leads || has_stayed);
            let stance = match () {
                () if listed.contains(&at) => Stance::Listed,
                () if joins => Stance::Free,
                () => Stance::Waits,
            };
            if stance == Stance::Waits && group.is_liked && !group.is_beside {
                showing.waiting.push(group.look.clone());
            }
            for &member in &group.members {
                let doubtful = stance == Stance::Listed && candidates[member].score < THRESHOLD - TRUST;
                candidates[member].stance = if doubtful { Stance::Free } else { stance };
            }
        }
        Some(showing)
    }

    /// Groups of no learned look that known articles vouch for, in places where nothing learned shows them: those that hold
    /// most of them first, boxes beside the list last.
    fn vouched(&self, groups: &[Group], listed: &[usize], shown: &mut HashSet<usize>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..groups.len()).filter(|at| !listed.contains(at)).collect();
        order.sort_by_key(|at| (groups[*at].is_beside, usize::MAX - groups[*at].known.len()));
        let mut chosen = Vec::new();
        for at in order {
            let group = &groups[at];
            let fresh = group.known.difference(shown).count();
            let least = if group.is_liked && !group.is_beside { 8 } else { 3 };
            // known titles in a menu or a list of tags are chance
            if fresh == 0 || fresh * least < group.targets.len() || group.is_beside && !shown.is_empty() {
                continue;
            }
            shown.extend(&group.targets);
            chosen.push(at);
        }
        chosen
    }

    fn groups(&self, outline: &Outline<'_>, links: &Links, candidates: &[Candidate]) -> Vec<Group> {
        let mut by_look: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            let signs = &links.targets[candidate.target].signs;
            if signs.is_network || signs.is_service {
                continue;
            }
            let look = look(outline, candidate.place);
            let at = *by_look.entry(look.clone()).or_insert_with(|| {
                groups.push(Group { look, ..Group::default() });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.members.push(index);
            group.first = group.first.or(Some(candidate.place));
            if self.knows(links, &links.links[candidate.link]) {
                group.known.insert(candidate.target);
            }
            if group.targets.insert(candidate.target) {
                let shape = address::url_shape(&links.targets[candidate.target].url);
                group.shaped += usize::from(self.shapes.contains(&shape));
            }
        }
        for group in &mut groups {
            let most = |holds: &dyn Fn(&Candidate) -> bool| {
                group.members.iter().filter(|i| holds(&candidates[**i])).count() * 2 > group.members.len()
            };
            group.is_liked = most(&|candidate| candidate.score >= THRESHOLD);
            group.is_beside = most(&|candidate| candidate.context.any(Marks::BESIDE | Marks::FRAME));
        }
        groups
    }

    /// Whether a link leads to an article that was known before, or has its title.
    fn knows(&self, links: &Links, link: &Link) -> bool {
        self.addresses.contains(&address::key(&links.targets[link.target].url))
            || link.headline.as_ref().is_some_and(|headline| self.titles.contains(&text::fold(&headline.text)))
    }
}

/// The candidates of one look.
#[derive(Debug, Default)]
struct Group {
    look: String,
    members: Vec<usize>,
    /// Different addresses.
    targets: HashSet<usize>,
    /// Those of known articles.
    known: HashSet<usize>,
    /// Addresses of a shape that the source's articles have.
    shaped: usize,
    first: Option<usize>,
    /// The free detector takes most of them for stories.
    is_liked: bool,
    /// Most of them stand in a menu, a footer, a side column.
    is_beside: bool,
}

impl Group {
    fn stories(&self) -> impl Iterator<Item = usize> + '_ {
        self.targets.iter().copied()
    }
}

/// The look of a link: names of its nearest elements with their first class, digits left out.
pub(super) fn look(outline: &Outline<'_>, place: usize) -> String {
    let mut names: Vec<String> = Vec::with_capacity(LEVELS + 1);
    for at in std::iter::once(place).chain(outline.ancestors(place)).take(LEVELS + 1) {
        let part = &outline.parts[at];
        let mut name = part.tag.as_str().to_owned();
        let class = part.attr("class").and_then(|class| class.split_ascii_whitespace().next()).unwrap_or_default();
        let class: String = class.chars().take(40).filter(|c| !c.is_ascii_digit()).collect();
        if !class.is_empty() {
            name.push('.');
            name.push_str(&class);
        }
        names.push(name);
    }
    names.reverse();
    names.join(">")
}

/// Whether a count is no sign of a loss: lists vary, half of the usual is few.
pub(super) fn is_enough(count: usize, usual: f32) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
    let count = count as f32;
    count > 0.0 && count * 2.0 >= usual
}

/// Renews the learned list from the looks of the stories that were read, and says what was repaired on the way.
pub(super) fn learn(memory: &mut Memory, showing: Option<&Showing>, looks: &[String]) -> Option<Repair> {
    if looks.is_empty() {
        return None;
    }
    let fresh = || Template::default().seen(looks);
    let Some(template) = memory.template.take() else {
        memory.template = Some(fresh());
        return None;
    };
    let most_are_of = |list: &Template| looks.iter().filter(|look| list.has(look)).count() * 2 > looks.len();
    if showing.is_none_or(|showing| showing.is_whole) || most_are_of(&template) {
        let mut template = template.seen(looks);
        template.wait(showing.map_or(&[], |showing| &showing.waiting));
        memory.template = Some(template);
        return None;
    }
    match memory.trial.take().filter(most_are_of) {
        None => {
            (memory.template, memory.trial) = (Some(template), Some(fresh()));
            Some(Repair::OnTrial)
        }
        Some(trial) => {
            memory.template = Some(trial.seen(looks).remember(template.looks));
            Some(Repair::Swapped)
        }
    }
}

impl Template {
    fn has(&self, path: &str) -> bool {
        self.looks.iter().any(|look| look.is_trusted && look.path == path)
    }

    /// With the looks of the list before: a redesign may be taken back.
    fn remember(mut self, looks: Vec<Look>) -> Self {
        let old = looks.into_iter().filter(|look| !self.looks.iter().any(|known| known.path == look.path));
        let old: Vec<Look> = old.map(|look| Look { unseen: look.unseen + 1, ..look }).collect();
        self.looks.extend(old);
        self.looks.truncate(MOST_LOOKS);
        self
    }

    /// After one more reading with stories of these looks.
    fn seen(mut self, paths: &[String]) -> Self {
        let shown: HashSet<&String> = paths.iter().collect();
        for look in &mut self.looks {
            let is_shown = shown.contains(&look.path);
            look.unseen = if is_shown { 0 } else { look.unseen.saturating_add(1) };
            look.sights = look.sights.saturating_add(u32::from(is_shown));
            look.is_trusted |= is_shown;
        }
        self.looks.retain(|look| look.unseen <= MOST_UNSEEN);
        for path in paths {
            if self.looks.len() < MOST_LOOKS && !self.looks.iter().any(|look| look.path == *path) {
                self.looks.push(Look { path: path.clone(), is_trusted: true, sights: 1, unseen: 0 });
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a page has thousands of entries at the most")]
        let stories = paths.len() as f32;
        self.usual = if self.readings == 0 { stories } else { self.usual + FOLLOW * (stories - self.usual) };
        self.readings = self.readings.saturating_add(1);
        self
    }

    /// Counts looks that the free detector likes and nothing else vouches for.
    fn wait(&mut self, paths: &[String]) {
        for path in paths {
            if let Some(look) = self.looks.iter_mut().find(|look| look.path == *path) {
                look.sights = look.sights.saturating_add(1);
                look.unseen = 0;
            } else if self.looks.len() < MOST_LOOKS {
                self.looks.push(Look { path: path.clone(), is_trusted: false, sights: 1, unseen: 0 });
            }
        }
    }
}
