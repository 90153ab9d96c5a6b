"""The page of what went wrong on purpose: fault, what happened, what the engineer sees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tests.chaos import kills, under_airflow
from tests.chaos.kills import Outcome, told_in

HEAD = """# What may go wrong during a run

`make test-chaos` writes this page; do not edit it. It kills each step of a month's run with SIGKILL, restarts what the run needs, fills the disk and
sets the clock. The data are the two written councils of `tests/golden`. May is published, and June waits.

A fault is withstood if all of these hold:

- It fell into the step that is named, by the log or by the process that had the log open.
- Right after it, readers see a publication that is whole.
- Without a hand, the work is done again and ends well. Under Airflow that is the same run. Elsewhere the step is tried again with what follows it, as Airflow does.
- Every row and every mart is then the same, byte for byte, as after an undisturbed run. Of the results of the checks, the last ones count.
- `python -m warehouse doctor` finds nothing.
"""
# What an engineer sees of a kill, by what was killed.
A_TASK = "The task's log breaks off. Airflow takes the task for lost after five minutes without a sign of life, and tries it again"
SEES = {
    under_airflow.SCHEDULER: "Nothing on the run's page: tasks go on in their workers. The log of the scheduler begins anew",
    under_airflow.WORKER: f"{A_TASK}. The page shows a second attempt",
    under_airflow.DATABASE: "The page does not answer for some seconds",
    kills.THE_TASK: f"{A_TASK}. Its dbt ends with it",
    kills.EVERYTHING: A_TASK,
}


def page(names: Sequence[str], found: Mapping[str, Outcome]) -> str:
    """The page as Markdown. `names`: of all faults, also of those that a run that was broken off did not try."""
    withstood = sum(not outcome.faults for outcome in found.values())
    killed = [outcome for name, outcome in found.items() if outcome.fell.startswith("killed: ") and under_airflow.DATABASE not in name]
    untried = f" Not tried in the run that wrote this page: {len(names) - len(found)}." if len(found) < len(names) else ""
    lines = [HEAD, f"Faults: {len(found)}, of which {len(killed)} kills. Withstood: {withstood}.{untried}", ""]
    lines += ["| fault | times | what happened | what the engineer sees |", "|---|---|---|---|"]
    for fault, of_kind in _kinds(found).items():
        outcomes = [found[name] for name in of_kind]
        lines.append(f"| {fault} | {len(of_kind)} | {_happened(outcomes)} | {_seen(fault, outcomes)} |")
    lines += ["", "## Where each fell", "", "| fault | where it fell, by the log | readers saw | withstood |", "|---|---|---|---|"]
    for name in names:
        outcome = found.get(name)
        if outcome is None:
            lines.append(f"| {name} | | | not tried |")
            continue
        verdict = f"**no**: {_cell('; '.join(outcome.faults))}" if outcome.faults else "yes"
        lines.append(f"| {name} | {_cell(outcome.fell.removeprefix('killed: '))} | {outcome.readers_saw} | {verdict} |")
    return "\n".join([*lines, ""])


def _kinds(found: Mapping[str, Outcome]) -> dict[str, list[str]]:
    """The names of the faults of each kind: those that differ in their moment alone are of one."""
    kinds: dict[str, list[str]] = {}
    for name in found:
        kinds.setdefault(re.sub(r", after \d+% of .*|, while \S+ runs$|^round \d+: ", "", name), []).append(name)
    return kinds


def _happened(outcomes: Sequence[Outcome]) -> str:
    lost = sum(bool(outcome.faults) for outcome in outcomes)
    if lost:
        return f"**{lost} of {len(outcomes)} not withstood**"
    again = [outcome.printed for outcome in outcomes if outcome.printed.startswith("attempts: ")]
    attempts = f", after at most {max(int(said.split()[1]) for said in again)} attempts of the task" if again else ""
    return f"the next attempt ended well, with the same figures{attempts}"


def _seen(fault: str, outcomes: Sequence[Outcome]) -> str:
    for words, sees in SEES.items():
        if fault == words or fault.endswith(f": {words}"):
            return sees
    return _cell(told_in(outcomes[0].printed))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
