#!/usr/bin/env python3
"""Two feed readers that nobody of this project wrote read every feed of a folder without complaint.

    tests/readers.py FOLDER

FOLDER holds NAME.rss, NAME.atom and NAME.json of the same items, each item in one NAME alone, as `BANTIN_FEEDS=FOLDER cargo test --test round_trip
feeds_for_other_readers` writes them. The JSON Feed says how many items there are. A reader that is not installed is named
and left out; neither there is an error.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path


def wanted(feed):
    """How many items the feed should have."""
    return len(json.loads(feed.with_suffix(".json").read_bytes())["items"])


def with_feedparser(feeds):
    """What Python's feedparser complains of."""
    import feedparser

    for feed in feeds:
        read = feedparser.parse(feed.read_bytes())
        if read.bozo:
            yield f"{feed.name}: feedparser: {read.bozo_exception}"
        if len(read.entries) != wanted(feed):
            yield f"{feed.name}: feedparser reads {len(read.entries)} of {wanted(feed)} items"


def with_newsboat(feeds):
    """What newsboat complains of. It keeps an item of two feeds once, so each format is read apart."""
    for ending in (".rss", ".atom"):
        yield from with_newsboat_alone([feed for feed in feeds if feed.suffix == ending])


def with_newsboat_alone(feeds):
    with tempfile.TemporaryDirectory() as home:
        home = Path(home)
        urls, cache, config, errors = (home / name for name in ("urls", "cache.db", "config", "errors"))
        urls.write_text("".join(f"file://{feed.resolve()}\n" for feed in feeds))
        config.write_text(f"error-log {errors}\nreload-threads 2\nmax-items 0\n")
        command = ["newsboat", "-u", urls, "-c", cache, "-C", config, "-x", "reload"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            yield f"newsboat ends with {done.returncode}: {done.stderr or done.stdout}"
            return
        if errors.exists() and errors.read_text().strip():
            yield f"newsboat: {errors.read_text()}"
        counted = dict(sqlite3.connect(cache).execute("select feedurl, count(*) from rss_item group by feedurl"))
        for feed in feeds:
            count = counted.get(f"file://{feed.resolve()}", 0)
            if count != wanted(feed):
                yield f"{feed.name}: newsboat reads {count} of {wanted(feed)} items"


def main():
    folder = Path(sys.argv[1])
    feeds = sorted([*folder.glob("*.rss"), *folder.glob("*.atom")])
    if not feeds:
        sys.exit(f"{folder} holds no feeds")
    readers = {}
    try:
        import feedparser

        readers[f"feedparser {feedparser.__version__}"] = with_feedparser
    except ImportError:
        print("feedparser is not here (pip install feedparser): it was not asked")
    if shutil.which("newsboat"):
        readers["newsboat"] = with_newsboat
    else:
        print("newsboat is not here (apt-get install newsboat): it was not asked")
    complaints = [complaint for reader in readers.values() for complaint in reader(feeds)]
    for complaint in complaints[:40]:
        print(complaint)
    print(f"{len(feeds)} feeds, {len(complaints)} complaints of {', '.join(readers) or 'no reader'}")
    sys.exit(1 if complaints or not readers else 0)


if __name__ == "__main__":
    main()
