"""Look at pages in Chromium and print what was seen, as JSON. Run by the Python of `.venv-browser`: it imports nothing of the project.

`python browser_look.py <chromium> <folder for screenshots and PDFs> <page> ...`
"""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 256}  # 320 px is 1280 px at 400% zoom
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {is: at.tagName, label: at.getAttribute('aria-label') || at.textContent.trim(), outline: style.outlineStyle, width: style.outlineWidth,
          seen: box.width > 0 && box.height > 0 && box.left >= 0};
}"""
DRAWN = """() => [...document.querySelectorAll('svg.spark [stroke^="#"], svg.chart [stroke^="#"], svg.icon .stroke')]
  .map(part => getComputedStyle(part).stroke)"""
PAPER = """() => {
  const probe = document.createElement('p'); probe.style.cssText = 'color: CanvasText; background: Canvas; forced-color-adjust: none';
  document.body.append(probe); const style = getComputedStyle(probe), found = {ink: style.color, paper: style.backgroundColor}; probe.remove(); return found;
}"""
CLIPPED = """() => [...document.querySelectorAll('svg[role=img] text')].filter(text => {
  const inner = text.getBoundingClientRect(), outer = text.closest('svg').getBoundingClientRect();
  return inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1);
}).map(text => text.textContent)"""


def main() -> None:
    """Look at each page, and print a list with what was seen of each."""
    chromium, folder, *pages = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(json.dumps([_look(browser, Path(path), Path(folder)) for path in pages]))
        browser.close()


def _look(browser: Browser, path: Path, folder: Path) -> dict[str, Any]:
    name = f"{path.parent.name}-{path.stem}"
    seen: dict[str, Any] = {"page": str(path)}
    requests: list[str] = []
    with browser.new_page(viewport=WIDE) as page:
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        seen["light"] = _violations(page)
        seen["clipped"] = page.evaluate(CLIPPED)
        page.screenshot(path=folder / f"{name}-light.png")
        page.emulate_media(color_scheme="dark")
        seen["dark"] = _violations(page)
        page.screenshot(path=folder / f"{name}-dark.png")
        page.emulate_media(color_scheme="light", forced_colors="active")
        seen["forced"] = {**page.evaluate(PAPER), "drawn": sorted(set(page.evaluate(DRAWN)))}
        page.screenshot(path=folder / f"{name}-forced.png")
        page.emulate_media(forced_colors="none", color_scheme="dark")
        seen["pdf"] = _printed(page, folder / f"{name}.pdf")
    with browser.new_page(viewport=NARROW) as page:
        page.goto(path.as_uri())
        seen["narrow"] = page.evaluate("document.scrollingElement.scrollWidth")
        page.screenshot(path=folder / f"{name}-narrow.png")
        seen["keys"] = _tabbed(page)
    seen["requests"] = [url for url in requests if url != path.as_uri()]
    return seen


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{problem['id']}: {problem['help']}: {node['html'][:160]}" for problem in found for node in problem["nodes"][:3]]


def _tabbed(page: Page) -> dict[str, Any]:
    """Every stop of the Tab key, and how many there should be."""
    expected = page.evaluate("document.querySelectorAll('a[href], [tabindex=\"0\"]').length")
    stops = []
    for _ in range(expected):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    return {"expected": expected, "stops": stops}


def _printed(page: Page, path: Path) -> dict[str, Any]:
    data = page.pdf(prefer_css_page_size=True, tagged=True, print_background=False)
    path.write_bytes(data)
    read = PdfReader(io.BytesIO(data))
    marked = read.trailer["/Root"].get("/MarkInfo", {}).get("/Marked", False)
    return {"tagged": bool(marked), "pages": [unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in read.pages]}


if __name__ == "__main__":
    main()
