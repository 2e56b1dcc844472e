"""A page in Debian's chromium, driven by playwright, with no network."""

import os
import shutil
from pathlib import Path
from typing import Any, Self

import pytest

CHROMIUM = os.environ.get("RADAR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed: apt-get install chromium, or set RADAR_CHROMIUM"
)


class Visit:
    """A page that is open, with everything the browser complained about or asked for."""

    def __init__(
        self, browser: Any, path: Path, width: int = 1280, scheme: str = "light", fragment: str = ""
    ) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + fragment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def unfold(self) -> None:
        self.page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")

    def measure(self, script: str) -> Any:
        return self.page.evaluate(script)
