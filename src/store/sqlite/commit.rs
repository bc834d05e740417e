//! One batch into the tables: items, poll state and revision, all or nothing.

use super::key::{self, Said as Known};
use super::row::{self, kept};
use super::session::Session;
use super::{absence, article, body, category, erase, item, recent, revision, schema, sighting, source};
use crate::model::{Draft, Item, ItemId, Standing};
use crate::store::dedup::{self, Candidate, Said, Unique, Verdict};
use crate::store::statement::Statement;
use crate::store::{AbsenceAnswer, Arrival, ArticleOutcome, ArticleRead, Batch, ChangeKind, Commit, Coverage};
use chrono::{DateTime, Duration, Utc};
use rusqlite::Connection;
use std::collections::HashSet;

/// A sighting is noted anew so often; oftener only where the document brought something new.
const NOTED_EVERY: Duration = Duration::hours(6);

/// Commits a batch.
pub(super) fn commit(db: &Connection, batch: &Batch) -> row::Result<Commit> {
    if let Some(anew) = &batch.anew
        && body::newest_at(db, &batch.source)?.is_some_and(|at| at > kept(anew.newest_at))
    {
        source::put_origins(db, &batch.origins)?;
        return Ok(Commit { revision: schema::revision(db)?, ..Commit::default() });
    }
    let batch_now = kept(batch.now);
    let mut session = Session::begin(db, batch_now);
    let mut turn = Turn { db, batch, now: batch_now, session: &mut session, shown: Vec::new(), erased: Vec::new() };
    turn.take_drafts()?;
    turn.note_shown()?;
    turn.release()?;
    if let Some(read) = &batch.article {
        turn.take_article(read)?;
    }
    let erased = turn.erased;
    if let Some(poll) = &batch.poll {
        source::put_states(db, &[(batch.source.clone(), poll.clone())])?;
    }
    if let Some(memory) = &batch.memory {
        source::put_memory(db, &batch.source, &erase::without(memory, &erased))?;
    }
    // a document that shows what was erased is not kept
    if let Some(keep) = batch.body.as_ref().filter(|_| erased.is_empty()) {
        session.commit.kept_bytes = body::put(db, &batch.source, keep)?;
    }
    source::put_origins(db, &batch.origins)?;
    session.end()
}

/// Publishes the items whose grace is over.
pub(super) fn release_overdue(db: &Connection, now: DateTime<Utc>) -> row::Result<Commit> {
    let mut session = Session::begin(db, kept(now));
    for id in article::overdue(db, now)? {
        if let Some(mut item) = item::load(db, id)? {
            item.standing = Standing::Ready;
            session.publish(&mut item)?;
        }
    }
    session.end()
}

/// Takes in what the page of an absent item answered.
pub(super) fn settle_absence(
    db: &Connection,
    item: ItemId,
    answer: AbsenceAnswer,
    now: DateTime<Utc>,
) -> row::Result<Commit> {
    let now = kept(now);
    let mut session = Session::begin(db, now);
    if absence::settle(db, item, answer, now)?
        && let Some(item) = item::load(db, item)?.filter(|item| item.standing == Standing::Ready)
    {
        session.withdraw(item)?;
    }
    session.end()
}

/// One batch on its way into the tables.
struct Turn<'a, 'b> {
    db: &'a Connection,
    batch: &'a Batch,
    now: DateTime<Utc>,
    session: &'b mut Session<'a>,
    /// The items that the document shows, with their places.
    shown: Vec<(usize, ItemId)>,
    /// What it shows that was erased.
    erased: Vec<Unique<'a>>,
}

/// An article of the document that is not as it was.
struct Open<'a> {
    unique: Unique<'a>,
    statement: Statement,
    candidates: Vec<Candidate>,
}

