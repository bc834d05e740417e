//! `bantin` visits a newspaper's sections, keeps each article once, and republishes them as one feed a category.
//!
//! Two journeys meet in the store (ARCHITECTURE.md):
//!
//! ```text
//! schedule ─Job─▶ fetch ─Document─▶ extract ─Entry─▶ normalize ─Draft─▶ STORE ─Item─▶ render ─Publication─▶ targets ─▶ serve
//! ```

#![forbid(unsafe_code)]

// floor 0: the nouns and plain text
pub mod model;
pub mod text;

// floor 1: the stages, which never import each other
pub mod extract;
pub mod fetch;
pub mod normalize;
pub mod observe;
pub mod render;
pub mod schedule;
pub mod store;

// floor 2: the two journeys
pub mod ingest;
pub mod publish;

// floor 3: the readers' door
pub mod serve;

// floor 4
pub mod config;
pub mod systemd;

// floor 5: builds everything
pub mod daemon;

// floor 6: the commands
pub mod cli;
