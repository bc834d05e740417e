#!/usr/bin/env python3
"""Boots a Debian system with the package in a container, and does with the service what operators do.

    tests/boot.py PACKAGE.deb [--root FOLDER] [--times N]

Needs root, systemd-nspawn, mmdebstrap and a Debian mirror; a root that was made before is taken again with --root. The system
has a network of its own that leads nowhere. Says what it looked at, and ends with 1 where something is not as it should be, with
77 where this machine cannot make or boot such a system.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

INCLUDE = "ca-certificates,tzdata,systemd,python3"

# Runs within the container, as a unit of its own.
WITHIN = r'''
import json, os, pathlib, re, signal, socket, subprocess, threading, time

TIMES = @TIMES@
COMMANDS = @COMMANDS@
PAIR = @PAIR@
looked, wrong = [], []
conf = pathlib.Path("/etc/bantin/bantin.toml")


def holds(what, is_so, told=""):
    looked.append(what)
    if not is_so:
        wrong.append(f"{what}: {told}")


def systemctl(*arguments, timeout=60):
    done = subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=timeout)
    return done.returncode, (done.stdout + done.stderr).strip()


def shown(fact, unit="bantin"):
    return systemctl("show", unit, "-p", fact, "--value")[1]


def get(path, port=8080):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := stream.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    whole = length is not None and len(body) == int(length[1])
    return int(head.split(b" ")[1]) if head else 0, whole


FEED = "/bao-son-la/all.rss"


def journal(units="bantin"):
    subprocess.run(["journalctl", "--sync"], capture_output=True)
    return subprocess.run(["journalctl", "-b", "-u", units, "-o", "cat"], capture_output=True, text=True).stdout


def start():
    code, told = systemctl("start", "bantin")
    holds("the service starts", code == 0, told)
    holds("ready means that feeds are served", get(FEED) == (200, True), str(get(FEED)))
    holds("the status line names sources and address", "sources, serving http://" in shown("StatusText"), shown("StatusText"))
    holds("it runs as its own user", pathlib.Path(f"/proc/{shown('MainPID')}").stat().st_uid != 0)


def reload():
    before, text = shown("MainPID"), conf.read_text()
    code, told = systemctl("reload", "bantin")
    holds("a reload succeeds", code == 0, told)
    conf.write_text(text + "\nnonsense = 1\n")
    code, _ = systemctl("reload", "bantin")
    holds("a reload of a broken configuration fails", code != 0)
    place = f"{conf}:{len(text.splitlines()) + 2}"
    holds("and names the place", place in journal() or "nonsense" in journal(), journal()[-500:])
    holds("and changes nothing", get(FEED) == (200, True) and shown("ActiveState") == "active")
    conf.write_text(text)
    holds("a reload starts no process", shown("MainPID") == before)


def killed():
    os.kill(int(shown("MainPID")), signal.SIGKILL)
    end = time.monotonic() + 30
    while time.monotonic() < end and shown("NRestarts") != "1":
        time.sleep(0.2)
    while time.monotonic() < end and shown("ActiveState") != "active":
        time.sleep(0.2)
    holds("a killed service comes back and serves", get(FEED) == (200, True))


def hung():
    """The watchdog: a process that makes no progress is ended and started anew. The unit's minute is made short for it."""
    folder = pathlib.Path("/run/systemd/system/bantin.service.d")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.conf").write_text("[Service]\nWatchdogSec=4s\nTimeoutAbortSec=5s\n")
    systemctl("daemon-reload")
    systemctl("restart", "bantin")
    pid, restarts = shown("MainPID"), shown("NRestarts")
    time.sleep(9)
    holds("a healthy service is left alone by its watchdog", shown("MainPID") == pid)
    os.kill(int(pid), signal.SIGSTOP)
    end = time.monotonic() + 60
    while time.monotonic() < end and (shown("MainPID") in (pid, "0") or shown("ActiveState") != "active"):
        time.sleep(0.3)
    holds("a hung service is started anew", shown("MainPID") not in (pid, "0") and shown("NRestarts") != restarts, journal()[-800:])
    holds("and serves", get(FEED) == (200, True))
    (folder / "short.conf").unlink()
    systemctl("daemon-reload")


