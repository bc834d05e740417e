//! A client's share: so many requests a minute, as a bucket that leaks (GCRA, ITU-T I.371), in room that never grows.
//!
//! Comes in: a client as a number. Goes out: nothing, or the seconds to wait. Two clients may fall into one slot: then the one
//! who came later is not judged, since nobody is to wait for what another did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const SLOTS: usize = 1 << 14;
/// Of a slot's 64 bits, those of the moment in microseconds since the start: nine years.
const MOMENT_BITS: u32 = 48;
const MOMENT: u64 = (1 << MOMENT_BITS) - 1;
const MINUTE: u64 = 60_000_000;

/// When the bucket of each client will be empty.
pub(super) struct FairUse {
    since: Instant,
    slots: Box<[AtomicU64]>,
}

impl std::fmt::Debug for FairUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FairUse").finish_non_exhaustive()
    }
}

impl FairUse {
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Takes one request from a client's share; the seconds to wait where there is none left.
    pub(super) fn take(&self, client: u64, a_minute: u32) -> Option<u64> {
        let now = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(MOMENT);
        self.take_at(client, a_minute, now)
    }

    fn take_at(&self, client: u64, a_minute: u32, now: u64) -> Option<u64> {
        let each = MINUTE / u64::from(a_minute.max(1));
        let (tag, place) = (client >> MOMENT_BITS, usize::try_from(client).unwrap_or_default() % SLOTS);
        let slot = self.slots.get(place)?;
        let mut wait = None;
        let _ = slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| {
            let (whose, empty_at) = (kept >> MOMENT_BITS, kept & MOMENT);
            let is_busy = empty_at > now;
            wait = None;
            if is_busy && whose != tag {
                return None;
            }
            let empty_at = empty_at.max(now) + each;
            let over = (empty_at - now).saturating_sub(MINUTE);
            if over > 0 {
                wait = Some(over.div_ceil(1_000_000));
                return None;
            }
            Some(tag << MOMENT_BITS | empty_at & MOMENT)
        });
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u64 = 7 << MOMENT_BITS | 5;
    const OTHER: u64 = 8 << MOMENT_BITS | 5;

    #[test]
    fn a_minutes_share_may_come_at_once_and_then_drips() {
        let fair = FairUse::new();
        assert!((0..60).all(|_| fair.take_at(ONE, 60, 1).is_none()));
        assert_eq!(fair.take_at(ONE, 60, 1), Some(1));
        assert_eq!(fair.take_at(ONE, 60, 1), Some(1), "a refused request costs nothing");
        assert_eq!(fair.take_at(ONE, 60, 1_000_001), None);
        assert_eq!(fair.take_at(ONE, 60, 1_000_001), Some(1));
    }

    #[test]
    fn nobody_waits_for_what_another_did() {
        let fair = FairUse::new();
        for _ in 0..100 {
            fair.take_at(ONE, 60, 1);
        }
        assert_eq!(fair.take_at(OTHER, 60, 1), None);
        assert_eq!(fair.take_at(OTHER, 60, 2 * MINUTE), None, "the slot is free again");
    }
}
