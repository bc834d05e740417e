//! Random numbers of the system: the one place that draws any.

use ring::rand::{SecureRandom, SystemRandom};

/// 256 bits as hexadecimal digits: nobody guesses a callback, and a secret stays below the 200 bytes of WebSub §5.1.
/// `None`: the system gave none.
pub(super) fn token() -> Option<String> {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let tokens: std::collections::HashSet<String> = (0..100).filter_map(|_| token()).collect();
        assert_eq!(tokens.len(), 100);
        assert!(tokens.iter().all(|token| token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit())));
    }
}