class Load(threading.Thread):
    """A reader that comes again and again, on a connection of its own each time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.lost, self.stopping = 0, [], False

    def run(self):
        while not self.stopping:
            self.asked += 1
            try:
                answer = get(FEED)
                if answer != (200, True):
                    self.lost.append(str(answer))
            except OSError as error:
                self.lost.append(repr(error))


def under_load():
    systemctl("stop", "bantin")
    code, told = systemctl("start", "bantin.socket")
    holds("systemd listens for it", code == 0, told)
    holds("the first reader starts it", get(FEED) == (200, True))
    loads = [Load() for _ in range(4)]
    [load.start() for load in loads]
    failed = 0
    for _ in range(TIMES):
        failed += systemctl("restart", "bantin")[0] != 0
        failed += systemctl("reload", "bantin")[0] != 0
    while sum(load.asked for load in loads) < 200 * TIMES:
        time.sleep(0.1)
    for load in loads:
        load.stopping = True
    [load.join(30) for load in loads]
    asked, lost = sum(load.asked for load in loads), [lost for load in loads for lost in load.lost]
    holds(f"{TIMES} restarts and {TIMES} reloads succeed", failed == 0, str(failed))
    holds("no request is lost under them", not lost, f"{len(lost)} of {asked}: {lost[:5]}")
    return asked, len(lost)


def secret():
    """A credential of the unit reaches the configuration; without it the service says what is missing."""
    folder, text = pathlib.Path("/run/systemd/system/bantin.service.d"), conf.read_text()
    folder.mkdir(parents=True, exist_ok=True)
    kept = pathlib.Path("/etc/bantin/paper-login")
    kept.write_text("Basic dGhlOmtleQ==\n")
    kept.chmod(0o600)
    (folder / "secret.conf").write_text(f"[Service]\nLoadCredential=paper-login:{kept}\n")
    conf.write_text(text + '\n[[paper.section]]\ntitle = "Nội bộ"\nurl = "https://baosonla.vn/noi-bo.html"\n'
                    'headers = { authorization = { credential = "paper-login" } }\n')
    systemctl("daemon-reload")
    code, told = systemctl("restart", "bantin")
    holds("a credential of the unit is a secret of the configuration", code == 0 and get(FEED) == (200, True), told)
    (folder / "secret.conf").unlink()
    systemctl("daemon-reload")
    code, _ = systemctl("restart", "bantin")
    holds("without it the service does not start", code != 0)
    holds("and says which is missing", "paper-login" in journal().rsplit("Starting", 1)[-1], journal()[-800:])
    conf.write_text(text)
    code, told = systemctl("restart", "bantin")
    holds("without need for it the service starts", code == 0, told)


def typed(lines):
    for line in lines:
        done = subprocess.run(line.split(), capture_output=True, text=True, timeout=120)
        holds(f"`{line}`", done.returncode == 0, done.stdout[-300:] + done.stderr[-300:])


def documented():
    """What docs/operating.md has operators type to systemd, in its order, and bantin's commands as root."""
    typed(COMMANDS)
    holds("and feeds are served after that", get(FEED) == (200, True))
    systemctl("stop", "bantin", "bantin.socket")
    typed(["bantin status", "bantin doctor"])
    code, told = systemctl("disable", "bantin.socket")
    code, told = systemctl("start", "bantin")
    holds("what root's commands leave keeps the service from nothing", code == 0 and get(FEED) == (200, True), told)


