//! A 64-bit simhash of a text: near texts have near fingerprints, whatever version of `bantin` made them.

use crate::text::fold;

const GRAM: usize = 3;
/// A text's beginning tells as much as all of it.
const MOST_BYTES: usize = 4_096;

/// The simhash over groups of three folded words; 0 for a text without words.
#[must_use]
pub fn fingerprint(text: &str) -> u64 {
    let end = (0..=MOST_BYTES.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let folded = fold(&text[..end]);
    let words: Vec<u64> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(hash).collect();
    if words.is_empty() {
        return 0;
    }
    let mut votes = Votes::default();
    let grams = words.windows(GRAM.min(words.len()));
    let count = grams.len();
    for gram in grams {
        votes.add(gram.iter().fold(0u64, |sum, word| mix(sum.rotate_left(23) ^ word)));
    }
    (0..64).fold(0, |print, bit| print | u64::from(votes.of(bit) * 2 > count) << bit)
}

/// How many of some words have each bit set: 64 counters side by side, of which each plane holds one binary digit.
#[derive(Debug, Default)]
struct Votes([u64; DIGITS]);

/// Enough for as many grams as there are bytes.
const DIGITS: usize = 13;

impl Votes {
    fn add(&mut self, bits: u64) {
        let mut carry = bits;
        for plane in &mut self.0 {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
            if carry == 0 {
                break;
            }
        }
    }

    fn of(&self, bit: usize) -> usize {
        self.0.iter().enumerate().fold(0, |sum, (digit, plane)| sum | ((plane >> bit & 1) as usize) << digit)
    }
}

/// How far two fingerprints are apart, in bits: up to about 6 for texts of one article, about 32 for others.
#[must_use]
pub fn distance(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}

/// FNV-1a with 64 bits: its value for a word never changes.
fn hash(word: &str) -> u64 {
    let fnv = word
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mix(fnv)
}

/// The finalizer of MurmurHash3: every bit of the input reaches every bit of the output.
fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Sáng nay, người dân bản Nà Sản gặt vụ lúa đầu tiên trên cánh đồng mới được dẫn nước về; \
        năng suất cao hơn mọi năm, ai cũng mừng vì con mương dài bốn cây số đã xong trước mùa mưa.";

    #[test]
    fn small_edits_stay_near_and_other_texts_are_far() {
        let edited = TEXT.replace("bốn cây số", "năm cây số");
        let other = "Trận chung kết giải bóng chuyền các xã vùng cao diễn ra chiều qua trước hàng nghìn khán giả.";
        assert!(distance(fingerprint(TEXT), fingerprint(&edited)) <= 14);
        assert!(distance(fingerprint(TEXT), fingerprint(other)) >= 20);
    }

    #[test]
    fn case_marks_and_punctuation_do_not_count() {
        assert_eq!(fingerprint("Người dân, bản Nà Sản!"), fingerprint("nguoi dan ban na san"));
    }

    #[test]
    fn values_never_change() {
        assert_eq!(fingerprint(""), 0);
        // kept databases hold such values
        assert_eq!(fingerprint("mot hai ba bon"), 9_806_325_577_137_786_888);
    }
}
