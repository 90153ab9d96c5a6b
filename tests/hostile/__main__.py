"""Try each attack on a council of its own, and write what became of it.

python -m tests.hostile [--out docs/hostile_inputs.md]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.library import ATTACKS
from tests.hostile.trial import HELD, MEBIBYTE, READ, REFUSED, Attack, Outcome, attempt
from tests.hostile.verdict import faults

RESULTS = {HELD: "held", READ: "read correctly", REFUSED: "the configuration is refused"}
EITHER = "held, or read as it was at one moment"


def result(attack: Attack) -> str:
    """What must become of an attack, in words."""
    return RESULTS.get(attack.result, EITHER)


def page(found: Sequence[tuple[Attack, Outcome]]) -> str:
    """The table as Markdown. Seconds and memory differ from run to run, so the page has only the highest of each kind."""
    withstood = sum(not faults(attack, outcome) for attack, outcome in found)
    lines = [
        "# Hostile files",
        "",
        "`python -m tests.hostile` writes this page; do not edit it. Each attack is tried on a council of its own, which also has a good file and a",
        "second source. Everything is landed twice. [Security](security.md) says which limit guards against what.",
        "",
        "An attack is withstood if all of these hold:",
        "",
        "- Its file is held, or is read correctly. A wrong configuration is refused.",
        "- It takes at most 10 seconds, and at most 1 GB more memory than the program at rest, with all processes that it starts.",
        "  If other programs share the processor, the time is divided by the number of programs, to give the seconds of a machine that does nothing else.",
        "- The good file and the other source land.",
        "- Nothing changes outside the data root.",
        "- No unforeseen error is reported, and no character that controls a terminal is printed.",
        "- A second landing changes nothing in the ledger.",
        "",
        f"Attacks: {len(found)}. Withstood: {withstood}.",
        "",
        "| kind | attacks | longest | most memory |",
        "|---|---|---|---|",
    ]
    for kind in dict.fromkeys(attack.kind for attack, _ in found):
        those = [outcome for attack, outcome in found if attack.kind == kind]
        longest, most = max(outcome.seconds for outcome in those), max(outcome.memory for outcome in those)
        lines.append(f"| {kind} | {len(those)} | {longest:.0f} s | {most // MEBIBYTE:,} MB |")
    lines += ["", "| kind | attack | what must become of it | withstood |", "|---|---|---|---|"]
    for attack, outcome in found:
        wrong = faults(attack, outcome)
        verdict = f"**no**: {'; '.join(wrong)}" if wrong else "yes"
        lines.append(f"| {attack.kind} | {attack.name} | {result(attack)} | {verdict} |")
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if an attack is not withstood."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/hostile_inputs.md"))
    asked = parser.parse_args(arguments)
    found = []
    for attack in ATTACKS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            found.append((attack, attempt(attack, Path(folder) / "trial")))
        for fault in faults(*found[-1]):
            print(f"{attack.kind}, {attack.name}: {fault}", flush=True)
    asked.out.write_text(page(found), encoding="utf-8")
    lost = sum(bool(faults(attack, outcome)) for attack, outcome in found)
    print(f"{asked.out}: {len(found)} attacks, {len(found) - lost} withstood")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
