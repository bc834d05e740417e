//! One poll: fetch, extract, normalize, commit.
