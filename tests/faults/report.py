"""Plant each fault alone into the samples, land and check the sources concerned, and report what was caught and missed, and false alarms.

python -m tests.faults.report [--out docs/quality_report.md]

The samples are landed once. Each fault is one later file on a copy of the data root made of hard links, so that only the sources
concerned are read again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from unittest.mock import patch

from expectations.rules.every_source import SOURCES
from expectations.source_check import check_source
from foundation.configuration import council_sources
from ingestion.landing.land import land_source
from samples import generate
from tests.faults.extract import COUNCIL, Extract, Fault, file_of, read
from tests.faults.invoices import add_invoices
from tests.faults.library import FAULTS, HELD

MONTH, MONTH_BEFORE = "2025-09", "2025-08"
SURVEY_MONTH, SURVEY_BEFORE = "2025-03", "2024-03"
RECEIVED = datetime(2025, 11, 3, 6, tzinfo=UTC).timestamp()
Alert = tuple[str, str, str, str]
"""Rule, severity, source and month of an alert."""


@dataclass(frozen=True)
class Found:
    """The results of a fault: the alerts of its month, and all other alerts."""

    fault: Fault
    alerts: tuple[Alert, ...]
    false_alarms: tuple[Alert, ...]

    @property
    def caught(self) -> bool:
        """Whether a source that must report the fault did so: by holding it if figures cannot be used, and otherwise in any way."""
        wanted = ("block", "hold", "refused") if self.fault.worth == HELD else ("block", "hold", "refused", "warn", "note", "noted")
        return any(severity in wanted and source in self.fault.must_tell for _, severity, source, _ in self.alerts)


def lay_out(home: Path) -> None:
    """Generate the samples without the typing errors and lapses that they have on purpose, and land them."""
    with patch.object(generate, "slip", lambda *_: None), patch.object(generate, "lapse", lambda *_: None):
        generate.generate_councils(home, say=lambda _: None)
    add_invoices(home, MONTH_BEFORE, MONTH)
    with at(home):
        for council_and_source in council_sources():
            land_source(**council_and_source)


def link_or_copy(source: str, target: str) -> None:
    """A hard link, because a data root writes new files instead of changing old ones. A chain grows in place, so it is copied."""
    if source.endswith(".chain"):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


@contextmanager
def at(home: Path) -> Iterator[None]:
    """Use a data root."""
    with patch.dict(os.environ, {"WORKFORCE_HOME": str(home), "WORKFORCE_CONFIG": str(home / "config")}):
        os.environ.pop("WORKFORCE_PSEUDONYM_KEY", None)
        yield


def alerts_of(councils: Iterable[tuple[str, str]]) -> set[Alert]:
    """The alerts of the checks of sources, without rules that passed."""
    return {
        (result.rule_id, result.severity, result.source, result.period)
        for organisation_id, source in councils
        for result in check_source(organisation_id, source)
        if result.outcome == "failed"
    }


def plant(fault: Fault, base: Path, folder: Path, known: set[Alert]) -> Found:
    """Plant a fault on a copy of the base, and return the alerts that the base does not have."""
    period, before = (SURVEY_MONTH, SURVEY_BEFORE) if fault.source == "survey" else (MONTH, MONTH_BEFORE)
    originals = base / "inbox" / COUNCIL / fault.source
    this, last = originals / file_of(fault.source, period), originals / file_of(fault.source, before)
    extract = Extract(fault.source, read(this), read(last), Random(fault.name))
    if fault.plant:
        fault.plant(extract)
    content = extract.content()
    if fault.spoil:
        content = fault.spoil(content, last.read_bytes())
    home = folder / "home"
    shutil.copytree(
        base,
        home,
        copy_function=link_or_copy,
        ignore=shutil.ignore_patterns("inbox", "build", "quality", "cambridgeshire", "*leicestershire"),
    )
    inbox = home / "inbox" / COUNCIL / fault.source
    inbox.mkdir(parents=True)
    planted = inbox / this.name.replace(".csv", "_v9.csv")
    planted.write_bytes(content)
    os.utime(planted, (RECEIVED, RECEIVED))
    with at(home):
        report = land_source(COUNCIL, fault.source)
        touched = [(COUNCIL, source) for source, checks in SOURCES.items() if source == fault.source or fault.source in checks.reads]
        told = alerts_of(pair for pair in touched if pair in configured())
    told |= {(problem.code, "refused" if problem.severity == "held" else "noted", fault.source, period) for problem in report.problems}
    shutil.rmtree(home)
    new = sorted(told - known)
    return Found(fault, tuple(key for key in new if key[3] == period), tuple(key for key in new if key[3] != period and key[1] != "note"))


def configured() -> set[tuple[str, str]]:
    return {(council_and_source["organisation_id"], council_and_source["source"]) for council_and_source in council_sources()}


def quality(faults: Sequence[Fault] = FAULTS, base: Path | None = None) -> tuple[list[Alert], list[Found]]:
    """The alerts above `note` on the clean samples, and the results of each fault."""
    with tempfile.TemporaryDirectory() as folder:
        home = base or Path(folder) / "base"
        if base is None:
            lay_out(home)
        with at(home):
            known = alerts_of(sorted(configured()))
        found = [plant(fault, home, Path(folder), known) for fault in faults]
    return sorted(key for key in known if key[1] != "note"), found


def told_by(found: Found) -> list[str]:
    """The rules that failed, each with its severity."""
    return [f"{rule} {severity}" for rule, severity in sorted({(rule, severity) for rule, severity, _, _ in found.alerts})]


def page(clean: Sequence[Alert], found: Sequence[Found]) -> str:
    """The report as Markdown."""
    caught = sum(planted.caught for planted in found)
    held = [planted for planted in found if planted.fault.worth == HELD]
    lines = [
        "# What the checks catch",
        "",
        "`make quality-report` writes this page; do not edit it. It plants each kind of fault, one at a time, into the samples' extracts, then lands and checks",
        "them. The code that plants the faults (`tests/faults/library.py`) does not use the rules.",
        "",
        "If a fault makes figures of the month unusable, it must be `held`: the delivery or the indicators must be held. It must be `reported` if",
        "somebody has to correct rows.",
        "",
        f"- Kinds of fault: {len(found)}; caught {caught}, missed {len(found) - caught}.",
        f"- Kinds that must be held: {len(held)}; held {sum(planted.caught for planted in held)}.",
        f"- Alerts above `note` on the clean samples, three councils over 24 months: {len(clean)}.",
        f"- Alerts raised for months other than the fault's: {sum(len(planted.false_alarms) for planted in found)}.",
        "",
        "| kind | source | size | must be | result | reported by | false alarms |",
        "|---|---|---|---|---|---|---|",
    ]
    for planted in found:
        told = ", ".join(told_by(planted))
        false = ", ".join(sorted({rule for rule, _, _, _ in planted.false_alarms})) or "none"
        verdict = "caught" if planted.caught else "**missed**"
        fault = planted.fault
        lines.append(f"| {fault.name} | `{fault.source}` | {fault.size} | {fault.worth} | {verdict} | {told or 'nobody'} | {false} |")
    lines += [
        "",
        "Landing itself reports `refused` and `noted`. All other reports come from rules, which `python -m expectations rules` lists. Often several rules",
        "report one fault; the most severe report decides. `tests/expectations/test_check_marts.py` plants faults in the marts.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a fault that must be held is not, or the clean samples raise an alert."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.report", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/quality_report.md"))
    parser.add_argument("--base", type=Path, help="samples that are landed already, without their typing errors")
    asked = parser.parse_args(arguments)
    clean, found = quality(base=asked.base)
    asked.out.write_text(page(clean, found), encoding="utf-8")
    missed = [planted for planted in found if not planted.caught]
    for planted in missed:
        print(f"missed: {planted.fault.name} ({planted.fault.source}, must be {planted.fault.worth}): {planted.alerts}")
    for alert in clean:
        print(f"alert on the clean samples: {alert}")
    print(f"{asked.out}: {len(found)} kinds, {len(found) - len(missed)} caught")
    return 1 if clean or any(planted.fault.worth == HELD for planted in missed) else 0


if __name__ == "__main__":
    sys.exit(main())
