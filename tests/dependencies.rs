//! What we build on: licences, sources, and the version floors below which a dependency is known to be unsafe.

use cargo_metadata::semver::Version;
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

/// Licences that go with "MIT OR Apache-2.0". An expression is fine if each of its `AND` parts offers one of them.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CC0-1.0",
    "MIT-0",
    "BSL-1.0",
    "Unlicense",
    "0BSD",
    "MPL-2.0",
    "CDLA-Permissive-2.0",
];

/// Below these a known fault hurts us (RULES.md §5): lost rows, random ids, ANSI escapes in logs, XSS, stalled TLS, floods.
const FLOORS: &[(&str, &str)] = &[
    ("feed-rs", "3.0.0"),
    ("tracing-subscriber", "0.3.20"),
    ("ammonia", "4.1.4"),
    ("rustls", "0.23.18"),
    ("h2", "0.4.4"),
    ("libsqlite3-sys", "0.36.0"),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked", "--offline", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned))
        .exec()
        .expect("cargo metadata of a built crate")
}

fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| LICENCES.contains(&one.trim())))
}

#[test]
fn every_licence_goes_with_ours() {
    let metadata = metadata();
    assert!(metadata.packages.len() > 100, "only {} packages", metadata.packages.len());
    let bad: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| !package.license.as_deref().is_some_and(is_allowed))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
    assert!(!is_allowed("GPL-3.0-only") && !is_allowed("MIT AND GPL-2.0"));
}

#[test]
fn every_crate_comes_from_the_registry() {
    for package in metadata().packages.iter().filter(|package| package.name.as_str() != "bantin") {
        let source = package.source.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(source.starts_with("registry+"), "{} comes from {source:?}", package.name);
    }
}

#[test]
fn no_dependency_is_below_its_floor() {
    let metadata = metadata();
    for (name, floor) in FLOORS {
        let floor = Version::parse(floor).expect("a version");
        let found: Vec<&Version> =
            metadata.packages.iter().filter(|p| p.name.as_str() == *name).map(|p| &p.version).collect();
        assert!(!found.is_empty(), "{name} is not in the tree");
        assert!(found.iter().all(|version| **version >= floor), "{name} {found:?} is below {floor}");
    }
}