impl<'a> Turn<'a, '_> {
    fn take_drafts(&mut self) -> row::Result<()> {
        let mut claimed = HashSet::new();
        let (mut same, mut open) = (Vec::new(), Vec::new());
        for unique in dedup::uniques(&self.batch.drafts) {
            let statement = Statement::of(&unique.draft, &unique.keys);
            let known = key::at_address(self.db, &self.batch.paper, &unique.draft.source, unique.address())?;
            match known.filter(|known| self.is_as_it_was(known, &statement)) {
                Some(known) => {
                    self.shown.push((unique.draft.place, known.item));
                    claimed.insert(known.item);
                    same.push((known, unique));
                }
                None if erase::is_erased(self.db, &self.batch.paper, &unique.keys)? => {
                    self.session.commit.same += 1;
                    self.erased.push(unique);
                }
                None => {
                    let candidates = key::candidates(self.db, &self.batch.paper, &unique)?;
                    claimed.extend(dedup::certain(&unique, &candidates));
                    open.push(Open { unique, statement, candidates });
                }
            }
        }
        let verdicts = self.verdicts(&open, &claimed)?;
        let mut any_new = false;
        // the first of the document gets the highest number: of equal dates it is the newest
        for (open, verdict) in open.iter().zip(verdicts).rev() {
            match verdict {
                Verdict::New => {
                    any_new = true;
                    self.add(open)?;
                }
                Verdict::Same(item) => self.meet(item, &[], open)?,
                Verdict::Merge { item, twins } => self.meet(item, &twins, open)?,
            }
        }
        self.note_same(&same, any_new)
    }

    /// What each article of the document is. A poll that is doubted recognizes nothing by its text.
    fn verdicts(&self, open: &[Open<'a>], claimed: &HashSet<ItemId>) -> row::Result<Vec<Verdict>> {
        let judge = |open: &Open<'a>| dedup::judge(&open.unique, &open.statement, &open.candidates, claimed, self.now);
        let mut verdicts: Vec<Verdict> = open.iter().map(judge).collect();
        if matches!(self.batch.arrival, Arrival::Held(_)) {
            return Ok(verdicts);
        }
        let is_new = |(_, (_, verdict)): &(usize, (&Open<'a>, &Verdict))| **verdict == Verdict::New;
        let unknown = open.iter().zip(&verdicts).enumerate().filter(is_new);
        let unknown: Vec<(usize, &Unique<'a>)> = unknown.map(|(at, (open, _))| (at, &open.unique)).collect();
        for (at, item) in recent::renamed_items(self.db, &self.batch.paper, &unknown, claimed, self.now)? {
            verdicts[at] = Verdict::Merge { item, twins: Vec::new() };
        }
        Ok(verdicts)
    }

    /// Nothing is to be done for an item of which the source says what it said, and which stands as it should.
    fn is_as_it_was(&self, known: &Known, statement: &Statement) -> bool {
        let stands = match known.standing {
            Some(item::READY | item::HELD) => true,
            Some(item::AWAITS) => self.batch.arrival != Arrival::Ready,
            _ => false,
        };
        stands && known.statement.as_ref() == Some(statement)
    }

    fn note_same(&mut self, same: &[(Known, Unique<'a>)], any_new: bool) -> row::Result<()> {
        for (known, unique) in same {
            self.session.commit.same += 1;
            if self.batch.anew.is_some() {
                continue;
            }
            if any_new || known.last_seen.is_none_or(|at| self.now - at >= NOTED_EVERY) {
                sighting::seen(self.db, known.item, &unique.draft.source, unique.draft.place, self.now)?;
            }
        }
        Ok(())
    }

    /// An article that was never seen.
    fn add(&mut self, open: &Open<'a>) -> row::Result<()> {
        let draft: &Draft = &open.unique.draft;
        let standing = match self.batch.arrival {
            Arrival::Ready if !draft.title.is_empty() => Standing::Ready,
            Arrival::Ready | Arrival::AwaitArticle => Standing::AwaitsArticle { failing_since: None },
            Arrival::Held(why) => Standing::Held { why },
        };
        let guid = self.session.mint(&self.batch.authority, &self.batch.paper, &open.unique)?;
        let mut item = item::made_of(draft, guid, standing, self.first_seen(draft));
        item.paper = self.batch.paper.clone();
        self.session.commit.new += 1;
        match &item.standing {
            Standing::Ready => self.session.stamp(&mut item)?,
            Standing::Held { .. } => self.session.commit.held += 1,
            _ => {}
        }
        item.id = item::insert(self.db, &item, draft.fingerprint)?;
        self.shown.push((draft.place, item.id));
        key::add(self.db, &item.paper, item.id, &open.unique.keys, self.now)?;
        self.categorize(&item, draft)?;
        sighting::put(self.db, item.id, &draft.source, open.statement, draft.place, self.seen())?;
        match &item.standing {
            Standing::Ready => {
                self.session.commit.changed += 1;
                self.session.commit.published += 1;
                self.session.appear(&item, ChangeKind::Create)
            }
            Standing::AwaitsArticle { .. } => article::want(self.db, item.id, &draft.source, self.now),
            _ => Ok(()),
        }
    }

    /// Undated entries keep the document's order: the first is the newest.
    fn first_seen(&self, draft: &Draft) -> DateTime<Utc> {
        let back = if draft.published.is_some() { 0 } else { i64::try_from(draft.place).unwrap_or(0) };
        let seen = self.seen();
        Duration::try_seconds(back).and_then(|back| seen.checked_sub_signed(back)).unwrap_or(seen)
    }

    /// When the document came.
    fn seen(&self) -> DateTime<Utc> {
        self.batch.anew.map_or(self.now, |anew| kept(anew.seen_at.min(self.now)))
    }

    /// An article that is known. A poll that is doubted changes nothing that is kept.
    fn meet(&mut self, id: ItemId, twins: &[ItemId], open: &Open<'a>) -> row::Result<()> {
        self.shown.push((open.unique.draft.place, id));
        if matches!(self.batch.arrival, Arrival::Held(_)) {
            self.session.commit.same += 1;
            return Ok(());
        }
        let mut id = self.session.now_is(id);
        for twin in twins {
            id = self.session.join(id, *twin)?;
        }
        let Some(before) = item::load(self.db, id)? else { return Ok(()) };
        let draft: &Draft = &open.unique.draft;
        let mut item = before.clone();
        let said = match sighting::statement(self.db, id, &draft.source)? {
            Some(before) if self.batch.anew.is_some() => Said::Anew { before, now: open.statement },
            Some(before) => Said::Again { before, now: open.statement },
            None => Said::First,
        };
        let effect = dedup::merge(&mut item, draft, said, self.now);
        if effect.substantive && before.standing == Standing::Ready {
            revision::keep(self.db, &before, self.now)?;
        }
        let is_new_there = self.categorize(&item, draft)?;
        key::add(self.db, &item.paper, id, &open.unique.keys, self.now)?;
        key::forget_old(self.db, id)?;
        match self.batch.anew {
            Some(_) => sighting::correct(self.db, id, &draft.source, open.statement, draft.place, self.seen())?,
            None => sighting::put(self.db, id, &draft.source, open.statement, draft.place, self.now)?,
        }
        self.revive(&mut item)?;
        self.settle(&before, item, effect.visible || is_new_there, Some(draft.fingerprint))
    }

    /// An item that was withdrawn is shown again; one that waits for its page waits no more where no page is read.
    fn revive(&mut self, item: &mut Item) -> row::Result<()> {
        if item.title.is_empty() {
            return Ok(());
        }
        let waits_no_more =
            matches!(item.standing, Standing::AwaitsArticle { .. }) && self.batch.arrival == Arrival::Ready;
        if waits_no_more {
            article::done(self.db, item.id)?;
        }
        let is_back = item.standing == Standing::Withdrawn
            && self.batch.anew.is_none()
            && !erase::is_taken_back(self.db, item.id)?;
        if waits_no_more || is_back {
            item.standing = Standing::Ready;
        }
        Ok(())
    }

    /// Writes an item that may have changed, and counts what became of it.
    fn settle(&mut self, before: &Item, mut item: Item, visible: bool, fingerprint: Option<u64>) -> row::Result<()> {
        let is_ready = item.standing == Standing::Ready;
        if is_ready && before.standing != Standing::Ready {
            return self.session.publish(&mut item);
        }
        if is_ready && visible {
            self.session.stamp(&mut item)?;
            self.session.commit.changed += 1;
            self.session.alter(before, &item)?;
        } else {
            self.session.commit.same += 1;
        }
        if item != *before {
            item::update(self.db, &item, fingerprint)?;
        }
        Ok(())
    }

    /// What is shown is not absent; what a whole list shows no more may be.
    fn note_shown(&mut self) -> row::Result<()> {
        let is_old = self.batch.anew.is_some();
        if self.shown.is_empty() || is_old || matches!(self.batch.arrival, Arrival::Held(_)) {
            return Ok(());
        }
        let mut shown = std::mem::take(&mut self.shown);
        shown.sort_unstable();
        let mut ids: Vec<ItemId> = shown.into_iter().map(|(_, id)| self.session.now_is(id)).collect();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        absence::drop_shown(self.db, &ids)?;
        if self.batch.coverage == Coverage::Whole {
            self.session.commit.absent += absence::note(self.db, &self.batch.source, &ids, self.now)?;
        }
        Ok(())
    }

    /// Adds an item to a draft's categories; says whether one of them was new to it.
    fn categorize(&mut self, item: &Item, draft: &Draft) -> row::Result<bool> {
        let mut any_new = false;
        for category in &draft.categories {
            if let Some(number) = category::number(self.db, &item.paper, category)? {
                any_new |= category::add_item(self.db, item.id, number)?;
            }
        }
        Ok(any_new)
    }

    fn release(&mut self) -> row::Result<()> {
        for id in &self.batch.release {
            let Some(mut item) = self.own(*id)?.filter(|item| matches!(item.standing, Standing::Held { .. })) else {
                continue;
            };
            match self.batch.arrival {
                Arrival::Held(_) => {}
                Arrival::Ready if !item.title.is_empty() => {
                    item.standing = Standing::Ready;
                    self.session.publish(&mut item)?;
                }
                Arrival::Ready | Arrival::AwaitArticle => {
                    item.standing = Standing::AwaitsArticle { failing_since: None };
                    item::update(self.db, &item, None)?;
                    article::want(self.db, item.id, &self.batch.source, self.now)?;
                }
            }
        }
        Ok(())
    }

    fn take_article(&mut self, read: &ArticleRead) -> row::Result<()> {
        let Some(mut item) = self.own(read.item)? else { return Ok(()) };
        let is_over = match &read.outcome {
            ArticleOutcome::Read(draft) => return self.take_page(&item, draft),
            ArticleOutcome::Postponed { until } => {
                article::postpone(self.db, item.id, *until)?;
                false
            }
            ArticleOutcome::Failed { retry_at, grace } => article::fail(self.db, item.id, *retry_at, *grace, self.now)?,
            ArticleOutcome::Never => {
                article::done(self.db, item.id)?;
                true
            }
        };
        if is_over && matches!(item.standing, Standing::AwaitsArticle { .. }) {
            if item.title.is_empty() {
                return self.give_up_untitled(item);
            }
            item.standing = Standing::Ready;
            self.session.publish(&mut item)?;
        }
        Ok(())
    }

    /// Nothing without a title is published: it waits on, and once its page is given up it leaves for the history, until
    /// a source shows it with a title.
    fn give_up_untitled(&mut self, mut item: Item) -> row::Result<()> {
        if !article::is_wanted(self.db, item.id)? {
            item.standing = Standing::Withdrawn;
            item::update(self.db, &item, None)?;
        }
        Ok(())
    }

    /// What an article's page says of itself.
    fn take_page(&mut self, item: &Item, draft: &Draft) -> row::Result<()> {
        let unique = Unique::of(draft);
        if erase::is_erased(self.db, &self.batch.paper, &unique.keys)? {
            // an erased article under another address: its page says which one it is
            return erase::erase_item(self.session, self.db, item, self.now);
        }
        let candidates = key::candidates(self.db, &self.batch.paper, &unique)?;
        let mut id = item.id;
        if let Some(itself) = key::candidate(self.db, id, &draft.source)? {
            for twin in dedup::twins_of(&itself, &unique, &candidates, self.now) {
                id = self.session.join(id, twin)?;
            }
        }
        article::done(self.db, id)?;
        key::add(self.db, &item.paper, id, &unique.keys, self.now)?;
        key::forget_old(self.db, id)?;
        let Some(before) = item::load(self.db, id)? else { return Ok(()) };
        let mut item = before.clone();
        let effect = dedup::fill_from_article(&mut item, draft, self.now);
        let is_uncategorized = category::numbers_of_item(self.db, id)?.is_empty();
        let is_new_there = is_uncategorized && self.categorize(&item, draft)?;
        if matches!(item.standing, Standing::AwaitsArticle { .. }) {
            item.standing = Standing::Ready;
        }
        self.settle(&before, item, effect.visible || is_new_there, Some(draft.fingerprint))
    }

    /// An item of the batch's paper.
    fn own(&self, id: ItemId) -> row::Result<Option<Item>> {
        let item = item::load(self.db, self.session.now_is(id))?;
        Ok(item.filter(|item| item.paper == self.batch.paper))
    }
}
