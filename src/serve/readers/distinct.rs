//! How many different ones there were, without keeping which (HyperLogLog: Flajolet, Fusy, Gandouet, Meunier 2007).
//!
//! Comes in: hashes. Goes out: an estimate, within some 3 %. A kilobyte, however many come.

use std::sync::atomic::{AtomicU8, Ordering};

const BITS: u32 = 10;
const REGISTERS: usize = 1 << BITS;

#[derive(Debug)]
pub(super) struct Distinct(Box<[AtomicU8]>);

impl Distinct {
    pub(super) fn new() -> Self {
        Self((0..REGISTERS).map(|_| AtomicU8::new(0)).collect())
    }

    pub(super) fn add(&self, hash: u64) {
        let place = usize::try_from(hash >> (u64::BITS - BITS)).unwrap_or_default();
        // the guard bit ends the run of zeros
        let rank = (hash << BITS | 1 << (BITS - 1)).leading_zeros() + 1;
        let Some(register) = self.0.get(place) else { return };
        let rank = u8::try_from(rank).unwrap_or(u8::MAX);
        if register.load(Ordering::Relaxed) < rank {
            register.fetch_max(rank, Ordering::Relaxed);
        }
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    pub(super) fn estimate(&self) -> u64 {
        let ranks: Vec<u8> = self.0.iter().map(|register| register.load(Ordering::Relaxed)).collect();
        let registers = REGISTERS as f64;
        let sum: f64 = ranks.iter().map(|rank| 0.5f64.powi(i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / registers) * registers * registers / sum;
        let untouched = ranks.iter().filter(|rank| **rank == 0).count() as f64;
        // few: how many registers nobody came to says more
        let estimate =
            if raw <= 2.5 * registers && untouched > 0.0 { registers * (registers / untouched).ln() } else { raw };
        estimate.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn estimate_is_near_and_seeing_one_again_changes_nothing() {
        for many in [0u32, 1, 7, 100, 3_000, 50_000] {
            let distinct = Distinct::new();
            for n in 0..many {
                let hash = Sha256::digest(n.to_be_bytes());
                let hash = u64::from_be_bytes(hash[..8].try_into().expect("eight bytes"));
                distinct.add(hash);
                distinct.add(hash);
            }
            let (estimate, many) = (distinct.estimate(), u64::from(many));
            assert!(estimate.abs_diff(many) <= many / 10, "{estimate} of {many}");
        }
    }
}
