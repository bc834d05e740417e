//! Polls that are due and wait for their host: one at a time a host, first come, first served, and so many over all hosts.
//!
//! Comes in: jobs with their hosts. Goes out: those that may start. A host that is slow holds one place and no other host's
//! turn; what waits for it costs a queue entry, no task and no memory of a document. It does not know what a job is.

use std::collections::{HashMap, VecDeque};

/// Jobs by host.
#[derive(Debug)]
pub struct Lanes<T> {
    most: usize,
    running: usize,
    lanes: HashMap<String, Lane<T>>,
    /// Hosts that are free and have somebody waiting, each once.
    ready: VecDeque<String>,
}

/// The jobs of one host; it stands here as long as one of them runs or waits.
#[derive(Debug)]
struct Lane<T> {
    is_busy: bool,
    waiting: VecDeque<T>,
}

impl<T> Lanes<T> {
    /// At most `most` jobs run at a time.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), running: 0, lanes: HashMap::new(), ready: VecDeque::new() }
    }

    /// Puts a job behind the others of its host.
    pub fn push(&mut self, host: &str, job: T) {
        if let Some(lane) = self.lanes.get_mut(host) {
            lane.waiting.push_back(job);
            return;
        }
        self.lanes.insert(host.to_owned(), Lane { is_busy: false, waiting: VecDeque::from([job]) });
        self.ready.push_back(host.to_owned());
    }

    /// A job that may start now, with its host, which is taken until [`Lanes::done`].
    pub fn start(&mut self) -> Option<(String, T)> {
        if self.running >= self.most {
            return None;
        }
        let host = self.ready.pop_front()?;
        let lane = self.lanes.get_mut(&host)?;
        let job = lane.waiting.pop_front()?;
        lane.is_busy = true;
        self.running += 1;
        Some((host, job))
    }

    /// A job of this host has ended.
    pub fn done(&mut self, host: &str) {
        let Some(lane) = self.lanes.get_mut(host).filter(|lane| lane.is_busy) else { return };
        self.running -= 1;
        lane.is_busy = false;
        if lane.waiting.is_empty() {
            self.lanes.remove(host);
        } else {
            self.ready.push_back(host.to_owned());
        }
    }

    /// The jobs that wait, in no order.
    pub fn waiting(&self) -> impl Iterator<Item = &T> {
        self.lanes.values().flat_map(|lane| &lane.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(lanes: &mut Lanes<u32>) -> Vec<(String, u32)> {
        std::iter::from_fn(|| lanes.start()).collect()
    }

    fn named(pairs: &[(&str, u32)]) -> Vec<(String, u32)> {
        pairs.iter().map(|(host, job)| ((*host).to_owned(), *job)).collect()
    }

    #[test]
    fn one_job_a_host_runs_and_the_others_wait_in_order() {
        let mut lanes = Lanes::new(10);
        for (host, job) in [("a", 1), ("a", 2), ("b", 3), ("a", 4)] {
            lanes.push(host, job);
        }
        assert_eq!(started(&mut lanes), named(&[("a", 1), ("b", 3)]));
        lanes.done("a");
        assert_eq!(started(&mut lanes), named(&[("a", 2)]));
        assert_eq!(lanes.waiting().collect::<Vec<_>>(), [&4]);
        lanes.done("a");
        assert_eq!(started(&mut lanes), named(&[("a", 4)]));
    }

    #[test]
    fn no_more_run_than_may_and_a_slow_host_holds_one_place() {
        let mut lanes = Lanes::new(2);
        for job in 0..100 {
            lanes.push("slow", job);
        }
        for job in 100..110 {
            lanes.push(&format!("host{job}"), job);
        }
        assert_eq!(started(&mut lanes), named(&[("slow", 0), ("host100", 100)]));
        for job in 101..110 {
            lanes.done(&format!("host{}", job - 1));
            assert_eq!(started(&mut lanes), named(&[(&format!("host{job}"), job)]));
        }
    }

    #[test]
    fn hosts_leave_no_trace_and_an_end_counts_once() {
        let mut lanes = Lanes::new(1);
        for job in 0..1_000 {
            lanes.push(&job.to_string(), job);
            assert_eq!(started(&mut lanes).len(), 1);
            lanes.done(&job.to_string());
            lanes.done(&job.to_string());
        }
        assert!(lanes.lanes.is_empty() && lanes.ready.is_empty());
        assert_eq!(lanes.running, 0);
    }
}
