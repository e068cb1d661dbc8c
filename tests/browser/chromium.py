"""Chromium without a window: opens a file, answers questions about the page, takes its picture."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

WIDTH: Final = 1440
_HEIGHT: Final = 1000
_FAR_AWAY: Final = "Asia/Tokyo"
"""The browser's time zone: what is in UTC on the page is so because the page says so."""


class Page:
    """A page that is open in Chromium."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def ask(self, script: str) -> Any:
        """What this JavaScript returns."""
        return self._driver.execute_script(script)

    def errors(self) -> list[str]:
        """What the console shows above the level of information."""
        return [entry["message"] for entry in self._driver.get_log("browser") if entry["level"] != "INFO"]

    def requests(self) -> list[str]:
        """The URL of everything that the page has asked for, itself included."""
        messages = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def picture(self, most: int) -> bytes:
        """The page as PNG, from its top to the end of the last row of widgets that fits into so many pixels."""
        height = self.ask(f"""
            const ends = [...document.querySelectorAll('.widget')].map((widget) => {{
              const title = widget.querySelector('h2')?.closest('.transparent');
              return title ? 0 : Math.ceil(widget.getBoundingClientRect().bottom + scrollY) + 8;
            }});
            return Math.max(...ends.filter((end) => end <= {most}));
        """)
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        options = {"format": "png", "captureBeyondViewport": True, "clip": clip, "optimizeForSpeed": False}
        return base64.b64decode(self._driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"])


@contextmanager
def opened(file: Path) -> Iterator[Page]:
    """Open this file, in a window as wide as a laptop's."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    # As root, which CI is, Chromium runs without its own sandbox only; the page is ours.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with patch.dict(os.environ, {"TZ": _FAR_AWAY}):
        driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_window_size(WIDTH, _HEIGHT)
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": WIDTH, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": False},
        )
        driver.get(file.resolve().as_uri())
        yield Page(driver)
    finally:
        driver.quit()
