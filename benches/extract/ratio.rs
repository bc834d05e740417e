//! How many times the bare parser's time a reading takes, both measured in turn so that noise hits them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one pair is measured.
const BUDGET: Duration = Duration::from_millis(2_500);
/// At least so many rounds, however slow they are.
const LEAST_ROUNDS: usize = 15;

/// Prints one line: the medians of both, their ratio, that of the fastest rounds (on a machine that does other things as well,
/// a longer work is interrupted more often), and the throughput of the reading.
pub(crate) fn print(name: &str, bytes: usize, floor: impl FnMut(), reading: impl FnMut()) {
    let (floors, readings) = rounds(floor, reading);
    let (floor, reading) = (floors[floors.len() / 2], readings[readings.len() / 2]);
    let ratio = |reading: Duration, floor: Duration| reading.as_secs_f64() / floor.as_secs_f64();
    let (middle, fastest) = (ratio(reading, floor), ratio(readings[0], floors[0]));
    #[expect(clippy::cast_precision_loss, reason = "a page's length")]
    let throughput = bytes as f64 / 1e6 / reading.as_secs_f64();
    println!(
        "{name:<52} {:>6} KB  parse {:>9.1?}  read {:>9.1?}  ratio {middle:>5.2} (fastest {fastest:>5.2})  {throughput:>6.1} MB/s",
        bytes / 1024,
        floor,
        reading
    );
}

/// The times of both, in order.
fn rounds(mut floor: impl FnMut(), mut reading: impl FnMut()) -> (Vec<Duration>, Vec<Duration>) {
    let (mut floors, mut readings) = (Vec::new(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < BUDGET || floors.len() < LEAST_ROUNDS {
        floors.push(timed(&mut floor));
        readings.push(timed(&mut reading));
    }
    floors.sort_unstable();
    readings.sort_unstable();
    (floors, readings)
}

fn timed(work: &mut impl FnMut()) -> Duration {
    let started = Instant::now();
    work();
    black_box(started.elapsed())
}
