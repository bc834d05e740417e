//! Who tells subscribers of changes: the hub in the box, another hub, or nobody.

use super::super::Hub;
use super::super::error::Problem;
use super::super::file::HubTable;
use super::super::value;
use super::Lowering;

/// `is_reachable`: others can reach `base-url`. Where they cannot, nobody could fetch a feed or ask the hub.
pub(super) fn hub(lowering: Lowering<'_>, written: &HubTable, is_reachable: bool) -> Hub {
    let other = lowering.optional(written.url.as_ref(), value::web_address);
    if written.enabled.as_ref().is_some_and(|enabled| !enabled.value) {
        return Hub::Off;
    }
    match other {
        None if is_reachable => Hub::Own,
        None => Hub::Off,
        Some(url) if is_reachable => Hub::Other(url),
        Some(_) => {
            let warning = Problem::anywhere("the hub is told of no feed, since `base-url` is none that it can reach");
            lowering.report.warning(warning.help("set `base-url` to the public address of the feeds"));
            Hub::Off
        }
    }
}
