//! The readers' door.
