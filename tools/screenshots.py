"""Takes the pictures of ``docs/images``: ``python tools/screenshots.py [name ...]`` after a sweep.

Pages come from RADAR_HOME, the Dagster UI from DAGSTER_HOME, through a web server of its own on a free
port and Debian's chromium. Names: index, report, comparison, lineage, asset, failed; all of them if none
is named. ``failed`` needs an instance in which a tenant failed, ``comparison`` that `radar prompts gate` or
`compare` made a page.
"""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.error import URLError

from playwright.sync_api import FloatRect, Page, sync_playwright

from radar_pipeline.defs.instance import dagster_home
from radar_pipeline.settings import PROJECT, load_settings

TARGET = PROJECT / "docs" / "images"
WIDE = {"width": 1360, "height": 860}
PATIENCE_MS = 60_000
CLIPS: dict[str, FloatRect] = {"lineage": {"x": 385, "y": 238, "width": 785, "height": 456}}


def index(page: Page, _: str) -> None:
    page.goto((load_settings().portfolio / "published" / "index.html").as_uri())


def report(page: Page, _: str) -> None:
    page.set_viewport_size({**WIDE, "height": 1560})
    page.goto((load_settings().tenant_home("norrland-motion") / "published" / "index.html").as_uri())


def comparison(page: Page, _: str) -> None:
    pages = (load_settings().home / "evals" / "site").glob("coverage@*-*.html")
    page.set_viewport_size({**WIDE, "height": 1500})
    page.goto(max(pages, key=lambda path: path.stat().st_mtime).as_uri())


def lineage(page: Page, ui: str) -> None:
    page.goto(f"{ui}/asset-groups")
    page.get_by_text("portfolio").first.wait_for()
    page.keyboard.press("Alt+E")  # unfold all groups
    page.get_by_text("blindspot_report").first.wait_for()
    page.get_by_text("Hide navigation").click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)  # the graph glides into its place


def asset(page: Page, ui: str) -> None:
    page.goto(f"{ui}/assets/report_tables?view=overview")
    page.wait_for_timeout(9000)


def failed(page: Page, ui: str) -> None:
    page.goto(f"{ui}/assets/documents?view=partitions&status=FAILED")
    page.get_by_text("Failed (1)").wait_for()
    page.get_by_text("norrland-motion").first.click()
    page.get_by_text("remedy").first.wait_for()
    page.wait_for_load_state("networkidle")


SHOTS: dict[str, Callable[[Page, str], None]] = {
    f.__name__: f for f in (index, report, comparison, lineage, asset, failed)
}


@contextmanager
def web_server() -> Iterator[str]:
    """The Dagster UI's address, while it runs."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster_webserver", "-m", "radar_pipeline.definitions", "-p", str(port)]
    environment = {**os.environ, "DAGSTER_HOME": str(dagster_home())}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=PROJECT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}/server_info", timeout=5).read()
                break
            except (URLError, TimeoutError):
                continue
        yield address
    finally:
        process.terminate()
        process.wait()


def main(names: list[str]) -> None:
    chromium = os.environ.get("RADAR_CHROMIUM") or shutil.which("chromium")
    TARGET.mkdir(parents=True, exist_ok=True)
    with web_server() as ui, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in names or SHOTS:
            page = browser.new_page(viewport=WIDE, device_scale_factor=2 if name in CLIPS else 1)
            page.set_default_timeout(PATIENCE_MS)
            SHOTS[name](page, ui)
            page.screenshot(path=TARGET / f"{name}.png", clip=CLIPS.get(name))
            print(TARGET / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
