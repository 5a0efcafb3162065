"""Debian's chromium without a window, driven over a pair of pipes: for the tests of the report and for its pictures.

It speaks the browser's own protocol (Chrome DevTools) and needs nothing but chromium and Python.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

KEY_CODES = {"Tab": 9, "Enter": 13}
NAMES = ("chromium", "chromium-browser", "google-chrome")


def find():
    """The path of a browser, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One browser with one page. `errors` and `requests` collect what the page reports and asks for."""

    def __init__(self, path):
        self._profile = tempfile.mkdtemp(prefix="heapreel-browser-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The browser reads from descriptor 3 and writes to descriptor 4.
        command = (
            f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"',
            "browser", path, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
            "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--disable-dev-shm-usage", "--force-color-profile=srgb", f"--user-data-dir={self._profile}",
            "about:blank",
        )  # fmt: skip
        self.process = subprocess.Popen(
            ["bash", "-c", *command],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._left = b""
        self._number = 0
        self._session = None
        self._loaded = set()
        self.errors = []
        self.requests = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self._in)
        os.close(self._out)
        # Children of the browser may still be writing to its profile.
        shutil.rmtree(self._profile, ignore_errors=True)

    def _message(self):
        while b"\0" not in self._left:
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self._left += piece
        text, self._left = self._left.split(b"\0", 1)
        return json.loads(text)

    def _note(self, message):
        method, details = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(details["exceptionDetails"]))
        elif method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            self.errors.append(details["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
            self.errors.append(json.dumps(details["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(details["request"]["url"])
        elif method == "Page.lifecycleEvent" and details["name"] == "load":
            self._loaded.add(details["loaderId"])

    def call(self, method, **parameters):
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._message()
            if answer.get("id") != number:
                self._note(answer)
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]

    def size(self, width, height, dark=False, scale=1):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url):
        """Returns once the document is loaded."""
        loader = self.call("Page.navigate", url=url)["loaderId"]
        while loader not in self._loaded:
            self._note(self._message())

    def value(self, expression):
        """The value of a JavaScript expression; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, condition, most_seconds=60):
        """Returns once the expression is true; the page itself waits, so that nothing is polled from here."""
        self.value(
            "new Promise((done, fail) => {"
            f"const end = performance.now() + {most_seconds * 1000};"
            f"const look = () => ({condition}) ? done(true)"
            f" : performance.now() > end ? fail(new Error('never became true: ' + {json.dumps(condition)}))"
            " : setTimeout(look, 10);"
            "look(); })"
        )

    def key(self, key, text=None, shift=False):
        for kind in ("keyDown", "keyUp"):
            parameters = {"type": kind, "key": key, "modifiers": 8 if shift else 0}
            if key in KEY_CODES:  # without it the browser does nothing of its own, as going to the next field
                parameters.update(code=key, windowsVirtualKeyCode=KEY_CODES[key])
            if text is not None and kind == "keyDown":
                parameters["text"] = text
            self.call("Input.dispatchKeyEvent", **parameters)

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