def pair():
    """Two services in the place of the one, and back, as docs/operating.md says."""
    text = conf.read_text()
    conf.write_text('publish-dir = "/var/lib/bantin/public"\n' + text)
    systemctl("start", "bantin")
    there, back = PAIR
    typed(there)
    holds("the pair takes the place of the one", shown("ActiveState") == "inactive")
    holds("the pair serves", get(FEED) == (200, True), journal("bantin-*")[-800:])
    holds("the pair is ready", get("/readyz")[0] == 200, str(get("/readyz")))
    of_pair = pathlib.Path("/var/lib/bantin/public" + FEED)
    holds("the polling half publishes", of_pair.is_file())
    pid = shown("MainPID", "bantin-serve")
    networks = [os.readlink(f"/proc/{process}/ns/net") for process in (1, pid)]
    interfaces = pathlib.Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
    holds("the serving half has a network of its own", networks[0] != networks[1])
    holds("which has nothing but itself", [line.split(":")[0].strip() for line in interfaces] == ["lo"], str(interfaces))
    # as it sees the folder; even root writes nothing there
    options = os.statvfs(pathlib.Path("/proc", pid, "root", "var/lib/bantin")).f_flag
    holds("to which the state folder is read-only", options & os.ST_RDONLY, str(options))
    for unit, most in (("bantin-poll", "11"), ("bantin-serve", "3")):
        judged = subprocess.run(["systemd-analyze", "security", unit, f"--threshold={most}"], capture_output=True, text=True)
        holds(f"exposure of {unit} as it runs", judged.returncode == 0, judged.stdout[-200:] + judged.stderr[-200:])
    good = conf.read_text()
    conf.write_text(good + "\nnonsense = 1\n")
    for unit in ("bantin-poll", "bantin-serve"):
        holds(f"{unit} does not take a broken configuration", systemctl("reload", unit)[0] != 0)
        conf.write_text(good)
        holds(f"{unit} takes a sound one", systemctl("reload", unit)[0] == 0, journal(unit)[-500:])
        conf.write_text(good + "\nnonsense = 1\n")
    conf.write_text(good)
    systemctl("stop", "bantin-poll")
    holds("what was published is served on", get(FEED) == (200, True) and get("/hub")[0] == 503, str(get("/hub")))
    holds("and it is told that nobody polls", get("/readyz")[0] == 503)
    holds("the serving half is started anew without the other", systemctl("restart", "bantin-serve")[0] == 0)
    holds("and serves", get(FEED) == (200, True))
    systemctl("start", "bantin-poll")
    holds("all is well when the other is back", get("/readyz")[0] == 200, journal("bantin-*")[-800:])
    typed(back)
    holds("the one takes the place of the pair", get(FEED) == (200, True), journal()[-800:])
    conf.write_text(text)


def alerted():
    """A program of the operators' that the unit lets start where an override allows it, and not before."""
    text, told = conf.read_text(), pathlib.Path("/var/lib/bantin/told")
    with open("/etc/hosts", "a") as hosts:
        hosts.write("127.0.0.1 inside.example.vn\n")
    conf.write_text(text + '\n[[paper]]\nid = "ben-trong"\ntitle = "Bên trong"\nhome = "http://inside.example.vn/"\n'
                    '[[paper.section]]\nurl = "http://inside.example.vn/tin.html"\n'
                    f'[[alert]]\ncommand = ["/usr/bin/tee", "{told}"]\nkinds = ["failing"]\n')
    code, said = systemctl("restart", "bantin")
    deadline = time.monotonic() + 60
    while "ExecPaths=/usr/bin/tee" not in journal() and time.monotonic() < deadline:
        time.sleep(0.1)
    holds("a program that the unit does not allow is told with what to do", "ExecPaths=/usr/bin/tee" in journal(), journal()[-800:])
    folder = pathlib.Path("/etc/systemd/system/bantin.service.d")
    folder.mkdir(exist_ok=True)
    (folder / "alert.conf").write_text("[Service]\nExecPaths=/usr/bin/tee\n")
    systemctl("daemon-reload")
    systemctl("restart", "bantin")
    deadline = time.monotonic() + 60
    while not (told.exists() and told.read_text().endswith("\n")) and time.monotonic() < deadline:
        time.sleep(0.1)
    said = json.loads(told.read_text()) if told.exists() else {}
    alerts = [(alert["kind"], alert["source"]) for alert in said.get("data", {}).get("alerts", [])]
    holds("with the override of docs/alerts.md it is started", [kind for kind, _ in alerts] == ["failing"],
          str(alerts) + journal()[-800:])
    (folder / "alert.conf").unlink()
    systemctl("daemon-reload")
    conf.write_text(text)


