//! Errands at the poller, which holds the sources' states: none runs beside a poll of its own source.

use super::super::errand::{self, Done, Errand, Request};
use super::Poller;
use crate::ingest::{PollReport, Polled};
use crate::model::SourceId;
use chrono::Utc;

impl Poller {
    /// An errand waits for the poll of its source that is under way, since that knows the state as it was; who wants a poll
    /// is answered by that one.
    pub(super) async fn take_on(&mut self, request: Request) {
        let is_claimed = self.lanes.waiting().any(|source| *source == request.source);
        let is_polled = self.tasks.values().any(|running| running.source == request.source);
        if is_polled || (is_claimed && request.errand != Errand::Release) {
            self.errands.push(request);
        } else {
            self.run_errand(request).await;
        }
    }

    pub(super) async fn run_errand(&mut self, request: Request) {
        let plan = self.plan.load_full();
        // the reply that never comes says that the source is gone
        let Some(planned) = plan.source(&request.source) else { return };
        let now = Utc::now();
        let state = *self.states.get(&request.source).cloned().unwrap_or_default();
        let may_ask = plan.ingest().may_ask(&planned.source, &state, now);
        let done = match request.errand {
            Errand::Release => errand::release(&plan, planned, state, now).await.map(|(state, commit)| {
                self.states.insert(request.source, Box::new(state));
                Done::Released(commit)
            }),
            Errand::Poll | Errand::TryPoll if may_ask > now => Ok(Done::NotBefore(may_ask)),
            Errand::Poll | Errand::TryPoll => return self.poll_now(request).await,
        };
        // an operator that went away needs no reply
        let _ = request.tell.send(done);
    }

    /// Claims a source out of turn; its reply comes with its report.
    async fn poll_now(&mut self, request: Request) {
        let source = request.source.clone();
        if request.errand == Errand::TryPoll {
            self.trials.insert(source.clone());
        }
        self.queue.remove(&source);
        self.errands.push(request);
        if !self.start(vec![source.clone()]).await {
            self.trials.remove(&source);
            self.errands.retain(|request| request.source != source);
        }
    }

    /// Tells those who wanted this poll; who wanted another kind of it is answered by what may be asked now.
    pub(super) fn answer(&mut self, source: &SourceId, report: &PollReport) {
        let came = match (&report.answer, &report.trial) {
            (Polled::Reread, _) => return,
            (_, Some(_)) => Errand::TryPoll,
            (_, None) => Errand::Poll,
        };
        let wants = |request: &mut Request| request.source == *source && request.errand == came;
        for request in self.errands.extract_if(.., wants) {
            let _ = request.tell.send(Ok(Done::Polled(Box::new(report.clone()))));
        }
    }

    /// A poll that failed here and not at the origin: nobody hears of it by a reply, and it is not made anew at once.
    pub(super) fn drop_polls(&mut self, source: &SourceId) {
        self.errands.retain(|request| request.source != *source || request.errand == Errand::Release);
    }
}
