//! Store to targets: level-triggered, so there is no event to lose.