asked = lost = None
try:
    start()
    secret()
    documented()
    reload()
    killed()
    hung()
    asked, lost = under_load()
    code, told = systemctl("stop", "bantin", "bantin.socket")
    holds("it stops", code == 0 and shown("ActiveState") == "inactive", told)
    pair()
    alerted()
    systemctl("stop", "bantin")
    holds("no stop was too slow", "State 'stop-sigterm' timed out" not in journal() + journal("bantin-*"))
except Exception as error:
    wrong.append(f"the test itself: {error!r}\n{journal()[-1500:]}")
told = {"looked": len(looked), "wrong": wrong, "asked": asked, "lost": lost}
pathlib.Path("/boot-told.json").write_text(json.dumps(told))

'''

UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/bin/boot-test
TimeoutStartSec=600
ExecStopPost=systemctl poweroff --no-block
"""


def documented():
    """The commands of the operators' guide that are systemd's, and what changes nothing of bantin's: those of the one service,
    and the blocks of the pair's chapter."""
    guide = (Path(__file__).parent.parent / "docs/operating.md").read_text()
    before, pair, after = re.match(r"(.*)\n## A pair of services\n(.*?)(\n## .*)", guide, re.DOTALL).groups()
    ours = ("sudo systemctl ", "sudo journalctl ", "bantin status", "bantin check", "bantin plan", "bantin backup")

    def blocks(chapters):
        blocks = [block.split("```")[0].splitlines() for block in chapters.split("```sh\n")[1:]]
        return [[line.removeprefix("sudo ") for line in block if line.startswith(ours)] for block in blocks]

    return sum(blocks(before + after), []), blocks(pair)


def impossible(why):
    print(why)
    sys.exit(77)


def prepared(root, package, times):
    if not (root / "etc/debian_version").exists():
        make = ["mmdebstrap", "--variant=minbase", f"--include={INCLUDE}", "bookworm", root]
        try:
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
        except (OSError, subprocess.SubprocessError) as error:
            impossible(f"no Debian root could be made: {error}")
    shutil.copy(package, root / "tmp/bantin.deb")
    install = ["chroot", root, "dpkg", "-i", "--force-confnew", "/tmp/bantin.deb"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL, timeout=300)
    commands, pair = documented()
    filled = {"@TIMES@": str(times), "@COMMANDS@": repr(commands), "@PAIR@": repr(pair)}
    within = re.sub("|".join(filled), lambda mark: filled[mark[0]], WITHIN)
    (root / "usr/local/bin/boot-test").write_text(within)
    units = root / "etc/systemd/system"
    (units / "boot-test.service").write_text(UNIT)
    wants = units / "default.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    link = wants / "boot-test.service"
    link.unlink(missing_ok=True)
    link.symlink_to("../boot-test.service")
    (root / "boot-told.json").unlink(missing_ok=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("package", type=Path)
    arguments.add_argument("--root", type=Path)
    arguments.add_argument("--times", type=int, default=50)
    arguments = arguments.parse_args()
    if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
        impossible("this needs root and systemd-nspawn")
    with tempfile.TemporaryDirectory() as temporary:
        root = arguments.root or Path(temporary) / "root"
        prepared(root, arguments.package, arguments.times)
        boot = ["systemd-nspawn", "-D", root, "--private-network", "--console=pipe", "--register=no", "--keep-unit"]
        boot.append("/lib/systemd/systemd")
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(boot, env=environment, text=True, **pipes) as system:
            try:
                said, _ = system.communicate(timeout=700)
            except subprocess.TimeoutExpired:
                system.terminate()
                sys.exit("the container did not come to an end within 700 seconds")
        if not (root / "boot-told.json").exists():
            impossible(f"the container told nothing:\n{said[-2000:]}")
        told = json.loads((root / "boot-told.json").read_text())
    for wrong in told["wrong"]:
        print(f"wrong: {wrong}")
    print(f"{told['asked']} requests under {arguments.times} restarts and as many reloads, {told['lost']} lost")
    print(f"boot: {told['looked'] - len(told['wrong'])} of {told['looked']}")
    sys.exit(1 if told["wrong"] else 0)


if __name__ == "__main__":
    main()
