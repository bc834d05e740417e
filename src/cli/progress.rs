//! What a command that takes long says meanwhile, on standard error: a bar on a terminal, else a line now and then; nothing to
//! programs, and nothing about what is done within two seconds.

use super::exit::Shape;
use crate::model::Watcher;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is done sooner needs no word.
const PATIENCE: Duration = Duration::from_secs(2);
/// A log keeps every line.
const BETWEEN_LINES: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Shows how far a command has come; gone when it is dropped.
pub(super) struct Progress {
    state: Option<Arc<Mutex<State>>>,
    clock: Option<(Sender<()>, JoinHandle<()>)>,
}

struct State {
    pace: Pace,
    what: String,
    done: u64,
    of: u64,
    /// When this work began; the command may have done another one before.
    since: Instant,
    /// On a terminal.
    bar: Option<ProgressBar>,
}

/// When something is said.
#[derive(Debug)]
struct Pace {
    began: Instant,
    said: Option<Instant>,
}

impl Pace {
    /// Whether it is time, every so often; then it is said.
    fn is_due(&mut self, now: Instant, every: Duration) -> bool {
        let since = self.said.map_or(now - self.began >= PATIENCE, |said| now - said >= every);
        if since {
            self.said = Some(now);
        }
        since
    }
}

impl Progress {
    pub(super) fn new(shape: Shape) -> Self {
        if shape == Shape::Json {
            return Self { state: None, clock: None };
        }
        let now = Instant::now();
        let bar = std::io::stderr().is_terminal();
        let bar = bar.then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
        let pace = Pace { began: now, said: None };
        let state = Arc::new(Mutex::new(State { pace, what: String::new(), done: 0, of: 0, since: now, bar }));
        let (end, ended) = channel::<()>();
        let watched = Arc::clone(&state);
        let look = move || {
            while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                lock(&watched).look(Instant::now());
            }
        };
        // without the thread nothing is shown, and the work goes on all the same
        let clock = std::thread::Builder::new().name("progress".to_owned()).spawn(look).ok();
        Self { state: Some(state), clock: clock.map(|thread| (end, thread)) }
    }

    /// So far it is.
    pub(super) fn show(&self, what: &str, done: u64, of: u64) {
        if let Some(state) = &self.state {
            lock(state).show(what, done, of);
        }
    }

    /// For the rooms that do the work.
    pub(super) fn watcher(&self) -> Watcher {
        let Some(state) = self.state.clone() else { return Watcher::default() };
        Watcher::new(move |step| lock(&state).show(step.what, step.done, step.of))
    }

    /// Prints a line on standard output, above the bar.
    pub(super) fn print(&self, line: &str) {
        let print = || {
            // A reader that went away (`| head`) is no reason to stop.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        };
        match self.state.as_ref().and_then(|state| lock(state).bar.clone()) {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.clock.take() {
            drop(end);
            let _ = thread.join();
        }
        if let Some(bar) = self.state.take().and_then(|state| lock(&state).bar.take()) {
            bar.finish_and_clear();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn show(&mut self, what: &str, done: u64, of: u64) {
        let is_other = self.what != what;
        if is_other {
            (self.what, self.since) = (what.to_owned(), Instant::now());
        }
        (self.done, self.of) = (done, of);
        let Some(bar) = &self.bar else { return };
        if is_other {
            bar.reset();
            let template = match of {
                0 => "{spinner} {msg}, {elapsed}",
                _ => "{bar:30} {pos}/{len} {msg}, {per_sec}, {eta} left",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(what.to_owned());
        }
        bar.set_length(of);
        bar.set_position(done);
    }

    fn look(&mut self, now: Instant) {
        if self.what.is_empty() {
            return;
        }
        match &self.bar {
            Some(bar) if self.pace.is_due(now, Duration::ZERO) => {
                if bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.tick();
            }
            Some(_) => {}
            None if self.pace.is_due(now, BETWEEN_LINES) => {
                eprintln!("{}", line(&self.what, self.done, self.of, now - self.since));
            }
            None => {}
        }
    }
}

/// How far it is, with the rate and the time that is left where they can be told.
fn line(what: &str, done: u64, of: u64, since: Duration) -> String {
    if of == 0 {
        return format!("{what}: {}", HumanDuration(since));
    }
    let mut line = format!("{what}: {done} of {of}, {} %", done.min(of) * 100 / of);
    let (seconds, share) = (since.as_secs_f64(), done as f64 / of as f64);
    if done > 0 && seconds >= 1.0 {
        let left = Duration::try_from_secs_f64(seconds / share - seconds).unwrap_or_default();
        line += &format!(", {:.1} a second, {} left", done as f64 / seconds, HumanDuration(left));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_for_two_seconds_and_then_not_often() {
        let began = Instant::now();
        let mut pace = Pace { began, said: None };
        let said: Vec<u64> = (0..40).filter(|s| pace.is_due(began + Duration::from_secs(*s), BETWEEN_LINES)).collect();
        assert_eq!(said, [2, 12, 22, 32]);
    }

    #[test]
    fn a_line_has_rate_and_time_left() {
        let after = |seconds| Duration::from_secs(seconds);
        assert_eq!(
            line("pages copied", 250, 1_000, after(10)),
            "pages copied: 250 of 1000, 25 %, 25.0 a second, 30 seconds left"
        );
        assert_eq!(line("pages copied", 0, 1_000, after(10)), "pages copied: 0 of 1000, 0 %");
        assert_eq!(line("waiting for the daemon", 0, 0, after(3)), "waiting for the daemon: 3 seconds");
    }

    #[test]
    fn programs_are_told_nothing() {
        let progress = Progress::new(Shape::Json);
        progress.show("pages copied", 1, 2);
        assert!(progress.state.is_none() && progress.clock.is_none());
    }
}
