//! systemd: readiness, watchdog, inherited sockets.
