#!/usr/bin/env python3
"""What docs/operating.md says of limits, held: open files, a full disk, memory.

    tests/limits.py --bantin target/release/bantin

files   with 256 open files, three hundred readers come and stay: those beyond get 503, the others are served, polls go on; when
        they leave, everybody is served again.
disk    a state folder on a small file system that fills up: readers are served on, operators are told once, and when there is
        room again, everything that was missed comes and operators are told that it is over.
memory  sixty-four papers send documents of almost `max-body` at the same time: it stays below the MemoryMax of the unit, and
        readers are served meanwhile.

What the machine does not allow is said, and is no failure. Exit code 1: a limit that does not hold.
"""

import argparse
import contextlib
import http.server
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 60
FILES, SPARE = 256, 128
PAPERS, BODY = 64, 7 << 20
UNIT = Path(__file__).parent.parent / "systemd/bantin.service"
MEMORY = int(re.search(r"^MemoryMax=(\d+)G$", UNIT.read_text(), re.MULTILINE)[1]) << 30
looked, wrong = [], []


def holds(what, is_so, told=""):
    looked.append(what)
    print(f"  {'ok ' if is_so else 'NOT'} {what}{f' ({told})' if told else ''}", flush=True)
    if not is_so:
        wrong.append(what)


class Origin(http.server.ThreadingHTTPServer):
    """A paper with one feed, on an address of its own."""

    daemon_threads = True

    def __init__(self, host="127.0.0.1", padding=0, gate=None):
        super().__init__((host, 0), Answer)
        self.newest, self.padding, self.gate = 10, padding, gate
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Who hangs up is nobody's concern."""

    @property
    def home(self):
        return f"http://{self.server_address[0]}:{self.server_port}"

    def feed(self):
        item = "<item><title>Bản làng số {0} vui ngày hội xuống đồng</title><link>{1}/tin/bai-{0}.html</link></item>".format
        items = "".join(item(number, self.home) for number in range(self.newest, max(self.newest - 40, 0), -1))
        return f"<rss version='2.0'><channel><title>Tin</title>{items}<!--{'x' * self.padding}--></channel></rss>".encode()


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/tin.rss":
            return self.send_error(404)
        feed = self.server.feed()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(feed)))
        self.end_headers()
        self.wfile.write(feed[:-10])
        if self.server.gate is not None:
            with contextlib.suppress(threading.BrokenBarrierError):
                self.server.gate.wait()
        self.wfile.write(feed[-10:])

    def log_message(self, *_):
        """The paper's log is its own."""


def configure(folder, origins):
    text = (
        'state-dir = "state"\ncontact = "a@b.vn"\n[fetch]\nallow-networks = ["127.0.0.0/8"]\nper-host-delay = "0s"\nmin-interval = "1s"\n'
        f'[[alert]]\ncommand = ["/bin/sh", "-c", "cat >> {folder}/told"]\nkinds = ["storage"]\n'
    )
    for number, origin in enumerate(origins):
        text += (
            f'[[paper]]\nid = "bao-{number}"\ntitle = "Báo {number}"\nhome = "{origin.home}/"\nread-articles = false\n'
            f'[[paper.section]]\ntitle = "Tin"\nurl = "{origin.home}/tin.rss"\nevery = "1s"\n'
        )
    (folder / "bantin.toml").write_text(text)


@contextlib.contextmanager
def running(bantin, folder, **limits):
    """The daemon, and its address; ended by its own child's number."""
    with open(folder / "log", "ab") as log:
        command = [bantin, "run", "--config", "bantin.toml", "--listen", "127.0.0.1:0"]
        child = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True, **limits)
    try:
        port = int(re.search(r":(\d+)/", child.stdout.readline())[1])
        yield child, port
        child.terminate()
        holds("it ends by itself", child.wait(20) == 0, f"exit code {child.returncode}")
    finally:
        child.kill()
        child.wait()


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode()
    except OSError as failure:
        return 0, str(failure)


def until(look, is_good):
    deadline = time.monotonic() + PATIENCE
    while not is_good(found := look()):
        if time.monotonic() > deadline:
            return found, False
        time.sleep(0.05)
    return found, True


def number(feed):
    """The newest article of a feed."""
    return max(map(int, re.findall(r"Bản làng số (\d+)", feed)), default=0)


