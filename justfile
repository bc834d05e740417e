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

# every score that the shared folder has a program for
score:
    cargo build --release
    python3 ../shared/score/all.py --bantin target/release/bantin --limits tests/score-limits.json

# everything that must pass before a change lands
ci:
    .ci/run
