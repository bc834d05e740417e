//! The configuration: what was written, and what is needed.
