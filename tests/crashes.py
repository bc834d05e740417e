#!/usr/bin/env python3
"""Power cuts and kills at chosen moments: what is kept stays kept, what is published stays whole.

    tests/crashes.py --bantin target/release/bantin sweep [--every N]
    tests/crashes.py --bantin target/release/bantin images [--count N] [--seed N]

sweep   kills one round (`bantin once`: an ingest and a publish) at each write, flush and rename that any of its threads makes,
        with strace; --every N tries each Nth of them. Then the files must be whole, `bantin doctor` must find nothing, and the
        next round must end as an undisturbed one: the same guids and dates, each article once.
images  runs the daemon on a file system of its own that loses power (the shutdown ioctl of ext4, without flushing its journal)
        and is mounted anew: every item that a reader saw must still be there with its guid, and nothing be torn.

What the machine does not allow is said, and is no failure. Exit code 1: a violation.
"""

import argparse
import contextlib
import fcntl
import http.server
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CALLS = ["write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat"]
SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
PATIENCE = 60


class Origin(http.server.ThreadingHTTPServer):
    """A paper with one feed: the newest of its articles, the first of which was edited once there are many."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.newest = 12
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A daemon that died amid an answer is what this is about."""

    @property
    def home(self):
        return f"http://127.0.0.1:{self.server_port}"

    def feed(self):
        newest = self.newest
        items = "".join(
            f"<item><title>Bản làng số {n} vui ngày hội xuống đồng{' (bổ sung nhiều tin mới)' if n == 12 and newest > 12 else ''}"
            f"</title><link>{self.home}/ban-lang-so-{n}-vui-hoi-Ab{n}dEf9hK.html</link><guid isPermaLink='false'>tin-{n}</guid>"
            f"<pubDate>Sat, 14 Feb 2026 {n // 60 % 24:02}:{n % 60:02}:00 +0700</pubDate></item>"
            for n in range(newest, max(0, newest - 40), -1)
        )
        return f"<rss version='2.0'><channel><title>Xã hội</title>{items}</channel></rss>".encode()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.feed() if self.path == "/xa-hoi.rss" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def configure(folder, home):
    (folder / "bantin.toml").write_text(
        'state-dir = "state"\npublish-dir = "public"\nbase-url = "https://feeds.example.vn/"\nlisten = "127.0.0.1:0"\n'
        'contact = "https://feeds.example.vn/"\n[fetch]\nallow-networks = ["127.0.0.0/8"]\nper-host-delay = "0s"\n'
        f'min-interval = "1s"\n[[paper]]\nid = "bao"\ntitle = "Báo Mẫu"\nhome = "{home}/"\nread-articles = false\n'
        f'item-limit = 1000\n[[paper.section]]\ntitle = "Xã hội"\nurl = "{home}/xa-hoi.rss"\nevery = "1s"\n'
    )


