//! Configuration text for sources: one paper a site, its sections in the order of the list.

use super::super::toml_key::write_key;
use super::reader::ListedSource;
use crate::config;
use crate::text;
use std::collections::HashMap;
use url::Url;

/// The sources of one site.
struct Site<'a> {
    domain: String,
    sources: Vec<&'a ListedSource>,
}

/// The configuration text.
pub(super) fn configuration(sources: &[ListedSource]) -> String {
    let sites = sites(sources);
    let folders = folders_of_one_site(&sites);
    let mut out = format!(
        "# {} of {}. Look over each paper's title, home, language and timezone; `bantin check` says whether all is well.\n",
        counted(sources.len(), "source"),
        counted(sites.len(), "paper"),
    );
    let mut ids = HashMap::new();
    for site in &sites {
        write_site(&mut out, site, &folders, &mut ids);
    }
    out
}

/// The sources by registrable domain, in the order in which the domains come.
fn sites(sources: &[ListedSource]) -> Vec<Site<'_>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut sites: Vec<Site<'_>> = Vec::new();
    for source in sources {
        let domain = domain(source.page.as_ref().unwrap_or(&source.url));
        let place = *places.entry(domain.clone()).or_insert_with(|| {
            sites.push(Site { domain, sources: Vec::new() });
            sites.len() - 1
        });
        sites[place].sources.push(source);
    }
    sites
}

/// The registrable domain of an address; of an IP address or a local name the host itself.
fn domain(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.domain().and_then(psl::domain_str) {
        Some(domain) => domain.to_owned(),
        None => host.trim_start_matches("www.").to_owned(),
    }
}

/// Folders that hold one site alone, and so are likely to bear its name.
fn folders_of_one_site<'a>(sites: &[Site<'a>]) -> HashMap<&'a str, usize> {
    let mut folders: HashMap<&str, Option<usize>> = HashMap::new();
    for (number, site) in sites.iter().enumerate() {
        for folder in site.sources.iter().filter_map(|source| source.folder.as_deref()) {
            let of = folders.entry(folder).or_insert(Some(number));
            if *of != Some(number) {
                *of = None;
            }
        }
    }
    folders.into_iter().filter_map(|(folder, of)| Some((folder, of?))).collect()
}

fn write_site(out: &mut String, site: &Site<'_>, folders: &HashMap<&str, usize>, ids: &mut HashMap<String, usize>) {
    let first = site.sources[0];
    let folder = first.folder.as_deref().filter(|folder| folders.contains_key(folder));
    let all_in_folder = folder.filter(|_| site.sources.iter().all(|source| source.folder.as_deref() == folder));
    let alone = Some(first.title.as_str()).filter(|title| site.sources.len() == 1 && !title.is_empty());
    let title = all_in_folder.or(alone).unwrap_or(&site.domain);
    let mut home = site.sources.iter().find_map(|source| source.page.clone()).unwrap_or_else(|| first.url.clone());
    home.set_path("/");
    home.set_query(None);
    let keys = [("id", paper_id(&site.domain, ids)), ("title", title.to_owned()), ("home", home.to_string())];
    out.push_str("\n[[paper]]\n");
    for (key, value) in keys {
        write_key(out, key, &value);
    }
    if let Some(language) = site.sources.iter().find_map(|source| source.language.as_deref()) {
        write_key(out, "language", language);
    }
    let mut titles = HashMap::new();
    for source in &site.sources {
        out.push_str("\n[[paper.section]]\n");
        // the only feed of a site is no category of it: the items' own labels decide
        if site.sources.len() > 1 && is_category(&source.title, &mut titles) {
            write_key(out, "title", &source.title);
        }
        write_key(out, "url", source.url.as_str());
    }
}

/// A paper's id that stands once.
fn paper_id(domain: &str, ids: &mut HashMap<String, usize>) -> String {
    const LONGEST_STEM: usize = 50;
    let slug = text::slug(domain).unwrap_or_else(|| "paper".to_owned());
    let stem = if config::is_paper_id(&slug) { slug } else { format!("paper-{slug}") };
    let stem = stem[..stem.len().min(LONGEST_STEM)].to_owned();
    let count = ids.entry(stem.clone()).or_insert(0);
    *count += 1;
    // a number behind two hyphens: no slug has those, so it cannot be another's stem
    if *count == 1 { stem } else { format!("{stem}--{count}") }
}

/// Whether a title can name a category: it has a slug, and no other title of the paper has the same.
fn is_category<'a>(title: &'a str, titles: &mut HashMap<String, &'a str>) -> bool {
    match text::slug(title) {
        Some(slug) if slug != "all" => *titles.entry(slug).or_insert(title) == title,
        _ => false,
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::opml::reader;

    #[test]
    fn one_paper_a_site() {
        let opml = "<opml><body><outline text='Báo Một'>\
            <outline text='Xã hội' xmlUrl='https://rss.mot.vn/xa-hoi.rss' htmlUrl='https://mot.vn/xa-hoi' language='vi'/>\
            <outline text='Kinh &quot;tế&quot; \\' xmlUrl='https://mot.vn/kinh-te.rss'/></outline>\
            <outline text='Hai' xmlUrl='http://127.0.0.1:8080/f.rss'/></body></opml>";
        assert_eq!(
            configuration(&reader::sources(opml).expect("sources")),
            "# 3 sources of 2 papers. Look over each paper's title, home, language and timezone; `bantin check` says whether all is well.\n\n\
             [[paper]]\nid = \"mot-vn\"\ntitle = \"Báo Một\"\nhome = \"https://mot.vn/\"\nlanguage = \"vi\"\n\n\
             [[paper.section]]\ntitle = \"Xã hội\"\nurl = \"https://rss.mot.vn/xa-hoi.rss\"\n\n\
             [[paper.section]]\ntitle = \"Kinh \\\"tế\\\" \\\\\"\nurl = \"https://mot.vn/kinh-te.rss\"\n\n\
             [[paper]]\nid = \"127-0-0-1\"\ntitle = \"Hai\"\nhome = \"http://127.0.0.1:8080/\"\n\n\
             [[paper.section]]\nurl = \"http://127.0.0.1:8080/f.rss\"\n"
        );
    }
}
