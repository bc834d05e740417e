//! The reading of documents beside the bare parsers' time for the same text: what is ours, and what is theirs.
//!
//! `cargo bench --bench extract` measures with criterion and prints the ratios at the end; with `-- ratios` the ratios alone;
//! with `-- once WHAT [FILE]` (`parse`, `listing`, `selectors`, `article`) a page is read once, for counting instructions.
//! `BANTIN_CORPUS` names a folder of real pages.

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod corpus;
mod page;
mod ratio;

use bantin::extract::extract;
use bantin::model::{Document, Extraction, Memory, Recipe, Selectors};
use chrono::{DateTime, Utc};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use url::Url;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("once") => once(&arguments[1..]),
        Some("ratios") => ratios(),
        _ => {
            let mut criterion = Criterion::default().configure_from_args();
            let recipes = [("listing", listing()), ("selectors", selectors()), ("auto", Recipe::Auto)];
            compare(&mut criterion, "section", &page::section(), &recipes);
            compare(&mut criterion, "article", &page::article(), &[("article", Recipe::Article)]);
            compare(&mut criterion, "feed", &page::feed(), &[("feed", Recipe::Feed)]);
            criterion.final_summary();
            ratios();
        }
    }
}

fn compare(criterion: &mut Criterion, name: &str, text: &str, recipes: &[(&str, Recipe)]) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(40);
    group.bench_function("parse", |bencher| bencher.iter(|| parse(name, text)));
    let document = document(text);
    for (reading, recipe) in recipes {
        group.bench_function(*reading, |bencher| bencher.iter(|| read(&document, recipe)));
    }
    group.finish();
}

/// The floors: what no reader can do without.
fn parse(name: &str, text: &str) {
    if name == "feed" {
        black_box(feed_rs::parser::parse(text.as_bytes()).is_ok());
    } else {
        black_box(dom_query::Document::from(text));
    }
}

fn ratios() {
    println!("\nthe reading's time over the bare parser's, medians of interleaved rounds:");
    let pair = |name: &str, kind: &str, text: &str, recipe: &Recipe| {
        let document = document(text);
        ratio::print(name, text.len(), || parse(kind, text), || drop(black_box(read(&document, recipe))))
    };
    pair("section, made up", "section", &page::section(), &listing());
    pair("section, made up, with selectors", "section", &page::section(), &selectors());
    pair("section, made up, that says itself what it is", "section", &page::section(), &Recipe::Auto);
    pair("article, made up", "article", &page::article(), &Recipe::Article);
    pair("feed, made up (over feed-rs)", "feed", &page::feed(), &Recipe::Feed);
    for (name, text) in corpus::pages() {
        pair(&name, "section", &text, &listing());
        if let Some(selectors) = selectors_of(&name) {
            pair(&format!("{name}, with selectors"), "section", &text, &selectors);
        }
    }
}

fn once(arguments: &[String]) {
    let what = arguments.first().map_or("listing", String::as_str);
    let text = match arguments.get(1) {
        Some(name) => corpus::pages().into_iter().find(|(file, _)| file == name).expect("a page of BANTIN_CORPUS").1,
        None if what == "article" => page::article(),
        None if what == "feed" => page::feed(),
        None => page::section(),
    };
    let recipe = match what {
        "parse" => return parse("section", &text),
        "selectors" => arguments.get(1).and_then(|name| selectors_of(name)).unwrap_or_else(selectors),
        "article" => Recipe::Article,
        "feed" => Recipe::Feed,
        _ => listing(),
    };
    let read = read(&document(&text), &recipe);
    println!("{} entries of {} bytes", read.entries.len(), text.len());
}

fn read(document: &Document, recipe: &Recipe) -> Extraction {
    extract(document, recipe, &Memory::default()).expect("a document that can be read")
}

fn document(text: &str) -> Document {
    let url = Url::parse("https://bao.example/xa-hoi/").expect("an address");
    let now: DateTime<Utc> = DateTime::from_timestamp(1_771_056_000, 0).expect("a moment");
    Document::local(url, Some("text/html; charset=utf-8".to_owned()), text.as_bytes().to_vec(), now)
}

fn listing() -> Recipe {
    Recipe::Listing(Selectors::default())
}

fn selectors() -> Recipe {
    by("article.story", "h2 a", Some(".story__summary"), Some(".story__category"), Some("time"))
}

/// Selectors of some pages of the corpus, as an operator would write them.
fn selectors_of(name: &str) -> Option<Recipe> {
    Some(match name.split('.').next()? {
        "yonhap-asia-section" => by(".item-box01", ".tit-news a, a.tit-news", Some(".lead"), None, Some(".txt-time")),
        "lazialita-category" => by("div.post", "h2 a, h3 a", Some(".entry"), None, None),
        "iphonelab-articles" => by("article", "h2 a, h3 a", Some(".entry-snippet"), None, Some(".post-date")),
        "hola-home" => by("article.module", "h2 a, h3 a", Some("p"), None, None),
        "indiatimes-home" => by(".card-div, li.big-card", "a", None, None, None),
        _ => return None,
    })
}

fn by(item: &str, link: &str, summary: Option<&str>, category: Option<&str>, time: Option<&str>) -> Recipe {
    Recipe::Listing(Selectors {
        item: Some(item.to_owned()),
        link: Some(link.to_owned()),
        summary: summary.map(str::to_owned),
        category: category.map(str::to_owned),
        time: time.map(str::to_owned),
        ..Selectors::default()
    })
}
