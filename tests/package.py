#!/usr/bin/env python3
"""Installs the Debian package into a clean Debian root, uses it, upgrades, removes and purges it.

    tests/package.py PACKAGE.deb [--upgrade NEWER.deb] [--root FOLDER]

Needs root, mmdebstrap and a Debian mirror; a root that was made before is taken again with --root. Says what it looked at, and
ends with 1 where something is not as it should be.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

FILES = """usr/bin/bantin etc/bantin/bantin.toml usr/lib/systemd/system/bantin.service usr/lib/systemd/system/bantin.socket
usr/lib/systemd/system/bantin-poll.service usr/lib/systemd/system/bantin-serve.service usr/lib/systemd/system/bantin-serve.socket
usr/lib/sysusers.d/bantin.conf usr/lib/tmpfiles.d/bantin.conf usr/share/man/man1/bantin.1.gz
usr/share/man/man1/bantin-status.1.gz usr/share/man/man5/bantin.toml.5.gz usr/share/bash-completion/completions/bantin
usr/share/zsh/vendor-completions/_bantin usr/share/fish/vendor_completions.d/bantin.fish usr/share/doc/bantin/copyright
usr/share/doc/bantin/changelog.Debian.gz""".split()

PORT = 18342


class Root:
    """A Debian system in a folder."""

    def __init__(self, folder):
        self.folder, self.looked, self.wrong = folder, 0, []

    def run(self, *command, good=True):
        inside = ["chroot", self.folder, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *command]
        done = subprocess.run(inside, capture_output=True, text=True, timeout=600, check=False)
        if good and done.returncode != 0:
            self.wrong.append(f"{' '.join(command)} ends with {done.returncode}: {done.stderr or done.stdout}")
        return done

    def holds(self, what, is_so, told=""):
        self.looked += 1
        if not is_so:
            self.wrong.append(f"{what}{': ' if told else ''}{told}")

    def install(self, package):
        shutil.copy(package, self.folder / "tmp" / package.name)
        return self.run("apt-get", "install", "-qy", f"/tmp/{package.name}")

    def facts(self, path):
        return self.run("stat", "-c", "%U:%G %a", f"/{path}").stdout.strip()


def look_at_files(root):
    for file in FILES:
        root.holds(f"/{file} is there", (root.folder / file).exists())
    root.holds("the account is there", "bantin:" in (root.folder / "etc/passwd").read_text())
    for path, facts in [
        ("etc/bantin", "root:bantin 750"),
        ("etc/bantin/bantin.toml", "root:bantin 640"),
        ("var/lib/bantin", "bantin:bantin 750"),
        ("usr/bin/bantin", "root:root 755"),
    ]:
        found = root.facts(path)
        root.holds(f"/{path} is {facts}", found == facts, found)
    checked = root.run("bantin", "check")
    root.holds("the configuration is good", "/etc/bantin/bantin.toml" in checked.stdout + checked.stderr, checked.stderr)


def look_at_feed(root):
    """The main job, within the root."""
    command = ["chroot", root.folder, "bantin", "demo", "--listen", f"127.0.0.1:{PORT}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        try:
            url, feed, end = demo.stdout.readline().strip().removeprefix("listening on "), "", time.monotonic() + 120
            while "<item>" not in feed and time.monotonic() < end:
                try:
                    with urllib.request.urlopen(f"{url}bao-mau/xa-hoi.rss", timeout=10) as answer:
                        feed = answer.read().decode()
                except OSError:
                    pass
                time.sleep(0.1)
            root.holds("the sample paper becomes a feed", "<item>" in feed)
        finally:
            demo.terminate()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("package", type=Path)
    arguments.add_argument("--upgrade", type=Path)
    arguments.add_argument("--root", type=Path)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.root or Path(temporary) / "root"
        if not (folder / "etc/debian_version").exists():
            make = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates,tzdata,systemd", "bookworm", folder]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
        root = Root(folder)
        said = root.install(arguments.package)
        if said.returncode != 0:
            sys.exit("\n".join(root.wrong))
        root.holds("the next step is told", "systemctl enable --now bantin" in said.stdout, said.stdout)
        look_at_files(root)
        look_at_feed(root)
        mine = root.folder / "etc/bantin/bantin.toml"
        mine.write_text(mine.read_text() + "\n# mine\n")
        if arguments.upgrade:
            before = root.run("dpkg-query", "-W", "-f", "${Version}", "bantin").stdout
            root.install(arguments.upgrade)
            after = root.run("dpkg-query", "-W", "-f", "${Version}", "bantin").stdout
            root.holds("the version is newer", before != after, f"{before} and {after}")
            root.holds("an upgrade keeps the configuration", "# mine" in mine.read_text())
            look_at_files(root)
        (root.folder / "var/lib/bantin/bantin.db").write_text("articles")
        root.run("apt-get", "remove", "-qy", "bantin")
        root.holds("a removed package leaves no program", not (root.folder / "usr/bin/bantin").exists())
        kept = [root.folder / "var/lib/bantin/bantin.db", mine]
        root.holds("a removed package leaves articles and configuration", all(file.exists() for file in kept))
        root.run("apt-get", "purge", "-qy", "bantin")
        left = [file for file in [*kept, root.folder / "etc/bantin", root.folder / "var/lib/bantin"] if file.exists()]
        root.holds("a purged package leaves nothing", not left, str(left))
    for wrong in root.wrong:
        print(f"wrong: {wrong}")
    print(f"package: {root.looked - len(root.wrong)} of {root.looked}")
    sys.exit(1 if root.wrong else 0)


if __name__ == "__main__":
    main()
