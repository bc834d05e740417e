//! Where readers, or the other half of a pair, come in: the sockets.
//!
//! Comes in: what the configuration says, and what systemd hands down. Goes out: a bound [`Listener`]. It does not know who
//! serves.

use super::Part;
use crate::config::{Config, Listen};
use crate::serve::{Listener, partner_socket};
use crate::systemd::{self, Inherited};
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {why}")]
pub struct ListenError {
    /// The address.
    pub address: String,
    /// The system's words and a remedy.
    pub why: String,
}

/// Where a process with the lock lets others in.
pub(super) struct Entrance {
    pub(super) listener: Listener,
    /// How it is reached.
    pub(super) address: String,
    /// The public base of all addresses where none is configured.
    pub(super) base: String,
    /// Removed with this.
    pub(super) pair_socket: Option<PairSocket>,
}

impl Entrance {
    /// For readers, or where those are served by the other half of a pair for that half.
    pub(super) async fn open(part: Part, config: &Config) -> Result<Self, ListenError> {
        if part == Part::Poll {
            let (listener, socket) = PairSocket::bind(&config.state_dir)?;
            return Ok(Self {
                listener,
                address: socket.address(),
                base: config.pair_base(),
                pair_socket: Some(socket),
            });
        }
        let (listener, address) = listen(&config.listen).await?;
        Ok(Self { listener, base: address.clone(), address, pair_socket: None })
    }
}

/// Binds the address, or takes the socket that systemd hands down. The second value is how readers reach it.
pub(super) async fn listen(listen: &Listen) -> Result<(Listener, String), ListenError> {
    let failed = |error: std::io::Error| ListenError { address: listen.to_string(), why: remedy(&error) };
    if let Some(inherited) = systemd::inherited_listener().map_err(failed)? {
        return adopt(inherited).map_err(failed);
    }
    match listen {
        Listen::Tcp(address) => {
            let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
            let bound = listener.local_addr().map_err(failed)?;
            Ok((Listener::Tcp(listener.into_std().map_err(failed)?), format!("http://{bound}/")))
        }
        Listen::Unix(path) => {
            let listener = bind_unix(path).map_err(failed)?;
            Ok((Listener::Unix(listener.into_std().map_err(failed)?), format!("unix:{}", path.display())))
        }
    }
}

/// The socket that systemd handed down.
fn adopt(inherited: Inherited) -> std::io::Result<(Listener, String)> {
    let address = inherited.address()?;
    let listener = match inherited {
        Inherited::Tcp(listener) => Listener::Tcp(listener),
        Inherited::Unix(listener) => Listener::Unix(listener),
    };
    Ok((listener, address))
}

/// Binds a unix socket; one that a killed run left behind is removed first.
fn bind_unix(path: &Path) -> std::io::Result<tokio::net::UnixListener> {
    let left_behind = fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path).is_err();
    if left_behind {
        fs::remove_file(path)?;
    }
    tokio::net::UnixListener::bind(path)
}

fn remedy(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program has it; stop that one, or set another `listen` (port 0 takes a free one)".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            format!("{error}; a port below 1024 needs the right to it, or use a socket unit")
        }
        _ => error.to_string(),
    }
}

/// The socket of a pair, for our own user alone; it goes with its process.
pub(super) struct PairSocket(PathBuf);

impl PairSocket {
    /// Binds the socket of a state folder that this process has locked.
    pub(super) fn bind(folder: &Path) -> Result<(Listener, Self), ListenError> {
        let path = partner_socket(folder);
        let bound = bind_unix(&path).and_then(|listener| {
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            listener.into_std()
        });
        let failed = |error: std::io::Error| ListenError {
            address: Listen::Unix(path.clone()).to_string(),
            why: remedy(&error),
        };
        Ok((Listener::Unix(bound.map_err(failed)?), Self(path)))
    }

    /// As [`listen`] shows it.
    pub(super) fn address(&self) -> String {
        Listen::Unix(self.0.clone()).to_string()
    }
}

impl Drop for PairSocket {
    fn drop(&mut self) {
        // what a kill leaves behind, the next start removes
        let _ = fs::remove_file(&self.0);
    }
}
