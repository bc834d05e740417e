//! The namespaces of the field, by address and by usual prefix.

/// A namespace whose elements we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Namespace {
    /// RSS of every version (with or without an address) and Atom 0.3 and 1.0: their names do not clash.
    Core,
    /// RDF syntax.
    Rdf,
    /// `dc:`, Dublin Core elements.
    DublinCore,
    /// `dcterms:`, Dublin Core terms.
    DcTerms,
    /// `content:`, RSS 1.0 module content.
    Content,
    /// `media:`, Media RSS.
    Media,
    /// `itunes:`, podcasts.
    Itunes,
    /// `sy:`, RSS 1.0 module syndication.
    Syndication,
    /// `feedburner:`.
    FeedBurner,
    /// XHTML.
    Xhtml,
    /// Any other.
    Other,
}

const KNOWN: &[(&str, &str, Namespace)] = &[
    ("", "", Namespace::Core),
    ("rss", "http://purl.org/rss/1.0/", Namespace::Core),
    ("", "http://my.netscape.com/rdf/simple/0.9/", Namespace::Core),
    ("", "http://channel.netscape.com/rdf/simple/0.9/", Namespace::Core),
    ("", "http://backend.userland.com/rss", Namespace::Core),
    ("", "http://backend.userland.com/rss2", Namespace::Core),
    ("", "http://backend.userland.com/rss091", Namespace::Core),
    ("", "http://blogs.law.harvard.edu/tech/rss", Namespace::Core),
    ("", "http://cyber.law.harvard.edu/rss/rss.html", Namespace::Core),
    ("", "http://purl.org/net/rss1.1#", Namespace::Core),
    ("atom", "http://www.w3.org/2005/Atom", Namespace::Core),
    ("a10", "http://www.w3.org/2005/Atom", Namespace::Core),
    ("", "http://purl.org/atom/ns#", Namespace::Core),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", Namespace::Rdf),
    ("dc", "http://purl.org/dc/elements/1.1/", Namespace::DublinCore),
    ("", "http://purl.org/dc/elements/1.0/", Namespace::DublinCore),
    ("dcterms", "http://purl.org/dc/terms/", Namespace::DcTerms),
    ("content", "http://purl.org/rss/1.0/modules/content/", Namespace::Content),
    ("media", "http://search.yahoo.com/mrss/", Namespace::Media),
    ("", "http://search.yahoo.com/mrss", Namespace::Media),
    ("", "http://video.search.yahoo.com/mrss", Namespace::Media),
    ("", "http://video.search.yahoo.com/mrss/", Namespace::Media),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd", Namespace::Itunes),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/", Namespace::Syndication),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0", Namespace::FeedBurner),
    ("xhtml", "http://www.w3.org/1999/xhtml", Namespace::Xhtml),
];

/// The namespace at an address; letter case and a last slash do not matter, since feeds differ in them.
pub(super) fn of(address: &str) -> Namespace {
    let bare = |address: &str| address.trim().trim_end_matches('/').to_ascii_lowercase();
    let wanted = bare(address);
    KNOWN.iter().find(|(_, known, _)| bare(known) == wanted).map_or(Namespace::Other, |known| known.2)
}

/// The address that a prefix usually stands for; one of our own where it is no usual prefix.
pub(super) fn usual(prefix: &str) -> &'static str {
    let found = KNOWN.iter().find(|(known, ..)| !known.is_empty() && known.eq_ignore_ascii_case(prefix));
    found.map_or("urn:undeclared", |known| known.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_however_they_are_written() {
        assert_eq!(of("http://search.yahoo.com/mrss"), Namespace::Media);
        assert_eq!(of("HTTP://www.w3.org/2005/atom"), Namespace::Core);
        assert_eq!(of("urn:mine"), Namespace::Other);
        assert_eq!(of(usual("dc")), Namespace::DublinCore);
    }
}
