//! Addresses of names: asked of the system, as every program of this machine does.
//!
//! Comes in: a name. Goes out: its addresses, in the system's order. It judges none of them; `address_guard.rs` does.
//! Tests put a table in the system's place, to see what happens where a name changes its mind.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Less than a connection may take, so that a resolver that does not answer is told as that. The system's own limit is
/// longer: it asks each of its servers twice, five seconds each time.
const LIMIT: Duration = Duration::from_secs(8);

/// Who is asked.
#[derive(Debug, Clone, Default)]
pub(super) enum Lookup {
    /// The system's resolver.
    #[default]
    System,
    /// Answers made up by a test.
    #[cfg(test)]
    Table(std::sync::Arc<table::Table>),
}

impl Lookup {
    /// The addresses of a name, with port 0.
    ///
    /// # Errors
    /// Where the name has none, or nobody could be asked in time.
    pub(super) async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let late = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {LIMIT:?}"));
        tokio::time::timeout(LIMIT, self.ask(name)).await.map_err(late)?
    }

    async fn ask(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            #[cfg(test)]
            Self::Table(table) => table.answer(name).await,
        }
    }
}

#[cfg(test)]
pub(super) mod table {
    use std::collections::HashMap;
    use std::io;
    use std::net::{IpAddr, SocketAddr};
    use std::sync::{Arc, Mutex};

    /// Names with their answers in turn, the last of them for good, none where nobody answers; and how often each was
    /// asked.
    #[derive(Debug, Default)]
    pub(in crate::fetch) struct Table {
        answers: HashMap<String, Vec<Vec<IpAddr>>>,
        asked: Mutex<HashMap<String, usize>>,
    }

    impl Table {
        /// Answers as texts: `("a.vn", &[&["127.1.0.1"], &["10.0.0.1", "::1"]])`.
        pub(in crate::fetch) fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
            let address = |text: &&str| text.parse().expect("an address");
            let answers = |turns: &[&[&str]]| turns.iter().map(|turn| turn.iter().map(address).collect()).collect();
            let answers = names.iter().map(|(name, turns)| ((*name).to_owned(), answers(turns))).collect();
            Arc::new(Self { answers, asked: Mutex::default() })
        }

        pub(in crate::fetch) fn times(&self, name: &str) -> usize {
            self.asked.lock().expect("not poisoned").get(name).copied().unwrap_or_default()
        }

        pub(super) async fn answer(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
            let turn = {
                let mut asked = self.asked.lock().expect("not poisoned");
                let times = asked.entry(name.to_owned()).or_default();
                *times += 1;
                let turns = self.answers.get(name).ok_or_else(|| io::Error::other("no such name"))?;
                turns.get(*times - 1).or(turns.last())
            };
            match turn {
                Some(turn) => Ok(turn.iter().map(|ip| SocketAddr::new(*ip, 0)).collect()),
                None => std::future::pending().await,
            }
        }
    }
}
