"""The documentation site holds every page and needs no network. These tests do not need the generator of the site."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
SITE = tomllib.loads((REPOSITORY / "zensical.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
DECISIONS = "decisions/README.md"
LINK = re.compile(r"\[[^\]]+\]\(([^)\s#]+)[^)]*\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("https://", "http://", "mailto:")
PIN = re.compile(r"^([a-z0-9.-]+)==([^\s;\\]+)", re.MULTILINE)
LOCKS = {
    name: (REPOSITORY / name).read_text(encoding="utf-8")
    for name in ("requirements.lock", "requirements-docs.lock", "requirements-containers.lock", "requirements-browser.lock")
}


def in_navigation(entry: Any) -> Iterator[str]:
    """The pages of the navigation, or of a part of it."""
    if isinstance(entry, str):
        yield entry
    for part in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
        yield from in_navigation(part)


def links(page: str) -> list[str]:
    """The links of a page, without anchors and without links to elsewhere."""
    found = LINK.findall(FENCE.sub("", (DOCS / page).read_text(encoding="utf-8")))
    return [target for target in found if not target.startswith(ELSEWHERE)]


def test_every_page_is_in_the_navigation_or_is_a_decision_in_the_list_of_decisions() -> None:
    named = list(in_navigation(SITE["nav"]))
    assert DECISIONS in named
    assert len(named) == len(set(named))
    assert sorted([*named, *(f"decisions/{decision}" for decision in links(DECISIONS))]) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_only_to_what_is_in_the_site(page: str) -> None:
    written_by_make = re.findall(r"--out \$\(SITE\)/(\w+)", MAKEFILE)
    outside = []
    for link in links(page):
        target = ((DOCS / page).parent / link).resolve()
        inside = target.is_relative_to(DOCS) and (target.exists() or target.relative_to(DOCS).parts[0] in written_by_make)
        outside += [] if inside else [link]
    assert outside == []


def test_the_makefile_writes_beside_the_site() -> None:
    assert f"SITE := {SITE['site_dir']}\n" in MAKEFILE


def test_the_site_loads_nothing_from_elsewhere() -> None:
    assert SITE["theme"]["font"] is False
    assert {"search", "offline"} <= SITE["plugins"].keys()
    (script,) = SITE["extra"]["polyfills"]
    assert (DOCS / script["path"]).is_file()
    # The generator adds a script of its own from another server, unless it finds this name.
    assert "iframe-worker" in script["path"]


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_is_small_and_on_a_page(picture: Path) -> None:
    assert picture.stat().st_size < 200_000
    assert any(f"pictures/{picture.name}" in links(page) for page in PAGES)


def test_a_package_in_both_locks_has_one_version() -> None:
    versions = {name: dict(PIN.findall(text)) for name, text in LOCKS.items()}
    of_docs, of_product = versions["requirements-docs.lock"], versions["requirements.lock"]
    both = of_docs.keys() & of_product.keys()
    assert len(both) > 3
    assert {name: of_docs[name] for name in both} == {name: of_product[name] for name in both}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_package_and_no_address(lock: str) -> None:
    assert "://" not in LOCKS[lock]
    for package in re.split(r"\n(?=\S)", LOCKS[lock].strip()):
        assert "==" in package.splitlines()[0], package[:60]
        assert "--hash=sha256:" in package, package[:60]
