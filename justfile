# What a developer types every day; `just` lists it. Everything here is a plain cargo or python command.

default:
    @just --list

# the main job, with a sample paper, without network
demo:
    cargo run --release -- demo

# the tests, as in the README
test:
    cargo test --release

# what CI asks of the code before the tests
lint:
    cargo fmt --check
    cargo clippy --release --all-targets -- -D warnings

# how long the reading of documents takes beside the bare parsers; `just bench ratios` prints the ratios alone
bench *arguments:
    BANTIN_CORPUS="${BANTIN_CORPUS-$(realpath -m ../shared/corpus)}" cargo bench --bench extract -- {{arguments}}

# what scheduling costs: a simulated day of a hundred thousand sources, or as many as asked for
day sources="100000":
    cargo bench --bench schedule -- {{sources}}

# what a long history costs: a million items against ten thousand, or as many as asked for; takes minutes once a folder
history items="1000000" *folder:
    cargo bench --bench history -- {{items}} {{folder}}

# feeds made-up bytes to a reader: charset, feed, sitemap, listing, article, date or selectors (needs cargo-fuzz and a nightly toolchain)
fuzz target seconds="600":
    mkdir -p fuzz/corpus/{{target}}
    cargo +nightly fuzz run -s none {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- \
        -max_total_time={{seconds}} -rss_limit_mb=2048 -timeout=10 -max_len=12000 \
        -dict=fuzz/dictionaries/{{ if target =~ "feed|sitemap" { "xml" } else { "html" } }}.dict

# every score that the shared folder has a program for
score:
    cargo build --release
    python3 ../shared/score/all.py --bantin target/release/bantin --limits tests/score-limits.json

# the pages in a browser (needs chromium), with screenshots in a folder
browser screens="target/screens":
    cargo build --release
    python3 tests/browser.py --bantin target/release/bantin --screens {{screens}}

# man pages and completions, into target/package
pages:
    cargo run --example package -- target/package

# the Debian package, into target/debian (needs cargo-deb)
deb: pages
    cargo build --release --locked
    cargo deb --no-build --locked

# everything that must pass before a change lands
ci:
    .ci/run
