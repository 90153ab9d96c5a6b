"""What is wrong with the outcome of an attack. Nothing if the attack was withstood."""

from __future__ import annotations

from tests.hostile.trial import HELD, MOST_MEMORY, MOST_SECONDS, READ, REFUSED, Attack, Outcome

ANY = "any"


def faults(attack: Attack, outcome: Outcome) -> list[str]:
    """Each rule that an outcome breaks, in words."""
    said = outcome.output[0]
    found = {
        f"took {outcome.seconds:.1f} s": outcome.seconds > MOST_SECONDS,
        f"took {outcome.memory >> 20:,} MB": outcome.memory > MOST_MEMORY,
        f"ended with {outcome.codes}": not outcome.ended,
        f"changed {', '.join(outcome.changed_outside)} outside the data root": bool(outcome.changed_outside),
        "a second landing was not quiet": not outcome.quiet and attack.result != ANY,
        "the other source did not land": outcome.state("hr_assignments", "2024-09") != ["accepted"],
        "an unforeseen error": "stopped the reading" in said,
        f"did not say '{attack.says}'": attack.says not in said,
        "printed a sign that a terminal obeys": "\x1b" in said or "\x07" in said,
    }
    if attack.result != REFUSED:
        found["the good file beside it did not land"] = bool(attack.beside) and outcome.state("caseload", "2024-08") != ["accepted"]
    if attack.result == HELD:
        found["nothing was held"] = outcome.codes[0] != 1 or "held: " not in said
        held = [entry for entry in outcome.entries if entry["source"] == "caseload" and entry["state"] == "held"]
        found["the ledger does not say what happened"] = not held and not outcome.unread
        found["rows of it landed"] = outcome.rows() > 0
    elif attack.result == READ:
        found[f"{outcome.rows()} rows landed, and not {attack.rows}"] = attack.rows is not None and outcome.rows() != attack.rows
    elif attack.result == REFUSED:
        found["the configuration was not refused"] = outcome.codes[0] not in (1, 2)
    return [says for says, is_so in found.items() if is_so]
