//! The operator's own certificate authorities, trusted beside those of the system.
//!
//! Comes in: the text of a PEM file. Goes out: its certificates, each known to be one. It does not know where the file
//! stands.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt;
use std::sync::Arc;

/// Certificates of authorities.
#[derive(Clone, Default)]
pub struct OwnAuthorities {
    certificates: Arc<[CertificateDer<'static>]>,
}

/// Why a text gives no authorities; follows "the file".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAuthorities {
    /// There is no certificate in it.
    #[error("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    Empty,
    /// It is no PEM.
    #[error("is no PEM: {why}")]
    NotPem {
        /// The library's words.
        why: String,
    },
    /// One of its certificates is none.
    #[error("has a certificate, number {number}, that cannot be read: {why}")]
    NotACertificate {
        /// From 1.
        number: usize,
        /// The library's words.
        why: String,
    },
}

impl OwnAuthorities {
    /// Reads the certificates of a PEM text; what else stands there is left alone.
    ///
    /// # Errors
    /// [`InvalidAuthorities`].
    pub fn of_pem(pem: &[u8]) -> Result<Self, InvalidAuthorities> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|error| InvalidAuthorities::NotPem { why: words(&error) })?;
        if certificates.is_empty() {
            return Err(InvalidAuthorities::Empty);
        }
        let mut store = RootCertStore::empty();
        for (at, certificate) in certificates.iter().enumerate() {
            store
                .add(certificate.clone())
                .map_err(|error| InvalidAuthorities::NotACertificate { number: at + 1, why: words(&error) })?;
        }
        Ok(Self { certificates: certificates.into() })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether the system's authorities are all that is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The certificates as the client takes them.
    pub(super) fn certificates(&self) -> Result<Vec<reqwest::Certificate>, reqwest::Error> {
        self.certificates.iter().map(|certificate| reqwest::Certificate::from_der(certificate)).collect()
    }
}

impl fmt::Debug for OwnAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnAuthorities({})", self.len())
    }
}

fn words(error: &dyn fmt::Display) -> String {
    crate::text::log_safe(&error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(tag: &str, base64: &str) -> String {
        format!("-----BEGIN {tag}-----\n{base64}\n-----END {tag}-----\n")
    }

    #[test]
    fn file_without_a_usable_certificate_says_why() {
        let read = |text: &str| OwnAuthorities::of_pem(text.as_bytes()).expect_err("no authority");
        assert_eq!(read(""), InvalidAuthorities::Empty);
        assert_eq!(read("hello\n"), InvalidAuthorities::Empty);
        assert_eq!(read(&pem("PRIVATE KEY", "AAAA")), InvalidAuthorities::Empty);
        let broken = read(&pem("CERTIFICATE", "AAAA"));
        assert!(matches!(broken, InvalidAuthorities::NotACertificate { number: 1, .. }), "{broken}");
        assert!(matches!(read(&pem("CERTIFICATE", "*!?")), InvalidAuthorities::NotPem { .. }));
        let cut = read("-----BEGIN CERTIFICATE-----\nAAAA\n");
        assert!(matches!(cut, InvalidAuthorities::NotPem { .. }), "{cut}");
    }

    #[test]
    fn every_certificate_of_a_bundle_is_taken() {
        let authority = || {
            let key = rcgen::KeyPair::generate().expect("a key");
            rcgen::CertificateParams::new(Vec::<String>::new()).and_then(|p| p.self_signed(&key)).expect("made").pem()
        };
        let bundle = format!("# ours\n{}{}{}", authority(), pem("PRIVATE KEY", "AAAA"), authority());
        assert_eq!(OwnAuthorities::of_pem(bundle.as_bytes()).map(|own| own.len()), Ok(2));
    }
}
