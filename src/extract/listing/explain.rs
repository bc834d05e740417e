//! A section page's part of an explanation: the groups of links with their weights, and what a finding means.
//!
//! Comes in: what the detector weighed and chose. Goes out: the winners and the best losers in words. It weighs nothing: the
//! signs come from the function that weighs.

use super::candidate::{Candidate, Stance};
use super::links::Links;
use super::outline::Outline;
use super::weight::{self, GroupSigns, THRESHOLD};
use super::{blocks, template};
use crate::extract::explain::{Explanation, LinkGroup, MOST_LOSERS, MOST_WINNERS};
use crate::model::ListFinding;
use std::collections::HashSet;

/// Texts of links that are shown of a group.
const SAMPLES: usize = 2;

/// What the detector looked at and what it chose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed<'w, 'a> {
    pub(super) outline: &'w Outline<'a>,
    pub(super) links: &'w Links,
    pub(super) candidates: &'w [Candidate],
    pub(super) groups: &'w [Vec<usize>],
    pub(super) chosen: &'w [usize],
}

/// Notes the groups: those with stories, then the best of the others.
pub(super) fn groups(explanation: &mut Explanation, weighed: Weighed<'_, '_>) {
    let chosen: HashSet<usize> = weighed.chosen.iter().copied().collect();
    let told: HashSet<usize> = weighed.chosen.iter().map(|index| weighed.candidates[*index].target).collect();
    let (mut winners, mut losers): (Vec<&Vec<usize>>, Vec<&Vec<usize>>) =
        weighed.groups.iter().partition(|members| members.iter().any(|index| chosen.contains(index)));
    winners.sort_by_key(|members| usize::MAX - members.iter().filter(|index| chosen.contains(index)).count());
    losers.sort_by(|one, other| weighed.best(other).1.total_cmp(&weighed.best(one).1));
    explanation.groups_in_all = weighed.groups.len();
    let shown = winners.into_iter().take(MOST_WINNERS).chain(losers.into_iter().take(MOST_LOSERS));
    explanation.groups = shown.map(|members| weighed.group(members, &chosen, &told)).collect();
}

impl Weighed<'_, '_> {
    /// The heaviest member, and its weight.
    fn best(&self, members: &[usize]) -> (usize, f32) {
        let score = |index: &usize| self.candidates[*index].score;
        let best = members.iter().max_by(|one, other| score(one).total_cmp(&score(other)));
        best.map_or((0, f32::MIN), |index| (*index, score(index)))
    }

    fn group(&self, members: &[usize], chosen: &HashSet<usize>, told: &HashSet<usize>) -> LinkGroup {
        let (best, weight) = self.best(members);
        let candidate = &self.candidates[best];
        let text =
            |index: &usize| self.links.links[self.candidates[*index].link].headline.as_ref().map(|h| h.text.clone());
        let others = members.iter().filter(|index| self.candidates[**index].target != candidate.target);
        let stories = members.iter().filter(|index| chosen.contains(index)).count();
        LinkGroup {
            path: template::look(self.outline, candidate.place),
            addresses: GroupSigns::of(self.links, self.candidates, members).distinct,
            stories,
            best: weight,
            needed: THRESHOLD,
            signs: weight::signs(self.links, self.candidates, members, best),
            verdict: verdict(candidate, stories, told.contains(&candidate.target)),
            samples: std::iter::once(&best).chain(others).filter_map(text).take(SAMPLES).collect(),
        }
    }
}

fn verdict(candidate: &Candidate, stories: usize, is_told: bool) -> &'static str {
    let weighs = candidate.score >= THRESHOLD;
    match (candidate.stance, stories) {
        (Stance::Listed, 1..) => "it stands where the learned list does",
        (_, 1..) if weighs => "it weighs enough",
        (_, 1..) => "a plain list: nothing on the page weighs more",
        (_, 0) if !weighs => "it weighs too little",
        (Stance::Waits, 0) => "it stands elsewhere than the learned list: it waits until another reading agrees",
        (_, 0) if is_told => "the same stories tell more in another place",
        (_, 0) if blocks::is_beside(candidate) => "a box beside the list",
        (_, 0) => "its best links lost to others of the same stories",
    }
}

/// What a finding rests on.
pub(super) fn finding(finding: ListFinding, stories: usize) -> String {
    match finding {
        ListFinding::Found => format!("found: {stories} stories"),
        ListFinding::Empty => {
            "empty: no story, and the page says that it has none, or an empty list stands below its heading".to_owned()
        }
        ListFinding::Missing => "missing: no link weighs enough, and nothing says that the list is empty".to_owned(),
        ListFinding::FrameOnly => "frame only: no story, and hardly a text outside menus and footers".to_owned(),
        ListFinding::ErrorPage => "error page: its title or first heading is that of an error".to_owned(),
        ListFinding::Login => {
            "login: its title or heading is that of a login page, and it has a password field or little text".to_owned()
        }
        ListFinding::Captcha => {
            "captcha: its title or heading is that of a challenge, and it has a challenge's script or little text"
                .to_owned()
        }
    }
}
