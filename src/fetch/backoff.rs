//! Our own backoff where nobody said how long to wait (RULES P6).
//!
//! Comes in: a base, the failures so far, a key. Goes out: a wait. Pure, and the same for the same input.

use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// `min(12 h, base·2^n)` ±20 %: `n` is 0 at the first failure; the spread comes from a hash of `key`, so that many hosts
/// that fail together are not asked together.
pub(super) fn backoff(base: Duration, n: u32, key: &str) -> Duration {
    let doubled = base.saturating_mul(1_u32.checked_shl(n).unwrap_or(u32::MAX));
    let percent = 80 + u32::try_from(hash(key, n) % 41).unwrap_or_default();
    doubled.min(LONGEST) * percent / 100
}

/// FNV-1a: stable across versions and platforms.
fn hash(key: &str, n: u32) -> u64 {
    key.bytes()
        .chain(n.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_a_fifth_and_end_at_half_a_day() {
        let base = Duration::from_secs(900);
        for n in 0..40 {
            let middle = LONGEST.min(base * 2_u32.pow(n.min(20)));
            let wait = backoff(base, n, "https://example.org");
            assert!(wait >= middle * 80 / 100 && wait <= middle * 120 / 100, "{n}: {wait:?}");
        }
        assert!(backoff(Duration::MAX, u32::MAX, "") <= LONGEST * 120 / 100);
    }
}
