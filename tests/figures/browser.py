"""A page in a real browser without a window, looked at through Chromium's DevTools protocol."""

from collections.abc import Iterator
import contextlib
import json
from pathlib import Path
import shutil
import subprocess
from typing import Any

import websocket

_NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, _NAMES)), None)
_COMPLAINTS = {"Runtime.exceptionThrown", "Log.entryAdded"}


class Page:
    """One tab.

    Attributes:
      complaints: errors of the page and of its console, so far.
      requests: addresses that the page asked for, so far.
    """

    def __init__(self, socket: websocket.WebSocket):
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._socket, self._number = socket, 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers; what it tells meanwhile is kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := self._next()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, path: Path, width: int, height: int = 900, scheme: str = "light") -> None:
        """Loads a file in a window of this size in CSS pixels, on a light or dark system."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.call("Page.navigate", url=path.resolve().as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def value(self, script: str) -> Any:
        """What an expression of JavaScript is."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def _next(self) -> dict[str, Any]:
        message = json.loads(self._socket.recv())
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        if method in _COMPLAINTS or (
            method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning")
        ):
            self.complaints.append(json.dumps(told))
        return message


@contextlib.contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A browser with a profile in an empty folder, and its tab."""
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-dev-shm-usage", "--remote-debugging-port=0", "--remote-allow-origins=*"]
    process = subprocess.Popen(
        [*command, f"--user-data-dir={profile}", "about:blank"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        heard = []
        for line in process.stderr:
            heard.append(line)
            if "DevTools listening on " in line:
                break
        assert heard and "DevTools listening on " in heard[-1], "".join(heard)
        address = heard[-1].split()[-1]
        browser = websocket.create_connection(address, timeout=120)
        browser.send(json.dumps({"id": 1, "method": "Target.getTargets"}))
        targets = json.loads(browser.recv())["result"]["targetInfos"]
        tab = next(target["targetId"] for target in targets if target["type"] == "page")
        host = address.removeprefix("ws://").partition("/")[0]
        socket = websocket.create_connection(f"ws://{host}/devtools/page/{tab}", timeout=120)
        yield Page(socket)
        socket.close()
        browser.close()
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
