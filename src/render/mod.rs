//! Our words: items in, finished bytes out; pure. Same items, same configuration, same bytes.
//!
//! It does not know where items come from or where bytes go, nor what time it is.

use crate::model::{Channel, Format, Item, Publication};

/// One document of a channel.
#[must_use]
pub fn render(channel: &Channel, items: &[Item], format: Format) -> Publication {
    let _ = (channel, items, format);
    unreachable!("not built")
}
