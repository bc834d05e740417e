//! What a statement changes in an item that is known.

use super::alike::is_substantive;
use crate::model::{DateOrigin, Draft, Item, Precision, PubDate, SafeHtml, Standing};
use crate::store::statement::{Part, Statement};
use crate::text::plain_text;
use chrono::{DateTime, Duration, Utc};

/// Whether the source spoke of the item before.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Said {
    /// For the first time: it fills what is missing.
    First,
    /// Again: what it says otherwise than before is an edit.
    Again {
        /// What it said.
        before: Statement,
        /// What it says.
        now: Statement,
    },
    /// The same once more, read otherwise: what was garbled is corrected where nobody said otherwise since; no edit.
    Anew {
        /// What was read of it before.
        before: Statement,
        /// What is read of it now.
        now: Statement,
    },
}

/// What became of the item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::store) struct Effect {
    /// Some fact changed that readers see.
    pub(in crate::store) visible: bool,
    /// What is said changed, not only how.
    pub(in crate::store) substantive: bool,
}

/// Takes a draft into an item. The date is frozen once the item is Ready; before that a better witness wins.
/// `updated` moves on a substantive edit alone. Categories are not looked at here.
pub(in crate::store) fn merge(item: &mut Item, draft: &Draft, said: Said, now: DateTime<Utc>) -> Effect {
    let edited = {
        let corrected = Corrected::of(item, said);
        move |part: Part| match said {
            Said::First => false,
            Said::Again { before, now } => now.differs(&before, part),
            Said::Anew { .. } => corrected.0[part as usize],
        }
    };
    let mut effect = Effect::default();
    if item.title.is_empty() {
        effect.visible |= !draft.title.is_empty();
        item.title.clone_from(&draft.title);
    } else if edited(Part::Title) && item.title != draft.title && !draft.title.is_empty() {
        effect.note(is_substantive(&item.title, &draft.title));
        item.title.clone_from(&draft.title);
    }
    take_text(&mut item.summary, draft.summary.as_ref(), edited(Part::Summary), Clone::clone, &mut effect);
    let text = |html: &SafeHtml| plain_text(html.as_str());
    take_text(&mut item.content, draft.content.as_ref(), edited(Part::Content), text, &mut effect);
    if let Some(image) = &draft.image
        && (item.image.is_none() || edited(Part::Image))
    {
        effect.visible |= item.image.as_ref() != Some(image);
        item.image = Some(image.clone());
    }
    if edited(Part::Permalink) && item.permalink != draft.permalink {
        effect.visible = true;
        item.permalink = draft.permalink.clone();
    }
    take_names(item, draft, edited(Part::Names), &mut effect);
    // the paper edited nothing
    effect.substantive &= !matches!(said, Said::Anew { .. });
    effect.visible |= take_dates(item, draft, effect.substantive, now);
    effect
}

/// The parts of an item that another reading of the same words corrects.
#[derive(Clone, Copy)]
struct Corrected([bool; Part::ALL.len()]);

impl Corrected {
    fn of(item: &Item, said: Said) -> Self {
        Self(Part::ALL.map(|part| match said {
            Said::Anew { before, now } => now.differs(&before, part) && before.is_kept_in(item, part),
            Said::First | Said::Again { .. } => false,
        }))
    }
}

/// Takes what an article's own page says: it fills what is missing and betters the date, unless that is frozen. The
/// section page's wording stays; so does its picture, once readers saw it.
pub(in crate::store) fn fill_from_article(item: &mut Item, draft: &Draft, now: DateTime<Utc>) -> Effect {
    if item.standing != Standing::Ready && draft.image.is_some() {
        item.image.clone_from(&draft.image);
    }
    merge(item, draft, Said::First, now)
}

impl Effect {
    fn note(&mut self, substantive: bool) {
        self.visible = true;
        self.substantive |= substantive;
    }
}

/// Takes a text that is edited or was missing. A text that is no longer stated stays.
fn take_text<T: Clone + PartialEq>(
    kept: &mut Option<T>,
    stated: Option<&T>,
    edited: bool,
    text: impl Fn(&T) -> String,
    effect: &mut Effect,
) {
    let Some(stated) = stated else { return };
    match kept {
        Some(old) if edited && old != stated => {
            effect.note(is_substantive(&text(old), &text(stated)));
            *old = stated.clone();
        }
        Some(_) => {}
        None => {
            effect.visible = true;
            *kept = Some(stated.clone());
        }
    }
}

fn take_names(item: &mut Item, draft: &Draft, edited: bool, effect: &mut Effect) {
    let takes = |is_missing: bool, is_stated: bool| is_stated && (is_missing || edited);
    if takes(item.authors.is_empty(), !draft.authors.is_empty()) && item.authors != draft.authors {
        effect.visible = true;
        item.authors.clone_from(&draft.authors);
    }
    if takes(item.enclosures.is_empty(), !draft.enclosures.is_empty()) && item.enclosures != draft.enclosures {
        effect.visible = true;
        item.enclosures.clone_from(&draft.enclosures);
    }
    if takes(item.language.is_none(), draft.language.is_some()) && item.language != draft.language {
        effect.visible = true;
        item.language.clone_from(&draft.language);
    }
}

/// Whether a date changed that readers see.
fn take_dates(item: &mut Item, draft: &Draft, substantive: bool, now: DateTime<Utc>) -> bool {
    if item.standing == Standing::Ready {
        if substantive {
            let stated = draft.updated.filter(|at| *at <= now && *at > item.updated.unwrap_or(item.published.at));
            item.updated = Some(stated.unwrap_or(now));
        }
        return substantive;
    }
    if let Some(stated) = draft.published.filter(|stated| is_better(stated, &item.published)) {
        item.published = stated;
    }
    item.updated = draft.updated.or(item.updated).filter(|at| *at > item.published.at && *at <= now);
    false
}

/// A better witness wins, and of equal ones the finer date; but a day alone betters no moment within it.
fn is_better(stated: &PubDate, kept: &PubDate) -> bool {
    let is_day_of_it = stated.precision == Precision::Day
        && kept.precision > Precision::Day
        && kept.origin > DateOrigin::FirstSeen
        && (stated.at - kept.at).abs() < Duration::days(1);
    !is_day_of_it && (stated.origin, stated.precision) > (kept.origin, kept.precision)
}
