#!/usr/bin/env python3
"""An independent WebSub subscriber against the hub in the box, through the real binary.

The standard library alone. Prints one line a check and the times from commit to delivery; exits 1 where a check fails.

    python3 tests/websub_client.py --bantin target/debug/bantin [--many 1000]
"""

import argparse
import hashlib
import hmac
import http.client
import http.server
import os
import queue
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

PATIENCE = 60
PUSH_WITHIN = 2.0


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


class Paper(http.server.BaseHTTPRequestHandler):
    """A paper with two feeds whose number of articles the test sets."""

    protocol_version = "HTTP/1.1"
    articles = {"tin": 1, "phu": 1}

    def do_GET(self):
        name = self.path.strip("/").removesuffix(".rss")
        count = self.articles.get(name)
        if count is None:
            return self.reply(404, b"")
        tag = f'"{count}"'
        if self.headers.get("If-None-Match") == tag:
            return self.reply(304, None)
        home = f"http://{self.headers['Host']}"
        items = "".join(
            f"<item><title>Bản làng số {n} vui ngày hội xuống đồng</title><link>{home}/{name}/bai-{n}.html</link></item>"
            for n in range(count, 0, -1)
        )
        feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Tin</title>{items}</channel></rss>'
        self.reply(200, feed.encode(), {"ETag": tag, "Content-Type": "application/rss+xml"})

    def reply(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Callback(http.server.BaseHTTPRequestHandler):
    """Callbacks: what each does stands in `manners` under its path; all that comes goes into `heard`."""

    protocol_version = "HTTP/1.1"
    manners = {}
    heard = queue.Queue()
    kept = []

    def do_GET(self):
        at = time.time()
        path, _, query = self.path.partition("?")
        fields = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        manner = self.manners.get(path, {})
        self.note({"verb": "GET", "path": path, "query": query, "fields": fields, "at": at})
        if "verify" in manner:
            return self.reply(*manner["verify"](fields))
        self.reply(200, fields.get("hub.challenge", "").encode())

    def do_POST(self):
        at = time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.partition("?")[0]
        answers = self.manners.get(path, {}).get("answers", [])
        status = answers.pop(0) if answers else 204
        self.note({"verb": "POST", "path": path, "body": body, "headers": dict(self.headers), "at": at, "said": status})
        if status == "hang":
            time.sleep(30)
            return
        self.reply(status, b"", {"Location": "/redirected"} if status == 302 else {})

    def note(self, request):
        self.kept.append(request)
        self.heard.put(request)

    def reply(self, status, body, headers=None):
        try:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Failure(Exception):
    pass


def serve(address, handler):
    server = Server((address, 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


class Desk:
    """A folder, a configuration, and the daemon."""

    def __init__(self, binary, folder, paper):
        self.binary, self.folder, self.paper = os.path.abspath(binary), folder, paper
        self.address = f"127.77.0.2:{free_port('127.77.0.2')}"
        self.base = f"http://{self.address}/"
        self.process = None

    def configure(self, papers=("tin", "phu"), hub=""):
        text = (
            f'state-dir = "state"\nlisten = "{self.address}"\nbase-url = "{self.base}"\ncontact = "a@f.vn"\n'
            '[fetch]\nallow-networks = ["127.64.0.0/10"]\nper-host-delay = "0s"\nmin-interval = "1s"\n'
            f"[hub]\n{hub}\n"
        )
        for name in papers:
            text += (
                f'[[paper]]\nid = "bao-{name}"\ntitle = "Báo {name}"\nhome = "{self.paper}/"\nread-articles = false\n'
                f'[[paper.section]]\ntitle = "{name}"\nurl = "{self.paper}/{name}.rss"\nevery = "1s"\n'
            )
        with open(os.path.join(self.folder, "bantin.toml"), "w") as file:
            file.write(text)

    def start(self):
        log = open(os.path.join(self.folder, "log"), "a")
        command = [self.binary, "run", "--config", "bantin.toml", "--log-level", "debug"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on"):
            raise Failure(f"the daemon did not start: {self.log()[-2000:]}")

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(20)
        if how == signal.SIGTERM and code != 0:
            raise Failure(f"the daemon ended with {code}")

    def log(self):
        with open(os.path.join(self.folder, "log")) as file:
            return file.read()

    def ask(self, verb, path, fields=None, raw=None):
        connection = http.client.HTTPConnection(self.address, timeout=20)
        body = raw if raw is not None else urllib.parse.urlencode(fields) if fields is not None else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(verb, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def hub(self, mode, topic, callback, **more):
        fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
        fields.update({f"hub.{name}": value for name, value in more.items()})
        return self.ask("POST", "/hub", fields)[0]

    def committed_at(self, paper):
        """When the newest change of a paper was committed, as the store dates it: before the transaction itself."""
        path = os.path.join(self.folder, "state", "bantin.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("select max(at) from change where paper = ?", [paper]).fetchone()[0] / 1e6


class Test:
    def __init__(self, desk, callbacks):
        self.desk, self.callbacks = desk, callbacks
        self.topic = desk.base + "bao-tin/all.rss"
        self.passed, self.times = 0, []

    def check(self, what, is_so, detail=""):
        if not is_so:
            raise Failure(f"{what}: {detail}")
        self.passed += 1
        print(f"ok  {what}")

    def next(self, verb, path, within=PATIENCE, **conditions):
        """The next request of a kind; others are passed over."""
        deadline = time.time() + within
        while True:
            try:
                request = Callback.heard.get(timeout=max(0.0, deadline - time.time()))
            except queue.Empty:
                raise Failure(f"no {verb} {path} came in {within} s") from None
            fits = all(request.get(name) == value for name, value in conditions.items())
            if request["verb"] == verb and request["path"] == path and fits:
                return request

    def quiet(self, path, seconds, verb="POST"):
        before = len(Callback.kept)
        time.sleep(seconds)
        return not any(r["path"] == path and r["verb"] == verb for r in Callback.kept[before:])

    def until(self, what, is_so):
        deadline = time.time() + PATIENCE
        while not is_so():
            if time.time() > deadline:
                raise Failure(f"{what} did not come true")
            time.sleep(0.05)

    def subscribe(self, path, **more):
        status = self.desk.hub("subscribe", self.topic, self.callbacks + path, **more)
        if status != 202:
            raise Failure(f"subscribing {path} was answered {status}")
        request = self.next("GET", path.partition("?")[0])
        self.until("the subscription", lambda: self.confirmed() > self.before)
        self.before = self.confirmed()
        return request

    before = 0

    def number(self, name):
        text = self.desk.ask("GET", "/metrics")[2].decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
        return int(float(found.group(1))) if found else 0

    def confirmed(self):
        return self.number('bantin_hub_events_total{result="confirmed"}')

    def publish(self, name="tin"):
        Paper.articles[name] += 1
        return f"Bản làng số {Paper.articles[name]} vui".encode()

    def signed(self, request, secret):
        stated = request["headers"].get("X-Hub-Signature", request["headers"].get("x-hub-signature", ""))
        return stated == "sha256=" + hmac.new(secret.encode(), request["body"], hashlib.sha256).hexdigest()

    def timed(self, request):
        took = request["at"] - self.desk.committed_at("bao-tin")
        self.times.append(took)
        return took

    # --- the checks, in the order of a subscription's life ---

    def discovery(self):
        self.until("the first feed", lambda: self.desk.ask("GET", "/bao-tin/all.rss")[0] == 200)
        self.until("the first article", lambda: b"<item>" in self.desk.ask("GET", "/bao-tin/all.rss")[2])
        for kind, mark in [("rss", b'rel="hub"'), ("atom", b'rel="hub"'), ("json", b'"hubs":[{"type":"WebSub"')]:
            status, headers, body = self.desk.ask("GET", f"/bao-tin/all.{kind}")
            topic = f"{self.desk.base}bao-tin/all.{kind}"
            links = f'<{self.desk.base}hub>; rel="hub", <{topic}>; rel="self"'
            headers = {name.lower(): value for name, value in headers.items()}
            self.check(f"{kind} names its hub in the answer and in the document",
                       status == 200 and headers.get("link") == links and mark in body, headers)

    def refusals(self):
        good, callback = self.topic, self.callbacks + "/never"
        cases = [
            ("an unknown topic", "subscribe", self.desk.base + "bao-tin/khong-co.rss", callback, {}),
            ("another site's topic", "subscribe", "https://example.com/all.rss", callback, {}),
            ("a page as topic", "subscribe", self.desk.base + "bao-tin/all.html", callback, {}),
            ("an unknown mode", "dance", good, callback, {}),
            ("publishing", "publish", good, callback, {}),
            ("a callback that is no address", "subscribe", good, "here", {}),
            ("a callback of another scheme", "subscribe", good, "ftp://127.82.0.1/x", {}),
            ("a private callback", "subscribe", good, "http://10.0.0.1/x", {}),
            ("a link-local callback", "subscribe", good, "http://169.254.169.254/x", {}),
            ("a loopback callback that is not opened", "subscribe", good, "http://127.0.0.1/x", {}),
            ("a callback with credentials", "subscribe", good, "http://a:b@127.82.0.1/x", {}),
            ("a secret of 200 bytes", "subscribe", good, callback, {"secret": "s" * 200}),
            ("a lease that is no number", "subscribe", good, callback, {"lease_seconds": "long"}),
        ]
        for what, mode, topic, callback, more in cases:
            status = self.desk.hub(mode, topic, callback, **more)
            self.check(f"{what} is refused", status == 400, status)
        self.check("a request that is too long is refused", self.desk.ask("POST", "/hub", raw="x" * 40000)[0] == 400)
        self.check("GET is refused", self.desk.ask("GET", "/hub")[0] == 405)
        inner = serve("127.0.0.1", Callback)
        name = f"http://localhost:{inner.server_port}/inner"
        status = self.desk.hub("subscribe", good, name)
        self.check("a name that leads to a closed address is never called",
                   status in (202, 400) and self.quiet("/inner", 1, "GET"), status)
        inner.shutdown()

    def verification(self):
        request = self.subscribe("/one?keep=this%20&me", secret="first secret", lease_seconds=3600)
        fields = request["fields"]
        self.check("a callback is asked before anything is delivered, its own query kept",
                   fields["hub.mode"] == "subscribe" and fields["hub.topic"] == self.topic
                   and request["query"].startswith("keep=this%20&me&"), request)
        self.check("the challenge cannot be guessed", len(fields["hub.challenge"]) >= 32, fields)
        self.check("the lease is told", fields["hub.lease_seconds"] == "3600", fields)
        leases = {}
        for path, asked in [("/short", "1"), ("/long", "999999999"), ("/none", None)]:
            Callback.manners[path] = {"verify": lambda _: (404, b"")}
            more = {} if asked is None else {"lease_seconds": asked}
            self.desk.hub("subscribe", self.topic, self.callbacks + path, **more)
            leases[path] = int(self.next("GET", path)["fields"]["hub.lease_seconds"])
        self.check("leases are bounded", leases == {"/short": 300, "/long": 2592000, "/none": 864000}, leases)
        wrong = {"/wrong": lambda _: (200, b"something else"), "/refuses": lambda _: (404, b""),
                 "/astray": lambda f: (302, f["hub.challenge"].encode()),
                 "/wordy": lambda f: (200, f["hub.challenge"].encode() + b"!")}
        for path, verify in wrong.items():
            Callback.manners[path] = {"verify": verify}
            self.desk.hub("subscribe", self.topic, self.callbacks + path)
            self.next("GET", path)
        text = self.publish()
        request = self.next("POST", "/one")
        took = self.timed(request)
        self.check("a confirmed subscriber gets the new article", text in request["body"], request["body"][:500])
        self.check(f"within two seconds of its commit ({took * 1000:.0f} ms)", took < PUSH_WITHIN, took)
        headers = {name.lower(): value for name, value in request["headers"].items()}
        links = f'<{self.desk.base}hub>; rel="hub", <{self.topic}>; rel="self"'
        self.check("with the feed's own type and links",
                   headers["content-type"] == "application/rss+xml" and headers["link"] == links, headers)
        self.check("with a good signature", self.signed(request, "first secret"), headers)
        self.check("what is delivered is the feed as it is served",
                   request["body"] == self.desk.ask("GET", "/bao-tin/all.rss")[2])
        came = {r["path"] for r in Callback.kept if r["verb"] == "POST"}
        self.check("nobody who did not confirm gets anything", came == {"/one"}, came)

    def renewal(self):
        request = self.subscribe("/one?keep=this%20&me", secret="second secret", lease_seconds=7200)
        self.check("a renewal is confirmed too", request["fields"]["hub.lease_seconds"] == "7200", request)
        self.check("a renewal is no second subscription", self.number("bantin_hub_subscribers") == 1)
        self.publish()
        request = self.next("POST", "/one")
        self.timed(request)
        self.check("deliveries are signed with the newest secret", self.signed(request, "second secret"))
        self.check("and come once", self.quiet("/one", 1))

    def redelivery(self):
        Callback.manners["/one"] = {"answers": [500, 302]}
        self.publish()
        first = self.next("POST", "/one", said=500)
        text = self.publish()
        second = self.next("POST", "/one", said=302)
        third = self.next("POST", "/one", said=204)
        gaps = [round(b["at"] - a["at"], 1) for a, b in [(first, second), (second, third)]]
        self.check(f"a failed delivery comes again, ever later ({gaps} s)", gaps[0] >= 1.9 and gaps[1] >= 3.9, gaps)
        self.check("the newest document wins", text in third["body"] and self.signed(third, "second secret"))
        came = any(r["path"] == "/redirected" for r in Callback.kept)
        self.check("redirects are not followed", not came)
        self.check("what was acknowledged does not come again", self.quiet("/one", 1))

    def slow(self):
        other = serve("127.82.0.9", Callback)
        slow = f"http://127.82.0.9:{other.server_port}/slow"
        Callback.manners["/slow"] = {"answers": ["hang"]}
        self.desk.hub("subscribe", self.topic, slow)
        self.next("GET", "/slow")
        self.until("the slow one", lambda: self.confirmed() > self.before)
        self.before = self.confirmed()
        self.publish()
        request = self.next("POST", "/one")
        took = self.timed(request)
        self.check(f"a slow subscriber holds up no other ({took * 1000:.0f} ms)", took < PUSH_WITHIN, took)
        Callback.manners["/slow"] = {"answers": [410] * 9}
        self.until("the end of the slow one", lambda: self.number("bantin_hub_subscribers") == 1)
        self.check("410 ends a subscription", True)

    def restart(self):
        self.desk.stop()
        self.publish()
        self.desk.start()
        request = self.next("POST", "/one")
        self.timed(request)
        self.before = self.confirmed()
        self.check("a subscription outlives a restart", self.signed(request, "second secret"))
        Callback.manners["/one"] = {"answers": ["hang"]}
        text = self.publish()
        self.next("POST", "/one", said="hang")
        self.desk.stop(signal.SIGKILL)
        self.desk.start()
        request = self.next("POST", "/one", said=204)
        self.before = self.confirmed()
        self.check("a kill in the midst of a delivery loses nothing", text in request["body"])

    def leaving(self):
        self.subscribe("/two")
        Callback.manners["/two"] = {"verify": lambda _: (404, b"")}
        self.desk.hub("unsubscribe", self.topic, self.callbacks + "/two")
        request = self.next("GET", "/two")
        self.check("leaving is confirmed too", request["fields"]["hub.mode"] == "unsubscribe", request)
        self.publish()
        request = self.next("POST", "/two")
        self.check("a stranger ends no subscription", "X-Hub-Signature" not in request["headers"])
        Callback.manners["/two"] = {}
        self.desk.hub("unsubscribe", self.topic, self.callbacks + "/two")
        self.next("GET", "/two")
        self.until("leaving", lambda: self.number("bantin_hub_subscribers") == 1)
        self.publish()
        self.next("POST", "/one")
        self.check("who left gets nothing more", self.quiet("/two", 1))

    def expiry(self):
        self.subscribe("/three", lease_seconds=300)
        self.until("its row", lambda: self.rows("/three") == 1)
        self.desk.stop()
        with sqlite3.connect(os.path.join(self.desk.folder, "state", "bantin.db")) as db:
            sql = ("update subscriber set state = json_set(state, '$.lease_until', '2020-01-01T00:00:00Z') "
                   "where callback like '%/three'")
            db.execute(sql)
        self.publish()
        self.desk.start()
        self.next("POST", "/one")
        self.before = self.confirmed()
        self.check("nothing comes when the lease is over", self.quiet("/three", 1))
        self.until("the end of the row", lambda: self.rows("/three") == 0)
        self.check("and the subscription is forgotten", self.number("bantin_hub_subscribers") == 1)

    def rows(self, ending):
        path = os.path.join(self.desk.folder, "state", "bantin.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("select count(*) from subscriber where callback like ?", ["%" + ending]).fetchone()[0]

    def denial(self):
        topic, self.topic = self.topic, self.desk.base + "bao-phu/all.json"
        self.subscribe("/four")
        text = self.publish("phu")
        request = self.next("POST", "/four")
        self.check("JSON Feed is delivered as such",
                   text in request["body"] and request["headers"].get("Content-Type", request["headers"].get("content-type")) == "application/feed+json")
        self.desk.configure(papers=["tin"])
        self.desk.process.send_signal(signal.SIGHUP)
        request = self.next("GET", "/four")
        fields = request["fields"]
        self.check("whoever loses a feed is told", fields["hub.mode"] == "denied" and fields["hub.topic"] == self.topic, fields)
        self.topic = topic

    def silence(self):
        told = self.desk.log() + "".join(self.desk.ask("GET", p)[2].decode() for p in ["/status", "/status.json", "/metrics"])
        shown = [s for s in ("first secret", "second secret", "/one?keep", "keep=this") if s in told]
        self.check("neither secrets nor callbacks are shown or logged", not shown, shown)
        counts = self.desk.ask("GET", "/status.json")[2]
        self.check("the status tells how many subscribe", b'"subscriptions": 1' in counts, counts[:300])

    def other_bantin(self):
        """Another bantin takes our feed as its source: hub and subscriber of one program against each other."""
        with tempfile.TemporaryDirectory() as folder:
            other = Desk(self.desk.binary, folder, self.desk.paper)
            other.address = f"127.78.0.2:{free_port('127.78.0.2')}"
            other.base = f"http://{other.address}/"
            other.configure(papers=["tin"])
            path = os.path.join(folder, "bantin.toml")
            with open(path) as file:
                text = file.read().replace(f"{self.desk.paper}/tin.rss", self.topic).replace('every = "1s"', 'every = "1h"')
            with open(path, "w") as file:
                file.write(text)
            other.start()
            try:
                self.until("its subscription", lambda: b'"state": "active"' in other.ask("GET", "/status.json")[2])
                text = self.publish()
                self.until("its feed", lambda: text in other.ask("GET", "/bao-tin/all.rss")[2])
                took = time.time() - self.desk.committed_at("bao-tin")
                self.check(f"another bantin publishes the article by push ({took * 1000:.0f} ms; polled once an hour)", took < 120, took)
                other.stop()
            finally:
                if other.process.poll() is None:
                    other.process.kill()
                    other.process.wait()

    def switched_off(self):
        self.desk.configure(papers=["tin"], hub="enabled = false")
        self.desk.process.send_signal(signal.SIGHUP)
        request = self.next("GET", "/one")
        self.check("who is subscribed is told that the hub closes", request["fields"]["hub.mode"] == "denied", request)
        self.check("a hub that is off is not there", self.desk.hub("subscribe", self.topic, self.callbacks + "/x") == 404)
        status, headers, body = self.desk.ask("GET", "/bao-tin/all.rss")
        self.check("and no feed names it", b'rel="hub"' not in body and "link" not in {n.lower() for n in headers})

    def many(self, count):
        hosts = [serve(f"127.82.1.{n}", Callback) for n in range(1, 21)]
        for n in range(count):
            host = hosts[n % len(hosts)]
            callback = f"http://{host.server_address[0]}:{host.server_port}/many/{n}"
            while (status := self.desk.hub("subscribe", self.topic, callback, secret="s")) == 429:
                time.sleep(0.5)
            if status != 202:
                raise Failure(f"subscriber {n} was answered {status}")
        self.until("all subscriptions", lambda: self.number("bantin_hub_subscribers") == count + 1)
        cpu = self.cpu()
        text = self.publish()
        came, first, last = set(), None, None
        while len(came) < count:
            request = Callback.heard.get(timeout=PATIENCE)
            if request["verb"] == "POST" and request["path"].startswith("/many/") and text in request["body"]:
                came.add(request["path"])
                first, last = first or request["at"], request["at"]
        committed = self.desk.committed_at("bao-tin")
        spent = self.cpu() - cpu
        print(f"    {count} subscribers of one feed at {len(hosts)} hosts: the first after {(first - committed) * 1000:.0f} ms, "
              f"the last after {(last - committed) * 1000:.0f} ms; {spent:.2f} s of CPU")
        self.check(f"all of {count} subscribers get it", len(came) == count)

    def cpu(self):
        with open(f"/proc/{self.desk.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bantin", required=True)
    parser.add_argument("--many", type=int, default=0, help="as many subscribers of one feed as well")
    options = parser.parse_args()
    paper = serve("127.81.0.1", Paper)
    callbacks = serve("127.82.0.1", Callback)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(options.bantin, folder, f"http://127.81.0.1:{paper.server_port}")
        test = Test(desk, f"http://127.82.0.1:{callbacks.server_port}")
        desk.configure()
        desk.start()
        try:
            steps = [test.discovery, test.refusals, test.verification, test.renewal, test.redelivery, test.slow,
                     test.restart, test.leaving, test.expiry]
            for step in steps:
                step()
            if options.many:
                test.many(options.many)
                test.before = test.confirmed()
            else:
                test.denial()
                test.silence()
                test.other_bantin()
                test.switched_off()
            desk.stop()
        except (Failure, queue.Empty) as failure:
            print(f"FAILED  {failure or 'nothing came'}\n{desk.log()[-3000:]}")
            return 1
        finally:
            if desk.process.poll() is None:
                desk.process.kill()
                desk.process.wait()
    times = sorted(test.times)
    print(f"{test.passed} checks; commit to delivery: median {times[len(times) // 2] * 1000:.0f} ms, "
          f"longest {times[-1] * 1000:.0f} ms of {len(times)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