def bantin(folder, *arguments, before=()):
    command = [*before, str(options.bantin), *arguments, "--config", "bantin.toml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)


def items_of(rss):
    """Link -> (guid, date) of a feed; a link that stands twice is a violation."""
    found = {}
    for item in ElementTree.fromstring(rss).iter("item"):
        link = item.findtext("link")
        if link in found:
            raise AssertionError(f"{link} stands twice")
        found[link] = (item.findtext("guid"), item.findtext("pubDate"))
    return found


def published(folder):
    return items_of((folder / "public/bao/xa-hoi.rss").read_text())


def look(folder):
    """Everything that must hold of a folder whose process is dead; gives back what is wrong."""
    for path in (folder / "public").rglob("*"):
        if path.suffix in (".rss", ".atom", ".opml"):
            ElementTree.parse(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".html":
            end = "</section>" if path.name.endswith(".fragment.html") else "</html>"
            if not path.read_text().rstrip().endswith(end):
                return f"{path} is torn"
    if (folder / "state/bantin.db").exists():
        found = bantin(folder, "doctor")
        if found.returncode:
            return f"doctor: {found.stdout}{found.stderr}"
    return None


def round_until_polled(folder):
    """A round as soon as the source is due again: its wait was written before the killed one left."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = bantin(folder, "once")
        if done.returncode or "left alone until" not in done.stdout:
            return done
        if time.monotonic() > deadline:
            raise AssertionError(f"never due again: {done.stdout}")
        time.sleep(0.1)


# --- sweep


def sweep(work):
    if not shutil.which("strace"):
        return print("sweep: not judged: strace is not here")
    origin = Origin()
    base = work / "base"
    base.mkdir()
    configure(base, origin.home)
    expect(bantin(base, "once").returncode == 0, "the first round")
    before = published(base)
    origin.newest = 16
    time.sleep(2.1)  # a new source's first interval is up to twice as long
    log = work / "log"
    clean = copied(base, work / "clean")
    traced = bantin(clean, "once", before=["strace", "-f", "-o", str(log), "-e", "trace=" + ",".join(map("?{}".format, CALLS))])
    if "ptrace" in traced.stderr or not log.exists():
        return print("sweep: not judged: this machine does not let processes be traced")
    after = published(clean)
    expect(len(after) == 16 and all(after[link][0] == guid for link, (guid, _) in before.items()), "the undisturbed round")
    moments = [(call, n) for call, most in counts(log).items() for n in range(1, most + 1)]
    chosen = moments[:: options.every]
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda moment: trial(work, base, before, after, *moment), chosen))
    killed = sum(was_killed for was_killed, _ in results)
    wrong = [f"{call} number {n}: {what}" for (call, n), (_, what) in zip(chosen, results) if what]
    print(f"sweep: {len(chosen)} of {len(moments)} moments, {killed} kills; violations {len(wrong)}")
    expect(killed * 2 >= len(chosen), "half of the moments at least are met")
    return wrong


def counts(log):
    """How often the busiest thread makes each call: strace counts by thread."""
    made = {}
    for line in log.read_text().splitlines():
        match = re.match(r"(\d+) +(\w+)\(", line)
        if match and match[2] in CALLS:
            made[match[2], match[1]] = made.get((match[2], match[1]), 0) + 1
    most = {}
    for (call, _), count in made.items():
        most[call] = max(most.get(call, 0), count)
    return most


def trial(work, base, before, after, call, number):
    folder = copied(base, work / f"{call}-{number}")
    inject = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"]
    died = bantin(folder, "once", before=inject)
    try:
        wrong = look(folder)
        if not wrong:
            shown = published(folder)
            wrong = None if shown.keys() >= before.keys() else "published articles are missing"
        if not wrong:
            done = round_until_polled(folder)
            wrong = f"the next round: {done.stderr}" if done.returncode else look(folder)
        if not wrong and published(folder) != after:
            wrong = f"the next round does not end as an undisturbed one: {published(folder)} in place of {after}"
    except Exception as error:
        wrong = repr(error)
    shutil.rmtree(folder)
    return died.returncode != 0, wrong


def copied(base, folder):
    shutil.copytree(base, folder)
    return folder


# --- images


def images(work):
    if os.geteuid() or not (shutil.which("mkfs.ext4") and Path("/dev/loop-control").exists()):
        return print("images: not judged: this needs root, mkfs.ext4 and loop devices")
    disk, folder = work / "disk", work / "mounted"
    folder.mkdir()
    with open(disk, "wb") as file:
        file.truncate(128 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(disk)], check=True)
    mount = lambda: subprocess.run(["mount", "-o", "loop", str(disk), str(folder)], capture_output=True).returncode == 0
    if not mount():
        return print("images: not judged: this machine does not let loop devices be mounted")
    unmount = lambda: subprocess.run(["umount", str(folder)], check=True)
    origin, chance = Origin(), random.Random(options.seed)
    configure(folder, origin.home)
    os.sync()
    wrong, seen = [], {}
    try:
        for turn in range(options.count):
            wrong += [f"image {turn}: {what}" for what in power_cut(folder, origin, chance, seen)]
            unmount()
            expect(mount(), "the file system is mounted again")
            try:
                torn = look(folder)
                kept = stored(folder)
                missing = [link for link, guid in seen.items() if kept.get(link) != guid]
                wrong += [f"image {turn}: {torn}"] if torn else []
                wrong += [f"image {turn}: {len(missing)} acknowledged items lost, the first {missing[0]}"] if missing else []
            except Exception as error:
                wrong.append(f"image {turn}: {error!r}")
    finally:
        unmount()
    expect(len(seen) >= options.count, "an item for each power cut")
    print(f"images: {options.count} power cuts (seed {options.seed}), {len(seen)} acknowledged items; violations {len(wrong)}")
    return wrong


def power_cut(folder, origin, chance, seen):
    """Runs the daemon while articles appear, and cuts the power at a random moment; what readers saw until then is noted."""
    command = [str(options.bantin), "run", "--config", "bantin.toml"]
    daemon = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    wrong, power = [], os.open(folder, os.O_RDONLY)
    try:
        address = daemon.stdout.readline().strip().removeprefix("listening on ")
        end = time.monotonic() + chance.uniform(0.2, 2.2)
        while time.monotonic() < end and address:
            # a page on which nearly all is new would be held
            origin.newest += chance.random() < 0.2
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"{address}bao/xa-hoi.rss", timeout=5) as answer:
                    for link, (guid, _) in items_of(answer.read()).items():
                        if seen.setdefault(link, guid) != guid:
                            wrong.append(f"{link} has another guid")
            time.sleep(chance.uniform(0, 0.05))
        fcntl.ioctl(power, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
    finally:
        os.close(power)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    return wrong


def stored(folder):
    with contextlib.closing(sqlite3.connect(folder / "state/bantin.db")) as db:
        return dict(db.execute("select permalink, guid from item where standing = 2"))


def expect(holds, what):
    if not holds:
        sys.exit(f"crashes: {what} did not go as it should; nothing was judged")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--bantin", type=lambda path: Path(path).resolve(), required=True)
modes = parser.add_subparsers(dest="mode", required=True)
sweeping = modes.add_parser("sweep")
sweeping.add_argument("--every", type=int, default=1, help="each Nth moment (default: all)")
sweeping.add_argument("--jobs", type=int, default=4, help="trials at a time (default 4)")
imaging = modes.add_parser("images")
imaging.add_argument("--count", type=int, default=100, help="power cuts (default 100)")
imaging.add_argument("--seed", type=int, default=1)
options = parser.parse_args()

with tempfile.TemporaryDirectory(prefix="bantin-crashes-") as work:
    violations = {"sweep": sweep, "images": images}[options.mode](Path(work)) or []
for violation in violations[:20]:
    print(f"  {violation}")
sys.exit(1 if violations else 0)