def files(bantin, folder):
    origin = Origin()
    configure(folder, [origin])
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    with running(bantin, folder, preexec_fn=limit) as (child, port):
        _, well = until(lambda: get(port, "/bao-0/tin.rss")[1], lambda feed: number(feed) == 10)
        holds("readers are served", well)
        first = socket.create_connection(("127.0.0.1", port), 20)
        others, refused = [], 0
        for _ in range(300):
            other = socket.create_connection(("127.0.0.1", port), 20)
            other.sendall(b"GET /bao-0/tin.rss HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(OSError):
                refused += b" 503 " in other.recv(64)
            others.append(other)
        most = FILES - SPARE
        holds(f"of 301 readers that stay, those beyond {most} get 503", refused == 301 - most, f"{refused} did")
        holds("files stay within the limit", len(os.listdir(f"/proc/{child.pid}/fd")) < FILES)
        origin.newest = 11

        def feed():
            first.sendall(b"GET /bao-0/tin.rss HTTP/1.1\r\nHost: x\r\n\r\n")
            head, length = b"", None
            while length is None or len(head) < length:
                head += first.recv(65536)
                if length is None and b"\r\n\r\n" in head:
                    start = head.index(b"\r\n\r\n") + 4
                    length = start + int(re.search(rb"content-length: (\d+)", head)[1])
            return head.decode()

        _, well = until(feed, lambda text: number(text) == 11)
        holds("who is connected is served, and polls go on", well)
        for other in others:
            other.close()
        _, well = until(lambda: get(port, "/bao-0/tin.rss"), lambda answer: answer[0] == 200)
        holds("when they leave, everybody is served again", well)


def disk(bantin, folder):
    origin = Origin()
    configure(folder, [origin])
    state = folder / "state"
    state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state], capture_output=True, text=True)
    if mounted.returncode != 0:
        return print(f"  not looked at: {mounted.stderr.strip()}")
    try:
        with running(bantin, folder) as (_, port):
            _, well = until(lambda: get(port, "/bao-0/tin.rss")[1], lambda feed: number(feed) == 10)
            holds("readers are served", well)
            ballast = open(state / "ballast", "wb", buffering=0)
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(b"x" * 4096)
            told = folder / "told"
            words = lambda: [json.loads(line)["data"]["alerts"][0] for line in told.read_text().splitlines()] if told.exists() else []
            for newest in range(11, 400):
                origin.newest = newest
                time.sleep(0.25)
                if words():
                    break
            full, well = until(words, lambda words: len(words) == 1)
            holds("operators are told", well and full[0]["kind"] == "storage" and "doctor" in full[0]["remedy"], str(full[:1])[:200])
            status, feed = get(port, "/bao-0/tin.rss")
            holds("readers are served on", status == 200 and number(feed) >= 10)
            holds("nothing that was published is gone", all(f"số {n} " in feed for n in range(1, 11)))
            ballast.close()
            (state / "ballast").unlink()
            _, well = until(lambda: get(port, "/bao-0/tin.rss")[1], lambda feed: number(feed) == origin.newest)
            holds("with room, what was missed comes by itself", well)
            over, well = until(words, lambda words: len(words) == 2)
            holds("and operators are told that it is over, once", well and over[1]["until"] is not None)
            holds("and it is ready", get(port, "/readyz")[0] == 200)
        sound = subprocess.run([bantin, "doctor", "--config", "bantin.toml"], cwd=folder, capture_output=True, text=True)
        holds("`bantin doctor` finds nothing", sound.returncode == 0, sound.stdout[-200:])
    finally:
        subprocess.run(["umount", state], check=False)


def memory(bantin, folder):
    gate = threading.Barrier(PAPERS, timeout=30)
    origins = [Origin(f"127.0.0.{number}", BODY, gate) for number in range(2, PAPERS + 2)]
    configure(folder, origins)
    with running(bantin, folder) as (child, port):
        slowest = 0.0

        def published():
            nonlocal slowest
            begun = time.monotonic()
            get(port, "/healthz")
            slowest = max(slowest, time.monotonic() - begun)
            return sum(number(get(port, f"/bao-{paper}/tin.rss")[1]) == 10 for paper in range(PAPERS))

        count, well = until(published, lambda count: count == PAPERS)
        holds(f"{PAPERS} documents of {BODY >> 20} MiB that come at once are all published", well, f"{count} are")
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text())[1]) << 10
        holds(f"memory stays below {MEMORY >> 20} MiB", peak < MEMORY, f"peak {peak >> 20} MiB")
        holds("and readers are answered meanwhile", slowest < 5, f"the slowest within {slowest:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bantin", default="target/release/bantin")
    bantin = os.path.abspath(parser.parse_args().bantin)
    for check in (files, disk, memory):
        print(f"{check.__name__}:")
        with tempfile.TemporaryDirectory() as folder:
            check(bantin, Path(folder))
    print(f"limits: {len(looked) - len(wrong)} of {len(looked)}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
