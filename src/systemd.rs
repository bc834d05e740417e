//! systemd: readiness, status, watchdog, reloading, and sockets that it hands down (sd_notify(3), sd_listen_fds(3)).
//!
//! Comes in: what the daemon wants to say. Goes out: datagrams to `$NOTIFY_SOCKET`; without it nothing happens. It does not
//! know whether the daemon is well: who calls [`alive`] vouches for that.

use sd_notify::NotifyState;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, io};

/// Longer status lines are cut by `systemctl status` anyway.
const LONGEST_STATUS: usize = 200;
/// Pings in one watchdog period: one may be late.
const PINGS: u32 = 2;

/// Says that the start, or a reload, is done: requests are answered from now on.
pub fn ready(status: &str) {
    let status = one_line(status);
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Shows a sentence in `systemctl status`.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(&one_line(status))]);
}

/// Says that a reload has begun; [`ready`] ends it.
pub fn reloading() {
    // systemd takes RELOADING=1 only together with the time of it (Type=notify-reload)
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now, NotifyState::Status("reloading the configuration")]);
    }
}

/// Says that the end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Says that the daemon makes progress; to be called every [`watchdog_interval`] while that is true.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is expected; `None`: nobody watches.
#[must_use]
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|period| !period.is_zero()).map(|period| period / PINGS)
}

/// A socket that the service manager listens on for us.
#[derive(Debug)]
pub enum Inherited {
    /// `ListenStream=8080`.
    Tcp(TcpListener),
    /// `ListenStream=/run/bantin/http.sock`.
    Unix(UnixListener),
}

impl Inherited {
    /// Where it listens: `http://ADDR:PORT/` or `unix:PATH`.
    ///
    /// # Errors
    /// The system's word where the socket has no address.
    pub fn address(&self) -> io::Result<String> {
        match self {
            Self::Tcp(listener) => Ok(format!("http://{}/", listener.local_addr()?)),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                let path = address.as_pathname().map_or_else(String::new, |path| path.display().to_string());
                Ok(format!("unix:{path}"))
            }
        }
    }
}

/// The first socket that the service manager handed down, ready for the runtime (non-blocking); `None` where there is
/// none, or it was taken before.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] where what was handed down is no listening stream socket.
pub fn inherited_listener() -> io::Result<Option<Inherited>> {
    /// A descriptor has one owner: whoever asks first.
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if env::var_os("LISTEN_FDS").is_none() || TAKEN.swap(true, Ordering::SeqCst) {
        return Ok(None);
    }
    let mut sockets = listenfd::ListenFd::from_env();
    if sockets.len() == 0 {
        return Ok(None);
    }
    if let Ok(Some(listener)) = sockets.take_tcp_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok(Some(Inherited::Tcp(listener)));
    }
    let Some(listener) = sockets.take_unix_listener(0)? else { return Ok(None) };
    listener.set_nonblocking(true)?;
    Ok(Some(Inherited::Unix(listener)))
}

/// Sends states; where nobody listens, or the datagram is lost, there is nobody to tell that either.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

/// A status is one line: a line break would begin another assignment.
fn one_line(text: &str) -> String {
    text.chars().take(LONGEST_STATUS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_cannot_forge_a_message() {
        assert_eq!(one_line("27 sources\nMAINPID=1"), "27 sources MAINPID=1");
        assert_eq!(one_line(&"a".repeat(1000)).len(), LONGEST_STATUS);
    }

    #[test]
    fn without_a_manager_nothing_happens() {
        ready("a");
        status("b");
        reloading();
        alive();
        stopping();
        assert_eq!(watchdog_interval(), None);
        assert!(inherited_listener().is_ok_and(|socket| socket.is_none()));
    }

    #[test]
    fn inherited_sockets_know_their_address() {
        let tcp = Inherited::Tcp(TcpListener::bind("127.0.0.1:0").expect("a free port"));
        assert!(tcp.address().is_ok_and(|address| address.starts_with("http://127.0.0.1:")));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("http.sock");
        let unix = Inherited::Unix(UnixListener::bind(&path).expect("a socket"));
        assert_eq!(unix.address().expect("an address"), format!("unix:{}", path.display()));
    }
}
