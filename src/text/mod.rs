//! Plain text and Vietnamese, pure: normal forms, folding, cutting, and the gate before any markup is parsed.
//!
//! Comes in: strings. Goes out: strings. Knows no noun of ours.

mod agency;
mod fold;
mod gate;
mod kind;
mod plain;
mod series;
mod simple;
mod truncate;
mod unicode;

pub use agency::without_agency;
pub use fold::{fold, slug};
pub use gate::{GateError, check_markup, strip_tags};
pub use kind::{Kind, kind};
pub use plain::plain_text;
pub use series::series;
pub use simple::{Piece, simple_markup};
pub use truncate::truncate;
pub use unicode::{clean_block, clean_line, log_safe, nfc};
