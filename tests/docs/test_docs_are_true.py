"""Everything that the pages at the top and in docs/ name exists: links, commands, options, paths, settings, rules."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from expectations.rules.every_source import SOURCES
from expectations.rules.marts import RULES

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [REPOSITORY / "Makefile", REPOSITORY / "docker-compose.yml", *REPOSITORY.glob("[!.]*/**/*.py")]
)
NAMES = [str(page.relative_to(REPOSITORY)) for page in PAGES]

# Pages that `make docs` writes beside those of docs/.
WRITTEN_BY_MAKE = tuple(f"{folder}/" for folder in re.findall(r"--out \$\(SITE\)/(\w+)", CODE))
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
MAKE = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]*)", re.MULTILINE)
MODULE = re.compile(r"python -m ([\w.]+)([^`\n#]*)")
REPOSITORY_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
SETTING = re.compile(r"WORKFORCE_[A-Z_]+")
RULE = re.compile(r"\b(?:HR|EST|AGY|ABS|CAS|TRN|SUR|PAY|MRT)-\d{3}w?\b")
ABSOLUTE_PATH = re.compile(r"(?<![\w.$}>/:])/(?:work|tmp|home|root|Users|mnt|opt)/")

page = pytest.mark.parametrize("page", PAGES, ids=NAMES)


def code(text: str) -> str:
    """The code in fences and backticks, one piece per line."""
    return "\n".join([*FENCE.findall(text), *INLINE.findall(FENCE.sub("", text))])


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def module_file(module: str) -> Path | None:
    """The file that `python -m module` runs, or None if there is no such command."""
    try:
        found = find_spec(f"{module}.__main__") or find_spec(module)
    except ModuleNotFoundError:
        found = find_spec(module)
    return Path(found.origin) if found and found.origin else None


def test_there_are_pages_to_read() -> None:
    assert {"README.md", "docs/add_a_council.md", "docs/for_analysts.md", "docs/runbooks/workforce_month.md"} <= set(NAMES)


@page
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for link in LINK.findall(FENCE.sub("", text)):
        if link.startswith(("https://", "http://", "mailto:", *WRITTEN_BY_MAKE)):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


@page
def test_every_make_target_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(code(page.read_text(encoding="utf-8")))) - targets == set()


@page
def test_every_command_is_there_with_its_words_and_options(page: Path) -> None:
    missing = []
    for module, rest in MODULE.findall(code(page.read_text(encoding="utf-8")).replace("\\\n", " ")):
        file = module_file(module)
        source = file.read_text(encoding="utf-8") if file else ""
        if "__main__" not in source:
            missing.append(f"python -m {module}")
        words = rest.split()
        asked = [word for place, word in enumerate(words) if word.startswith("--") or (place == 0 and word.isalpha())]
        missing += [f"python -m {module} {word}" for word in asked if f'"{word}"' not in source]
    assert missing == []


@page
def test_every_path_of_the_repository_is_there(page: Path) -> None:
    inside = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} - {"data"}
    named = [code for code in INLINE.findall(FENCE.sub("", page.read_text(encoding="utf-8"))) if REPOSITORY_PATH.fullmatch(code)]
    paths = [name for name in named if "/" in name.rstrip("/") and name.split("/")[0] in inside]
    missing = [path for path in paths if not (REPOSITORY / path).exists()]
    # A file of the configuration need not exist, if the code reads it by its name.
    assert [path for path in missing if not (path.startswith("config/") and f'"{Path(path).name}"' in CODE)] == []


@page
def test_every_setting_and_rule_is_known_to_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {name for name in SETTING.findall(text) if name not in CODE} == set()
    rules = {rule.rule_id for checks in SOURCES.values() for rule in checks.rules} | {rule.rule_id for rule in RULES}
    assert set(RULE.findall(text)) - rules == set()


@page
def test_no_page_names_a_folder_of_somebodys_machine(page: Path) -> None:
    assert ABSOLUTE_PATH.findall(page.read_text(encoding="utf-8")) == []


def test_the_runbook_tells_every_problem_code_that_landing_gives_and_no_other() -> None:
    runbook = (REPOSITORY / "docs" / "runbooks" / "workforce_month.md").read_text(encoding="utf-8")
    section = runbook.partition("### Why a file is held\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    code = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "ingestion").rglob("*.py"))
    given = re.findall(r"\b(?:refuse|Finding|Problem)\(\s*\"(\w+)\"", code)
    assert sorted(told) == sorted(set(given))
