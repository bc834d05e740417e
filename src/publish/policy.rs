//! What a browser may do with an answer of ours (Content-Security-Policy Level 3): no scripts, anywhere.

use crate::render::style_csp_hash;

/// Of answers that are no pages: nothing is loaded, nothing is framed.
pub const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Of fragments: another site's page decides what its own markup may do; alone they load nothing.
pub const FRAGMENT: &str = NOTHING;

/// Of pages: pictures from everywhere, and of styles only our own sheet, by its hash.
#[must_use]
pub fn page_policy() -> String {
    format!(
        "default-src 'none'; img-src http: https:; style-src {}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        style_csp_hash()
    )
}
