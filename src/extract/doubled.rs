//! Addresses whose site stands in them twice, as careless templates write them.

/// The inner address of `https://bao.vn/https://bao.vn/a.html`, `https://bao.vnhttps://bao.vn/a.html` or
/// `https://bao.vn//bao.vn/a.html`; any other address as it is. An address that carries another site's is meant so.
pub(super) fn undoubled(address: &str) -> &str {
    let Some((_, rest)) = address.split_once("://") else { return address };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    let inner = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min();
    if let Some(at) = inner {
        let (before, inner) = rest.split_at(at);
        let inner_host =
            inner.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        return if is_same(before.trim_end_matches('/'), inner_host) { inner } else { address };
    }
    let Some(again) = path.strip_prefix("//") else { return address };
    if !host.is_empty() && is_same(host, again.split('/').next().unwrap_or_default()) {
        &address[address.len() - again.len() - 2..]
    } else {
        address
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let bare = |host: &str| host.trim_start_matches("www.").to_ascii_lowercase();
    !one.is_empty() && bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_stands_once_in_an_address() {
        for doubled in [
            "https://bao.vn/https://bao.vn/a.html",
            "http://www.bao.vn/https://bao.vn/a.html",
            "https://bao.vnhttps://bao.vn/a.html",
        ] {
            assert_eq!(undoubled(doubled), "https://bao.vn/a.html");
        }
        assert_eq!(undoubled("https://bao.vn//bao.vn/a.html"), "//bao.vn/a.html");
    }

    #[test]
    fn other_addresses_stay() {
        for address in [
            "https://bao.vn/a.html",
            "https://web.archive.example/web/2020/https://bao.vn/a.html",
            "https://proxy.example/https://bao.vn/a.html",
            "https://bao.vn/share?u=https://bao.vn/a.html",
            "https://bao.vn//a.html",
            "/a.html",
            "a:b",
        ] {
            assert_eq!(undoubled(address), address);
        }
    }
}
