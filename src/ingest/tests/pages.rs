//! Real section pages, read in place where the folder of corpora is (`$BANTIN_CORPUS`, by default `../shared/corpus`; without
//! it these tests say so and pass): what is learned of their addresses, and what the guard makes of ordinary news on them.

use super::source;
use crate::ingest::digest::digest;
use crate::ingest::guard::{self, Extent, Sighting};
use crate::model::{Document, Draft, ItemId, Memory, Profile, Recipe, Source};
use crate::normalize::{SiteIdRule, folded};
use crate::store::Recognition;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use url::Url;

fn now() -> DateTime<Utc> {
    "2026-02-14T10:00:00Z".parse().expect("a moment")
}

fn corpus() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    std::env::var_os("BANTIN_CORPUS").map_or(beside, PathBuf::from)
}

/// Each page that has gold beside it, by name, as a poll makes drafts of it.
fn pages() -> Vec<(String, Vec<Draft>)> {
    let folders = ["listings/pages", "listings/vi-same-cms", "listings"].map(|folder| corpus().join(folder));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    let mut gold: Vec<PathBuf> =
        files.map(|file| file.path()).filter(|path| path.to_string_lossy().ends_with(".expected.json")).collect();
    gold.sort();
    let read: Vec<_> = gold.iter().filter_map(|file| page(file)).filter(|(_, drafts)| drafts.len() >= 6).collect();
    if read.is_empty() {
        eprintln!("skipped: no listings in {}", corpus().display());
    }
    read
}

fn page(gold: &Path) -> Option<(String, Vec<Draft>)> {
    let name = gold.to_string_lossy().strip_suffix(".expected.json")?.to_owned();
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(gold).ok()?).ok()?;
    let base = Url::parse(said["base"].as_str()?).ok()?;
    let body = match std::fs::read(format!("{name}.html.gz")) {
        Ok(packed) => {
            let mut body = Vec::new();
            GzDecoder::new(packed.as_slice()).read_to_end(&mut body).ok()?;
            body
        }
        Err(_) => std::fs::read(format!("{name}.html")).ok()?,
    };
    let source = Source { url: base.clone(), ..source(base.clone(), Recipe::Auto) };
    let document = Document::local(base, Some("text/html".to_owned()), body, now());
    let read = digest(&document, &source, &Memory::default(), now()).ok()?;
    let name = Path::new(&name).file_name()?.to_string_lossy().into_owned();
    Some((name, read.drafts.to_vec()))
}

fn addresses(drafts: &[Draft]) -> Vec<Url> {
    drafts.iter().map(|draft| draft.permalink.url().clone()).collect()
}

#[test]
fn ids_that_are_learned_of_half_a_page_are_one_articles_alone() {
    for (name, drafts) in pages() {
        let all = addresses(&drafts);
        let (learned_of, others) = all.split_at(all.len().div_ceil(2));
        let rule = SiteIdRule::learn(learned_of);
        println!("{name}: {} addresses such as {}: {rule:?}", all.len(), all[0]);
        let Some(rule) = rule else { continue };
        let mut owners: HashMap<String, String> = HashMap::new();
        for url in &all {
            let Some(id) = rule.id(url) else { continue };
            let address = folded(url);
            let owner = owners.entry(id.clone()).or_insert_with(|| address.clone());
            assert_eq!(*owner, address, "{name}: {id} is the id of two articles");
        }
        let known = others.iter().filter(|url| rule.id(url).is_some()).count();
        println!("    {known} of {} others have such an id", others.len());
        assert!(known * 2 >= others.len(), "{name}: most others have none");
    }
}

/// A page as it was before a third of its articles came, and then as it is.
#[test]
fn ordinary_news_on_real_pages_is_not_held() {
    let mut held = Vec::new();
    let mut polls = 0;
    for (name, drafts) in pages() {
        for part in [6, 4, 3] {
            let fresh = drafts.len() / part;
            let (before, after) = (&drafts[fresh..], &drafts[..drafts.len() - fresh]);
            let profile = guard::learned(Profile::default(), before.len(), before.iter(), Extent::Whole, now());
            let known: HashSet<String> = before.iter().map(|draft| folded(draft.permalink.url())).collect();
            let recognitions: Vec<Recognition> = after
                .iter()
                .map(|draft| match known.contains(&folded(draft.permalink.url())) {
                    true => Recognition::Known { item: ItemId(1), held: false },
                    false => Recognition::New,
                })
                .collect();
            let sightings: Vec<Sighting<'_>> =
                after.iter().zip(&recognitions).map(|(draft, recognition)| Sighting { draft, recognition }).collect();
            polls += 1;
            if let Some(why) = guard::verdict(&profile, &sightings, Extent::Whole, now()) {
                held.push(format!("{name}, {fresh} of {} new: {}", after.len(), why.as_str()));
            }
        }
    }
    println!("{polls} polls with news of a sixth, a quarter, a third of the page: {} held", held.len());
    assert!(held.is_empty(), "{held:#?}");
}
